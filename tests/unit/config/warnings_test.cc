#include "config/warnings.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/config/loaded_text.h"

namespace kpid {
namespace {

TEST(Warnings, AreThoseOfTheContract) {
  struct Case {
    std::string name;
    std::string text;
    std::vector<std::string> warnings;
  };
  const std::string source =
      "sources:\n  s:\n    topic: t\n    format: json\n    disorder: 10s\n    allowed_lateness: "
      "5s\n";
  const std::string kpi = "kpis:\n  k:\n    help: h\n    windows: [5m]\n    formula: count(s.a)\n";
  const std::vector<Case> cases = {
      {"none", source + "    fields: {a: int}\n" + kpi, {}},
      {"unused field",
       source + "    fields: {a: int, b: int}\n" + kpi,
       {"nothing uses the field 'b'"}},
      {"used by by", source + "    fields: {a: int, b: int}\n" + kpi + "    by: [b]\n", {}},
      {"used by rank_by",
       source + "    fields: {a: int, b: int}\n" + kpi + "    rank_by: sum(s.b)\n",
       {}},
      {"max_ahead at the bound",
       source +
           "    time: {field: ts, format: unix_ms}\n    max_ahead: 15s\n    fields: {a: int}\n" +
           kpi,
       {}},
      {"max_ahead one beyond",
       source +
           "    time: {field: ts, format: unix_ms}\n    max_ahead: 15001ms\n    fields: {a: "
           "int}\n" +
           kpi,
       {"max_ahead of source 's' is beyond disorder + allowed_lateness"}},
      {"label job",
       source + "    fields: {a: int, job: string}\n" + kpi + "    by: [job]\n",
       {"Prometheus has a label 'job' of its own"}},
      {"label instance",
       source + "    fields: {a: int, instance: string}\n" + kpi + "    by: [instance]\n",
       {"Prometheus has a label 'instance' of its own"}},
      {"promtool",
       source + "    fields: {a: int}\nkpis:\n  uptime_minutes:\n    help: h\n    windows: [5m]\n" +
           "    formula: count(s.a)\n",
       {"promtool refuses the name 'kpi_uptime_minutes'"}},
      {"slices",
       source + "    fields: {a: int}\nkpis:\n  k:\n    help: h\n    windows: [1h every 1s]\n" +
           "    formula: count(s.a)\n",
       {"a group of source 's' keeps up to 90000 slices"}},
      {"growth of a day that fills",
       source + "    fields: {a: int}\nkpis:\n  k:\n    help: h\n    windows: [1d, day]\n" +
           "    formula: growth(count(s.a), 7d)\n",
       {"'day' is shown while it fills, and set against whole windows"}},
      {"a rate of a day that fills, by name",
       source + "    fields: {a: int}\nkpis:\n  r:\n    help: h\n    windows: [month]\n" +
           "    formula: per_hour(count(s.a))\n    show: final\n  k:\n    help: h\n" +
           "    windows: [month]\n    formula: r * 2\n",
       {"'month' is shown while it fills, and set against whole windows"}},
      {"growth of a day that is meant to fill",
       source + "    fields: {a: int}\nkpis:\n  k:\n    help: h\n    windows: [day]\n" +
           "    formula: growth(count(s.a), 7d)\n    show: live\n",
       {}},
      {"what is new in a day that fills",
       source + "    fields: {a: int}\nkpis:\n  k:\n    help: h\n    windows: [day]\n" +
           "    formula: new(s.a, 7d)\n",
       {}},
  };
  for (const Case& one : cases) {
    const Loaded loaded = load(one.text);
    ASSERT_TRUE(loaded.usable()) << one.name << "\n" << rendered(loaded.errors);
    EXPECT_EQ(texts_of(loaded.warnings), one.warnings) << one.name;
  }
}

TEST(Warnings, SlicesAreCountedOverTheWindowAndTheRetention) {
  const auto warned = [](std::string_view retention) {
    const Loaded loaded =
        load("max_drift: 1m\nsources:\n  s:\n    topic: t\n    format: json\n    retention: " +
             std::string(retention) +
             "\n    fields: {a: int}\nkpis:\n  k:\n    help: h\n    windows: [1000s every 1s]\n"
             "    formula: count(s.a)\n");
    return !loaded.warnings.empty();
  };
  EXPECT_FALSE(warned("9000s"));
  EXPECT_TRUE(warned("9001s"));
}

}  // namespace
}  // namespace kpid
