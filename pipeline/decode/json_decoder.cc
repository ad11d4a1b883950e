#include "pipeline/decode/json_decoder.h"

#include <simdjson.h>

#include <cstring>
#include <string>
#include <string_view>

#include "pipeline/check.h"
#include "pipeline/decode/json_reader.h"
#include "pipeline/decode/path_tree.h"
#include "pipeline/decode/row_builder.h"
#include "pipeline/decode/utf8.h"

namespace kpid {

namespace {

namespace ondemand = simdjson::ondemand;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// What is between the quote in front of `text` and the next. REQUIRES: no escapes in the document,
/// so that the next quote ends the string.
std::string_view until_quote(std::string_view text) {
  const size_t size = text.find('"');
  KPID_ASSERT(size != std::string_view::npos);
  return text.substr(0, size);
}

/// Reads plain records quickly with simdjson. Only sure of what it accepts: at the first oddity it
/// gives up, for JsonReader to have the last word, and never touches that document again.
///
/// REQUIRES of every record: no backslash, so that quotes are where strings end, for simdjson as
/// for us.
class QuickReader {
 public:
  QuickReader(const PathTree& tree, RowBuilder& row) : tree_(tree), row_(row), seen_(tree) {}

  /// Fills the row begun in the builder; false: look more closely. `capacity` bytes are readable,
  /// at least SIMDJSON_PADDING more than `size`.
  bool read(const char* text, size_t size, size_t capacity) {
    // A byte order mark is not JSON, but newer versions of simdjson skip it.
    size_t start = 0;
    while (start < size && is_blank(text[start])) ++start;
    if (start == size || text[start] != '{') return false;

    ondemand::document document;
    if (parser_.iterate(text, size, capacity).get(document) != simdjson::SUCCESS) return false;
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    seen_.clear();
    end_ = text + size;
    if (!read_object(object, tree_.root)) return false;
    // Nothing but blanks is behind the object when the document has no place left to stand at.
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

 private:
  bool read_object(ondemand::object& object, const PathNode& node) {
    for (auto result : object) {
      ondemand::field field;
      if (std::move(result).get(field) != simdjson::SUCCESS) return false;
      const PathNode* child = node.child(key_of(field));
      const bool wanted = child != nullptr && seen_.first(*child);
      if (!(wanted ? read_declared(field.value(), *child) : skip(field.value()))) return false;
    }
    return true;
  }

  bool read_declared(ondemand::value& value, const PathNode& node) {
    const std::string_view token = value.raw_json_token();
    const bool container = token[0] == '{' || token[0] == '[';
    if (node.slots.empty()) {
      if (token[0] != '{') return skip(value);
      ondemand::object object;
      return value.get_object().get(object) == simdjson::SUCCESS && read_object(object, node);
    }
    return !container && fill_scalar(value, token, node);
  }

  bool fill_scalar(ondemand::value& value, std::string_view token, const PathNode& node) {
    std::string_view text;
    if (token[0] == '"') {
      ondemand::raw_json_string raw;
      if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS) return false;
      text = until_quote(token.substr(1));
    } else {
      text = without_blanks_behind(token);
      if (text == "null") return true;
      if (!is_json_literal(text)) return false;
    }
    for (const Slot slot : node.slots) row_.set(slot, text);
    return true;
  }

  /// Makes sure that the value can be passed over. What is left unread in it, a container or a
  /// bare scalar, simdjson passes over by itself, counting brackets.
  static bool skip(ondemand::value& value) {
    const std::string_view token = value.raw_json_token();
    switch (token[0]) {
      case '{':
      case '[':
        return true;
      case '"': {
        // Read, not left: before a colon simdjson would take an unread string for a key.
        ondemand::raw_json_string raw;
        return value.get_raw_json_string().get(raw) == simdjson::SUCCESS;
      }
      case '}':
      case ']':
      case ',':
      case ':':
        return false;
      default:
        return token.find('"') == std::string_view::npos;
    }
  }

  std::string_view key_of(const ondemand::field& field) const {
    const char* const start = field.key().raw();
    return until_quote({start, static_cast<size_t>(end_ - start)});
  }

  static std::string_view without_blanks_behind(std::string_view token) {
    while (is_blank(token.back())) token.remove_suffix(1);
    return token;
  }

  const PathTree& tree_;
  RowBuilder& row_;
  SeenKeys seen_;
  ondemand::parser parser_;
  const char* end_ = nullptr;  ///< of the record being read
};

/// Whether simdjson runs with vector instructions on this machine. Its code without them cuts odd
/// text into other tokens (in `[a"b,"c":1]` it sees no text), so it cannot be the quick way.
bool has_vector_instructions() {
  return simdjson::get_active_implementation()->name() != "fallback";
}

class JsonDecoder : public Decoder {
 public:
  JsonDecoder(const SourceDefinition& source, const Limits& limits)
      : record_bytes_(limits.record_bytes),
        tree_(source),
        row_(source, limits),
        quick_(tree_, row_),
        reader_(tree_, row_) {}

  std::optional<RejectReason> decode(const Record& record, EventBatch& batch) override {
    if (record.value.size() > record_bytes_) return RejectReason::kTooLarge;
    if (record.value.empty()) return RejectReason::kMalformed;
    row_.begin(batch);
    if (!read_quickly(record.value)) {
      row_.begin(batch);
      if (!read_closely(record.value)) return RejectReason::kMalformed;
    }
    return row_.finish(record.timestamp);
  }

 private:
  bool read_quickly(std::string_view value) {
    if (!quick_fits_ || value.find('\\') != std::string_view::npos) return false;
    const size_t capacity = value.size() + simdjson::SIMDJSON_PADDING;
    if (padded_.size() < capacity) padded_.resize(capacity);
    std::memcpy(padded_.data(), value.data(), value.size());
    return quick_.read(padded_.data(), value.size(), padded_.size());
  }

  bool read_closely(std::string_view value) {
    if (valid_utf8(value)) return reader_.read(value);
    repair_utf8(value, repaired_);
    return reader_.read(repaired_);
  }

  const size_t record_bytes_;
  const bool quick_fits_ = has_vector_instructions();
  const PathTree tree_;
  RowBuilder row_;
  QuickReader quick_;
  JsonReader reader_;
  std::string padded_;    ///< simdjson reads a little beyond the text
  std::string repaired_;  ///< a record whose UTF-8 was ill-formed
};

}  // namespace

std::unique_ptr<Decoder> make_json_decoder(const SourceDefinition& source, const Limits& limits) {
  return std::make_unique<JsonDecoder>(source, limits);
}

}  // namespace kpid
