#include "daemon/kafka/partition_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pipeline/check.h"

namespace kpid {

PartitionReader::PartitionReader(std::string name, int32_t partition)
    : name_(std::move(name)), partition_(partition) {}

void PartitionReader::begin(int64_t next_offset, const std::optional<Fingerprint>& fingerprint) {
  KPID_ASSERT(phase_ == Phase::kFound);
  KPID_ASSERT(next_offset >= 0);
  KPID_ASSERT(!fingerprint || fingerprint->offset < next_offset);
  position_ = next_offset;
  fingerprint_ = fingerprint;
  phase_ = fingerprint ? Phase::kVerifying : Phase::kReading;
  wants_fetch_ = true;
}

int64_t PartitionReader::fetch_offset() const {
  return phase_ == Phase::kVerifying ? fingerprint_->offset : position_;
}

bool PartitionReader::offer(const Record& record) {
  if (phase_ == Phase::kFound || phase_ == Phase::kStopped) return false;
  if (wants_fetch_ || wants_ends_) return false;
  if (phase_ == Phase::kVerifying && !verify(record)) return false;
  if (record.offset < position_) return false;
  position_ = record.offset + 1;
  at_end_ = false;
  return true;
}

bool PartitionReader::verify(const Record& record) {
  if (record.offset < fingerprint_->offset) return false;
  if (record.offset > fingerprint_->offset) {
    unproven_ += 1;  // compacted, or expired just now: that proves nothing
  } else if (fingerprint_of(record) != *fingerprint_) {
    stop(
        fmt::format("another record stands at offset {} than was read before, so the topic was "
                    "recreated",
                    record.offset));
    return false;
  }
  phase_ = Phase::kReading;
  return true;
}

void PartitionReader::end_reached(int64_t offset) {
  if (phase_ == Phase::kFound || phase_ == Phase::kStopped) return;
  if (wants_fetch_ || wants_ends_) return;
  if (phase_ == Phase::kVerifying) {
    if (offset <= fingerprint_->offset) {
      wants_ends_ = true;  // a new leader may not know yet how far the log goes: ask, then judge
      return;
    }
    unproven_ += 1;
    phase_ = Phase::kReading;
  }
  if (offset < position_) return;
  position_ = offset;
  at_end_ = true;
}

void PartitionReader::out_of_range() {
  if (phase_ == Phase::kVerifying || phase_ == Phase::kReading) wants_ends_ = true;
}

void PartitionReader::lost_sight() {
  if (phase_ != Phase::kVerifying && phase_ != Phase::kReading) return;
  at_end_ = false;
  wants_ends_ = true;
}

void PartitionReader::fetch_again() {
  if (phase_ == Phase::kVerifying || phase_ == Phase::kReading) wants_fetch_ = true;
}

int64_t PartitionReader::ends_known(const LogEnds& ends) {
  if (!wants_ends_) return 0;
  wants_ends_ = false;
  if (ends.high < position_) {
    stop(
        fmt::format("the log ends at offset {} and was read up to {} before, so the topic was "
                    "recreated or truncated",
                    ends.high, position_));
    return 0;
  }
  wants_fetch_ = true;
  at_end_ = false;
  if (fingerprint_ && fingerprint_->offset >= ends.low) {
    phase_ = Phase::kVerifying;
    return 0;
  }
  if (fingerprint_) unproven_ += 1;
  phase_ = Phase::kReading;
  const int64_t lost = std::max<int64_t>(ends.low - position_, 0);
  position_ += lost;
  return lost;
}

void PartitionReader::stop(std::string reason) {
  phase_ = Phase::kStopped;
  wants_fetch_ = false;
  wants_ends_ = false;
  at_end_ = false;
  stop_reason_ =
      fmt::format("{} [{}]: {}; `kpid reset --topic {} [--to beginning | end]` starts it anew",
                  name_, partition_, reason, name_);
}

}  // namespace kpid
