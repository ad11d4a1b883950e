#include "daemon/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "daemon/version.h"
#include "pipeline/decode/time_parser.h"
#include "pipeline/formula/spelling.h"
#include "pipeline/window/window_spec.h"

namespace kpid {

namespace {

constexpr const char* kFooter =
    "Every flag with a dot can be given by the environment too: --config.file by "
    "KPID_CONFIG_FILE.\n"
    "Exit codes: 0 good, 1 failed, 2 wrong usage or configuration.";

// As in Prometheus: relative to where the process was started, so that a first try needs no flag.
constexpr const char* kDefaultStoragePath = "data";

// Scrapers are few and people are some; each connection costs a few kilobytes.
constexpr unsigned kMaxConnectionsLimit = 65'535;

// The order's number in an event has eleven digits.
constexpr uint64_t kMaxLoadEvents = 99'999'999'999;
// More than any machine makes; a bound keeps the arithmetic of time exact.
constexpr double kMaxLoadRate = 1e9;
constexpr double kMaxSkew = 20;
constexpr int32_t kMaxLoadPartitions = 10'000;
constexpr Duration kMaxLoadDelay = std::chrono::hours{24 * 366};

/// The words that a flag may have, with their meanings.
template <class E>
using Words = std::vector<std::pair<std::string, E>>;

/// Adds a flag whose value is one of some words.
template <class E>
void add_choice(CLI::App& app, const std::string& flag, E& target, Words<E> words,
                const std::string& help) {
  std::string names;
  std::string chosen;
  for (const auto& [word, value] : words) {
    names += names.empty() ? word : "|" + word;
    if (value == target) chosen = word;
  }
  const auto read = [&target, flag, words = std::move(words), names](const std::string& text) {
    const auto found = std::ranges::find(words, text, &std::pair<std::string, E>::first);
    if (found == words.end()) {
      throw CLI::ValidationError(flag, fmt::format("'{}' is none of {}", text, names));
    }
    target = found->second;
  };
  app.add_option_function<std::string>(flag, read, help)->type_name(names)->default_str(chosen);
}

/// Adds a flag with a text that may not be empty; `type` is its name in the help.
CLI::Option* add_text(CLI::App& app, const std::string& flag, std::string& target,
                      const std::string& type, const std::string& help) {
  const std::string before = target;
  const auto read = [&target, flag](const std::string& text) {
    if (text.empty()) throw CLI::ValidationError(flag, "must not be empty");
    target = text;
  };
  CLI::Option* option = app.add_option_function<std::string>(flag, read, help)->type_name(type);
  return before.empty() ? option : option->default_str(before);
}

/// A flag that may be given more than once: calls `take` with each of its texts.
template <class Take>
void add_repeatable(CLI::App& app, const std::string& flag, const std::string& type,
                    const Take& take, const std::string& help) {
  const auto read = [take](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) take(text);
  };
  app.add_option_function<std::vector<std::string>>(flag, read, help)
      ->type_name(type)
      ->type_size(1)
      ->expected(1, CLI::detail::expected_max_vector_size);
}

void add_config_file(CLI::App& app, std::string& config_file) {
  add_text(app, "--config.file", config_file, "PATH",
           "The configuration: a file, or a directory of *.yml");
}

void add_storage_path(CLI::App& app, std::string& storage_path) {
  storage_path = kDefaultStoragePath;
  add_text(app, "--storage.path", storage_path, "DIR", "The directory with the state");
}

/// Whether `address` is HOST:PORT, [HOST]:PORT or :PORT.
bool is_listen_address(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (host.find_first_of("[]:") != std::string_view::npos && !bracketed) return false;
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size();
}

void add_web(CLI::App& app, WebOptions& web) {
  const auto read_address = [&web](const std::string& text) {
    if (!is_listen_address(text)) {
      throw CLI::ValidationError("--web.listen-address",
                                 fmt::format("'{}' is not HOST:PORT, [HOST]:PORT or :PORT", text));
    }
    web.listen_address = text;
  };
  app.add_option_function<std::string>("--web.listen-address", read_address,
                                       "Where the web page, the metrics and the API are")
      ->type_name("ADDRESS")
      ->default_str(web.listen_address);
  app.add_option("--web.max-connections", web.max_connections, "Connections at the same time")
      ->type_name("NUMBER")
      ->capture_default_str()
      ->check(CLI::Range(1u, kMaxConnectionsLimit));
  const auto refuse = [](const std::string&) {
    throw CLI::ValidationError("--web.config.file", "not supported yet");
  };
  app.add_option_function<std::string>("--web.config.file", refuse, "TLS and users")
      ->type_name("PATH")
      ->group("");  // hidden
}

void add_log(CLI::App& app, LogOptions& log) {
  add_choice<LogLevel>(app, "--log.level", log.level,
                       {{"debug", LogLevel::kDebug},
                        {"info", LogLevel::kInfo},
                        {"warn", LogLevel::kWarn},
                        {"error", LogLevel::kError}},
                       "The least level that is logged");
  add_choice<LogFormat>(app, "--log.format", log.format,
                        {{"logfmt", LogFormat::kLogfmt}, {"json", LogFormat::kJson}},
                        "The form of the log lines on stderr");
}

ReplayOptions::Input read_input(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw CLI::ValidationError("--input", fmt::format("'{}' is not SOURCE=PATH", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// Adds a flag with a number that is in [least, most]; `type` is its name in the help.
template <class N>
CLI::Option* add_number(CLI::App& app, const std::string& flag, N& target, N least, N most,
                        const std::string& help) {
  const auto in_range = [least, most](const std::string& text) -> std::string {
    N number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    // Written so that "nan" is not in range.
    if (is_number && number >= least && number <= most) return {};
    return fmt::format("'{}' is no number from {} to {}", text, least, most);
  };
  return app.add_option(flag, target, help)
      ->type_name("NUMBER")
      ->check(in_range)
      ->default_str(fmt::format("{}", target));
}

void add_duration(CLI::App& app, const std::string& flag, Duration& target,
                  const std::string& help) {
  const auto read = [&target, flag](const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) {
      throw CLI::ValidationError(flag,
                                 fmt::format("'{}' is no duration like 200ms, 30s, 5m", text));
    }
    target = *duration;
  };
  app.add_option_function<std::string>(flag, read, help)
      ->type_name("DURATION")
      ->default_str(format_duration(target));
}

/// An instant in RFC 3339 that an event may have.
EventTime read_time(const std::string& flag, const std::string& text) {
  EventTime time;
  const TimeParser parser({.kind = TimeFormat::Kind::kRfc3339, .pattern = {}, .time_zone = {}});
  if (parser.parse(text, time) != TimeStatus::kOk) {
    throw CLI::ValidationError(
        flag, fmt::format("'{}' is neither 'now' nor a time like 2026-01-01T00:00:00Z", text));
  }
  if (time < kEarliestEventTime || time >= kEndOfEventTime) {
    throw CLI::ValidationError(flag, "must be between the years 1971 and 2199");
  }
  return time;
}

std::pair<std::string, std::string> read_property(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw CLI::ValidationError("--kafka.property", "must be NAME=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// All commands with their flags, bound to the options that they fill. One per parse.
class Parser {
 public:
  explicit Parser(const Environment& environment);

  /// Throws CLI::Error.
  Command parse(const std::vector<std::string>& arguments);

  /// The help of the command that was named, or of the program.
  std::string help() const { return app_.help(); }
  /// "kpid run", or "kpid" as long as no command was named.
  std::string command_name() const;

 private:
  CLI::App& add_command(const std::string& name, const std::string& help);
  void add_run();
  void add_demo();
  void add_check();
  void add_replay();
  void add_inspect();
  void add_reset();
  void add_generate_load();
  void add_load_shape(CLI::App& command);
  void add_load_kafka(CLI::App& command);
  void require_command(const std::vector<std::string>& arguments) const;
  void read_environment(CLI::App& command) const;
  Command command_of(const CLI::App& command);

  const Environment& environment_;
  CLI::App app_{"kpid turns Kafka events into exact KPIs for Prometheus.", "kpid"};
  RunOptions run_;
  DemoOptions demo_;
  CheckOptions check_;
  ReplayOptions replay_;
  InspectOptions inspect_;
  ResetOptions reset_;
  GenerateLoadOptions generate_load_;
};

Parser::Parser(const Environment& environment) : environment_(environment) {
  app_.set_help_flag("-h,--help", "Say what there is to say, and end");
  app_.set_version_flag("--version", fmt::format("kpid {}", version()));
  app_.get_option("--version")->description("Print the version, and end");
  app_.footer(kFooter);
  app_.require_subcommand(0, 1);
  add_run();
  add_demo();
  add_check();
  add_replay();
  add_inspect();
  add_reset();
  add_generate_load();
}

CLI::App& Parser::add_command(const std::string& name, const std::string& help) {
  CLI::App& command = *app_.add_subcommand(name, help);
  command.set_help_flag("-h,--help", "Say what there is to say, and end");
  command.footer(kFooter);
  return command;
}

void Parser::add_run() {
  CLI::App& command = add_command("run", "Read from Kafka and publish the KPIs");
  add_config_file(command, run_.config_file);
  add_storage_path(command, run_.storage_path);
  add_choice<OnChange>(command, "--storage.on-change", run_.on_change,
                       {{"refuse", OnChange::kRefuse}, {"reset", OnChange::kReset}},
                       "When a source's topic, format or time was changed: refuse to start, or "
                       "reset what that makes meaningless");
  add_web(command, run_.web);
  add_log(command, run_.log);
}

void Parser::add_demo() {
  CLI::App& command =
      add_command("demo", "Show kpid at work on made-up events; needs nothing outside");
  add_web(command, demo_.web);
  add_log(command, demo_.log);
}

void Parser::add_check() {
  CLI::App& command = add_command("check", "Check a configuration, and name every mistake");
  command.add_option("FILE", check_.files, "Files or directories that form one configuration")
      ->type_name("");
}

void Parser::add_replay() {
  CLI::App& command = add_command("replay", "Compute the KPIs of files, and print every window");
  add_config_file(command, replay_.config_file);
  add_repeatable(
      command, "--input", "SOURCE=PATH",
      [this](const std::string& text) { replay_.inputs.push_back(read_input(text)); },
      "Files with the records of one partition of a source each; repeatable");
  add_choice<OutputFormat>(command, "--output", replay_.output,
                           {{"table", OutputFormat::kTable},
                            {"json", OutputFormat::kJson},
                            {"openmetrics", OutputFormat::kOpenMetrics}},
                           "The form of what is printed on stdout");
}

void Parser::add_inspect() {
  CLI::App& command = add_command(
      "inspect",
      "Print what a store holds, of a stopped or killed instance too, and change nothing");
  add_config_file(command, inspect_.config_file);
  add_storage_path(command, inspect_.storage_path);
  add_choice<OutputFormat>(command, "--output", inspect_.output,
                           {{"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}},
                           "The form of what is printed on stdout");
}

void Parser::add_reset() {
  CLI::App& command =
      add_command("reset", "Say where a topic that was recreated or truncated is read from next");
  add_config_file(command, reset_.config_file);
  add_storage_path(command, reset_.storage_path);
  add_text(command, "--topic", reset_.topic, "TOPIC", "The topic");
  add_choice<ResetTo>(command, "--to", reset_.to,
                      {{"beginning", ResetTo::kBeginning}, {"end", ResetTo::kEnd}},
                      "The place in the topic that is there now");
}

void Parser::add_generate_load() {
  CLI::App& command = add_command(
      "generate-load", "Send made-up sales to Kafka, the same for the same flags and --start");
  add_load_kafka(command);
  add_text(command, "--output", generate_load_.output, "PATH",
           "Write JSON lines to a file, or - for stdout, instead of to Kafka");
  add_number<uint64_t>(command, "--events", generate_load_.events, 0, kMaxLoadEvents,
                       "How many; 0: until it is stopped");
  add_number<double>(command, "--rate", generate_load_.rate, 0, kMaxLoadRate,
                     "Events a second; 0: as fast as it goes");
  add_load_shape(command);
  command.add_flag("--print-config", generate_load_.print_config,
                   "Print a configuration that reads this load, and send nothing");
}

void Parser::add_load_kafka(CLI::App& command) {
  LoadKafkaOptions& kafka = generate_load_.kafka;
  add_text(command, "--kafka.bootstrap-servers", kafka.bootstrap_servers, "HOST:PORT,...",
           "The brokers");
  add_text(command, "--kafka.topic", kafka.topic, "TOPIC", "The topic");
  add_number<int32_t>(command, "--kafka.partitions", kafka.partitions, 0, kMaxLoadPartitions,
                      "Create the topic, if it does not exist, with so many; 0: it exists");
  add_choice<RecordKey>(
      command, "--kafka.key", kafka.key,
      {{"customer", RecordKey::kCustomer}, {"none", RecordKey::kNone}},
      "What records are keyed by: the customer, or nothing, and partitions take turns");
  add_repeatable(
      command, "--kafka.property", "NAME=VALUE",
      [&kafka](const std::string& text) { kafka.properties.insert(read_property(text)); },
      "A producer's property of librdkafka; repeatable");
}

void Parser::add_load_shape(CLI::App& command) {
  SalesShape& shape = generate_load_.shape;
  add_number<uint64_t>(command, "--seed", shape.seed, 0, UINT64_MAX, "Makes other events");
  add_number<uint64_t>(command, "--keys", shape.customers, 1, SalesShape::kMaxCustomers,
                       "Customers");
  add_number<double>(command, "--zipf", shape.skew, 0, kMaxSkew,
                     "Exponent of Zipf's law for the customers; 0: all buy alike");
  add_number<uint32_t>(command, "--fields", shape.extra_fields, 0, SalesShape::kMaxExtraFields,
                       "Numeric fields beside the twelve that a sale has");
  const auto read_bytes = [&shape](const uint64_t& bytes) { shape.event_bytes = bytes; };
  command
      .add_option_function<uint64_t>("--event-bytes", read_bytes,
                                     "The size of every event; not given: the least")
      ->type_name("NUMBER");
  const auto read_start = [this](const std::string& text) {
    generate_load_.start = text == "now" ? LoadStart::kNow : LoadStart::kGiven;
    if (text != "now") generate_load_.shape.start = read_time("--start", text);
  };
  command
      .add_option_function<std::string>(
          "--start", read_start,
          "When the first event is sent, or now; not given: so that the last is sent in its own "
          "time, and the events are others each time")
      ->type_name("TIME");
  add_number<double>(command, "--event-rate", generate_load_.event_rate, 0, kMaxLoadRate,
                     "Events a second of event time; 0: as --rate, or 100 without");
  add_duration(command, "--disorder", shape.disorder,
               "How far an event on time may be behind the time it is sent");
  add_number<double>(command, "--late-share", shape.late_share, 0, 1,
                     "Share of events that are behind by more than the disorder");
  add_duration(command, "--lateness", shape.lateness,
               "How far a late event may be behind the disorder");
}

/// Throws where flags of generate-load contradict each other or make no stream; fills in what
/// follows from others.
void finish_load(const CLI::App& command, GenerateLoadOptions& load) {
  if (!load.output.empty()) {
    for (const char* flag : {"--kafka.bootstrap-servers", "--kafka.topic", "--kafka.partitions",
                             "--kafka.key", "--kafka.property"}) {
      if (command.count(flag) > 0) {
        throw CLI::ValidationError(fmt::format("--output excludes {}", flag));
      }
    }
  } else if (load.kafka.bootstrap_servers.empty() && !load.print_config) {
    throw CLI::ValidationError("--kafka.bootstrap-servers or --output is required");
  }
  SalesShape& shape = load.shape;
  if (load.event_rate > 0 || load.rate > 0) {
    shape.events_per_second = load.event_rate > 0 ? load.event_rate : load.rate;
  }
  const uint64_t least = least_event_bytes(shape);
  if (shape.event_bytes &&
      (*shape.event_bytes < least || *shape.event_bytes > SalesShape::kMaxEventBytes)) {
    throw CLI::ValidationError("--event-bytes",
                               fmt::format("must be from {} to {} with {} extra fields", least,
                                           SalesShape::kMaxEventBytes, shape.extra_fields));
  }
  if (shape.disorder > kMaxLoadDelay || shape.lateness > kMaxLoadDelay) {
    throw CLI::ValidationError("--disorder and --lateness are at most 366d");
  }
}

/// The variable of a flag: KPID_CONFIG_FILE for --config.file.
std::string variable_of(const std::string& long_name) {
  std::string variable = "KPID_" + long_name;
  std::ranges::transform(variable, variable.begin(), [](unsigned char letter) {
    return letter == '.' || letter == '-' ? '_' : static_cast<char>(std::toupper(letter));
  });
  return variable;
}

void Parser::read_environment(CLI::App& command) const {
  for (CLI::Option* option : command.get_options()) {
    const std::string name = option->get_lnames().empty() ? "" : option->get_lnames().front();
    const bool dotted = name.find('.') != std::string::npos;
    const auto variable = environment_.find(variable_of(name));
    if (!dotted || option->count() > 0 || variable == environment_.end()) continue;
    if (variable->second.empty()) continue;
    try {
      option->add_result(variable->second);
      option->run_callback();
    } catch (const CLI::ParseError& error) {
      throw CLI::ValidationError(variable->first, error.what());
    }
  }
}

/// Throws unless the flag has a value.
void require(const std::string& value, const char* flag) {
  if (value.empty()) throw CLI::RequiredError(flag);
}

Command Parser::command_of(const CLI::App& command) {
  const std::string& name = command.get_name();
  if (name == "demo") return demo_;
  if (name == "check") {
    if (check_.files.empty()) throw CLI::RequiredError("FILE");
    return check_;
  }
  if (name == "run") {
    require(run_.config_file, "--config.file");
    return run_;
  }
  if (name == "replay") {
    require(replay_.config_file, "--config.file");
    if (replay_.inputs.empty()) throw CLI::RequiredError("--input");
    return replay_;
  }
  if (name == "inspect") {
    require(inspect_.config_file, "--config.file");
    return inspect_;
  }
  if (name == "generate-load") {
    finish_load(command, generate_load_);
    return generate_load_;
  }
  require(reset_.topic, "--topic");
  return reset_;
}

/// Throws unless the first argument is a command, or a flag of the program.
void Parser::require_command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> names;
  for (const CLI::App* command : app_.get_subcommands(nullptr))
    names.push_back(command->get_name());
  if (arguments.empty() || arguments[0].starts_with('-')) return;
  if (std::ranges::find(names, arguments[0]) != names.end()) return;
  const std::string hint = spelling_hint(arguments[0], names);
  throw CLI::ValidationError(
      fmt::format("'{}' is no command; {}", arguments[0],
                  hint.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : hint));
}

Command Parser::parse(const std::vector<std::string>& arguments) {
  require_command(arguments);
  // CLI11 takes the arguments from the back.
  app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  if (app_.get_subcommands().empty()) throw CLI::RequiredError("A command");
  CLI::App& command = *app_.get_subcommands().front();
  read_environment(command);
  return command_of(command);
}

std::string Parser::command_name() const {
  const auto commands = app_.get_subcommands();
  return commands.empty() ? "kpid" : "kpid " + commands.front()->get_name();
}

}  // namespace

Result<Command> parse_command_line(const std::vector<std::string>& arguments,
                                   const Environment& environment) {
  Parser parser(environment);
  try {
    return parser.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    return PrintOptions{parser.help()};
  } catch (const CLI::CallForVersion&) {
    return PrintOptions{fmt::format("kpid {}\n", version())};
  } catch (const CLI::Error& error) {
    return failure(fmt::format("{}\nSee '{} --help'.", error.what(), parser.command_name()));
  }
}

}  // namespace kpid
