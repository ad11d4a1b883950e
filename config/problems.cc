#include "config/problems.h"

#include <algorithm>
#include <tuple>

namespace kpid {

void Problems::error(const ConfigPlace& place, std::string text, std::string hint) {
  errors_.push_back({place.text->order, diagnostic_at(place, std::move(text), std::move(hint))});
}

void Problems::warning(const ConfigPlace& place, std::string text, std::string hint) {
  warnings_.push_back({place.text->order, diagnostic_at(place, std::move(text), std::move(hint),
                                                        Diagnostic::Severity::kWarning)});
}

void Problems::errors_in(const YamlNode& scalar, std::span<const TextError> mistakes) {
  for (const TextError& mistake : mistakes) {
    error(scalar.place_of(mistake.offset, mistake.length), mistake.text, mistake.hint);
  }
}

void Problems::add(const ConfigText& text, std::vector<Diagnostic> mistakes) {
  for (Diagnostic& mistake : mistakes) errors_.push_back({text.order, std::move(mistake)});
}

std::vector<Diagnostic> Problems::sorted(std::vector<Found> found) {
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::tie(a.file_order, a.diagnostic.line, a.diagnostic.column) <
           std::tie(b.file_order, b.diagnostic.line, b.diagnostic.column);
  });
  std::vector<Diagnostic> diagnostics;
  for (Found& one : found) diagnostics.push_back(std::move(one.diagnostic));
  return diagnostics;
}

}  // namespace kpid
