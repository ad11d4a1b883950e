// Runs the examples of config/REFERENCE.md: each formula over the events of its block.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "pipeline/decode/decoder.h"
#include "pipeline/formula/formula.h"
#include "pipeline/formula/row_functions.h"

namespace kpid {
namespace {

struct Example {
  size_t line = 0;  ///< of the formula
  std::string fields;
  std::vector<std::string> events;
  std::string formula;
  std::string value;  ///< "absent" where there is none
};

std::vector<Example> examples() {
  std::ifstream file(KPID_REFERENCE);
  std::vector<Example> found;
  Example current;
  bool inside = false;
  size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("```")) {
      inside = line == "```example";
      current = {};
    } else if (inside && line.starts_with("fields: ")) {
      current.fields = line.substr(8);
    } else if (inside && line.starts_with("{")) {
      current.events.push_back(line);
    } else if (inside && line.starts_with("formula: ")) {
      current.formula = line.substr(9);
      current.line = number;
    } else if (inside && (line.starts_with("value: ") || line == "absent")) {
      current.value = line == "absent" ? line : line.substr(7);
      found.push_back(current);
    }
  }
  return found;
}

Int128 units_at(const Column& column, uint32_t row) {
  const bool wide = column.type == Type::kDecimal || column.type == Type::kDuration;
  return wide ? column.nanos[row] : Int128{column.integers[row]};
}

void add(const Term& term, const Column* column, uint32_t row, TermValue& value) {
  if (column != nullptr && column->present[row] == 0) return;
  const bool first = !value.present;
  value.present = true;
  switch (term.aggregate) {
    case Aggregate::kCount:
      ++value.units;
      break;
    case Aggregate::kSum:
      value.units += units_at(*column, row);
      break;
    case Aggregate::kMin:
      value.units = first ? units_at(*column, row) : std::min(value.units, units_at(*column, row));
      break;
    case Aggregate::kMax:
      value.units = first ? units_at(*column, row) : std::max(value.units, units_at(*column, row));
      break;
  }
}

TermValue evaluate(const Term& term, const EventBatch& batch) {
  const bool extreme = term.aggregate == Aggregate::kMin || term.aggregate == Aggregate::kMax;
  TermValue value{0, !extreme};
  Selection rows(batch.rows);
  std::iota(rows.begin(), rows.end(), 0U);
  if (term.predicate) {
    Selection kept;
    RowEvaluator(term.predicate).filter(batch, rows, kept);
    rows = kept;
  }
  std::optional<RowEvaluator> argument;
  if (term.argument) argument.emplace(term.argument);
  const Column* column = argument ? &argument->evaluate(batch, rows) : nullptr;
  for (const uint32_t row : rows) add(term, column, row, value);
  return value;
}

std::string run(const Example& example) {
  std::string quoted;
  for (const char c : example.formula) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  const Loaded loaded = load_settings_text(
      "example.yml",
      "sources:\n  e:\n    topic: e\n    format: json\n    fields: " + example.fields +
          "\nkpis:\n  k:\n    help: h\n    windows: [1h]\n    formula: '" + quoted + "'\n",
      NeedKafka::kNo);
  for (const Diagnostic& error : loaded.errors) return render(error);
  const Definitions& definitions = loaded.settings.definitions;
  EventBatch batch;
  prepare_batch(definitions.sources[0], example.events.size(), batch);
  const auto decoder = make_decoder(definitions.sources[0], definitions.limits, {});
  for (const std::string& event : example.events) {
    const Record record{event, 0, EventTime{std::chrono::days{20'000}}};
    if (const auto reason = decoder->decode(record, batch)) return std::string(name_of(*reason));
  }
  const Formula& formula = definitions.kpis[0].formula;
  std::vector<TermValue> values;
  for (const Term& term : formula.terms()) values.push_back(evaluate(term, batch));
  const std::optional<Number> value = formula.value(values);
  return value ? value->to_string() : "absent";
}

TEST(Reference, EveryExampleHasTheValueThatItSays) {
  const std::vector<Example> all = examples();
  EXPECT_GE(all.size(), 50U);
  for (const Example& example : all) {
    EXPECT_EQ(run(example), example.value)
        << "REFERENCE.md, line " << example.line << ": " << example.formula;
  }
}

TEST(Reference, HasAnExampleOfEveryRowFunction) {
  const std::vector<Example> all = examples();
  for (const std::string& name : row_function_names()) {
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Example& example) {
      return example.formula.find(name + "(") != std::string::npos;
    })) << name;
  }
}

}  // namespace
}  // namespace kpid
