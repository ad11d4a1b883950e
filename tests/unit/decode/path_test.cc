#include <gtest/gtest.h>

#include "pipeline/decode/decoder.h"
#include "tests/support/odd_records.h"

namespace kpid {
namespace {

struct Declared {
  std::string name;
  std::vector<std::string> path;
  Type type;
};

SourceDefinition source_of(const std::vector<Declared>& fields,
                           std::vector<std::string> time_path = {"ts"}) {
  SourceDefinition source;
  source.time_path = std::move(time_path);
  source.time_format.kind = TimeFormat::Kind::kUnixMillis;
  for (const Declared& field : fields) {
    source.fields.push_back(
        {.name = field.name, .path = field.path, .type = field.type, .time_format = {}});
  }
  return source;
}

/// The row that a record becomes, or the reason against it.
std::string decoded(const SourceDefinition& source, std::string_view bytes,
                    std::optional<EventTime> timestamp = {}) {
  const auto decoder = make_decoder(source, Limits{}, source.columns);
  EventBatch batch;
  prepare_batch(source, 1, batch);
  const auto reason = decoder->decode({.value = bytes, .offset = 0, .timestamp = timestamp}, batch);
  return reason ? std::string(name_of(*reason)) : render_row(source, batch, 0);
}

TEST(Paths, MayShareTheirBeginning) {
  const SourceDefinition source = source_of({{"a", {"shop", "a"}, Type::kInt},
                                             {"c", {"shop", "b", "c"}, Type::kInt},
                                             {"d", {"shop", "b", "d"}, Type::kInt},
                                             {"e", {"e"}, Type::kInt}});
  EXPECT_EQ(decoded(source, R"({"e":4,"shop":{"b":{"d":3,"c":2},"a":1},"ts":1700000000000})"),
            "a=1 c=2 d=3 e=4");
}

TEST(Paths, MayBeSharedByFieldsOfDifferentTypesAndByTheEventTime) {
  const SourceDefinition source =
      source_of({{"text", {"ts"}, Type::kString}, {"number", {"ts"}, Type::kInt}});
  EXPECT_EQ(decoded(source, R"({"ts":1700000000000})"), "text=1700000000000 number=1700000000000");
}

TEST(Paths, MayGoThroughADeclaredField) {
  const SourceDefinition source =
      source_of({{"whole", {"shop"}, Type::kString}, {"part", {"shop", "id"}, Type::kString}});
  EXPECT_EQ(decoded(source, R"({"ts":1700000000000,"shop":"x"})"), "whole=x");
  EXPECT_EQ(decoded(source, R"({"ts":1700000000000,"shop":{"id":"x"}})"), "wrong_type");
  EXPECT_EQ(decoded(source, R"({"ts":1700000000000})"), "");
}

TEST(Paths, OfTheEventTimeMayBeNested) {
  const SourceDefinition source = source_of({}, {"meta", "time"});
  EXPECT_EQ(decoded(source, R"({"meta":{"time":1700000000000}})"), "");
  EXPECT_EQ(decoded(source, R"({"meta":{"time":null}})"), "time_missing");
  EXPECT_EQ(decoded(source, R"({"meta":7})"), "time_missing");
}

TEST(EventTimes, AreTheRecordsOwnWithoutATimeField) {
  const SourceDefinition source = source_of({{"a", {"a"}, Type::kInt}}, {});
  const auto at = [](int64_t milliseconds) { return EventTime{Duration{milliseconds}}; };
  EXPECT_EQ(decoded(source, R"({"a":1})", at(1'700'000'000'000)), "a=1");
  EXPECT_EQ(decoded(source, R"({"a":1})", at(-1)), "time_out_of_range");
  EXPECT_EQ(decoded(source, R"({"a":1})", kEarliestEventTime), "a=1");
  EXPECT_EQ(decoded(source, R"({"a":1})", kEarliestEventTime - Duration{1}), "time_out_of_range");
  EXPECT_EQ(decoded(source, R"({"a":1})", kEndOfEventTime - Duration{1}), "a=1");
  EXPECT_EQ(decoded(source, R"({"a":1})", kEndOfEventTime), "time_out_of_range");
  EXPECT_EQ(decoded(source, R"({"a":1})", {}), "time_missing");
}

TEST(CsvColumns, ThatNoFieldNamesAreNotJudged) {
  SourceDefinition source =
      source_of({{"a", {"a"}, Type::kInt}, {"missing", {"missing"}, Type::kInt}});
  source.format = RecordFormat::kCsv;
  source.columns = {"note", "ts", "a", "a"};
  EXPECT_EQ(decoded(source, "x,1700000000000,1,y"), "a=1");
}

TEST(Limits, BoundARecordAtExactlyItsBytes) {
  const SourceDefinition source = source_of({});
  const std::string record = R"({"ts":1700000000000})";
  Limits limits;
  EventBatch batch;
  prepare_batch(source, 2, batch);
  limits.record_bytes = record.size();
  EXPECT_EQ(make_decoder(source, limits, {})->decode({.value = record, .timestamp = {}}, batch),
            std::nullopt);
  limits.record_bytes = record.size() - 1;
  EXPECT_EQ(make_decoder(source, limits, {})->decode({.value = record, .timestamp = {}}, batch),
            RejectReason::kTooLarge);
}

}  // namespace
}  // namespace kpid
