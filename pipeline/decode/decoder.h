#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "pipeline/event/column.h"
#include "pipeline/event/record.h"
#include "pipeline/event/reject_reason.h"
#include "pipeline/event/source_definition.h"

namespace kpid {

/// Turns the bytes of a record into one row of typed columns.
///
/// Judges a record by its bytes, its own timestamp and the source's definition alone (law 4), so
/// it answers with the reasons up to out_of_range; `future`, `late` and `expired` need to know the
/// partition and are the engine's. Not thread-safe: one decoder a source and engine.
class Decoder {
 public:
  virtual ~Decoder() = default;

  /// Decodes `record` into row `batch.rows` and adds one to `batch.rows`; or names the first
  /// reason that applies and leaves `batch.rows` as it was. REQUIRES: `batch.fields` is parallel
  /// to the source's fields (`prepare_batch`).
  virtual std::optional<RejectReason> decode(const Record& record, EventBatch& batch) = 0;
};

/// Empties `batch` and makes room for `rows` rows of `source`.
void prepare_batch(const SourceDefinition& source, size_t rows, EventBatch& batch);

/// The decoder for the source's format. `csv_columns` are the names of the cells of a line (the
/// source's own `columns`, or a file's line 1); without meaning for json. A declared field that no
/// column names is null in every row.
std::unique_ptr<Decoder> make_decoder(const SourceDefinition& source, const Limits& limits,
                                      std::span<const std::string> csv_columns);

}  // namespace kpid
