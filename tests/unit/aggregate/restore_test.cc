#include "pipeline/restore.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/memory_store.h"
#include "tests/support/partition_log.h"
#include "tests/support/report_text.h"
#include "tests/support/small_plan.h"

namespace kpid {
namespace {

/// One life of kpid under a configuration, from what the one before left in the store.
class Life {
 public:
  Life(Definitions definitions, const MemoryStore& store, const std::set<std::string>& reset = {})
      : plan_(plan_of(std::move(definitions))), engine_(plan_, 0, admission_) {
    const auto stored = store.load();
    Engine* engine = &engine_;
    auto result = restore(stored ? &*stored : nullptr, reset, *plan_, {&engine, 1});
    EXPECT_TRUE(result.has_value());
    restored = std::move(*result);
    PartitionState state;
    state.source = state.topic = "sales";
    if (!restored.partitions.empty()) state = restored.partitions[0];
    engine_.add_partition(state);
  }

  Life& event(double seconds, const std::string& members = R"("g":"a","v":2)") {
    PartitionLog log;
    while (static_cast<int64_t>(log.size()) < engine_.partition(0).next_offset) log.add("");
    log.add_event(at(seconds), members);
    engine_.consume(0, log.from(engine_.partition(0).next_offset, 1));
    return *this;
  }
  /// Saves, and returns how many blobs were written.
  size_t save(MemoryStore& store) {
    Checkpoint checkpoint;
    checkpoint.sources = restored.sources;
    checkpoint.parts.push_back(engine_.freeze(restored.layouts));
    store.save(checkpoint);
    engine_.saved(true);
    return checkpoint.parts[0].writes.size();
  }
  std::vector<std::string> report() {
    Engine* engine = &engine_;
    return report_lines({&engine, 1});
  }
  Engine& engine() { return engine_; }

  Restored restored;

 private:
  const std::shared_ptr<const Plan> plan_;
  SingleShardAdmission admission_{1'000};
  Engine engine_;
};

using Lines = std::vector<std::string>;

Definitions counted(std::vector<std::string> windows = {"1m"}) {
  return small_definitions({{.windows = std::move(windows), .by = {"g"}}});
}

TEST(Restore, WithoutAStoreBeginsEmptyAndNothingIsMissing) {
  const MemoryStore store;
  Life run(counted(), store);
  EXPECT_EQ(run.restored.begins, std::vector<std::optional<EventTime>>{std::nullopt});
  EXPECT_EQ(run.report(), Lines{});
}

TEST(Restore, OfAnUnchangedConfigurationGoesOnAndWritesNothingTwice) {
  MemoryStore store;
  Life(counted(), store).event(5).event(6).save(store);
  Life again(counted(), store);
  EXPECT_EQ(again.restored.begins[0], std::nullopt);
  EXPECT_EQ(again.restored.partitions[0].next_offset, 2);
  EXPECT_EQ(again.save(store), 0U);
  again.event(7);
  EXPECT_EQ(again.report(), Lines{"kpi 1m 2024-01-01T00:01:00Z: a=3 of 3"});
}

TEST(Restore, OfWhatFormat2WroteHasTheSameNumbersAndIsWrittenAnew) {
  MemoryStore store;
  const auto configuration = [] {
    Definitions definitions = counted();
    add_kpi(definitions, {.name = "revenue", .formula = "sum(sales.v)", .by = {"g"}});
    return definitions;
  };
  Life first(configuration(), store);
  first.event(5).event(6, R"("g":"b","v":-9000000000)").event(7, R"("g":"b","v":1)");
  const std::vector<std::string> report = first.report();
  first.save(store);
  StoredState older = *store.load();
  for (Blob& blob : older.blobs) {
    if (blob.key.kind != BlobKey::Kind::kSliceRows) continue;
    const RowLayout& layout = first.engine().plan().groupings[0].layout;
    const auto chunks = read_slice_rows(blob.bytes, layout);
    ASSERT_EQ(chunks.value().size(), 1U);
    std::string rows = empty_chunk(layout);
    const char* from = (*chunks)[0].rows.data();
    for (const char place : (*chunks)[0].places) {
      layout.merge(rows.data() + place * layout.bytes(), {from, (*chunks)[0].width});
      from += layout.bytes((*chunks)[0].width);
    }
    blob = {.key = blob.key, .bytes = std::string("\1\0\0\0\0\0\0\0", 8) + rows};
    blob.key.kind = BlobKey::Kind::kWideSliceRows;
  }
  MemoryStore old_store(older);
  Life again(configuration(), old_store);
  EXPECT_EQ(again.report(), report);
  EXPECT_NE(again.restored.layouts[0].id, first.restored.layouts[0].id);
  EXPECT_GT(again.save(old_store), 0U);
  for (const auto& [key, bytes] : old_store.blobs()) {
    EXPECT_NE(key.kind, BlobKey::Kind::kWideSliceRows);
    EXPECT_EQ(key.grouping, again.restored.layouts[0].id);
  }
  EXPECT_EQ(Life(configuration(), old_store).report(), report);
}

TEST(Restore, RefusesTermsThatAreNone) {
  MemoryStore store;
  Life(counted(), store).event(5).save(store);
  for (const std::vector<TermLayout>& terms : {std::vector<TermLayout>{},
                                               {{"count(sales)", {}}, {"median(sales.v)", {}}},
                                               {{"sum(sales.v)", {}}}}) {
    StoredState stored = *store.load();
    stored.groupings[0].terms = terms;
    const auto plan = plan_of(counted());
    SingleShardAdmission admission(10);
    Engine engine(plan, 0, admission);
    Engine* const one = &engine;
    const auto result = restore(&stored, {}, *plan, {&one, 1});
    ASSERT_FALSE(result.has_value());
    EXPECT_TRUE(result.error().text.starts_with("the store has terms that are none"))
        << result.error().text;
  }
}

TEST(Restore, BeginsANewTermJustAfterTheNewestEventAndKeepsTheOthers) {
  MemoryStore store;
  Life(counted(), store).event(5).event(70).save(store);
  Definitions more = counted();
  add_kpi(more, {.name = "revenue", .formula = "sum(sales.v)", .by = {"g"}});
  Life again(more, store);
  EXPECT_EQ(again.restored.begins[0], std::nullopt);
  EXPECT_EQ(again.restored.begins[1], at(70.001));
  EXPECT_EQ(again.report()[0], "kpi 1m 2024-01-01T00:01:00Z: a=1 of 1");
  again.event(71);
  again.save(store);
  Life third(more, store);
  EXPECT_EQ(third.restored.begins[1], at(70.001)) << "it stays where it began";
  EXPECT_EQ(third.report().back(), "revenue 1m 2024-01-01T00:02:00Z: a=2 of 1");
}

TEST(Restore, BeginsANewGroupingLikewise) {
  MemoryStore store;
  Life(counted(), store).event(5).save(store);
  Definitions more = counted();
  add_kpi(more, {.name = "total"});
  Life again(more, store);
  EXPECT_EQ(again.restored.begins[0], std::nullopt);
  EXPECT_EQ(again.restored.begins[1], at(5.001));
}

TEST(Restore, DropsATermThatIsGoneAndRemovesItFromTheStore) {
  MemoryStore store;
  Definitions both = counted();
  add_kpi(both, {.name = "revenue", .formula = "sum(sales.v)", .by = {"g"}});
  Life(both, store).event(5).save(store);
  Life without(counted(), store);
  EXPECT_EQ(without.report(), Lines{"kpi 1m 2024-01-01T00:01:00Z: a=1 of 1"});
  without.save(store);
  Life back(both, store);
  EXPECT_EQ(back.restored.begins[1], at(5.001)) << "what was dropped is not remembered";
}

TEST(Restore, KeepsANewWindowOfAKnownTermBackUntilItIsWhole) {
  MemoryStore store;
  Life(counted({"1m"}), store).event(5).event(65).save(store);
  Life longer(counted({"1m", "2m"}), store);
  EXPECT_EQ(longer.restored.begins[0], std::nullopt);
  EXPECT_EQ(longer.report().back(), "kpi 2m 2024-01-01T00:02:00Z: a=2 of 2")
      << "every slice of it is there";
  Life shorter(counted({"30s"}), store);
  EXPECT_EQ(shorter.report(), Lines{}) << "its boundaries cut the old slices";
  shorter.event(125);
  EXPECT_EQ(shorter.report(), Lines{"kpi 30s 2024-01-01T00:02:30Z: a=1 of 1"});
}

TEST(Restore, KnowsWhatWasForgottenBefore) {
  MemoryStore store;
  Life first(counted(), store);
  first.event(5).event(65);
  first.engine().forget(0, at(60));
  first.save(store);
  Life longer(counted({"2m"}), store);
  EXPECT_EQ(longer.report(), Lines{});
}

TEST(Restore, BeginsAResetSourceAnew) {
  MemoryStore store;
  Life(counted(), store).event(5).save(store);
  Life again(counted(), store, {"sales"});
  EXPECT_TRUE(again.restored.partitions.empty());
  EXPECT_EQ(again.restored.begins[0], std::nullopt);
  EXPECT_EQ(again.report(), Lines{});
}

TEST(Restore, NamesTheSourcesWhoseStateWouldBecomeMeaningless) {
  MemoryStore store;
  Life(counted(), store).event(5).save(store);
  const auto stored = store.load();
  EXPECT_TRUE(changed_sources(*stored, counted()).empty());
  Definitions renamed = counted();
  renamed.sources[0].disorder = std::chrono::seconds{99};
  EXPECT_TRUE(changed_sources(*stored, renamed).empty()) << "keeps all state";
  renamed.sources[0].topic = "orders";
  const auto changed = changed_sources(*stored, renamed);
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].name, "sales");
  EXPECT_NE(changed[0].reason.find("orders"), std::string::npos);
}

TEST(Restore, FailsOnABlobThatCannotBeRead) {
  MemoryStore store;
  Life(counted(), store).event(5).save(store);
  const auto good = store.load();
  for (size_t blob = 0; blob < good->blobs.size(); ++blob) {
    StoredState broken = *good;
    broken.blobs[blob].bytes += 'x';
    const auto plan = plan_of(counted());
    SingleShardAdmission admission(10);
    Engine engine(plan, 0, admission);
    Engine* shard = &engine;
    EXPECT_FALSE(restore(&broken, {}, *plan, {&shard, 1}).has_value()) << "blob " << blob;
  }
}

}  // namespace
}  // namespace kpid
