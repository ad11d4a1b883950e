#include "daemon/kafka/broker_health.h"

namespace kpid {

void BrokerHealth::heard(const KafkaNotices& notices, SteadyTime now) {
  if (notices.commits > 0) status_.commit_error = notices.commit_error;
  if (notices.trouble) {
    status_.last_error = notices.error;
    if (notices.all_down) status_.connected = false;
  }
  if (!notices.refusal.empty()) {
    if (!refused_since_) refused_since_ = now;
    refusal_ = notices.refusal;
  }
  if (!refused_since_) return;
  // That nobody answers says less than why.
  status_.last_error = refusal_;
  if (now - *refused_since_ >= lasting_after_) status_.fault = refusal_;
}

void BrokerHealth::asked(const ScoutReport& report) {
  if (!report.connected) {
    status_.connected = false;
    status_.last_error = report.error;
  } else if (report.round >= trusted_round_) {
    status_.connected = true;
    status_.last_error.clear();
    refused_since_.reset();
    status_.fault.clear();
  }
}

}  // namespace kpid
