// Wrong uses of aggregates that take more, or less, than `sum` and `count` do.

#include "tests/unit/formula/wrong_formula.h"

namespace kpid {
namespace {

constexpr shop::WrongFormula kWrongFormulas[] = {
    {"new(type, month)",
     "10+5 expected a length of time to look back | such as 7d, 1 year, 3 months or 2 windows"},
    {"median(type)",
     "7+4 'median' takes numbers and durations, not a string | declare the field as int or decimal "
     "if it holds numbers"},
    {"quantile(0.5, ordered_at)",
     "14+10 'quantile' takes numbers and durations, not a time | subtract times to get a duration"},
    {"stddev(ordered_at)",
     "7+10 'stddev' takes numbers and durations, not a time | subtract times to get a duration"},
    {"first(paid)",
     "6+4 'first' takes numbers, durations and times, not a bool | count events with a condition: "
     "count(source where condition)"},
    {"median(amount, 0.5)", "0+6 'median' takes 1 argument, not 2 | write median(field)"},
    {"quantile(amount)", "0+8 'quantile' takes 2 arguments, not 1 | write quantile(0.95, field)"},
    {"quantile(amount, 0.5)",
     "9+6 'quantile' takes first a plain number from 0 to 1 | such as quantile(0.95, field) or "
     "quantile(95%, field)"},
    {"quantile(95, amount)",
     "9+2 'quantile' takes first a plain number from 0 to 1 | such as quantile(0.95, field) or "
     "quantile(95%, field)"},
    {"quantile(-0.1, amount)",
     "9+4 'quantile' takes first a plain number from 0 to 1 | such as quantile(0.95, field) or "
     "quantile(95%, field)"},
    {"distinct(sales)",
     "9+5 'sales' is a source, not a field | write sales.FIELD; only count takes a source"},
    {"top_share(3, amount)",
     "0+9 'top_share' takes 3 arguments, not 2 | write top_share(3, amount, by: customer)"},
    {"top_share(3, amount, region)",
     "21+6 the third argument of 'top_share' is named 'by:' | write top_share(3, amount, by: "
     "customer)"},
    {"top_share(by: region, 3, amount)",
     "14+6 the third argument of 'top_share' is named 'by:' | write top_share(3, amount, by: "
     "customer)"},
    {"top_share(0, amount, by: region)",
     "10+1 'top_share' takes first a whole number above 0 | write top_share(3, amount, by: "
     "customer)"},
    {"top_share(2.5, amount, by: region)",
     "10+3 'top_share' takes first a whole number above 0 | write top_share(3, amount, by: "
     "customer)"},
    {"top_share(3, type, by: region)",
     "13+4 'top_share' takes numbers and durations, not a string | declare the field as int or "
     "decimal if it holds numbers"},
    {"top_share(3, amount, per: region)",
     "21+3 'top_share' has no argument named 'per' | only top_share has one: top_share(3, x, by: "
     "field)"},
    {"sum(amount, by: type)",
     "0+3 'sum' takes 1 argument, not 2\n"
     "12+2 'sum' has no argument named 'by' | only top_share has one: top_share(3, x, by: field)"},
    {"retained(type, 5)",
     "15+1 expected a length of time to look back | such as 7d, 1 year, 3 months or 2 windows"},
    {"new(type, stock)",
     "10+5 expected a length of time to look back | such as 7d, 1 year, 3 months or 2 windows"},
    {"returning(region, 1 year, 2)",
     "0+9 'returning' takes 1 or 2 arguments, not 3 | write returning(customer, 1 year)"},
    {"sum(median(amount))",
     "4+6 an aggregate cannot stand inside another | combine aggregates outside of each other"},
    {"sum(distinct(amount) + amuont)",
     "4+8 an aggregate cannot stand inside another | combine aggregates outside of each other"},
};

TEST(CompileFormula, SaysOfEachWrongAggregateWhatIsWrongAndWhere) {
  shop::expect_mistakes(kWrongFormulas);
}

}  // namespace
}  // namespace kpid
