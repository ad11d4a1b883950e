#pragma once

#include <memory>
#include <span>
#include <string>

#include "pipeline/decode/decoder.h"

namespace kpid {

/// The decoder of one line of CSV a record. Keeps a reference to `source`.
std::unique_ptr<Decoder> make_csv_decoder(const SourceDefinition& source, const Limits& limits,
                                          std::span<const std::string> columns);

}  // namespace kpid
