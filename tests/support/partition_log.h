#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/event/record.h"

namespace kpid {

/// The log of one partition, with its bytes. Offsets count from 0.
class PartitionLog {
 public:
  void add(std::string value, std::optional<EventTime> timestamp = {}) {
    const auto offset = static_cast<int64_t>(records_.size());
    values_.push_back(std::make_shared<const std::string>(std::move(value)));
    records_.push_back({.value = *values_.back(), .offset = offset, .timestamp = timestamp});
  }
  /// An event whose record was written when it happened, with these members behind its time.
  void add_event(EventTime time, std::string_view members = "") { add_event(time, members, time); }
  void add_event(EventTime time, std::string_view members, std::optional<EventTime> timestamp) {
    add(fmt::format(R"({{"t":{}{}{}}})", time.time_since_epoch().count(),
                    members.empty() ? "" : ",", members),
        timestamp);
  }

  size_t size() const { return records_.size(); }
  RecordBatch all() const { return records_; }
  /// At most `count` records from offset `first` on.
  RecordBatch from(int64_t first, size_t count) const {
    const auto start = std::min(static_cast<size_t>(first), records_.size());
    return RecordBatch(records_).subspan(start, std::min(count, records_.size() - start));
  }

 private:
  std::vector<std::shared_ptr<const std::string>> values_;  ///< shared with copies of the log
  std::vector<Record> records_;
};

}  // namespace kpid
