#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/property/simulation.h"

namespace kpid {
namespace {

/// How far every partition is to be read, and at what time that is looked at: the same for every
/// way of getting there.
struct Stop {
  EventTime now;
  std::vector<int64_t> next_offsets;
};

std::vector<Stop> random_stops(const Scenario& scenario, Dice& dice) {
  std::vector<Stop> stops;
  std::vector<int64_t> next(scenario.partitions.size());
  const EventTime last = scenario.end + std::chrono::minutes{5};
  for (EventTime now = scenario.begin; now < last;) {
    now = std::min(last, now + Duration{dice.between(1, 120'000)});
    for (size_t i = 0; i < next.size(); ++i) {
      const int64_t written = written_by(scenario.partitions[i], now);
      next[i] = dice.one_in(4) && now < last ? dice.between(next[i], written) : written;
    }
    stops.push_back({now, next});
  }
  return stops;
}

/// Reads on to the stop in small steps, the partitions in any order.
void read_to(const Stop& stop, Simulation& simulation, Dice& dice) {
  std::vector<size_t> behind;
  for (size_t i = 0; i < stop.next_offsets.size(); ++i) behind.push_back(i);
  while (!behind.empty()) {
    const size_t partition = dice.one_of(behind);
    const int64_t next = simulation.next_offset(partition);
    if (next >= stop.next_offsets[partition]) {
      std::erase(behind, partition);
      continue;
    }
    simulation.read(partition, dice.between(next + 1, stop.next_offsets[partition]), dice);
  }
}

/// All that can be seen at every stop.
using Story = std::vector<std::vector<std::string>>;

void tell(const Stop& stop, Simulation& simulation, Story& story) {
  simulation.progress(stop.now, false);
  story.push_back(shown_lines(*simulation.publish(stop.now)));
  story.push_back(simulation.everything());
}

Story uninterrupted(const Scenario& scenario, const std::vector<Stop>& stops, size_t shards,
                    uint64_t seed) {
  Dice dice(seed);
  Simulation simulation(scenario, shards);
  Story story;
  for (const Stop& stop : stops) {
    read_to(stop, simulation, dice);
    tell(stop, simulation, story);
  }
  return story;
}

/// The same with checkpoints on the way, some of which fail, and a restart after some that do not.
/// `shards(i)` is their number after the i-th start.
template <class ShardsOf>
Story with_restarts(const Scenario& scenario, const std::vector<Stop>& stops, uint64_t seed,
                    ShardsOf shards) {
  Dice dice(seed);
  MemoryStore store;
  size_t starts = 0;
  auto simulation = std::make_unique<Simulation>(scenario, shards(starts++));
  Story story;
  for (const Stop& stop : stops) {
    read_to(stop, *simulation, dice);
    tell(stop, *simulation, story);
    if (!dice.one_in(3)) continue;
    const bool succeeds = !dice.one_in(3);
    simulation->checkpoint(store, succeeds);
    if (!succeeds || !dice.one_in(2)) continue;
    simulation = std::make_unique<Simulation>(scenario, shards(starts++), store.load());
  }
  return story;
}

TEST(Laws, StateIsAFunctionOfTheLogHoweverItIsBatchedAndInterleaved) {
  for (uint64_t seed = 1; seed <= seeds(60); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Scenario scenario = random_scenario(seed, {}, Formulas::kWholeLanguage);
    Dice dice(seed * 31);
    const auto stops = random_stops(scenario, dice);
    EXPECT_EQ(uninterrupted(scenario, stops, 1, seed), uninterrupted(scenario, stops, 1, ~seed));
    if (HasFailure()) return;
  }
}

TEST(Laws, PartitionsInOneTwoOrThreeShardsGiveTheSameBits) {
  for (uint64_t seed = 1; seed <= seeds(60); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Scenario scenario = random_scenario(seed, {}, Formulas::kWholeLanguage);
    Dice dice(seed * 37);
    const auto stops = random_stops(scenario, dice);
    const Story one = uninterrupted(scenario, stops, 1, seed);
    EXPECT_EQ(uninterrupted(scenario, stops, 2, seed + 1), one);
    EXPECT_EQ(uninterrupted(scenario, stops, 3, seed + 2), one);
    if (HasFailure()) return;
  }
}

TEST(Laws, ARestartFromACheckpointChangesNothing) {
  for (uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Scenario scenario = random_scenario(seed, {}, Formulas::kWholeLanguage);
    Dice dice(seed * 41);
    const auto stops = random_stops(scenario, dice);
    const size_t shards = 1 + seed % 3;
    EXPECT_EQ(with_restarts(scenario, stops, seed, [&](size_t) { return shards; }),
              uninterrupted(scenario, stops, 1, seed));
    if (HasFailure()) return;
  }
}

TEST(Laws, ARestartWithAnotherNumberOfShardsChangesNothing) {
  for (uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Scenario scenario = random_scenario(seed, {}, Formulas::kWholeLanguage);
    Dice dice(seed * 43);
    const auto stops = random_stops(scenario, dice);
    EXPECT_EQ(
        with_restarts(scenario, stops, seed, [&](size_t start) { return 1 + (seed + start) % 3; }),
        uninterrupted(scenario, stops, 1, seed));
    if (HasFailure()) return;
  }
}

/// Everything but what is shown: a start may find the shown window of an older checkpoint.
TEST(Laws, AKillAtAnyInstantLosesNothingAndCountsNothingTwice) {
  for (uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Scenario scenario = random_scenario(seed, {}, Formulas::kWholeLanguage);
    Dice dice(seed * 47);
    const auto stops = random_stops(scenario, dice);
    MemoryStore store;
    auto killed = std::make_unique<Simulation>(scenario, 1 + seed % 2);
    Simulation other(scenario, 1);
    for (const Stop& stop : stops) {
      read_to(stop, *killed, dice);
      if (dice.one_in(3)) {
        // Events go on into the engine while the writer has the checkpoint in hand.
        const Checkpoint checkpoint = killed->freeze();
        read_to(stops.back(), *killed, dice);
        const bool succeeds = !dice.one_in(3);
        if (succeeds) store.save(checkpoint);
        if (dice.one_in(2)) killed->saved(succeeds);
        killed = std::make_unique<Simulation>(scenario, 1 + seed % 2, store.load());
        read_to(stop, *killed, dice);
      }
      read_to(stop, other, dice);
      EXPECT_EQ(killed->everything(), other.everything()) << format_rfc3339(stop.now);
    }
    if (HasFailure()) return;
  }
}

TEST(Laws, EveryRecordReadIsAcceptedOrRejectedUnderOneReason) {
  for (uint64_t seed = 1; seed <= seeds(60); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Scenario scenario = random_scenario(seed, {}, Formulas::kWholeLanguage);
    Dice dice(seed * 53);
    Simulation simulation(scenario, 1);
    for (const Stop& stop : random_stops(scenario, dice)) {
      read_to(stop, simulation, dice);
      simulation.progress(stop.now, true);
      for (size_t i = 0; i < scenario.partitions.size(); ++i) {
        const Ledger& ledger = simulation.state(i).ledger;
        uint64_t rejected = 0;
        for (const uint64_t of_reason : ledger.rejected) rejected += of_reason;
        EXPECT_EQ(ledger.read, ledger.accepted + rejected);
        EXPECT_EQ(ledger.read, static_cast<uint64_t>(stop.next_offsets[i]));
      }
    }
    if (HasFailure()) return;
  }
}

TEST(Laws, CoarseningNeverChangesWhatIsShown) {
  size_t fewer = 0;
  size_t fewer_while_held = 0;
  for (uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Limits limits;
    if (seed % 2 == 0) limits.max_series = 2;  // groups are ranked by windows of their own
    const Scenario scenario = random_scenario(seed, limits, Formulas::kWholeLanguage);
    Dice dice(seed * 61);
    MemoryStore store;
    MemoryStore fine_store;
    const size_t shards = 1 + seed % 2;
    auto coarse = std::make_unique<Simulation>(scenario, shards);
    auto fine = std::make_unique<Simulation>(scenario, shards);
    bool held = false;
    const auto hold = [&](bool so) {
      held = so;
      coarse->hold(so);
      fine->hold(so);
    };
    const auto compare = [&](EventTime now) {
      EXPECT_EQ(shown_lines(*coarse->publish(now)), shown_lines(*fine->publish(now)))
          << format_rfc3339(now);
    };
    hold(dice.one_in(2));  // the sources catch up first, or after a restart
    for (const Stop& stop : random_stops(scenario, dice)) {
      if (dice.one_in(3)) hold(false);
      read_to(stop, *coarse, dice);
      read_to(stop, *fine, dice);
      if (dice.one_in(2)) coarse->coarsen();  // events may come between a publication and this
      coarse->progress(stop.now, false);
      fine->progress(stop.now, false);
      if (dice.one_in(4)) coarse->follow(stop.now);
      compare(stop.now);
      if (dice.one_in(2)) coarse->coarsen();
      if (held && dice.one_in(2)) {  // they have caught up just now
        hold(false);
        compare(stop.now);
      }
      size_t& of_these = held ? fewer_while_held : fewer;
      of_these += fine->slices() - std::min(fine->slices(), coarse->slices());
      if (!dice.one_in(4)) continue;
      coarse->checkpoint(store, true);
      fine->checkpoint(fine_store, true);
      if (!dice.one_in(2)) continue;
      coarse = std::make_unique<Simulation>(scenario, shards, store.load());
      fine = std::make_unique<Simulation>(scenario, shards, fine_store.load());
      hold(dice.one_in(2));
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(fewer, 0U);
  EXPECT_GT(fewer_while_held, 0U);
}

/// A scenario whose sources keep their events just long enough for what is shown.
Scenario with_short_retention(uint64_t seed) {
  Limits limits;
  limits.group_expiry = std::chrono::seconds{0};
  Scenario scenario = random_scenario(seed, limits, Formulas::kWholeLanguage);
  Definitions definitions = scenario.definitions();
  for (SourceDefinition& source : definitions.sources) source.retention = std::chrono::minutes{4};
  scenario.plan = make_plan(std::make_shared<const Definitions>(std::move(definitions)));
  return scenario;
}

/// Without the groups that have no sample in the window: one that was forgotten and came back is
/// not remembered from before.
std::vector<std::string> with_samples(const Snapshot& snapshot) {
  Snapshot stripped = snapshot;
  for (ShownWindow& shown : stripped.windows) {
    std::vector<Sample> samples(shown.samples.begin(), shown.samples.end());
    std::erase_if(samples, [](const Sample& sample) { return sample.samples == 0; });
    shown.samples = std::move(samples);
  }
  return shown_lines(stripped);
}

TEST(Laws, ForgettingNeverChangesAShownNumber) {
  uint64_t forgotten = 0;
  for (uint64_t seed = 1; seed <= seeds(60); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Scenario scenario = with_short_retention(seed);
    Dice dice(seed * 59);
    Simulation forgets(scenario, 1);
    Simulation keeps(scenario, 1);
    for (const Stop& stop : random_stops(scenario, dice)) {
      read_to(stop, forgets, dice);
      read_to(stop, keeps, dice);
      forgets.progress(stop.now, !dice.one_in(3));
      keeps.progress(stop.now, false);
      // An event that came too late for its forgotten slice is counted, and ends the comparison.
      const auto expired = [](const Simulation& simulation, size_t partition) {
        return simulation.state(partition)
            .ledger.rejected[static_cast<size_t>(RejectReason::kExpired)];
      };
      bool any_expired = false;
      for (size_t i = 0; i < scenario.partitions.size(); ++i)
        any_expired |= expired(forgets, i) > 0;
      if (any_expired) break;
      EXPECT_EQ(with_samples(*forgets.publish(stop.now)), with_samples(*keeps.publish(stop.now)))
          << format_rfc3339(stop.now);
      forgotten += keeps.report().size() - forgets.report().size();
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(forgotten, 0U);
}

}  // namespace
}  // namespace kpid
