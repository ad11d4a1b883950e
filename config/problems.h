#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/diagnostic.h"
#include "config/yaml_tree.h"
#include "pipeline/result.h"

namespace kpid {

/// Collects what is wrong with a configuration, in any order; gives it back in order of place.
class Problems {
 public:
  void error(const ConfigPlace& place, std::string text, std::string hint = "");
  void warning(const ConfigPlace& place, std::string text, std::string hint = "");
  /// Mistakes inside the text of a scalar.
  void errors_in(const YamlNode& scalar, std::span<const TextError> mistakes);
  /// What the YAML reader found.
  void add(const ConfigText& text, std::vector<Diagnostic> mistakes);

  size_t error_count() const { return errors_.size(); }
  /// By file, line and column.
  std::vector<Diagnostic> errors() const { return sorted(errors_); }
  std::vector<Diagnostic> warnings() const { return sorted(warnings_); }

 private:
  struct Found {
    size_t file_order;
    Diagnostic diagnostic;
  };

  static std::vector<Diagnostic> sorted(std::vector<Found> found);

  std::vector<Found> errors_;
  std::vector<Found> warnings_;
};

}  // namespace kpid
