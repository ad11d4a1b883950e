#pragma once

#include <optional>
#include <string>

#include "pipeline/event/source_definition.h"
#include "pipeline/formula/row_operation.h"

namespace kpid {

// Which types fit together inside an aggregate, and what is said where they do not.

bool is_numeric(Type type);

/// "a string", "an int", ...
std::string with_article(Type type);

/// Null as written has no type until its surroundings give it one; until then it is this.
const RowExpressionPtr& untyped_null();
bool is_untyped_null(const RowExpressionPtr& value);

/// The value's type with its article, or "null".
std::string kind_of(const RowExpressionPtr& value);

/// An int as decimal nanos, by kWiden or kToDecimal; any other value as it is.
RowExpressionPtr widen(const RowExpressionPtr& value, RowOperation operation);

/// A quoted RFC 3339 time as that instant; any other value as it is.
RowExpressionPtr unquoted_time(const RowExpressionPtr& value);

/// The type of `left operation right`, an arithmetic operation; nothing where the types do not fit.
std::optional<Type> arithmetic_type(RowOperation operation, Type left, Type right);

/// What to do about two types that do not fit; may be empty.
std::string mismatch_hint(Type left, Type right);

}  // namespace kpid
