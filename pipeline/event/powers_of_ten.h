#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kpid {

/// 10^0 to 10^19, which is the last in 64 bits.
inline constexpr std::array<uint64_t, 20> kPowersOfTen = [] {
  std::array<uint64_t, 20> powers{1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

}  // namespace kpid
