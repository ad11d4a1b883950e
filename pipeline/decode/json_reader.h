#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/decode/key_order.h"
#include "pipeline/decode/path_tree.h"
#include "pipeline/decode/row_builder.h"

namespace kpid {

/// Reads one JSON object from its first byte to its last, judging each part as REFERENCE
/// says: the object itself, the objects on a declared path, their keys and every declared value by
/// RFC 8259; inside an undeclared value only that strings end and brackets balance.
///
/// Quick where a record goes on as the ones before it did, with ASCII and plain numbers; for the
/// rest there are functions aside. Reads no byte outside of the text, and never recurses over it:
/// only declared paths nest.
/// Source: RFC 8259.
class JsonReader {
 public:
  JsonReader(const PathTree& tree, RowBuilder& row);

  /// Fills the row begun in the builder, with texts that may lie in `text`; false: malformed, and
  /// the row is to be left. What is ill-formed UTF-8, or a lone surrogate, becomes U+FFFD.
  bool read(std::string_view text);

 private:
  // Each takes where its part of the text begins, and gives where that ends; nullptr: malformed.
  // The last byte of the text is a brace, and ends whatever is no string: the end itself is looked
  // for in strings and behind closing brackets only.
  const char* read_object(const char* at, const PathNode& node);
  const char* read_key(const char* at, std::string_view& text);
  const char* read_declared(const char* at, const PathNode& node);
  const char* fill_string(const char* at, const PathNode& node);
  const char* fill_number(const char* at, const PathNode& node);
  const char* fill_bare(const char* at, const PathNode& node);
  const char* read_string(const char* at, std::string_view& text);
  const char* read_odd_string(const char* at, std::string_view& text);
  const char* check_container(const char* at);
  const char* check_scalar(const char* at);
  const char* skip_undeclared(const char* at) const;
  const char* skip_container(const char* at) const;
  const char* skip_string(const char* at) const;

  void add_orders(const PathNode& node);
  bool lies_in_record(std::string_view text) const { return text.data() != unescaped_.data(); }
  char closing_bracket() const { return open_objects_.back() ? '}' : ']'; }

  const PathTree& tree_;
  RowBuilder& row_;
  SeenKeys seen_;
  std::vector<KeyOrder> orders_;    ///< by PathNode::id
  const char* end_ = nullptr;       ///< of the text, behind its last brace
  std::string repaired_;            ///< read_odd_string: of a string that was ill-formed UTF-8
  std::string unescaped_;           ///< the string read last, where it does not lie in the record
  std::vector<bool> open_objects_;  ///< check_container: for each open bracket, whether a brace
};

}  // namespace kpid
