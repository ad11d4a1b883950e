#pragma once

#include <gperftools/malloc_extension.h>

#include <chrono>
#include <cstddef>
#include <ctime>

namespace kpid {

/// CPU time of this thread so far.
inline double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// What the program has got from its allocator and not given back. REQUIRES: that is tcmalloc.
inline double allocated_bytes() {
  size_t bytes = 0;
  MallocExtension::instance()->GetNumericProperty("generic.current_allocated_bytes", &bytes);
  return static_cast<double>(bytes);
}

}  // namespace kpid
