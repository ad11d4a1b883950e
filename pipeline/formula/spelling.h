#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kpid {

/// The known name that `name` is most likely a misspelling of, whatever the case; empty if none is
/// near. Of equally near names the first. A view into `known`.
std::string_view nearest_name(std::string_view name, std::span<const std::string> known);

/// The hint of an unknown name: "did you mean 'amount'?", empty if no known name is near.
std::string spelling_hint(std::string_view name, std::span<const std::string> known);

}  // namespace kpid
