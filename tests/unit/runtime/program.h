#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace kpid {

/// How a run of the program ended.
struct Outcome {
  int exit_code = -1;  ///< 128 and the signal that ended it, as in a shell
  std::string out;
  std::string err;
};

/// A process of kpid, which is KPID_PROGRAM; its output goes to files in `directory`. One that
/// still runs is killed at the end.
class Program {
 public:
  Program(const std::filesystem::path& directory, std::vector<std::string> arguments);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::string log() const;

  /// Waits until its log has the text, for at most thirty seconds. False: it never had.
  bool until_logged(const std::string& text) const;

  /// Waits for its end. REQUIRES: called once, `wait` or `end`.
  Outcome wait();

  /// Ends it by a signal.
  Outcome end(int signal);

 private:
  std::filesystem::path out_;
  std::filesystem::path err_;
  pid_t process_ = 0;
};

}  // namespace kpid
