#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/formula/formula.h"

namespace kpid {

/// What a formula reads, gathered while it is compiled: terms, readings and sources, each once.
class ReadingTable {
 public:
  /// The index of a term like this one.
  size_t add_term(Term term);
  /// The index of a reading like this one.
  size_t add_reading(Reading reading);
  /// The index of the plain result of a term.
  size_t add_result(Term term);

  const std::vector<Term>& terms() const { return terms_; }
  const std::vector<Reading>& readings() const { return readings_; }
  /// Names of the terms' sources, in order of first use.
  const std::vector<std::string>& sources() const { return sources_; }

 private:
  std::vector<Term> terms_;
  std::map<std::string, size_t> term_places_;  ///< by canonical text
  std::vector<Reading> readings_;
  std::map<Reading, size_t> reading_places_;
  std::vector<std::string> sources_;
};

}  // namespace kpid
