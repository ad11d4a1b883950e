#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string_view>

#include "tests/unit/formula/shop.h"

namespace kpid::shop {

/// A wrong formula and all that is said about it: "OFFSET+LENGTH TEXT | HINT" a line.
///
/// The scope: `sales` with type, region, amount, price, quantity, stock, paid, gift, ordered_at and
/// shipped_at; `feedback` with score and region; the KPIs `revenue`, and `broken`, whose own
/// mistakes are reported where it stands.
struct WrongFormula {
  std::string_view formula;
  std::string_view mistakes;
};

inline void expect_mistakes(std::span<const WrongFormula> formulas) {
  for (const auto& [formula, mistakes] : formulas) {
    EXPECT_EQ(mistakes_in(formula, scope()), mistakes) << formula;
  }
}

}  // namespace kpid::shop
