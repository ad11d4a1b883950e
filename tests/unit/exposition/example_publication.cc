#include "tests/unit/exposition/example_publication.h"

#include <memory>
#include <utility>

#include "tests/support/small_plan.h"

namespace kpid {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

using Group = std::vector<std::string>;

// 0.25 is decimal(250'000'000).
Number decimal(int64_t nanos) { return Number(Decimal{nanos}); }
Number whole(int64_t value) { return Number(Decimal{Int128{value} * kNanosPerUnit}); }

std::shared_ptr<const Group> group(Group values) {
  return std::make_shared<const Group>(std::move(values));
}

std::vector<SourceDefinition> sources() {
  SourceDefinition sales;
  sales.name = "sales";
  sales.topic = "shop.sales";
  sales.fields = {
      {.name = "type", .path = {"type"}, .type = Type::kString, .time_format = {}},
      {.name = "amount", .path = {"amount"}, .type = Type::kDecimal, .time_format = {}}};
  SourceDefinition production;
  production.name = "production";
  production.topic = "production";
  return {sales, production};
}

KpiDefinition kpi(std::string name, std::string help, std::string formula,
                  std::vector<WindowSpec> windows) {
  Formula compiled = formula_of(formula, sources());
  return {.name = std::move(name),
          .help = std::move(help),
          .formula_text = std::move(formula),
          .formula = std::move(compiled),
          .windows = std::move(windows),
          .by = {},
          .unit = "",
          .show = Show::kFinal,
          .rank_by = std::nullopt};
}

const WindowSpec kHour = WindowSpec::fixed("1h every 10s", hours{1}, seconds{10});
const WindowSpec kFiveMinutes = WindowSpec::fixed("5m", minutes{5}, minutes{5});
const WindowSpec kDay = WindowSpec::fixed("1d", hours{24}, hours{24});

std::shared_ptr<const Definitions> definitions() {
  Definitions made;
  made.sources = sources();
  KpiDefinition conversion =
      kpi("conversion_rate", "Share of visits that end in an order",
          "count(sales where type == 'order') / count(sales where type == 'visit')",
          {kHour, kFiveMinutes});
  conversion.by = {"region", "shop"};
  conversion.unit = "ratio";
  KpiDefinition revenue = kpi("revenue", "Turnover \"net\"\nback\\slash & <b>tags</b>",
                              "sum(sales.amount)", {kFiveMinutes, kDay});
  revenue.unit = "eur";
  revenue.show = Show::kBoth;
  KpiDefinition waiting = kpi("units_produced", "Units made", "count(production)", {kFiveMinutes});
  KpiDefinition live = kpi("orders_today", "Orders so far", "count(sales)", {kDay});
  live.show = Show::kLive;
  KpiDefinition customers = kpi("customers", "Customers, and those that are new",
                                "distinct(sales.type) + new(sales.type, 1h)", {kFiveMinutes});
  customers.by = {"region"};
  made.kpis = {std::move(conversion), std::move(revenue), std::move(waiting), std::move(live),
               std::move(customers)};
  return std::make_shared<const Definitions>(std::move(made));
}

ShownWindow shown(size_t kpi, size_t window_spec, const WindowSpec& spec, EventTime end,
                  std::vector<Sample> samples) {
  ShownWindow window;
  window.kpi = kpi;
  window.window_spec = window_spec;
  window.window = spec.ending_at(end);
  window.already_final = true;
  window.completeness = 1;
  window.samples = std::move(samples);
  return window;
}

std::vector<ShownWindow> windows() {
  // By the bytes of the group. The second has text that must be escaped everywhere, the last bytes
  // that are no text.
  ShownWindow hour = shown(0, 0, kHour, kPublishedAt,
                           {{group({"", "web"}), decimal(280'000'000), 25, whole(7), whole(25)},
                            {group({"a\"b\\c\nd<i>", "&"}), Number(1.0 / 3), 3, whole(1), whole(3)},
                            {group({"north", "till"}), std::nullopt, 0, whole(0), whole(0)},
                            {group({"other", "other"}), whole(0), 12, whole(0), whole(12)},
                            {group({"\xC3\xA9t\xC3\xA9", "bad\xFF" + std::string(1, '\0')}),
                             whole(1), 2, whole(2), whole(2)}});
  hour.held_back_by = {.source = 0,
                       .partition = 0,
                       .watermark = kPublishedAt + seconds{2},
                       .since = kPublishedAt - seconds{1},
                       .behind = seconds{8}};
  ShownWindow five =
      shown(0, 1, kFiveMinutes, kPublishedAt,
            {{group({"north", "till"}), decimal(500'000'000), 4, whole(2), whole(4)}});
  five.already_final = false;
  five.completeness = 0.75;
  five.held_back_by = {.source = 1,
                       .partition = 11,
                       .watermark = kPublishedAt - minutes{1} - Duration{250},
                       .since = kPublishedAt - minutes{10} + Duration{500},
                       .behind = minutes{1} + Duration{250}};
  ShownWindow cut =
      shown(1, 0, kFiveMinutes, kPublishedAt - minutes{5},
            {{group({}), Number(Decimal{Int128{1234567890123} * 10'000'000}), 42, {}, {}}});
  cut.completeness = std::nullopt;
  cut.groups_cut = 17;
  ShownWindow part = shown(1, 0, kFiveMinutes, kPublishedAt + minutes{5},
                           {{group({}), decimal(-1'500'000'000), 1, {}, {}}});
  part.live = true;
  part.already_final = false;
  part.completeness = 0;
  ShownWindow today = shown(3, 0, kDay, EventTime{hours{24} * 20'514},
                            {{group({}), whole(123'456'789), 123'456'789, {}, {}}});
  today.live = true;
  today.already_final = false;
  today.completeness = 0.5;
  Sample estimated{group({"north"}), whole(20'000), 30'000, {}, {}};
  estimated.estimated = true;
  Sample crowded{group({"south"}), std::nullopt, 200'000, {}, {}};
  crowded.over_max_keys = true;
  ShownWindow customers =
      shown(4, 0, kFiveMinutes, kPublishedAt, {std::move(estimated), std::move(crowded)});
  customers.on_record = false;
  return {hour, five, cut, part, today, customers};
}

std::vector<PartitionView> partitions() {
  PartitionView sales;
  sales.state.source = "sales";
  sales.state.topic = "shop.sales";
  sales.state.next_offset = 1001;
  sales.state.newest_event_time = kPublishedAt + seconds{12};
  sales.state.watermark = kPublishedAt + seconds{2} + Duration{250};
  sales.state.ledger = {.read = 1000, .accepted = 990, .rejected = {1, 2, 3, 4}, .lost = 5};
  sales.state.ledger.amending = 6;
  sales.shown = true;
  PartitionView production;
  production.state.source = "production";
  production.state.topic = "production";
  production.state.partition = 11;
  production.state.watermark = kPublishedAt - hours{1};
  production.state.ledger = {.read = 7, .accepted = 7, .rejected = {}, .lost = 0};
  production.idle = true;
  PartitionView silent;
  silent.state.source = "production";
  silent.state.topic = "production";
  silent.state.partition = 12;
  return {production, silent, sales};
}

}  // namespace

const EventTime kPublishedAt{hours{24} * 20'513 + hours{12}};

Publication example_publication() {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->published_at = kPublishedAt;
  snapshot->definitions = definitions();
  snapshot->windows = windows();
  snapshot->held = {{1, 1, false, kHeldRecordBegins},
                    {1, 1, true, kHeldRecordBegins},
                    {2, 0, false, kHeldCatchingUp}};
  snapshot->partitions = partitions();
  snapshot->disorder = {{.source = "sales",
                         .limit = seconds{10},
                         .events = 994,
                         .total = minutes{5} + Duration{125},
                         .p50 = Duration{0},
                         .p99 = seconds{12} + Duration{31},
                         .maximum = minutes{2}},
                        {.source = "production", .limit = Duration{0}}};
  snapshot->amendments = {{0, 0, 3}, {0, 1, 0}, {1, 0, 1}, {1, 1, 0}, {3, 0, 2}};
  snapshot->groups = {{0, 5, 4}, {1, 1, 1}, {2, 0, 0}, {3, 1, 1}};
  Publication publication;
  publication.snapshot = std::move(snapshot);
  publication.readiness.sources = {
      {"sales", "shop.sales", SourceReadiness::Progress::kCaughtUp, 1000, 0, ""},
      {"production", "production", SourceReadiness::Progress::kCatchingUp, 7, 3, ""}};
  publication.readiness.notes = {"units_produced: no window is final yet"};
  return publication;
}

}  // namespace kpid
