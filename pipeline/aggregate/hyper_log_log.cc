#include "pipeline/aggregate/hyper_log_log.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace kpid {
namespace {

/// Bits of a key's upper half that follow the index.
constexpr int kRankBits = 64 - HyperLogLog::kIndexBits;
/// All of them are zero.
constexpr int kHighestRank = kRankBits + 1;

/// x + sum of 2^(k-1) x^(2^k) for k from 1 on: what the registers without a key tell, x being their
/// share.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double sum = x;
  double before = -1;
  for (double weight = 1; sum != before; weight *= 2) {
    x *= x;
    before = sum;
    sum += x * weight;
  }
  return sum;
}

/// (1 - x - sum of 2^-k (1 - x^(2^-k))^2 for k from 1 on) / 3: what the registers at the highest
/// rank tell, 1 - x being their share.
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x;
  double before = -1;
  for (double weight = 0.5; sum != before; weight /= 2) {
    x = std::sqrt(x);
    before = sum;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

}  // namespace

void HyperLogLog::add(Key key) {
  const size_t index = key.high >> kRankBits;
  // The bit behind the last ends the count of zeros there.
  const uint64_t rest = (key.high << kIndexBits) | (uint64_t{1} << (kIndexBits - 1));
  const auto rank = static_cast<uint8_t>(std::countl_zero(rest) + 1);
  registers_[index] = std::max(registers_[index], rank);
}

void HyperLogLog::merge(const HyperLogLog& other) {
  for (size_t i = 0; i < kRegisters; ++i) {
    registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
}

int64_t HyperLogLog::estimate() const {
  std::array<int32_t, kHighestRank + 1> with_rank{};
  for (const uint8_t rank : registers_) ++with_rank[rank];
  constexpr double kCount = kRegisters;
  double weight = kCount * tau(1 - with_rank[kHighestRank] / kCount);
  for (int rank = kRankBits; rank >= 1; --rank) weight = (weight + with_rank[rank]) / 2;
  weight += kCount * sigma(with_rank[0] / kCount);
  constexpr double kTwiceLogOfTwo = 1.3862943611198906;
  // Registers that are all at the highest rank, which only contrived keys are, weigh nothing.
  constexpr double kMost = int64_t{1} << 62;
  return std::llround(std::min(kCount * kCount / (kTwiceLogOfTwo * weight), kMost));
}

void HyperLogLog::append_to(std::string& out) const {
  out.append(registers_.begin(), registers_.end());
}

std::optional<HyperLogLog> HyperLogLog::read(std::string_view bytes) {
  if (bytes.size() != kRegisters) return std::nullopt;
  HyperLogLog sketch;
  std::copy(bytes.begin(), bytes.end(), sketch.registers_.begin());
  const auto possible = [](uint8_t rank) { return rank <= kHighestRank; };
  if (!std::all_of(sketch.registers_.begin(), sketch.registers_.end(), possible)) {
    return std::nullopt;
  }
  return sketch;
}

}  // namespace kpid
