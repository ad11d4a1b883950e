#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/aggregate/hyper_log_log.h"
#include "pipeline/aggregate/key_table.h"
#include "pipeline/formula/term_value.h"

namespace kpid {

/// How many different keys there were: the keys themselves up to a limit, a HyperLogLog of all of
/// them beyond. What is kept depends on the keys and the limit alone.
class DistinctKeys {
 public:
  void add(Key key, uint32_t max_distinct);
  void merge(const DistinctKeys& other, uint32_t max_distinct);

  bool estimated() const { return sketch_.has_value(); }
  /// 0 of nothing.
  TermValue count() const;

  /// The stored form.
  void append_to(std::string& out) const;
  /// Nothing where the bytes are not what `append_to` writes.
  static std::optional<DistinctKeys> read(std::string_view bytes);

  /// Memory that it holds beside itself.
  size_t heap_bytes() const { return keys_.heap_bytes() + (sketch_ ? HyperLogLog::kRegisters : 0); }
  bool operator==(const DistinctKeys&) const = default;

 private:
  void enforce(uint32_t max_distinct);
  void start_sketch();

  KeyTable<KeyEntry> keys_;  ///< empty once there is a sketch
  std::optional<HyperLogLog> sketch_;
};

}  // namespace kpid
