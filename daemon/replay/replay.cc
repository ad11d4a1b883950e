#include "daemon/replay/replay.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/replay/record_file.h"
#include "daemon/report/report_writer.h"
#include "pipeline/engine.h"
#include "pipeline/formula/spelling.h"
#include "pipeline/publish/window_report.h"

namespace kpid {

namespace {

// Records taken from one file before the others are looked at again: enough to fill a batch.
constexpr size_t kRecordsPerTurn = Engine::kBatchRows;

// Text gathered before it is written out.
constexpr size_t kOutputBytes = 1 << 16;

// Between two looks at whether windows are finished: each costs a walk over the slices.
constexpr size_t kTurnsPerReport = 16;

constexpr uint64_t kMegabyte = 1'000'000;

constexpr auto kProgressInterval = std::chrono::milliseconds{200};

/// One input: a file that is read as one partition of a source.
struct Input {
  RecordFile file;
  size_t source = 0;
  size_t partition = 0;  ///< the engine's number for it

  Input(RecordFile opened, size_t source_index) : file(std::move(opened)), source(source_index) {}
};

/// The progress line of a long replay, on a terminal only.
class ProgressLine {
 public:
  explicit ProgressLine(std::FILE* err) : err_(::isatty(::fileno(err)) == 1 ? err : nullptr) {}

  void show(const std::vector<Input>& inputs) {
    if (err_ == nullptr) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_at_ < kProgressInterval) return;
    shown_at_ = now;
    uint64_t read = 0;
    uint64_t total = 0;
    for (const Input& input : inputs) {
      read += input.file.bytes_read();
      total += input.file.bytes_total();
    }
    fmt::print(err_, "\r{} of {} MB read", read / kMegabyte, total / kMegabyte);
    std::fflush(err_);
    shown_ = true;
  }

  void clear() {
    if (shown_) fmt::print(err_, "\r{:60}\r", "");
  }

 private:
  std::FILE* const err_;
  std::chrono::steady_clock::time_point shown_at_ = std::chrono::steady_clock::now();
  bool shown_ = false;
};

class Replay {
 public:
  Replay(const Settings& settings, const ReplayOptions& options, std::FILE* out, std::FILE* err)
      : options_(options),
        out_(out),
        err_(err),
        definitions_(std::make_shared<const Definitions>(settings.definitions)),
        admission_(definitions_->limits.max_groups),
        engine_(make_plan(definitions_), 0, admission_),
        writer_(make_report_writer(options.output, definitions_, settings.publish.prefix)) {}

  int run() {
    if (const int code = open_inputs(); code != kExitGood) return code;
    choose_kpis();
    ProgressLine progress(err_);
    size_t turns = 0;
    while (Input* input = furthest_behind()) {
      engine_.consume(input->partition, input->file.next(kRecordsPerTurn));
      if (++turns % kTurnsPerReport != 0) continue;
      if (const auto safe = safe_until()) report_until(*safe);
      progress.show(inputs_);
    }
    progress.clear();
    report_until(std::nullopt);
    writer_->finish(text_);
    if (!flush(0)) return kExitFailed;
    print_ledger();
    return kExitGood;
  }

 private:
  int refuse(const std::string& text) {
    fmt::print(err_, "kpid: {}\n", text);
    return kExitUsage;
  }

  int open_inputs() {
    for (const ReplayOptions::Input& given : options_.inputs) {
      const auto& sources = definitions_->sources;
      const auto source =
          std::find_if(sources.begin(), sources.end(),
                       [&](const SourceDefinition& s) { return s.name == given.source; });
      if (source == sources.end()) return refuse(unknown_source(given.source));
      if (!source->has_time_field()) {
        return refuse(fmt::format(
            "source {} has no `time`: it takes the timestamps of Kafka's records, and a file has "
            "none; give the source a time field",
            given.source));
      }
      auto file = RecordFile::open(given.path, *source);
      if (!file) return refuse(file.error().text);
      inputs_.emplace_back(std::move(*file), static_cast<size_t>(source - sources.begin()));
      Input& input = inputs_.back();
      PartitionState state;
      state.source = source->name;
      state.topic = source->topic;
      state.partition = static_cast<int32_t>(inputs_.size() - 1);
      input.partition = engine_.add_partition(std::move(state), input.file.columns());
    }
    return kExitGood;
  }

  std::string unknown_source(const std::string& name) const {
    std::vector<std::string> names;
    for (const SourceDefinition& source : definitions_->sources) names.push_back(source.name);
    const std::string_view near = nearest_name(name, names);
    return fmt::format("--input {}: there is no source of that name{}", name,
                       near.empty() ? "" : fmt::format("; did you mean {}?", near));
  }

  void choose_kpis() {
    for (const KpiDefinition& kpi : definitions_->kpis) {
      std::string missing;
      for (const std::string& name : kpi.formula.sources()) {
        const bool has_input =
            std::any_of(options_.inputs.begin(), options_.inputs.end(),
                        [&](const ReplayOptions::Input& input) { return input.source == name; });
        if (!has_input && missing.empty()) missing = name;
      }
      wanted_.push_back(missing.empty());
      if (!missing.empty()) {
        fmt::print(err_, "left out: {}: source {} has no --input\n", kpi.name, missing);
      }
    }
  }

  /// The input to read from next, so that all get on together in event time.
  Input* furthest_behind() {
    Input* behind = nullptr;
    for (Input& input : inputs_) {
      if (input.file.at_end()) continue;
      if (behind == nullptr || newest(input) < newest(*behind)) behind = &input;
    }
    return behind;
  }

  /// An input without an event yet is behind all others.
  std::optional<EventTime> newest(const Input& input) const {
    return engine_.partition(input.partition).newest_event_time;
  }

  /// Windows that end by then can change no more; nothing while an input has had no event, and
  /// when all are at their end.
  std::optional<EventTime> safe_until() const {
    std::optional<EventTime> safe;
    for (const Input& input : inputs_) {
      if (input.file.at_end()) continue;
      const auto& watermark = engine_.partition(input.partition).watermark;
      if (!watermark) return std::nullopt;
      const EventTime until = *watermark - definitions_->sources[input.source].allowed_lateness;
      if (!safe || until < *safe) safe = until;
    }
    return safe;
  }

  /// Prints what ends by `until` (nothing: all), and lets go of it.
  void report_until(std::optional<EventTime> until) {
    if (until && reported_until_ && *until <= *reported_until_) return;
    Engine* const shards[] = {&engine_};
    const Begins from_the_beginning(definitions_->kpis.size());
    report_windows(shards, wanted_, reported_until_, until, from_the_beginning,
                   [&](const WindowReport& report) {
                     writer_->write(report, text_);
                     flush(kOutputBytes);
                   });
    if (!until) return;
    reported_until_ = until;
    for (size_t source = 0; source < definitions_->sources.size(); ++source) {
      engine_.forget(source, *until);
    }
  }

  bool flush(size_t unless_below) {
    if (text_.size() < unless_below) return !write_failed_;
    write_failed_ |= std::fwrite(text_.data(), 1, text_.size(), out_) != text_.size();
    write_failed_ |= unless_below == 0 && std::fflush(out_) != 0;
    text_.clear();
    if (unless_below == 0 && write_failed_) fmt::print(err_, "kpid: cannot write the output\n");
    return !write_failed_;
  }

  void print_ledger() {
    Ledger sum;
    for (const Input& input : inputs_) sum += engine_.partition(input.partition).ledger;
    std::string line = fmt::format("read={} accepted={} rejected={}", sum.read, sum.accepted,
                                   sum.read - sum.accepted);
    for (size_t i = 0; i < kRejectReasonCount; ++i) {
      if (sum.rejected[i] == 0) continue;
      fmt::format_to(std::back_inserter(line), " {}={}", kRejectReasonNames[i], sum.rejected[i]);
    }
    fmt::print(err_, "{}\n", line);
  }

  const ReplayOptions& options_;
  std::FILE* const out_;
  std::FILE* const err_;
  const std::shared_ptr<const Definitions> definitions_;
  SingleShardAdmission admission_;
  Engine engine_;
  const std::unique_ptr<ReportWriter> writer_;
  std::vector<Input> inputs_;
  std::vector<bool> wanted_;  ///< per KPI
  std::optional<EventTime> reported_until_;
  std::string text_;
  bool write_failed_ = false;
};

}  // namespace

int replay(const Settings& settings, const ReplayOptions& options, std::FILE* out, std::FILE* err) {
  return Replay(settings, options, out, err).run();
}

}  // namespace kpid
