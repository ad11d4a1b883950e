#include "pipeline/event/plain_number.h"

#include <gtest/gtest.h>

#include <string_view>

namespace kpid {
namespace {

constexpr std::string_view kNone = "none";

/// The plain number that the text begins with, or `kNone`.
std::string_view taken(std::string_view text) {
  PlainNumber number;
  const char* const end = number.read(text.data(), text.data() + text.size());
  return end == nullptr ? kNone : text.substr(0, static_cast<size_t>(end - text.data()));
}

TEST(PlainNumber, EndsWhereDigitsAndAPointDo) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0", "0"},
      {"-0", "-0"},
      {"12,13", "12"},
      {"-0.50}", "-0.50"},
      {"1.5.5", "1.5"},
      {"1e5", "1"},
      {"1-", "1"},
      {"123456789012345678 ", "123456789012345678"},
      {"1234567890123456789", kNone},
      {"1234567890.12345678", "1234567890.12345678"},
      {"1234567890.123456789", kNone},
      {"0.0", "0.0"},
      {"00", kNone},
      {"-01", kNone},
      {"1.", kNone},
      {"1.,", kNone},
      {".5", kNone},
      {"-", kNone},
      {"-.5", kNone},
      {"+1", kNone},
      {" 1", kNone},
      {"", kNone},
      {"x", kNone},
      {"/", kNone},
      {":", kNone},
      {"\xB1", kNone},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(taken(text), expected) << text;
}

PlainNumber number_of(std::string_view text) {
  PlainNumber number;
  EXPECT_NE(number.read(text.data(), text.data() + text.size()), nullptr) << text;
  return number;
}

TEST(PlainNumber, IsAnIntOnlyWithoutAFraction) {
  int64_t value = 0;
  EXPECT_TRUE(number_of("-999999999999999999").to_int(value));
  EXPECT_EQ(value, -999'999'999'999'999'999);
  EXPECT_FALSE(number_of("3.0").to_int(value));  // it is one, but parse_int has to say so
}

TEST(PlainNumber, IsADecimalOfAtMostNineFractionalDigits) {
  Decimal decimal;
  EXPECT_TRUE(number_of("-1.5").to_decimal(decimal));
  EXPECT_EQ(decimal.nanos, -1'500'000'000);
  EXPECT_TRUE(number_of("0.123456789").to_decimal(decimal));
  EXPECT_EQ(decimal.nanos, 123'456'789);
  EXPECT_TRUE(number_of("999999999999999999").to_decimal(decimal));
  EXPECT_EQ(decimal.nanos, Int128{999'999'999'999'999'999} * kNanosPerUnit);
  EXPECT_FALSE(number_of("0.1234567890").to_decimal(decimal));
}

TEST(PlainNumber, IsShiftedWhereNothingIsCutAndAWordHoldsIt) {
  int64_t value = 0;
  EXPECT_TRUE(number_of("-1.25").to_floor(3, value));
  EXPECT_EQ(value, -1250);
  EXPECT_TRUE(number_of("7").to_floor(0, value));
  EXPECT_EQ(value, 7);
  EXPECT_TRUE(number_of("10000000000000").to_floor(4, value));
  EXPECT_EQ(value, 100'000'000'000'000'000);
  EXPECT_FALSE(number_of("100000000000000").to_floor(4, value));
  EXPECT_FALSE(number_of("1.2345").to_floor(3, value));
}

}  // namespace
}  // namespace kpid
