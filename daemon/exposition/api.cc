#include "daemon/exposition/api.h"

#include <algorithm>

#include "daemon/exposition/in_seconds.h"
#include "daemon/version.h"
#include "pipeline/publish/json_writer.h"

namespace kpid {

namespace {

std::string_view show_name(Show show) {
  switch (show) {
    case Show::kFinal:
      return "final";
    case Show::kLive:
      return "live";
    case Show::kBoth:
      return "both";
  }
  return "";
}

std::string_view show_name(bool live) { return show_name(live ? Show::kLive : Show::kFinal); }

// Every answer has the envelope that Prometheus' API has, so its tools understand it.
template <class Write>
std::string success(Write write_members) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("status").string("success").key("data").begin_object();
  write_members(json);
  json.end_object().end_object();
  text += '\n';
  return text;
}

void write_number(JsonWriter& json, std::string_view key, const std::optional<Number>& number) {
  json.key(key);
  number ? json.number(*number) : json.null();
}

void write_time(JsonWriter& json, std::string_view key, const std::optional<EventTime>& time) {
  json.key(key);
  time ? json.string(format_rfc3339(*time)) : json.null();
}

void write_sample(JsonWriter& json, const KpiDefinition& kpi, const Sample& sample) {
  json.begin_object().key("group").begin_object();
  for (size_t i = 0; i < kpi.by.size(); ++i) json.key(kpi.by[i]).string((*sample.group)[i]);
  json.end_object();
  write_number(json, "value", sample.value);
  json.key("samples").integer(sample.samples);
  if (sample.numerator || sample.denominator) {
    write_number(json, "numerator", sample.numerator);
    write_number(json, "denominator", sample.denominator);
  }
  if (sample.estimated) json.key("estimated").boolean(true);
  if (sample.over_max_keys) json.key("over_max_keys").boolean(true);
  json.end_object();
}

void write_seconds(JsonWriter& json, std::string_view key, Duration duration) {
  json.key(key).number(in_seconds(duration));
}

void write_held_back_by(JsonWriter& json, const Definitions& definitions,
                        const std::optional<HeldBackBy>& held_back_by) {
  json.key("held_back_by");
  if (!held_back_by) {
    json.null();
    return;
  }
  const SourceDefinition& source = definitions.sources[held_back_by->source];
  json.begin_object().key("source").string(source.name).key("topic").string(source.topic);
  json.key("partition").integer(held_back_by->partition);
  write_time(json, "watermark", held_back_by->watermark);
  write_time(json, "since", held_back_by->since);
  write_seconds(json, "behind_seconds", held_back_by->behind);
  json.end_object();
}

void write_shown(JsonWriter& json, const Definitions& definitions, const ShownWindow& shown) {
  const KpiDefinition& kpi = definitions.kpis[shown.kpi];
  json.begin_object().key("window").string(kpi.windows[shown.window_spec].name());
  json.key("show").string(show_name(shown.live));
  json.key("start").string(format_rfc3339(shown.window.start));
  json.key("end").string(format_rfc3339(shown.window.end));
  json.key("final").boolean(shown.already_final && shown.completeness.has_value());
  json.key("completeness");
  shown.completeness ? json.real(*shown.completeness) : json.null();
  write_held_back_by(json, definitions, shown.held_back_by);
  json.key("groups_cut").integer(shown.groups_cut);
  if (kpi.formula.looks_back()) json.key("on_record").boolean(shown.on_record);
  json.key("values").begin_array();
  for (const Sample& sample : shown.samples) write_sample(json, kpi, sample);
  json.end_array().end_object();
}

void write_kpi(JsonWriter& json, const Snapshot& snapshot, size_t index) {
  const KpiDefinition& kpi = snapshot.definitions->kpis[index];
  json.begin_object().key("kpi").string(kpi.name).key("help").string(kpi.help);
  json.key("formula").string(kpi.formula_text).key("unit").string(kpi.unit);
  json.key("by").begin_array();
  for (const std::string& field : kpi.by) json.string(field);
  json.end_array().key("windows").begin_array();
  for (const ShownWindow& shown : snapshot.windows) {
    if (shown.kpi == index) write_shown(json, *snapshot.definitions, shown);
  }
  json.end_array().key("held").begin_array();
  for (const HeldWindow& held : snapshot.held) {
    if (held.kpi != index) continue;
    json.begin_object().key("window").string(kpi.windows[held.window_spec].name());
    json.key("show").string(show_name(held.live)).key("reason").string(held.reason).end_object();
  }
  json.end_array().end_object();
}

void write_ledger(JsonWriter& json, const Ledger& ledger) {
  json.begin_object().key("read").unsigned_integer(ledger.read);
  json.key("accepted").unsigned_integer(ledger.accepted);
  json.key("rejected").begin_object();
  for (size_t reason = 0; reason < kRejectReasonCount; ++reason) {
    if (ledger.rejected[reason] == 0) continue;
    json.key(kRejectReasonNames[reason]).unsigned_integer(ledger.rejected[reason]);
  }
  json.end_object().key("lost").unsigned_integer(ledger.lost);
  json.key("amending").unsigned_integer(ledger.amending).end_object();
}

void write_partition(JsonWriter& json, const PartitionView& view) {
  json.begin_object().key("source").string(view.state.source);
  json.key("topic").string(view.state.topic).key("partition").integer(view.state.partition);
  json.key("next_offset").integer(view.state.next_offset);
  write_time(json, "newest_event_time", view.state.newest_event_time);
  write_time(json, "watermark", view.state.watermark);
  json.key("idle").boolean(view.idle).key("ledger");
  if (view.shown) {
    write_ledger(json, view.state.ledger);
  } else {
    json.null();
  }
  json.end_object();
}

void write_disorder(JsonWriter& json, const DisorderView& disorder) {
  json.begin_object();
  write_seconds(json, "limit_seconds", disorder.limit);
  json.key("events").unsigned_integer(disorder.events);
  if (disorder.events > 0) {
    write_seconds(json, "p50_seconds", disorder.p50);
    write_seconds(json, "p99_seconds", disorder.p99);
    write_seconds(json, "max_seconds", disorder.maximum);
  } else {
    json.key("p50_seconds").null().key("p99_seconds").null().key("max_seconds").null();
  }
  json.end_object();
}

// `snapshot`: nothing before the first was made.
void write_source(JsonWriter& json, const SourceReadiness& source, const Snapshot* snapshot) {
  json.begin_object().key("source").string(source.source).key("topic").string(source.topic);
  json.key("progress").string(name_of(source.progress));
  json.key("records_read").integer(source.records_read);
  json.key("records_left").integer(source.records_left);
  json.key("detail").string(source.detail).key("ledger");
  const auto ledger = snapshot ? snapshot->ledger_of(source.source) : std::nullopt;
  if (ledger) {
    write_ledger(json, *ledger);
  } else {
    json.null();
  }
  json.key("disorder");
  const DisorderView* const disorder = snapshot ? snapshot->disorder_of(source.source) : nullptr;
  if (disorder != nullptr) {
    write_disorder(json, *disorder);
  } else {
    json.null();
  }
  json.end_object();
}

}  // namespace

std::string kpis_json(const Publication& publication) {
  return success([&](JsonWriter& json) {
    const Snapshot* const snapshot = publication.snapshot.get();
    write_time(json, "published_at",
               snapshot ? std::optional(snapshot->published_at) : std::nullopt);
    json.key("ready").boolean(publication.readiness.ready()).key("kpis").begin_array();
    if (snapshot != nullptr) {
      for (size_t kpi = 0; kpi < snapshot->definitions->kpis.size(); ++kpi) {
        write_kpi(json, *snapshot, kpi);
      }
    }
    json.end_array();
  });
}

std::string config_json(const WebSettings& settings) {
  return success([&](JsonWriter& json) { json.key("yaml").string(settings.config_text); });
}

std::string build_info_json() {
  return success([](JsonWriter& json) {
    json.key("version").string(version()).key("compiler").string("g++ " __VERSION__);
  });
}

std::string runtime_info_json(const WebSettings& settings, const Publication& publication,
                              EventTime clock) {
  return success([&](JsonWriter& json) {
    json.key("started_at").string(format_rfc3339(settings.started_at));
    const Duration uptime = std::max(clock - settings.started_at, Duration::zero());
    json.key("uptime_seconds").real(std::chrono::duration<double>(uptime).count());
    json.key("workers").unsigned_integer(settings.workers);
    json.key("storage_path").string(settings.storage_path);
    json.key("ready").boolean(publication.readiness.ready()).key("sources").begin_array();
    for (const SourceReadiness& source : publication.readiness.sources) {
      write_source(json, source, publication.snapshot.get());
    }
    json.end_array().key("notes").begin_array();
    for (const std::string& note : publication.readiness.notes) json.string(note);
    json.end_array().key("partitions").begin_array();
    if (publication.snapshot != nullptr) {
      for (const PartitionView& view : publication.snapshot->partitions) {
        write_partition(json, view);
      }
    }
    json.end_array();
  });
}

}  // namespace kpid
