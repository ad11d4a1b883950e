#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "daemon/command_line.h"
#include "daemon/load/kafka_producer.h"
#include "daemon/load/sales_generator.h"
#include "pipeline/result.h"

namespace kpid {

/// What became of the events that a sink was given.
struct LoadOutcome {
  uint64_t delivered = 0;
  uint64_t failed = 0;
  std::string first_failure;  ///< empty: none
};

/// Where made-up events go.
class LoadSink {
 public:
  virtual ~LoadSink() = default;

  /// Takes an event. False: there is no room now; try again.
  virtual bool put(const SalesEvent& event) = 0;

  /// Gives the sink a moment for what it has to do beside; waits up to `timeout` for room.
  virtual void attend(Duration timeout) = 0;

  /// Waits until every event is delivered or failed. False: the time is up; call again.
  virtual bool finish(Duration timeout) = 0;

  virtual LoadOutcome outcome() const = 0;

  /// Nothing that it is given will be delivered any more.
  virtual bool broken() const = 0;
};

/// JSON lines into `file`, which is closed with the sink unless it is stdout.
std::unique_ptr<LoadSink> make_file_sink(std::FILE* file);

/// A producer with the properties of the options. Errors: an unknown property, or a bad value.
Result<std::unique_ptr<KafkaProducer>> open_load_producer(const LoadKafkaOptions& options);

/// Records into a topic, which is created if it does not exist and the options say with how many
/// partitions. Errors: no broker answers, no such topic, or one of other partitions.
Result<std::unique_ptr<LoadSink>> make_kafka_sink(const LoadKafkaOptions& options,
                                                  std::unique_ptr<KafkaProducer> producer);

}  // namespace kpid
