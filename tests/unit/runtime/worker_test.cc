#include "daemon/run/worker.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/small_plan.h"
#include "tests/unit/kafka/mock_kafka.h"
#include "tests/unit/kafka/source_run.h"

namespace kpid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string event(int64_t second) {
  return fmt::format(R"({{"t":{},"g":"a","v":1}})", at(second).time_since_epoch().count());
}

/// The sources `sales` and `audit`, both of topic `sales`.
std::shared_ptr<const Plan> two_sources_of_one_topic() {
  Definitions definitions;
  definitions.sources = {small_source("sales"), small_source("audit")};
  definitions.sources[1].topic = "sales";
  add_kpi(definitions, {.name = "orders", .formula = "count(sales)"});
  add_kpi(definitions, {.name = "audited", .formula = "count(audit)"});
  return plan_of(std::move(definitions));
}

PartitionState stored(const std::string& source, int64_t next_offset) {
  PartitionState state;
  state.source = source;
  state.topic = "sales";
  state.next_offset = next_offset;
  return state;
}

/// A worker alone, against a broker that has `records` events in the one partition of `sales`.
class WorkerAlone : public testing::Test {
 protected:
  void SetUp() override {
    kafka_.create_topic("sales", 1);
    for (int64_t i = 0; i < kRecords; ++i) kafka_.produce("sales", 0, event(i), at(i));
  }

  void make(std::shared_ptr<const Plan> plan, const std::vector<PartitionState>& known = {}) {
    plan_ = std::move(plan);
    auto options = quick_options(kafka_, {{.name = "sales", .start = {}, .known = !known.empty()}});
    options.properties.merge(properties_);
    worker_ = std::make_unique<Worker>(
        Worker::Options{
            .plan = plan_, .index = 0, .clock = [] { return at(60); }, .kafka = options},
        admission_, board_);
    Engine* const engines[] = {&worker_->engine()};
    layouts_ = restore(nullptr, {}, *plan_, engines)->layouts;
    worker_->adopt(known);
  }

  void start(std::shared_ptr<const Plan> plan, const std::vector<PartitionState>& known = {}) {
    make(std::move(plan), known);
    ASSERT_TRUE(worker_->start().has_value());
  }

  bool awaits_checkpoint() { return worker_->report().get().awaits_checkpoint; }

  bool until_awaits_checkpoint() {
    return until([this] { return awaits_checkpoint(); });
  }

  /// Asks again and again, for at most twenty seconds. Every question takes its time to answer.
  bool until(const std::function<bool()>& reached) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!reached()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  }

  Worker::Frozen freeze() { return worker_->freeze(layouts_).get(); }

  /// Records read, by engine partition.
  std::vector<uint64_t> read() {
    std::vector<uint64_t> read;
    const std::shared_ptr<const ShardView> view = worker_->view({}).get();
    for (const PartitionState& partition : view->partitions) {
      read.push_back(partition.ledger.read);
    }
    return read;
  }

  static constexpr int64_t kRecords = 5;

  MockKafka kafka_;
  KafkaProperties properties_;
  SingleShardAdmission admission_{100};
  ProgressBoard board_{1};
  std::shared_ptr<const Plan> plan_;
  std::vector<GroupingLayout> layouts_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(WorkerAlone, ReadsNothingBeforeItsStartIsInTheStore) {
  start(plan_of(small_definitions()));
  ASSERT_TRUE(until_awaits_checkpoint());
  for (int times = 0; times < 3; ++times) EXPECT_THAT(read(), ElementsAre(0));
  const Worker::Frozen frozen = freeze();
  ASSERT_EQ(frozen.part.partitions.size(), 1U);
  EXPECT_EQ(frozen.part.partitions[0].next_offset, 0);
  EXPECT_THAT(read(), ElementsAre(0));
  worker_->saved(true);
  EXPECT_TRUE(until([this] { return read()[0] == kRecords; }));
  EXPECT_FALSE(awaits_checkpoint());
}

TEST_F(WorkerAlone, WaitsOnWhileTheStoreFails) {
  start(plan_of(small_definitions()));
  ASSERT_TRUE(until_awaits_checkpoint());
  for (int times = 0; times < 3; ++times) {
    freeze();
    EXPECT_FALSE(awaits_checkpoint());
    worker_->saved(false);
    EXPECT_TRUE(awaits_checkpoint());
    EXPECT_THAT(read(), ElementsAre(0));
  }
  freeze();
  worker_->saved(true);
  EXPECT_TRUE(until([this] { return read()[0] == kRecords; }));
}

TEST_F(WorkerAlone, GoesOnAtTheOffsetInTheStoreWithoutAnotherCheckpoint) {
  start(plan_of(small_definitions()), {stored("sales", 3)});
  EXPECT_TRUE(until([this] { return read()[0] == kRecords - 3; }));
  EXPECT_FALSE(awaits_checkpoint());
}

TEST_F(WorkerAlone, GivesTheRecordsOfATopicToEverySourceThatReadsIt) {
  start(two_sources_of_one_topic());
  ASSERT_TRUE(until_awaits_checkpoint());
  freeze();
  worker_->saved(true);
  EXPECT_TRUE(until([this] { return read() == std::vector<uint64_t>{kRecords, kRecords}; }));
}

TEST_F(WorkerAlone, BringsANewSourceOfAKnownTopicIntoTheStoreFirstAndReadsNothingTwice) {
  start(two_sources_of_one_topic(), {stored("sales", 3)});
  ASSERT_TRUE(until_awaits_checkpoint());
  EXPECT_THAT(read(), ElementsAre(0, 0));
  freeze();
  worker_->saved(true);
  EXPECT_TRUE(until([this] { return read() == std::vector<uint64_t>{kRecords - 3, kRecords}; }));
}

TEST_F(WorkerAlone, StillAnswersWhatWasAskedBeforeItStops) {
  start(plan_of(small_definitions()));
  auto report = worker_->report();
  auto view = worker_->view({});
  worker_->stop(std::chrono::seconds{5});
  EXPECT_EQ(report.wait_for(std::chrono::seconds{0}), std::future_status::ready);
  EXPECT_EQ(view.wait_for(std::chrono::seconds{0}), std::future_status::ready);
  worker_->stop(std::chrono::seconds{5});
}

TEST_F(WorkerAlone, StopsWhileBrokersAreAway) {
  start(plan_of(small_definitions()));
  kafka_.set_all_down();
  const auto begin = std::chrono::steady_clock::now();
  worker_->stop(std::chrono::seconds{1});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

TEST_F(WorkerAlone, NamesAWrongPropertyAndNeverStarts) {
  properties_["no.such.property"] = "1";
  make(plan_of(small_definitions()));
  const auto started = worker_->start();
  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().text, HasSubstr("no.such.property"));
}

}  // namespace
}  // namespace kpid
