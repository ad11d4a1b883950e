#include "tests/property/scenario.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/property/dice.h"
#include "tests/support/small_plan.h"

namespace kpid {

namespace {

std::string where(Filter filter) {
  switch (filter) {
    case Filter::kNone:
      return "";
    case Filter::kOrdersOnly:
      return " where s == 'order'";
    case Filter::kManyItems:
      return " where n > 5";
    case Filter::kExpensive:
      return " where v >= 2.5";
  }
  __builtin_unreachable();
}

std::string text_of(const TermShape& term, const std::vector<SourceDefinition>& sources,
                    std::string_view aggregate) {
  const std::string& source = sources[term.source].name;
  const std::string argument = term.field == 0 ? source : fmt::format("{}.{}", source, term.field);
  return fmt::format("{}({}{})", aggregate, argument, where(term.filter));
}

std::string text_of(const KpiShape& shape, const std::vector<SourceDefinition>& sources) {
  const auto text = [&](size_t term) {
    return text_of(shape.terms[term], sources, name_of(shape.terms[term].aggregate));
  };
  switch (shape.form) {
    case KpiShape::Form::kSingle:
      return text(0);
    case KpiShape::Form::kRatio:
      return text(0) + " / " + text(1);
    case KpiShape::Form::kDifference:
      return text(0) + " - " + text(1);
    case KpiShape::Form::kAverage:
      return text_of(shape.terms[0], sources, "avg");
  }
  __builtin_unreachable();
}

TermShape random_term(Dice& dice, size_t sources) {
  TermShape term;
  term.aggregate =
      dice.one_of({Aggregate::kCount, Aggregate::kSum, Aggregate::kMin, Aggregate::kMax});
  term.source = static_cast<size_t>(dice.between(0, static_cast<int64_t>(sources) - 1));
  term.field = dice.one_of({'v', 'n'});
  if (term.aggregate == Aggregate::kCount && dice.one_in(2)) term.field = 0;
  term.filter =
      dice.one_of({Filter::kNone, Filter::kOrdersOnly, Filter::kManyItems, Filter::kExpensive});
  return term;
}

KpiShape random_shape(Dice& dice, size_t sources) {
  KpiShape shape;
  shape.form = dice.one_of({KpiShape::Form::kSingle, KpiShape::Form::kRatio,
                            KpiShape::Form::kDifference, KpiShape::Form::kAverage});
  shape.terms.push_back(random_term(dice, sources));
  const bool two =
      shape.form == KpiShape::Form::kRatio || shape.form == KpiShape::Form::kDifference;
  if (two) shape.terms.push_back(random_term(dice, sources));
  if (shape.form == KpiShape::Form::kAverage && shape.terms[0].field == 0) {
    shape.terms[0].field = 'v';
  }
  return shape;
}

SourceDefinition random_source(Dice& dice, const std::string& name) {
  SourceDefinition source = small_source(name);
  source.disorder = std::chrono::seconds{dice.one_of({0, 3, 10})};
  source.allowed_lateness = std::chrono::seconds{dice.one_of({0, 0, 5, 30})};
  source.max_ahead = std::chrono::seconds{dice.one_of({0, 5, 60})};
  source.idle_timeout = std::chrono::seconds{dice.one_of({20, 60})};
  return source;
}

std::string members_of(const ShapedEvent& event) {
  std::string members;
  const auto add = [&](std::string_view member) {
    if (!members.empty()) members += ',';
    members += member;
  };
  if (event.group) add(fmt::format(R"("g":"{}")", *event.group));
  if (event.nanos) add(fmt::format(R"("v":{})", format_decimal(Decimal{*event.nanos})));
  if (event.items) add(fmt::format(R"("n":{})", *event.items));
  if (event.kind) add(fmt::format(R"("s":"{}")", *event.kind));
  return members;
}

ShapedEvent random_event(Dice& dice, const SourceDefinition& source, EventTime arrival) {
  ShapedEvent event;
  const Duration on_time{dice.between(0, std::max<int64_t>(source.disorder.count(), 1))};
  event.time = arrival - on_time;
  if (dice.one_in(8)) event.time = arrival - Duration{dice.between(0, 90'000)};
  if (dice.one_in(10)) event.time = arrival + Duration{dice.between(0, 70'000)};
  if (dice.one_in(3)) event.time = std::chrono::floor<std::chrono::seconds>(event.time);
  if (!dice.one_in(12)) {
    event.group = dice.one_of<const char*>(
        {"a", "a", "a", "b", "b", "c", "d", "e", "other", "other_", "__other__", ""});
  }
  if (!dice.one_in(6)) event.nanos = dice.between(-2'000'000'000, 9'000'000'000);
  if (!dice.one_in(6)) event.items = dice.between(-3, 12);
  if (!dice.one_in(6)) event.kind = dice.one_of<const char*>({"order", "visit"});
  return event;
}

/// Appends records that arrive from `begin` on, with idle spells between them.
void fill(Dice& dice, const SourceDefinition& source, EventTime begin, int64_t records,
          ShapedPartition& partition) {
  EventTime arrival = begin + Duration{dice.between(0, 60'000)};
  for (int64_t i = 0; i < records; ++i) {
    arrival += Duration{dice.one_in(25) ? dice.between(30'000, 300'000) : dice.between(0, 4'000)};
    if (dice.one_in(20)) {
      partition.log.add(R"({"t":12,)", arrival);
      partition.events.emplace_back();
      continue;
    }
    const ShapedEvent event = random_event(dice, source, arrival);
    partition.log.add_event(event.time, members_of(event), arrival);
    partition.events.emplace_back(event);
  }
}

/// An aggregate of the kinds that have no shape.
std::string random_aggregate(Dice& dice, const std::string& source) {
  const std::string number = fmt::format("{}.{}", source, dice.one_of({'v', 'n'}));
  const std::string any = fmt::format("{}.{}", source, dice.one_of({'v', 'n', 's', 'g'}));
  const std::string condition =
      where(dice.one_of({Filter::kNone, Filter::kNone, Filter::kOrdersOnly, Filter::kManyItems}));
  const char* const span = dice.one_of({"20s", "1m", "2 windows", "1 window", "150s"});
  const char* const keys = dice.one_of({"retained", "new", "returning"});
  switch (dice.between(0, 5)) {
    case 0:
      return fmt::format("{}({}{})", dice.one_of({"stddev", "first", "last", "median"}), number,
                         condition);
    case 1:
      return fmt::format("quantile({}, {}{})", dice.one_of({"0", "0.25", "90%", "1"}), number,
                         condition);
    case 2:
      return fmt::format("distinct({}{})", any, condition);
    case 3:
      return fmt::format("top_share({}, {}, by: {}{})", dice.between(1, 3), number, any, condition);
    case 4:
      return fmt::format("{}({}{})", keys, any, condition);
    default:
      return fmt::format("{}({}, {}{})", keys, any, span, condition);
  }
}

/// A formula that looks at several windows or groups, or at what only collections know.
std::string random_formula(Dice& dice, const std::vector<SourceDefinition>& sources, int depth) {
  const std::string& source = dice.one_of(sources).name;
  if (depth == 0) {
    if (dice.one_in(3)) return fmt::format("sum({}.v{})", source, where(Filter::kOrdersOnly));
    return random_aggregate(dice, source);
  }
  const std::string inner = random_formula(dice, sources, depth - 1);
  switch (dice.between(0, 6)) {
    case 0:
      return fmt::format("previous({})", inner);
    case 1:
      return fmt::format("{}({}, {})", dice.one_of({"previous", "growth"}), inner,
                         dice.one_of({"10s", "1m", "90s", "3 windows"}));
    case 2:
      return fmt::format("moving_average({}, {})", inner, dice.between(2, 4));
    case 3:
      return fmt::format("per_minute({})", inner);
    case 4:
      return fmt::format("share_of_total(sum({0}.v) + 2 * count({0}))", source);
    case 5:
      return fmt::format("coalesce({}, 0) - {}", inner, random_formula(dice, sources, depth - 1));
    default:
      return fmt::format("{} / {}", inner, random_formula(dice, sources, depth - 1));
  }
}

}  // namespace

Scenario random_scenario(uint64_t seed, const Limits& limits, Formulas formulas) {
  Dice dice(seed);
  Scenario scenario;
  Definitions definitions;
  definitions.limits = limits;
  definitions.sources = {random_source(dice, "sales")};
  if (dice.one_in(2)) definitions.sources.push_back(random_source(dice, "visits"));
  const auto kpis = dice.between(1, 4);
  for (int64_t i = 0; i < kpis; ++i) {
    const KpiShape shape = random_shape(dice, definitions.sources.size());
    std::vector<std::string> windows = {dice.one_of<const char*>({"10s", "1m", "1m every 20s"})};
    if (dice.one_in(2)) windows.push_back(dice.one_of<const char*>({"5m", "2m every 15s"}));
    std::vector<std::string> by;
    if (!dice.one_in(3)) by.push_back("g");
    if (dice.one_in(4)) by.push_back("s");
    std::vector<OtherField> other_fields;
    if (by == std::vector<std::string>{"g"} && dice.one_in(3)) {
      other_fields.push_back({.label = 0, .source = "visits", .field = "s"});
    }
    add_kpi(definitions, {.name = fmt::format("kpi_{}", i),
                          .formula = text_of(shape, definitions.sources),
                          .windows = windows,
                          .by = by,
                          .other_fields = other_fields,
                          .show = dice.one_of({Show::kFinal, Show::kLive, Show::kBoth})});
    scenario.shapes.push_back(shape);
  }
  if (formulas == Formulas::kWholeLanguage) {
    if (dice.one_in(2)) definitions.limits.max_distinct = definitions.limits.max_keys = 4;
    for (int64_t i = dice.between(1, 3); i > 0; --i) {
      add_kpi(definitions,
              {.name = fmt::format("whole_{}", i),
               .formula =
                   random_formula(dice, definitions.sources, static_cast<int>(dice.between(0, 2))),
               .windows = {dice.one_of<const char*>({"10s", "1m", "1m every 20s"})},
               .by = dice.one_in(2) ? std::vector<std::string>{"g"} : std::vector<std::string>{},
               .show = dice.one_of({Show::kFinal, Show::kBoth})});
    }
  }
  scenario.begin = kStart;
  scenario.end = kStart;
  for (size_t source = 0; source < definitions.sources.size(); ++source) {
    const auto partitions = dice.between(1, 3);
    for (int32_t number = 0; number < partitions; ++number) {
      ShapedPartition& partition = scenario.partitions.emplace_back();
      partition.source = source;
      partition.number = number;
      fill(dice, definitions.sources[source], kStart, dice.between(0, 120), partition);
      if (partition.log.size() > 0) {
        scenario.end = std::max(scenario.end, *partition.log.all().back().timestamp);
      }
    }
  }
  scenario.plan = plan_of(std::move(definitions));
  return scenario;
}

}  // namespace kpid
