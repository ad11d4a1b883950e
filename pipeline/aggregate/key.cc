#include "pipeline/aggregate/key.h"

#include <xxhash.h>

#include <bit>

#include "pipeline/check.h"

namespace kpid {
namespace {

static_assert(std::endian::native == std::endian::little, "keys are of little-endian integers");

Key hash(const void* bytes, size_t size) {
  const XXH128_hash_t hash = XXH3_128bits(bytes, size);
  const Key key{.high = hash.high64, .low = hash.low64};
  return key == Key{} ? Key{.high = 0, .low = 1} : key;
}

}  // namespace

Key key_of(const Column& column, size_t row) {
  KPID_ASSERT(column.present[row] != 0);
  switch (column.type) {
    case Type::kString:
      return hash(column.strings[row].data(), column.strings[row].size());
    case Type::kInt:
    case Type::kBool:
    case Type::kTime:
      return hash(&column.integers[row], sizeof(int64_t));
    case Type::kDecimal:
    case Type::kDuration:
      return hash(&column.nanos[row], sizeof(Int128));
  }
  return {};
}

}  // namespace kpid
