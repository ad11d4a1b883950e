// What others make of our pages: promtool, and the parsers of Prometheus' Python client.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "daemon/exposition/metrics_pages.h"
#include "tests/support/file_contents.h"
#include "tests/unit/exposition/example_publication.h"

namespace kpid {
namespace {

struct Outcome {
  int status;
  std::string output;
};

Outcome run(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> piece{};
  while (const size_t length = std::fread(piece.data(), 1, piece.size(), pipe)) {
    output.append(piece.data(), length);
  }
  return {pclose(pipe), output};
}

// The whole page, with a probe that has something to say in every family, in a file.
class ForeignReaders : public testing::Test {
 protected:
  ForeignReaders() {
    std::filesystem::create_directories(folder_);
    probe_.lag({"sales", "shop.sales", 0}, 5);
    probe_.paused({"sales", "shop.sales", 0}, false);
    probe_.stopped({"sales", "shop.sales", 0}, false);
    probe_.checkpoint_saved(kPublishedAt, std::chrono::milliseconds{5}, 4096);
    probe_.published(std::chrono::milliseconds{5});
    probe_.config_loaded(kPublishedAt);
    probe_.arithmetic_nulls("sales", 1);
  }
  ~ForeignReaders() override { std::filesystem::remove_all(folder_); }

  std::string write_page(PageFormat format) {
    const std::string path =
        fmt::format("{}/{}", folder_, format == PageFormat::kText ? "text" : "openmetrics");
    MetricsPages pages(probe_, "kpi_");
    const auto publication = std::make_shared<const Publication>(example_publication());
    std::ofstream(path) << *pages.get(publication, format, false, kPublishedAt);
    return path;
  }

  const std::string folder_ = fmt::format("{}/kpid-pages-{}", testing::TempDir(), getpid());
  Probe probe_;
};

TEST_F(ForeignReaders, PromtoolHasNothingToSay) {
  if (!std::filesystem::exists(KPID_PROMTOOL)) GTEST_SKIP() << "no promtool at " KPID_PROMTOOL;
  const Outcome outcome =
      run(fmt::format("{} check metrics < {} 2>&1", KPID_PROMTOOL, write_page(PageFormat::kText)));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(outcome.output, "");
}

TEST_F(ForeignReaders, BothFormatsHaveTheSameSeriesForThePythonClient) {
  if (run("/usr/bin/python3 -c 'import prometheus_client' 2>&1").status != 0) {
    GTEST_SKIP() << "python3-prometheus-client is not installed";
  }
  const Outcome outcome =
      run(fmt::format("/usr/bin/python3 {}/compare_pages.py {} {} 2>&1", KPID_TEST_FOLDER,
                      write_page(PageFormat::kText), write_page(PageFormat::kOpenMetrics)));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

TEST_F(ForeignReaders, TheReferenceNamesEveryFamilyOfTheDaemon) {
  const std::string reference = contents_of(KPID_REFERENCE);
  std::ifstream page(write_page(PageFormat::kText));
  int families = 0;
  for (std::string line; std::getline(page, line);) {
    constexpr std::string_view kType = "# TYPE ";
    if (!line.starts_with(kType)) continue;
    const std::string name = line.substr(kType.size(), line.find(' ', kType.size()) - kType.size());
    if (name.starts_with("kpi_")) continue;
    ++families;
    EXPECT_NE(reference.find(fmt::format("`{}`", name)), std::string::npos) << name;
  }
  EXPECT_GT(families, 30);
}

}  // namespace
}  // namespace kpid
