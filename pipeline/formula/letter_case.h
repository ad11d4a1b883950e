#pragma once

#include <cstdint>

namespace kpid {

/// The letter in lower case: Unicode's mapping of letter to letter, in every script, whatever the
/// language. A character without a lower case, or with one of several letters, stays as it is.
char32_t lower_case(char32_t letter);

/// The letter in upper case, by the same rule: 'ß', whose upper case is two letters, stays.
char32_t upper_case(char32_t letter);

}  // namespace kpid
