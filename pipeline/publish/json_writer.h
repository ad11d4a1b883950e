#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/formula/number.h"

namespace kpid {

/// Appends JSON (RFC 8259) on one line to a text of the caller's; puts the commas itself. The
/// calls follow the grammar: inside an object a `key` before every value. Strings that are not
/// valid UTF-8 are repaired, each maximal ill-formed part becoming one U+FFFD.
class JsonWriter {
 public:
  /// `out` must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  /// The name of the member that the next value is.
  JsonWriter& key(std::string_view name);

  JsonWriter& string(std::string_view text);
  JsonWriter& integer(int64_t value);
  JsonWriter& unsigned_integer(uint64_t value);
  /// The shortest text that reads back as the same double. REQUIRES: `value` is finite.
  JsonWriter& real(double value);
  JsonWriter& number(const Number& value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

 private:
  void begin_value();

  std::string& out_;
  bool comma_due_ = false;  ///< a value stands before the place where the next would
};

}  // namespace kpid
