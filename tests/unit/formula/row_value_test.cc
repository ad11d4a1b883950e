#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/formula/row_expression.h"
#include "tests/unit/formula/shop.h"

namespace kpid {
namespace {

/// An expression over one event of `sales` and its value (see shop::row_value).
struct RowCase {
  std::string_view expression;
  std::string event;
  std::string_view value;
};

void check(const std::vector<RowCase>& cases) {
  for (const auto& [expression, event, value] : cases) {
    // A field of the source makes it known whose fields the bare names are.
    const std::string qualified =
        "if(sales.type == 'never', null, " + std::string(expression) + ")";
    EXPECT_EQ(shop::row_value(qualified, event), value) << expression << " of " << event;
  }
}

TEST(RowValue, OfIntsStaysAnIntUnderPlusMinusAndTimes) {
  check({
      {"quantity + 2", "quantity=3", "5"},
      {"quantity - 5", "quantity=3", "-2"},
      {"quantity * stock", "quantity=3 stock=-7", "-21"},
      {"-quantity", "quantity=3", "-3"},
      {"quantity + 1", "quantity=9223372036854775806", "9223372036854775807"},
      {"quantity + 1", "quantity=9223372036854775807", "null!"},
      {"quantity - 1", "quantity=-9223372036854775808", "null!"},
      {"quantity * 2", "quantity=4611686018427387904", "null!"},
      {"-quantity", "quantity=-9223372036854775808", "null!"},
      {"abs(quantity)", "quantity=-9223372036854775808", "null!"},
      {"abs(quantity)", "quantity=-4", "4"},
      {"quantity == -9223372036854775808", "quantity=-9223372036854775808", "true"},
      {"round(quantity)", "quantity=7", "7"},
      {"quantity - stock - 1", "quantity=9 stock=4", "4"},
      {"quantity - (stock - 1)", "quantity=9 stock=4", "6"},
      {"quantity + stock * 2", "quantity=1 stock=4", "9"},
      {"-quantity * 2 + 1", "quantity=3", "-5"},
      {"quantity - -stock", "quantity=3 stock=2", "5"},
  });
}

TEST(RowValue, OfAQuotientOrADecimalOperandIsADecimalRoundedHalfToEven) {
  check({
      {"quantity / 2", "quantity=7", "3.5"},
      {"quantity / 3", "quantity=2", "0.666666667"},
      {"quantity / 3", "quantity=-2", "-0.666666667"},
      {"quantity / 2000000000", "quantity=1", "0"},
      {"quantity / 2000000000", "quantity=3", "0.000000002"},
      {"quantity / 2000000000", "quantity=5", "0.000000002"},
      {"quantity / 0", "quantity=1", "null!"},
      {"amount / price", "amount=1 price=0", "null!"},
      {"amount * 3%", "amount=0.7", "0.021"},
      {"amount * 0.5", "amount=0.000000001", "0"},
      {"amount * 0.5", "amount=0.000000003", "0.000000002"},
      {"amount + quantity", "amount=0.5 quantity=2", "2.5"},
      {"quantity - amount", "amount=0.5 quantity=2", "1.5"},
      {"amount * price", "amount=999999999 price=1000000000", "999999999000000000"},
      {"amount * price", "amount=1000000000 price=1000000000", "null!"},
      {"amount * price", "amount=99999999999999999 price=99999999999999999", "null!"},
      {"amount + 0.000000001", "amount=999999999999999999.999999999", "null!"},
      {"-amount - 0.000000001", "amount=999999999999999999.999999999", "null!"},
      {"quantity * 0.1", "quantity=5000000000000000000", "500000000000000000"},
      {"quantity * 1.0", "quantity=5000000000000000000", "null!"},
      {"-amount", "amount=0.5", "-0.5"},
      {"abs(amount)", "amount=-0.5", "0.5"},
      {"round(amount)", "amount=2.5", "2"},
      {"round(amount)", "amount=3.5", "4"},
      {"round(amount)", "amount=-2.5", "-2"},
      {"round(amount, 2)", "amount=1.005", "1"},
      {"round(amount, 2)", "amount=1.0051", "1.01"},
      {"round(amount, 9)", "amount=1.000000001", "1.000000001"},
      {"round(amount)", "amount=999999999999999999.5", "null!"},
  });
}

TEST(RowValue, OfTimesAndDurationsHasItsUnits) {
  check({
      {"shipped_at - ordered_at", "shipped_at=5500 ordered_at=1000", "4.5s"},
      {"ordered_at + 1h", "ordered_at=1000", "3601000"},
      {"1h + ordered_at", "ordered_at=1000", "3601000"},
      {"ordered_at - 7d", "ordered_at=0", "-604800000"},
      {"ordered_at + 200ms", "ordered_at=1", "201"},
      {"ordered_at + 1ms / 2", "ordered_at=1", "1"},
      {"ordered_at - 1ms / 2", "ordered_at=1", "0"},
      {"ordered_at - 1ms / 2", "ordered_at=0", "-1"},
      {"ordered_at + 1ms", "ordered_at=9223372036854775807", "null!"},
      {"(shipped_at - ordered_at) / 1h", "shipped_at=5400000 ordered_at=0", "1.5"},
      {"(shipped_at - ordered_at) / 2", "shipped_at=3000 ordered_at=0", "1.5s"},
      {"2 * (shipped_at - ordered_at)", "shipped_at=3000 ordered_at=0", "6s"},
      {"(shipped_at - ordered_at) * amount", "shipped_at=3000 ordered_at=0 amount=0.5", "1.5s"},
      {"(shipped_at - ordered_at) + 10m", "shipped_at=0 ordered_at=0", "600s"},
      {"10m - 30s", "", "570s"},
      {"-(10m)", "", "-600s"},
      {"abs(-10m)", "", "600s"},
      {"(shipped_at - ordered_at) / 0", "shipped_at=0 ordered_at=0", "null!"},
      {"max(ordered_at, shipped_at)", "ordered_at=1 shipped_at=2", "2"},
      {"min(1h, 2m)", "", "120s"},
      {"ordered_at < '1970-01-01T00:00:01Z'", "ordered_at=999", "true"},
      {"ordered_at < '1970-01-01T00:00:01Z'", "ordered_at=1000", "false"},
      {"'1970-01-01T01:00:01+01:00' == ordered_at", "ordered_at=1000", "true"},
      {"shipped_at - ordered_at > 30s", "ordered_at=0 shipped_at=30000", "false"},
      {"shipped_at - ordered_at > 30s", "ordered_at=0 shipped_at=30001", "true"},
  });
}

TEST(RowValue, OfAComparisonIsUnknownWhereASideIsNull) {
  check({
      {"quantity < 3", "quantity=2", "true"},
      {"quantity < 3", "quantity=3", "false"},
      {"quantity <= 3", "quantity=3", "true"},
      {"quantity <= 3", "quantity=4", "false"},
      {"quantity > 3", "quantity=3", "false"},
      {"quantity > 3", "quantity=4", "true"},
      {"quantity >= 3", "quantity=3", "true"},
      {"quantity >= 3", "quantity=2", "false"},
      {"quantity == 3", "quantity=3", "true"},
      {"quantity != 3", "quantity=3", "false"},
      {"quantity == 3", "", "null"},
      {"quantity != 3", "", "null"},
      {"3 == quantity", "", "null"},
      {"quantity < stock", "quantity=1", "null"},
      {"quantity == stock", "", "null"},
      {"quantity == 3.0", "quantity=3", "true"},
      {"quantity < 3.000000001", "quantity=3", "true"},
      {"quantity == amount", "quantity=9223372036854775807 amount=1", "false"},
      {"quantity < 100%", "quantity=0", "true"},
      {"type == 'order'", "type=order", "true"},
      {"type == 'order'", "type=Order", "false"},
      {"type == 'order'", "", "null"},
      {"'order' == type", "type=order", "true"},
      {"type < 'b'", "type=a", "true"},
      {"type < region", "type=a region=ab", "true"},
      {"type == 'it''s'", "type=it's", "true"},
      {"type == \"a\"\"b\"", "type=a\"b", "true"},
      {"type == ''", "type=", "true"},
      {"paid == gift", "paid=true gift=true", "true"},
      {"paid != true", "paid=false", "true"},
      {"paid", "paid=true", "true"},
  });
}

TEST(RowValue, OfATestForNullIsNeverUnknown) {
  check({
      {"amount == null", "", "true"},
      {"amount == null", "amount=1", "false"},
      {"amount != null", "", "false"},
      {"null != amount", "amount=1", "true"},
      {"(quantity / 0) == null", "quantity=1", "true!"},
      {"(quantity < 3) == null", "", "true"},
  });
}

TEST(RowValue, OfLogicIsThreeValued) {
  const std::vector<std::string> values = {"true", "false", ""};
  const auto named = [](const std::string& name, const std::string& value) {
    return value.empty() ? std::string() : name + "=" + value + " ";
  };
  const std::string_view both[3][3] = {
      {"true", "false", "null"}, {"false", "false", "false"}, {"null", "false", "null"}};
  const std::string_view either[3][3] = {
      {"true", "true", "true"}, {"true", "false", "null"}, {"true", "null", "null"}};
  for (size_t left = 0; left < 3; ++left) {
    for (size_t right = 0; right < 3; ++right) {
      const std::string event = named("paid", values[left]) + named("gift", values[right]);
      check({{"paid and gift", event, both[left][right]},
             {"paid or gift", event, either[left][right]}});
    }
  }
  check({
      {"not paid", "paid=true", "false"},
      {"not paid", "paid=false", "true"},
      {"not paid", "", "null"},
      {"not paid == gift", "paid=true gift=false", "true"},
      {"not paid and gift", "paid=true gift=false", "false"},
      {"paid or gift and false", "paid=true gift=true", "true"},
      {"(paid or gift) and false", "paid=true gift=true", "false"},
      {"not not paid", "paid=true", "true"},
  });
}

TEST(RowValue, OfTextOperators) {
  check({
      {"type starts_with 'or'", "type=order", "true"},
      {"type starts_with 'der'", "type=order", "false"},
      {"type ends_with 'der'", "type=order", "true"},
      {"type ends_with 'or'", "type=order", "false"},
      {"type contains 'rde'", "type=order", "true"},
      {"type contains 'x'", "type=order", "false"},
      {"type contains ''", "type=order", "true"},
      {"type contains region", "type=order region=rd", "true"},
      {"type contains region", "type=order", "null"},
      {"type matches 'r.e'", "type=order", "true"},
      {"type matches '^r.e'", "type=order", "false"},
      {"type matches '^order$'", "type=order", "true"},
      {"type matches '(?i)ORDER'", "type=order", "true"},
      {"type matches 'x'", "", "null"},
      {"type in ['order', 'visit']", "type=visit", "true"},
      {"type in ['order', 'visit']", "type=other", "false"},
      {"type in ['order']", "", "null"},
      {"type not in ['order']", "type=visit", "true"},
      {"type not in ['order']", "", "null"},
      {"quantity in [1, 2.5]", "quantity=1", "true"},
      {"quantity in [1, 2.5]", "quantity=2", "false"},
      {"amount in [1, 2.5]", "amount=2.5", "true"},
      {"amount in [1, -2]", "amount=-2", "true"},
      {"shipped_at - ordered_at in [1s, 1m]", "shipped_at=60000 ordered_at=0", "true"},
      {"paid in [true]", "paid=true", "true"},
  });
}

TEST(RowValue, OfRowFunctions) {
  check({
      {"if(paid, 1, 2)", "paid=true", "1"},
      {"if(paid, 1, 2)", "paid=false", "2"},
      {"if(paid, 1, 2)", "", "2"},
      {"if(paid, 1, 2.5)", "paid=true", "1"},
      {"if(paid, quantity, 2.5)", "paid=true quantity=5", "5"},
      {"if(paid, quantity, 2.5)", "paid=true quantity=5000000000000000000", "null!"},
      {"if(paid, null, 'x')", "paid=true", "null"},
      {"if(paid, amount / 0, 3)", "paid=false amount=1", "3"},
      {"if(paid, amount / 0, 3)", "paid=true amount=1", "null!"},
      {"coalesce(amount, price, 3)", "amount=1 price=2", "1"},
      {"coalesce(amount, price, 3)", "price=2", "2"},
      {"coalesce(amount, price, 3)", "", "3"},
      {"coalesce(amount, price)", "", "null"},
      {"coalesce(amount, quantity / 0)", "amount=1 quantity=1", "1"},
      {"coalesce(type, region, '?')", "", "'?'"},
      {"min(quantity, stock)", "quantity=1 stock=2", "1"},
      {"max(quantity, 1.5)", "quantity=1", "1.5"},
      {"max(quantity, stock)", "quantity=1", "null"},
      {"false and amount / 0 > 1", "amount=1", "false"},
      {"true or amount / 0 > 1", "amount=1", "true"},
      {"paid and amount / 0 > 1", "amount=1", "null!"},
      {"amount + price", "amount=1", "null"},
  });
}

TEST(RowEvaluator, GivesAFieldsOwnColumn) {
  const Formula formula = shop::compile("sum(amount)");
  const std::vector<std::string> events = {"amount=1", ""};
  const EventBatch batch = shop::batch_of(events);
  RowEvaluator evaluator(formula.terms()[0].argument);
  EXPECT_EQ(&evaluator.evaluate(batch, {0, 1}), &batch.fields[2]);
}

TEST(RowEvaluator, AppendsTheSelectedRowsThatAreTrue) {
  const Formula formula = shop::compile("count(sales where quantity > 1)");
  const std::vector<std::string> events = {"quantity=2", "quantity=1", "", "quantity=3",
                                           "quantity=4"};
  const EventBatch batch = shop::batch_of(events);
  RowEvaluator evaluator(formula.terms()[0].predicate);
  Selection kept = {7};
  evaluator.filter(batch, {1, 2, 3, 4}, kept);
  EXPECT_EQ(kept, (Selection{7, 3, 4}));
}

TEST(RowEvaluator, CountsArithmeticNullsOfTheSelectedRowsOnly) {
  const Formula formula = shop::compile("sum(amount / price)");
  const std::vector<std::string> events = {"amount=1 price=0", "amount=1 price=0", "price=0"};
  const EventBatch batch = shop::batch_of(events);
  RowEvaluator evaluator(formula.terms()[0].argument);
  evaluator.evaluate(batch, {1, 2});
  EXPECT_EQ(evaluator.arithmetic_nulls(), 1u);
  evaluator.evaluate(batch, {0, 1, 2});
  EXPECT_EQ(evaluator.arithmetic_nulls(), 3u);
}

TEST(RowEvaluator, WorksOnLargerAndSmallerBatchesInTurn) {
  const Formula formula = shop::compile("sum(coalesce(amount, 2) * 3)");
  RowEvaluator evaluator(formula.terms()[0].argument);
  for (const size_t rows : {size_t{1}, size_t{5}, size_t{2}, size_t{9}}) {
    const std::vector<std::string> events(rows);
    const Column& column =
        evaluator.evaluate(shop::batch_of(events), {static_cast<uint32_t>(rows - 1)});
    EXPECT_EQ(column.nanos[rows - 1], Int128{6} * kNanosPerUnit);
  }
}

}  // namespace
}  // namespace kpid
