#include "pipeline/decode/row_builder.h"

#include <bit>

#include "pipeline/check.h"
#include "pipeline/decode/utf8.h"

namespace kpid {

RowBuilder::RowBuilder(const SourceDefinition& source, const Limits& limits)
    : source_(source),
      string_bytes_(limits.string_bytes),
      event_time_parser_(source.has_time_field() ? source.time_format : TimeFormat{}) {
  field_parsers_.reserve(source.fields.size());
  for (const Field& field : source.fields) {
    field_parsers_.emplace_back(field.type == Type::kTime ? field.time_format : TimeFormat{});
  }
}

void RowBuilder::begin(EventBatch& batch) {
  KPID_ASSERT(batch.fields.size() == source_.fields.size());
  KPID_ASSERT(batch.rows < batch.event_times.size());
  batch_ = &batch;
  row_ = batch.rows;
  for (Column& column : batch.fields) column.present[row_] = 0;
  reasons_ = 0;
  event_time_seen_ = false;
  event_time_.reset();
}

void RowBuilder::set(Slot slot, std::string_view text) {
  const bool copied = slot != kEventTimeSlot && source_.fields[slot].type == Type::kString;
  set_kept(slot, copied ? batch_->text.keep(cut(text)) : text);
}

void RowBuilder::set_wrong_type(Slot slot) {
  if (slot == kEventTimeSlot) event_time_seen_ = true;
  note(RejectReason::kWrongType);
}

std::optional<RejectReason> RowBuilder::finish(std::optional<EventTime> record_timestamp) {
  if (source_.has_time_field()) {
    if (!event_time_seen_) note(RejectReason::kTimeMissing);
  } else if (record_timestamp) {
    event_time_ = record_timestamp;
  } else {
    note(RejectReason::kTimeMissing);
  }
  if (event_time_ && (*event_time_ < kEarliestEventTime || *event_time_ >= kEndOfEventTime)) {
    note(RejectReason::kTimeOutOfRange);
  }
  if (reasons_ != 0) return static_cast<RejectReason>(std::countr_zero(reasons_));
  batch_->event_times[row_] = *event_time_;
  ++batch_->rows;
  return std::nullopt;
}

void RowBuilder::set_event_time(std::string_view text) {
  event_time_seen_ = true;
  EventTime time;
  switch (event_time_parser_.parse(text, time)) {
    case TimeStatus::kOk:
      event_time_ = time;
      break;
    case TimeStatus::kUnreadable:
      note(RejectReason::kWrongType);
      break;
    case TimeStatus::kOutOfRange:
      note(RejectReason::kTimeOutOfRange);
      break;
  }
}

void RowBuilder::parse_field(size_t index, std::string_view text) {
  Column& column = batch_->fields[index];
  bool present = false;
  switch (source_.fields[index].type) {
    case Type::kInt:
      present = set_number(parse_int(text, column.integers[row_]));
      break;
    case Type::kDecimal: {
      Decimal decimal;
      present = set_number(parse_decimal(text, decimal));
      column.nanos[row_] = decimal.nanos;
      break;
    }
    case Type::kBool:
      present = set_bool(column.integers[row_], text);
      break;
    case Type::kTime:
      present = set_time(index, column.integers[row_], text);
      break;
    case Type::kString:
    case Type::kDuration:
      KPID_ASSERT(!"no type of a field whose text is parsed");
  }
  column.present[row_] = present ? 1 : 0;
}

bool RowBuilder::set_bool(int64_t& value, std::string_view text) {
  value = text == "true" ? 1 : 0;
  if (value == 1 || text == "false") return true;
  note(RejectReason::kWrongType);
  return false;
}

bool RowBuilder::set_number(NumberStatus status) {
  switch (status) {
    case NumberStatus::kOk:
      return true;
    case NumberStatus::kNotANumber:
    case NumberStatus::kNotAnInt:
      note(RejectReason::kWrongType);
      return false;
    case NumberStatus::kOutOfRange:
      note(RejectReason::kOutOfRange);
      return false;
  }
  return false;
}

bool RowBuilder::set_time(size_t index, int64_t& value, std::string_view text) {
  EventTime time;
  switch (field_parsers_[index].parse(text, time)) {
    case TimeStatus::kOk:
      value = time.time_since_epoch().count();
      return true;
    case TimeStatus::kUnreadable:
      note(RejectReason::kWrongType);
      return false;
    case TimeStatus::kOutOfRange:
      note(RejectReason::kOutOfRange);
      return false;
  }
  return false;
}

}  // namespace kpid
