#include "daemon/run/cpu_count.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

namespace kpid {
namespace {

namespace fs = std::filesystem;

/// Control groups in a directory of the test's own.
class ControlGroups : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "kpid-groups-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { fs::remove_all(root_); }

  void limit(const std::string& group, const std::string& cpu_max) {
    fs::create_directories(root_ / group);
    std::ofstream(root_ / group / "cpu.max") << cpu_max << "\n";
  }

  fs::path root_;
};

TEST_F(ControlGroups, AllowWholeCpusOfTheirQuota) {
  const std::pair<const char*, uint32_t> cases[] = {{"max 100000", 8},
                                                    {"800000 100000", 8},
                                                    {"799999 100000", 7},
                                                    {"200000 100000", 2},
                                                    {"199999 100000", 1},
                                                    {"50000 100000", 1},
                                                    {"0 100000", 1},
                                                    {"1600000 100000", 8},
                                                    {"25000 10000", 2},
                                                    {"100000 0", 8},
                                                    {"", 8},
                                                    {"soon", 8}};
  for (const auto& [cpu_max, cpus] : cases) {
    limit("kpid", cpu_max);
    EXPECT_EQ(cpus_within_quota(8, "0::/kpid", root_), cpus) << cpu_max;
  }
}

TEST_F(ControlGroups, AreBoundByThoseAboveThem) {
  limit("", "600000 100000");
  limit("system", "300000 100000");
  limit("system/kpid", "400000 100000");
  EXPECT_EQ(cpus_within_quota(8, "0::/", root_), 6U);
  EXPECT_EQ(cpus_within_quota(8, "0::/system", root_), 3U);
  EXPECT_EQ(cpus_within_quota(8, "0::/system/kpid", root_), 3U);
  EXPECT_EQ(cpus_within_quota(2, "0::/system/kpid", root_), 2U);
}

TEST_F(ControlGroups, ThatCannotBeReadBoundNothing) {
  EXPECT_EQ(cpus_within_quota(8, "0::/gone/kpid", root_), 8U);
  EXPECT_EQ(cpus_within_quota(8, "", root_), 8U);
  EXPECT_EQ(cpus_within_quota(8, "4:cpu:/kpid", root_ / "none"), 8U);
}

TEST(UsableCpus, AreThoseOfTheAffinity) {
  // Of a thread alone, so that no other test is bound.
  std::thread([] {
    cpu_set_t set;
    ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
    const int all = CPU_COUNT(&set);
    EXPECT_LE(usable_cpus(), static_cast<uint32_t>(all));
    EXPECT_GE(usable_cpus(), 1U);
    int first = 0;
    while (!CPU_ISSET(first, &set)) ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    ASSERT_EQ(::sched_setaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(usable_cpus(), 1U);
  }).join();
}

}  // namespace
}  // namespace kpid
