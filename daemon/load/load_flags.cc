#include "daemon/load/load_flags.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "daemon/flags.h"
#include "pipeline/decode/time_parser.h"

namespace kpid {

namespace {

// The order's number in an event has eleven digits.
constexpr uint64_t kMaxLoadEvents = 99'999'999'999;
// More than any machine makes; a bound keeps the arithmetic of time exact.
constexpr double kMaxLoadRate = 1e9;
constexpr double kMaxSkew = 20;
constexpr int32_t kMaxLoadPartitions = 10'000;
constexpr Duration kMaxLoadDelay = std::chrono::hours{24 * 366};

/// An instant in RFC 3339 that an event may have.
EventTime read_time(const std::string& flag, const std::string& text) {
  EventTime time;
  const TimeParser parser({.kind = TimeFormat::Kind::kRfc3339, .pattern = {}, .time_zone = {}});
  if (parser.parse(text, time) != TimeStatus::kOk) {
    throw CLI::ValidationError(
        flag, fmt::format("'{}' is neither 'now' nor a time like 2026-01-01T00:00:00Z", text));
  }
  if (time < kEarliestEventTime || time >= kEndOfEventTime) {
    throw CLI::ValidationError(flag, "must be between the years 1971 and 2199");
  }
  return time;
}

std::pair<std::string, std::string> read_property(const std::string& text) {
  const size_t equals = text.find('=');
  // With a ':' or a blank it is no name, but may have the value in it, which must not be repeated.
  const size_t name_end = text.find_first_of("=: \t");
  if (equals == std::string::npos || equals == 0 || name_end != equals) {
    throw CLI::ValidationError("--kafka.property", "must be NAME=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void add_kafka(CLI::App& command, LoadKafkaOptions& kafka) {
  add_text(command, "--kafka.bootstrap-servers", kafka.bootstrap_servers, "HOST:PORT,...",
           "The brokers");
  add_text(command, "--kafka.topic", kafka.topic, "TOPIC", "The topic");
  add_number<int32_t>(command, "--kafka.partitions", kafka.partitions, 0, kMaxLoadPartitions,
                      "Create the topic, if it does not exist, with so many; 0: it exists");
  add_choice<RecordKey>(
      command, "--kafka.key", kafka.key,
      {{"customer", RecordKey::kCustomer}, {"none", RecordKey::kNone}},
      "What records are keyed by: the customer, or nothing, and partitions take turns");
  add_repeatable(
      command, "--kafka.property", "NAME=VALUE",
      [&kafka](const std::string& text) { kafka.properties.insert(read_property(text)); },
      "A producer's property of librdkafka; repeatable");
}

void add_shape(CLI::App& command, GenerateLoadOptions& load) {
  SalesShape& shape = load.shape;
  add_number<uint64_t>(command, "--seed", shape.seed, 0, UINT64_MAX, "Makes other events");
  add_number<uint64_t>(command, "--keys", shape.customers, 1, SalesShape::kMaxCustomers,
                       "Customers");
  add_number<double>(command, "--zipf", shape.skew, 0, kMaxSkew,
                     "Exponent of Zipf's law for the customers; 0: all buy alike");
  add_number<uint32_t>(command, "--fields", shape.extra_fields, 0, SalesShape::kMaxExtraFields,
                       "Numeric fields beside the twelve that a sale has");
  const auto read_bytes = [&shape](const uint64_t& bytes) { shape.event_bytes = bytes; };
  command
      .add_option_function<uint64_t>("--event-bytes", read_bytes,
                                     "The size of every event; not given: the least")
      ->type_name("NUMBER");
  const auto read_start = [&load](const std::string& text) {
    load.start = text == "now" ? LoadStart::kNow : LoadStart::kGiven;
    if (text != "now") load.shape.start = read_time("--start", text);
  };
  command
      .add_option_function<std::string>(
          "--start", read_start,
          "When the first event is sent, or now; not given: so that the last is sent in its own "
          "time, and the events are others each time")
      ->type_name("TIME");
  add_number<double>(command, "--event-rate", load.event_rate, 0, kMaxLoadRate,
                     "Events a second of event time; 0: as --rate, or 100 without");
  add_duration(command, "--disorder", shape.disorder,
               "How far an event on time may be behind the time it is sent");
  add_number<double>(command, "--late-share", shape.late_share, 0, 1,
                     "Share of events that are behind by more than the disorder");
  add_duration(command, "--lateness", shape.lateness,
               "How far a late event may be behind the disorder");
}

}  // namespace

void add_load_flags(CLI::App& command, GenerateLoadOptions& load) {
  add_kafka(command, load.kafka);
  add_text(command, "--output", load.output, "PATH",
           "Write JSON lines to a file, or - for stdout, instead of to Kafka");
  add_number<uint64_t>(command, "--events", load.events, 0, kMaxLoadEvents,
                       "How many; 0: until it is stopped");
  add_number<double>(command, "--rate", load.rate, 0, kMaxLoadRate,
                     "Events a second; 0: as fast as it goes");
  add_shape(command, load);
  command.add_flag("--print-config", load.print_config,
                   "Print a configuration that reads this load, and send nothing");
}

void finish_load_flags(const CLI::App& command, GenerateLoadOptions& load) {
  if (!load.output.empty()) {
    for (const char* flag : {"--kafka.bootstrap-servers", "--kafka.topic", "--kafka.partitions",
                             "--kafka.key", "--kafka.property"}) {
      if (command.count(flag) > 0) {
        throw CLI::ValidationError(fmt::format("--output excludes {}", flag));
      }
    }
  } else if (load.kafka.bootstrap_servers.empty() && !load.print_config) {
    throw CLI::ValidationError("--kafka.bootstrap-servers or --output is required");
  }
  SalesShape& shape = load.shape;
  if (load.event_rate > 0 || load.rate > 0) {
    shape.events_per_second = load.event_rate > 0 ? load.event_rate : load.rate;
  }
  const bool outruns_the_clock = load.rate == 0 || load.rate > shape.events_per_second;
  if (load.events == 0 && outruns_the_clock && load.start == LoadStart::kOfThePresent) {
    throw CLI::ValidationError(
        "--events 0 has no end to be now, and would run ahead of the clock: give --start, or a "
        "--rate of at most --event-rate");
  }
  const uint64_t least = least_event_bytes(shape);
  if (shape.event_bytes &&
      (*shape.event_bytes < least || *shape.event_bytes > SalesShape::kMaxEventBytes)) {
    throw CLI::ValidationError("--event-bytes",
                               fmt::format("must be from {} to {} with {} extra fields", least,
                                           SalesShape::kMaxEventBytes, shape.extra_fields));
  }
  if (shape.disorder > kMaxLoadDelay || shape.lateness > kMaxLoadDelay) {
    throw CLI::ValidationError("--disorder and --lateness are at most 366d");
  }
}

}  // namespace kpid
