#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/publish/snapshot.h"

namespace kpid {

/// Whether to warn that a source's `disorder` is smaller than what was seen: at least 1,000 events,
/// and the 99th percentile above the setting. `warned_of` is the percentile of the last warning
/// (nothing: there was none); it is said anew when it has doubled since.
bool should_warn(const DisorderView& seen, std::optional<Duration> warned_of);

/// A setting of `disorder` that is no smaller than `seen`: rounded up to two digits.
Duration suggested_disorder(Duration seen);

/// Tells the operator which sources are more out of order than their setting says.
class DisorderLog {
 public:
  /// Once per publication.
  void update(const std::vector<DisorderView>& disorder);

 private:
  std::map<std::string, Duration> warned_of_;  ///< by source
};

}  // namespace kpid
