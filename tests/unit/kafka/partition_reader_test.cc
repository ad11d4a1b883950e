#include "daemon/kafka/partition_reader.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kpid {
namespace {

using Phase = PartitionReader::Phase;

Record record_at(int64_t offset, std::string_view value = "value") {
  return {.value = value, .offset = offset, .timestamp = EventTime(Duration(1000 + offset))};
}

// A reader that fetches from `next_offset`; the record before it is known if `proven`.
PartitionReader reader_at(int64_t next_offset, bool proven) {
  PartitionReader reader("sales", 3);
  std::optional<Fingerprint> fingerprint;
  if (proven) fingerprint = fingerprint_of(record_at(next_offset - 1));
  reader.begin(next_offset, fingerprint);
  reader.fetching();
  return reader;
}

std::vector<int64_t> offer_all(PartitionReader& reader, const std::vector<int64_t>& offsets) {
  std::vector<int64_t> taken;
  for (const int64_t offset : offsets) {
    if (reader.offer(record_at(offset))) taken.push_back(offset);
  }
  return taken;
}

using Offsets = std::vector<int64_t>;

TEST(PartitionReader, WantsAFetchFromWhereReadingIsToGoOn) {
  PartitionReader reader("sales", 3);
  EXPECT_FALSE(reader.wants_fetch());
  EXPECT_FALSE(reader.offer(record_at(0)));
  reader.begin(5, std::nullopt);
  EXPECT_TRUE(reader.wants_fetch());
  EXPECT_EQ(reader.fetch_offset(), 5);
  EXPECT_EQ(reader.phase(), Phase::kReading);
}

TEST(PartitionReader, WithAFingerprintFetchesItsRecordFirst) {
  PartitionReader reader("sales", 3);
  reader.begin(9, fingerprint_of(record_at(6)));
  EXPECT_EQ(reader.fetch_offset(), 6);
  EXPECT_EQ(reader.phase(), Phase::kVerifying);
  EXPECT_EQ(reader.position(), 9);
}

TEST(PartitionReader, DeliversNothingBelowTheNextOffsetAndNothingTwice) {
  PartitionReader reader = reader_at(5, false);
  EXPECT_EQ(offer_all(reader, {3, 4, 5, 6, 6, 5, 9, 8, 10}), (Offsets{5, 6, 9, 10}));
  EXPECT_EQ(reader.position(), 11);
}

TEST(PartitionReader, GoesOnWhenTheFingerprintIsMet) {
  PartitionReader reader = reader_at(7, true);
  EXPECT_EQ(offer_all(reader, {6, 7, 8}), (Offsets{7, 8}));
  EXPECT_EQ(reader.phase(), Phase::kReading);
  EXPECT_EQ(reader.unproven(), 0u);
}

TEST(PartitionReader, StopsWhenAnotherRecordStandsThere) {
  const std::vector<Record> others = {
      record_at(6, "other"),
      record_at(6, ""),
      {.value = "value", .offset = 6, .timestamp = EventTime(Duration(1007))},
      {.value = "value", .offset = 6, .timestamp = std::nullopt}};
  for (const Record& other : others) {
    PartitionReader reader = reader_at(7, true);
    EXPECT_FALSE(reader.offer(other));
    EXPECT_EQ(reader.phase(), Phase::kStopped);
    EXPECT_NE(reader.stop_reason().find("recreated"), std::string::npos);
    EXPECT_FALSE(reader.offer(record_at(7)));
  }
}

TEST(PartitionReader, ARecordGoneByCompactionProvesNothingAndIsCounted) {
  PartitionReader reader = reader_at(7, true);
  EXPECT_EQ(offer_all(reader, {9, 10}), (Offsets{9, 10}));
  EXPECT_EQ(reader.unproven(), 1u);
}

TEST(PartitionReader, TheEndBehindTheFingerprintProvesNothingEither) {
  PartitionReader reader = reader_at(7, true);
  reader.end_reached(7);
  EXPECT_EQ(reader.phase(), Phase::kReading);
  EXPECT_EQ(reader.unproven(), 1u);
  EXPECT_TRUE(reader.at_end());
}

// Between elections a leader may not know yet how far its log goes: the end is asked for.
TEST(PartitionReader, TheEndAtTheFingerprintIsAskedForBeforeItIsBelieved) {
  PartitionReader reader = reader_at(7, true);
  reader.end_reached(6);
  EXPECT_TRUE(reader.wants_ends());
  EXPECT_EQ(reader.ends_known({.low = 0, .high = 7}), 0);
  EXPECT_EQ(reader.phase(), Phase::kVerifying);
  EXPECT_TRUE(reader.wants_fetch());
  EXPECT_EQ(reader.fetch_offset(), 6);
}

TEST(PartitionReader, TheEndMovesThePositionOverWhatIsInvisible) {
  PartitionReader reader = reader_at(5, false);
  EXPECT_EQ(offer_all(reader, {5, 6}), (Offsets{5, 6}));
  reader.end_reached(8);  // a transaction marker stands at 7
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.position(), 8);
  EXPECT_TRUE(reader.offer(record_at(8)));
  EXPECT_FALSE(reader.at_end());
}

TEST(PartitionReader, AnEndBehindTheNextOffsetIsNoEnd) {
  PartitionReader reader = reader_at(5, false);
  reader.end_reached(4);
  EXPECT_FALSE(reader.at_end());
  reader.end_reached(5);
  EXPECT_TRUE(reader.at_end());
}

struct OutOfRangeCase {
  const char* name;
  bool proven;
  LogEnds ends;
  Phase phase;
  int64_t lost;
  int64_t fetch_offset;
};

TEST(PartitionReader, JudgesAnOffsetOutOfRangeByTheEndsOfTheLog) {
  // Everything below 7 has been read; a fingerprint, if there is one, is of 6.
  const std::vector<OutOfRangeCase> cases = {
      {"in range after all", false, {0, 7}, Phase::kReading, 0, 7},
      {"in range after all, to be proven", true, {0, 7}, Phase::kVerifying, 0, 6},
      {"the record of the fingerprint is the first left", true, {6, 9}, Phase::kVerifying, 0, 6},
      {"it has just gone, nothing lost", true, {7, 9}, Phase::kReading, 0, 7},
      {"one lost", true, {8, 9}, Phase::kReading, 1, 8},
      {"all lost, the log is empty", false, {20, 20}, Phase::kReading, 13, 20},
      {"truncated by one", true, {0, 6}, Phase::kStopped, 0, 7},
      {"truncated by one, unproven", false, {0, 6}, Phase::kStopped, 0, 7},
      {"recreated and empty", true, {0, 0}, Phase::kStopped, 0, 7},
  };
  for (const OutOfRangeCase& one : cases) {
    SCOPED_TRACE(one.name);
    PartitionReader reader = reader_at(7, false);
    if (one.proven) reader.delivered(fingerprint_of(record_at(6)));
    reader.out_of_range();
    EXPECT_TRUE(reader.wants_ends());
    EXPECT_FALSE(reader.offer(record_at(7)));
    EXPECT_EQ(reader.ends_known(one.ends), one.lost);
    EXPECT_EQ(reader.phase(), one.phase);
    EXPECT_EQ(reader.wants_fetch(), one.phase != Phase::kStopped);
    EXPECT_EQ(reader.fetch_offset(), one.fetch_offset);
    EXPECT_FALSE(reader.wants_ends());
  }
}

TEST(PartitionReader, VerifiesTheLogAgainAfterItWasOutOfSight) {
  PartitionReader reader = reader_at(5, false);
  EXPECT_TRUE(reader.offer(record_at(5)));
  reader.delivered(fingerprint_of(record_at(5)));
  reader.lost_sight();
  EXPECT_FALSE(reader.offer(record_at(6)));
  EXPECT_EQ(reader.ends_known({.low = 0, .high = 9}), 0);
  EXPECT_EQ(reader.fetch_offset(), 5);
  EXPECT_FALSE(reader.offer(record_at(6)));  // of the old fetch
  reader.fetching();
  EXPECT_EQ(offer_all(reader, {5, 6, 7}), (Offsets{6, 7}));
}

TEST(PartitionReader, TakesNothingOfAnOldFetchWhileANewOneIsWanted) {
  PartitionReader reader = reader_at(5, false);
  reader.fetch_again();
  EXPECT_FALSE(reader.offer(record_at(5)));
  reader.end_reached(9);
  EXPECT_EQ(reader.position(), 5);
  reader.fetching();
  EXPECT_TRUE(reader.offer(record_at(5)));
}

}  // namespace
}  // namespace kpid
