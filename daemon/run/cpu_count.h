#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace kpid {

/// How many CPUs may be used under the quotas of a control group and all above it, whole ones, at
/// least 1 and at most `cpus`. `own` is the line of /proc/self/cgroup that names the group
/// ("0::/system.slice/kpid.service"), `root` where the groups are mounted. What has no quota, or
/// cannot be read, bounds nothing.
/// Source: the Linux kernel's manual, "Control Group v2", cpu.max.
uint32_t cpus_within_quota(uint32_t cpus, std::string_view own, const std::filesystem::path& root);

/// The CPUs that this process may use, by its affinity and the quotas of its control group: what
/// `workers: auto` means.
uint32_t usable_cpus();

}  // namespace kpid
