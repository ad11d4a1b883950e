#include "tests/bench/checkpoint_cost.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/checkpoint_store.h"
#include "daemon/store/checkpoint_writer.h"
#include "pipeline/restore.h"
#include "tests/bench/feed.h"
#include "tests/bench/figure.h"
#include "tests/bench/meters.h"
#include "tests/bench/sales_events.h"
#include "tests/bench/shard.h"
#include "tests/support/temporary_directory.h"

namespace kpid {
namespace {

using std::chrono::steady_clock;

std::shared_ptr<const Plan> plan_of_two_families() {
  return plan_of(sales_definitions({"5m every 10s", "1h every 1m"}));
}

std::unique_ptr<CheckpointStore> new_store(const TemporaryDirectory& directory) {
  auto opened = open_store(directory.path(), kStart);
  KPID_ASSERT(opened.has_value());
  return std::move(opened->store);
}

/// Times in milliseconds, sizes in bytes, a value a round.
struct StoreCosts {
  Values freezing;
  Values saving;
  Values saving_little;
  Values restoring;
  Values bytes;
  Values little_bytes;
};

/// Saves so many groups, then a hundred of them that have changed.
void save(const TemporaryDirectory& directory, const std::shared_ptr<const Plan>& plan, int groups,
          StoreCosts& costs) {
  Shard shard(plan);
  shard.add_groups(groups);
  const auto store = new_store(directory);
  const auto save_changes = [&](Values& milliseconds, Values& written, Values* frozen) {
    const auto begin = steady_clock::now();
    const Checkpoint checkpoint = shard.freeze();
    if (frozen != nullptr) frozen->push_back(seconds_since(begin) * 1e3);
    const auto saved = store->save(checkpoint);
    KPID_ASSERT(saved.has_value());
    milliseconds.push_back(seconds_since(begin) * 1e3);
    written.push_back(static_cast<double>(saved->bytes_written));
    shard.engine().saved(true);
  };
  save_changes(costs.saving, costs.bytes, &costs.freezing);
  Feed feed(sales_values(100, 100), groups);  // in as few chunks as they take
  shard.consume(feed, 100);
  save_changes(costs.saving_little, costs.little_bytes, nullptr);
}

void restore_all(const TemporaryDirectory& directory, const std::shared_ptr<const Plan>& plan,
                 StoreCosts& costs) {
  const auto begin = steady_clock::now();
  const auto opened = open_store(directory.path(), kStart);
  KPID_ASSERT(opened.has_value() && opened->state.has_value());
  SingleShardAdmission admission{kMaxGroups};
  Engine engine(plan, 0, admission);
  Engine* const engines[] = {&engine};
  KPID_ASSERT(restore(&*opened->state, {}, *plan, engines).has_value());
  costs.restoring.push_back(seconds_since(begin) * 1e3);
}

}  // namespace

void print_checkpoints(const Effort& effort) {
  const auto plan = plan_of_two_families();
  for (int groups = std::min(1'000, effort.most_groups / 10);
       groups <= std::min(effort.most_groups, 300'000); groups *= groups == 100'000 ? 3 : 10) {
    StoreCosts costs;
    for (int round = 0; round < effort.rounds; ++round) {
      const TemporaryDirectory directory;
      save(directory, plan, groups, costs);
      restore_all(directory, plan, costs);
    }
    print_point("checkpoint.freeze", "groups", groups, "ms", costs.freezing);
    print_point("checkpoint.save", "groups", groups, "ms", costs.saving);
    print_point("checkpoint.bytes", "groups", groups, "bytes", costs.bytes);
    print_point("checkpoint.save_100_groups", "groups", groups, "ms", costs.saving_little);
    print_point("checkpoint.bytes_100_groups", "groups", groups, "bytes", costs.little_bytes);
    print_point("restore.time", "groups", groups, "ms", costs.restoring);
  }
}

void print_checkpoint_pause(const Effort& effort) {
  constexpr int kGroups = 850'000;  // 100 MB of rows and keys
  constexpr size_t kTurn = 1'024;
  const int groups = std::min(kGroups, effort.most_groups);
  Shard shard(plan_of_two_families());
  shard.add_groups(groups);
  // All in the slice that has every group, so that the state stays as large as it is.
  std::vector<std::string> values;
  for (int i = 0; i < effort.events; ++i) values.push_back(sales_event(i, groups, at(1)));
  Feed feed(std::move(values), groups);

  // Longest turn in ms, as long as `go_on`.
  const auto longest_turn = [&](const std::function<bool()>& go_on) {
    double longest = 0;
    do {
      const auto begin = steady_clock::now();
      shard.engine().consume(0, feed.next(kTurn));
      longest = std::max(longest, seconds_since(begin) * 1e3);
    } while (go_on());
    return longest;
  };
  const TemporaryDirectory directory;
  auto store = new_store(directory);
  Values pauses;
  Values with_save;
  Values without_save;
  Values bytes;
  for (int round = 0; round < effort.rounds; ++round) {
    shard.engine().forget_store();
    CheckpointWriter writer(*store);
    const auto begin = steady_clock::now();
    writer.start(shard.freeze());
    double longest = seconds_since(begin) * 1e3;
    std::optional<CheckpointWriter::Outcome> outcome;
    longest = std::max(longest, longest_turn([&] { return !(outcome = writer.poll()); }));
    KPID_ASSERT(outcome->result.has_value());
    shard.engine().saved(true);
    const double lasted = seconds_since(begin);
    const auto after = steady_clock::now();
    const double noise = longest_turn([&] { return seconds_since(after) < lasted; });
    bytes.push_back(static_cast<double>(outcome->result->bytes_written));
    with_save.push_back(longest);
    without_save.push_back(noise);
    pauses.push_back(std::max(longest - noise, 0.0));
  }
  print_figure("checkpoint.pause", "ms", pauses);
  print_figure("checkpoint.longest_turn", "ms", with_save);
  print_figure("checkpoint.longest_turn_without", "ms", without_save);
  print_figure("checkpoint.pause_bytes", "bytes", bytes);
}

}  // namespace kpid
