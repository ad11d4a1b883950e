#pragma once

#include <memory>
#include <span>

#include "pipeline/definitions.h"
#include "pipeline/engine.h"
#include "pipeline/publish/joined_window.h"

namespace kpid {

/// Whether records were lost of anything that the KPI reads: of one of its sources, in the time of
/// one of `inputs`. `views` are of all shards of the instance.
bool has_losses(std::span<const std::shared_ptr<const ShardView>> views, const KpiDefinition& kpi,
                std::span<const AskedInput> inputs);

}  // namespace kpid
