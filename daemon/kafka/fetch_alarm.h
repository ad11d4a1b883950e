#pragma once

#include <cstdint>
#include <string>

struct rd_kafka_s;
struct rd_kafka_conf_s;

namespace kpid {

/// Wakes the library's fetchers while its queue empties. Before librdkafka 2.2 one that finds the
/// queue full sleeps for up to a second, whatever is taken meanwhile; a backlog that is read slower
/// than it is fetched stood still for most of the time. Newer ones look again by themselves.
class FetchAlarm {
 public:
  /// For a client of this configuration.
  explicit FetchAlarm(rd_kafka_conf_s* config);

  /// So much was taken from the queue. From the thread that takes.
  void taken(uint64_t messages, uint64_t bytes, rd_kafka_s* handle);

 private:
  bool needed_ = false;  ///< nobody else wakes them
  // Half of a full queue: the other half is work until the next answer of a broker.
  uint64_t wake_after_messages_ = 0;
  uint64_t wake_after_bytes_ = 0;
  uint64_t messages_ = 0;  ///< since they were last woken up
  uint64_t bytes_ = 0;
  std::string username_;
  std::string password_;
};

}  // namespace kpid
