// Wrong uses of functions of other windows and other groups.

#include "tests/unit/formula/wrong_formula.h"

namespace kpid {
namespace {

constexpr shop::WrongFormula kWrongFormulas[] = {
    {"moving_average(moving_average(revenue, 200), 200)",
     "0+49 the formula would compute with more than 20000 numbers for each value | average over "
     "fewer windows, or look back less often"},
    {"previous(revenue, 5 minutes)", "18+9 minutes are written in short | write 5m"},
    {"previous(revenue, 99999999999999999999 years)",
     "18+20 this number has too many digits | at most 18 before the point and 9 behind it"},
    {"previous(revenue, 9999999999999999999 years)", "18+19 this number is out of range"},
    {"previous(revenue, 1 fortnight)", "20+9 expected ',' or ')', found 'fortnight'"},
    {"previous()",
     "0+8 'previous' takes 1 or 2 arguments, not 0 | write previous(x) or previous(x, 1 "
     "year)"},
    {"previous(5)", "9+1 'previous' has no aggregate to work on | such as previous(count(source))"},
    {"previous(revenue > 5)",
     "9+11 expected a number, found a condition | write if(condition, 1, 0)"},
    {"previous(amount)",
     "9+6 the field 'amount' stands outside of an aggregate | such as sum(amount)"},
    {"sum(previous(amount))",
     "4+8 'previous' works on what aggregates give, not on one event | write "
     "previous(sum(field))"},
    {"growth(revenue, 5%)",
     "16+2 expected a length of time to look back | such as 7d, 1 year, 3 months or 2 windows"},
    {"growth(revenue, month)",
     "16+5 expected a length of time to look back | such as 7d, 1 year, 3 months or 2 windows"},
    {"revenue * 2 windows",
     "10+9 '2 windows' says how far to look back, and nothing does so here | it is the last "
     "argument of previous, growth, "
     "retained, new or returning"},
    {"count(sales where shipped_at - ordered_at > 2 days)",
     "44+6 '2 days' says how far to look back, and nothing does so here | a duration of days is "
     "written 2d"},
    {"per_second(12)",
     "11+2 'per_second' has no aggregate to work on | such as per_second(count(source))"},
    {"per_hour(revenue, 2)", "0+8 'per_hour' takes 1 argument, not 2"},
    {"per_month(revenue)",
     "0+9 unknown function 'per_month' | there are per_second, per_minute, per_hour and per_day"},
    {"share_of_total(avg(amount))",
     "15+11 'share_of_total' takes what adds up over groups: counts and sums | such as "
     "share_of_total(sum(field)); counts and sums may be added to each other, and be times or over "
     "a "
     "number"},
    {"share_of_total(count(sales) + 1)",
     "15+16 'share_of_total' takes what adds up over groups: counts and sums | such as "
     "share_of_total(sum(field)); counts and sums may be added to each other, and be times or over "
     "a "
     "number"},
    {"share_of_total(distinct(type))",
     "15+14 'share_of_total' takes what adds up over groups: counts and sums | such as "
     "share_of_total(sum(field)); counts and sums may be added to each other, and be times or over "
     "a "
     "number"},
    {"moving_average(revenue)",
     "0+14 'moving_average' takes 2 arguments, not 1 | write moving_average(x, 7)"},
    {"moving_average(revenue, 1)",
     "24+1 'moving_average' takes its number of windows as a plain number from 2 to 1000 | such as "
     "moving_average(x, 7)"},
    {"moving_average(revenue, 1001)",
     "24+4 'moving_average' takes its number of windows as a plain number from 2 to 1000 | such as "
     "moving_average(x, 7)"},
    {"moving_average(revenue, 7d)",
     "24+2 'moving_average' takes its number of windows as a plain number from 2 to 1000 | such as "
     "moving_average(x, 7)"},
    {"growth(revenue where paid)",
     "0+6 'growth' takes no 'where' | 'where' stands inside an aggregate: count(source where "
     "condition)"},
};

TEST(CompileFormula, SaysOfEachWrongFunctionOfWindowsWhatIsWrongAndWhere) {
  shop::expect_mistakes(kWrongFormulas);
}

}  // namespace
}  // namespace kpid
