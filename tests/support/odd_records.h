#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/event/column.h"
#include "pipeline/event/source_definition.h"

namespace kpid {

/// A record that is bad, or odd and good all the same.
struct OddRecord {
  std::string name;
  std::string bytes;
  /// The reason for its rejection ("malformed"), or its fields that are not null as `render_row`
  /// writes them.
  std::string expected;
};

/// The source that the odd records of a format are for. Its event time is `ts` in Unix
/// milliseconds; fields are name (string), count (int), amount (decimal), flag (bool), paid_at
/// (time, RFC 3339), and for json region (string at shop.address.region).
SourceDefinition odd_source(RecordFormat format);
/// The bounds they are for: texts are cut at 16 bytes, records at 2 MiB.
Limits odd_limits();

/// Every accepted one has the event time 2023-11-14T22:13:20Z, unless its name begins with "stamp".
std::vector<OddRecord> odd_json_records();
std::vector<OddRecord> odd_csv_records();

/// The fields of a row that are not null, in the order of the source: `name=a amount=12.5`.
std::string render_row(const SourceDefinition& source, const EventBatch& batch, size_t row);

}  // namespace kpid
