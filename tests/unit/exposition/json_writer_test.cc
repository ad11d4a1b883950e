#include "pipeline/publish/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace kpid {
namespace {

TEST(JsonWriter, PutsCommasBetweenValuesOnly) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("a").begin_array().integer(1).begin_object().end_object().integer(2);
  json.end_array().key("b").begin_object().key("c").null().key("d").boolean(true).end_object();
  json.key("e").begin_array().end_array().key("f").string("").end_object();
  EXPECT_EQ(text, R"({"a":[1,{},2],"b":{"c":null,"d":true},"e":[],"f":""})");
}

TEST(JsonWriter, EscapesWhatJsonDemandsAndRepairsTheRest) {
  struct Case {
    std::string_view text;
    std::string_view json;
  };
  for (const Case& c : {
           Case{"été", "\"été\""},
           Case{"a\"b\\c/d", R"("a\"b\\c/d")"},
           Case{"\n\r\t", R"("\n\r\t")"},
           Case{std::string_view("\0\x01\x1F\x7F", 4), "\"\\u0000\\u0001\\u001f\x7F\""},
           Case{"a\xFF\xC3z", "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\""},
       }) {
    std::string out;
    JsonWriter(out).string(c.text);
    EXPECT_EQ(out, c.json);
  }
}

TEST(JsonWriter, NamesOfMembersAreEscapedToo) {
  std::string text;
  JsonWriter(text).begin_object().key("a\"b").integer(1).end_object();
  EXPECT_EQ(text, R"({"a\"b":1})");
}

TEST(JsonWriter, WritesNumbersThatReadBackAsTheSame) {
  std::string text;
  JsonWriter(text)
      .begin_array()
      .integer(std::numeric_limits<int64_t>::min())
      .unsigned_integer(std::numeric_limits<uint64_t>::max())
      .real(0.1)
      .number(Number(Decimal{-1'500'000'000}))
      .number(Number(1.0 / 3))
      .end_array();
  EXPECT_EQ(text, "[-9223372036854775808,18446744073709551615,0.1,-1.5,0.3333333333333333]");
}

}  // namespace
}  // namespace kpid
