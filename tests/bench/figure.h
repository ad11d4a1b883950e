#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace kpid {

/// Of one figure, one a repetition.
using Values = std::vector<double>;

/// Prints a figure as the line of JSON that bench.py reads; `place` are members between its name
/// and its unit.
inline void print_line(std::string_view figure, std::string_view place, std::string_view unit,
                       const Values& values) {
  fmt::print(R"({{"figure":"{}",{}"unit":"{}","values":[{:.4f}]}})"
             "\n",
             figure, place, unit, fmt::join(values, ","));
  std::fflush(stdout);
}

inline void print_figure(std::string_view figure, std::string_view unit, const Values& values) {
  print_line(figure, "", unit, values);
}

/// One point of a curve: the figure where what it grows `along` is `x`.
inline void print_point(std::string_view figure, std::string_view along, double x,
                        std::string_view unit, const Values& values) {
  print_line(figure, fmt::format(R"("along":"{}","x":{},)", along, x), unit, values);
}

}  // namespace kpid
