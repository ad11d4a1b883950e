#include "daemon/replay/record_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "tests/unit/store/store_fixture.h"

namespace kpid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SourceDefinition json() { return {}; }

SourceDefinition csv(std::vector<std::string> columns = {}) {
  SourceDefinition source;
  source.name = "sales";
  source.format = RecordFormat::kCsv;
  source.columns = std::move(columns);
  return source;
}

/// A file with this text, opened.
class File {
 public:
  File(const std::string& text, const SourceDefinition& source) {
    const auto path = directory_.path() / "input";
    std::ofstream(path, std::ios::binary) << text;
    opened_ = RecordFile::open(path.string(), source);
  }

  Result<RecordFile>& opened() { return opened_; }

  /// All records, `max` at a time.
  std::vector<std::string> records(size_t max = 1000) {
    std::vector<std::string> values;
    while (true) {
      const RecordBatch batch = opened_->next(max);
      for (const Record& record : batch) {
        EXPECT_EQ(record.offset, static_cast<int64_t>(values.size()));
        EXPECT_FALSE(record.timestamp.has_value());
        values.emplace_back(record.value);
      }
      if (batch.empty()) return values;
    }
  }

 private:
  TemporaryDirectory directory_;
  Result<RecordFile> opened_ = failure("not opened");
};

std::vector<std::string> records(const std::string& text, const SourceDefinition& source) {
  return File(text, source).records();
}

TEST(RecordFile, HasOneRecordALine) {
  EXPECT_THAT(records("{\"a\":1}\n{\"a\":2}\n", json()), ElementsAre("{\"a\":1}", "{\"a\":2}"));
}

TEST(RecordFile, TakesALastLineWithoutItsEnd) {
  EXPECT_THAT(records("{}\n{\"a\":2}", json()), ElementsAre("{}", "{\"a\":2}"));
}

TEST(RecordFile, PassesOverBlankLinesWithoutAnOffset) {
  EXPECT_THAT(records("\n{}\n  \t\n\r\n{}\r\n\n", json()), ElementsAre("{}", "{}\r"));
}

TEST(RecordFile, HasNoRecordsWhenEmpty) {
  File file("", json());
  EXPECT_TRUE(file.opened()->at_end());
  EXPECT_THAT(file.records(), IsEmpty());
}

TEST(RecordFile, KeepsQuotesInJsonOutOfIt) {
  EXPECT_THAT(records("{\"a\n{}\n", json()), ElementsAre("{\"a", "{}"));
}

TEST(RecordFile, GivesTheSameRecordsInBatchesOfAnySize) {
  const std::string text = "1\n2\n\n3\n4\n5\n";
  for (const size_t max : {1U, 2U, 3U, 5U, 100U}) {
    EXPECT_THAT(File(text, json()).records(max), ElementsAre("1", "2", "3", "4", "5"));
  }
}

TEST(RecordFile, TellsHowFarItIs) {
  File file("1\n22\n", json());
  EXPECT_EQ(file.opened()->bytes_read(), 0U);
  file.opened()->next(1);
  EXPECT_EQ(file.opened()->bytes_read(), 2U);
  EXPECT_EQ(file.opened()->bytes_total(), 5U);
}

TEST(RecordFileOfCsv, TakesItsHeaderOffWhereTheSourceHasNoColumns) {
  File file("ts,amount\n1,2\n", csv());
  EXPECT_THAT(file.opened()->columns(), ElementsAre("ts", "amount"));
  EXPECT_THAT(file.records(), ElementsAre("1,2"));
}

TEST(RecordFileOfCsv, TakesLineOneForARecordWhereTheSourceHasColumns) {
  File file("ts,amount\n1,2\n", csv({"a", "b"}));
  EXPECT_THAT(file.opened()->columns(), ElementsAre("a", "b"));
  EXPECT_THAT(file.records(), ElementsAre("ts,amount", "1,2"));
}

TEST(RecordFileOfCsv, ReadsTheHeaderOfAnySystem) {
  File file("\xEF\xBB\xBFts,\"the amount\"\r\n1,2\r\n", csv());
  EXPECT_THAT(file.opened()->columns(), ElementsAre("ts", "the amount"));
  EXPECT_THAT(file.records(), ElementsAre("1,2\r"));
}

TEST(RecordFileOfCsv, HasNoRecordsWithAHeaderAlone) {
  EXPECT_THAT(records("ts,amount\n", csv()), IsEmpty());
  EXPECT_THAT(records("ts,amount", csv()), IsEmpty());
}

TEST(RecordFileOfCsv, RefusesAFileWithoutAHeader) {
  for (const char* text : {"", "\n", "  \nts,amount\n", "ts,\"amount\n1,2\n"}) {
    File file(text, csv());
    ASSERT_FALSE(file.opened().has_value()) << text;
    EXPECT_THAT(file.opened().error().text, HasSubstr("line 1 is no header"));
  }
}

TEST(RecordFileOfCsv, LetsAQuotedCellGoOverLines) {
  EXPECT_THAT(records("1,\"two\nlines\"\n2,\"three\r\n\nlines\"\r\n3,x\n", csv({"a", "b"})),
              ElementsAre("1,\"two\nlines\"", "2,\"three\r\n\nlines\"\r", "3,x"));
}

TEST(RecordFileOfCsv, LetsADoubledQuoteStandAtTheEndOfALine) {
  EXPECT_THAT(records("1,\"say \"\"\nno\"\"\"\n2,x\n", csv({"a", "b"})),
              ElementsAre("1,\"say \"\"\nno\"\"\"", "2,x"));
}

TEST(RecordFileOfCsv, TakesALineWithAnOpenQuoteForARecordByItself) {
  EXPECT_THAT(records("1,\"open\n2,b\n3,c\n", csv({"a", "b"})),
              ElementsAre("1,\"open", "2,b", "3,c"));
}

TEST(RecordFileOfCsv, DoesNotJoinLinesThatMakeNoWholeRow) {
  EXPECT_THAT(records("1,\"open\n2,b,\"c\n3,c\n", csv({"a", "b"})),
              ElementsAre("1,\"open", "2,b,\"c", "3,c"));
}

TEST(RecordFileOfCsv, KeepsAQuoteInsideAPlainCellOnItsLine) {
  EXPECT_THAT(records("1,5\" pipe\n2,6\" pipe\n", csv({"a", "b"})),
              ElementsAre("1,5\" pipe", "2,6\" pipe"));
}

TEST(RecordFile, SaysWhichFileItCannotOpen) {
  const auto missing = RecordFile::open("no/such/file", json());
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().text, "cannot open no/such/file: No such file or directory");
}

TEST(RecordFile, RefusesADirectory) {
  const TemporaryDirectory directory;
  const auto opened = RecordFile::open(directory.path().string(), json());
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().text, HasSubstr("Is a directory"));
}

TEST(RecordFile, ReadsAPipe) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path) << "1\n2\n"; });
  auto opened = RecordFile::open(path.string(), json());
  writer.join();
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->next(10).size(), 2U);
}

}  // namespace
}  // namespace kpid
