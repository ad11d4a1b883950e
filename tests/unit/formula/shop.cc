#include "tests/unit/formula/shop.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "pipeline/check.h"

namespace kpid::shop {
namespace {

Field field(std::string name, Type type) {
  Field result;
  result.path = {name};
  result.name = std::move(name);
  result.type = type;
  return result;
}

Selection all_rows(const EventBatch& batch) {
  Selection rows;
  for (uint32_t row = 0; row < batch.rows; ++row) rows.push_back(row);
  return rows;
}

Int128 units_at(const Column& column, uint32_t row) {
  const bool nanos = column.type == Type::kDecimal || column.type == Type::kDuration;
  return nanos ? column.nanos[row] : column.integers[row];
}

void set_cell(Column& column, size_t row, std::string_view text) {
  column.present[row] = 1;
  switch (column.type) {
    case Type::kString:
      column.strings[row] = text;
      return;
    case Type::kBool:
      column.integers[row] = text == "true" ? 1 : 0;
      return;
    case Type::kInt:
    case Type::kTime:
      KPID_ASSERT(parse_int(text, column.integers[row]) == NumberStatus::kOk);
      return;
    case Type::kDecimal:
    case Type::kDuration: {
      Decimal decimal;
      KPID_ASSERT(parse_decimal(text, decimal) == NumberStatus::kOk);
      column.nanos[row] = decimal.nanos;
      return;
    }
  }
}

void add_event(EventBatch& batch, size_t row, std::string_view event) {
  while (!event.empty()) {
    const std::string_view pair = event.substr(0, event.find(' '));
    event.remove_prefix(std::min(event.size(), pair.size() + 1));
    const std::string_view name = pair.substr(0, pair.find('='));
    for (size_t i = 0; i < batch.fields.size(); ++i) {
      if (sources()[0].fields[i].name != name) continue;
      set_cell(batch.fields[i], row, pair.substr(name.size() + 1));
    }
  }
}

std::string text_at(const Column& column, uint32_t row) {
  if (column.present[row] == 0) return "null";
  switch (column.type) {
    case Type::kString:
      return "'" + std::string(column.strings[row]) + "'";
    case Type::kBool:
      return column.integers[row] != 0 ? "true" : "false";
    case Type::kInt:
    case Type::kTime:
      return std::to_string(column.integers[row]);
    case Type::kDecimal:
      return format_decimal(Decimal{column.nanos[row]});
    case Type::kDuration:
      return format_decimal(Decimal{column.nanos[row]}) + "s";
  }
  return "";
}

}  // namespace

const std::vector<SourceDefinition>& sources() {
  static const std::vector<SourceDefinition> kSources = [] {
    SourceDefinition sales;
    sales.name = "sales";
    sales.fields = {field("type", Type::kString),     field("region", Type::kString),
                    field("amount", Type::kDecimal),  field("price", Type::kDecimal),
                    field("quantity", Type::kInt),    field("stock", Type::kInt),
                    field("paid", Type::kBool),       field("gift", Type::kBool),
                    field("ordered_at", Type::kTime), field("shipped_at", Type::kTime)};
    SourceDefinition feedback;
    feedback.name = "feedback";
    feedback.fields = {field("score", Type::kInt), field("region", Type::kString)};
    return std::vector<SourceDefinition>{sales, feedback};
  }();
  return kSources;
}

FormulaScope scope() {
  static const std::vector<NamedFormula> kKpis = {
      {.name = "revenue", .text = "sum(amount)"},
      {.name = "conversion", .text = "count(sales where type == 'order') / count(sales)"},
      {.name = "broken", .text = "sum(amuont)"},
      {.name = "unwritten", .text = ""}};
  return {.sources = sources(), .kpis = kKpis};
}

std::string mistakes_in(std::string_view text, const FormulaScope& scope) {
  const TextResult<Formula> formula = compile_formula(text, scope);
  std::string lines;
  if (formula) return lines;
  for (const TextError& error : formula.error()) {
    if (!lines.empty()) lines += "\n";
    lines += std::to_string(error.offset) + "+" + std::to_string(error.length) + " " + error.text;
    if (!error.hint.empty()) lines += " | " + error.hint;
  }
  return lines;
}

Formula compile(std::string_view text) {
  TextResult<Formula> formula = compile_formula(text, scope());
  if (!formula) {
    const std::string mistakes = mistakes_in(text, scope());
    std::fprintf(stderr, "%.*s\n%s\n", static_cast<int>(text.size()), text.data(),
                 mistakes.c_str());
    std::abort();
  }
  return std::move(*formula);
}

EventBatch batch_of(const std::vector<EventText>& events) {
  EventBatch batch;
  batch.rows = events.size();
  for (const Field& declared : sources()[0].fields) {
    Column& column = batch.fields.emplace_back();
    column.type = declared.type;
    column.resize(batch.rows);
  }
  for (size_t row = 0; row < events.size(); ++row) add_event(batch, row, events[row]);
  return batch;
}

std::string row_value(std::string_view expression, const EventText& event) {
  const Formula formula = compile("count(" + std::string(expression) + ")");
  const std::vector<EventText> events = {event};
  const EventBatch batch = batch_of(events);
  RowEvaluator evaluator(formula.terms()[0].argument);
  std::string text = text_at(evaluator.evaluate(batch, {0}), 0);
  return evaluator.arithmetic_nulls() > 0 ? text + "!" : text;
}

std::vector<TermValue> aggregate(const Formula& formula, const EventBatch& batch) {
  std::vector<TermValue> of_terms;
  for (const Term& term : formula.terms()) {
    KPID_ASSERT(term.aggregate <= Aggregate::kMax);
    Selection rows;
    if (term.predicate != nullptr) {
      RowEvaluator(term.predicate).filter(batch, all_rows(batch), rows);
    } else {
      rows = all_rows(batch);
    }
    const bool extreme = term.aggregate == Aggregate::kMin || term.aggregate == Aggregate::kMax;
    TermValue value = extreme ? TermValue::absent() : TermValue::of(0);
    std::optional<RowEvaluator> argument;
    if (term.argument != nullptr) argument.emplace(term.argument);
    const Column* column = argument ? &argument->evaluate(batch, rows) : nullptr;
    for (const uint32_t row : rows) {
      if (column != nullptr && column->present[row] == 0) continue;
      if (term.aggregate == Aggregate::kCount) {
        ++value.units;
        continue;
      }
      const Int128 units = units_at(*column, row);
      if (term.aggregate == Aggregate::kSum) value.units += units;
      if (!extreme) continue;
      const bool better =
          !value.present ||
          (term.aggregate == Aggregate::kMin ? units < value.units : units > value.units);
      if (better) value = TermValue::of(units);
    }
    value.denominator = term.units_per_one();
    of_terms.push_back(value);
  }
  std::vector<TermValue> values;
  for (const Reading& reading : formula.readings()) values.push_back(of_terms[reading.term]);
  return values;
}

std::string value_of(std::string_view formula, const std::vector<EventText>& events) {
  const Formula compiled = compile(formula);
  const EventBatch batch = batch_of(events);
  const std::optional<Number> value = compiled.value(aggregate(compiled, batch));
  return value ? value->to_string() : "absent";
}

}  // namespace kpid::shop
