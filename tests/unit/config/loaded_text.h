#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

// A configuration in one text, and what is said of it.

namespace kpid {

inline Loaded load(const std::string& text) {
  return load_settings_text("kpid.yml", text, NeedKafka::kNo);
}

inline std::string rendered(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += render(diagnostic);
  return text;
}

inline std::vector<std::string> texts_of(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics) texts.push_back(diagnostic.text);
  return texts;
}

/// Errors of these KPIs, each `NAME: {help: h, ...}` on a line of its own from the fourth on, over
/// the source `s`: `LINE TEXT`.
inline std::vector<std::string> mistakes_of(std::string_view kpis) {
  const Loaded loaded = load(
      "sources:\n  s: {topic: s, format: json, time: {field: t, format: unix_ms}, fields: {v: int, "
      "c: string}}\nkpis:\n" +
      std::string(kpis));
  std::vector<std::string> mistakes;
  for (const Diagnostic& error : loaded.errors) {
    mistakes.push_back(std::to_string(error.line) + " " + error.text);
  }
  return mistakes;
}

}  // namespace kpid
