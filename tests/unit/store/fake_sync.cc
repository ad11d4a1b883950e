#include "tests/unit/store/fake_sync.h"

#include <cerrno>

namespace kpid {

std::atomic<bool> syncs_fail = false;

namespace {

int answer() {
  if (!syncs_fail) return 0;
  errno = EIO;
  return -1;
}

}  // namespace

}  // namespace kpid

// SQLite finds these before the C library's.
extern "C" int fsync(int) { return kpid::answer(); }
extern "C" int fdatasync(int) { return kpid::answer(); }
