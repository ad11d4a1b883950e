#include "daemon/exposition/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kpid {

namespace {

std::string read_file(const char* path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path, "re"), std::fclose);
  std::string text;
  std::array<char, 4096> piece{};
  while (file != nullptr) {
    const size_t length = std::fread(piece.data(), 1, piece.size(), file.get());
    if (length == 0) break;
    text.append(piece.data(), length);
  }
  return text;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t start = text.find_first_not_of(" \n");
    if (start == std::string_view::npos) return words;
    text.remove_prefix(start);
    const size_t end = std::min(text.find_first_of(" \n"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

uint64_t to_number(std::string_view word) {
  uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

// Fields of /proc/self/stat, named as in proc(5).
struct Stat {
  uint64_t user_ticks;
  uint64_t system_ticks;
  uint64_t start_ticks;  // since boot
  uint64_t virtual_bytes;
  uint64_t resident_pages;
};

std::optional<Stat> read_stat() {
  // The second field is the program's name in parentheses and may hold anything: count behind it.
  constexpr size_t kFieldBehindName = 3;
  const std::string text = read_file("/proc/self/stat");
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  const std::vector<std::string_view> words = words_of(std::string_view(text).substr(name_end + 1));
  const auto field = [&](size_t number) { return to_number(words[number - kFieldBehindName]); };
  constexpr size_t kLastField = 24;
  if (words.size() <= kLastField - kFieldBehindName) return std::nullopt;
  return Stat{field(14), field(15), field(22), field(23), field(kLastField)};
}

std::optional<uint64_t> boot_time() {
  const std::string text = read_file("/proc/stat");
  constexpr std::string_view kKey = "\nbtime ";
  const size_t at = text.find(kKey);
  if (at == std::string::npos) return std::nullopt;
  return to_number(std::string_view(text).substr(at + kKey.size()));
}

std::optional<uint64_t> count_open_files() {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return std::nullopt;
  uint64_t count = 0;
  while (const dirent* entry = readdir(directory)) count += entry->d_name[0] != '.' ? 1 : 0;
  closedir(directory);
  return count - 1;  // without the one that reads the directory
}

void write(PageWriter& page, MetricType type, std::string_view name, std::string_view help,
           auto value) {
  page.begin_family(type, name, help);
  page.sample({}, value);
}

}  // namespace

void write_process_metrics(PageWriter& page) {
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const std::optional<Stat> stat = read_stat()) {
    write(page, MetricType::kCounter, "process_cpu_seconds_total",
          "CPU time spent, user and system.",
          static_cast<double>(stat->user_ticks + stat->system_ticks) / ticks_per_second);
    write(page, MetricType::kGauge, "process_resident_memory_bytes", "Memory in use.",
          stat->resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
    write(page, MetricType::kGauge, "process_virtual_memory_bytes", "Address space in use.",
          stat->virtual_bytes);
    if (const std::optional<uint64_t> boot = boot_time()) {
      write(page, MetricType::kGauge, "process_start_time_seconds", "When the process started.",
            static_cast<double>(*boot) + static_cast<double>(stat->start_ticks) / ticks_per_second);
    }
  }
  if (const std::optional<uint64_t> files = count_open_files()) {
    write(page, MetricType::kGauge, "process_open_fds", "Open file descriptors.", *files);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    write(page, MetricType::kGauge, "process_max_fds", "File descriptors that may be open.",
          static_cast<uint64_t>(limit.rlim_cur));
  }
}

}  // namespace kpid
