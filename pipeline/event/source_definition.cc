#include "pipeline/event/source_definition.h"

#include "pipeline/check.h"

namespace kpid {

std::string_view name_of(Type type) {
  switch (type) {
    case Type::kString:
      return "string";
    case Type::kInt:
      return "int";
    case Type::kDecimal:
      return "decimal";
    case Type::kBool:
      return "bool";
    case Type::kTime:
      return "time";
    case Type::kDuration:
      return "duration";
  }
  KPID_ASSERT(!"a type outside the enumeration");
  return {};
}

std::string_view name_of(RecordFormat format) {
  switch (format) {
    case RecordFormat::kJson:
      return "json";
    case RecordFormat::kCsv:
      return "csv";
  }
  KPID_ASSERT(!"a format outside the enumeration");
  return {};
}

}  // namespace kpid
