"""A bakery in Edinburgh, compared with SQL: transactions, what sells, and when.

Quirks of the data: void items are called NONE; one item was sold at half past one in a new year's
night; the first day has 25 hours, the 26th of March 23.
"""

import fractions

import pytest
import real_data
from real_data import assert_same, in_windows, ratio, ratios

ZONE = "Europe/London"


@pytest.fixture(scope="module")
def path():
    return real_data.path_of("bakery_edinburgh/bread_basket.csv")


@pytest.fixture(scope="module")
def printed(path):
    return real_data.Printed("bakery.yml", [("items", path)])


@pytest.fixture(scope="module")
def database(path):
    database = real_data.table(path)
    database.execute(
        "create table items as select line, ts, date(ts) as day, "
        "cast(strftime('%H', ts) as integer) as hour, "
        "cast(strftime('%w', ts) as integer) in (0, 6) as weekend, "
        "cast(\"transaction\" as integer) as number, item, item <> 'NONE' as real from data"
    )
    database.execute("create index of_item on items (item, day)")
    return database


def test_every_record_is_accepted(printed):
    assert printed.summary == "read=21293 accepted=21293 rejected=0"


def test_transactions_and_items_in_each_agree(printed, database):
    windows = in_windows("day", "week", "month", "year", table="items")
    rows = database.execute(
        "select window, start, sum(real), count(distinct case when real then number end) "
        f"from ({windows}) group by window, start"
    ).fetchall()
    transactions = {(window, start): fractions.Fraction(n) for window, start, _, n in rows}
    assert_same(printed.values("transactions", ZONE), transactions)
    assert_same(printed.values("items_per_transaction", ZONE), ratios(rows))


def weekly_transactions(database):
    windows = in_windows("week", table="items")
    return dict(
        database.execute(
            "select start, count(distinct case when real then number end) "
            f"from ({windows}) group by start"
        )
    )


def test_transactions_smoothed_and_their_growth_agree(printed, database):
    by_week = weekly_transactions(database)
    starts = sorted(by_week)
    assert len(starts) == 24, "a sale in every week"
    smoothed, growth = {}, {}
    for n, start in enumerate(starts):
        # Weeks before the first have no transactions, and that is known.
        last_four = [by_week[other] for other in starts[max(n - 3, 0) : n + 1]]
        smoothed[("week", start)] = fractions.Fraction(sum(last_four), 4)
        before = by_week[starts[n - 1]] if n else 0
        growth[("week", start)] = ratio(by_week[start] - before, before)
    assert_same(printed.values("transactions_smoothed", ZONE), smoothed)
    assert_same(printed.values("transactions_growth", ZONE), growth)


def test_an_hourly_rate_knows_the_days_of_23_and_25_hours(printed, database):
    rows = database.execute(
        "select 'day', day, count(distinct case when real then number end), "
        "case day when '2016-10-30' then 25 when '2017-03-26' then 23 else 24 end "
        "from items group by day"
    )
    assert_same(printed.values("transactions_an_hour", ZONE), ratios(rows))


def test_the_share_of_each_item_agrees(printed, database):
    rows = database.execute(
        "select 'month', start, item, count(*), sum(count(*)) over (partition by start) "
        f"from ({in_windows('month', table='items')}) group by start, item"
    )
    assert_same(printed.values("item_share", ZONE), ratios(rows))


def test_new_items_and_those_that_are_kept_agree(printed, database):
    rows = database.execute(
        "select distinct month.start, count(distinct month.item) filter (where not exists ("
        "  select 1 from items as before where before.item = month.item"
        "  and before.day >= date(month.start, '-3 months') and before.day < month.start)) "
        f"from ({in_windows('month', table='items')}) as month where real group by month.start"
    )
    new = {("month", start): fractions.Fraction(count) for start, count in rows}
    assert_same(printed.values("new_items", ZONE), new)
    rows = database.execute(
        f"with weeks as (select distinct start, item from ({in_windows('week', table='items')}) "
        "where real), "
        "starts as (select distinct start from weeks) "
        "select 'week', starts.start, count(now.item), count(before.item) "
        "from starts left join weeks as before on before.start = date(starts.start, '-7 days') "
        "left join weeks as now on now.start = starts.start and now.item = before.item "
        "group by starts.start"
    )
    assert_same(printed.values("kept_items", ZONE), ratios(rows))


@pytest.mark.parametrize(
    "kpi, condition",
    [
        ("morning_share", "hour < 11"),
        ("midday_share", "hour between 11 and 13"),
        ("afternoon_share", "hour >= 14"),
        ("weekend_share", "weekend"),
    ],
)
def test_the_profile_of_the_day_and_the_week_agrees(printed, database, kpi, condition):
    rows = database.execute(
        f"select window, start, sum({condition}), count(*) "
        f"from ({in_windows('week', 'month', table='items')}) group by window, start"
    )
    assert_same(printed.values(kpi, ZONE), ratios(rows))


def test_the_busy_hour_is_the_median_and_the_opening_hour_that_of_the_first_sale(printed, database):
    rows = database.execute(
        "select window, start, sum(hour), count(*) from ("
        "  select window, start, hour, row_number() over same_window as place,"
        "  count(*) over (partition by window, start) as n"
        f"  from ({in_windows('week', 'month', table='items')})"
        "  window same_window as (partition by window, start order by hour)) "
        "where place in ((n + 1) / 2, (n + 2) / 2) group by window, start"
    )
    assert_same(printed.values("busy_hour", ZONE), ratios(rows))
    rows = database.execute("select day, hour, min(line) from items group by day")
    opening = {("day", day): fractions.Fraction(hour) for day, hour, _ in rows}
    assert opening[("day", "2017-01-01")] == 1
    assert_same(printed.values("opening_hour", ZONE), opening)
