#include "pipeline/decode/json_decoder.h"

#include "pipeline/decode/json_reader.h"
#include "pipeline/decode/path_tree.h"
#include "pipeline/decode/row_builder.h"

namespace kpid {

namespace {

class JsonDecoder : public Decoder {
 public:
  JsonDecoder(const SourceDefinition& source, const Limits& limits)
      : record_bytes_(limits.record_bytes),
        tree_(source),
        row_(source, limits),
        reader_(tree_, row_) {}

  std::optional<RejectReason> decode(const Record& record, EventBatch& batch) override {
    if (record.value.size() > record_bytes_) return RejectReason::kTooLarge;
    row_.begin(batch);
    if (!reader_.read(record.value)) return RejectReason::kMalformed;
    return row_.finish(record.timestamp);
  }

 private:
  const size_t record_bytes_;
  const PathTree tree_;
  RowBuilder row_;
  JsonReader reader_;
};

}  // namespace

std::unique_ptr<Decoder> make_json_decoder(const SourceDefinition& source, const Limits& limits) {
  return std::make_unique<JsonDecoder>(source, limits);
}

}  // namespace kpid
