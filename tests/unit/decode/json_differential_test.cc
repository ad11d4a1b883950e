#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "pipeline/decode/decoder.h"
#include "tests/support/odd_records.h"
#include "tests/unit/decode/reference_json_reader.h"

namespace kpid {
namespace {

std::string decoded(const SourceDefinition& source, Decoder& decoder, std::string_view bytes) {
  EventBatch batch;
  prepare_batch(source, 1, batch);
  const auto reason = decoder.decode({.value = bytes, .offset = 0, .timestamp = {}}, batch);
  if (reason) return std::string(name_of(*reason));
  const std::string row = render_row(source, batch, 0);
  return fmt::format("{}{}{}", batch.event_times[0].time_since_epoch().count(),
                     row.empty() ? "" : " ", row);
}

/// Changes records a little, in ways that hit the grammar more often than random bytes would.
class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  std::string mutated(std::string text, const std::vector<std::string>& others) {
    const size_t changes = 1 + below(3);
    for (size_t i = 0; i < changes; ++i) change(text, others);
    return text;
  }

  size_t below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }

 private:
  void change(std::string& text, const std::vector<std::string>& others) {
    static const std::vector<std::string> pieces = {"{",
                                                    "}",
                                                    "[",
                                                    "]",
                                                    ",",
                                                    ":",
                                                    "\"",
                                                    "\\",
                                                    "\\\"",
                                                    "\\u0061",
                                                    "\\ud83d",
                                                    "\\ude00",
                                                    "\\x",
                                                    " ",
                                                    "\n",
                                                    "\t",
                                                    "\f",
                                                    "\x1a",
                                                    "0",
                                                    "1",
                                                    "-",
                                                    ".",
                                                    "e5",
                                                    "e400",
                                                    "null",
                                                    "true",
                                                    "tru",
                                                    "\xff",
                                                    "\xe2\x82",
                                                    "\xf0\x9f\x98\x80",
                                                    "\"ts\":0,",
                                                    "\"amount\":1,",
                                                    "\"amount\":\"x\",",
                                                    "\"shop\":{},",
                                                    "\"note\":[1,2},",
                                                    "\"shop\":",
                                                    "{\"address\":",
                                                    "{\"region\":\"n\"}",
                                                    "\"count\":",
                                                    "\"flag\":false,",
                                                    "\"n\":\"a\"b,",
                                                    std::string(1, '\0')};
    const size_t at = below(text.size() + 1);
    const size_t size = std::min(below(12), text.size() - at);
    switch (below(6)) {
      case 0:
        text.erase(at, size);
        break;
      case 1:
        text.resize(at);
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 3:
        text.insert(at, text.substr(below(text.size() + 1), below(40)));
        break;
      case 4: {
        const std::string& other = others[below(others.size())];
        const size_t from = below(other.size() + 1);
        text.replace(at, size, other.substr(from, below(40)));
        break;
      }
      default:
        text.insert(at, pieces[below(pieces.size())]);
        break;
    }
  }

  std::mt19937_64 random_;
};

std::vector<std::string> beginnings() {
  std::vector<std::string> records = {
      R"({"ts":1700000000000,"name":"a","count":3,"amount":12.50,"flag":true,"shop":{"id":7,)"
      R"("address":{"zip":"x","region":"north"}},"paid_at":"2026-03-29T01:30:00Z"})",
      R"({ "note" : {"a":[1,{"b":"c"}],"d":null} , "ts" : "1700000000000" , "amount" : 1e2 })",
      R"({"a":[],"b":{},"c":"","d":tru,"ts":1700000000000,"shop":{"address":{"region":null}}})",
      R"({"ts": 1700000000000, "name": "a", "count": 3, "note": "\u00e4", "amount": 12.50})",
      "{\r\n  \"ts\": 1700000000000,\r\n  \"name\": \"M\u00fcnster\",\r\n  \"flag\": "
      "false\r\n}\r\n",
      R"({"name":"a \"b\" c","n\u0061me":"z","x":"\\","amount":-0.5,"ts":1700000000000,"count":7})",
  };
  for (const OddRecord& record : odd_json_records()) {
    if (record.bytes.size() < 1000) records.push_back(record.bytes);
  }
  return records;
}

TEST(JsonDecoder, AgreesWithTheReferenceOnEveryOddRecord) {
  const SourceDefinition source = odd_source(RecordFormat::kJson);
  const auto decoder = make_decoder(source, odd_limits(), {});
  for (const OddRecord& record : odd_json_records()) {
    if (record.bytes.size() > 1'000) continue;  // the reference recurses
    EXPECT_EQ(decoded(source, *decoder, record.bytes),
              decode_by_reference(source, odd_limits(), record.bytes))
        << record.name;
  }
}

TEST(JsonDecoder, AgreesWithTheReferenceOnThousandsOfMutatedRecords) {
  constexpr int kRecords = 40'000;
  const SourceDefinition source = odd_source(RecordFormat::kJson);
  const auto decoder = make_decoder(source, odd_limits(), {});
  const std::vector<std::string> records = beginnings();
  int accepted = 0;
  for (uint64_t seed = 0; seed < kRecords; ++seed) {
    Mutator mutator(seed);
    // Three of four are from the good ones at the front, or hardly any would stay good.
    const size_t choice = mutator.below(seed % 4 == 0 ? records.size() : 6);
    const std::string record = mutator.mutated(records[choice], records);
    const std::string verdict = decoded(source, *decoder, record);
    ASSERT_EQ(verdict, decode_by_reference(source, odd_limits(), record))
        << "seed " << seed << ": " << record;
    accepted += verdict.starts_with('1') ? 1 : 0;
  }
  EXPECT_GT(accepted, kRecords / 20) << "the mutations leave too little good to compare values";
}

}  // namespace
}  // namespace kpid
