#include "tests/unit/runtime/command_fixtures.h"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "pipeline/event/time.h"

namespace kpid {

std::string Commands::path(const std::string& name) const {
  return (directory_.path() / name).string();
}

std::string Commands::write(const std::string& name, const std::string& text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

Outcome Commands::run(std::vector<std::string> arguments) const {
  return Program(directory_.path(), std::move(arguments)).wait();
}

std::string RunCommand::config(const std::string& name, const std::string& bootstrap, int workers,
                               const std::string& sources, const std::string& kpis) {
  return write(name, fmt::format("kafka:\n  bootstrap_servers: ['{}']\nworkers: {}\n{}{}",
                                 bootstrap, workers, sources, kpis));
}

std::vector<std::string> RunCommand::run_flags(const std::string& config_path,
                                               const std::string& store) const {
  return {"run", "--config.file=" + config_path, "--storage.path=" + path(store),
          "--web.listen-address=127.0.0.1:0"};
}

Outcome RunCommand::inspect(const std::string& config_path) const {
  return run({"inspect", "--config.file=" + config_path, "--storage.path=" + path("store"),
              "--output=json"});
}

Outcome RunCommand::run_until_ready(const std::string& config_path, std::vector<std::string> more) {
  std::vector<std::string> flags = run_flags(config_path);
  flags.insert(flags.end(), more.begin(), more.end());
  Program program(directory_.path(), flags);
  EXPECT_TRUE(program.until_logged("msg=ready")) << program.log();
  const Outcome outcome = program.end(SIGTERM);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome;
}

void RunOnKafka::SetUp() {
  kafka_.create_topic("sales", 2);
  const int64_t now =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
          .time_since_epoch()
          .count();
  produce(0, now - 300'000, "north", "1.5");
  produce(1, now - 300'000, "south", "2");
  produce(0, now - 200'000, "north", "4");
}

std::string RunOnKafka::config_of(int workers, const std::string& sources,
                                  const std::string& kpis) {
  return config("kpid.yml", kafka_.bootstrap_servers(), workers, sources, kpis);
}

void RunOnKafka::produce(int32_t partition, int64_t time, const char* region, const char* amount) {
  kafka_.produce("sales", partition,
                 fmt::format(R"({{"ts":{},"region":"{}","amount":{}}})", time, region, amount),
                 EventTime(Duration(time)));
}

}  // namespace kpid
