#pragma once

#include <memory>

#include "pipeline/decode/decoder.h"

namespace kpid {

/// The decoder of one JSON object a record. Keeps a reference to `source`.
std::unique_ptr<Decoder> make_json_decoder(const SourceDefinition& source, const Limits& limits);

}  // namespace kpid
