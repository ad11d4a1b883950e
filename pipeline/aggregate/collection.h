#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "pipeline/aggregate/distinct_keys.h"
#include "pipeline/aggregate/key_set.h"
#include "pipeline/aggregate/key_sums.h"
#include "pipeline/aggregate/value_counts.h"

namespace kpid {

/// How much one group and window may collect.
struct CollectionLimits {
  uint32_t max_distinct = 16'384;  ///< keys that `distinct` counts exactly; it estimates beyond
  uint32_t max_keys = 100'000;     ///< keys of `top_share`, `retained`, `new`, `returning`

  bool operator==(const CollectionLimits&) const = default;
};

/// A summary that grows with what is different in it, unlike an accumulator; it merges by the same
/// laws. The place of an alternative is stored: it never changes.
using Collection = std::variant<ValueCounts, DistinctKeys, KeySet, KeySums>;

/// REQUIRES: both are the same alternative.
void merge(Collection& into, const Collection& from, const CollectionLimits& limits);

/// The stored form, without the alternative.
void append_to(std::string& out, const Collection& collection);
/// Nothing where the bytes are not what `append_to` writes for that alternative, or there is none.
std::optional<Collection> read_collection(size_t alternative, std::string_view bytes);

/// Memory that it holds beside itself.
size_t heap_bytes(const Collection& collection);

}  // namespace kpid
