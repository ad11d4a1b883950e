#include "daemon/demo/demo_cluster.h"

#include <librdkafka/rdkafka.h>
// rdkafka_mock.h wants rdkafka.h before it.
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "daemon/demo/event_generator.h"
#include "pipeline/check.h"

namespace kpid {
namespace {

using Client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;
using MockCluster =
    std::unique_ptr<rd_kafka_mock_cluster_t, decltype(&rd_kafka_mock_cluster_destroy)>;
using ClientConfig = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

/// By DemoTopic. Sales are the most by far, and a partition keeps 5 MiB only.
constexpr std::array<int, kDemoTopicNames.size()> kPartitions = {8, 2, 3};

/// How often what has happened since is produced: short enough to look alive.
constexpr std::chrono::milliseconds kProduceEvery{250};

/// Records are made and handed over in stretches of this length, so that the history, or the hours
/// a laptop slept, need little memory.
constexpr Duration kStretch = std::chrono::minutes{1};

constexpr int kFlushTimeoutMs = 10'000;

Result<Client> make_client(const std::string& bootstrap_servers) {
  ClientConfig config(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  const std::pair<const char*, std::string> properties[] = {
      {"bootstrap.servers", bootstrap_servers},
      {"client.id", "kpid-demo"},
      {"linger.ms", "20"},
      // The order of a partition is the order of its timestamps, whatever has to be sent again.
      {"enable.idempotence", "true"},
      {"queue.buffering.max.messages", "100000"},
      {"log_level", "3"},
  };
  char reason[512];
  for (const auto& [name, value] : properties) {
    if (value.empty()) continue;
    if (rd_kafka_conf_set(config.get(), name, value.c_str(), reason, sizeof reason) !=
        RD_KAFKA_CONF_OK) {
      return failure(std::string("demo: ") + reason);
    }
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, config.get(), reason, sizeof reason);
  if (client == nullptr) return failure(std::string("demo: cannot make a Kafka client: ") + reason);
  static_cast<void>(config.release());  // the client owns it now
  return Client(client, rd_kafka_destroy);
}

}  // namespace

/// Everything of the cluster that needs librdkafka, and the thread. The mock cluster lives in a
/// client of its own, which outlives it.
class DemoCluster::Producer {
 public:
  Producer(Options options, Client host, MockCluster mock, Client client)
      : generator_(options.seed),
        clock_(std::move(options.clock)),
        host_(std::move(host)),
        mock_(std::move(mock)),
        bootstrap_servers_(rd_kafka_mock_cluster_bootstraps(mock_.get())),
        client_(std::move(client)) {}

  /// Produces from `from` until now and waits until all of it has been taken in.
  Result<void> produce_history(EventTime from) {
    produced_until_ = from;
    produce_until_now();
    if (rd_kafka_flush(client_.get(), kFlushTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return failure("demo: the in-process Kafka did not take the history within ten seconds");
    }
    return {};
  }

  void start_thread() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  const std::string& bootstrap_servers() const { return bootstrap_servers_; }

 private:
  void run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      stopped.wait_for(lock, stop, kProduceEvery, [] { return false; });
      produce_until_now();
      rd_kafka_poll(client_.get(), 0);
    }
  }

  /// A clock that was set back is waited for.
  void produce_until_now() {
    const EventTime now = clock_();
    while (produced_until_ < now) {
      const EventTime to = std::min(produced_until_ + kStretch, now);
      for (const DemoRecord& record : generator_.events_between(produced_until_, to)) {
        produce(record);
      }
      produced_until_ = to;
    }
  }

  void produce(const DemoRecord& record) {
    const char* topic = kDemoTopicNames[static_cast<size_t>(record.topic)].data();
    const int64_t timestamp_ms = record.timestamp.time_since_epoch().count();
    rd_kafka_resp_err_t error;
    do {
      error = rd_kafka_producev(
          client_.get(), RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_TIMESTAMP(timestamp_ms),
          RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
          RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      // A full queue empties itself into the broker next door.
      if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(client_.get(), 10);
    } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    KPID_ASSERT(error == RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  // Constant after construction.
  EventGenerator generator_;
  std::function<EventTime()> clock_;
  Client host_;
  MockCluster mock_;
  std::string bootstrap_servers_;
  Client client_;

  // The starting thread's until start_thread, then the producing thread's.
  EventTime produced_until_;

  std::jthread thread_;  // last: joined before anything it uses goes
};

Result<std::unique_ptr<DemoCluster>> DemoCluster::start(Options options) {
  KPID_ASSERT(options.clock != nullptr);
  auto host = make_client("");
  if (!host) return tl::unexpected(host.error());
  MockCluster mock(rd_kafka_mock_cluster_new(host->get(), 1), rd_kafka_mock_cluster_destroy);
  if (!mock) return failure("demo: the in-process Kafka found no free port on 127.0.0.1");
  for (size_t topic = 0; topic < kDemoTopicNames.size(); ++topic) {
    const auto error = rd_kafka_mock_topic_create(mock.get(), kDemoTopicNames[topic].data(),
                                                  kPartitions[topic], 1);
    KPID_ASSERT(error == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  auto client = make_client(rd_kafka_mock_cluster_bootstraps(mock.get()));
  if (!client) return tl::unexpected(client.error());

  const EventTime from = options.clock() - options.history;
  auto producer = std::make_unique<Producer>(std::move(options), std::move(*host), std::move(mock),
                                             std::move(*client));
  if (auto produced = producer->produce_history(from); !produced) {
    return tl::unexpected(produced.error());
  }
  producer->start_thread();
  return std::unique_ptr<DemoCluster>(new DemoCluster(std::move(producer)));
}

DemoCluster::DemoCluster(std::unique_ptr<Producer> producer) : producer_(std::move(producer)) {}

DemoCluster::~DemoCluster() = default;

const std::string& DemoCluster::bootstrap_servers() const { return producer_->bootstrap_servers(); }

}  // namespace kpid
