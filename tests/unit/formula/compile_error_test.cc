#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/formula/shop.h"
#include "tests/unit/formula/wrong_formula.h"

namespace kpid {
namespace {

constexpr shop::WrongFormula kWrongFormulas[] = {
    {"", "0+1 the formula is empty | such as count(source)"},
    {"   ", "3+1 the formula is empty | such as count(source)"},
    {"count(", "6+1 a value is missing here"},
    {"count()", "0+5 'count' takes 1 argument, not 0"},
    {"count(sales", "11+1 ',' or ')' is missing here"},
    {"count(sales))", "12+1 expected an operator, found ')' | no '(' is open here"},
    {"count(sales) count(sales)",
     "13+5 expected an operator, found 'count' | put one between the two values, such as + - * /"},
    {"count(sales) +", "14+1 a value is missing here"},
    {"count(sales where type = 'order')", "23+1 a single '=' compares nothing | write '=='"},
    {"count(sales where type == 'order)", "26+1 this text has no end | close it with '"},
    {"count(sales where type == “order”)",
     "26+3 unexpected character '“' | quote text with ' or \"\n"
     "34+3 unexpected character '”' | quote text with ' or \""},
    {"count(sales where type == 'a' && paid)", "30+2 '&&' is not an operator | write 'and'"},
    {"count(sales where type == 'a' || !paid)",
     "30+2 '||' is not an operator | write 'or'\n"
     "33+1 '!' is not an operator | write 'not'"},
    {"count(sales where type <> 'a')", "23+2 '<>' is not an operator | write '!='"},
    {"count(sales where type == 'a' AND paid)",
     "30+3 expected ')', found 'AND' | did you mean 'and'?"},
    {"count(sales) where paid",
     "13+5 expected an operator, found 'where' | 'where' stands once, inside an aggregate: "
     "count(source where condition)"},
    {"count(sales) % 3",
     "13+1 unexpected character '%' | a percentage is a number with '%' right behind it, such as "
     "3%"},
    {"count(sales) # 3", "13+1 unexpected character '#'"},
    {"sum(amount) * 1.", "14+2 a number needs digits on both sides of its point | such as 0.5"},
    {"sum(amount) * .5.",
     "14+2 a number needs digits on both sides of its point | such as 0.5\n"
     "16+1 expected an operator, found '.' | put one between the two values, such as + - * /"},
    {"sum(amount) * 12abc",
     "14+5 '12abc' is neither a number nor a duration | numbers are plain digits as in 12.5 or 3%; "
     "durations are as in 200ms, 30s, 10m, 1h, 7d"},
    {"sum(amount) * 1e9",
     "14+3 '1e9' is neither a number nor a duration | numbers are plain digits as in 12.5 or 3%; "
     "durations are as in 200ms, 30s, 10m, 1h, 7d"},
    {"sum(amount) * 1.5h", "14+4 a duration is a whole number with a unit | such as 1500ms or 90m"},
    {"sum(amount) * 1h30m",
     "14+5 '1h30m' is neither a number nor a duration | numbers are plain digits as in 12.5 or 3%; "
     "durations are as in 200ms, 30s, 10m, 1h, 7d"},
    {"sum(amount) * 0.1234567890",
     "14+12 this number has too many digits | at most 18 before the point and 9 behind it"},
    {"sum(amount) * 0.12345678%",
     "14+11 this number has too many digits | at most 7 behind the point of a percentage"},
    {"sum(amount) * 99999999999999999999",
     "14+20 this number has too many digits | at most 18 before the point and 9 behind it"},
    {"sum(quantity * 9223372036854775808)",
     "15+19 this number is out of range | an int has 64 bits"},
    {"count(sales where quantity < 1 < 2)", "31+1 comparisons do not chain | join them with 'and'"},
    {"count(sales where quantity == 1 == true)",
     "32+2 comparisons do not chain | join them with 'and'"},
    {"count(sales where 1 + not paid)", "22+3 'not' needs parentheses here | write (not ...)"},
    {"count(sales where type in 'a')", "26+3 expected a list such as ['a', 'b'], found a text"},
    {"count(sales where type in [])",
     "27+1 the list is empty | name one value or more: ['a', 'b']"},
    {"count(sales where type in ['a' 'b'])", "31+3 expected ',' or ']', found a text"},
    {"count(sales where type in [region])",
     "27+6 a list holds only numbers, texts and durations | compare with '==' and 'or' instead"},
    {"count(sales where type in ['a', 3])",
     "32+1 a string and an int cannot be compared | quote the number, or declare the field as a "
     "number"},
    {"count(sales where quantity in [1, null])",
     "34+4 a list holds only numbers, texts and durations | compare with '==' and 'or' instead"},
    {"count(sale)", "6+4 no source and no field is named 'sale' | did you mean 'sales'?"},
    {"count(sale where paid)",
     "6+4 no source and no field is named 'sale' | did you mean 'sales'?"},
    {"sum(amuont)", "4+6 no source has a field named 'amuont' | did you mean 'amount'?"},
    {"sum(sales.amuont)", "10+6 the source 'sales' has no field 'amuont' | did you mean 'amount'?"},
    {"sum(sale.amount)", "4+4 unknown source 'sale' | did you mean 'sales'?"},
    {"sum(amount where feedback.score > 3)", "4+6 the source 'feedback' has no field 'amount'"},
    {"sum(sales.amount where feedback.score > 3)",
     "23+8 this aggregate reads the source 'sales', not 'feedback' | an aggregate reads one "
     "source; combine aggregates of several"},
    {"sum(amount where score > 3)",
     "4+6 no source has all the fields of this aggregate | an aggregate reads one source; name "
     "fields as SOURCE.FIELD"},
    {"count(region)",
     "6+6 several sources have the field 'region': sales, feedback | write sales.region"},
    {"sum(1)",
     "0+3 this aggregate names no source | name one of its fields as SOURCE.FIELD; sources are "
     "sales, feedback"},
    {"sum(sales)",
     "4+5 'sales' is a source, not a field | write sales.FIELD; only count takes a source"},
    {"count(sales where sales)",
     "18+5 'sales' is a source, not a field | write sales.FIELD; only count takes a source"},
    {"sum(amount + sales)",
     "13+5 'sales' is a source, not a field | write sales.FIELD; only count takes a source"},
    {"cuont(sales)", "0+5 unknown function 'cuont' | did you mean 'count'?"},
    {"foo(sales)", "0+3 unknown function 'foo'"},
    {"average(amount)", "0+7 unknown function 'average' | write 'avg'"},
    {"sum(iff(paid, 1, 0))", "4+3 unknown function 'iff' | did you mean 'if'?"},
    {"broken + amuont", "9+6 unknown name 'amuont' | did you mean 'amount'?"},
    {"sum(revenue)",
     "4+7 'revenue' is a KPI, and stands outside of aggregates | write revenue "
     "alone, or name a field"},
    {"revenu / count(sales)", "0+6 unknown name 'revenu' | did you mean 'revenue'?"},
    {"amount", "0+6 the field 'amount' stands outside of an aggregate | such as sum(amount)"},
    {"sales", "0+5 the source 'sales' stands outside of an aggregate | such as count(sales)"},
    {"sales.amount / 3",
     "0+12 the field 'sales.amount' stands outside of an aggregate | such as sum(sales.amount)"},
    {"sum(type)",
     "4+4 'sum' takes numbers and durations, not a string | declare the field as int or decimal if "
     "it holds numbers"},
    {"sum(paid)",
     "4+4 'sum' takes numbers and durations, not a bool | count events with a condition: "
     "count(source where condition)"},
    {"avg(ordered_at)",
     "4+10 'avg' takes numbers and durations, not a time | subtract times to get a duration"},
    {"min(type)",
     "4+4 'min' takes numbers, durations and times, not a string | declare the field as int or "
     "decimal if it holds numbers"},
    {"max(paid)",
     "4+4 'max' takes numbers, durations and times, not a bool | count events with a condition: "
     "count(source where condition)"},
    {"sum(null)",
     "0+3 this aggregate names no source | name one of its fields as SOURCE.FIELD; sources are "
     "sales, feedback"},
    {"sum(count(sales))",
     "4+5 an aggregate cannot stand inside another | combine aggregates outside of each other"},
    {"sum(min(amount))",
     "4+3 an aggregate cannot stand inside another | with two arguments 'min' works on one event"},
    {"sum(min(amount, 1, 2))", "4+3 'min' takes 2 arguments, not 3"},
    {"sum(amount, quantity)", "0+3 'sum' takes 1 argument, not 2"},
    {"sum(amount where)", "16+1 expected a value, found ')'"},
    {"sum(amount where 3)",
     "17+1 expected a condition, found an int | compare it, as in amount > 0"},
    {"sum(amount where null)",
     "17+4 expected a condition, found null | compare it, as in amount > 0"},
    {"sum(amount where type)",
     "17+4 expected a condition, found a string | compare it, as in amount > 0"},
    {"sum(amount where paid where gift)",
     "22+5 expected ')', found 'where' | 'where' stands once, inside an aggregate: count(source "
     "where condition)"},
    {"sum(min(amount where paid))",
     "4+3 an aggregate cannot stand inside another | with two arguments 'min' works on one event"},
    {"sum(min(amount, type))", "16+4 'min' takes numbers, times or durations, not a string"},
    {"sum(abs(paid))", "8+4 'abs' takes a number or a duration, not a bool"},
    {"sum(round(amount, 10))", "18+2 'round' takes its digits as a plain number from 0 to 9"},
    {"sum(round(amount, quantity))", "18+8 'round' takes its digits as a plain number from 0 to 9"},
    {"sum(round(type))", "10+4 'round' takes a number or a duration, not a string"},
    {"sum(if(paid, 1))", "4+2 'if' takes 3 arguments, not 2"},
    {"sum(if(amount, 1, 2))",
     "7+6 expected a condition, found a decimal | compare it, as in amount > 0"},
    {"sum(if(paid, 1, 'a'))",
     "16+3 'if' gives either an int or a string | all its values need one type"},
    {"sum(if(paid, null, null))", "4+20 'if' gives nothing but null"},
    {"sum(coalesce(amount))", "4+8 'coalesce' takes 2 or more arguments, not 1"},
    {"sum(coalesce(amount, paid))",
     "21+4 'coalesce' gives either a decimal or a bool | all its values need one type"},
    {"sum(-type)", "4+5 a string cannot be negated"},
    {"sum(-paid)", "4+5 a bool cannot be negated | write 'not'"},
    {"sum(not amount)", "8+6 expected a condition, found a decimal | compare it, as in amount > 0"},
    {"sum(type + 1)",
     "9+1 a string and an int cannot be added | quote the number, or declare the field as a "
     "number"},
    {"sum(type * region)", "9+1 a string and a string cannot be multiplied"},
    {"sum(ordered_at + shipped_at)", "15+1 a time and a time cannot be added"},
    {"sum(ordered_at * 2)", "15+1 a time and an int cannot be multiplied"},
    {"sum(ordered_at - 2)", "15+1 an int cannot be subtracted from a time"},
    {"sum(2 - ordered_at)", "6+1 a time cannot be subtracted from an int"},
    {"sum(1h - ordered_at)", "7+1 a time cannot be subtracted from a duration"},
    {"sum(1 / 1h)",
     "0+3 this aggregate names no source | name one of its fields as SOURCE.FIELD; sources are "
     "sales, feedback"},
    {"sum(1h * 1h)",
     "0+3 this aggregate names no source | name one of its fields as SOURCE.FIELD; sources are "
     "sales, feedback"},
    {"sum(paid / gift)", "9+1 a bool cannot be divided by a bool"},
    {"sum(amount + null)", "11+1 an operation on null is always null"},
    {"sum(-null)",
     "0+3 this aggregate names no source | name one of its fields as SOURCE.FIELD; sources are "
     "sales, feedback"},
    {"count(sales where amount < null)", "25+1 null has no order | test it with '== null'"},
    {"count(sales where null == null)", "18+12 null is compared with null"},
    {"count(sales where type == 5)",
     "23+2 a string and an int cannot be compared | quote the number, or declare the field as a "
     "number"},
    {"count(sales where amount == '5')",
     "25+2 a decimal and a string cannot be compared | a number is written without quotes"},
    {"count(sales where paid == 'true')",
     "23+2 a bool and a string cannot be compared | write true or false without quotes"},
    {"count(sales where paid < gift)", "23+1 bools have no order | use '==' or '!='"},
    {"count(sales where ordered_at > '2026-01-01')",
     "29+1 a time and a string cannot be compared | a time is compared with a time, or with one as "
     "in '2026-03-29T01:30:00Z'"},
    {"count(sales where ordered_at > 5)", "29+1 a time and an int cannot be compared"},
    {"count(sales where shipped_at - ordered_at > 5)",
     "42+1 a duration and an int cannot be compared | a duration has its unit: 30s, 10m, 1h"},
    {"count(sales where amount starts_with 'a')", "18+6 expected a string, found a decimal"},
    {"count(sales where type contains 5)", "32+1 expected a string, found an int"},
    {"count(sales where type matches region)",
     "31+6 the right side of 'matches' is a quoted regular expression"},
    {"count(sales where type matches '(')", "31+3 this is no regular expression: missing ): ("},
    {"count(sales where amount matches 'a')", "18+6 expected a string, found a decimal"},
    {"count(sales where sales.type.name == 'a')",
     "28+1 a field is named with one prefix, its source | nested keys are the 'path' of a declared "
     "field"},
    {"count(sales where sales. == 'a')", "25+2 expected the name of a field, found '=='"},
    {"3", "0+1 the formula has no aggregate | such as count(source) or sum(field)"},
    {"3 + 4", "0+5 the formula has no aggregate | such as count(source) or sum(field)"},
    {"count(sales) > 3",
     "0+16 the formula gives a condition, not a number | write if(condition, 1, 0)"},
    {"count(sales) + true",
     "15+4 expected a number, found a condition | write if(condition, 1, 0)"},
    {"not count(sales)", "4+12 expected a condition, found a number"},
    {"if(count(sales), 1, 2)", "3+12 expected a condition, found a number"},
    {"if(count(sales) > 1, 1, true)",
     "24+4 expected a number, found a condition | write if(condition, 1, 0)"},
    {"if(count(sales) > 1, null, null)", "0+32 'if' gives nothing but null"},
    {"coalesce(count(sales))", "0+8 'coalesce' takes 2 or more arguments, not 1"},
    {"min(count(sales), 1, 2)", "0+3 'min' takes 2 arguments, not 3"},
    {"abs(count(sales), 2)", "0+3 'abs' takes 1 argument, not 2"},
    {"abs(count(sales) where paid)",
     "0+3 'abs' takes no 'where' | 'where' stands inside an aggregate: count(source where "
     "condition)"},
    {"round(count(sales), -1)", "20+2 'round' takes its digits as a plain number from 0 to 9"},
    {"count(sales) == 'a'",
     "16+3 a text has no place between aggregates | texts are compared inside an aggregate: "
     "count(source where field == 'text')"},
    {"count(sales) contains 'a'",
     "13+8 texts are compared inside an aggregate only | such as count(source where field contains "
     "'text')"},
    {"count(sales) == true", "13+2 a number and a condition cannot be compared"},
    {"count(sales) + null", "15+4 expected a number, found null"},
    {"null", "0+4 the formula gives null, not a number"},
    {"null == null", "0+12 null is compared with null"},
    {"count(sales) in [1, 'a']",
     "20+3 a text has no place between aggregates | texts are compared inside an aggregate: "
     "count(source where field == 'text')"},
    {"count(sales where tpye == 'a' and amuont > 3) / sum(quantty)",
     "18+4 the source 'sales' has no field 'tpye' | did you mean 'type'?\n"
     "34+6 the source 'sales' has no field 'amuont' | did you mean 'amount'?\n"
     "52+7 no source has a field named 'quantty' | did you mean 'quantity'?"},
    {"count(sales where type = 'a') + sum(amuont) + foo(1)",
     "23+1 a single '=' compares nothing | write '=='\n"
     "36+6 no source has a field named 'amuont' | did you mean 'amount'?\n"
     "46+3 unknown function 'foo'"},
    {"count(sales); drop", "12+1 unexpected character ';'"},
    {"count(sales where type == 'a' matchs 'b')",
     "30+6 expected ')', found 'matchs' | did you mean 'matches'?"},
    {"count(sales where paid is null)",
     "23+2 expected ')', found 'is' | write '== null' or '!= null'"},
    {"count(sales where type like 'a')",
     "23+4 expected ')', found 'like' | write 'contains', 'starts_with', 'ends_with' or 'matches'"},
    {"count(sales where amount between 1 and 2)",
     "25+7 expected ')', found 'between' | write x >= 1 and x <= 2"},
    {"sum(if(paid, 1, 2 where gift))",
     "4+2 'if' takes no 'where' | 'where' stands last inside an aggregate: sum(field where "
     "condition)"},
    {"sum(max(amount, 1 where gift))",
     "4+3 an aggregate cannot stand inside another | with two arguments 'max' works on one event"},
    {"count(sales : 3)", "12+1 expected ',' or ')', found ':'"},
    {"[1]", "0+1 expected a value, found '['"},
    {"count(where paid)",
     "6+5 expected a value, found 'where' | 'where' stands once, inside an aggregate: count(source "
     "where condition)"},
    {"count(sales where type == \"it''s)", "26+1 this text has no end | close it with \""},
    {"sum(amount) / 2 2",
     "16+1 expected an operator, found '2' | put one between the two values, such as + - * /"},
    {"if(count(sales) > 1 2)", "20+1 expected ',' or ')', found '2'"},
    {"count(sales where not)", "21+1 expected a value, found ')'"},
    {"- ", "2+1 a value is missing here"},
    {"sum(abs())",
     "0+3 this aggregate names no source | name one of its fields as SOURCE.FIELD; sources are "
     "sales, feedback"},
    {"count(sales where ((paid))", "26+1 ')' is missing here"},
};

TEST(CompileFormula, SaysOfEachWrongFormulaWhatIsWrongAndWhere) {
  shop::expect_mistakes(kWrongFormulas);
}

TEST(CompileFormula, RefusesWhatIsNestedTooDeeplyAndSurvivesIt) {
  const auto repeated = [](std::string_view part, size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += part;
    return text;
  };
  for (const std::string& formula :
       {repeated("(", 10'000) + "count(sales)" + repeated(")", 10'000),
        repeated("-", 10'000) + "count(sales)",
        "count(sales where " + repeated("not ", 10'000) + "paid)",
        "count(sales)" + repeated(" + count(sales)", 2'000),
        "count(sales where paid" + repeated(" or paid", 2'000) + ")",
        repeated("abs(", 10'000) + "1",
        repeated("count(sales where quantity in [", 2'000),
        repeated("previous(", 6'500) + "revenue" + repeated(")", 6'500),
        repeated("growth(", 5'000) + "revenue" + repeated(", 7d)", 5'000),
        repeated("moving_average(", 3'000) + "revenue" + repeated(", 2)", 3'000),
        repeated("share_of_total(", 3'000) + "revenue",
        repeated("per_hour(", 6'000) + "revenue",
        repeated("coalesce(", 3'000) + "revenue" + repeated(", 0)", 3'000),
        repeated("if(revenue > 1, ", 3'000) + "1" + repeated(", 0)", 3'000),
        repeated("retained(", 6'000) + "region",
        repeated("distinct(lower(", 3'000) + "region",
        repeated("top_share(1, ", 2'500) + "amount" + repeated(", by: region)", 2'500),
        repeated("quantile(0.5, ", 3'000) + "amount",
        repeated("revenue in [-(", 3'000),
        "revenue" + repeated(" - revenue", 2'000),
        "revenue" + repeated(" / revenue", 2'000)}) {
    EXPECT_NE(shop::mistakes_in(formula, shop::scope()).find("the formula is nested too deeply"),
              std::string::npos)
        << formula.substr(0, 40);
  }
}

TEST(CompileFormula, RefusesMoreThanSixtyFourKibibytes) {
  const std::string longest = "count(sales)" + std::string(65'536 - 12, ' ');
  EXPECT_EQ(shop::mistakes_in(longest, shop::scope()), "");
  EXPECT_EQ(shop::mistakes_in(longest + " ", shop::scope()),
            "65536+1 the formula is too long | at most 65536 bytes");
}

TEST(CompileFormula, AllowsListsOfAnyLength) {
  std::string list = "[0";
  for (int i = 1; i < 5'000; ++i) list += ", " + std::to_string(i);
  EXPECT_EQ(shop::value_of("if(count(sales) in " + list + "], 1, 0)", {"", ""}), "1");
  EXPECT_EQ(shop::value_of("count(sales where quantity in " + list + "])",
                           {"quantity=4999", "quantity=5000"}),
            "1");
}

TEST(CompileFormula, AllowsNearlyAHundredParenthesesInEachOther) {
  const auto nested = [](size_t levels) {
    return std::string(levels, '(') + "count(sales)" + std::string(levels, ')');
  };
  EXPECT_EQ(shop::mistakes_in(nested(98), shop::scope()), "");
  EXPECT_NE(shop::mistakes_in(nested(100), shop::scope()), "");
}

TEST(CompileFormula, AllowsFourHundredOperatorsInAChain) {
  std::string formula = "count(sales where quantity == 0";
  for (int i = 1; i < 400; ++i) formula += " or quantity == " + std::to_string(i);
  EXPECT_EQ(shop::mistakes_in(formula + ")", shop::scope()), "");
}

TEST(CompileFormula, TakesTheOnlySourceForBareNames) {
  const FormulaScope alone{std::span(shop::sources()).first(1), {}};
  EXPECT_EQ(shop::mistakes_in("sum(amount) / count(region)", alone), "");
  EXPECT_EQ(shop::mistakes_in("sum(1)", alone), "");
  EXPECT_EQ(shop::mistakes_in("sum(amuont)", alone),
            "4+6 the source 'sales' has no field 'amuont' | did you mean 'amount'?");
  EXPECT_EQ(shop::mistakes_in("sum(null)", alone), "4+4 null is no value to aggregate");
}

TEST(CompileFormula, SaysThatThereAreNoSources) {
  EXPECT_EQ(shop::mistakes_in("sum(amount)", {}),
            "0+3 no sources are configured | declare one under 'sources'");
}

}  // namespace
}  // namespace kpid
