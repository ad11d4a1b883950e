#include "tests/fuzz/seeds.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace kpid::fuzz {
namespace {

namespace fs = std::filesystem;

std::ifstream opened(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return file;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream file = opened(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> contents;
  for (const fs::path& path : paths) {
    std::ostringstream content;
    content << opened(path).rdbuf();
    contents.push_back(content.str());
  }
  return contents;
}

/// What stands behind `formula: `, without YAML's single quotes.
std::vector<std::string> formulas_in(const std::vector<std::string>& lines) {
  constexpr std::string_view kKey = "formula: ";
  std::vector<std::string> formulas;
  for (const std::string& line : lines) {
    const size_t key = line.find(kKey);
    if (key == std::string::npos) continue;
    std::string formula = line.substr(key + kKey.size());
    if (formula.starts_with('\'')) {
      formula = formula.substr(1, formula.rfind('\'') - 1);
      for (size_t at = 0; (at = formula.find("''", at)) != std::string::npos; ++at) {
        formula.erase(at, 1);
      }
    }
    formulas.push_back(std::move(formula));
  }
  return formulas;
}

}  // namespace

std::vector<std::string> seeds_in(const std::string& path) {
  if (fs::is_directory(path)) return files_in(path);
  const std::vector<std::string> lines = lines_of(path);
  return fs::path(path).filename() == "formulas.txt" ? lines : formulas_in(lines);
}

std::vector<std::string> tokens_in(const std::string& path) {
  std::vector<std::string> tokens;
  for (const std::string& line : lines_of(path)) {
    if (!line.starts_with('"')) continue;
    std::string token;
    for (size_t at = 1; at + 1 < line.size(); ++at) {
      if (line[at] == '\\' && line[at + 1] == 'x') {
        token += static_cast<char>(std::stoi(line.substr(at + 2, 2), nullptr, 16));
        at += 3;
      } else {
        token += line[at] == '\\' ? line[++at] : line[at];
      }
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace kpid::fuzz
