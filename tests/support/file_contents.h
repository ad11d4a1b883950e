#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace kpid {

/// The bytes of a file; nothing where it cannot be read.
inline std::string contents_of(const std::filesystem::path& path) {
  std::ostringstream contents;
  contents << std::ifstream(path, std::ios::binary).rdbuf();
  return contents.str();
}

}  // namespace kpid
