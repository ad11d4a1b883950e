"""A British mail-order shop, compared with SQL to the penny: revenue, customers and baskets.

Quirks of the data: invoices over two minutes are two events; some have no customer; the last day
has one of 168,469.60 and its cancellation; there are no Saturdays, and no November 2010.
"""

import decimal
import fractions

import pytest
import real_data
from real_data import assert_same, in_windows, ratio, ratios

ZONE = "Europe/London"
MILLS = 1000  # amounts are in tenths of a penny
QUANTILE_ERROR = fractions.Fraction(1, 128)  # of an estimated one


@pytest.fixture(scope="module")
def path():
    return real_data.path_of("online_retail/invoices.csv")


@pytest.fixture(scope="module")
def printed(path):
    return real_data.Printed("retail.yml", [("invoices", path)])


@pytest.fixture(scope="module")
def database(path):
    database = real_data.table(path)
    database.execute(
        "create table invoices as select line, date(ts) as day, nullif(customer_id, '') as "
        "customer, country, invoice like 'C%' as cancelled, units(amount, 3) as mills from data"
    )
    database.execute("create table sales as select * from invoices where not cancelled")
    database.execute("create index of_customer on sales (customer, day)")
    return database


def test_every_record_is_accepted(printed):
    assert printed.summary == "read=25943 accepted=25943 rejected=0"


def revenue(database, window):
    """{first day: mills}"""
    return dict(
        database.execute(
            f"select start, sum(mills) from ({in_windows(window, table='invoices')}) group by start"
        )
    )


def earlier(database, start, span):
    (day,) = database.execute("select date(?, ?)", (start, span)).fetchone()
    return day


def test_revenue_agrees_to_the_penny(printed, database):
    expected = {
        (window, start): fractions.Fraction(mills, MILLS)
        for window in ("day", "week", "month", "quarter")
        for start, mills in revenue(database, window).items()
    }
    assert_same(printed.values("revenue", ZONE), expected)


def test_monthly_growth_agrees(printed, database):
    by_month = revenue(database, "month")
    for kpi, span, known in (
        ("revenue_growth", "-1 month", 12), ("revenue_growth_year", "-1 year", 1),
    ):
        expected = {}
        for start, mills in by_month.items():
            before = by_month.get(earlier(database, start, span), 0)
            expected[("month", start)] = ratio(mills - before, before)
        assert sum(value is not None for value in expected.values()) == known
        assert_same(printed.values(kpi, ZONE), expected)


def test_revenue_smoothed_agrees(printed, database):
    rows = database.execute(
        "select 'month', start, sum(sum(mills)) over "
        f"(order by start rows 2 preceding), {3 * MILLS} "
        f"from ({in_windows('month', table='invoices')}) group by start"
    )
    assert_same(printed.values("revenue_smoothed", ZONE), ratios(rows))


def test_an_hourly_rate_knows_the_days_of_23_and_25_hours(printed, database):
    rows = database.execute(
        "select 'day', day, sum(mills), 1000 * case day "
        "when '2011-03-27' then 23 when '2011-10-30' then 25 else 24 end "
        "from invoices group by day"
    ).fetchall()
    assert {"2011-03-27", "2011-10-30"} < {row[1] for row in rows}
    assert_same(printed.values("revenue_an_hour", ZONE), ratios(rows))


def test_the_same_day_of_the_week_before_agrees(printed, database):
    by_day = revenue(database, "day")
    expected = {
        ("day", day): fractions.Fraction(by_day.get(earlier(database, day, "-7 days"), 0), MILLS)
        for day in by_day
    }
    assert_same(printed.values("revenue_last_week", ZONE), expected)


def test_the_share_of_each_country_agrees(printed, database):
    rows = database.execute(
        "select 'month', start, country, sum(mills), sum(sum(mills)) over (partition by start) "
        f"from ({in_windows('month', table='invoices')}) group by start, country"
    )
    assert_same(printed.values("country_share", ZONE), ratios(rows))


def test_customers_and_those_who_come_back_agree(printed, database):
    database.execute(
        "create temp table months as select distinct start, customer "
        f"from ({in_windows('month', table='sales')}) where customer is not null"
    )
    rows = database.execute(
        "select start, count(*), count(*) filter (where exists (select 1 from sales as before "
        "  where before.customer = months.customer and before.day < start "
        "  and before.day >= date(start, '-1 year'))) from months group by start"
    )
    customers, returning, new, repeat = {}, {}, {}, {}
    for start, all_of_them, known in rows:
        key = ("month", start)
        customers[key] = fractions.Fraction(all_of_them)
        returning[key] = fractions.Fraction(known)
        new[key] = fractions.Fraction(all_of_them - known)
        repeat[key] = fractions.Fraction(known, all_of_them)
    # Who bought in December 2010 alone was gone for a year in December 2011, but not longer.
    assert new[("month", "2010-12-01")] == customers[("month", "2010-12-01")]
    assert_same(printed.values("customers", ZONE), customers)
    assert_same(printed.values("returning_customers", ZONE), returning)
    assert_same(printed.values("new_customers", ZONE), new)
    assert_same(printed.values("repeat_share", ZONE), repeat)
    rows = database.execute(
        "with starts as (select distinct start from months) "
        "select 'month', starts.start, count(now.customer), count(before.customer) from starts "
        "left join months as before on before.start = date(starts.start, '-1 month') "
        "left join months as now on now.start = starts.start and now.customer = before.customer "
        "group by starts.start"
    )
    assert_same(printed.values("retention", ZONE), ratios(rows))


def test_the_share_of_the_ten_best_customers_agrees(printed, database):
    rows = database.execute(
        "select window, start, sum(mills) filter (where place <= 10), sum(mills) from ("
        "  select window, start, sum(mills) as mills,"
        "  row_number() over (partition by window, start order by sum(mills) desc) as place"
        f"  from ({in_windows('month', 'quarter', table='invoices')})"
        "  where customer is not null group by window, start, customer) group by window, start"
    )
    assert_same(printed.values("top_customers_share", ZONE), ratios(rows))


def quantiles(database, percent, *windows):
    """{(window, first day): (number of different values, value below, value above, part)}"""
    rows = database.execute(
        "select window, start, count(distinct mills), n,"
        f"  max(mills) filter (where place = {percent} * (n - 1) / 100),"
        f"  max(mills) filter (where place = ({percent} * (n - 1) + 99) / 100) from ("
        "  select window, start, mills, count(*) over (partition by window, start) as n,"
        "  row_number() over (partition by window, start order by mills) - 1 as place"
        f"  from ({in_windows(*windows, table='sales')})) group by window, start"
    )
    return {
        (window, start): (different, below, above, fractions.Fraction(percent * (n - 1) % 100, 100))
        for window, start, different, n, below, above in rows
    }


def on_the_line(below, above, part):
    return (below + part * (above - below)) / MILLS


def test_quantiles_of_the_basket_agree(printed, database):
    for kpi, percent, windows in (
        ("basket_large", 95, ("day", "week")), ("basket_median", 50, ("day", "week", "month")),
    ):
        found = quantiles(database, percent, *windows)
        exact = {key: on_the_line(*rest) for key, (n, *rest) in found.items() if n <= 2048}
        estimated = {key: rest for key, (n, *rest) in found.items() if n > 2048}
        values, estimates = printed.values(kpi, ZONE), printed.estimates(kpi, ZONE)
        assert_same(values, exact)
        assert estimates.keys() == estimated.keys()
        assert (kpi == "basket_median") == bool(estimates), "November 2011 is a busy month"
        for key, (below, above, part) in estimated.items():
            exact_value = on_the_line(below, above, part)
            error = abs(fractions.Fraction(estimates[key]) - exact_value)
            assert error <= exact_value * QUANTILE_ERROR


def nearest_root(variance):
    with decimal.localcontext() as context:
        context.prec = 60
        return float((decimal.Decimal(variance.numerator) / variance.denominator).sqrt())


def test_the_spread_of_baskets_is_the_nearest_double(printed, database):
    rows = database.execute(
        "select window, start, count(*), sum(mills), sum(mills * mills) "
        f"from ({in_windows('day', 'month', table='sales')}) group by window, start"
    )
    values, count_of_windows = printed.values("basket_spread", ZONE), 0
    for window, start, n, total, squares in rows:
        count_of_windows += 1
        variance = ratio(n * squares - total * total, n * (n - 1) * MILLS**2)
        text = values[(window, start)]
        assert (text is None) == (variance is None)
        if variance is not None:
            assert float(text) == nearest_root(variance), (window, start)
    assert count_of_windows == len(values)


def test_the_first_and_the_last_basket_of_the_day_agree(printed, database):
    for kpi, order in (("first_basket", "asc"), ("last_basket", "desc")):
        rows = database.execute(
            "select 'day', day, mills, 1000 from (select day, mills, row_number() over "
            f"(partition by day order by ts {order}, line {order}) as place "
            "from invoices join (select line, ts from data) using (line)) where place = 1"
        )
        assert_same(printed.values(kpi, ZONE), ratios(rows))


def test_the_share_of_cancellations_agrees(printed, database):
    rows = database.execute(
        "select window, start, country, sum(cancelled), count(*) "
        f"from ({in_windows('day', 'month', table='invoices')}) group by window, start, country"
    )
    assert_same(printed.values("cancelled_share", ZONE), ratios(rows))
