#include "pipeline/event/decimal.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <limits>

namespace kpid {
namespace {

constexpr Int128 kLargest = ~(static_cast<Int128>(1) << 127);
constexpr Int128 kLeast = static_cast<Int128>(1) << 127;

/// The number as digits, or why it is none.
std::string read_int(std::string_view text) {
  int64_t value = 0;
  switch (parse_int(text, value)) {
    case NumberStatus::kOk:
      return std::to_string(value);
    case NumberStatus::kNotANumber:
      return "not a number";
    case NumberStatus::kNotAnInt:
      return "not an int";
    case NumberStatus::kOutOfRange:
      return "out of range";
  }
  return {};
}

std::string read_decimal(std::string_view text) {
  Decimal value;
  switch (parse_decimal(text, value)) {
    case NumberStatus::kOk:
      return format_decimal(value);
    case NumberStatus::kNotANumber:
      return "not a number";
    case NumberStatus::kNotAnInt:
      return "not an int";
    case NumberStatus::kOutOfRange:
      return "out of range";
  }
  return {};
}

struct Case {
  std::string text;
  std::string expected;
};

TEST(NumberGrammar, IsJsonsWithNothingAroundIt) {
  for (const char* text : {"0", "-0", "1", "10", "0.0", "1.50", "1e0", "1E+5", "1e-5", "0e0",
                           "-1.5e+007", "1e00000000000000000000000"}) {
    EXPECT_TRUE(is_number(text)) << text;
    EXPECT_NE(read_decimal(text), "not a number") << text;
    EXPECT_NE(read_int(text), "not a number") << text;
  }
  for (const char* text :
       {"",    "-",        "+1",        "01",    "-01", "00", ".5",       "5.",    "1.e5", "e5",
        "1e",  "1e+",      "1e5.0",     "1e5e5", " 1",  "1 ", "1,5",      "1_000", "0x10", "NaN",
        "nan", "Infinity", "-Infinity", "--1",   "1-",  "1a", "\xD9\xA1", "true"}) {
    EXPECT_FALSE(is_number(text)) << text;
    EXPECT_EQ(read_decimal(text), "not a number") << text;
    EXPECT_EQ(read_int(text), "not a number") << text;
  }
  EXPECT_FALSE(is_number(std::string_view("1\0", 2)));
}

TEST(Ints, AreReadExactlyOrNotAtAll) {
  const Case cases[] = {
      {"-0", "0"},
      {"3.0", "3"},
      {"3.000000000000000000000000000000", "3"},
      {"3e2", "300"},
      {"1.5e1", "15"},
      {"1500e-2", "15"},
      {"0.00000000000000000001e20", "1"},
      {"100000000000000000000e-20", "1"},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "out of range"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-9223372036854775809", "out of range"},
      {"9.223372036854775807e18", "9223372036854775807"},
      {"99999999999999999999", "out of range"},
      {"123456789012345678901234567890", "out of range"},
      {"1e400", "out of range"},
      {"-1e400", "out of range"},
      {"1e99999999999999999999", "out of range"},
      {"0e99999999999999999999", "0"},
      {"0.0e-99999999999999999999", "0"},
      {"1.5", "not an int"},
      {"15e-1", "not an int"},
      {"1e-400", "not an int"},
      {"1e-99999999999999999999", "not an int"},
      {"123456789012345678901234567890.5", "not an int"},
  };
  for (const Case& c : cases) EXPECT_EQ(read_int(c.text), c.expected) << c.text;
}

TEST(Decimals, AreRoundedHalfToEvenAtNineDigits) {
  const Case cases[] = {
      {"1005.73", "1005.73"},
      {"-0", "0"},
      {"-0.0000000001", "0"},
      {"0.0000000005", "0"},
      {"0.0000000015", "0.000000002"},
      {"0.0000000025", "0.000000002"},
      {"-0.0000000015", "-0.000000002"},
      {"0.00000000050000000000000000000000000001", "0.000000001"},
      {"0.00000000049999999999999999999999999999", "0"},
      {"0.0000000005e0", "0"},
      {"5e-10", "0"},
      {"50e-11", "0"},
      {"6e-10", "0.000000001"},
      {"4e-10", "0"},
      {"9e-11", "0"},
      {"0.9999999995", "1"},
      {"1e-400", "0"},
      {"-1e-99999999999999999999", "0"},
      {"0e99999999999999999999", "0"},
      {"1e17", "100000000000000000"},
      {"1e18", "out of range"},
      {"-1e18", "out of range"},
      {"0.000001e23", "100000000000000000"},
      {"999999999999999999.999999999", "999999999999999999.999999999"},
      {"999999999999999999.9999999994", "999999999999999999.999999999"},
      {"999999999999999999.9999999995", "out of range"},
      {"-999999999999999999.9999999995", "out of range"},
      {"123456789012345678901234567890", "out of range"},
      {"123456789012345678901234567890e-20", "1234567890.123456789"},
      {"1e400", "out of range"},
      {"1e99999999999999999999", "out of range"},
      {"1" + std::string(400, '0') + "e-400", "1"},
      {"0." + std::string(400, '0') + "1e401", "1"},
  };
  for (const Case& c : cases) EXPECT_EQ(read_decimal(c.text), c.expected) << c.text;
}

TEST(Floors, AreOfTheExactNumber) {
  struct FloorCase {
    std::string_view text;
    int shift;
    int64_t expected;
  };
  const FloorCase cases[] = {
      {"1.0005", 3, 1000},
      {"-0.5", 0, -1},
      {"-1", 0, -1},
      {"0.999999999999", 0, 0},
      {"-1e-400", 3, -1},
      {"1e-400", 3, 0},
      {"-0.0", 3, 0},
      {"-1.0000", 3, -1000},
      {"1700000000.9999", 3, 1'700'000'000'999},
      {"-9223372036854775808", 0, std::numeric_limits<int64_t>::min()},
      {"9223372036854775807.9", 0, std::numeric_limits<int64_t>::max()},
  };
  for (const FloorCase& c : cases) {
    int64_t value = 0;
    ASSERT_EQ(parse_floor(c.text, c.shift, value), NumberStatus::kOk) << c.text;
    EXPECT_EQ(value, c.expected) << c.text;
  }
  int64_t value = 0;
  EXPECT_EQ(parse_floor("9223372036854775808", 0, value), NumberStatus::kOutOfRange);
  EXPECT_EQ(parse_floor("-9223372036854775808.1", 0, value), NumberStatus::kOutOfRange);
  EXPECT_EQ(parse_floor("1e30", 0, value), NumberStatus::kOutOfRange);
  EXPECT_EQ(parse_floor("1x", 0, value), NumberStatus::kNotANumber);
}

TEST(Decimals, AreWrittenInPlainDigits) {
  EXPECT_EQ(format_decimal({0}), "0");
  EXPECT_EQ(format_decimal({1}), "0.000000001");
  EXPECT_EQ(format_decimal({-1}), "-0.000000001");
  EXPECT_EQ(format_decimal({kNanosPerUnit}), "1");
  EXPECT_EQ(format_decimal({kNanosPerUnit * 100}), "100");
  EXPECT_EQ(format_decimal({kNanosPerUnit + 50'000'000}), "1.05");
  EXPECT_EQ(format_decimal({kNanosPerUnit + 50'000}), "1.00005");
  EXPECT_EQ(format_decimal({Int128{UINT64_MAX}}), "18446744073.709551615");
  EXPECT_EQ(format_decimal({Int128{UINT64_MAX} + 1}), "18446744073.709551616");
  EXPECT_EQ(format_decimal({Int128{UINT64_MAX} * kNanosPerUnit}), "18446744073709551615");
  EXPECT_EQ(format_decimal({Int128{10'000'000'000} * kNanosPerUnit * kNanosPerUnit}),
            "10000000000000000000");
  EXPECT_EQ(format_decimal({Int128{20'000'000'000} * kNanosPerUnit * kNanosPerUnit + 1}),
            "20000000000000000000.000000001");
  EXPECT_EQ(format_decimal({kLargest}), "170141183460469231731687303715.884105727");
  EXPECT_EQ(format_decimal({kLeast}), "-170141183460469231731687303715.884105728");
  std::string text = "x=";
  append_decimal(text, {-1'500'000'000});
  EXPECT_EQ(text, "x=-1.5");
}

TEST(Quotients, AreRoundedHalfToEven) {
  struct Division {
    Int128 dividend;
    Int128 divisor;
    Int128 quotient;
  };
  const Division cases[] = {
      {7, 2, 4},
      {5, 2, 2},
      {3, 2, 2},
      {1, 2, 0},
      {-1, 2, 0},
      {-3, 2, -2},
      {-5, 2, -2},
      {5, -2, -2},
      {-7, -2, 4},
      {1, 3, 0},
      {2, 3, 1},
      {-2, 3, -1},
      {0, -5, 0},
      {6, 3, 2},
      {kLargest, 1, kLargest},
      {kLargest, -1, -kLargest},
      {kLargest, kLargest, 1},
      {kLeast, 2, kLeast / 2},
  };
  for (const Division& c : cases) {
    EXPECT_TRUE(divide_half_even(c.dividend, c.divisor) == c.quotient)
        << format_decimal({c.dividend}) << " by " << format_decimal({c.divisor});
  }
}

Decimal any_decimal() {
  const auto high = *rc::gen::arbitrary<int64_t>();
  const auto low = *rc::gen::arbitrary<uint64_t>();
  const auto shift = *rc::gen::inRange(0, 128);
  return {((static_cast<Int128>(high) << 64) | low) >> shift};
}

RC_GTEST_PROP(Decimals, BecomeTheDoubleThatTheirTextIs, ()) {
  const Decimal decimal = any_decimal();
  RC_ASSERT(to_double(decimal) == std::strtod(format_decimal(decimal).c_str(), nullptr));
}

TEST(Decimals, BecomeTheNearestDoubleAlsoWhereItIsATie) {
  // Around powers of two the distance between doubles changes; a tie needs exactly half of it.
  for (int bits = 40; bits < 126; ++bits) {
    for (int offset = -3; offset <= 3; ++offset) {
      for (const int64_t scale : {int64_t{1}, kNanosPerUnit}) {
        if (bits > 95 && scale != 1) continue;
        const Int128 base = static_cast<Int128>(1) << bits;
        const Decimal decimal{(base + (base >> 53) + offset) * scale};
        EXPECT_EQ(to_double(decimal), std::strtod(format_decimal(decimal).c_str(), nullptr));
        EXPECT_EQ(to_double({-decimal.nanos}), -to_double(decimal));
      }
    }
  }
}

RC_GTEST_PROP(Decimals, OfAFieldSurviveBeingWrittenAndRead, ()) {
  const Decimal decimal{any_decimal().nanos % kDecimalLimit};
  Decimal back;
  RC_ASSERT(parse_decimal(format_decimal(decimal), back) == NumberStatus::kOk);
  RC_ASSERT(back == decimal);
}

RC_GTEST_PROP(Ints, SurviveBeingWrittenWithAnyExponent, (int64_t value)) {
  const int zeros = *rc::gen::inRange(0, 40);
  const std::string text = std::to_string(value) + std::string(static_cast<size_t>(zeros), '0') +
                           "e-" + std::to_string(zeros);
  RC_PRE(value != 0 || zeros == 0);
  RC_ASSERT(read_int(text) == std::to_string(value));
}

/// A number without exponent, of lengths on both sides of what one word holds.
std::string plain_number(bool negative, const std::string& whole, const std::string& fraction) {
  return (negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

RC_GTEST_PROP(PlainNumbers, AreWhatTheyAreWithAnExponentOfZero, (bool negative)) {
  const auto digits = [](int least, int most) {
    const auto size = *rc::gen::inRange(least, most + 1);
    return *rc::gen::container<std::string>(static_cast<size_t>(size),
                                            rc::gen::inRange('0', static_cast<char>('9' + 1)));
  };
  const std::string plain = plain_number(negative, digits(1, 21), digits(0, 12));
  const std::string close = plain + "e0";
  RC_ASSERT(is_number(plain) == is_number(close));
  RC_ASSERT(read_int(plain) == read_int(close));
  Decimal decimal;
  Decimal expected;
  RC_ASSERT(parse_decimal(plain, decimal) == parse_decimal(close, expected));
  RC_ASSERT(decimal == expected);
  for (const int shift : {0, 3, 6, 9, 18}) {
    int64_t floor = 0;
    int64_t expected_floor = 0;
    RC_ASSERT(parse_floor(plain, shift, floor) == parse_floor(close, shift, expected_floor));
    RC_ASSERT(floor == expected_floor);
  }
}

}  // namespace
}  // namespace kpid
