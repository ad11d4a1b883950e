#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/event/time.h"

namespace kpid {

// The sorts of flags that commands have. A value that is wrong throws CLI::ValidationError.

/// The words that a flag may have, with their meanings.
template <class E>
using Words = std::vector<std::pair<std::string, E>>;

/// Adds a flag whose value is one of some words.
template <class E>
void add_choice(CLI::App& app, const std::string& flag, E& target, Words<E> words,
                const std::string& help) {
  std::string names;
  std::string chosen;
  for (const auto& [word, value] : words) {
    names += names.empty() ? word : "|" + word;
    if (value == target) chosen = word;
  }
  const auto read = [&target, flag, words = std::move(words), names](const std::string& text) {
    const auto found = std::ranges::find(words, text, &std::pair<std::string, E>::first);
    if (found == words.end()) {
      throw CLI::ValidationError(flag, fmt::format("'{}' is none of {}", text, names));
    }
    target = found->second;
  };
  app.add_option_function<std::string>(flag, read, help)->type_name(names)->default_str(chosen);
}

/// Adds a flag with a text that may not be empty; `type` is its name in the help.
CLI::Option* add_text(CLI::App& app, const std::string& flag, std::string& target,
                      const std::string& type, const std::string& help);

/// A flag that may be given more than once: calls `take` with each of its texts.
template <class Take>
void add_repeatable(CLI::App& app, const std::string& flag, const std::string& type,
                    const Take& take, const std::string& help) {
  const auto read = [take](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) take(text);
  };
  app.add_option_function<std::vector<std::string>>(flag, read, help)
      ->type_name(type)
      ->type_size(1)
      ->expected(1, CLI::detail::expected_max_vector_size);
}

/// Adds a flag with a number that is in [least, most]; `type` is its name in the help.
template <class N>
CLI::Option* add_number(CLI::App& app, const std::string& flag, N& target, N least, N most,
                        const std::string& help) {
  const auto in_range = [least, most](const std::string& text) -> std::string {
    N number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    // Written so that "nan" is not in range.
    if (is_number && number >= least && number <= most) return {};
    return fmt::format("'{}' is no number from {} to {}", text, least, most);
  };
  return app.add_option(flag, target, help)
      ->type_name("NUMBER")
      ->check(in_range)
      ->default_str(fmt::format("{}", target));
}

/// Adds a flag with a duration like 200ms or 5m.
void add_duration(CLI::App& app, const std::string& flag, Duration& target,
                  const std::string& help);

}  // namespace kpid
