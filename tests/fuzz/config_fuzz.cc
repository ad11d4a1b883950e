// Any bytes are a configuration or a list of mistakes, each at a place inside the text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const kpid::Loaded loaded = kpid::load_settings_text("fuzz.yml", text, kpid::NeedKafka::kNo);
  for (const kpid::Diagnostic& error : loaded.errors) {
    if (error.line == 0 || error.line > size + 1) std::abort();
    if (error.column == 0 || error.column > size + 2) std::abort();
    if (kpid::render(error).empty()) std::abort();
  }
  if (!loaded.usable()) return 0;
  const std::string& shown = loaded.settings.shown_text;
  const kpid::Loaded again = kpid::load_settings_text("shown.yml", shown, kpid::NeedKafka::kNo);
  if (!again.usable() || again.settings.shown_text != shown) std::abort();
  return 0;
}
