#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/formula/aggregate_checker.h"
#include "pipeline/formula/exact_expression.h"
#include "pipeline/formula/formula.h"
#include "pipeline/formula/row_functions.h"
#include "pipeline/formula/spelling.h"
#include "pipeline/formula/syntax.h"

namespace kpid {
namespace {

/// Bytes that a formula may have. Far more than anyone reads; keeps identities, which repeat their
/// parts on every level, small.
constexpr size_t kLongestFormula = 65'536;

/// What a part of a formula outside of its aggregates gives.
enum class Outcome : uint8_t {
  kNumber,
  kCondition,
  kNull,  ///< null as written: fits both
};

struct Part {
  ExactExpression expression;
  Outcome outcome = Outcome::kNumber;
};

std::string describe(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNumber:
      return "a number";
    case Outcome::kCondition:
      return "a condition";
    case Outcome::kNull:
      return "null";
  }
  return "";
}

std::optional<ExactOperation> exact_operation(TokenKind kind) {
  switch (kind) {
    case TokenKind::kOr:
      return ExactOperation::kOr;
    case TokenKind::kAnd:
      return ExactOperation::kAnd;
    case TokenKind::kEqual:
      return ExactOperation::kEqual;
    case TokenKind::kNotEqual:
      return ExactOperation::kNotEqual;
    case TokenKind::kLess:
      return ExactOperation::kLess;
    case TokenKind::kLessEqual:
      return ExactOperation::kLessEqual;
    case TokenKind::kGreater:
      return ExactOperation::kGreater;
    case TokenKind::kGreaterEqual:
      return ExactOperation::kGreaterEqual;
    case TokenKind::kPlus:
      return ExactOperation::kAdd;
    case TokenKind::kMinus:
      return ExactOperation::kSubtract;
    case TokenKind::kTimes:
      return ExactOperation::kMultiply;
    case TokenKind::kDivide:
      return ExactOperation::kDivide;
    default:
      return std::nullopt;
  }
}

ExactExpression number_of(const Literal& literal) {
  ExactExpression node{.operation = ExactOperation::kNumber};
  if (literal.type == Type::kInt) {
    node.numerator = literal.integer;
    return node;
  }
  node.numerator = literal.nanos;
  node.denominator = kNanosPerUnit;
  while (node.denominator > 1 && node.numerator % 10 == 0) {
    node.numerator /= 10;
    node.denominator /= 10;
  }
  return node;
}

/// Checks what stands between aggregates.
class Compiler {
 public:
  Compiler(const FormulaScope& scope, std::vector<TextError>& errors)
      : scope_(scope), errors_(errors), aggregates_(scope, errors) {}

  std::shared_ptr<const Formula::Compiled> compile(const Syntax& syntax) {
    std::optional<Part> whole = check(syntax);
    if (!whole) return nullptr;
    if (whole->outcome != Outcome::kNumber) {
      report(syntax.place, "the formula gives " + describe(whole->outcome) + ", not a number",
             whole->outcome == Outcome::kCondition ? "write if(condition, 1, 0)" : "");
      return nullptr;
    }
    if (!aggregates_.found_any()) {
      report(syntax.place, "the formula has no aggregate", "such as count(source) or sum(field)");
      return nullptr;
    }
    Formula::Compiled compiled;
    size_t sampled_from = 0;
    if (syntax.kind == Syntax::Kind::kBinary && syntax.operation == TokenKind::kDivide) {
      sampled_from = syntax.operands[1].place.offset;
      compiled.is_quotient = aggregates_.found_from(sampled_from);
    }
    compiled.samples_reading = aggregates_.samples_reading_from(sampled_from);
    compiled.terms = aggregates_.take_terms();
    compiled.readings = aggregates_.take_readings();
    compiled.sources = aggregates_.take_sources();
    compiled.expression = std::move(whole->expression);
    return std::make_shared<const Formula::Compiled>(std::move(compiled));
  }

 private:
  std::nullopt_t report(Place place, std::string text, std::string hint = "") {
    errors_.push_back({place.offset, place.length, std::move(text), std::move(hint)});
    return std::nullopt;
  }

  std::optional<Part> check(const Syntax& syntax) {
    switch (syntax.kind) {
      case Syntax::Kind::kLiteral:
        return check_literal(syntax);
      case Syntax::Kind::kNull:
        return Part{{.operation = ExactOperation::kAbsent}, Outcome::kNull};
      case Syntax::Kind::kName:
        return report_name(syntax);
      case Syntax::Kind::kNegate:
        return combine(ExactOperation::kNegate, Outcome::kNumber, Outcome::kNumber, syntax);
      case Syntax::Kind::kNot:
        return combine(ExactOperation::kNot, Outcome::kCondition, Outcome::kCondition, syntax);
      case Syntax::Kind::kBinary:
        return check_binary(syntax);
      case Syntax::Kind::kIn:
        return check_in(syntax);
      case Syntax::Kind::kCall:
        return check_call(syntax);
    }
    return std::nullopt;
  }

  std::optional<Part> check_aggregate(const Syntax& call) {
    if (!has_arguments(call, 1, 1)) return std::nullopt;
    std::optional<ExactExpression> aggregate = aggregates_.check(call);
    return aggregate ? std::optional(Part{std::move(*aggregate)}) : std::nullopt;
  }

  std::optional<Part> check_literal(const Syntax& syntax) {
    if (syntax.literal.type == Type::kString) {
      return report(syntax.place, "a text has no place between aggregates",
                    "texts are compared inside an aggregate: count(source where field == 'text')");
    }
    if (syntax.literal.type != Type::kBool) return Part{number_of(syntax.literal)};
    return Part{{.operation = ExactOperation::kCondition, .condition = syntax.literal.integer != 0},
                Outcome::kCondition};
  }

  std::optional<Part> report_name(const Syntax& syntax) {
    const std::string& name = syntax.name;
    const auto has_field = [&](const SourceDefinition& source) {
      return (syntax.source.empty() || source.name == syntax.source) &&
             std::any_of(source.fields.begin(), source.fields.end(),
                         [&](const Field& field) { return field.name == name; });
    };
    const std::string written = (syntax.source.empty() ? "" : syntax.source + ".") + name;
    if (std::any_of(scope_.sources.begin(), scope_.sources.end(), has_field)) {
      return report(syntax.place, "the field '" + written + "' stands outside of an aggregate",
                    "such as sum(" + written + ")");
    }
    std::vector<std::string> known(scope_.kpis.begin(), scope_.kpis.end());
    if (!syntax.source.empty()) {
      return report(syntax.place, "unknown field '" + written + "', and outside of an aggregate",
                    "such as sum(source.field)");
    }
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      return report(syntax.place, "using another KPI by name is not supported yet");
    }
    for (const SourceDefinition& source : scope_.sources) {
      if (source.name == name) {
        return report(syntax.place, "the source '" + name + "' stands outside of an aggregate",
                      "such as count(" + name + ")");
      }
      known.push_back(source.name);
      for (const Field& field : source.fields) known.push_back(field.name);
    }
    return report(syntax.place, "unknown name '" + name + "'", spelling_hint(name, known));
  }

  /// The operands, each of which must give `wanted`.
  std::optional<Part> combine(ExactOperation operation, Outcome wanted, Outcome outcome,
                              const Syntax& syntax) {
    Part whole{{.operation = operation}, outcome};
    bool fits = true;
    for (const Syntax& operand : syntax.operands) {
      std::optional<Part> part = check(operand);
      fits = part && expect(wanted, *part, operand) && fits;
      if (fits) whole.expression.operands.push_back(std::move(part->expression));
    }
    return fits ? std::optional(std::move(whole)) : std::nullopt;
  }

  bool expect(Outcome wanted, const Part& part, const Syntax& syntax) {
    if (part.outcome == wanted) return true;
    report(syntax.place, "expected " + describe(wanted) + ", found " + describe(part.outcome));
    return false;
  }

  std::optional<Part> check_binary(const Syntax& syntax) {
    switch (syntax.operation) {
      case TokenKind::kOr:
      case TokenKind::kAnd:
        return combine(*exact_operation(syntax.operation), Outcome::kCondition, Outcome::kCondition,
                       syntax);
      case TokenKind::kPlus:
      case TokenKind::kMinus:
      case TokenKind::kTimes:
      case TokenKind::kDivide:
      case TokenKind::kLess:
      case TokenKind::kLessEqual:
      case TokenKind::kGreater:
      case TokenKind::kGreaterEqual: {
        const bool compares =
            syntax.operation >= TokenKind::kLess && syntax.operation <= TokenKind::kGreaterEqual;
        return combine(*exact_operation(syntax.operation), Outcome::kNumber,
                       compares ? Outcome::kCondition : Outcome::kNumber, syntax);
      }
      case TokenKind::kEqual:
      case TokenKind::kNotEqual:
        return check_equality(syntax);
      default:
        return report(syntax.focus, "texts are compared inside an aggregate only",
                      "such as count(source where field contains 'text')");
    }
  }

  std::optional<Part> check_equality(const Syntax& syntax) {
    std::optional<Part> left = check(syntax.operands[0]);
    std::optional<Part> right = check(syntax.operands[1]);
    if (!left || !right) return std::nullopt;
    if (left->outcome == Outcome::kNull) std::swap(left, right);
    if (left->outcome == Outcome::kNull) return report(syntax.place, "null is compared with null");
    Part whole{{}, Outcome::kCondition};
    if (right->outcome == Outcome::kNull) {
      whole.expression = {.operation = ExactOperation::kIsAbsent};
      whole.expression.operands.push_back(std::move(left->expression));
      if (syntax.operation == TokenKind::kEqual) return whole;
      ExactExpression inverse{.operation = ExactOperation::kNot};
      inverse.operands.push_back(std::move(whole.expression));
      return Part{std::move(inverse), Outcome::kCondition};
    }
    if (left->outcome != right->outcome) {
      return report(syntax.focus, describe(left->outcome) + " and " + describe(right->outcome) +
                                      " cannot be compared");
    }
    whole.expression.operation = *exact_operation(syntax.operation);
    whole.expression.operands.push_back(std::move(left->expression));
    whole.expression.operands.push_back(std::move(right->expression));
    return whole;
  }

  std::optional<Part> check_in(const Syntax& syntax) {
    return combine(ExactOperation::kIn, Outcome::kNumber, Outcome::kCondition, syntax);
  }

  std::optional<Part> check_call(const Syntax& syntax) {
    static const std::vector<std::string> kFunctions = {"count", "sum",      "avg", "min",  "max",
                                                        "if",    "coalesce", "abs", "round"};
    const std::string& name = syntax.name;
    if (syntax.skipped) return report(syntax.focus, name + " is not supported yet");
    if (is_aggregate(syntax)) return check_aggregate(syntax);
    if (std::find(kFunctions.begin(), kFunctions.end(), name) == kFunctions.end()) {
      if (find_row_function(name) != nullptr) {
        return report(syntax.focus, "'" + name + "' works on the values of one event",
                      "use it inside an aggregate, such as count(source where condition)");
      }
      return report(syntax.focus, "unknown function '" + name + "'",
                    spelling_hint(name, kFunctions));
    }
    if (syntax.has_where) {
      return report(syntax.focus, "'" + name + "' takes no 'where'",
                    "'where' stands inside an aggregate: count(source where condition)");
    }
    if (name == "if" || name == "coalesce") return check_choice(syntax);
    if (name == "round") return check_round(syntax);
    const size_t count = name == "abs" ? 1 : 2;
    if (!has_arguments(syntax, count, count)) return std::nullopt;
    const ExactOperation operation = name == "abs"   ? ExactOperation::kAbs
                                     : name == "min" ? ExactOperation::kMin
                                                     : ExactOperation::kMax;
    return combine(operation, Outcome::kNumber, Outcome::kNumber, syntax);
  }

  bool has_arguments(const Syntax& call, size_t least, size_t most) {
    const size_t count = call.argument_count();
    if (count >= least && count <= most) return true;
    std::string wanted = std::to_string(least);
    if (most != least) wanted += most == SIZE_MAX ? " or more" : " or " + std::to_string(most);
    report(call.focus, "'" + call.name + "' takes " + wanted + " argument" +
                           (most == 1 ? "" : "s") + ", not " + std::to_string(count));
    return false;
  }

  std::optional<Part> check_choice(const Syntax& syntax) {
    const bool conditional = syntax.name == "if";
    if (!has_arguments(syntax, conditional ? 3 : 2, conditional ? 3 : SIZE_MAX)) {
      return std::nullopt;
    }
    Part whole{{.operation = conditional ? ExactOperation::kIf : ExactOperation::kCoalesce},
               Outcome::kNull};
    bool fits = true;
    for (size_t i = 0; i < syntax.operands.size(); ++i) {
      std::optional<Part> part = check(syntax.operands[i]);
      if (!part) {
        fits = false;
        continue;
      }
      if (conditional && i == 0) {
        fits = expect(Outcome::kCondition, *part, syntax.operands[i]) && fits;
      } else if (part->outcome != Outcome::kNull) {
        if (whole.outcome == Outcome::kNull) whole.outcome = part->outcome;
        fits = expect(whole.outcome, *part, syntax.operands[i]) && fits;
      }
      whole.expression.operands.push_back(std::move(part->expression));
    }
    if (!fits) return std::nullopt;
    if (whole.outcome != Outcome::kNull) return whole;
    return report(syntax.place, "'" + syntax.name + "' gives nothing but null");
  }

  std::optional<Part> check_round(const Syntax& syntax) {
    if (!has_arguments(syntax, 1, 2)) return std::nullopt;
    std::optional<Part> value = check(syntax.operands[0]);
    Part whole{{.operation = ExactOperation::kRound}};
    if (syntax.operands.size() == 2) {
      const Syntax& digits = syntax.operands[1];
      whole.expression.digits = digits.literal.integer;
      if (digits.kind != Syntax::Kind::kLiteral || digits.literal.type != Type::kInt ||
          whole.expression.digits < 0 || whole.expression.digits > 9) {
        return report(digits.place, "'round' takes its digits as a plain number from 0 to 9");
      }
    }
    if (!value || !expect(Outcome::kNumber, *value, syntax.operands[0])) return std::nullopt;
    whole.expression.operands.push_back(std::move(value->expression));
    return whole;
  }

  const FormulaScope& scope_;
  std::vector<TextError>& errors_;
  AggregateChecker aggregates_;
};

}  // namespace

TextResult<Formula> compile_formula(std::string_view text, const FormulaScope& scope) {
  std::vector<TextError> errors;
  std::shared_ptr<const Formula::Compiled> compiled;
  if (text.size() > kLongestFormula) {
    errors.push_back({kLongestFormula, 1, "the formula is too long",
                      "at most " + std::to_string(kLongestFormula) + " bytes"});
  } else if (const std::optional<Syntax> syntax = parse_formula(text, errors)) {
    compiled = Compiler(scope, errors).compile(*syntax);
  }
  if (errors.empty()) return Formula(std::move(compiled));
  std::stable_sort(errors.begin(), errors.end(), [](const TextError& left, const TextError& right) {
    return left.offset < right.offset;
  });
  return tl::unexpected(std::move(errors));
}

}  // namespace kpid
