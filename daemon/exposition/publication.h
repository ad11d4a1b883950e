#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/publish/snapshot.h"

namespace kpid {

/// How far a source is from what the log held at the start (law 5).
struct SourceReadiness {
  enum class Progress : uint8_t {
    kStarting,      ///< the end of the log is not known yet: no broker has answered
    kCatchingUp,    ///< reading what was there at the start
    kCaughtUp,      ///< everything that was there at the start is read
    kMissingTopic,  ///< the topic does not exist yet; nobody waits for it
    kFault,         ///< a lasting fault; holds up its own KPIs only
  };

  std::string source;
  std::string topic;
  Progress progress = Progress::kStarting;
  int64_t records_read = 0;  ///< since the start, of those there at the start
  int64_t records_left = 0;  ///< still to read of those there at the start
  std::string detail;        ///< in words, for kStarting and kFault: what is wrong, what to do
};

/// "starting", "catching_up", ...: as the API has it.
std::string_view name_of(SourceReadiness::Progress progress);

/// How far the source is, in words: "catching up, 7 of 10 records of topic sales read (70 %)".
std::string describe(const SourceReadiness& source);

/// Whether everything that is asked for can be answered.
struct Readiness {
  std::vector<SourceReadiness> sources;  ///< in the order of the configuration
  /// What ready does not wait for, one sentence each: no event yet, no final window yet.
  std::vector<std::string> notes;

  /// True when no source is starting or catching up.
  bool ready() const;
};

/// What the runtime publishes for readers, as one immutable whole.
struct Publication {
  std::shared_ptr<const Snapshot> snapshot;  ///< nothing before the first was made
  Readiness readiness;
};

/// The body of `/-/ready`: the first line says ready or not, one line a source, then the notes.
std::string describe(const Readiness& readiness);

}  // namespace kpid
