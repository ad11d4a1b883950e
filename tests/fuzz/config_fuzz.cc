// Any bytes are a configuration or a list of mistakes, each at a place inside the text; and a
// configuration without mistakes can be planned, reported on, and run.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "config/check.h"
#include "config/settings.h"
#include "config/yaml_tree.h"
#include "pipeline/check.h"
#include "pipeline/engine.h"

namespace kpid {
namespace {

void check_places(const Loaded& loaded, size_t size) {
  for (const Diagnostic& error : loaded.errors) {
    KPID_ASSERT(error.line > 0 && error.line <= size + 1);
    KPID_ASSERT(error.column > 0 && error.column <= size + 2);
    KPID_ASSERT(!render(error).empty());
  }
}

/// What is shown of a configuration is that configuration, though it may be longer than any file.
void check_shown_text(const Settings& settings) {
  const std::string& shown = settings.shown_text;
  if (shown.size() > kConfigBytesMax) return;
  const Loaded again = load_settings_text("shown.yml", shown, NeedKafka::kNo);
  KPID_ASSERT(again.usable() && again.settings.shown_text == shown);
}

void run(const Settings& settings) {
  const auto plan = make_plan(std::make_shared<const Definitions>(settings.definitions));
  KPID_ASSERT(plan->kpis.size() == settings.definitions.kpis.size());
  SingleShardAdmission admission(settings.definitions.limits.max_groups);
  const Engine engine(plan, 0, admission);
}

}  // namespace
}  // namespace kpid

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kpid;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Loaded loaded = load_settings_text("fuzz.yml", text, NeedKafka::kNo);
  check_places(loaded, size);
  const CheckOutcome outcome = check_outcome(loaded);
  KPID_ASSERT(outcome.summary.empty() != loaded.usable());
  if (!loaded.usable()) return 0;
  check_shown_text(loaded.settings);
  run(loaded.settings);
  return 0;
}
