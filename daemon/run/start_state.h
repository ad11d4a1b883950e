#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "config/settings.h"
#include "daemon/command_line.h"
#include "daemon/kafka/kafka_source.h"
#include "daemon/store/checkpoint_store.h"
#include "pipeline/event/time.h"
#include "pipeline/result.h"
#include "pipeline/state.h"

namespace kpid {

/// What an instance starts with: a store ready for use, and what is in it.
struct StartState {
  std::unique_ptr<CheckpointStore> store;
  std::optional<StoredState> stored;  ///< nothing: no checkpoint was ever saved here
  /// Sources that begin anew: their stored state means nothing under the definitions of today.
  std::set<std::string> reset;
};

/// Opens the store in `storage_path`. A damaged one is set aside, which is logged.
/// Errors: as of `open_store`; with `kRefuse`, a source whose stored state would be reset.
Result<StartState> open_start_state(const Settings& settings,
                                    const std::filesystem::path& storage_path, OnChange on_change,
                                    EventTime now);

/// What a worker reads after that start, and how. Each topic is named once, for all its sources;
/// the store knows it if it has a partition of it that does not begin anew.
KafkaSourceOptions source_options(const Settings& settings, const StartState& state,
                                  uint32_t worker, EventTime now);

}  // namespace kpid
