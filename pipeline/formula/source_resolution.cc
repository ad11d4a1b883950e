#include "pipeline/formula/source_resolution.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pipeline/formula/spelling.h"

namespace kpid {
namespace {

/// All names inside, in the order of the text.
void collect_names(const Syntax& syntax, std::vector<const Syntax*>& names) {
  if (syntax.kind == Syntax::Kind::kName) names.push_back(&syntax);
  for (const Syntax& operand : syntax.operands) collect_names(operand, names);
}

const SourceDefinition* find_source(const FormulaScope& scope, std::string_view name) {
  const auto found =
      std::find_if(scope.sources.begin(), scope.sources.end(),
                   [&](const SourceDefinition& source) { return source.name == name; });
  return found == scope.sources.end() ? nullptr : &*found;
}

bool declares(const SourceDefinition& source, const Syntax& name) {
  return std::any_of(source.fields.begin(), source.fields.end(),
                     [&](const Field& field) { return field.name == name.name; });
}

std::vector<std::string> source_names(const FormulaScope& scope) {
  std::vector<std::string> names;
  for (const SourceDefinition& source : scope.sources) names.push_back(source.name);
  return names;
}

std::string joined(const std::vector<const SourceDefinition*>& sources) {
  std::string text;
  for (const SourceDefinition* source : sources) {
    if (!text.empty()) text += ", ";
    text += source->name;
  }
  return text;
}

class Resolution {
 public:
  Resolution(const FormulaScope& scope, std::vector<TextError>& errors)
      : scope_(scope), errors_(errors) {}

  const SourceDefinition* by_prefix(const Syntax& name) {
    if (const SourceDefinition* source = find_source(scope_, name.source)) return source;
    return report({name.place.offset, name.source.size()}, "unknown source '" + name.source + "'",
                  spelling_hint(name.source, source_names(scope_)));
  }

  const SourceDefinition* by_fields(const Syntax& call, const std::vector<const Syntax*>& names) {
    std::vector<const SourceDefinition*> fitting;
    for (const SourceDefinition& source : scope_.sources) {
      const auto declared = [&](const Syntax* name) { return declares(source, *name); };
      if (std::all_of(names.begin(), names.end(), declared)) fitting.push_back(&source);
    }
    if (fitting.size() == 1) return fitting[0];
    if (fitting.empty()) return report_no_source(call, names);
    if (names.empty()) {
      return report(call.focus, "this aggregate names no source",
                    "name one of its fields as SOURCE.FIELD; sources are " + joined(fitting));
    }
    return report(names[0]->place,
                  "several sources have the field '" + names[0]->name + "': " + joined(fitting),
                  "write " + fitting[0]->name + "." + names[0]->name);
  }

 private:
  const SourceDefinition* report(Place place, std::string text, std::string hint) {
    errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
    return nullptr;
  }

  const SourceDefinition* report_no_source(const Syntax& call,
                                           const std::vector<const Syntax*>& names) {
    if (scope_.sources.empty()) {
      return report(call.focus, "no sources are configured", "declare one under 'sources'");
    }
    if (report_kpis(names)) return nullptr;
    // With one source its own check says what is wrong with each name.
    if (scope_.sources.size() == 1 && call.name != "count") return &scope_.sources[0];
    bool all_known = true;
    for (const Syntax* name : names) {
      const auto declared = [&](const SourceDefinition& source) { return declares(source, *name); };
      if (std::any_of(scope_.sources.begin(), scope_.sources.end(), declared)) continue;
      all_known = false;
      report_unknown(call, *name);
    }
    if (!all_known) return nullptr;
    return report(names[0]->place, "no source has all the fields of this aggregate",
                  "an aggregate reads one source; name fields as SOURCE.FIELD");
  }

  /// Reports names that only KPIs have; whether there were any.
  bool report_kpis(const std::vector<const Syntax*>& names) {
    bool found = false;
    for (const Syntax* name : names) {
      const auto has_it = [&](const SourceDefinition& source) { return declares(source, *name); };
      const auto is_it = [&](const NamedFormula& kpi) { return kpi.name == name->name; };
      if (std::none_of(scope_.kpis.begin(), scope_.kpis.end(), is_it) ||
          std::any_of(scope_.sources.begin(), scope_.sources.end(), has_it) ||
          find_source(scope_, name->name) != nullptr) {
        continue;
      }
      found = true;
      report(name->place, "'" + name->name + "' is a KPI, and stands outside of aggregates",
             "write " + name->name + " alone, or name a field");
    }
    return found;
  }

  void report_unknown(const Syntax& call, const Syntax& name) {
    const bool counted = call.name == "count" && &name == &call.operands[0];
    if (!counted && find_source(scope_, name.name) != nullptr) {
      report(name.place, "'" + name.name + "' is a source, not a field",
             "write " + name.name + ".FIELD; only count takes a source");
      return;
    }
    std::vector<std::string> known;
    if (counted) known = source_names(scope_);
    for (const SourceDefinition& source : scope_.sources) {
      for (const Field& field : source.fields) known.push_back(field.name);
    }
    report(name.place,
           std::string(counted ? "no source and no field is" : "no source has a field") +
               " named '" + name.name + "'",
           spelling_hint(name.name, known));
  }

  const FormulaScope& scope_;
  std::vector<TextError>& errors_;
};

}  // namespace

bool counts_events(const Syntax& aggregate, const FormulaScope& scope) {
  if (aggregate.name != "count" || aggregate.argument_count() != 1) return false;
  const Syntax& argument = aggregate.operands[0];
  return argument.kind == Syntax::Kind::kName && argument.source.empty() &&
         find_source(scope, argument.name) != nullptr;
}

const SourceDefinition* resolve_source(const Syntax& aggregate, const FormulaScope& scope,
                                       std::vector<TextError>& errors) {
  if (counts_events(aggregate, scope)) return find_source(scope, aggregate.operands[0].name);
  std::vector<const Syntax*> names;
  collect_names(aggregate, names);
  Resolution resolution(scope, errors);
  const auto qualified = std::find_if(names.begin(), names.end(),
                                      [](const Syntax* name) { return !name->source.empty(); });
  if (qualified != names.end()) return resolution.by_prefix(**qualified);
  return resolution.by_fields(aggregate, names);
}

}  // namespace kpid
