#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pipeline/decode/time_parser.h"
#include "pipeline/decode/utf8.h"
#include "pipeline/event/column.h"
#include "pipeline/event/plain_number.h"
#include "pipeline/event/record.h"
#include "pipeline/event/reject_reason.h"
#include "pipeline/event/source_definition.h"

namespace kpid {

/// A place of a row that a scalar fills: a declared field by its index, or the event time.
using Slot = uint32_t;
inline constexpr Slot kEventTimeSlot = ~Slot{0};

/// Fills one row of a batch from scalars, and collects every reason against it: the same for all
/// formats, because a scalar of any format is a text (a number or a bool its literal text).
///
/// `begin`, then `set` for each scalar that is not null, then `finish`. A record that turns out
/// malformed on the way is simply begun anew, or left.
class RowBuilder {
 public:
  /// Keeps references: `source` outlives the builder.
  RowBuilder(const SourceDefinition& source, const Limits& limits);

  /// Starts the row `batch.rows`: every field null, no reasons.
  void begin(EventBatch& batch);
  /// Gives the slot its value. `text` is well-formed UTF-8 and copied. At most once a slot.
  void set(Slot slot, std::string_view text);
  /// The same for a text that stays where it is as long as the batch.
  void set_kept(Slot slot, std::string_view text);
  /// The same for a number; false: nothing is set, and the slot is to be given its text.
  bool set_number(Slot slot, const PlainNumber& number);
  /// Notes that the slot's value is of a kind that no type takes: an object or an array.
  void set_wrong_type(Slot slot);
  /// Ends the row: adds it to the batch, or names the first reason against it.
  std::optional<RejectReason> finish(std::optional<EventTime> record_timestamp);

 private:
  void set_event_time(std::string_view text);
  void parse_field(size_t index, std::string_view text);
  std::string_view cut(std::string_view text) const {
    return text.size() <= string_bytes_ ? text : cut_at_code_point(text, string_bytes_);
  }
  bool set_bool(int64_t& value, std::string_view text);
  bool set_number(NumberStatus status);
  bool set_time(size_t index, int64_t& value, std::string_view text);
  void note(RejectReason reason) { reasons_ |= 1u << static_cast<unsigned>(reason); }

  const SourceDefinition& source_;
  size_t string_bytes_;
  TimeParser event_time_parser_;
  std::vector<TimeParser> field_parsers_;  ///< parallel to the fields; unused but for times

  EventBatch* batch_ = nullptr;
  size_t row_ = 0;
  uint32_t reasons_ = 0;  ///< a bit for each RejectReason
  bool event_time_seen_ = false;
  std::optional<EventTime> event_time_;
};

// Here, so that most values get into their columns without a call.

inline void RowBuilder::set_kept(Slot slot, std::string_view text) {
  if (slot == kEventTimeSlot) {
    set_event_time(text);
  } else if (Column& column = batch_->fields[slot]; column.type == Type::kString) {
    column.strings[row_] = cut(text);
    column.present[row_] = 1;
  } else {
    parse_field(slot, text);
  }
}

inline bool RowBuilder::set_number(Slot slot, const PlainNumber& number) {
  if (slot == kEventTimeSlot) {
    EventTime time;
    if (!event_time_parser_.read(number, time)) return false;
    event_time_seen_ = true;
    event_time_ = time;
    return true;
  }
  Column& column = batch_->fields[slot];
  switch (column.type) {
    case Type::kInt:
      if (!number.to_int(column.integers[row_])) return false;
      break;
    case Type::kDecimal: {
      Decimal decimal;
      if (!number.to_decimal(decimal)) return false;
      column.nanos[row_] = decimal.nanos;
      break;
    }
    case Type::kTime: {
      EventTime time;
      if (!field_parsers_[slot].read(number, time)) return false;
      column.integers[row_] = time.time_since_epoch().count();
      break;
    }
    case Type::kString:
    case Type::kBool:
    case Type::kDuration:
      return false;
  }
  column.present[row_] = 1;
  return true;
}

}  // namespace kpid
