#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "pipeline/decode/decoder.h"
#include "tests/support/odd_records.h"

namespace kpid {
namespace {

/// A source with a time and `fields` integers a0, a1, ...
SourceDefinition source_of(int fields) {
  SourceDefinition source;
  source.time_path = {"ts"};
  source.time_format.kind = TimeFormat::Kind::kUnixMillis;
  for (int i = 0; i < fields; ++i) {
    const std::string name = fmt::format("a{}", i);
    source.fields.push_back({.name = name, .path = {name}, .type = Type::kInt, .time_format = {}});
  }
  return source;
}

std::string decoded(const SourceDefinition& source, Decoder& decoder, std::string_view bytes) {
  EventBatch batch;
  prepare_batch(source, 1, batch);
  const auto reason = decoder.decode({.value = bytes, .offset = 0, .timestamp = {}}, batch);
  return reason ? std::string(name_of(*reason)) : render_row(source, batch, 0);
}

/// Texts that end where the readable memory ends.
class LastBytes {
 public:
  LastBytes() : page_(static_cast<size_t>(::sysconf(_SC_PAGESIZE))) {
    void* const pages =
        ::mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(pages, MAP_FAILED);
    start_ = static_cast<char*>(pages);
    EXPECT_EQ(::mprotect(start_ + page_, page_, PROT_NONE), 0);
  }
  ~LastBytes() { ::munmap(start_, 2 * page_); }
  LastBytes(const LastBytes&) = delete;
  LastBytes& operator=(const LastBytes&) = delete;

  std::string_view hold(std::string_view text) {
    char* const at = start_ + page_ - text.size();
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }

 private:
  const size_t page_;
  char* start_ = nullptr;
};

TEST(JsonDecoder, ReadsNothingBehindARecord) {
  const SourceDefinition source = source_of(1);
  const auto decoder = make_decoder(source, Limits{}, {});
  LastBytes memory;
  for (size_t filling = 0; filling < 200; ++filling) {
    const std::string good =
        fmt::format(R"({{"x":"{}","ts":1700000000000,"a0":7}})", std::string(filling, 'x'));
    EXPECT_EQ(decoded(source, *decoder, memory.hold(good)), "a0=7");
    for (const size_t cut : {1, 2, 3, 7, 20}) {
      const std::string_view torn = std::string_view(good).substr(0, good.size() - cut);
      EXPECT_EQ(decoded(source, *decoder, memory.hold(torn)), "malformed") << torn;
    }
  }
}

TEST(JsonDecoder, ReadsNothingBehindABracketThatClosesTooEarly) {
  SourceDefinition source = source_of(1);
  source.fields.push_back({.name = "b", .path = {"a", "b"}, .type = Type::kInt, .time_format = {}});
  const auto decoder = make_decoder(source, Limits{}, {});
  LastBytes memory;
  const std::string records[] = {
      R"({"ts":1700000000000,"a":{"b":{"c":[{},[]]}},"a0":[{"x":{}},{}],"u":{"x":[{},"y"]}} )",
      R"({"u":{"x":[{}]},"a":{"x":{"y":1}},"a0":{},"ts":1700000000000,"v":[]})",
  };
  for (const std::string& record : records) {
    EXPECT_EQ(decoded(source, *decoder, memory.hold(record)), "wrong_type");
    const size_t end = record.rfind('}');
    for (size_t size = 0; size < end; ++size) {
      for (const std::string_view closed : {"", "}", "]}", "}}"}) {
        const std::string torn = record.substr(0, size).append(closed);
        EXPECT_EQ(decoded(source, *decoder, memory.hold(torn)), decoded(source, *decoder, torn));
      }
    }
  }
}

TEST(JsonDecoder, FindsKeysInWhateverOrderTheyComeAndWhicheverAreMissing) {
  constexpr int kFields = 20;
  const SourceDefinition source = source_of(kFields);
  const auto decoder = make_decoder(source, Limits{}, {});
  std::mt19937 random(7);
  std::vector<int> order(kFields);
  for (int i = 0; i < kFields; ++i) order[i] = i;
  for (int record = 0; record < 500; ++record) {
    if (record % 10 == 0) std::shuffle(order.begin(), order.end(), random);
    std::string text = R"({"ts":1700000000000)";
    std::vector<bool> given(kFields);
    for (const int field : order) {
      given[field] = random() % 4 != 0;
      if (given[field]) text += fmt::format(R"(,"a{}":{})", field, record + field);
      // Keys that nobody declared, more than are remembered.
      if (random() % 8 == 0) text += fmt::format(R"(,"u{}":[{{"a0":1}}])", random() % 100);
    }
    std::string expected;
    for (int field = 0; field < kFields; ++field) {
      if (!given[field]) continue;
      expected += fmt::format("{}a{}={}", expected.empty() ? "" : " ", field, record + field);
    }
    EXPECT_EQ(decoded(source, *decoder, text + "}"), expected) << text;
  }
}

TEST(JsonDecoder, ReadsRecordsOfEveryStyleAlike) {
  const SourceDefinition source = source_of(3);
  const auto decoder = make_decoder(source, Limits{}, {});
  const std::string styles[] = {
      R"({"ts":1700000000000,"a0":1,"u":"x","a1":2,"a2":3})",
      R"({"ts": 1700000000000, "a0": 1, "u": "x", "a1": 2, "a2": 3})",
      R"({ "ts" : 1700000000000 , "a0" : 1 , "u" : "x" , "a1" : 2 , "a2" : 3 } )",
      "{\n\t\"ts\": 1700000000000,\n\t\"a0\": 1,\n\t\"a1\":  2,\n\t\"a2\": 3\n}\n",
      R"({"\u0074s":1700000000000,"\u00610":1,"u":"x","\u00611":2,"\u00612":3})",
      "{\"ts\":1700000000000,\"a0\":1,\"a1\":2" + std::string(100, ' ') + ",\"a2\":3}",
  };
  for (const std::string& before : styles) {
    for (const std::string& text : styles) {
      EXPECT_EQ(decoded(source, *decoder, before), "a0=1 a1=2 a2=3") << before;
      EXPECT_EQ(decoded(source, *decoder, text), "a0=1 a1=2 a2=3") << text << " behind " << before;
    }
  }
}

TEST(JsonDecoder, TakesNothingForGrantedThatARecordBeforeHad) {
  const SourceDefinition source = source_of(2);
  const auto decoder = make_decoder(source, Limits{}, {});
  const std::string good = R"({"ts":1700000000000,"a0":1,"u":"x","a1":2})";
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({,"ts":1700000000000,"a0":1,"u":"x","a1":2})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,,"u":"x","a1":2})", "malformed"},
      {R"({"ts":1700000000000,"a0":1"u":"x","a1":2})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x","a1":})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x",})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x","a1":2,})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x","a1":2)", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x","a1":2}})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x,"a1":2})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x\","a1":2})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":["x","a1":2})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":{"x":1,"a1":2})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x","a1" 2})", "malformed"},
      {R"({"ts":1700000000000,"a0":1,"u":"x\"","a1":2})", "a0=1 a1=2"},
      {R"({"ts":1700000000000,"a0":1,"a0":3,"u":"x","a1":2})", "a0=1 a1=2"},
      {R"({"ts":1700000000000,"a0":1,"u":"x","a1":  2})", "a0=1 a1=2"},
      {R"({"ts":1700000000000,"a0":1,"u":"x","a2":2})", "a0=1"},
      {R"({"a1":2})", "time_missing"},
      {"{}", "time_missing"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(decoded(source, *decoder, good), "a0=1 a1=2");
    EXPECT_EQ(decoded(source, *decoder, text), expected) << text;
  }
}

TEST(JsonDecoder, NeverTakesTheTextOfAKeyForItsCharactersInARecord) {
  // With its quotes, this key's text reads like a key, a value and another key.
  SourceDefinition source = source_of(0);
  source.fields.push_back(
      {.name = "f", .path = {R"(a":1,"b)"}, .type = Type::kInt, .time_format = {}});
  const auto decoder = make_decoder(source, Limits{}, {});
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(decoded(source, *decoder, R"({"ts":1700000000000,"a\":1,\"b":5})"), "f=5");
    EXPECT_EQ(decoded(source, *decoder, R"({"ts":1700000000000,"a":1,"b":5})"), "");
  }
}

TEST(JsonDecoder, KeepsAKeyApartFromOneThatIsNearlyTheSame) {
  for (const size_t size : {1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 40, 59, 60, 61, 90}) {
    const std::string key(size, 'k');
    SourceDefinition source = source_of(0);
    source.fields.push_back({.name = "f", .path = {key}, .type = Type::kInt, .time_format = {}});
    const auto decoder = make_decoder(source, Limits{}, {});
    for (size_t at = 0; at < size; ++at) {
      std::string other = key;
      other[at] = 'x';
      EXPECT_EQ(decoded(source, *decoder,
                        fmt::format(R"({{"ts":1700000000000,"{}":1,"{}":2}})", other, key)),
                "f=2")
          << other;
      // Alone, each where the other one was seen.
      EXPECT_EQ(decoded(source, *decoder, fmt::format(R"({{"ts":1700000000000,"{}":3}})", key)),
                "f=3");
      EXPECT_EQ(decoded(source, *decoder, fmt::format(R"({{"ts":1700000000000,"{}":4}})", other)),
                "");
    }
  }
}

}  // namespace
}  // namespace kpid
