#include "daemon/run/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace kpid {

namespace {

/// The whole CPUs that a cpu.max such as "150000 100000" allows; `cpus` where it sets no bound.
uint32_t cpus_of(const std::filesystem::path& cpu_max, uint32_t cpus) {
  std::ifstream file(cpu_max);
  uint64_t quota = 0;  // "max" is no number: no bound
  uint64_t period = 0;
  if (!(file >> quota >> period) || period == 0) return cpus;
  return static_cast<uint32_t>(std::clamp<uint64_t>(quota / period, 1, cpus));
}

}  // namespace

uint32_t cpus_within_quota(uint32_t cpus, std::string_view own, const std::filesystem::path& root) {
  constexpr std::string_view kUnified = "0::/";
  uint32_t allowed = cpus_of(root / "cpu.max", std::max<uint32_t>(cpus, 1));
  if (!own.starts_with(kUnified)) return allowed;
  std::filesystem::path group = root;
  for (const auto& name : std::filesystem::path(own.substr(kUnified.size()))) {
    group /= name;
    allowed = cpus_of(group / "cpu.max", allowed);
  }
  return allowed;
}

uint32_t usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const bool known = ::sched_getaffinity(0, sizeof set, &set) == 0;
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("0::")) {
  }
  return cpus_within_quota(known ? static_cast<uint32_t>(CPU_COUNT(&set)) : 1, line,
                           "/sys/fs/cgroup");
}

}  // namespace kpid
