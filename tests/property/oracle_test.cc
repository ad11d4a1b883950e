#include "tests/property/oracle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/property/simulation.h"

namespace kpid {
namespace {

std::vector<std::string> comparable_lines(std::vector<std::string> lines) {
  for (std::string& line : lines) line = comparable(line);
  return lines;
}

/// The partitions in any order, some records of each at a time, until all are read.
void read_all(const Scenario& scenario, Simulation& simulation, Dice& dice) {
  std::vector<size_t> unread;
  for (size_t i = 0; i < scenario.partitions.size(); ++i) unread.push_back(i);
  while (!unread.empty()) {
    const size_t partition = dice.one_of(unread);
    const auto size = static_cast<int64_t>(scenario.partitions[partition].log.size());
    const int64_t next = simulation.next_offset(partition);
    if (next >= size) {
      std::erase(unread, partition);
      continue;
    }
    simulation.read(partition, std::min(size, next + dice.between(1, 50)), dice);
  }
}

void expect_equal_ledgers(const Scenario& scenario, const Oracle& oracle, Simulation& simulation) {
  for (size_t i = 0; i < scenario.partitions.size(); ++i) {
    EXPECT_EQ(simulation.state(i).ledger, oracle.partition(i).ledger);
    EXPECT_EQ(simulation.state(i).newest_event_time, oracle.partition(i).newest_event_time);
    EXPECT_EQ(simulation.state(i).watermark, oracle.partition(i).watermark);
    EXPECT_EQ(simulation.state(i).newest_timestamp, oracle.partition(i).newest_timestamp);
  }
  const auto& kpis = scenario.definitions().kpis;
  for (size_t kpi = 0; kpi < kpis.size(); ++kpi) {
    for (size_t spec = 0; spec < kpis[kpi].windows.size(); ++spec) {
      EXPECT_EQ(simulation.amendments(kpi, spec), oracle.amendments(kpi, spec))
          << kpis[kpi].name << " " << kpis[kpi].windows[spec].name();
    }
  }
}

/// What the publication says of the disorder of each source, against every event on its own.
void expect_disorder(const Scenario& scenario, const Oracle& oracle, const Snapshot& snapshot) {
  for (size_t source = 0; source < scenario.definitions().sources.size(); ++source) {
    std::vector<Duration> behind;
    for (size_t i = 0; i < scenario.partitions.size(); ++i) {
      if (oracle.partition(i).source != source) continue;
      const auto& of_partition = oracle.partition(i).behind;
      behind.insert(behind.end(), of_partition.begin(), of_partition.end());
    }
    std::sort(behind.begin(), behind.end());
    const DisorderView& seen = snapshot.disorder[source];
    ASSERT_EQ(seen.events, behind.size());
    if (behind.empty()) continue;
    EXPECT_EQ(seen.maximum, behind.back());
    EXPECT_EQ(seen.total, std::accumulate(behind.begin(), behind.end(), Duration{0}));
    for (const auto& [percent, said] : {std::pair{size_t{50}, seen.p50}, {size_t{99}, seen.p99}}) {
      const Duration exact = behind[(behind.size() * percent + 99) / 100 - 1];
      EXPECT_GE(said, exact) << percent;
      EXPECT_LE(said.count() * 64, exact.count() * 65) << percent;
    }
  }
}

TEST(EngineAgainstOracle, EveryWindowOfEveryRandomStreamIsExact) {
  for (uint64_t seed = 1; seed <= seeds(300); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Scenario scenario = random_scenario(seed);
    Dice dice(seed * 7919);
    Simulation simulation(scenario, 1 + seed % 3);
    read_all(scenario, simulation, dice);
    Oracle oracle(scenario);
    for (size_t i = 0; i < scenario.partitions.size(); ++i) {
      oracle.read(i, static_cast<int64_t>(scenario.partitions[i].log.size()));
    }
    EXPECT_EQ(comparable_lines(simulation.report()), comparable_lines(oracle.report()));
    expect_equal_ledgers(scenario, oracle, simulation);
    simulation.progress(scenario.end, false);
    expect_disorder(scenario, oracle, *simulation.publish(scenario.end));
    if (HasFailure()) return;
  }
}

/// Which windows are to be shown, by the words of the design alone.
class ExpectedShows {
 public:
  ExpectedShows(const Scenario& scenario, const Oracle& oracle)
      : scenario_(scenario), oracle_(oracle) {}

  /// The line of every showing at `now`. `at_end` and `newest_read` are per partition.
  std::vector<std::string> lines(EventTime now, const std::vector<bool>& at_end,
                                 const std::vector<std::optional<EventTime>>& newest_read) {
    now_ = now;
    idle_.clear();
    for (size_t i = 0; i < at_end.size(); ++i)
      idle_.push_back(is_idle(i, at_end[i], newest_read[i]));
    std::vector<std::string> shown;
    std::vector<std::string> held;
    const auto& kpis = scenario_.definitions().kpis;
    for (size_t kpi = 0; kpi < kpis.size(); ++kpi) {
      for (size_t spec = 0; spec < kpis[kpi].windows.size(); ++spec) {
        for (const bool live : {false, true}) {
          if (kpis[kpi].show == (live ? Show::kFinal : Show::kLive)) continue;
          auto& end = ends_[{kpi, spec, live}];
          const auto chosen = live ? live_end(kpi, spec) : final_end(kpi, spec);
          if (chosen && (!end || *chosen > *end)) end = chosen;
          const std::string name = fmt::format(
              "{} {} {}", kpis[kpi].name, kpis[kpi].windows[spec].name(), live ? "live" : "final");
          if (end) {
            shown.push_back(name + line(kpi, spec, *end));
          } else {
            held.push_back(name + " held: no_events");
          }
        }
      }
    }
    shown.insert(shown.end(), held.begin(), held.end());
    return shown;
  }

 private:
  const SourceDefinition& source_of(size_t partition) const {
    return scenario_.definitions().sources[oracle_.partition(partition).source];
  }

  bool is_idle(size_t i, bool at_end, std::optional<EventTime> newest_read) const {
    const Duration timeout = source_of(i).idle_timeout;
    if (!at_end && !(newest_read && now_ - *newest_read <= timeout)) return false;
    const auto newest = oracle_.partition(i).newest_timestamp;
    return !newest || now_ - *newest >= timeout;
  }

  std::vector<size_t> partitions_of(size_t source) const {
    std::vector<size_t> partitions;
    for (size_t i = 0; i < scenario_.partitions.size(); ++i) {
      if (scenario_.partitions[i].source == source) partitions.push_back(i);
    }
    return partitions;
  }

  bool all_idle(size_t source) const {
    const auto partitions = partitions_of(source);
    return std::all_of(partitions.begin(), partitions.end(), [&](size_t i) { return idle_[i]; });
  }

  std::optional<EventTime> final_time_of_source(size_t source) const {
    std::optional<EventTime> active;
    std::optional<EventTime> any;
    for (const size_t i : partitions_of(source)) {
      const auto watermark = oracle_.partition(i).watermark;
      if (!watermark) continue;
      any = std::min(any.value_or(EventTime::max()), *watermark);
      if (!idle_[i]) active = std::min(active.value_or(EventTime::max()), *watermark);
    }
    if (active || !any || !all_idle(source)) return active ? active : any;
    const SourceDefinition& definition = scenario_.definitions().sources[source];
    return std::max(*any, now_ - definition.idle_timeout - definition.disorder);
  }

  std::vector<size_t> sources_of(size_t kpi) const {
    std::vector<size_t> sources;
    for (const TermShape& term : scenario_.shapes[kpi].terms) sources.push_back(term.source);
    return sources;
  }

  std::optional<EventTime> final_time(size_t kpi) const {
    std::optional<EventTime> least;
    for (const size_t source : sources_of(kpi)) {
      const auto time = final_time_of_source(source);
      if (time) least = std::min(least.value_or(EventTime::max()), *time);
    }
    return least;
  }

  std::optional<EventTime> final_end(size_t kpi, size_t spec) const {
    const auto time = final_time(kpi);
    if (!time) return std::nullopt;
    const Duration slide = scenario_.definitions().kpis[kpi].windows[spec].slide();
    const Duration since = time->time_since_epoch();
    return EventTime{since - since % slide};
  }

  std::optional<EventTime> live_end(size_t kpi, size_t spec) const {
    std::optional<EventTime> newest;
    bool idle = true;
    for (const size_t source : sources_of(kpi)) {
      idle = idle && all_idle(source);
      for (const size_t i : partitions_of(source)) {
        newest = std::max(newest, oracle_.partition(i).newest_event_time);
      }
    }
    if (!newest) return std::nullopt;
    const EventTime instant = idle ? now_ : std::min(*newest, now_);
    const Duration slide = scenario_.definitions().kpis[kpi].windows[spec].slide();
    const Duration since = instant.time_since_epoch();
    return EventTime{since - since % slide + slide};
  }

  double completeness(size_t kpi, const Window& window) const {
    double least = 1;
    for (const size_t source : sources_of(kpi)) {
      for (const size_t i : partitions_of(source)) {
        const auto watermark = oracle_.partition(i).watermark;
        if (idle_[i] || !watermark) continue;
        const double seen = std::chrono::duration<double>(*watermark - window.start) /
                            std::chrono::duration<double>(window.end - window.start);
        least = std::clamp(seen, 0.0, least);
      }
    }
    return least;
  }

  std::string line(size_t kpi, size_t spec, EventTime end) const {
    const Window window{end - scenario_.definitions().kpis[kpi].windows[spec].size(), end};
    const bool incomplete = oracle_.has_losses(kpi, window);
    const auto time = final_time(kpi);
    return fmt::format(" {} final {} complete {} cut 0: {}", format_rfc3339(end),
                       !incomplete && time && end <= *time,
                       incomplete ? "-" : fmt::format("{:.9f}", completeness(kpi, window)),
                       oracle_.shown_samples(kpi, window));
  }

  const Scenario& scenario_;
  const Oracle& oracle_;
  EventTime now_{};
  std::vector<bool> idle_;
  std::map<std::tuple<size_t, size_t, bool>, std::optional<EventTime>> ends_;
};

/// One instance that lives through the scenario beside the oracle, and is compared at every step.
class LifeBesideOracle {
 public:
  LifeBesideOracle(uint64_t seed, const Limits& limits, bool loses)
      : scenario_(random_scenario(seed, limits)), dice_(seed * 104'729), loses_(loses) {}

  void live() {
    EventTime now = scenario_.begin;
    while (now < scenario_.end + std::chrono::minutes{10}) {
      now += Duration{dice_.between(1, 60'000)};
      step(now);
      if (testing::Test::HasFailure()) return;
    }
  }

 private:
  void step(EventTime now) {
    std::vector<bool> at_end;
    for (size_t i = 0; i < scenario_.partitions.size(); ++i) {
      const int64_t written = written_by(scenario_.partitions[i], now);
      int64_t until = written;
      if (dice_.one_in(4)) until = dice_.between(simulation_.next_offset(i), written);
      if (loses_ && dice_.one_in(15)) {
        const int64_t gone = dice_.between(simulation_.next_offset(i), until);
        simulation_.lose(i, gone);
        oracle_.lose(i, gone);
      }
      for (int64_t offset = simulation_.next_offset(i); offset < until; ++offset) {
        const auto timestamp =
            scenario_.partitions[i].log.all()[static_cast<size_t>(offset)].timestamp;
        newest_read_[i] = std::max(newest_read_[i], timestamp);
      }
      simulation_.read(i, until, dice_);
      oracle_.read(i, until);
      at_end.push_back(until == written);
    }
    simulation_.progress(now, true);
    EXPECT_EQ(comparable_lines(shown_lines(*simulation_.publish(now))),
              comparable_lines(expected_.lines(now, at_end, newest_read_)))
        << "at " << format_rfc3339(now);
    expect_equal_ledgers(scenario_, oracle_, simulation_);
  }

  const Scenario scenario_;
  Dice dice_;
  const bool loses_;
  Oracle oracle_{scenario_};
  Simulation simulation_{scenario_, 1};
  ExpectedShows expected_{scenario_, oracle_};
  std::vector<std::optional<EventTime>> newest_read_ =
      std::vector<std::optional<EventTime>>(scenario_.partitions.size());
};

TEST(PublisherAgainstOracle, ShowsTheRightWindowsWithTheRightSamplesAtEveryInstant) {
  for (uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    LifeBesideOracle(seed, {}, false).live();
    if (HasFailure()) return;
  }
}

TEST(PublisherAgainstOracle, LetsSilentGroupsExpire) {
  Limits limits;
  limits.group_expiry = std::chrono::seconds{90};
  for (uint64_t seed = 1; seed <= seeds(50); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    LifeBesideOracle(seed, limits, false).live();
    if (HasFailure()) return;
  }
}

TEST(PublisherAgainstOracle, MarksWindowsThatLostRecordsAsIncomplete) {
  for (uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    LifeBesideOracle(seed, {}, true).live();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace kpid
