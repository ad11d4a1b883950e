#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/event/record.h"
#include "pipeline/event/source_definition.h"
#include "pipeline/event/time.h"
#include "pipeline/result.h"
#include "pipeline/state.h"

namespace kpid {

/// librdkafka's settings by name, as in its CONFIGURATION.md.
using KafkaProperties = std::map<std::string, std::string>;

/// A topic to read.
struct KafkaTopic {
  std::string name;
  Start start;         ///< where an unknown topic begins
  bool known = false;  ///< the store knows a partition of it: new partitions begin at the beginning
};

/// How long what may take; tests make them short.
struct KafkaTimings {
  Duration discovery_interval = std::chrono::seconds{10};  ///< between looks for new partitions
  Duration retry_interval = std::chrono::seconds{1};       ///< the same while something is not well
  Duration request_timeout = std::chrono::seconds{5};      ///< of one question to a broker
  Duration lasting_after = std::chrono::seconds{10};  ///< a refusal that lasts so long is a fault
  Duration stalled_after = std::chrono::seconds{60};  ///< lag, not paused, and no record so long
  Duration status_interval = std::chrono::milliseconds{100};  ///< between looks at the log's ends
};

struct KafkaSourceOptions {
  std::string bootstrap_servers;  ///< comma-separated
  std::string group_id;           ///< for commits only
  KafkaProperties properties;     ///< the user's; they win over what kpid chooses
  std::vector<KafkaTopic> topics;
  uint32_t worker = 0;
  uint32_t workers = 1;
  EventTime asked_at{};                 ///< what `start: -6h` counts from
  uint64_t queue_bytes = 128ULL << 20;  ///< bound on what is fetched and not yet polled
  KafkaTimings timings;
};

/// The worker that reads a partition: fixed by its name and number, so that nothing needs to be
/// agreed upon.
uint32_t worker_of(std::string_view topic, int32_t partition, uint32_t workers);

/// Checks a user's properties without touching a broker: an unknown name, a bad value, or a
/// property that kpid must choose itself.
Result<void> check_kafka_properties(const KafkaProperties& properties);

/// Names a partition within one `KafkaSource`: its place in `partitions()`. Never changes.
using PartitionIndex = size_t;

/// A partition that was found. Nothing of it is read until `begin`.
struct NewPartition {
  PartitionIndex index = 0;
  std::string topic;
  int32_t partition = 0;
  int64_t start_offset = 0;  ///< where to begin when the store does not know the partition
  /// From this instant on nothing is missing: when the end of the log was asked for (`latest`), the
  /// instant looked up (`-6h`); nothing: everything that the log has is read. For a partition that
  /// the store does not know; one that it knows begins at its stored offset.
  std::optional<EventTime> begins;
  int64_t end_offset = 0;  ///< the end of the log when it was found
};

/// Offsets that the log no longer had when they were due. Comes after the last record before them
/// and before the first one after them.
struct LostRecords {
  PartitionIndex index = 0;
  int64_t lost = 0;         ///< offsets, at least 1
  int64_t next_offset = 0;  ///< where reading goes on
};

/// Records of one partition, ascending by offset. Borrowed until the next call of `poll`.
struct PartitionBatch {
  PartitionIndex index = 0;
  RecordBatch records;
};

/// What one call of `poll` brought. Take `losses` before `batches`.
struct KafkaTurn {
  std::vector<NewPartition> new_partitions;
  std::vector<LostRecords> losses;
  std::span<const PartitionBatch> batches;  ///< at most one a partition; borrowed like the records
  size_t records = 0;                       ///< in all batches
};

/// How a partition is doing, as of the last `poll`.
struct PartitionStatus {
  enum class Phase : uint8_t {
    kFound,      ///< waits for `begin`
    kVerifying,  ///< is looking whether the log is still the one that was read before
    kReading,
    kStopped,  ///< for good: `stop_reason`
  };

  std::string topic;
  int32_t partition = 0;
  Phase phase = Phase::kFound;
  bool connected = false;  ///< it has a leader, and brokers answer
  bool paused = false;     ///< by `pause`
  bool at_end = false;     ///< there was nothing more to fetch behind `position`
  bool stalled = false;    ///< records to fetch, not paused, connected, and none came for long
  /// Has been read to the end of the log as it was when the partition was found. Transaction
  /// markers do not count. Once true, stays so.
  bool reached_start_end = false;
  int64_t begin_offset = 0;                   ///< where `begin` made it start; 0 before
  int64_t position = 0;                       ///< the next offset; what is below has been delivered
  int64_t start_end_offset = 0;               ///< the end of the log when it was found
  std::optional<int64_t> end_offset;          ///< the newest end of the log known
  std::optional<EventTime> newest_timestamp;  ///< newest record timestamp delivered
  uint64_t unproven = 0;    ///< fingerprints whose record retention or compaction had taken
  std::string stop_reason;  ///< for the operator: what is wrong, and what to do

  /// Records not yet read; counts what is invisible too (transaction markers). Nothing: unknown.
  std::optional<int64_t> lag() const;
};

/// How a topic is doing.
struct TopicStatus {
  enum class Presence : uint8_t {
    kNotAsked,  ///< no broker has answered yet
    kAbsent,    ///< does not exist (yet)
    kPresent,
    kRefused,  ///< a broker refuses to tell: `refusal`
  };

  std::string topic;
  Presence presence = Presence::kNotAsked;
  size_t partitions = 0;  ///< of the whole topic, whichever worker reads them
  std::string refusal;    ///< a lasting fault of this topic, such as a missing permission
};

/// How the brokers are doing.
struct BrokersStatus {
  bool connected = false;    ///< a broker has answered the last question
  std::string last_error;    ///< of the broker, newest; empty while connected
  std::string fault;         ///< a fault that will not pass by itself (authentication); else empty
  std::string commit_error;  ///< why the newest commit failed; empty when it did not
};

/// A line of the Kafka client's own log.
struct KafkaLogLine {
  int syslog_level = 6;  ///< 3 error, 4 warning, 5 notice, 6 info, 7 debug
  std::string text;
};

/// Reads one worker's share of the partitions of some topics.
///
/// Used by one thread, the worker's, but for `wake`. Partitions are assigned by `worker_of`,
/// without a consumer group, so there is nothing to rebalance. A second thread inside finds
/// partitions and asks for the ends of logs, so that `poll` never waits for a broker's answer. Not
/// polling is how to slow it down: what is fetched ahead is bounded by `queue_bytes`.
///
/// Life of a partition: found (`KafkaTurn::new_partitions`) -> `begin`, once the offset is in the
/// store (law 3) -> read, in order, each record once, across pauses, broker failures and repeated
/// fetches -> perhaps stopped, with a reason in its status, when its topic was recreated or
/// truncated.
class KafkaSource {
 public:
  explicit KafkaSource(KafkaSourceOptions options);
  ~KafkaSource();  ///< as `close` with a deadline of five seconds
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;

  /// Checks the properties and starts. Errors name the property that is unknown, has a bad value,
  /// or must not be set. Brokers that are away are no error. REQUIRES: called once, first.
  Result<void> start();

  /// Waits up to `timeout` for something to report, then takes at most `max_records` records. May
  /// return early and empty. Records of the previous call become invalid.
  KafkaTurn poll(size_t max_records, Duration timeout);

  /// Makes the `poll` that waits now, or the next one, return early. From any thread, between
  /// `start` and `close`; no effect otherwise.
  void wake() const;

  /// Starts reading a found partition at `next_offset`; no record below it is delivered. With a
  /// `fingerprint`, the log is first compared with it: the phase is `kVerifying` until then.
  /// REQUIRES: the phase is `kFound`.
  void begin(PartitionIndex index, int64_t next_offset,
             const std::optional<Fingerprint>& fingerprint);

  /// Delivers no more of the partition's records until `resume`; others go on. Takes effect at
  /// once, loses and repeats nothing. What was fetched of it is thrown away, and on librdkafka 2.0
  /// both cost up to a second of its fetching: for alignment, with hysteresis, never to slow down
  /// the whole. No effect where it is the case already.
  void pause(PartitionIndex index);
  void resume(PartitionIndex index);

  /// Records fetched and not yet polled, about. Bounded by `queue_bytes`, but for one answer of
  /// each broker.
  size_t queued_records() const;

  /// Every partition found, by its index; their status as of the last `poll`.
  const std::vector<PartitionStatus>& partitions() const;

  /// One a topic, in the order of the options, as of the last `poll`.
  const std::vector<TopicStatus>& topics() const;

  const BrokersStatus& brokers() const;

  /// Writes next offsets to the group, for lag monitors only. Does not wait; failures are counted.
  /// Does nothing while an earlier one is under way, or a partition is about to be fetched.
  void commit(std::span<const std::pair<PartitionIndex, int64_t>> next_offsets);

  /// The client's log lines since the last call; at most a hundred are kept between calls, and
  /// `lines_dropped` in the last line tells of more.
  std::vector<KafkaLogLine> take_log_lines();

  /// Stops for good and frees what it can until `deadline` has passed; what hangs in the library
  /// then is left behind. Nothing but the destructor may be called afterwards.
  void close(Duration deadline);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kpid
