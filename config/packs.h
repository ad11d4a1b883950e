#pragma once

#include <optional>
#include <string_view>

namespace kpid {

/// The text of a configuration that comes with the program, by the name of its file in
/// `config/packs/` without `.yml`; nothing for an unknown name. Lives as long as the program.
std::optional<std::string_view> pack(std::string_view name);

}  // namespace kpid
