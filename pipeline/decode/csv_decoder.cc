#include "pipeline/decode/csv_decoder.h"

#include <vector>

#include "pipeline/decode/csv_line.h"
#include "pipeline/decode/path_tree.h"
#include "pipeline/decode/row_builder.h"
#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

class CsvDecoder : public Decoder {
 public:
  CsvDecoder(const SourceDefinition& source, const Limits& limits,
             std::span<const std::string> columns)
      : record_bytes_(limits.record_bytes), row_(source, limits), cell_slots_(columns.size()) {
    const PathTree tree(source);
    SeenKeys seen(tree);
    for (size_t i = 0; i < columns.size(); ++i) {
      const PathNode* node = tree.root.child(columns[i]);
      if (node != nullptr && seen.first(*node)) cell_slots_[i] = node->slots;
    }
  }

  std::optional<RejectReason> decode(const Record& record, EventBatch& batch) override {
    if (record.value.size() > record_bytes_) return RejectReason::kTooLarge;
    std::string_view value = record.value;
    if (!valid_utf8(value)) {
      repair_utf8(value, repaired_);
      value = repaired_;
    }
    if (value.empty() || !line_.split(value)) return RejectReason::kMalformed;
    const std::span<const std::string_view> cells = line_.cells();
    if (cells.size() != cell_slots_.size()) return RejectReason::kMalformed;
    row_.begin(batch);
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      for (const Slot slot : cell_slots_[i]) row_.set(slot, cells[i]);
    }
    return row_.finish(record.timestamp);
  }

 private:
  const size_t record_bytes_;
  RowBuilder row_;
  std::vector<std::vector<Slot>> cell_slots_;  ///< one a cell: what it fills
  CsvLine line_;
  std::string repaired_;
};

}  // namespace

std::unique_ptr<Decoder> make_csv_decoder(const SourceDefinition& source, const Limits& limits,
                                          std::span<const std::string> columns) {
  return std::make_unique<CsvDecoder>(source, limits, columns);
}

}  // namespace kpid
