#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kpid {

/// Names among which one is looked for: what is right of thousands is no guess, and takes its time.
inline constexpr size_t kMostKnownNames = 1'000;

/// The known name that `name` is most likely a misspelling of, whatever the case; empty if none is
/// near. Of equally near names the first. A view into `known`.
std::string_view nearest_name(std::string_view name, std::span<const std::string> known);

/// The hint of an unknown name: "did you mean 'amount'?", empty if no known name is near.
std::string spelling_hint(std::string_view name, std::span<const std::string> known);

}  // namespace kpid
