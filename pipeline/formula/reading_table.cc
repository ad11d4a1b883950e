#include "pipeline/formula/reading_table.h"

#include <algorithm>

namespace kpid {

size_t ReadingTable::add_term(Term term) {
  const auto [place, added] = term_places_.try_emplace(term.canonical(), terms_.size());
  if (!added) return place->second;
  if (std::find(sources_.begin(), sources_.end(), term.source) == sources_.end()) {
    sources_.push_back(term.source);
  }
  terms_.push_back(std::move(term));
  return place->second;
}

size_t ReadingTable::add_reading(Reading reading) {
  const auto [place, added] = reading_places_.try_emplace(reading, readings_.size());
  if (added) readings_.push_back(std::move(reading));
  return place->second;
}

size_t ReadingTable::add_result(Term term) {
  Reading reading;
  reading.term = add_term(std::move(term));
  return add_reading(std::move(reading));
}

}  // namespace kpid
