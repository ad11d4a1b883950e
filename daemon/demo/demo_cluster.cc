#include "daemon/demo/demo_cluster.h"

#include <librdkafka/rdkafka.h>
// rdkafka_mock.h wants rdkafka.h before it.
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/demo/event_generator.h"
#include "daemon/load/kafka_producer.h"
#include "pipeline/check.h"

namespace kpid {
namespace {

using MockCluster =
    std::unique_ptr<rd_kafka_mock_cluster_t, decltype(&rd_kafka_mock_cluster_destroy)>;

/// By DemoTopic. Sales are the most by far, and a partition keeps 5 MiB only.
constexpr std::array<int, kDemoTopicNames.size()> kPartitions = {8, 2, 3};

/// How often what has happened since is produced: short enough to look alive.
constexpr std::chrono::milliseconds kProduceEvery{250};

/// Records are made and handed over in stretches of this length, so that the history, or the hours
/// a laptop slept, need little memory.
constexpr Duration kStretch = std::chrono::minutes{1};

constexpr Duration kFlushTimeout = std::chrono::seconds{10};

constexpr const char* kClientId = "kpid-demo";

}  // namespace

/// Everything of the cluster that needs librdkafka, and the thread. The mock cluster lives in a
/// client of its own, which outlives it.
class DemoCluster::Producer {
 public:
  Producer(Options options, std::unique_ptr<KafkaProducer> host, MockCluster mock,
           std::unique_ptr<KafkaProducer> client)
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
    if (!client_->flush(kFlushTimeout)) {
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
      client_->poll(Duration{0});
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
    const OutgoingRecord outgoing{.topic = topics_[static_cast<size_t>(record.topic)],
                                  .key = record.key,
                                  .value = record.value,
                                  .timestamp = record.timestamp};
    // A full queue empties itself into the broker next door.
    while (!client_->send(outgoing)) client_->poll(Duration{10});
  }

  // Constant after construction.
  const std::vector<std::string> topics_{kDemoTopicNames.begin(), kDemoTopicNames.end()};
  EventGenerator generator_;
  std::function<EventTime()> clock_;
  std::unique_ptr<KafkaProducer> host_;
  MockCluster mock_;
  std::string bootstrap_servers_;
  std::unique_ptr<KafkaProducer> client_;

  // The starting thread's until start_thread, then the producing thread's.
  EventTime produced_until_;

  std::jthread thread_;  // last: joined before anything it uses goes
};

Result<std::unique_ptr<DemoCluster>> DemoCluster::start(Options options) {
  KPID_ASSERT(options.clock != nullptr);
  auto host = KafkaProducer::open("", {{"client.id", kClientId}});
  if (!host) return tl::unexpected(host.error());
  MockCluster mock(rd_kafka_mock_cluster_new((*host)->handle(), 1), rd_kafka_mock_cluster_destroy);
  if (!mock) return failure("demo: the in-process Kafka found no free port on 127.0.0.1");
  for (size_t topic = 0; topic < kDemoTopicNames.size(); ++topic) {
    const auto error = rd_kafka_mock_topic_create(mock.get(), kDemoTopicNames[topic].data(),
                                                  kPartitions[topic], 1);
    KPID_ASSERT(error == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  auto client = KafkaProducer::open(rd_kafka_mock_cluster_bootstraps(mock.get()),
                                    {{"client.id", kClientId}, {"log_level", "3"}});
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
