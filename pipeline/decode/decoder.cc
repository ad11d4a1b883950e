#include "pipeline/decode/decoder.h"

#include "pipeline/check.h"
#include "pipeline/decode/csv_decoder.h"
#include "pipeline/decode/json_decoder.h"

namespace kpid {

void prepare_batch(const SourceDefinition& source, size_t rows, EventBatch& batch) {
  batch.rows = 0;
  batch.event_times.resize(rows);
  batch.offsets.resize(rows);
  batch.fields.resize(source.fields.size());
  for (size_t i = 0; i < source.fields.size(); ++i) {
    batch.fields[i].type = source.fields[i].type;
    batch.fields[i].resize(rows);
  }
  batch.text.clear();
}

std::unique_ptr<Decoder> make_decoder(const SourceDefinition& source, const Limits& limits,
                                      std::span<const std::string> csv_columns) {
  switch (source.format) {
    case RecordFormat::kJson:
      return make_json_decoder(source, limits);
    case RecordFormat::kCsv:
      return make_csv_decoder(source, limits, csv_columns);
  }
  KPID_ASSERT(!"a format outside the enumeration");
  return nullptr;
}

}  // namespace kpid
