#include "tests/unit/runtime/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/support/file_contents.h"

namespace kpid {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

Program::Program(const std::filesystem::path& directory, std::vector<std::string> arguments)
    : out_(directory / "out"), err_(directory / "err") {
  std::string program = KPID_PROGRAM;
  std::vector<char*> pointers = {program.data()};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::filesystem::remove(err_);  // what another run has logged is not ours
  process_ = ::fork();
  if (process_ != 0) return;
  ::dup2(::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  ::dup2(::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  ::execv(program.c_str(), pointers.data());
  ::_exit(127);
}

Program::~Program() {
  if (process_ > 0) end(SIGKILL);
}

std::string Program::log() const { return contents_of(err_); }

bool Program::until_logged(const std::string& text) const {
  const auto deadline = steady_clock::now() + seconds{30};
  while (log().find(text) == std::string::npos) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds{20});
  }
  return true;
}

Outcome Program::wait() {
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = 0;
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = contents_of(out_),
          .err = contents_of(err_)};
}

Outcome Program::end(int signal) {
  ::kill(process_, signal);
  return wait();
}

}  // namespace kpid
