// The short form of a fuzz target, for any compiler: every seed, and as many changed ones as asked
// for, the same in every run.
//   formula_fuzz_short --runs=N --dict=FILE SEEDS...
//   formula_fuzz_short --write=FOLDER SEEDS...    writes them as the corpus that libFuzzer wants

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/mutator.h"
#include "tests/fuzz/seeds.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace kpid::fuzz {
namespace {

/// No input may take longer. By the processor's time, for tests share machines.
constexpr double kMostSeconds = 1;

/// The sanitizers make everything slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kSlowness = 15;
#else
constexpr double kSlowness = 1;
#endif

const std::string* input_at_hand = nullptr;

void show_input(int /*signal*/) {
  std::fprintf(stderr, "with the input:\n%s\n", input_at_hand->c_str());
  std::_Exit(1);
}

void run(const std::string& input) {
  input_at_hand = &input;
  const std::clock_t begun = std::clock();
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  const double seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  if (seconds <= kMostSeconds * kSlowness) return;
  std::fprintf(stderr, "took %.1f seconds, ", seconds);
  show_input(0);
}

void write(const std::vector<std::string>& inputs, const std::string& folder) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::ofstream(folder + "/seed" + std::to_string(i), std::ios::binary) << inputs[i];
  }
}

int main(const std::vector<std::string_view>& arguments) {
  size_t runs = 0;
  std::string folder;
  std::vector<std::string> seeds;
  std::vector<std::string> tokens;
  for (const std::string_view argument : arguments) {
    const std::string value(argument.substr(argument.find('=') + 1));
    if (argument.starts_with("--runs=")) {
      runs = std::stoul(value);
    } else if (argument.starts_with("--dict=")) {
      for (std::string& token : tokens_in(value)) tokens.push_back(std::move(token));
    } else if (argument.starts_with("--write=")) {
      folder = value;
    } else {
      for (std::string& seed : seeds_in(value)) seeds.push_back(std::move(seed));
    }
  }
  if (seeds.empty()) return 2;
  if (!folder.empty()) {
    write(seeds, folder);
    return 0;
  }
  for (const int fault : {SIGABRT, SIGSEGV, SIGFPE}) std::signal(fault, show_input);
  for (const std::string& seed : seeds) run(seed);
  Mutator mutator(std::move(seeds), std::move(tokens));
  for (size_t i = 0; i < runs; ++i) run(mutator.next());
  return 0;
}

}  // namespace
}  // namespace kpid::fuzz

int main(int count, char** arguments) {
  return kpid::fuzz::main({arguments + 1, arguments + count});
}
