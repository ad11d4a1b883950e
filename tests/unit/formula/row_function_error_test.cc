// Wrong uses of functions of the texts and times of one event.

#include "tests/unit/formula/wrong_formula.h"

namespace kpid {
namespace {

constexpr shop::WrongFormula kWrongFormulas[] = {
    {"count(length(amount))", "13+6 'length' takes a string, not a decimal"},
    {"sum(length(null))",
     "0+3 this aggregate names no source | name one of its fields as SOURCE.FIELD; sources are "
     "sales, feedback"},
    {"sum(length(sales.type, 1))", "4+6 'length' takes 1 argument, not 2"},
    {"count(sales where lower(quantity) == 'a')", "24+8 'lower' takes a string, not an int"},
    {"count(sales where upper(null) == 'a')", "24+4 'upper' takes a string, not null"},
    {"count(sales where trim(paid) == 'a')", "23+4 'trim' takes a string, not a bool"},
    {"count(sales where lower(type))",
     "18+11 expected a condition, found a string | compare it, as in amount > 0"},
    {"sum(lower(sales.type))", "4+17 'sum' takes numbers and durations, not a string"},
    {"count(sales where lowr(type) == 'a')",
     "18+4 unknown function 'lowr' | did you mean 'lower'?"},
    {"count(sales where weekdays_of(ordered_at) == 1)",
     "18+11 unknown function 'weekdays_of' | did you mean 'weekday_of'?"},
    {"count(sales where equals_ignoring_case(type))",
     "18+20 'equals_ignoring_case' takes 2 arguments, not 1"},
    {"count(sales where equals_ignoring_case(type, 5))",
     "45+1 'equals_ignoring_case' takes a string, not an int"},
    {"sum(hour_of(amount))",
     "12+6 'hour_of' takes a time, not a decimal | declare the field as a "
     "time"},
    {"sum(hour_of(shipped_at - ordered_at))", "12+23 'hour_of' takes a time, not a duration"},
    {"sum(hour_of('noon') + sales.quantity)",
     "12+6 'hour_of' takes a time, not a string | such as '2026-03-29T01:30:00Z'"},
    {"sum(hour_of(ordered_at, Berlin))", "24+6 no source has a field named 'Berlin'"},
    {"sum(hour_of(ordered_at, type))",
     "24+4 'hour_of' takes its time zone as a quoted name | such as 'Europe/Berlin'"},
    {"sum(hour_of(ordered_at, 'Berlin'))",
     "24+8 unknown time zone 'Berlin' | use a name of the IANA database, like Europe/Berlin"},
    {"sum(hour_of(ordered_at, ''))",
     "24+2 unknown time zone '' | use a name of the IANA database, like Europe/Berlin"},
    {"sum(hour_of(type, 'Berlin'))",
     "12+4 'hour_of' takes a time, not a string | declare the field as a time\n"
     "18+8 unknown time zone 'Berlin' | use a name of the IANA database, like Europe/Berlin"},
    {"count(sales where weekday_of(ordered_at) == 'monday')",
     "41+2 an int and a string cannot be compared | days of the week are numbers, from Monday 1 to "
     "Sunday 7"},
    {"count(sales where 'monday' == weekday_of(ordered_at))",
     "27+2 a string and an int cannot be compared | days of the week are numbers, from Monday 1 to "
     "Sunday 7"},
    {"count(sales where weekday_of(ordered_at) in ['sat', 7])",
     "45+5 an int and a string cannot be compared | days of the week are numbers, from Monday 1 to "
     "Sunday 7"},
    {"count(sales where date_of(ordered_at) > ordered_at)",
     "38+1 a string and a time cannot be compared | a time is compared with a time, or with one as "
     "in '2026-03-29T01:30:00Z'"},
    {"sum(date_of())",
     "0+3 this aggregate names no source | name one of its fields as SOURCE.FIELD; sources are "
     "sales, feedback"},
    {"sum(days_between(ordered_at))", "4+12 'days_between' takes 2 arguments, not 1"},
    {"sum(days_between(ordered_at, 5))", "29+1 'days_between' takes a time, not an int"},
    {"sum(minutes_between(type, ordered_at) where paid)",
     "20+4 'minutes_between' takes a time, not a string | declare the field as a time"},
    {"sum(minutes_between(ordered_at, shipped_at where paid))",
     "4+15 'minutes_between' takes no 'where' | 'where' stands last inside an aggregate: sum(field "
     "where condition)"},
    {"lower(count(sales))",
     "0+5 'lower' works on the values of one event | use it inside an aggregate, such as "
     "count(source where condition)"},
    {"hour_of(max(ordered_at))",
     "0+7 'hour_of' works on the values of one event | use it inside an aggregate, such as "
     "count(source where condition)"},
};

TEST(CompileFormula, SaysOfEachWrongFunctionOfOneEventWhatIsWrongAndWhere) {
  shop::expect_mistakes(kWrongFormulas);
}

}  // namespace
}  // namespace kpid
