#pragma once

#include <string>
#include <string_view>

namespace kpid {

/// `text` as one gzip member (RFC 1952), fast rather than small. Never fails but for lack of
/// memory.
std::string gzip(std::string_view text);

}  // namespace kpid
