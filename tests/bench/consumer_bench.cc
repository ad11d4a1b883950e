#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
// rdkafka_mock.h wants rdkafka.h before it.
#include <librdkafka/rdkafka_mock.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "daemon/kafka/kafka_properties.h"
#include "daemon/kafka/kafka_source.h"
#include "pipeline/check.h"
#include "pipeline/decode/decoder.h"
#include "pipeline/engine.h"
#include "tests/bench/figure.h"
#include "tests/bench/sales_events.h"

// What the daemon is held against: consumers with its own KafkaSource, and so the same properties
// of librdkafka, that do less with what they read.
//
//   consumer_bench --discard CONFIG                 reads the topic of the first source, no more
//   consumer_bench --parse CONFIG                   decodes it, too, into typed columns
//   consumer_bench --fill CONFIG COUNT GROUPS RATE  writes sales events into it that happened at so
//                                                   many a second
//   consumer_bench --load CONFIG RATE SECONDS GROUPS  the same, so many a second, as if they
//                                                   happened now
//   consumer_bench --mock PARTITIONS TOPIC...       librdkafka's mock cluster, until its stdin
//                                                   ends; prints where it is
//
// The first two print CPU of the whole process, start included, and the rate from the first record
// to the last, as JSON lines.

namespace kpid {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kRecordsPerTurn = 8 * Engine::kBatchRows;
constexpr uint64_t kQueueBytes = 128ULL << 20;

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string servers_of(const Settings& settings) {
  return fmt::format("{}", fmt::join(settings.kafka.bootstrap_servers, ","));
}

/// Decodes the records of a source as the engine does, and no more.
class Parser {
 public:
  explicit Parser(const Definitions& definitions)
      : source_(definitions.sources[0]), decoder_(make_decoder(source_, definitions.limits, {})) {}

  void take(RecordBatch records) {
    while (!records.empty()) {
      const RecordBatch batch = records.first(std::min(records.size(), Engine::kBatchRows));
      prepare_batch(source_, batch.size(), batch_);
      for (const Record& record : batch) rejected_ += decoder_->decode(record, batch_).has_value();
      records = records.subspan(batch.size());
    }
  }

  size_t rejected() const { return rejected_; }

 private:
  const SourceDefinition& source_;
  const std::unique_ptr<Decoder> decoder_;
  EventBatch batch_;
  size_t rejected_ = 0;
};

struct Consumed {
  size_t records = 0;
  SteadyClock::duration took{};
};

/// Reads every partition to its end.
Consumed consume(KafkaSource& source, const std::function<void(RecordBatch)>& take) {
  Consumed consumed;
  std::optional<SteadyClock::time_point> first;
  const auto at_end = [&source] {
    const TopicStatus& topic = source.topics()[0];
    const auto& partitions = source.partitions();
    return topic.partitions > 0 && partitions.size() == topic.partitions &&
           std::all_of(partitions.begin(), partitions.end(),
                       [](const PartitionStatus& status) { return status.reached_start_end; });
  };
  while (!at_end()) {
    const KafkaTurn turn = source.poll(kRecordsPerTurn, std::chrono::milliseconds{50});
    for (const NewPartition& found : turn.new_partitions) {
      source.begin(found.index, found.start_offset, std::nullopt);
    }
    if (turn.records > 0 && !first) first = SteadyClock::now();
    for (const PartitionBatch& batch : turn.batches) take(batch.records);
    consumed.records += turn.records;
  }
  if (first) consumed.took = SteadyClock::now() - *first;
  return consumed;
}

int measure(const Settings& settings, const std::string& what) {
  KafkaSourceOptions options;
  options.bootstrap_servers = servers_of(settings);
  options.group_id = settings.kafka.group_id;
  options.properties = reading_properties_of(settings);
  options.topics = {{.name = settings.definitions.sources[0].topic,
                     .start = {.kind = Start::Kind::kEarliest, .ago = {}},
                     .known = false}};
  options.queue_bytes = kQueueBytes;
  KafkaSource source(options);
  KPID_ASSERT(source.start().has_value());
  Parser parser(settings.definitions);
  const Consumed consumed = consume(source, [&](RecordBatch records) {
    if (what == "parse") parser.take(records);
  });
  KPID_ASSERT(parser.rejected() == 0 && consumed.records > 0);
  const double cpu = cpu_seconds();
  const auto records = static_cast<double>(consumed.records);
  const double seconds = std::chrono::duration<double>(consumed.took).count();
  print_figure(what, "ns/event", {cpu / records * 1e9});
  print_figure(what + "_rate", "events/s", {records / seconds});
  return 0;
}

/// Writes sales events into the topic of the first source, over its partitions in turn.
class Filler {
 public:
  explicit Filler(const Settings& settings) {
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    std::array<char, 256> why{};
    const std::pair<const char*, std::string> properties[] = {
        {"bootstrap.servers", servers_of(settings)},
        {"linger.ms", "5"},
        {"queue.buffering.max.messages", "500000"},
        {"batch.size", "500000"}};
    for (const auto& [name, value] : properties) {
      KPID_ASSERT(rd_kafka_conf_set(config, name, value.c_str(), why.data(), why.size()) ==
                  RD_KAFKA_CONF_OK);
    }
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, config, why.data(), why.size());
    KPID_ASSERT(producer_ != nullptr);
    topic_ = rd_kafka_topic_new(producer_, settings.definitions.sources[0].topic.c_str(), nullptr);
    const rd_kafka_metadata_t* metadata = nullptr;
    KPID_ASSERT(rd_kafka_metadata(producer_, 0, topic_, &metadata, 10'000) ==
                RD_KAFKA_RESP_ERR_NO_ERROR);
    partitions_ = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
  }

  ~Filler() {
    KPID_ASSERT(rd_kafka_flush(producer_, 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_destroy(topic_);
    rd_kafka_destroy(producer_);
  }
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;

  void write(int64_t number, int groups, EventTime time) {
    const std::string value = sales_event(number, groups, time);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    do {
      error = rd_kafka_producev(producer_, RD_KAFKA_V_RKT(topic_),
                                RD_KAFKA_V_PARTITION(static_cast<int32_t>(number % partitions_)),
                                RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                                RD_KAFKA_V_TIMESTAMP(time.time_since_epoch().count()),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      rd_kafka_poll(producer_, error == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 100 : 0);
    } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    KPID_ASSERT(error == RD_KAFKA_RESP_ERR_NO_ERROR);
  }

 private:
  rd_kafka_t* producer_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;
  int partitions_ = 0;
};

int fill(const Settings& settings, int64_t count, int groups, int64_t rate) {
  Filler filler(settings);
  for (int64_t number = 0; number < count; ++number) {
    filler.write(number, groups, sales_time(number, rate));
  }
  return 0;
}

int load(const Settings& settings, int64_t rate, int64_t seconds, int groups) {
  constexpr int64_t kStepsASecond = 100;
  Filler filler(settings);
  const auto began = SteadyClock::now();
  for (int64_t step = 0; step < seconds * kStepsASecond; ++step) {
    std::this_thread::sleep_until(began + std::chrono::milliseconds{step * 1000 / kStepsASecond});
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    for (int64_t number = step * rate / kStepsASecond; number < (step + 1) * rate / kStepsASecond;
         ++number) {
      filler.write(number, groups, now);
    }
  }
  return 0;
}

int serve_mock(int partitions, const std::vector<const char*>& topics) {
  std::array<char, 256> why{};
  rd_kafka_t* const host =
      rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why.data(), why.size());
  KPID_ASSERT(host != nullptr);
  rd_kafka_mock_cluster_t* const cluster = rd_kafka_mock_cluster_new(host, 1);
  KPID_ASSERT(cluster != nullptr);
  for (const char* const topic : topics) {
    KPID_ASSERT(rd_kafka_mock_topic_create(cluster, topic, partitions, 1) ==
                RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  fmt::print("{}\n", rd_kafka_mock_cluster_bootstraps(cluster));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(host);
  return 0;
}

int64_t number_of(const char* text) {
  int64_t number = 0;
  std::from_chars(text, text + std::strlen(text), number);
  return number;
}

int run(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  if (what == "--mock" && argc > 3) {
    return serve_mock(static_cast<int>(number_of(argv[2])), {argv + 3, argv + argc});
  }
  const std::map<std::string, int> arguments = {
      {"--discard", 0}, {"--parse", 0}, {"--fill", 3}, {"--load", 3}};
  const auto found = arguments.find(what);
  if (found == arguments.end() || argc != 3 + found->second) {
    fmt::print(stderr,
               "usage: consumer_bench --discard | --parse CONFIG\n"
               "       consumer_bench --fill CONFIG COUNT GROUPS RATE\n"
               "       consumer_bench --load CONFIG RATE SECONDS GROUPS\n"
               "       consumer_bench --mock PARTITIONS TOPIC...\n");
    return 2;
  }
  const std::string path = argv[2];
  const Loaded loaded = load_settings({&path, 1}, NeedKafka::kYes);
  for (const Diagnostic& error : loaded.errors) fmt::print(stderr, "{}", render(error));
  if (!loaded.usable()) return 2;
  std::vector<int64_t> numbers;
  for (int i = 3; i < argc; ++i) numbers.push_back(number_of(argv[i]));
  if (what == "--fill") {
    return fill(loaded.settings, numbers[0], static_cast<int>(numbers[1]), numbers[2]);
  }
  if (what == "--load") {
    return load(loaded.settings, numbers[0], numbers[1], static_cast<int>(numbers[2]));
  }
  return measure(loaded.settings, what.substr(2));
}

}  // namespace
}  // namespace kpid

int main(int argc, char** argv) { return kpid::run(argc, argv); }
