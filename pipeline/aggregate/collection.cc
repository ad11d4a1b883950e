#include "pipeline/aggregate/collection.h"

#include "pipeline/check.h"

namespace kpid {
namespace {

void merge_into(ValueCounts& into, const ValueCounts& from, const CollectionLimits&) {
  into.merge(from);
}
void merge_into(DistinctKeys& into, const DistinctKeys& from, const CollectionLimits& limits) {
  into.merge(from, limits.max_distinct);
}
void merge_into(KeySet& into, const KeySet& from, const CollectionLimits& limits) {
  into.merge(from, limits.max_keys);
}
void merge_into(KeySums& into, const KeySums& from, const CollectionLimits& limits) {
  into.merge(from, limits.max_keys);
}

template <size_t kAlternative = 0>
std::optional<Collection> read_as(size_t alternative, std::string_view bytes) {
  if constexpr (kAlternative < std::variant_size_v<Collection>) {
    if (alternative != kAlternative) return read_as<kAlternative + 1>(alternative, bytes);
    return std::variant_alternative_t<kAlternative, Collection>::read(bytes);
  } else {
    return std::nullopt;
  }
}

}  // namespace

void merge(Collection& into, const Collection& from, const CollectionLimits& limits) {
  KPID_ASSERT(into.index() == from.index());
  std::visit([&]<class Summary>(
                 Summary& summary) { merge_into(summary, *std::get_if<Summary>(&from), limits); },
             into);
}

void append_to(std::string& out, const Collection& collection) {
  std::visit([&](const auto& summary) { summary.append_to(out); }, collection);
}

std::optional<Collection> read_collection(size_t alternative, std::string_view bytes) {
  return read_as(alternative, bytes);
}

size_t heap_bytes(const Collection& collection) {
  return std::visit([](const auto& summary) { return summary.heap_bytes(); }, collection);
}

}  // namespace kpid
