#include "pipeline/formula/letter_case.h"

#include <gtest/gtest.h>

#include <vector>

#include "pipeline/decode/utf8.h"

namespace kpid {
namespace {

TEST(LetterCase, IsThatOfEveryScriptWhereOneLetterBecomesOne) {
  struct Pair {
    char32_t upper;
    char32_t lower;
  };
  const std::vector<Pair> pairs = {
      {U'A', U'a'},   {U'Z', U'z'},                    // ASCII
      {U'À', U'à'},   {U'Ö', U'ö'},                    // Latin-1
      {U'Ø', U'ø'},   {U'Þ', U'þ'},                    // on both sides of ×
      {U'Ÿ', U'ÿ'},                                    // across blocks
      {U'Ā', U'ā'},   {U'Ž', U'ž'},                    // every second letter
      {U'Α', U'α'},   {U'Ω', U'ω'},                    // Greek
      {U'А', U'а'},   {U'Я', U'я'},                    // Cyrillic
      {U'Ѐ', U'ѐ'},   {U'Ա', U'ա'},                    // and on
      {U'Ⱥ', U'ⱥ'},                                    // two bytes, three bytes
      {U'Ａ', U'ａ'}, {U'\U00010400', U'\U00010428'},  // full width, beyond 16 bits
  };
  for (const auto& [upper, lower] : pairs) {
    EXPECT_EQ(lower_case(upper), lower) << static_cast<uint32_t>(upper);
    EXPECT_EQ(upper_case(lower), upper) << static_cast<uint32_t>(lower);
    EXPECT_EQ(lower_case(lower), lower) << static_cast<uint32_t>(lower);
    EXPECT_EQ(upper_case(upper), upper) << static_cast<uint32_t>(upper);
  }
}

TEST(LetterCase, LeavesWhatHasNone) {
  // The neighbours of ASCII's letters, × and ÷ among Latin-1's, letters of scripts without case,
  // and letters whose other case would be several.
  for (const char32_t letter :
       {U'\0', U'@', U'[', U'`', U'{', U'0', U' ', U'\x7F', U'\x80', U'×', U'÷', U'ß', U'א', U'中',
        U'あ', U'ﬁ', U'ŉ', U'\U0001F600', U'\U0010FFFF'}) {
    EXPECT_EQ(lower_case(letter), letter) << static_cast<uint32_t>(letter);
    EXPECT_EQ(upper_case(letter), letter) << static_cast<uint32_t>(letter);
  }
  EXPECT_EQ(lower_case(U'İ'), U'İ');
}

TEST(LetterCase, OfOneLetterOnlyGoesOneWay) {
  EXPECT_EQ(upper_case(U'ς'), U'Σ');  // the final sigma
  EXPECT_EQ(lower_case(U'Σ'), U'σ');
  EXPECT_EQ(upper_case(U'ſ'), U'S');
  EXPECT_EQ(lower_case(U'K'), U'k');  // the sign of Kelvin
  EXPECT_EQ(lower_case(U'ẞ'), U'ß');
  EXPECT_EQ(upper_case(U'µ'), U'Μ');  // the sign of micro becomes the Greek letter
  EXPECT_EQ(upper_case(U'ǆ'), U'Ǆ');
  EXPECT_EQ(upper_case(U'ǅ'), U'Ǆ');
  EXPECT_EQ(lower_case(U'ǅ'), U'ǆ');
}

TEST(LetterCase, OfEveryCodePointIsACodePointOfAtMostHalfAsManyBytesMore) {
  char bytes[4];
  const auto size = [&](char32_t letter) { return write_utf8(letter, bytes) - bytes; };
  int lower_letters = 0;
  int upper_letters = 0;
  for (char32_t letter = 0; letter <= 0x10FFFF; ++letter) {
    if (letter >= 0xD800 && letter <= 0xDFFF) continue;
    const char32_t lower = lower_case(letter);
    const char32_t upper = upper_case(letter);
    ASSERT_EQ(lower_case(lower), lower) << static_cast<uint32_t>(letter);
    ASSERT_EQ(upper_case(upper), upper) << static_cast<uint32_t>(letter);
    ASSERT_LE(2 * std::max(size(lower), size(upper)), 3 * size(letter))
        << static_cast<uint32_t>(letter);
    lower_letters += lower != letter ? 1 : 0;
    upper_letters += upper != letter ? 1 : 0;
  }
  EXPECT_EQ(lower_letters, 26 + 1406);
  EXPECT_EQ(upper_letters, 26 + 1397);
}

}  // namespace
}  // namespace kpid
