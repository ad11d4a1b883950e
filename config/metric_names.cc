#include "config/metric_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "config/mapping_reader.h"

namespace kpid {

namespace {

constexpr std::array<std::string_view, 5> kReservedSuffixes = {"_total", "_count", "_sum",
                                                               "_bucket", "_info"};

/// A unit that is no base unit, and the base unit that Prometheus wants in its place.
struct DerivedUnit {
  std::string_view name;
  std::string_view base;
};

constexpr std::array<DerivedUnit, 15> kDerivedUnits = {{{"minutes", "seconds"},
                                                        {"hours", "seconds"},
                                                        {"days", "seconds"},
                                                        {"weeks", "seconds"},
                                                        {"kelvins", "kelvin"},
                                                        {"fahrenheit", "celsius"},
                                                        {"rankine", "celsius"},
                                                        {"inches", "meters"},
                                                        {"yards", "meters"},
                                                        {"miles", "meters"},
                                                        {"bits", "bytes"},
                                                        {"calories", "joules"},
                                                        {"pounds", "grams"},
                                                        {"ounces", "grams"},
                                                        {"kelvin", "kelvin"}}};

constexpr std::array<std::string_view, 9> kBaseUnits = {
    "amperes", "bytes", "celsius", "grams", "joules", "meters", "metres", "seconds", "volts"};

constexpr std::array<std::string_view, 18> kUnitPrefixes = {
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo",
    "kibi", "mega", "mibi",  "giga",  "gibi",  "tera", "tebi", "peta",  "pebi"};

constexpr std::array<std::string_view, 14> kAbbreviations = {
    "s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"};

constexpr std::array<std::string_view, 5> kTypeWords = {"counter", "gauge", "summary", "histogram",
                                                        "gauge_histogram"};

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  for (;;) {
    const size_t end = name.find('_');
    words.push_back(name.substr(0, end));
    if (end == std::string_view::npos) return words;
    name.remove_prefix(end + 1);
  }
}

/// Whether `word` stands in the name between two `_`, or after one at its end.
bool contains_word(std::string_view name, std::string_view word) {
  return name.find(fmt::format("_{}_", word)) != std::string_view::npos ||
         name.ends_with(fmt::format("_{}", word));
}

/// The base unit that promtool wants where `word` stands; empty if it is content.
std::string_view wanted_unit(std::string_view word) {
  const auto match = [&](std::string_view unit, bool is_base) {
    if (word == unit) return !is_base;
    if (!word.ends_with(unit)) return false;
    const std::string_view prefix = word.substr(0, word.size() - unit.size());
    return std::find(kUnitPrefixes.begin(), kUnitPrefixes.end(), prefix) != kUnitPrefixes.end();
  };
  for (const DerivedUnit& unit : kDerivedUnits) {
    if (match(unit.name, unit.name == unit.base)) return unit.base;
  }
  for (const std::string_view unit : kBaseUnits) {
    if (match(unit, true)) return unit;
  }
  return {};
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::string_view reserved_suffix(std::string_view name) {
  for (const std::string_view suffix : kReservedSuffixes) {
    if (name.ends_with(suffix)) return suffix;
  }
  return {};
}

std::string promtool_complaint(std::string_view family) {
  for (const std::string_view word : words_of(family)) {
    if (const std::string_view base = wanted_unit(word); !base.empty()) {
      return fmt::format("'{}' is no base unit; use {}", word, base);
    }
  }
  for (const std::string_view word : kAbbreviations) {
    if (contains_word(family, word)) return fmt::format("'{}' is an abbreviated unit", word);
  }
  for (const std::string_view word : kTypeWords) {
    if (contains_word(family, word)) return fmt::format("'{}' is a type of metric", word);
  }
  if (std::any_of(family.begin(), family.end(), is_upper)) return "it has upper-case letters";
  return "";
}

std::optional<TextError> check_unit(std::string_view unit) {
  if (!is_plain_name(unit)) {
    return TextError{0, 1, fmt::format("'{}' cannot be a unit", unit),
                     "use lower-case letters, digits and _, and begin with a letter"};
  }
  const std::string family = fmt::format("kpi_{}", unit);
  if (const std::string_view suffix = reserved_suffix(family); !suffix.empty()) {
    return TextError{
        0, 1, fmt::format("'{}' cannot be a unit", unit),
        fmt::format("Prometheus keeps the suffix {} for another type of metric", suffix)};
  }
  if (const std::string complaint = promtool_complaint(family); !complaint.empty()) {
    return TextError{0, 1, fmt::format("promtool refuses the unit '{}'", unit), complaint};
  }
  return std::nullopt;
}

KpiFamilies kpi_families(const KpiDefinition& kpi, bool live, std::string_view prefix) {
  // A KPI that is only shown live needs no word for it.
  const bool says_live = live && kpi.show == Show::kBoth;
  const std::string stem = fmt::format("{}{}{}", prefix, kpi.name, says_live ? "_live" : "");
  const std::string value = kpi.unit.empty() ? stem : fmt::format("{}_{}", stem, kpi.unit);
  return {.value = {value, kpi.help},
          .samples = {stem + "_samples", fmt::format("Events that {} rests on.", value)},
          .numerator = {stem + "_numerator", fmt::format("What is divided in {}.", value)},
          .denominator = {stem + "_denominator", fmt::format("What {} divides by.", value)}};
}

std::vector<std::string> families_of(const KpiDefinition& kpi, std::string_view prefix) {
  std::vector<std::string> families;
  const auto add = [&](bool live) {
    const KpiFamilies of_kpi = kpi_families(kpi, live, prefix);
    families.push_back(of_kpi.value.name);
    families.push_back(of_kpi.samples.name);
    if (!kpi.formula.is_quotient()) return;
    families.push_back(of_kpi.numerator.name);
    families.push_back(of_kpi.denominator.name);
  };
  add(false);
  if (kpi.show == Show::kBoth) add(true);
  return families;
}

void check_families(const std::vector<NamedKpi>& kpis, std::string_view prefix,
                    Problems& problems) {
  std::map<std::string, std::string_view> owners;
  for (const NamedKpi& named : kpis) {
    for (const std::string& family : families_of(*named.kpi, prefix)) {
      if (family.starts_with("kpid_") || family.starts_with("process_")) {
        problems.error(*named.place, fmt::format("the metric '{}' is the daemon's own", family),
                       "give the KPI or the prefix another name");
        break;
      }
      const auto [owner, added] = owners.emplace(family, named.kpi->name);
      if (added) continue;
      problems.error(
          *named.place,
          owner->second == named.kpi->name
              ? fmt::format("two metrics of KPI '{}' are called '{}'", named.kpi->name, family)
              : fmt::format("KPIs '{}' and '{}' both have a metric '{}'", owner->second,
                            named.kpi->name, family),
          "give the KPI another name or unit");
      break;
    }
  }
}

}  // namespace kpid
