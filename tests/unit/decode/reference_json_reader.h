#pragma once

#include <string>
#include <string_view>

#include "pipeline/event/source_definition.h"

namespace kpid {

/// What a record is by the rules of values, worked out slowly and in another way than the decoder:
/// the whole text is cut into tokens first, then read by the grammar. Answers with the reason, or
/// with the event time in Unix milliseconds and `render_row`'s text.
std::string decode_by_reference(const SourceDefinition& source, const Limits& limits,
                                std::string_view bytes);

}  // namespace kpid
