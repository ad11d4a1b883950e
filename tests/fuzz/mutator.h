#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace kpid::fuzz {

/// Changed seeds, one after the other: the same ones in every run and with every compiler.
class Mutator {
 public:
  /// REQUIRES: there is a seed.
  Mutator(std::vector<std::string> seeds, std::vector<std::string> tokens)
      : seeds_(std::move(seeds)), tokens_(std::move(tokens)) {}

  /// A seed with one to four changes.
  std::string next();

 private:
  size_t below(size_t limit) { return random_() % limit; }
  const std::string& one_of(const std::vector<std::string>& texts) {
    return texts[below(texts.size())];
  }
  void change(std::string& text);

  std::vector<std::string> seeds_;
  std::vector<std::string> tokens_;
  std::mt19937_64 random_{20'260'329};
};

}  // namespace kpid::fuzz
