#include "pipeline/decode/csv_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kpid {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(CsvLine, IsSplitIntoCells) {
  EXPECT_THAT(split_csv_line(""), Optional(ElementsAre("")));
  EXPECT_THAT(split_csv_line(","), Optional(ElementsAre("", "")));
  EXPECT_THAT(split_csv_line("a,b c, d "), Optional(ElementsAre("a", "b c", " d ")));
  EXPECT_THAT(split_csv_line("\xEF\xBB\xBFInvoice,\"Unit, Price\"\r\n"),
              Optional(ElementsAre("Invoice", "Unit, Price")));
  EXPECT_THAT(split_csv_line("\"\",\"\"\"\",\"a\"\"b\"\"\""),
              Optional(ElementsAre("", "\"", "a\"b\"")));
  EXPECT_THAT(split_csv_line("\"a\nb\",c\n"), Optional(ElementsAre("a\nb", "c")));
  EXPECT_THAT(split_csv_line("a\xFF,b"), Optional(ElementsAre("a\uFFFD", "b")));
}

TEST(CsvLine, IsRefusedWhenItIsNotOneLine) {
  for (const char* line : {"\"a", "\"a\"\"", "a\"", "\"a\"b", "a\nb", "a\r\nb", "a\rb", "a\n\n"}) {
    EXPECT_EQ(split_csv_line(line), std::nullopt) << line;
  }
}

TEST(CsvLine, KeepsItsCellsUntilTheNextOne) {
  CsvLine line;
  ASSERT_TRUE(line.split("\"a\"\"b\",\"c\"\"d\",\"e\"\"\""));
  EXPECT_THAT(line.cells(), ElementsAre("a\"b", "c\"d", "e\""));
  ASSERT_TRUE(line.split("x"));
  EXPECT_THAT(line.cells(), ElementsAre("x"));
}

TEST(CsvLine, ContinuesInTheNextLineOfAFileWhileAQuoteIsOpen) {
  EXPECT_FALSE(csv_record_continues("a,b"));
  EXPECT_FALSE(csv_record_continues("a,\"b\""));
  EXPECT_TRUE(csv_record_continues("a,\"b"));
  EXPECT_TRUE(csv_record_continues("a,\"b\"\""));
  EXPECT_FALSE(csv_record_continues("a,\"b\"\"\nc\""));
}

}  // namespace
}  // namespace kpid
