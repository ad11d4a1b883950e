#include "tests/support/odd_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "pipeline/decode/decoder.h"

namespace kpid {
namespace {

constexpr EventTime kTime{Duration{1'700'000'000'000}};

/// The reason, or the row, for one record.
std::string decoded(const SourceDefinition& source, Decoder& decoder, std::string_view bytes) {
  EventBatch batch;
  prepare_batch(source, 1, batch);
  const auto reason = decoder.decode({.value = bytes, .offset = 0, .timestamp = {}}, batch);
  if (!reason) return render_row(source, batch, 0);
  EXPECT_EQ(batch.rows, 0u);
  return std::string(name_of(*reason));
}

void check_each_alone(RecordFormat format, const std::vector<OddRecord>& records) {
  const SourceDefinition source = odd_source(format);
  const auto decoder = make_decoder(source, odd_limits(), source.columns);
  for (const OddRecord& record : records) {
    EXPECT_EQ(decoded(source, *decoder, record.bytes), record.expected) << record.name;
  }
}

/// One batch of odd and good records by turns: what an odd one leaves behind must not show.
void check_among_good_ones(RecordFormat format, const std::vector<OddRecord>& records,
                           std::string_view good, std::string_view good_expected) {
  const SourceDefinition source = odd_source(format);
  const auto decoder = make_decoder(source, odd_limits(), source.columns);
  EventBatch batch;
  prepare_batch(source, 2 * records.size(), batch);
  std::vector<std::pair<std::string, std::string>> rows;  // name and expected text
  for (const OddRecord& record : records) {
    if (!decoder->decode({.value = record.bytes, .offset = 0, .timestamp = {}}, batch)) {
      rows.emplace_back(record.name, record.expected);
    }
    EXPECT_EQ(decoder->decode({.value = good, .offset = 0, .timestamp = {}}, batch), std::nullopt);
    rows.emplace_back("the good one behind " + record.name, good_expected);
  }
  ASSERT_EQ(batch.rows, rows.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    EXPECT_EQ(render_row(source, batch, row), rows[row].second) << rows[row].first;
    if (!rows[row].first.starts_with("stamp")) {
      EXPECT_EQ(batch.event_times[row], kTime) << rows[row].first;
    }
  }
}

TEST(OddRecords, AreManyAndHaveEachANameOfItsOwn) {
  std::set<std::string> names;
  for (const OddRecord& record : odd_json_records()) {
    EXPECT_TRUE(names.insert(record.name).second) << record.name;
  }
  EXPECT_GE(names.size(), 150u);
}

TEST(OddRecords, OfJsonHaveTheirReasonOrTheirValues) {
  check_each_alone(RecordFormat::kJson, odd_json_records());
}

TEST(OddRecords, OfCsvHaveTheirReasonOrTheirValues) {
  check_each_alone(RecordFormat::kCsv, odd_csv_records());
}

TEST(OddRecords, OfJsonLeaveTheGoodOnesBetweenThemExact) {
  check_among_good_ones(RecordFormat::kJson, odd_json_records(),
                        R"({"ts":1700000000000,"name":"good","amount":12.34})",
                        "name=good amount=12.34");
}

TEST(OddRecords, OfCsvLeaveTheGoodOnesBetweenThemExact) {
  check_among_good_ones(RecordFormat::kCsv, odd_csv_records(), "1700000000000,good,,12.34,,",
                        "name=good amount=12.34");
}

}  // namespace
}  // namespace kpid
