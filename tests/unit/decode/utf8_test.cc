#include "pipeline/decode/utf8.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

std::string repaired(std::string_view text) {
  std::string out = "what was there before";
  repair_utf8(text, out);
  return out;
}

TEST(Utf8, ReplacesEachMaximalIllFormedPartByOneCharacter) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"\u00e4\u20ac\U0001F600", "\u00e4\u20ac\U0001F600"},
      // The examples of the Unicode standard, tables 3-8 to 3-11.
      {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA"},
      {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA"},
      {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA\uFFFD\uFFFDB"},
      {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "\uFFFD\uFFFD\uFFFD\uFFFDA"},
      // The first and the last code point of each length, and their neighbours.
      {"\xC1\xBF|\xC2\x80|\xDF\xBF", "\uFFFD\uFFFD|\xC2\x80|\xDF\xBF"},
      {"\xE0\x9F\xBF|\xE0\xA0\x80|\xEF\xBF\xBF", "\uFFFD\uFFFD\uFFFD|\xE0\xA0\x80|\xEF\xBF\xBF"},
      {"\xED\x9F\xBF|\xED\xA0\x80|\xEE\x80\x80", "\xED\x9F\xBF|\uFFFD\uFFFD\uFFFD|\xEE\x80\x80"},
      {"\xF0\x8F\xBF\xBF|\xF0\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD|\xF0\x90\x80\x80"},
      {"\xF4\x8F\xBF\xBF|\xF4\x90\x80\x80|\xF5",
       "\xF4\x8F\xBF\xBF|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD"},
      // Cut short by the end.
      {"eight by\xF0\x9F\x98", "eight by\uFFFD"},
      {"\xE2\x82", "\uFFFD"},
      {"\xC3", "\uFFFD"},
      {"\u00e4\u00f6\xC3", "\u00e4\u00f6\uFFFD"},
      {"\xC3\x41\u00e4\xC3\xC3\xA4", "\uFFFDA\u00e4\uFFFD\u00e4"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(repaired(text), expected);
    EXPECT_EQ(valid_utf8(text), text == expected) << expected;
  }
}

TEST(Utf8, CutsAtAWholeCodePoint) {
  EXPECT_EQ(cut_at_code_point("abc", 3), "abc");
  EXPECT_EQ(cut_at_code_point("abc", 2), "ab");
  EXPECT_EQ(cut_at_code_point("abc", 0), "");
  EXPECT_EQ(cut_at_code_point("a\u00e4", 3), "a\u00e4");
  EXPECT_EQ(cut_at_code_point("a\u00e4", 2), "a");
  EXPECT_EQ(cut_at_code_point("a\U0001F600b", 5), "a\U0001F600");
  EXPECT_EQ(cut_at_code_point("a\U0001F600b", 4), "a");
  EXPECT_EQ(cut_at_code_point("\U0001F600", 3), "");
}

TEST(Utf8, ReadsBackEveryCodePointThatItWrites) {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    char bytes[5] = {};
    const std::string_view written(bytes, write_utf8(code_point, bytes) - bytes);
    ASSERT_TRUE(valid_utf8(written));
    size_t size = 0;
    ASSERT_EQ(first_code_point(std::string_view(bytes, 5), size), code_point);
    ASSERT_EQ(size, written.size());
  }
}

TEST(Utf8, SaysHowLongAnIllFormedPartIs) {
  const std::pair<std::string_view, size_t> cases[] = {
      {"\x80z", 1}, {"\xC3", 1}, {"\xE2\x82z", 2}, {"\xF0\x9F\x98", 3}, {"\xED\xA0\x80", 1}};
  for (const auto& [text, expected] : cases) {
    size_t size = 0;
    EXPECT_EQ(first_code_point(text, size), std::nullopt);
    EXPECT_EQ(size, expected);
  }
}

}  // namespace
}  // namespace kpid
