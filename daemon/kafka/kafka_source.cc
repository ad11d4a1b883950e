#include "daemon/kafka/kafka_source.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <xxhash.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "daemon/kafka/broker_health.h"
#include "daemon/kafka/kafka_client.h"
#include "daemon/kafka/partition_reader.h"
#include "daemon/kafka/partition_scout.h"
#include "daemon/kafka/topic_refusals.h"
#include "pipeline/check.h"

namespace kpid {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

std::optional<EventTime> timestamp_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t millis = rd_kafka_message_timestamp(&message, &type);
  if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || millis < 0) return std::nullopt;
  return EventTime(Duration(millis));
}

Record record_of(const rd_kafka_message_t& message) {
  const auto* bytes = static_cast<const char*>(message.payload);
  return {.value = bytes == nullptr ? std::string_view() : std::string_view(bytes, message.len),
          .offset = message.offset,
          .timestamp = timestamp_of(message)};
}

// A partition of ours: what decides over it, and its records of this turn.
struct Slot {
  explicit Slot(const TopicPartition& name) : which(name), reader(name.topic, name.partition) {}

  TopicPartition which;
  PartitionReader reader;
  std::vector<Record> records;
  bool has_leader = false;
  bool assigned = false;               ///< the client has been told to fetch it
  std::optional<uint64_t> ends_asked;  ///< the round of questions that answers `wants_ends`
  LogEnds ends;                        ///< as the last round of questions found them
  SteadyTime progress_at{};            ///< when a record came, or there was none to come
  SteadyTime retry_at{};               ///< no new fetch before
};

}  // namespace

uint32_t worker_of(std::string_view topic, int32_t partition, uint32_t workers) {
  KPID_ASSERT(workers > 0 && partition >= 0);
  const uint64_t first = XXH3_64bits(topic.data(), topic.size()) % workers;
  return static_cast<uint32_t>((first + static_cast<uint64_t>(partition)) % workers);
}

std::optional<int64_t> PartitionStatus::lag() const {
  if (!end_offset) return std::nullopt;
  return std::max<int64_t>(*end_offset - position, 0);
}

class KafkaSource::Implementation {
 public:
  explicit Implementation(KafkaSourceOptions options)
      : options_(std::move(options)),
        health_(options_.timings.lasting_after),
        refusals_(options_.timings.lasting_after) {}

  Result<void> start();
  KafkaTurn poll(size_t max_records, Duration timeout);
  void begin(PartitionIndex index, int64_t next_offset,
             const std::optional<Fingerprint>& fingerprint);
  void pause(PartitionIndex index);
  void resume(PartitionIndex index);
  void commit(std::span<const std::pair<PartitionIndex, int64_t>> next_offsets);
  void wake() const {
    if (client_ != nullptr) client_->wake();
  }
  void close(Duration deadline);

  size_t queued_records() const { return client_->queued(); }
  const std::vector<PartitionStatus>& partitions() const { return statuses_; }
  const std::vector<TopicStatus>& topics() const { return topics_; }
  const BrokersStatus& brokers() const { return health_.status(); }
  std::vector<KafkaLogLine> take_log_lines() { return client_->take_log_lines(); }

 private:
  void release_last_turn();
  void adopt(const ScoutReport& report, KafkaTurn& turn);
  void adopt_partition(const ScoutedPartition& scouted, uint64_t round, KafkaTurn& turn);
  void add_slot(const ScoutedPartition& scouted, KafkaTurn& turn);
  void carry_out_wishes(SteadyTime now);
  void start_fetch(Slot& slot, bool paused, SteadyTime now);
  void hand_out(KafkaTurn& turn, SteadyTime now);
  void sort_in(const rd_kafka_message_t& message, PartitionIndex index, KafkaTurn& turn);
  void note_error(const rd_kafka_message_t& message, std::optional<PartitionIndex> index,
                  SteadyTime now);
  void note_notices(SteadyTime now);
  void update_statuses(SteadyTime now);
  void note_admitted(const Slot& slot);
  void update_status(PartitionIndex index, SteadyTime now);
  std::optional<PartitionIndex> index_of(std::string_view topic, int32_t partition) const;

  const KafkaSourceOptions options_;
  std::unique_ptr<KafkaClient> client_;
  std::unique_ptr<PartitionScout> scout_;

  std::vector<Slot> slots_;
  std::map<std::string, std::map<int32_t, PartitionIndex>, std::less<>> indexes_;
  std::vector<PartitionStatus> statuses_;  ///< parallel to slots_
  std::vector<TopicStatus> topics_;

  std::vector<KafkaMessage> messages_;   ///< of this turn; the records borrow from them
  std::vector<PartitionIndex> touched_;  ///< slots with records in this turn
  std::vector<PartitionIndex> ended_;    ///< slots that were at their end in this turn
  bool doubtful_ = false;                ///< in this turn something was not well
  std::vector<PartitionBatch> batches_;

  BrokerHealth health_;
  TopicRefusals refusals_;
  bool commit_in_flight_ = false;
  SteadyTime statuses_at_{};
};

Result<void> KafkaSource::Implementation::start() {
  KPID_ASSERT(client_ == nullptr);
  auto config = make_kafka_config(options_.bootstrap_servers, options_.group_id,
                                  options_.properties, options_.queue_bytes);
  if (!config) return tl::make_unexpected(config.error());
  auto client = KafkaClient::open(std::move(*config), options_.topics);
  if (!client) return tl::make_unexpected(client.error());
  client_ = std::move(*client);
  for (const KafkaTopic& topic : options_.topics) {
    topics_.push_back({.topic = topic.name,
                       .presence = TopicStatus::Presence::kNotAsked,
                       .partitions = 0,
                       .refusal = {}});
  }
  scout_ = std::make_unique<PartitionScout>(*client_, options_);
  scout_->start();
  return {};
}

KafkaTurn KafkaSource::Implementation::poll(size_t max_records, Duration timeout) {
  KPID_ASSERT(client_ != nullptr);
  release_last_turn();
  KafkaTurn turn;
  if (const auto report = scout_->take_report()) adopt(*report, turn);
  carry_out_wishes(std::chrono::steady_clock::now());
  const bool has_news = !turn.new_partitions.empty() || !turn.losses.empty();
  client_->take(max_records, has_news ? Duration{0} : timeout, messages_);
  const SteadyTime now = std::chrono::steady_clock::now();
  note_notices(now);  // before what was fetched after them is handed out
  hand_out(turn, now);
  // With many partitions, looking at all of them would cost a small turn more than its records.
  if (has_news || doubtful_ || now - statuses_at_ >= options_.timings.status_interval) {
    update_statuses(now);
  } else {
    for (const PartitionIndex index : touched_) update_status(index, now);
    for (const PartitionIndex index : ended_) update_status(index, now);
  }
  return turn;
}

void KafkaSource::Implementation::release_last_turn() {
  for (const PartitionIndex index : touched_) slots_[index].records.clear();
  touched_.clear();
  ended_.clear();
  doubtful_ = false;
  batches_.clear();
  messages_.clear();
}

void KafkaSource::Implementation::adopt(const ScoutReport& report, KafkaTurn& turn) {
  topics_ = report.topics;
  refusals_.mark(topics_, std::chrono::steady_clock::now());
  health_.asked(report);
  for (const ScoutedPartition& scouted : report.partitions) {
    adopt_partition(scouted, report.round, turn);
  }
  if (!report.connected) return;
  for (const TopicStatus& topic : report.topics) {
    if (topic.presence != TopicStatus::Presence::kAbsent) continue;
    for (Slot& slot : slots_) {
      if (slot.which.topic == topic.topic) slot.reader.lost_sight();
    }
  }
}

void KafkaSource::Implementation::adopt_partition(const ScoutedPartition& scouted, uint64_t round,
                                                  KafkaTurn& turn) {
  const auto index = index_of(scouted.which.topic, scouted.which.partition);
  if (!index) {
    if (scouted.start_offset && scouted.ends) add_slot(scouted, turn);
    return;
  }
  Slot& slot = slots_[*index];
  slot.has_leader = scouted.has_leader;
  if (!scouted.ends) return;
  // Neither end of a log ever goes back: this may be another log.
  if (scouted.ends->low < slot.ends.low || scouted.ends->high < slot.ends.high) {
    slot.reader.lost_sight();
  }
  slot.ends = *scouted.ends;
  if (!slot.ends_asked || round < *slot.ends_asked) return;
  slot.ends_asked.reset();
  const int64_t lost = slot.reader.ends_known(*scouted.ends);
  if (lost > 0) {
    turn.losses.push_back({.index = *index, .lost = lost, .next_offset = slot.reader.position()});
  }
}

void KafkaSource::Implementation::add_slot(const ScoutedPartition& scouted, KafkaTurn& turn) {
  const PartitionIndex index = slots_.size();
  Slot& slot = slots_.emplace_back(scouted.which);
  slot.has_leader = scouted.has_leader;
  slot.ends = *scouted.ends;
  indexes_[scouted.which.topic][scouted.which.partition] = index;
  PartitionStatus& status = statuses_.emplace_back();
  status.topic = scouted.which.topic;
  status.partition = scouted.which.partition;
  status.start_end_offset = scouted.ends->high;
  turn.new_partitions.push_back({.index = index,
                                 .topic = scouted.which.topic,
                                 .partition = scouted.which.partition,
                                 .start_offset = *scouted.start_offset,
                                 .begins = scouted.begins,
                                 .end_offset = scouted.ends->high});
}

void KafkaSource::Implementation::carry_out_wishes(SteadyTime now) {
  for (PartitionIndex index = 0; index < slots_.size(); ++index) {
    Slot& slot = slots_[index];
    if (slot.reader.wants_ends() && !slot.ends_asked) slot.ends_asked = scout_->hurry();
    if (slot.reader.wants_fetch() && !slot.reader.wants_ends() && now >= slot.retry_at) {
      start_fetch(slot, statuses_[index].paused, now);
    }
    if (slot.reader.phase() == PartitionStatus::Phase::kStopped && slot.assigned) {
      client_->forget(slot.which);
      slot.assigned = false;
    }
  }
}

void KafkaSource::Implementation::start_fetch(Slot& slot, bool paused, SteadyTime now) {
  if (!client_->fetch(slot.which, slot.reader.fetch_offset())) {
    slot.retry_at = now + options_.timings.retry_interval;
    return;
  }
  slot.assigned = true;
  slot.progress_at = now;
  slot.reader.fetching();
  if (paused) client_->pause(slot.which);  // a new assignment may have ended it
}

// Messages of one partition come in runs, so that the partition is looked up once a run.
void KafkaSource::Implementation::hand_out(KafkaTurn& turn, SteadyTime now) {
  const rd_kafka_topic_t* run_topic = nullptr;
  int32_t run_partition = -1;
  std::optional<PartitionIndex> index;
  for (const KafkaMessage& message : messages_) {
    if (message->rkt != run_topic || message->partition != run_partition) {
      run_topic = message->rkt;
      run_partition = message->partition;
      index = run_topic == nullptr ? std::nullopt
                                   : index_of(rd_kafka_topic_name(run_topic), run_partition);
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      note_error(*message, index, now);
    } else if (index) {
      sort_in(*message, *index, turn);
    }
  }
  for (const PartitionIndex touched : touched_) {
    Slot& slot = slots_[touched];
    slot.reader.delivered(fingerprint_of(slot.records.back()));
    batches_.push_back({.index = touched, .records = slot.records});
  }
  turn.batches = batches_;
}

void KafkaSource::Implementation::sort_in(const rd_kafka_message_t& message, PartitionIndex index,
                                          KafkaTurn& turn) {
  Slot& slot = slots_[index];
  if (statuses_[index].paused) return;
  const Record record = record_of(message);
  if (!slot.reader.offer(record)) return;
  note_admitted(slot);
  if (slot.records.empty()) touched_.push_back(index);
  slot.records.push_back(record);
  turn.records += 1;
  std::optional<EventTime>& newest = statuses_[index].newest_timestamp;
  if (record.timestamp && (!newest || *newest < *record.timestamp)) newest = record.timestamp;
}

void KafkaSource::Implementation::note_error(const rd_kafka_message_t& message,
                                             std::optional<PartitionIndex> index, SteadyTime now) {
  if (index && message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    ended_.push_back(*index);
  } else {
    doubtful_ = true;
  }
  if (!index) {
    health_.failed(rd_kafka_message_errstr(&message));
    return;
  }
  Slot& slot = slots_[*index];
  switch (static_cast<int>(message.err)) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      note_admitted(slot);
      if (!statuses_[*index].paused) slot.reader.end_reached(message.offset);
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      slot.reader.out_of_range();
      return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      slot.reader.lost_sight();
      return;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      // The library goes on behind what it could not read; we do not. What the network garbled is
      // whole the next time, and what the disk garbled shows as a stalled partition.
      slot.reader.fetch_again();
      slot.retry_at = now + options_.timings.retry_interval;
      break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      // Said once, whereupon the library goes on trying in silence. Only after a new fetch does it
      // tell of an end that it has told of before: the sign that it may read again.
      refusals_.refused(slot.which, now);
      slot.reader.fetch_again();
      slot.retry_at = now + options_.timings.retry_interval;
      break;
    default:
      break;  // the library tries again by itself
  }
  health_.failed(fmt::format("{} [{}]: {}", slot.which.topic, slot.which.partition,
                             rd_kafka_message_errstr(&message)));
}

void KafkaSource::Implementation::note_notices(SteadyTime now) {
  KafkaNotices notices = client_->take_notices();
  if (notices.commits > 0) commit_in_flight_ = false;
  doubtful_ = doubtful_ || notices.trouble || notices.leader_lost;
  if (notices.trouble) health_.trust_from(scout_->hurry());
  if (!notices.refusal.empty()) {
    notices.refusal = refusal_with_advice(notices.refusal, options_.properties);
  }
  health_.heard(notices, now);
  // The topic may have been deleted and made again in between: each log is to be recognised anew.
  if (notices.leader_lost) {
    for (Slot& slot : slots_) slot.reader.lost_sight();
  }
}

void KafkaSource::Implementation::update_statuses(SteadyTime now) {
  statuses_at_ = now;
  for (PartitionIndex index = 0; index < slots_.size(); ++index) update_status(index, now);
  refusals_.mark(topics_, now);
}

void KafkaSource::Implementation::note_admitted(const Slot& slot) {
  if (refusals_.admitted(slot.which)) scout_->hurry();  // the topic's status is the scout's again
}

void KafkaSource::Implementation::update_status(PartitionIndex index, SteadyTime now) {
  using Phase = PartitionStatus::Phase;
  Slot& slot = slots_[index];
  PartitionStatus& status = statuses_[index];
  status.phase = slot.reader.phase();
  status.connected = brokers().connected && slot.has_leader && !refusals_.has(slot.which);
  status.position = slot.reader.position();
  status.unproven = slot.reader.unproven();
  status.stop_reason = slot.reader.stop_reason();
  status.end_offset = slot.ends.high;
  if (slot.assigned) {
    status.end_offset = std::max(status.end_offset, client_->high_watermark(slot.which));
  }
  status.at_end = slot.reader.at_end() && slot.ends.high <= status.position;
  if (status.phase == Phase::kReading &&
      (status.at_end || status.position >= status.start_end_offset)) {
    status.reached_start_end = true;
  }
  const bool should_come = status.connected && !status.paused && !status.at_end &&
                           (status.phase == Phase::kReading || status.phase == Phase::kVerifying) &&
                           status.lag().value_or(0) > 0;
  if (!should_come || !slot.records.empty()) slot.progress_at = now;
  status.stalled = now - slot.progress_at >= options_.timings.stalled_after;
}

std::optional<PartitionIndex> KafkaSource::Implementation::index_of(std::string_view topic,
                                                                    int32_t partition) const {
  const auto of_topic = indexes_.find(topic);
  if (of_topic == indexes_.end()) return std::nullopt;
  const auto found = of_topic->second.find(partition);
  if (found == of_topic->second.end()) return std::nullopt;
  return found->second;
}

void KafkaSource::Implementation::begin(PartitionIndex index, int64_t next_offset,
                                        const std::optional<Fingerprint>& fingerprint) {
  slots_.at(index).reader.begin(next_offset, fingerprint);
  statuses_[index].begin_offset = next_offset;
  update_status(index, std::chrono::steady_clock::now());
}

void KafkaSource::Implementation::pause(PartitionIndex index) {
  PartitionStatus& status = statuses_.at(index);
  if (status.paused) return;
  status.paused = true;
  if (slots_[index].assigned) client_->pause(slots_[index].which);
}

// Where the library goes on after a pause depends on what it had handed out and thrown away; where
// we go on is known here.
void KafkaSource::Implementation::resume(PartitionIndex index) {
  PartitionStatus& status = statuses_.at(index);
  if (!status.paused) return;
  status.paused = false;
  if (slots_[index].assigned) client_->resume(slots_[index].which);
  slots_[index].reader.fetch_again();
}

void KafkaSource::Implementation::commit(
    std::span<const std::pair<PartitionIndex, int64_t>> next_offsets) {
  if (next_offsets.empty() || commit_in_flight_) return;
  // The library begins no fetch while a commit is under way, and where the group may not be used,
  // or has no coordinator, a commit takes as long as its session.
  const bool any_to_start = std::any_of(slots_.begin(), slots_.end(), [this](const Slot& slot) {
    return !refusals_.has(slot.which) && (slot.reader.wants_ends() || slot.reader.wants_fetch());
  });
  if (any_to_start) return;
  std::vector<std::pair<TopicPartition, int64_t>> named;
  for (const auto& [index, offset] : next_offsets) {
    named.emplace_back(slots_.at(index).which, offset);
  }
  commit_in_flight_ = true;
  client_->commit(named);
}

// What hangs in the library (it can, when a topic was deleted) keeps its thread and its memory; it
// keeps nobody waiting.
void KafkaSource::Implementation::close(Duration deadline) {
  if (client_ == nullptr) return;
  release_last_turn();
  scout_->stop();
  std::promise<void> closed;
  std::future<void> done = closed.get_future();
  std::thread closer([client = std::move(client_), scout = std::move(scout_),
                      promise = std::move(closed)]() mutable {
    scout.reset();
    client.reset();
    promise.set_value();
  });
  if (done.wait_for(deadline) == std::future_status::ready) {
    closer.join();
  } else {
    closer.detach();
  }
}

KafkaSource::KafkaSource(KafkaSourceOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(options))) {}

KafkaSource::~KafkaSource() { implementation_->close(std::chrono::seconds{5}); }

Result<void> KafkaSource::start() { return implementation_->start(); }

KafkaTurn KafkaSource::poll(size_t max_records, Duration timeout) {
  return implementation_->poll(max_records, timeout);
}

void KafkaSource::wake() const { implementation_->wake(); }

void KafkaSource::begin(PartitionIndex index, int64_t next_offset,
                        const std::optional<Fingerprint>& fingerprint) {
  implementation_->begin(index, next_offset, fingerprint);
}

void KafkaSource::pause(PartitionIndex index) { implementation_->pause(index); }

void KafkaSource::resume(PartitionIndex index) { implementation_->resume(index); }

size_t KafkaSource::queued_records() const { return implementation_->queued_records(); }

const std::vector<PartitionStatus>& KafkaSource::partitions() const {
  return implementation_->partitions();
}

const std::vector<TopicStatus>& KafkaSource::topics() const { return implementation_->topics(); }

const BrokersStatus& KafkaSource::brokers() const { return implementation_->brokers(); }

void KafkaSource::commit(std::span<const std::pair<PartitionIndex, int64_t>> next_offsets) {
  implementation_->commit(next_offsets);
}

std::vector<KafkaLogLine> KafkaSource::take_log_lines() {
  return implementation_->take_log_lines();
}

void KafkaSource::close(Duration deadline) { implementation_->close(deadline); }

}  // namespace kpid
