#pragma once

#include <cstddef>
#include <vector>

#include "pipeline/formula/part.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// How much a formula may grow beside its text: by copies for other windows, and by other KPIs.
class CopyBudget {
 public:
  explicit CopyBudget(std::vector<TextError>& errors) : errors_(errors) {}

  /// Takes so many copies of `part` out of it. False, and a report at `place`, where too little is
  /// left.
  bool allows(const Part& part, size_t copies, Place place);

  /// Of all copies until now.
  size_t nodes() const { return nodes_; }

 private:
  std::vector<TextError>& errors_;
  size_t nodes_ = 0;
};

}  // namespace kpid
