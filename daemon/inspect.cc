#include "daemon/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/report/report_writer.h"
#include "daemon/store/checkpoint_store.h"
#include "pipeline/engine.h"
#include "pipeline/publish/json_writer.h"
#include "pipeline/publish/window_report.h"
#include "pipeline/restore.h"

namespace kpid {

namespace {

std::string time_or(std::optional<EventTime> time, const char* none) {
  return time ? format_rfc3339(*time) : none;
}

void write_time(JsonWriter& json, std::string_view name, std::optional<EventTime> time) {
  json.key(name);
  if (time) {
    json.string(format_rfc3339(*time));
  } else {
    json.null();
  }
}

/// One object a line, which windows follow.
void append_json(const PartitionState& state, std::string& out) {
  JsonWriter json(out);
  json.begin_object();
  json.key("source").string(state.source);
  json.key("topic").string(state.topic);
  json.key("partition").integer(state.partition);
  json.key("next_offset").integer(state.next_offset);
  write_time(json, "watermark", state.watermark);
  write_time(json, "newest_event_time", state.newest_event_time);
  json.key("read").unsigned_integer(state.ledger.read);
  json.key("accepted").unsigned_integer(state.ledger.accepted);
  json.key("rejected").begin_object();
  for (size_t i = 0; i < kRejectReasonCount; ++i) {
    json.key(kRejectReasonNames[i]).unsigned_integer(state.ledger.rejected[i]);
  }
  json.end_object();
  json.key("lost").unsigned_integer(state.ledger.lost);
  json.key("amending").unsigned_integer(state.ledger.amending);
  json.end_object();
  out += '\n';
}

void append_table(const std::vector<PartitionState>& partitions, std::string& out) {
  out +=
      fmt::format("{:<20}  {:<20}  {:>9}  {:>12}  {:<24}  {:>12}  {:>12}  {:>10}  {:>6}  {:>8}\n",
                  "SOURCE", "TOPIC", "PARTITION", "NEXT OFFSET", "WATERMARK", "READ", "ACCEPTED",
                  "REJECTED", "LOST", "AMENDING");
  for (const PartitionState& state : partitions) {
    out += fmt::format(
        "{:<20}  {:<20}  {:>9}  {:>12}  {:<24}  {:>12}  {:>12}  {:>10}  {:>6}  {:>8}\n",
        state.source, state.topic, state.partition, state.next_offset,
        time_or(state.watermark, "-"), state.ledger.read, state.ledger.accepted,
        state.ledger.read - state.ledger.accepted, state.ledger.lost, state.ledger.amending);
  }
  out += '\n';
}

/// From when on nothing is missing of a KPI: of its terms, and of its sources.
std::optional<EventTime> begins_of(const KpiDefinition& kpi, std::optional<EventTime> begins,
                                   const std::vector<SourceState>& sources) {
  for (const SourceState& source : sources) {
    const auto& used = kpi.formula.sources();
    if (std::find(used.begin(), used.end(), source.name) == used.end()) continue;
    if (source.begins && (!begins || *begins < *source.begins)) begins = source.begins;
  }
  return begins;
}

int fail(std::FILE* err, const std::string& text) {
  fmt::print(err, "kpid: {}\n", text);
  return kExitFailed;
}

}  // namespace

int inspect(const Settings& settings, const InspectOptions& options, std::FILE* out,
            std::FILE* err) {
  const auto stored = read_checkpoint(options.storage_path);
  if (!stored) return fail(err, stored.error().text);
  if (!*stored) return fail(err, "no checkpoint was ever saved in " + options.storage_path);
  const auto definitions = std::make_shared<const Definitions>(settings.definitions);
  const auto plan = make_plan(definitions);
  std::set<std::string> reset;
  for (const ChangedSource& changed : changed_sources(**stored, *definitions)) {
    fmt::print(err, "left out: {}\n", changed.reason);
    reset.insert(changed.name);
  }
  // Twins and instances with other numbers of workers print the same: shards are merged here.
  SingleShardAdmission admission(definitions->limits.max_groups);
  Engine engine(plan, 0, admission);
  Engine* const shards[] = {&engine};
  const auto restored = restore(&**stored, reset, *plan, shards);
  if (!restored) return fail(err, restored.error().text);
  std::string text;
  if (options.output == OutputFormat::kJson) {
    for (const PartitionState& state : restored->partitions) append_json(state, text);
  } else {
    append_table(restored->partitions, text);
  }
  const auto writer = make_report_writer(options.output, definitions, settings.publish.prefix);
  Begins begins;
  for (size_t kpi = 0; kpi < definitions->kpis.size(); ++kpi) {
    begins.push_back(begins_of(definitions->kpis[kpi], restored->begins[kpi], restored->sources));
  }
  report_windows(shards, std::vector<bool>(definitions->kpis.size(), true), std::nullopt,
                 std::nullopt, begins,
                 [&](const WindowReport& report) { writer->write(report, text); });
  writer->finish(text);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
  return written ? kExitGood : fail(err, "cannot write the output");
}

}  // namespace kpid
