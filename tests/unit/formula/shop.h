#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/formula.h"

namespace kpid::shop {

/// The sources that formula tests speak of: sales and feedback of a shop.
const std::vector<SourceDefinition>& sources();

/// Sources and KPIs of the shop: `revenue` is sum(amount), `conversion` the quotient of orders and
/// events; `broken` and `unwritten` have no formula that could be used.
FormulaScope scope();

/// The compiled formula. A test with a wrong formula stops here with its mistakes.
Formula compile(std::string_view text);

/// The formula's mistakes, one a line: "OFFSET+LENGTH TEXT | HINT", without " | HINT" if empty.
/// Empty for a right formula.
std::string mistakes_in(std::string_view text, const FormulaScope& scope);

/// One event of `sales` as texts: "type=order amount=12.5 quantity=3 paid=true"; a field that is
/// not named is null. Times and ints as integers, decimals as numbers.
using EventText = std::string;

/// The events as a batch of the source `sales`. Texts are borrowed from `events`.
EventBatch batch_of(const std::vector<EventText>& events);

/// What an expression over one sales event gives: a number as plain digits, a duration with an s
/// behind it, true, false, a quoted text, or null; "!" behind null that arithmetic made.
std::string row_value(std::string_view expression, const EventText& event);

/// What a formula of count, sum, avg, min and max gives for events of `sales`: the text of its
/// number, or "absent".
std::string value_of(std::string_view formula, const std::vector<EventText>& events);

/// The values of all readings for a batch, by a plain loop.
std::vector<TermValue> aggregate(const Formula& formula, const EventBatch& batch);

}  // namespace kpid::shop
