#include "pipeline/engine.h"

#include <gtest/gtest.h>

#include "tests/support/partition_log.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

/// An engine with one partition of a source with 10 s of disorder, 5 s of allowed lateness, and
/// events at most 60 s ahead.
class EngineStory : public testing::Test {
 protected:
  EngineStory() {
    Definitions definitions = small_definitions({{.windows = {"20s"}}});
    definitions.sources[0].disorder = std::chrono::seconds{10};
    definitions.sources[0].allowed_lateness = std::chrono::seconds{5};
    definitions.sources[0].max_ahead = std::chrono::seconds{60};
    engine_ = std::make_unique<Engine>(plan_of(std::move(definitions)), 0, admission_);
    PartitionState state;
    state.source = "sales";
    engine_->add_partition(state);
  }

  /// What becomes of an event whose record was written `written` seconds into the story.
  std::string verdict(double seconds, std::optional<double> written = {}) {
    const Ledger before = ledger();
    log_.add_event(at(seconds), "", written ? std::optional(at(*written)) : std::nullopt);
    engine_->consume(0, log_.from(engine_->partition(0).next_offset, 1));
    for (size_t reason = 0; reason < kRejectReasonCount; ++reason) {
      if (ledger().rejected[reason] > before.rejected[reason]) {
        return std::string(kRejectReasonNames[reason]);
      }
    }
    return ledger().accepted > before.accepted ? "accepted" : "nothing";
  }
  const Ledger& ledger() const { return engine_->partition(0).ledger; }

  SingleShardAdmission admission_{10};
  std::unique_ptr<Engine> engine_;
  PartitionLog log_;
};

TEST_F(EngineStory, RejectsAnEventAsLateJustBehindTheWatermarkLessTheAllowedLateness) {
  EXPECT_EQ(verdict(100), "accepted");
  EXPECT_EQ(verdict(85), "accepted");
  EXPECT_EQ(verdict(84.999), "late");
  EXPECT_EQ(engine_->partition(0).watermark, at(90));
}

TEST_F(EngineStory, RejectsAnEventAsFutureJustBeyondMaxAheadOfItsOwnRecord) {
  EXPECT_EQ(verdict(160, 100), "accepted");
  EXPECT_EQ(verdict(160.001, 100), "future");
  EXPECT_EQ(engine_->partition(0).newest_event_time, at(160)) << "it moves no watermark";
  EXPECT_EQ(verdict(10'000), "accepted") << "without a timestamp nothing is future";
}

TEST_F(EngineStory, RejectsAnEventAsExpiredJustBeforeTheInstantOfExpiry) {
  engine_->expire(0, at(50));
  EXPECT_EQ(verdict(50), "accepted");
  EXPECT_EQ(verdict(49.999), "expired");
  engine_->expire(0, at(40));
  EXPECT_EQ(verdict(49.999), "expired") << "it never goes back";
}

TEST_F(EngineStory, NamesTheFirstReasonThatApplies) {
  engine_->expire(0, at(90));
  EXPECT_EQ(verdict(100, 100), "accepted");
  EXPECT_EQ(verdict(80, 10), "future") << "late and expired too";
  EXPECT_EQ(verdict(80, 80), "late") << "expired too";
}

TEST_F(EngineStory, CountsAnAcceptedEventAsAmendingFromJustBehindTheWatermarkOn) {
  EXPECT_EQ(verdict(100), "accepted");
  EXPECT_EQ(verdict(90), "accepted") << "at the watermark";
  EXPECT_EQ(ledger().amending, 0U);
  EXPECT_EQ(verdict(89.999), "accepted");
  EXPECT_EQ(ledger().amending, 1U);
  EXPECT_EQ(verdict(84.999), "late");
  EXPECT_EQ(verdict(500, 100), "future");
  EXPECT_EQ(ledger().amending, 1U) << "rejected events amend nothing";
}

TEST_F(EngineStory, SeesTheDisorderOfWhatIsAcceptedOrLateAndOfNothingElse) {
  const auto seen = [&] { return engine_->view({})->disorder.at(0); };
  EXPECT_EQ(seen().events(), 0U);
  EXPECT_EQ(verdict(100), "accepted");
  EXPECT_EQ(verdict(101), "accepted");
  EXPECT_EQ(seen().events(), 2U);
  EXPECT_EQ(seen().maximum(), Duration{0}) << "each was the newest";
  EXPECT_EQ(verdict(100.999), "accepted");
  EXPECT_EQ(seen().maximum(), Duration{1});
  EXPECT_EQ(verdict(51), "late");
  EXPECT_EQ(seen().events(), 4U);
  EXPECT_EQ(seen().maximum(), std::chrono::seconds{50});
  EXPECT_EQ(seen().total(), Duration{50'001});
  engine_->expire(0, at(99));
  EXPECT_EQ(verdict(500, 100), "future");
  EXPECT_EQ(verdict(98), "expired");
  log_.add("garbage");
  engine_->consume(0, log_.from(engine_->partition(0).next_offset, 1));
  EXPECT_EQ(seen().events(), 4U);
}

TEST_F(EngineStory, SeesTheDisorderOfEachPartitionByItsOwnNewestEvent) {
  PartitionState other;
  other.source = "sales";
  other.partition = 1;
  other.newest_event_time = at(10);  // as it was left by another process
  engine_->add_partition(other);
  EXPECT_EQ(verdict(100), "accepted");
  PartitionLog log;
  log.add_event(at(10));
  log.add_event(at(7));
  engine_->consume(1, log.all());
  const DisorderHistogram seen = engine_->view({})->disorder.at(0);
  EXPECT_EQ(seen.events(), 3U);
  EXPECT_EQ(seen.maximum(), std::chrono::seconds{3});
}

TEST_F(EngineStory, PassesOverRecordsThatItHasRead) {
  verdict(100);
  engine_->consume(0, log_.all());
  EXPECT_EQ(ledger().read, 1U);
  EXPECT_EQ(engine_->partition(0).next_offset, 1);
}

TEST_F(EngineStory, CountsLostOffsetsAndGoesOnBehindThem) {
  engine_->lose(0, 7);
  engine_->lose(0, 5);
  EXPECT_EQ(ledger().lost, 7U);
  EXPECT_EQ(ledger().read, 0U);
  EXPECT_EQ(engine_->partition(0).next_offset, 7);
  EXPECT_EQ(engine_->partition(0).lost_spans.size(), 1U);
}

TEST_F(EngineStory, SharesRowsThatHaveNotChangedAndNoticesThatASliceIsGone) {
  verdict(5);
  verdict(25);
  const WindowQuery query{0, {at(0), at(40)}};
  const auto first = engine_->view({&query, 1})->windows[0];
  EXPECT_TRUE(first->whole);
  EXPECT_EQ(engine_->view({&query, 1})->windows[0], first);
  engine_->forget(0, at(20));
  EXPECT_FALSE(engine_->view({&query, 1})->windows[0]->whole);
  EXPECT_EQ(verdict(26), "accepted");
  EXPECT_NE(engine_->view({&query, 1})->windows[0], first);
}

}  // namespace
}  // namespace kpid
