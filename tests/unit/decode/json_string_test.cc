#include "pipeline/decode/json_string.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

/// Where the first special byte of the text is; its size where there is none.
size_t first_special(std::string_view text) {
  return static_cast<size_t>(find_special(text.data(), text.data() + text.size()) - text.data());
}

TEST(JsonString, HasAFirstSpecialByteWhicheverAndWhereverItIs) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool special = byte < ' ' || byte == '"' || byte == '\\' || byte > 0x7F;
    for (size_t size = 1; size < 40; ++size) {
      for (size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        ASSERT_EQ(first_special(text), special ? at : size) << byte << " of " << size;
        ASSERT_EQ(first_special(text + "\""), special ? at : size) << byte << " of " << size;
      }
    }
  }
  EXPECT_EQ(first_special(""), 0u);
}

TEST(JsonString, EndsAtTheFirstQuoteThatNoBackslashEscapes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"(")", ""},
      {R"(abc" "d")", "abc"},
      {R"(\"")", R"(\")"},
      {R"(\\"")", R"(\\)"},
      {R"(\\\"")", R"(\\\")"},
      {R"(a\nb\"c\\",)", R"(a\nb\"c\\)"},
      {R"(\"\"\"" ")", R"(\"\"\")"},
      {"\x01\xFF\xC3\"", "\x01\xFF\xC3"},
      {"\\\xFF\"", "\\\xFF"},
  };
  for (const auto& [text, expected] : cases) {
    const char* const quote = find_quote(text.data(), text.data() + text.size());
    ASSERT_NE(quote, nullptr) << text;
    EXPECT_EQ(std::string_view(text.data(), quote), expected);
  }
}

TEST(JsonString, WithoutAClosingQuoteHasNoEnd) {
  for (const std::string_view text : {"", "abc", R"(\)", R"(\")", R"(\\\")", R"(a\"b\")"}) {
    EXPECT_EQ(find_quote(text.data(), text.data() + text.size()), nullptr) << text;
  }
}

TEST(JsonString, OfManyEscapesIsReadOnce) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += R"(\\)";
  text += '"';
  // A search that began anew behind every backslash would not end within the patience of a test.
  EXPECT_EQ(find_quote(text.data(), text.data() + text.size()), text.data() + text.size() - 1);
}

}  // namespace
}  // namespace kpid
