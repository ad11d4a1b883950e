// How cost and memory grow: with KPIs, groups, partitions, fields, bytes, late events, windows,
// state and threads. Prints JSON lines for the runner; `--quick` does a small part of the work, to
// see that all of it still runs.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/run/shared_admission.h"
#include "pipeline/engine.h"
#include "tests/bench/checkpoint_cost.h"
#include "tests/bench/feed.h"
#include "tests/bench/figure.h"
#include "tests/bench/group_memory.h"
#include "tests/bench/meters.h"
#include "tests/bench/sales_events.h"
#include "tests/bench/shard.h"

namespace kpid {
namespace {

using std::chrono::steady_clock;

/// A curve of CPU an event: `prepare(x)` makes everything and answers with what is measured, which
/// reads `events` of them.
struct Prepared {
  std::function<void()> measured;
  double events = 0;
};
using Prepare = std::function<Prepared(int x)>;

/// Every value of every round, by the place in `along`.
std::vector<Values> cpu_curve(const Effort& effort, const std::vector<int>& xs,
                              const Prepare& prepare) {
  std::vector<Values> nanoseconds(xs.size());
  for (int round = 0; round < effort.rounds; ++round) {
    for (size_t i = 0; i < xs.size(); ++i) {
      const Prepared prepared = prepare(xs[i]);
      const double begin = thread_cpu_seconds();
      prepared.measured();
      nanoseconds[i].push_back((thread_cpu_seconds() - begin) * 1e9 / prepared.events);
    }
  }
  return nanoseconds;
}

void print_cpu_curve(const Effort& effort, const std::string& figure, const char* along,
                     const std::vector<int>& xs, const Prepare& prepare) {
  const std::vector<Values> values = cpu_curve(effort, xs, prepare);
  for (size_t i = 0; i < xs.size(); ++i) {
    print_point(figure, along, xs[i], "ns/event", values[i]);
  }
}

/// A new engine that reads these values once.
Prepared read_once(const Definitions& definitions,
                   const std::shared_ptr<const std::vector<std::string>>& values) {
  auto shard = std::make_shared<Shard>(plan_of(definitions));
  auto feed = std::make_shared<Feed>(*values);
  const size_t events = values->size();
  return {[shard, feed, events] { shard->consume(*feed, events); }, static_cast<double>(events)};
}

std::shared_ptr<const std::vector<std::string>> shared_sales(int events, int groups) {
  return std::make_shared<const std::vector<std::string>>(sales_values(events, groups));
}

// --- CPU of an event ---

/// `formula(number)` for each of `kpis` KPIs by customer.
Definitions many_kpis(int kpis, const std::function<std::string(int)>& formula) {
  Definitions definitions = small_definitions({});
  definitions.sources[0].disorder = std::chrono::seconds{10};
  for (int kpi = 0; kpi < kpis; ++kpi) {
    add_kpi(definitions, {.name = fmt::format("kpi_{}", kpi),
                          .formula = formula(kpi),
                          .windows = {"5m"},
                          .by = {"g"}});
  }
  return definitions;
}

void kpis(const Effort& effort) {
  const auto values = shared_sales(effort.events / 2, 1'000);
  const std::vector<int> xs = {1, 2, 5, 10, 20, 50, 100, 200};
  print_cpu_curve(effort, "memory.kpis_alike", "kpis", xs, [&](int x) {
    return read_once(many_kpis(x,
                               [](int number) {
                                 return fmt::format(
                                     "sum(sales.v where s == 'order') / count(sales) * {}",
                                     number + 1);
                               }),
                     values);
  });
  print_cpu_curve(effort, "memory.kpis_different", "kpis", xs, [&](int x) {
    return read_once(
        many_kpis(
            x, [](int number) { return fmt::format("sum(sales.v where v > {}.5)", number * 2); }),
        values);
  });
}

/// Events of groups that are all known, met at random, `events_per_second` of event time; and what
/// the groups take.
void groups(const Effort& effort, const std::string& figure, int most_groups,
            double events_per_second) {
  const auto plan = plan_of(sales_definitions({"5m every 10s", "1h every 1m"}));
  for (int groups = effort.least_groups; groups <= most_groups; groups *= 10) {
    const double before = allocated_bytes();
    Shard shard(plan);
    shard.add_groups(groups);
    const double bytes = (allocated_bytes() - before) / groups;
    Values nanoseconds;
    for (int round = 0; round < effort.rounds; ++round) {
      const int first = round * effort.events;
      std::vector<std::string> values;
      for (int i = first; i < first + effort.events; ++i) {
        values.push_back(sales_event(i, groups, at(1 + i / events_per_second)));
      }
      Feed feed(std::move(values), groups + first);
      const double begin = thread_cpu_seconds();
      shard.consume(feed, static_cast<size_t>(effort.events));
      nanoseconds.push_back((thread_cpu_seconds() - begin) * 1e9 / effort.events);
    }
    print_point(figure, "groups", groups, "ns/event", nanoseconds);
    if (figure == "memory.groups") {
      print_point("memory.group_bytes", "groups", groups, "bytes/group", {bytes});
    }
  }
}

/// Events over some partitions that take turns, so many records at a time.
Prepared taking_turns(const std::shared_ptr<const std::vector<std::string>>& values,
                      size_t partitions, size_t records) {
  struct Turn {
    size_t partition;
    std::vector<Record> batch;
  };
  auto turns = std::make_shared<std::vector<Turn>>();
  std::vector<int64_t> offsets(partitions);
  for (size_t from = 0; from < values->size(); from += records) {
    Turn turn{.partition = turns->size() % partitions, .batch = {}};
    for (size_t i = from; i < std::min(from + records, values->size()); ++i) {
      turn.batch.push_back(
          {.value = (*values)[i], .offset = offsets[turn.partition]++, .timestamp = {}});
    }
    turns->push_back(std::move(turn));
  }
  auto shard = std::make_shared<Shard>(plan_of(sales_definitions({"5m every 10s"})),
                                       static_cast<int>(partitions));
  return {[shard, turns] {
            for (const Turn& turn : *turns) shard->engine().consume(turn.partition, turn.batch);
          },
          static_cast<double>(values->size())};
}

void partitions(const Effort& effort) {
  const auto values = shared_sales(effort.events, 1'000);
  print_cpu_curve(effort, "memory.partitions", "partitions", {1, 4, 16, 64, 256},
                  [&](int x) { return taking_turns(values, static_cast<size_t>(x), 64); });
}

/// What a call of the engine costs beside its records.
void batches(const Effort& effort) {
  const auto values = shared_sales(effort.events / 5, 1'000);
  print_cpu_curve(effort, "memory.batch", "records", {1, 4, 16, 64, 256, 1'024},
                  [&](int x) { return taking_turns(values, 1, static_cast<size_t>(x)); });
}

/// Events of forty numbers, of which more and more are declared.
void fields(const Effort& effort) {
  constexpr int kFields = 40;
  std::vector<std::string> made;
  for (int i = 0; i < effort.events / 2; ++i) {
    std::string value = fmt::format(R"({{"t":{},"g":"customer-{:06}")",
                                    sales_time(i).time_since_epoch().count(), i % 1'000);
    for (int field = 1; field <= kFields; ++field) {
      value += fmt::format(R"(,"f{}":{})", field, (i * field) % 10'000);
    }
    made.push_back(value + "}");
  }
  const auto values = std::make_shared<const std::vector<std::string>>(std::move(made));
  print_cpu_curve(effort, "memory.fields", "fields", {1, 5, 10, 20, 40}, [&](int x) {
    Definitions definitions;
    definitions.sources = {small_source()};
    std::vector<Field>& declared = definitions.sources[0].fields;
    declared.resize(1);  // the group
    for (int field = 1; field <= x; ++field) {
      const std::string name = fmt::format("f{}", field);
      declared.push_back({.name = name, .path = {name}, .type = Type::kInt, .time_format = {}});
    }
    add_kpi(definitions, {.formula = "sum(sales.f1)", .by = {"g"}});
    return read_once(definitions, values);
  });
}

void event_bytes(const Effort& effort) {
  constexpr int kMostBytes = 20'000'000;
  const auto of_size = [&](int bytes) {
    std::vector<std::string> values;
    for (int i = 0; i < std::min(effort.events, kMostBytes / bytes); ++i) {
      std::string value =
          fmt::format(R"({{"t":{},"g":"customer-{:06}","v":12.50,"n":3,"s":"order","note":")",
                      sales_time(i).time_since_epoch().count(), i % 1'000);
      value.append(static_cast<size_t>(std::max(bytes - static_cast<int>(value.size()) - 2, 0)),
                   'x');
      values.push_back(value + "\"}");
    }
    return std::make_shared<const std::vector<std::string>>(std::move(values));
  };
  print_cpu_curve(
      effort, "memory.bytes", "bytes", {100, 200, 500, 1'000, 2'000, 4'000},
      [&](int x) { return read_once(sales_definitions({"5m every 10s"}), of_size(x)); });
}

/// Events of which more and more come two minutes behind.
void late_events(const Effort& effort, const std::string& figure, Duration allowed_lateness) {
  print_cpu_curve(effort, figure, "percent", {0, 1, 10, 25, 50}, [&](int x) {
    std::vector<std::string> values;
    uint32_t dice = 1;
    for (int i = 0; i < effort.events; ++i) {
      dice = dice * 1'664'525 + 1'013'904'223;
      const bool late = static_cast<int>(dice >> 8) % 100 < x && i > effort.events / 8;
      const EventTime time = sales_time(i) - std::chrono::minutes{late ? 2 : 0};
      values.push_back(sales_event(i, 1'000, time));
    }
    Definitions definitions = sales_definitions({"5m every 10s"});
    definitions.sources[0].allowed_lateness = allowed_lateness;
    return read_once(definitions,
                     std::make_shared<const std::vector<std::string>>(std::move(values)));
  });
}

/// G2: windows that all slide by the same, longer and longer.
void windows(const Effort& effort) {
  const auto values = shared_sales(effort.events, 1'000);
  const std::vector<int> xs = {1, 10, 100};
  const std::vector<Values> curve = cpu_curve(effort, xs, [&](int x) {
    return read_once(sales_definitions({fmt::format("{}s every 10s", 10 * x)}), values);
  });
  for (size_t i = 0; i < xs.size(); ++i) {
    print_figure(fmt::format("windows.{}", xs[i]), "ns/event", curve[i]);
    print_point("memory.windows", "windows", xs[i], "ns/event", curve[i]);
  }
}

// --- threads ---

struct Throughput {
  double events_per_second = 0;  ///< of wall time, of all workers
  double nanoseconds_per_event =
      0;  ///< of CPU: what workers lose by waiting for a core is not here
};

/// Of as many workers, each with an engine and its own share, once they know their groups.
Throughput throughput(const std::shared_ptr<const Plan>& plan, int workers, int events) {
  constexpr int kGroups = 1'000;
  SharedAdmission admission(kMaxGroups);
  std::vector<std::unique_ptr<Shard>> shards;
  std::vector<std::unique_ptr<Feed>> feeds;
  for (int worker = 0; worker < workers; ++worker) {
    shards.push_back(std::make_unique<Shard>(plan, 1, &admission));
    shards.back()->add_groups(kGroups);
    feeds.push_back(std::make_unique<Feed>(sales_values(events / workers, kGroups), kGroups));
  }
  std::vector<double> cpu_seconds(shards.size());
  const auto begin = steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < shards.size(); ++i) {
      threads.emplace_back([&, i] {
        const double cpu_begin = thread_cpu_seconds();
        shards[i]->consume(*feeds[i], static_cast<size_t>(events / workers));
        cpu_seconds[i] = thread_cpu_seconds() - cpu_begin;
      });
    }
  }
  return {.events_per_second = events / seconds_since(begin),
          .nanoseconds_per_event =
              std::accumulate(cpu_seconds.begin(), cpu_seconds.end(), 0.0) * 1e9 / events};
}

void workers(const Effort& effort) {
  const auto plan = plan_of(sales_definitions({"5m every 10s", "1h every 1m"}));
  std::vector<Values> rates(2);
  std::vector<Values> costs(2);
  Values ratio;
  for (int round = 0; round < effort.rounds; ++round) {
    for (size_t i = 0; i < 2; ++i) {
      const auto [rate, cost] = throughput(plan, static_cast<int>(i) + 1, 4 * effort.events);
      rates[i].push_back(rate);
      costs[i].push_back(cost);
    }
    ratio.push_back(rates[1].back() / rates[0].back());
  }
  for (size_t i = 0; i < 2; ++i) {
    print_point("memory.workers", "workers", static_cast<double>(i) + 1, "events/s", rates[i]);
    print_point("memory.workers_cpu", "workers", static_cast<double>(i) + 1, "ns/event", costs[i]);
  }
  print_figure("memory.two_workers_by_one", "ratio", ratio);
}

int run(const Effort& effort) {
  const auto began = steady_clock::now();
  const auto part = [&](const char* name, const std::function<void()>& measure) {
    measure();
    fmt::print(stderr, "growth: {} done after {:.1f} s\n", name, seconds_since(began));
  };
  part("memory of a group", [&] { print_group_memory(effort); });
  part("kpis", [&] { kpis(effort); });
  // All in one slice, which has every group: the look-up alone. Then a slice every thousand events,
  // in which most groups are new.
  part("groups", [&] { groups(effort, "memory.groups", effort.most_groups, 1e6); });
  part("groups in many slices",
       [&] { groups(effort, "memory.groups_sparse", std::min(effort.most_groups, 100'000), 100); });
  part("batches", [&] { batches(effort); });
  part("partitions", [&] { partitions(effort); });
  part("fields", [&] { fields(effort); });
  part("bytes", [&] { event_bytes(effort); });
  part("late events", [&] { late_events(effort, "memory.late", Duration{0}); });
  part("amending events", [&] { late_events(effort, "memory.amending", std::chrono::minutes{5}); });
  part("windows", [&] { windows(effort); });
  part("checkpoints", [&] { print_checkpoints(effort); });
  part("pause", [&] { print_checkpoint_pause(effort); });
  part("workers", [&] { workers(effort); });
  return 0;
}

}  // namespace
}  // namespace kpid

int main(int argc, char** argv) {
  if (argc == 1) return kpid::run({});
  if (argc == 2 && std::strcmp(argv[1], "--quick") == 0) {
    return kpid::run({.rounds = 1, .events = 2'000, .least_groups = 10, .most_groups = 1'000});
  }
  fmt::print(stderr, "growth_bench [--quick]\n");
  return 2;
}
