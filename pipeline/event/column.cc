#include "pipeline/event/column.h"

namespace kpid {

void Column::resize(size_t rows) {
  present.resize(rows);
  switch (type) {
    case Type::kString:
      strings.resize(rows);
      break;
    case Type::kInt:
    case Type::kBool:
    case Type::kTime:
      integers.resize(rows);
      break;
    case Type::kDecimal:
    case Type::kDuration:
      nanos.resize(rows);
      break;
  }
}

}  // namespace kpid
