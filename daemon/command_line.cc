#include "daemon/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "config/mapping_reader.h"
#include "daemon/flags.h"
#include "daemon/load/load_flags.h"
#include "daemon/version.h"
#include "pipeline/formula/spelling.h"

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

/// All commands with their flags, bound to the options that they fill. One per parse.
class Parser {
 public:
  explicit Parser(const Environment& environment);

  /// Throws CLI::Error.
  Command parse(const std::vector<std::string>& arguments);

  /// The help of the command that was named, or of the program.
  std::string help() const { return app_.help(); }
  /// What is wrong with the first flag that the command does not have, or, where there is none,
  /// with the first argument that it does not take.
  std::string unexpected_argument() const;
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
  add_load_flags(
      add_command("generate-load",
                  "Send made-up sales to Kafka, the same for the same flags and --start"),
      generate_load_);
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
    finish_load_flags(command, generate_load_);
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

/// The flags of a command, or of the program, without their dashes.
std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    std::ranges::copy(option->get_lnames(), std::back_inserter(flags));
  }
  return flags;
}

/// The commands that have a flag like this one, and the flag; empty where none has.
std::string commands_hint(std::string_view flag, const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> all;
  for (const CLI::App* command : commands)
    std::ranges::copy(flags_of(*command), std::back_inserter(all));
  const std::string nearest(nearest_name(flag, all));
  if (nearest.empty()) return "";
  std::vector<std::string> owners;
  for (const CLI::App* command : commands) {
    if (is_among(nearest, flags_of(*command))) owners.push_back(command->get_name());
  }
  return fmt::format("--{} is a flag of {}", nearest, fmt::join(owners, ", "));
}

std::string Parser::unexpected_argument() const {
  const std::vector<std::string> remaining = app_.remaining(true);
  const auto chosen = app_.get_subcommands();
  const std::vector<std::string> own = flags_of(chosen.empty() ? app_ : *chosen.front());
  const auto found = std::ranges::find_if(
      remaining, [](const std::string& argument) { return argument.starts_with('-'); });
  if (found == remaining.end()) {
    return fmt::format(
        "'{}' takes no argument '{}'{}", command_name(), remaining.front(),
        is_among("config.file", own) ? "; name a configuration by --config.file" : "");
  }
  const std::string written = found->substr(0, found->find('='));
  const std::string_view flag =
      std::string_view(written).substr(std::min(written.find_first_not_of('-'), written.size()));
  const std::string_view nearest = nearest_name(flag, own);
  const std::string hint = nearest.empty() ? commands_hint(flag, app_.get_subcommands(nullptr))
                                           : fmt::format("did you mean '--{}'?", nearest);
  return fmt::format("'{}' is no flag of '{}'{}{}", written, command_name(),
                     hint.empty() ? "" : "; ", hint);
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
  } catch (const CLI::ExtrasError&) {
    return failure(
        fmt::format("{}\nSee '{} --help'.", parser.unexpected_argument(), parser.command_name()));
  } catch (const CLI::Error& error) {
    return failure(fmt::format("{}\nSee '{} --help'.", error.what(), parser.command_name()));
  }
}

}  // namespace kpid
