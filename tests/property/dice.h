#pragma once

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <random>
#include <vector>

namespace kpid {

/// Random choices that a seed repeats on every machine.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  /// A number in [low, high].
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  /// True one time in `n`.
  bool one_in(int64_t n) { return between(1, n) == 1; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[between(0, static_cast<int64_t>(choices.size()) - 1)];
  }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[static_cast<size_t>(between(0, static_cast<int64_t>(choices.size()) - 1))];
  }

 private:
  std::mt19937_64 engine_;  // its sequence is fixed by the standard; distributions are not
};

/// How many seeds a property tries: few in every run, thousands with KPID_LONG=1.
inline uint64_t seeds(uint64_t usual) {
  const char* const text = std::getenv("KPID_LONG");
  return text != nullptr && text[0] == '1' ? usual * 20 : usual;
}

}  // namespace kpid
