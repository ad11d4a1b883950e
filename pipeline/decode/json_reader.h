#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/decode/path_tree.h"
#include "pipeline/decode/row_builder.h"

namespace kpid {

/// Reads one JSON object byte by byte, judging each part as LANGUAGE section 2 says: the object
/// itself, the objects on a declared path, their keys and every declared value by RFC 8259; inside
/// an undeclared value only that strings end and brackets balance.
///
/// The last word on every record. Handles escapes, which the quick way does not, and never
/// recurses over the input: only declared paths nest.
/// Source: RFC 8259.
class JsonReader {
 public:
  JsonReader(const PathTree& tree, RowBuilder& row);

  /// Fills the row begun in the builder; false: malformed, and the row is to be left. A lone
  /// surrogate becomes U+FFFD. REQUIRES: `text` is well-formed UTF-8.
  bool read(std::string_view text);

 private:
  bool read_object(const PathNode& node);
  bool read_declared(const PathNode& node);
  bool fill_scalar(const PathNode& node);
  bool read_string(std::string& out);
  bool read_escape(std::string& out);
  bool read_hex(char32_t& unit);
  std::string_view read_bare();
  bool check_container();
  bool check_scalar();
  bool check_key();
  bool skip_undeclared();
  bool skip_string();
  void skip_blanks();
  bool eat(char expected);
  char closing_bracket() const { return open_objects_.back() ? '}' : ']'; }
  char peek() const { return at_ == end_ ? '\0' : *at_; }

  const PathTree& tree_;
  RowBuilder& row_;
  SeenKeys seen_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::string key_;
  std::string text_;
  std::vector<bool> open_objects_;  ///< check_container: for each open bracket, whether a brace
};

/// Whether `text` is what JSON calls a number, `true` or `false`.
bool is_json_literal(std::string_view text);

}  // namespace kpid
