// Any text is a formula or a list of mistakes, each at a place inside the text; and a formula gives
// the same finite values however its events were read.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/check.h"
#include "pipeline/engine.h"
#include "pipeline/publish/window_report.h"
#include "tests/support/partition_log.h"

namespace kpid {
namespace {

/// Readings of all KPIs together that are evaluated for one input: what is beyond belongs to the
/// tests of the worst formulas, and would leave no time for others.
constexpr size_t kMostReadings = 400;

Field field(std::string name, Type type) {
  return {.name = name, .path = {name}, .type = type, .time_format = {}};
}

/// `s` for bare names, and `e` with the names of REFERENCE.md.
const std::vector<SourceDefinition>& sources() {
  static const std::vector<SourceDefinition> kSources = [] {
    SourceDefinition s;
    s.name = s.topic = "s";
    s.time_path = {"t"};
    s.disorder = std::chrono::days{3650};  // so that nothing is late in any order
    s.fields = {field("g", Type::kString), field("v", Type::kDecimal), field("n", Type::kString),
                field("i", Type::kInt),    field("done", Type::kBool), field("t", Type::kTime),
                field("u", Type::kTime)};
    SourceDefinition e = s;
    e.name = e.topic = "e";
    e.time_path = {"at"};
    e.fields = {field("a", Type::kInt),          field("b", Type::kDecimal),
                field("amount", Type::kDecimal), field("price", Type::kDecimal),
                field("waited", Type::kDecimal), field("customer", Type::kString),
                field("name", Type::kString),    field("type", Type::kString),
                field("at", Type::kTime)};
    return std::vector<SourceDefinition>{s, e};
  }();
  return kSources;
}

const std::vector<NamedFormula>& kpis() {
  static const std::vector<NamedFormula> kKpis = {
      {.name = "revenue", .text = "sum(v)"},
      {.name = "done_share", .text = "count(s where done) / count(s)", .time_zone = "Asia/Tokyo"},
      {.name = "last_day", .text = "previous(revenue, 1 day)"},
      {.name = "smooth", .text = "moving_average(revenue, 3)"},
      {.name = "part", .text = "share_of_total(sum(v) + count(s))"},
      {.name = "worth", .text = "revenue / sum(e.amount)"},
      {.name = "broken", .text = "sum(vv)"},
      {.name = "circle", .text = "told + 1"},
      {.name = "told", .text = "circle"}};
  return kKpis;
}

std::vector<WindowSpec> all_windows() {
  const CalendarRules london{.time_zone = "Europe/London"};
  const CalendarRules fiscal{
      .time_zone = "America/New_York",
      .week_starts = std::chrono::Sunday,
      .year_starts = std::chrono::month_day{std::chrono::April, std::chrono::day{6}}};
  std::vector<WindowSpec> windows;
  for (const auto& [text, rules] :
       std::initializer_list<std::pair<const char*, CalendarRules>>{{"1h", {}},
                                                                    {"day", london},
                                                                    {"3h every 1h", {}},
                                                                    {"year", fiscal},
                                                                    {"month", london},
                                                                    {"week", fiscal},
                                                                    {"quarter", fiscal}}) {
    windows.push_back(*parse_window(text, rules));
  }
  return windows;
}

bool can_look_back(const Formula& formula, const WindowSpec& window) {
  return std::none_of(formula.look_backs().begin(), formula.look_backs().end(),
                      [&](const WrittenLookBack& written) {
                        return written.is_memory ? check_memory(window, written.span)
                                                 : check_earlier(window, written.span);
                      });
}

/// The formula as KPIs: for each of the windows that it can look back from, with groups and
/// without.
Definitions definitions_of(const Formula& formula, std::string_view text) {
  static const std::vector<WindowSpec> kWindows = all_windows();
  Definitions definitions;
  definitions.sources = sources();
  definitions.limits.max_distinct = 4;
  definitions.limits.max_keys = 3;
  size_t readings = 0;
  for (const WindowSpec& window : kWindows) {
    if (!can_look_back(formula, window)) continue;
    for (const bool grouped : {false, true}) {
      readings += formula.readings().size();
      if (readings > kMostReadings && !definitions.kpis.empty()) return definitions;
      KpiDefinition kpi{.name = fmt::format("k{}", definitions.kpis.size()),
                        .help = "h",
                        .formula_text = std::string(text),
                        .formula = formula,
                        .windows = {window},
                        .by = {},
                        .unit = "",
                        .show = {},
                        .rank_by = {}};
      if (grouped) {
        kpi.by = {"g"};
        kpi.other_fields = {{.label = 0, .source = "e", .field = "customer"}};
      }
      definitions.kpis.push_back(std::move(kpi));
    }
  }
  return definitions;
}

/// Events over a change of the clocks, and a few a month and a year before. Within a partition no
/// two happen at the same time, so that its order has no meaning.
std::vector<std::string> events_of_s(int partition) {
  std::vector<std::string> events;
  for (int n = 0; n < 16; ++n) {
    const char* const day = n == 0 ? "2025-03-29" : n == 1 ? "2026-02-28" : "2026-03-29";
    events.push_back(fmt::format(
        R"({{"t":"{}T{:02}:{:02}:0{}Z","g":{},"v":{},"n":"{}","i":{},"done":{},"u":{}}})", day,
        n / 4, 13 * (n % 4), partition, n % 5 == 4 ? "null" : fmt::format("\"g{}\"", n % 3),
        n % 7 == 6 ? "null" : fmt::format("{}.{}", n * n - 30, n + partition),
        std::string_view("orders and visits").substr(static_cast<size_t>(n)),
        n == 5 ? "9223372036854775807" : fmt::format("{}", 3 * n - 7),
        n % 4 == 3 ? "null" : (n % 2 == 0 ? "true" : "false"),
        n % 6 == 5 ? "null" : fmt::format("\"2026-03-29T0{}:59:59.999Z\"", n % 10)));
  }
  return events;
}

std::vector<std::string> events_of_e() {
  std::vector<std::string> events;
  for (int n = 0; n < 8; ++n) {
    events.push_back(fmt::format(
        R"({{"at":"2026-03-{}T0{}:30:00Z","a":{},"b":{},"amount":{},"price":{},"waited":{},)"
        R"("customer":"g{}","name":"{}","type":"{}"}})",
        n < 2 ? 28 : 29, n, n - 3, n * 0.25, n % 3 == 2 ? "null" : "99999999999999999.5", n * 10,
        n - 1, n % 2, "apricot", n % 2 == 0 ? "order" : "visit"));
  }
  return events;
}

struct Input {
  std::string source;
  int32_t partition = 0;
  PartitionLog forwards;
  PartitionLog backwards;
};

const std::vector<Input>& inputs() {
  static const std::vector<Input> kInputs = [] {
    std::vector<Input> inputs;
    const auto add = [&](std::string source, int32_t partition,
                         const std::vector<std::string>& events) {
      Input& input = inputs.emplace_back(Input{
          .source = std::move(source), .partition = partition, .forwards = {}, .backwards = {}});
      for (const std::string& event : events) input.forwards.add(event);
      for (auto event = events.rbegin(); event != events.rend(); ++event) {
        input.backwards.add(*event);
      }
    };
    add("s", 0, events_of_s(0));
    add("s", 1, events_of_s(1));
    add("e", 0, events_of_e());
    return inputs;
  }();
  return kInputs;
}

void read(Engine& engine, const Input& input, const PartitionLog& log) {
  PartitionState state;
  state.source = input.source;
  state.partition = input.partition;
  const size_t partition = engine.add_partition(std::move(state));
  engine.consume(partition, log.all());
  KPID_ASSERT(engine.partition(partition).ledger.accepted == log.size());
}

std::string text_of(const std::optional<Number>& number) {
  if (!number) return "absent";
  KPID_ASSERT(std::isfinite(number->to_double()));
  return number->to_string();
}

std::string report(std::span<Engine* const> shards) {
  const size_t kpis = shards[0]->plan().kpis.size();
  std::string text;
  report_windows(
      shards, std::vector<bool>(kpis, true), {}, {}, Begins(kpis), [&](const WindowReport& window) {
        text += fmt::format("{} {}", window.kpi, window.window.end.time_since_epoch().count());
        for (const Sample& sample : window.samples) {
          KPID_ASSERT(sample.samples >= 0);
          text += fmt::format(" {}={}/{}({},{}){}{}", fmt::join(*sample.group, ","),
                              text_of(sample.value), sample.samples, text_of(sample.numerator),
                              text_of(sample.denominator), sample.estimated ? "~" : "",
                              sample.over_max_keys ? "!" : "");
        }
        text += "\n";
      });
  return text;
}

std::string read_by_one_shard(const std::shared_ptr<const Plan>& plan) {
  SingleShardAdmission admission(1000);
  Engine engine(plan, 0, admission);
  for (const Input& input : inputs()) read(engine, input, input.forwards);
  Engine* const shards[] = {&engine};
  return report(shards);
}

std::string read_backwards_by_two_shards(const std::shared_ptr<const Plan>& plan) {
  SingleShardAdmission admission(1000);
  Engine first(plan, 0, admission);
  Engine second(plan, 1, admission);
  read(second, inputs()[0], inputs()[0].backwards);
  read(first, inputs()[2], inputs()[2].backwards);
  read(first, inputs()[1], inputs()[1].backwards);
  Engine* const shards[] = {&second, &first};
  return report(shards);
}

void evaluate(const Formula& formula, std::string_view text) {
  Definitions definitions = definitions_of(formula, text);
  if (definitions.kpis.empty()) return;
  const auto plan = make_plan(std::make_shared<const Definitions>(std::move(definitions)));
  const std::string one = read_by_one_shard(plan);
  const std::string two = read_backwards_by_two_shards(plan);
  if (one != two) fmt::print(stderr, "by one shard:\n{}by two, backwards:\n{}", one, two);
  KPID_ASSERT(one == two);
}

}  // namespace
}  // namespace kpid

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kpid;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const FormulaScope scope{
      .sources = sources(), .kpis = kpis(), .time_zone = "Europe/London", .self = "told"};
  const TextResult<Formula> formula = compile_formula(text, scope);
  if (formula) {
    evaluate(*formula, text);
    return 0;
  }
  for (const TextError& error : formula.error()) {
    KPID_ASSERT(error.offset <= size && error.offset + error.length <= size + 1);
    KPID_ASSERT(!error.text.empty());
  }
  return 0;
}
