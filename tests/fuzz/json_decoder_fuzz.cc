#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "pipeline/check.h"
#include "pipeline/decode/decoder.h"
#include "tests/support/odd_records.h"
#include "tests/unit/decode/reference_json_reader.h"

// Any bytes at all: the decoder must survive them, and must judge them as the reference does.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kpid;
  static const SourceDefinition source = odd_source(RecordFormat::kJson);
  static const auto decoder = make_decoder(source, odd_limits(), {});
  static EventBatch batch;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  prepare_batch(source, 1, batch);
  const auto reason = decoder->decode({.value = bytes, .offset = 0, .timestamp = {}}, batch);
  std::string verdict;
  if (reason) {
    verdict = name_of(*reason);
  } else {
    const std::string row = render_row(source, batch, 0);
    verdict = fmt::format("{}{}{}", batch.event_times[0].time_since_epoch().count(),
                          row.empty() ? "" : " ", row);
  }
  const std::string expected = decode_by_reference(source, odd_limits(), bytes);
  if (verdict != expected) fmt::print(stderr, "got '{}', expected '{}'\n", verdict, expected);
  KPID_ASSERT(verdict == expected);
  return 0;
}
