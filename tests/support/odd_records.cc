#include "tests/support/odd_records.h"

#include <fmt/format.h>

#include "pipeline/check.h"

namespace kpid {

namespace {

/// A good record with these members behind its time.
std::string with(std::string_view members) {
  return fmt::format(R"({{"ts":1700000000000,{}}})", members);
}

std::string repeated(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string nested(std::string_view open, std::string_view close, size_t depth) {
  return repeated(open, depth) + repeated(close, depth);
}

std::string render_value(const Column& column, size_t row) {
  switch (column.type) {
    case Type::kString:
      return std::string(column.strings[row]);
    case Type::kInt:
      return std::to_string(column.integers[row]);
    case Type::kDecimal:
    case Type::kDuration:
      return format_decimal(Decimal{column.nanos[row]});
    case Type::kBool:
      return column.integers[row] == 1 ? "true" : "false";
    case Type::kTime:
      return format_rfc3339(EventTime{Duration{column.integers[row]}});
  }
  KPID_ASSERT(!"a type outside the enumeration");
  return {};
}

std::vector<OddRecord> not_one_object() {
  return {
      {"null value", "", "malformed"},
      {"blanks only", " \t\r\n", "malformed"},
      {"not JSON", "ts=1700000000000", "malformed"},
      {"an array", R"([{"ts":1700000000000}])", "malformed"},
      {"a string", R"("ts")", "malformed"},
      {"a number", "17", "malformed"},
      {"the word null", "null", "malformed"},
      {"an open brace", "{", "malformed"},
      {"a closing brace", "}", "malformed"},
      {"a zero byte", std::string(1, '\0'), "malformed"},
      {"a byte order mark in front", "\xEF\xBB\xBF" + with(R"("count":1)"), "malformed"},
      {"cut inside a key", R"({"ts":1700000000000,"cou)", "malformed"},
      {"cut behind a key", R"({"ts":1700000000000,"count")", "malformed"},
      {"cut behind a colon", R"({"ts":1700000000000,"count":)", "malformed"},
      {"cut inside a number", R"({"ts":1700000000000,"count":1)", "malformed"},
      {"cut inside a text", R"({"ts":1700000000000,"name":"a)", "malformed"},
      {"cut inside an undeclared text", R"({"ts":1700000000000,"note":"a)", "malformed"},
      {"cut inside an undeclared array", R"({"ts":1700000000000,"note":[1,)", "malformed"},
      {"cut behind a comma", R"({"ts":1700000000000,)", "malformed"},
      {"cut behind an escape", R"({"ts":1700000000000,"name":"a\)", "malformed"},
      {"cut in front of the last brace", R"({"ts":1700000000000,"shop":{"address":{}})",
       "malformed"},
      {"text behind the object", with(R"("count":1)") + "x", "malformed"},
      {"a second object", with(R"("count":1)") + with(R"("count":1)"), "malformed"},
      {"a comma behind the object", with(R"("count":1)") + ",", "malformed"},
      {"a brace too many", with(R"("count":1)") + "}", "malformed"},
      {"a zero byte behind the object", with(R"("count":1)") + std::string(1, '\0'), "malformed"},
      {"a comma in front of the first key", R"({,"ts":1700000000000})", "malformed"},
      {"a comma in front of the brace", with(R"("count":1,)"), "malformed"},
      {"two commas", with(R"("count":1,,"amount":2)"), "malformed"},
      {"no comma", with(R"("count":1 "amount":2)"), "malformed"},
      {"no colon", with(R"("count" 1)"), "malformed"},
      {"two colons", with(R"("count"::1)"), "malformed"},
      {"no value", with(R"("count":,"amount":2)"), "malformed"},
      {"no undeclared value", with(R"("note":,"amount":2)"), "malformed"},
      {"no last value", with(R"("note":)"), "malformed"},
      {"a key without quotes", with("count:1"), "malformed"},
      {"a key in single quotes", with("'count':1"), "malformed"},
      {"a number as a key", with("1:1"), "malformed"},
      {"a comment", with(R"(/* one */"count":1)"), "malformed"},
      {"an undeclared text that is a key again", with(R"("note":"x":1)"), "malformed"},
      {"two undeclared values", with(R"("note":"x" "y")"), "malformed"},
      {"a closing bracket as undeclared value", with(R"("note":])"), "malformed"},
      {"too large", with(R"("note":")" + std::string(2 << 20, 'x') + "\""), "too_large"},
      {"too large and malformed", std::string((2 << 20) + 1, '{'), "too_large"},
  };
}

std::vector<OddRecord> times() {
  return {
      {"no time", R"({"count":1})", "time_missing"},
      {"an empty object", "{}", "time_missing"},
      {"a null time", R"({"ts":null,"count":1})", "time_missing"},
      {"a null time in front of a good one", R"({"ts":null,"ts":1700000000000})", "time_missing"},
      {"no time and a wrong type", R"({"count":"x"})", "time_missing"},
      {"an empty text as time", R"({"ts":""})", "wrong_type"},
      {"a date as time", R"({"ts":"2023-11-14"})", "wrong_type"},
      {"true as time", R"({"ts":true})", "wrong_type"},
      {"an object as time", R"({"ts":{}})", "wrong_type"},
      {"an array as time", R"({"ts":[1700000000000]})", "wrong_type"},
      {"NaN as time", R"({"ts":NaN})", "malformed"},
      {"time as text", R"({"ts":"1700000000000"})", ""},
      {"time with an exponent", R"({"ts":1.7e12})", ""},
      {"time finer than a millisecond", R"({"ts":1700000000000.999})", ""},
      {"stamp of the first instant", R"({"ts":31536000000})", ""},
      {"stamp one tick before the first instant", R"({"ts":31535999999})", "time_out_of_range"},
      {"stamp of the last instant", R"({"ts":7258118399999})", ""},
      {"stamp one tick behind the last instant", R"({"ts":7258118400000})", "time_out_of_range"},
      {"stamp of zero", R"({"ts":0})", "time_out_of_range"},
      {"stamp below zero", R"({"ts":-1})", "time_out_of_range"},
      {"stamp in seconds", R"({"ts":1700000000})", "time_out_of_range"},
      {"stamp in microseconds", R"({"ts":1700000000000000})", "time_out_of_range"},
      {"stamp of year 0", R"({"ts":-62167219200000})", "time_out_of_range"},
      {"stamp of year 9999", R"({"ts":253402300799999})", "time_out_of_range"},
      {"stamp of 1e30", R"({"ts":1e30})", "time_out_of_range"},
      {"stamp of 1e400", R"({"ts":1e400})", "time_out_of_range"},
      {"stamp of 30 digits", R"({"ts":170000000000000000000000000000})", "time_out_of_range"},
      {"stamp two days ahead", R"({"ts":1700172800000,"count":1})", "count=1"},
      {"stamp out of range and a number, too", R"({"ts":0,"count":1e30})", "time_out_of_range"},
      {"stamp out of range and a wrong type", R"({"ts":0,"count":"x"})", "wrong_type"},
  };
}

std::vector<OddRecord> numbers() {
  return {
      {"the largest int", with(R"("count":9223372036854775807)"), "count=9223372036854775807"},
      {"one above the largest int", with(R"("count":9223372036854775808)"), "out_of_range"},
      {"the least int", with(R"("count":-9223372036854775808)"), "count=-9223372036854775808"},
      {"one below the least int", with(R"("count":-9223372036854775809)"), "out_of_range"},
      {"an int with a zero fraction", with(R"("count":3.0)"), "count=3"},
      {"an int with an exponent", with(R"("count":3e2)"), "count=300"},
      {"an int as text", with(R"("count":"12")"), "count=12"},
      {"minus zero", with(R"("count":-0,"amount":-0.0)"), "count=0 amount=0"},
      {"an int with a fraction", with(R"("count":1.5)"), "wrong_type"},
      {"an int of 1e-400", with(R"("count":1e-400)"), "wrong_type"},
      {"an int of 1e400", with(R"("count":1e400)"), "out_of_range"},
      {"an int of 30 digits", with(R"("count":123456789012345678901234567890)"), "out_of_range"},
      {"an int from an empty text", with(R"("count":"")"), "wrong_type"},
      {"an int from a word", with(R"("count":"many")"), "wrong_type"},
      {"an int with a blank", with(R"("count":" 12")"), "wrong_type"},
      {"an int with a plus in text", with(R"("count":"+12")"), "wrong_type"},
      {"an int of true", with(R"("count":true)"), "wrong_type"},
      {"an int of null", with(R"("count":null)"), ""},
      {"an int of an array", with(R"("count":[1])"), "wrong_type"},
      {"an int of an object", with(R"("count":{})"), "wrong_type"},
      {"an int of a broken object", with(R"("count":{"a":tru})"), "malformed"},
      {"an int of an array with a comma behind", with(R"("count":[1,])"), "malformed"},
      {"an int of brackets that do not match", with(R"("count":[1})"), "malformed"},
      {"a leading zero", with(R"("count":01)"), "malformed"},
      {"a plus", with(R"("count":+1)"), "malformed"},
      {"a bare point in front", with(R"("amount":.5)"), "malformed"},
      {"a bare point behind", with(R"("amount":5.)"), "malformed"},
      {"an exponent without digits", with(R"("amount":1e)"), "malformed"},
      {"hexadecimal", with(R"("count":0x10)"), "malformed"},
      {"NaN", with(R"("amount":NaN)"), "malformed"},
      {"Infinity", with(R"("amount":-Infinity)"), "malformed"},
      {"NaN as text", with(R"("amount":"NaN")"), "wrong_type"},
      {"two numbers", with(R"("amount":1 2)"), "malformed"},
      {"a number with a quote", with(R"("amount":1"2")"), "malformed"},
      {"a comma for a point", with(R"("amount":"1,5")"), "wrong_type"},
      {"a decimal of nine digits", with(R"("amount":0.123456789)"), "amount=0.123456789"},
      {"a half nano, to even below", with(R"("amount":0.0000000005)"), "amount=0"},
      {"a half nano, to even above", with(R"("amount":0.0000000015)"), "amount=0.000000002"},
      {"above half a nano", with(R"("amount":0.00000000050000000000000000000001)"),
       "amount=0.000000001"},
      {"a decimal of 1e-400", with(R"("amount":1e-400)"), "amount=0"},
      {"a decimal of 1e400", with(R"("amount":1e400)"), "out_of_range"},
      {"a decimal of -1e400", with(R"("amount":-1e400)"), "out_of_range"},
      {"a decimal of 30 digits", with(R"("amount":123456789012345678901234567890)"),
       "out_of_range"},
      {"30 digits behind the point", with(R"("amount":0.123456789012345678901234567890)"),
       "amount=0.123456789"},
      {"the largest decimal", with(R"("amount":999999999999999999.999999999)"),
       "amount=999999999999999999.999999999"},
      {"the first decimal beyond", with(R"("amount":1000000000000000000)"), "out_of_range"},
      {"rounded beyond the largest decimal", with(R"("amount":999999999999999999.9999999995)"),
       "out_of_range"},
      {"zero with an exponent of 20 digits", with(R"("amount":0e99999999999999999999)"),
       "amount=0"},
      {"an exponent of 20 digits", with(R"("amount":1e99999999999999999999)"), "out_of_range"},
      {"an exponent of minus 20 digits", with(R"("amount":1e-99999999999999999999)"), "amount=0"},
      {"out of range and a wrong type", with(R"("count":1e30,"amount":"x")"), "wrong_type"},
      {"out of range in front of a bad tail", with(R"("count":1e30,"amount":tru)"), "malformed"},
      {"a bool of true", with(R"("flag":true)"), "flag=true"},
      {"a bool of false", with(R"("flag":false)"), "flag=false"},
      {"a bool as text", with(R"("flag":"true")"), "flag=true"},
      {"a bool of 1", with(R"("flag":1)"), "wrong_type"},
      {"a bool of True", with(R"("flag":"True")"), "wrong_type"},
      {"a bool cut short", with(R"("flag":tru)"), "malformed"},
      {"a bool too long", with(R"("flag":truex)"), "malformed"},
      {"null cut short", with(R"("flag":nul)"), "malformed"},
      {"a field's time", with(R"("paid_at":"2026-03-29T01:30:00+01:00")"),
       "paid_at=2026-03-29T00:30:00Z"},
      {"a field's time that is no time", with(R"("paid_at":"soon")"), "wrong_type"},
      {"a field's time of a day that is not", with(R"("paid_at":"2026-02-30T00:00:00Z")"),
       "wrong_type"},
      {"a field's time of year 0", with(R"("paid_at":"0000-01-01T00:00:00Z")"),
       "paid_at=0000-01-01T00:00:00Z"},
      {"a field's time before year 0", with(R"("paid_at":"0000-01-01T00:00:00+00:01")"),
       "out_of_range"},
      {"a field's time of year 9999", with(R"("paid_at":"9999-12-31T23:59:59.999Z")"),
       "paid_at=9999-12-31T23:59:59.999Z"},
      {"a field's time behind year 9999", with(R"("paid_at":"9999-12-31T23:59:60Z")"),
       "out_of_range"},
  };
}

std::vector<OddRecord> texts() {
  return {
      {"a text from a number", with(R"("name":1.50)"), "name=1.50"},
      {"a text from a bool", with(R"("name":true)"), "name=true"},
      {"a text from a bad number", with(R"("name":1.5.0)"), "malformed"},
      {"a text from an object", with(R"("name":{})"), "wrong_type"},
      {"an empty text", with(R"("name":"")"), "name="},
      {"escapes", with(R"("name":"\"\\\/\b\f\n\r\t")"), "name=\"\\/\b\f\n\r\t"},
      {"an escape in hexadecimal", with(R"("name":"\u00e4\u20AC")"), "name=\u00e4\u20ac"},
      {"a surrogate pair", with(R"("name":"\uD83D\uDE00")"), "name=\U0001F600"},
      {"a lone high surrogate", with(R"("name":"a\uD83Db")"), "name=a\uFFFDb"},
      {"a lone low surrogate", with(R"("name":"a\uDE00b")"), "name=a\uFFFDb"},
      {"the first and the last high surrogate", with(R"("name":"\uD800\uDBFF")"),
       "name=\uFFFD\uFFFD"},
      {"the first and the last low surrogate", with(R"("name":"\uDC00\uDFFF")"),
       "name=\uFFFD\uFFFD"},
      {"the first and the last pair", with(R"("name":"\uD800\uDC00\uDBFF\uDFFF")"),
       "name=\U00010000\U0010FFFF"},
      {"what is around the surrogates", with(R"("name":"\uD7FF\uE000")"), "name=\uD7FF\uE000"},
      {"surrogates in the wrong order", with(R"("name":"\uDE00\uD83D")"), "name=\uFFFD\uFFFD"},
      {"two high surrogates and a low", with(R"("name":"\uD83D\uD83D\uDE00")"),
       "name=\uFFFD\U0001F600"},
      {"a high surrogate and an escape", with(R"("name":"\uD83D\n")"), "name=\uFFFD\n"},
      {"a lone surrogate in an undeclared text", with(R"("note":"\uD83D","count":1)"), "count=1"},
      {"a zero character", with(R"("name":"a\u0000b")"), "name=a" + std::string(1, '\0') + "b"},
      {"a bad escape", with(R"("name":"\x41")"), "malformed"},
      {"a short escape", with(R"("name":"\u12")"), "malformed"},
      {"an escape that is not hexadecimal", with(R"("name":"\u12G4")"), "malformed"},
      {"a raw line end in a text", with("\"name\":\"a\nb\""), "malformed"},
      {"a raw zero byte in a text", with("\"name\":\"a" + std::string(1, '\0') + "\""),
       "malformed"},
      {"a bad escape in an undeclared text", with(R"("note":"\x41","count":1)"), "count=1"},
      {"a raw line end in an undeclared text", with("\"note\":\"a\nb\",\"count\":1"), "count=1"},
      {"a bad byte in a text", with("\"name\":\"a\xFFz\""), "name=a\uFFFDz"},
      {"a code point cut short", with("\"name\":\"\xF0\x9F\x98z\""), "name=\uFFFDz"},
      {"an overlong form", with("\"name\":\"\xC0\xAF\""), "name=\uFFFD\uFFFD"},
      {"a surrogate in UTF-8", with("\"name\":\"\xED\xA0\x80\""), "name=\uFFFD\uFFFD\uFFFD"},
      {"a bad byte in an undeclared text", with("\"note\":\"\xFF\",\"count\":1"), "count=1"},
      {"a bad byte between values", with("\"count\":1,\xFF\"amount\":2"), "malformed"},
      {"a text at its bound", with(R"("name":"0123456789abcdef")"), "name=0123456789abcdef"},
      {"a text beyond its bound", with(R"("name":"0123456789abcdefg")"), "name=0123456789abcdef"},
      {"a code point across the bound", with("\"name\":\"0123456789abcde\u00e4\""),
       "name=0123456789abcde"},
      {"a number beyond a text's bound", with(R"("name":12345678901234567890)"),
       "name=1234567890123456"},
      {"a text of 1 MB", with(R"("name":")" + std::string(1'000'000, 'x') + "\""),
       "name=xxxxxxxxxxxxxxxx"},
      {"an undeclared text of 1 MB",
       with(R"("note":")" + std::string(1'000'000, 'x') + R"(","count":1)"), "count=1"},
  };
}

std::vector<OddRecord> keys_and_nesting() {
  return {
      {"blanks everywhere", " {\t\"ts\" :\r\n1700000000000 , \"count\" : 1 } \n", "count=1"},
      {"duplicate keys", with(R"("amount":1,"amount":2)"), "amount=1"},
      {"duplicate keys apart", with(R"("amount":1,"count":2,"amount":3)"), "count=2 amount=1"},
      {"a null in front of its duplicate", with(R"("amount":null,"amount":2)"), ""},
      {"a duplicate that is no JSON", with(R"("amount":1,"amount":tru)"), "amount=1"},
      {"a duplicate of a wrong type", with(R"("amount":1,"amount":"x")"), "amount=1"},
      {"a duplicate of an object on a path", with(R"("shop":{},"shop":{"address":{"region":"n"}})"),
       ""},
      {"a key with an escape", with(R"("\u0061mount":2)"), "amount=2"},
      {"a key with an escape and its duplicate", with(R"("\u0061mount":2,"amount":3)"), "amount=2"},
      {"a key with a bad escape", with(R"("\x61mount":2)"), "malformed"},
      {"an empty key", with(R"("":2,"count":1)"), "count=1"},
      {"a key in capitals", with(R"("Amount":2)"), ""},
      {"a bad byte in a key", with("\"amount\xFF\":2"), ""},
      {"a path to its end", with(R"("shop":{"x":1,"address":{"region":"n"},"y":[]})"), "region=n"},
      {"a path through a number", with(R"("shop":5)"), ""},
      {"a path through an array", with(R"("shop":[{"address":{"region":"n"}}])"), ""},
      {"a path through null", with(R"("shop":{"address":null})"), ""},
      {"a path through a text", with(R"("shop":{"address":"x"},"count":1)"), "count=1"},
      {"a path that ends early", with(R"("shop":{"address":{}})"), ""},
      {"a path's end is an object", with(R"("shop":{"address":{"region":{}}})"), "wrong_type"},
      {"a path's object has no end", with(R"("shop":{"address":{"region":"n"})"), "malformed"},
      {"a path's object has a bad key", with(R"("shop":{address:1})"), "malformed"},
      {"an undeclared word cut short", with(R"("note":tru,"count":1)"), "count=1"},
      {"an undeclared number with a leading zero", with(R"("note":007,"count":1)"), "count=1"},
      {"undeclared brackets that do not match", with(R"("note":[1,2},"count":1)"), "count=1"},
      {"an undeclared bracket without end", with(R"("note":[1,2,"count":1)"), "malformed"},
      {"an undeclared bracket too many", with(R"("note":[1]],"count":1)"), "malformed"},
      {"undeclared commas", with(R"("note":[,,1 2:],"count":1)"), "count=1"},
      {"brackets in an undeclared text", with(R"("note":["]}\"]"],"count":1)"), "count=1"},
      {"a backslash between undeclared values", with(R"("note":[\"],"count":1)"), "malformed"},
      {"100,000 arrays", with("\"note\":" + nested("[", "]", 100'000) + R"(,"count":1)"),
       "count=1"},
      {"100,000 objects", with("\"note\":" + nested(R"({"a":)", "}", 100'000) + R"(,"count":1)"),
       "count=1"},
      {"100,000 arrays without end", with("\"note\":" + repeated("[", 100'000)), "malformed"},
      {"100,000 arrays in a field", with("\"count\":" + nested("[", "]", 100'000)), "wrong_type"},
      {"100,000 objects in a field",
       with("\"count\":" + repeated(R"({"a":)", 100'000) + "1" + repeated("}", 100'000)),
       "wrong_type"},
      {"100,000 objects on a path", repeated(R"({"shop":)", 100'000), "malformed"},
      {"10,000 undeclared keys", with(repeated(R"("note":1,)", 10'000) + R"("count":1)"),
       "count=1"},
  };
}

}  // namespace

SourceDefinition odd_source(RecordFormat format) {
  SourceDefinition source;
  source.name = "odd";
  source.topic = "odd";
  source.format = format;
  source.time_path = {"ts"};
  source.time_format.kind = TimeFormat::Kind::kUnixMillis;
  const auto add = [&](std::string name, Type type) {
    source.fields.push_back({.name = name, .path = {name}, .type = type, .time_format = {}});
  };
  add("name", Type::kString);
  add("count", Type::kInt);
  add("amount", Type::kDecimal);
  add("flag", Type::kBool);
  add("paid_at", Type::kTime);
  if (format == RecordFormat::kJson) {
    source.fields.push_back({.name = "region",
                             .path = {"shop", "address", "region"},
                             .type = Type::kString,
                             .time_format = {}});
  } else {
    source.columns = {"ts", "name", "count", "amount", "flag", "paid_at"};
  }
  return source;
}

Limits odd_limits() {
  Limits limits;
  limits.string_bytes = 16;
  limits.record_bytes = 2 << 20;
  return limits;
}

std::vector<OddRecord> odd_json_records() {
  std::vector<OddRecord> all = not_one_object();
  for (const auto& part : {times(), numbers(), texts(), keys_and_nesting()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::vector<OddRecord> odd_csv_records() {
  return {
      {"null value", "", "malformed"},
      {"a good line", "1700000000000,a,1,2.50,true,2026-03-29T01:30:00Z",
       "name=a count=1 amount=2.5 flag=true paid_at=2026-03-29T01:30:00Z"},
      {"a line with LF", "1700000000000,a,1,,,\n", "name=a count=1"},
      {"a line with CRLF", "1700000000000,a,1,,,\r\n", "name=a count=1"},
      {"a line whose LF was taken off", "1700000000000,a,1,,,\r", "name=a count=1"},
      {"a byte order mark",
       "\xEF\xBB\xBF"
       "1700000000000,a,1,,,",
       "name=a count=1"},
      {"an empty line", "\n", "malformed"},
      {"two lines", "1700000000000,a,1,,,\n1700000000000,a,1,,,", "malformed"},
      {"two line ends", "1700000000000,a,1,,,\n\n", "malformed"},
      {"CR inside a line", "1700000000000,a\rb,1,,,", "malformed"},
      {"empty cells", "1700000000000,,,,,", ""},
      {"empty quoted cells", R"(1700000000000,"","","","","")", ""},
      {"too few cells", "1700000000000,a,1,,", "malformed"},
      {"too many cells", "1700000000000,a,1,,,,", "malformed"},
      {"one cell", "1700000000000", "malformed"},
      {"quoted cells", R"("1700000000000","a","1","2.5","false","")",
       "name=a count=1 amount=2.5 flag=false"},
      {"a quoted comma", R"(1700000000000,"a,b",,,,)", "name=a,b"},
      {"doubled quotes", R"(1700000000000,"""a"" ""b""",,,,)", "name=\"a\" \"b\""},
      {"a quoted line end", "1700000000000,\"a\r\nb\",,,,", "name=a\r\nb"},
      {"nothing but a doubled quote", R"(1700000000000,"""",,,,)", "name=\""},
      {"an open quote", R"(1700000000000,"a,1,,,)", "malformed"},
      {"an open doubled quote", R"(1700000000000,"a"",1,,,)", "malformed"},
      {"an open quote at the end", R"(1700000000000,a,1,,,")", "malformed"},
      {"text behind a quote", R"(1700000000000,"a"b,1,,,)", "malformed"},
      {"a blank behind a quote", R"(1700000000000,"a" ,1,,,)", "malformed"},
      {"a quote inside a cell", R"(1700000000000,a"b,1,,,)", "malformed"},
      {"a blank in front of a quote", R"(1700000000000, "a",1,,,)", "malformed"},
      {"blanks around a text", "1700000000000, a ,1,,,", "name= a  count=1"},
      {"blanks around a number", "1700000000000,a, 1,,,", "wrong_type"},
      {"the word null", "1700000000000,null,null,,,", "wrong_type"},
      {"no time", ",a,1,,,", "time_missing"},
      {"no time and a wrong type", ",a,x,,,", "time_missing"},
      {"a time that is none", "now,a,1,,,", "wrong_type"},
      {"stamp in seconds", "1700000000,a,1,,,", "time_out_of_range"},
      {"a number with a leading zero", "1700000000000,a,01,,,", "wrong_type"},
      {"a number out of range", "1700000000000,a,1e400,,,", "out_of_range"},
      {"a bool that is none", "1700000000000,a,1,,yes,", "wrong_type"},
      {"a bad byte", "1700000000000,a\xFFz,1,,,", "name=a\uFFFDz count=1"},
      {"a bad byte in front of a quote", "1700000000000,\"a\xE2\",1,,,", "name=a\uFFFD count=1"},
      {"a code point across the bound", "1700000000000,0123456789abcde\u00e4,,,,",
       "name=0123456789abcde"},
      {"a cell of 1 MB", "1700000000000," + std::string(1'000'000, 'x') + ",,,,",
       "name=xxxxxxxxxxxxxxxx"},
      {"too large", std::string((2 << 20) + 1, 'x'), "too_large"},
  };
}

std::string render_row(const SourceDefinition& source, const EventBatch& batch, size_t row) {
  std::string text;
  for (size_t i = 0; i < source.fields.size(); ++i) {
    if (batch.fields[i].present[row] == 0) continue;
    if (!text.empty()) text += ' ';
    text += source.fields[i].name + "=" + render_value(batch.fields[i], row);
  }
  return text;
}

}  // namespace kpid
