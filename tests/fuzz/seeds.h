#pragma once

#include <string>
#include <vector>

namespace kpid::fuzz {

/// The inputs that fuzzing begins with. Of a folder every `*.yml` is one; of `formulas.txt` every
/// line; of any other file every formula that it writes as `formula: ...` on one line.
/// Ascending by place. A path that cannot be read ends the program.
std::vector<std::string> seeds_in(const std::string& path);

/// The tokens of a libFuzzer dictionary.
std::vector<std::string> tokens_in(const std::string& path);

}  // namespace kpid::fuzz
