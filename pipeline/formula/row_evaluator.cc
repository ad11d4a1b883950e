#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/check.h"
#include "pipeline/formula/column_arithmetic.h"
#include "pipeline/formula/column_comparison.h"
#include "pipeline/formula/column_values.h"
#include "pipeline/formula/row_expression.h"
#include "pipeline/formula/row_operation.h"
#include "pipeline/formula/text_functions.h"
#include "pipeline/formula/time_functions.h"

namespace kpid {
namespace {

/// An expression with the scratch space of its evaluation.
struct Node {
  explicit Node(RowExpressionPtr what) : expression(std::move(what)) {
    for (const RowExpressionPtr& operand : expression->operands) operands.emplace_back(operand);
    column.type = expression->type;
    if (expression->zone) clock.emplace(*expression->zone);
  }

  RowExpressionPtr expression;
  std::vector<Node> operands;
  Column column;                   ///< as long as the longest batch so far
  Selection undecided;             ///< rows that the next operand is asked for
  Selection alternative;           ///< rows of the other branch
  TextArena text;                  ///< what the column's texts, made here, lie in
  std::optional<ZoneClock> clock;  ///< for readings of a clock
};

/// Grows only, so that in the steady state nothing is allocated or cleared. A literal's column is
/// filled once.
void make_room(Node& node, size_t rows) {
  Column& column = node.column;
  const size_t before = column.present.size();
  if (before >= rows) return;
  const Literal& literal = node.expression->literal;
  column.present.resize(rows, literal.null ? 0 : 1);
  with_value_type(column.type, [&]<class Value>(Value*) {
    values_of<Value>(column).resize(rows, value_of<Value>(literal));
  });
}

bool is_true(const Column& column, uint32_t row) {
  return column.present[row] != 0 && column.integers[row] != 0;
}
bool is_false(const Column& column, uint32_t row) {
  return column.present[row] != 0 && column.integers[row] == 0;
}

/// One evaluation of one batch.
class Evaluation {
 public:
  Evaluation(const EventBatch& batch, uint64_t& arithmetic_nulls)
      : batch_(batch), arithmetic_nulls_(arithmetic_nulls) {}

  const Column& evaluate(Node& node, const Selection& rows) {
    if (node.expression->operation == RowOperation::kField) {
      return batch_.fields[node.expression->field];
    }
    make_room(node, batch_.rows);
    compute(node, rows);
    return node.column;
  }

 private:
  void compute(Node& node, const Selection& rows) {
    switch (node.expression->operation) {
      case RowOperation::kField:
      case RowOperation::kLiteral:
        return;
      case RowOperation::kIsNull:
        return compute_is_null(node, rows);
      case RowOperation::kNot:
        return compute_not(node, rows);
      case RowOperation::kAnd:
        return compute_logic(node, rows, false);
      case RowOperation::kOr:
        return compute_logic(node, rows, true);
      case RowOperation::kEqual:
      case RowOperation::kNotEqual:
      case RowOperation::kLess:
      case RowOperation::kLessEqual:
      case RowOperation::kGreater:
      case RowOperation::kGreaterEqual:
        return compute_comparison(node, rows);
      case RowOperation::kIn:
        return search_list(evaluate(node.operands[0], rows), node.expression->list, rows,
                           node.column);
      case RowOperation::kStartsWith:
        return compute_text(node, rows, [](std::string_view text, std::string_view part) {
          return text.starts_with(part);
        });
      case RowOperation::kEndsWith:
        return compute_text(node, rows, [](std::string_view text, std::string_view part) {
          return text.ends_with(part);
        });
      case RowOperation::kContains:
        return compute_text(node, rows, [](std::string_view text, std::string_view part) {
          return text.find(part) != std::string_view::npos;
        });
      case RowOperation::kMatches:
        return compute_matches(node, rows);
      case RowOperation::kIf:
        return compute_if(node, rows);
      case RowOperation::kCoalesce:
        return compute_coalesce(node, rows);
      case RowOperation::kNegate:
      case RowOperation::kAbs:
      case RowOperation::kRound:
      case RowOperation::kWiden:
      case RowOperation::kToDecimal:
        return compute_unary_arithmetic(node, rows);
      case RowOperation::kAdd:
      case RowOperation::kSubtract:
      case RowOperation::kMultiply:
      case RowOperation::kDivide:
        return compute_arithmetic(node, rows);
      case RowOperation::kMin:
      case RowOperation::kMax:
        return compute_extreme(node, rows);
      case RowOperation::kLength:
      case RowOperation::kLower:
      case RowOperation::kUpper:
      case RowOperation::kTrim:
        return compute_text_function(node, rows);
      case RowOperation::kHourOf:
      case RowOperation::kWeekdayOf:
      case RowOperation::kDateOf:
        return compute_clock_reading(node, rows);
    }
  }

  void compute_is_null(Node& node, const Selection& rows) {
    const Column& operand = evaluate(node.operands[0], rows);
    for (const uint32_t row : rows) set_bool(node.column, row, true, operand.present[row] == 0);
  }

  void compute_not(Node& node, const Selection& rows) {
    const Column& operand = evaluate(node.operands[0], rows);
    for (const uint32_t row : rows) {
      set_bool(node.column, row, operand.present[row] != 0, operand.integers[row] == 0);
    }
  }

  /// `decisive` is the truth value of one side that decides the whole: false for `and`.
  void compute_logic(Node& node, const Selection& rows, bool decisive) {
    const auto decides = decisive ? is_true : is_false;
    const Column& left = evaluate(node.operands[0], rows);
    node.undecided.clear();
    for (const uint32_t row : rows) {
      if (decides(left, row)) {
        set_bool(node.column, row, true, decisive);
      } else {
        node.undecided.push_back(row);
      }
    }
    const Column& right = evaluate(node.operands[1], node.undecided);
    for (const uint32_t row : node.undecided) {
      const bool decided = decides(right, row);
      const bool known = decided || (left.present[row] != 0 && right.present[row] != 0);
      set_bool(node.column, row, known, decided == decisive);
    }
  }

  void compute_comparison(Node& node, const Selection& rows) {
    const RowOperation operation = node.expression->operation;
    const Column& left = evaluate(node.operands[0], rows);
    const RowExpression& other = *node.operands[1].expression;
    if (other.operation == RowOperation::kLiteral && !other.literal.null) {
      return compare_with_constant(operation, left, other.literal, rows, node.column);
    }
    compare_columns(operation, left, evaluate(node.operands[1], rows), rows, node.column);
  }

  template <class Test>
  void compute_text(Node& node, const Selection& rows, const Test& test) {
    const Column& text = evaluate(node.operands[0], rows);
    const Column& part = evaluate(node.operands[1], rows);
    for (const uint32_t row : rows) {
      const bool present = text.present[row] != 0 && part.present[row] != 0;
      set_bool(node.column, row, present, present && test(text.strings[row], part.strings[row]));
    }
  }

  void compute_matches(Node& node, const Selection& rows) {
    const Column& text = evaluate(node.operands[0], rows);
    const TextPattern& pattern = *node.expression->pattern;
    for (const uint32_t row : rows) {
      const bool present = text.present[row] != 0;
      set_bool(node.column, row, present, present && pattern.found_in(text.strings[row]));
    }
  }

  static void copy_rows(Column& to, const Column& from, const Selection& rows) {
    with_value_type(to.type, [&]<class Value>(Value*) {
      Value* target = values_of<Value>(to).data();
      const Value* source = values_of<Value>(from).data();
      for (const uint32_t row : rows) {
        to.present[row] = from.present[row];
        if (from.present[row] != 0) target[row] = source[row];
      }
    });
  }

  void compute_if(Node& node, const Selection& rows) {
    const Column& condition = evaluate(node.operands[0], rows);
    node.undecided.clear();
    node.alternative.clear();
    for (const uint32_t row : rows) {
      (is_true(condition, row) ? node.undecided : node.alternative).push_back(row);
    }
    copy_rows(node.column, evaluate(node.operands[1], node.undecided), node.undecided);
    copy_rows(node.column, evaluate(node.operands[2], node.alternative), node.alternative);
  }

  void compute_coalesce(Node& node, const Selection& rows) {
    copy_rows(node.column, evaluate(node.operands[0], rows), rows);
    const Selection* before = &rows;
    for (size_t i = 1; i < node.operands.size(); ++i) {
      Selection& nulls = i % 2 == 0 ? node.alternative : node.undecided;
      nulls.clear();
      for (const uint32_t row : *before) {
        if (node.column.present[row] == 0) nulls.push_back(row);
      }
      copy_rows(node.column, evaluate(node.operands[i], nulls), nulls);
      before = &nulls;
    }
  }

  void compute_unary_arithmetic(Node& node, const Selection& rows) {
    const RowExpression& expression = *node.expression;
    arithmetic_nulls_ += apply_to_column(expression.operation, expression.literal.integer,
                                         evaluate(node.operands[0], rows), rows, node.column);
  }

  void compute_arithmetic(Node& node, const Selection& rows) {
    const Column& left = evaluate(node.operands[0], rows);
    const Column& right = evaluate(node.operands[1], rows);
    arithmetic_nulls_ +=
        combine_columns(node.expression->operation, left, right, rows, node.column);
  }

  void compute_extreme(Node& node, const Selection& rows) {
    const Column& left = evaluate(node.operands[0], rows);
    const Column& right = evaluate(node.operands[1], rows);
    choose_extreme(node.expression->operation, left, right, rows, node.column);
  }

  /// Writes what `function` makes of each operand that there is.
  template <class Operand, class Value, class Function>
  void map_rows(Node& node, const Selection& rows, const Function& function) {
    const Column& operand = evaluate(node.operands[0], rows);
    const Operand* from = values_of<Operand>(operand).data();
    Value* to = values_of<Value>(node.column).data();
    for (const uint32_t row : rows) {
      node.column.present[row] = operand.present[row];
      if (operand.present[row] != 0) to[row] = function(from[row]);
    }
  }

  template <class Value, class Function>
  void map_texts(Node& node, const Selection& rows, const Function& function) {
    map_rows<std::string_view, Value>(node, rows, function);
  }

  void compute_text_function(Node& node, const Selection& rows) {
    using Text = std::string_view;
    TextArena& arena = node.text;
    arena.clear();
    switch (node.expression->operation) {
      case RowOperation::kLength:
        return map_texts<int64_t>(node, rows,
                                  [](Text text) { return static_cast<int64_t>(length_of(text)); });
      case RowOperation::kLower:
        return map_texts<Text>(node, rows, [&](Text text) { return to_lower(text, arena); });
      case RowOperation::kUpper:
        return map_texts<Text>(node, rows, [&](Text text) { return to_upper(text, arena); });
      case RowOperation::kTrim:
        return map_texts<Text>(node, rows, trimmed);
      default:
        KPID_ASSERT(!"a function of a text");
    }
  }

  void compute_clock_reading(Node& node, const Selection& rows) {
    TextArena& arena = node.text;
    arena.clear();
    const auto reading = [&](int64_t milliseconds) {
      return node.clock->read(EventTime{Duration{milliseconds}});
    };
    switch (node.expression->operation) {
      case RowOperation::kHourOf:
        return map_rows<int64_t, int64_t>(node, rows,
                                          [&](int64_t time) { return hour_of(reading(time)); });
      case RowOperation::kWeekdayOf:
        return map_rows<int64_t, int64_t>(node, rows,
                                          [&](int64_t time) { return weekday_of(reading(time)); });
      case RowOperation::kDateOf:
        return map_rows<int64_t, std::string_view>(
            node, rows, [&](int64_t time) { return date_of(reading(time), arena); });
      default:
        KPID_ASSERT(!"a reading of a clock");
    }
  }

  const EventBatch& batch_;
  uint64_t& arithmetic_nulls_;
};

}  // namespace

struct RowEvaluator::Program {
  Node root;
  uint64_t arithmetic_nulls = 0;
};

RowEvaluator::RowEvaluator(RowExpressionPtr expression)
    : program_(new Program{Node(std::move(expression))}) {}
RowEvaluator::~RowEvaluator() = default;
RowEvaluator::RowEvaluator(RowEvaluator&&) noexcept = default;
RowEvaluator& RowEvaluator::operator=(RowEvaluator&&) noexcept = default;

const Column& RowEvaluator::evaluate(const EventBatch& batch, const Selection& rows) {
  return Evaluation(batch, program_->arithmetic_nulls).evaluate(program_->root, rows);
}

void RowEvaluator::filter(const EventBatch& batch, const Selection& rows, Selection& kept) {
  const Column& truth = evaluate(batch, rows);
  for (const uint32_t row : rows) {
    if (is_true(truth, row)) kept.push_back(row);
  }
}

uint64_t RowEvaluator::arithmetic_nulls() const { return program_->arithmetic_nulls; }

}  // namespace kpid
