#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/formula/copy_budget.h"
#include "pipeline/formula/part.h"
#include "pipeline/formula/reading_table.h"
#include "pipeline/formula/syntax.h"
#include "pipeline/result.h"

namespace kpid {

/// Checks calls of functions of several windows or groups, `kWindowFunctions`, and makes them of
/// the arithmetic of their argument, moved there.
class WindowFunctionChecker {
 public:
  /// Borrows all.
  WindowFunctionChecker(ReadingTable& table, CopyBudget& copies,
                        std::vector<WrittenLookBack>& look_backs, std::vector<TextError>& errors)
      : table_(table), copies_(copies), look_backs_(look_backs), errors_(errors) {}

  /// Whether the call has as many arguments as its function takes; else a report.
  bool has_arguments(const Syntax& call);

  /// `argument` is the first, checked: a number that has an aggregate in it; nothing after a
  /// mistake, and then the other arguments are checked all the same.
  /// REQUIRES: has_arguments.
  std::optional<Part> apply(const Syntax& call, std::optional<Part> argument);

 private:
  std::nullopt_t report(Place place, std::string text, std::string hint);
  std::optional<Part> earlier(const Syntax& call, std::optional<Part> part);
  std::optional<Part> rate(std::optional<Part> part, int64_t unit_seconds);
  std::optional<Part> share(const Syntax& call, std::optional<Part> part);
  std::optional<Part> moving_average(const Syntax& call, std::optional<Part> part);
  /// Whether `part` may be that of an earlier window; else a report at `place`.
  bool may_look_back(const Part& part, Place place);

  ReadingTable& table_;
  CopyBudget& copies_;
  std::vector<WrittenLookBack>& look_backs_;
  std::vector<TextError>& errors_;
};

}  // namespace kpid
