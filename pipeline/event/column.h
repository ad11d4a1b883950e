#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pipeline/event/decimal.h"
#include "pipeline/event/source_definition.h"
#include "pipeline/event/text_arena.h"
#include "pipeline/event/time.h"

namespace kpid {

/// The values of one field, or of one row expression, for the rows of a batch. One of the value
/// vectors is in use, by `type`; all have one element a row. A null row's value is unspecified.
struct Column {
  Type type = Type::kString;
  std::vector<uint8_t> present;           ///< 1: has a value, 0: null
  std::vector<std::string_view> strings;  ///< kString; borrowed, from `text` or a record
  std::vector<int64_t> integers;          ///< kInt; kBool as 0 or 1; kTime in Unix milliseconds
  std::vector<Int128> nanos;              ///< kDecimal times 10^9; kDuration in seconds times 10^9

  /// Makes room for `rows` rows; the contents of new rows are unspecified. Keeps capacity.
  void resize(size_t rows);
};

/// Rows of a batch, ascending.
using Selection = std::vector<uint32_t>;

/// Decoded records of one source and one partition as columns.
struct EventBatch {
  size_t rows = 0;
  int32_t partition = 0;               ///< of the source
  std::vector<EventTime> event_times;  ///< one a row
  std::vector<int64_t> offsets;        ///< one a row, of its record
  std::vector<Column> fields;          ///< parallel to the declared fields of the source
  TextArena text;                      ///< what strings that lie in no record point into
};

}  // namespace kpid
