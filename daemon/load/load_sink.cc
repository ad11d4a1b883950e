#include "daemon/load/load_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kpid {
namespace {

// Brokers that are there answer within milliseconds; somebody is waiting.
constexpr Duration kBrokerTimeout = std::chrono::seconds{10};

// Long enough for a broker that restarts, and short enough to notice one that does not.
constexpr const char* kDeliveryTimeoutMs = "30000";

class FileSink : public LoadSink {
 public:
  explicit FileSink(std::FILE* file) : file_(file) {}
  ~FileSink() override {
    if (file_ != stdout) std::fclose(file_);
  }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  bool put(const SalesEvent& event) override {
    const bool written =
        std::fwrite(event.json.data(), 1, event.json.size(), file_) == event.json.size() &&
        std::fputc('\n', file_) != EOF;
    if (written) {
      ++outcome_.delivered;
    } else {
      fail(1);
    }
    return true;
  }

  void attend(Duration) override {
    if (std::fflush(file_) != 0) fail(0);
  }

  bool finish(Duration timeout) override {
    attend(timeout);
    return true;
  }

  LoadOutcome outcome() const override { return outcome_; }
  bool broken() const override { return outcome_.failed > 0; }

 private:
  /// Where lines were taken and could not be written in the end, it is at least one.
  void fail(uint64_t events) {
    if (outcome_.first_failure.empty()) outcome_.first_failure = std::strerror(errno);
    outcome_.failed = std::max<uint64_t>(outcome_.failed + events, 1);
  }

  std::FILE* file_;
  LoadOutcome outcome_;
};

class KafkaSink : public LoadSink {
 public:
  KafkaSink(const LoadKafkaOptions& options, std::unique_ptr<KafkaProducer> producer,
            int32_t partitions)
      : topic_(options.topic),
        key_(options.key),
        partitions_(partitions),
        producer_(std::move(producer)) {}

  bool put(const SalesEvent& event) override {
    OutgoingRecord record{
        .topic = topic_, .key = {}, .value = event.json, .timestamp = event.timestamp};
    if (key_ == RecordKey::kCustomer) {
      record.key = event.customer;
    } else {
      record.partition = next_partition_;
    }
    if (!producer_->send(record)) return false;
    next_partition_ = (next_partition_ + 1) % partitions_;
    return true;
  }

  void attend(Duration timeout) override { producer_->poll(timeout); }
  bool finish(Duration timeout) override { return producer_->flush(timeout); }
  LoadOutcome outcome() const override {
    const KafkaProducer::Outcome& outcome = producer_->outcome();
    return {outcome.delivered, outcome.failed, outcome.first_failure};
  }
  bool broken() const override { return producer_->broken(); }

 private:
  const std::string topic_;
  const RecordKey key_;
  const int32_t partitions_;
  const std::unique_ptr<KafkaProducer> producer_;
  int32_t next_partition_ = 0;  ///< of a record without a key
};

}  // namespace

std::unique_ptr<LoadSink> make_file_sink(std::FILE* file) {
  return std::make_unique<FileSink>(file);
}

Result<std::unique_ptr<KafkaProducer>> open_load_producer(const LoadKafkaOptions& options) {
  KafkaProperties properties = options.properties;
  properties.try_emplace("message.timeout.ms", kDeliveryTimeoutMs);
  return KafkaProducer::open(options.bootstrap_servers, properties);
}

Result<std::unique_ptr<LoadSink>> make_kafka_sink(const LoadKafkaOptions& options,
                                                  std::unique_ptr<KafkaProducer> producer) {
  auto partitions = producer->partitions_of(options.topic, kBrokerTimeout);
  if (!partitions) return tl::make_unexpected(partitions.error());
  if (*partitions == 0 && options.partitions == 0) {
    return failure(
        fmt::format("topic {} does not exist; --kafka.partitions would create it", options.topic));
  }
  if (*partitions == 0) {
    auto created = producer->create_topic(options.topic, options.partitions, kBrokerTimeout);
    if (!created) return tl::make_unexpected(created.error());
    partitions = options.partitions;
  }
  if (options.partitions != 0 && *partitions != options.partitions) {
    return failure(fmt::format("topic {} has {} partitions, not {}", options.topic, *partitions,
                               options.partitions));
  }
  return std::make_unique<KafkaSink>(options, std::move(producer), *partitions);
}

}  // namespace kpid
