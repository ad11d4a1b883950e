#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "pipeline/event/time.h"
#include "pipeline/result.h"

namespace kpid {

/// A Kafka of one broker inside this process, with the topics of the demo pack, and a thread that
/// keeps producing into them what an `EventGenerator` makes up. Clients reach it over loopback,
/// like any broker. It keeps nothing on disk and ends with the object.
///
/// Source: librdkafka's mock cluster, rdkafka_mock.h.
class DemoCluster {
 public:
  struct Options {
    uint64_t seed = 1;
    /// How far back the first record lies. Bounded by what the broker keeps of a partition (5 MiB,
    /// 100,000 records); three hours use two thirds of it.
    Duration history = std::chrono::hours{3};
    /// What time it is; asked by the producing thread, several times a second.
    std::function<EventTime()> clock;
  };

  /// Starts the broker, creates the topics, and returns when the whole history has been taken in;
  /// from then on the thread produces what has happened since. Fails when no loopback port can be
  /// had or the broker does not take the history within ten seconds. REQUIRES: `options.clock`.
  static Result<std::unique_ptr<DemoCluster>> start(Options options);

  /// Stops the thread and the broker.
  ~DemoCluster();
  DemoCluster(const DemoCluster&) = delete;
  DemoCluster& operator=(const DemoCluster&) = delete;

  /// "127.0.0.1:41235"
  const std::string& bootstrap_servers() const;

 private:
  class Producer;

  explicit DemoCluster(std::unique_ptr<Producer> producer);

  std::unique_ptr<Producer> producer_;
};

}  // namespace kpid
