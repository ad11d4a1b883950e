#include "daemon/kafka/kafka_client.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace kpid {
namespace {

using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      decltype(&rd_kafka_topic_partition_list_destroy)>;

// A queue of lines for a reader that comes by once a second: enough for what is worth reading.
constexpr size_t kLogLinesKept = 100;

constexpr int kSyslogDebug = 7;

// A seek or an assignment is answered by the library's own thread within microseconds; this is for
// a machine that is out of breath.
constexpr int kLocalAnswerMillis = 2000;

// How much later than asked the library's threads may wake up. They cut what is left until a timer
// is due to whole milliseconds, and turn round and round for the rest, once a second: that was a
// third of what an idle kpid took. A record or an answer of a broker wakes them as before.
constexpr unsigned long kTimerSlackNanos = 1'000'000;

// Threads that are started while it lives inherit the slack. Source: prctl(2), PR_SET_TIMERSLACK.
class TimerSlack {
 public:
  TimerSlack() { ::prctl(PR_SET_TIMERSLACK, kTimerSlackNanos); }
  ~TimerSlack() { ::prctl(PR_SET_TIMERSLACK, before_); }
  TimerSlack(const TimerSlack&) = delete;
  TimerSlack& operator=(const TimerSlack&) = delete;

 private:
  const unsigned long before_ = static_cast<unsigned long>(::prctl(PR_GET_TIMERSLACK));
};

PartitionList list_of(const TopicPartition& which, int64_t offset) {
  PartitionList list(rd_kafka_topic_partition_list_new(1), &rd_kafka_topic_partition_list_destroy);
  rd_kafka_topic_partition_list_add(list.get(), which.topic.c_str(), which.partition)->offset =
      offset;
  return list;
}

// True if the call went well. Takes the error.
bool went_well(rd_kafka_error_t* error) {
  if (error == nullptr) return true;
  rd_kafka_error_destroy(error);
  return false;
}

}  // namespace

struct KafkaClient::Mailbox {
  std::mutex mutex;
  KafkaNotices notices;
  std::vector<KafkaLogLine> lines;
  size_t lines_dropped = 0;
  bool keeps_debug = false;  ///< the user asked for debug lines

  static Mailbox& of(void* opaque) { return *static_cast<Mailbox*>(opaque); }

  static void note_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
    Mailbox& box = of(opaque);
    const std::lock_guard lock(box.mutex);
    box.notices.trouble = true;
    box.notices.error = reason;
    box.notices.all_down |= code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL ||
        code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED) {
      box.notices.refusal = reason;
    }
  }

  static void note_log(const rd_kafka_t* handle, int level, const char* facility,
                       const char* text) {
    Mailbox& box = of(rd_kafka_opaque(handle));
    const std::lock_guard lock(box.mutex);
    // librdkafka deals with this by itself and has no error for it.
    if (std::string_view(facility) == "BROKERUA") box.notices.leader_lost = true;
    if (level >= kSyslogDebug && !box.keeps_debug) return;
    if (box.lines.size() < kLogLinesKept) {
      box.lines.push_back({.syslog_level = level, .text = fmt::format("{}: {}", facility, text)});
    } else {
      box.lines_dropped += 1;
    }
  }

  static void note_commit(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t*,
                          void* opaque) {
    Mailbox& box = of(opaque);
    const std::lock_guard lock(box.mutex);
    box.notices.commits += 1;
    box.notices.commit_error = error == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_err2str(error);
  }
};

void KafkaMessageDeleter::operator()(rd_kafka_message_s* message) const {
  rd_kafka_message_destroy(message);
}

KafkaClient::KafkaClient(rd_kafka_conf_s* config)
    : alarm_(config), mailbox_(std::make_unique<Mailbox>()) {}

Result<std::unique_ptr<KafkaClient>> KafkaClient::open(KafkaConfig config,
                                                       std::span<const KafkaTopic> topics) {
  std::unique_ptr<KafkaClient> client(new KafkaClient(config.get()));
  client->mailbox_->keeps_debug = property_of(config.get(), "debug") != kOwnDebug;
  rd_kafka_conf_set_opaque(config.get(), client->mailbox_.get());
  rd_kafka_conf_set_error_cb(config.get(), &Mailbox::note_error);
  rd_kafka_conf_set_log_cb(config.get(), &Mailbox::note_log);
  rd_kafka_conf_set_offset_commit_cb(config.get(), &Mailbox::note_commit);
  std::array<char, 512> why{};
  const TimerSlack slack;
  client->handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, config.get(), why.data(), why.size());
  if (client->handle_ == nullptr) {
    return failure(fmt::format("the Kafka client cannot start: {}", why.data()));
  }
  static_cast<void>(config.release());  // the handle owns it now
  rd_kafka_poll_set_consumer(client->handle_);
  client->queue_ = rd_kafka_queue_get_consumer(client->handle_);
  for (const KafkaTopic& topic : topics) {
    client->topics_.push_back(rd_kafka_topic_new(client->handle_, topic.name.c_str(), nullptr));
  }
  return client;
}

KafkaClient::~KafkaClient() {
  if (handle_ == nullptr) return;
  for (rd_kafka_topic_s* topic : topics_) rd_kafka_topic_destroy(topic);
  rd_kafka_queue_destroy(queue_);
  rd_kafka_consumer_close(handle_);
  rd_kafka_destroy(handle_);
}

// One call that waits for the first, then one that takes what is there: the batch call of
// librdkafka before 2.1 would wait until the batch is full, and loses records only when another
// thread seeks or pauses meanwhile, which here never happens. It costs half of single polls.
void KafkaClient::take(size_t most, Duration timeout, std::vector<KafkaMessage>& messages) {
  if (most == 0) return;
  rd_kafka_message_t* first = rd_kafka_consumer_poll(handle_, static_cast<int>(timeout.count()));
  if (first == nullptr) return;
  messages.emplace_back(first);
  taken_.resize(most - 1);
  const ssize_t count = rd_kafka_consume_batch_queue(queue_, 0, taken_.data(), taken_.size());
  uint64_t bytes = first->len;
  for (ssize_t i = 0; i < count; ++i) {
    rd_kafka_message_t* const message = taken_[static_cast<size_t>(i)];
    messages.emplace_back(message);
    bytes += message->len;
  }
  alarm_.taken(static_cast<uint64_t>(count) + 1, bytes, handle_);
}

void KafkaClient::wake() const { rd_kafka_queue_yield(queue_); }

size_t KafkaClient::queued() const { return rd_kafka_queue_length(queue_); }

// A seek draws the line between old and new records in this very call. It is refused where nothing
// is being fetched, at the start and after an error; then there is nothing old to tell apart.
bool KafkaClient::fetch(const TopicPartition& which, int64_t offset) {
  const PartitionList list = list_of(which, offset);
  if (assigned_.contains(which)) {
    const bool sought =
        went_well(rd_kafka_seek_partitions(handle_, list.get(), kLocalAnswerMillis));
    if (sought && list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    forget(which);
  }
  if (!went_well(rd_kafka_incremental_assign(handle_, list_of(which, offset).get()))) return false;
  assigned_.insert(which);
  return true;
}

void KafkaClient::forget(const TopicPartition& which) {
  if (assigned_.erase(which) == 0) return;
  went_well(rd_kafka_incremental_unassign(handle_, list_of(which, RD_KAFKA_OFFSET_INVALID).get()));
}

void KafkaClient::pause(const TopicPartition& which) {
  rd_kafka_pause_partitions(handle_, list_of(which, RD_KAFKA_OFFSET_INVALID).get());
}

void KafkaClient::resume(const TopicPartition& which) {
  rd_kafka_resume_partitions(handle_, list_of(which, RD_KAFKA_OFFSET_INVALID).get());
}

std::optional<int64_t> KafkaClient::high_watermark(const TopicPartition& which) const {
  int64_t low = RD_KAFKA_OFFSET_INVALID;
  int64_t high = RD_KAFKA_OFFSET_INVALID;
  rd_kafka_get_watermark_offsets(handle_, which.topic.c_str(), which.partition, &low, &high);
  return high >= 0 ? std::optional<int64_t>(high) : std::nullopt;
}

void KafkaClient::commit(std::span<const std::pair<TopicPartition, int64_t>> next_offsets) {
  if (next_offsets.empty()) return;
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(next_offsets.size())),
                     &rd_kafka_topic_partition_list_destroy);
  for (const auto& [which, offset] : next_offsets) {
    rd_kafka_topic_partition_list_add(list.get(), which.topic.c_str(), which.partition)->offset =
        offset;
  }
  if (rd_kafka_commit(handle_, list.get(), 1) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Mailbox::note_commit(handle_, RD_KAFKA_RESP_ERR__FAIL, nullptr, mailbox_.get());
  }
}

KafkaNotices KafkaClient::take_notices() {
  const std::lock_guard lock(mailbox_->mutex);
  return std::exchange(mailbox_->notices, {});
}

std::vector<KafkaLogLine> KafkaClient::take_log_lines() {
  const std::lock_guard lock(mailbox_->mutex);
  std::vector<KafkaLogLine> lines = std::exchange(mailbox_->lines, {});
  if (const size_t dropped = std::exchange(mailbox_->lines_dropped, 0); dropped > 0) {
    lines.push_back({.syslog_level = 4, .text = fmt::format("lines_dropped: {}", dropped)});
  }
  return lines;
}

}  // namespace kpid
