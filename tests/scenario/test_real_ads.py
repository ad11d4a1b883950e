"""Three advertising campaigns, compared with SQL: rates by campaign, banner and time.

Quirks of the data: some ads were never shown, clicked or paid for, so that there is no rate; some
were clicked more often than shown, or converted more often than clicked.
"""

import fractions

import pytest
import real_data
from real_data import assert_same, in_windows, ratio, ratios


@pytest.fixture(scope="module")
def path():
    return real_data.path_of("online_ads_2020/ads_daily.csv")


@pytest.fixture(scope="module")
def printed(path):
    return real_data.Printed("ads.yml", [("ads", path)])


@pytest.fixture(scope="module")
def database(path):
    """Money is in ten thousandths."""
    database = real_data.table(path)
    database.execute(
        "create table ads as select date as day, campaign_number as campaign, banner, "
        "cast(displays as integer) as displays, cast(clicks as integer) as clicks, "
        "units(cost, 4) as cost, units(revenue, 4) as revenue, "
        "cast(post_click_conversions as integer) as conversions, "
        "units(post_click_sales_amount, 4) as sales from data"
    )
    return database


def sums(database, numerator, denominator, windows, by):
    """(window, first day, *group, sum, sum)."""
    return database.execute(
        f"select window, start, {by}, sum({numerator}), sum({denominator}) "
        f"from ({in_windows(*windows, table='ads')}) group by window, start, {by}"
    )


def test_every_record_is_accepted(printed):
    assert printed.summary == "read=15408 accepted=15408 rejected=0"


@pytest.mark.parametrize(
    "kpi, numerator, denominator",
    [
        ("click_through_rate", "clicks", "displays"),
        ("conversion_rate", "conversions", "clicks"),
        ("cost_per_click", "cost", "clicks * 10000"),
        ("return_on_ad_spend", "revenue", "cost"),
    ],
)
def test_a_rate_by_campaign_and_banner_agrees(printed, database, kpi, numerator, denominator):
    windows = ("day", "week", "month")
    expected = ratios(sums(database, numerator, denominator, windows, "campaign, banner"))
    if denominator != "displays":
        assert None in expected.values(), "some groups have no rate"
    assert_same(printed.values(kpi), expected)


def test_the_return_of_a_campaign_and_its_growth_agree(printed, database):
    rows = sums(database, "revenue", "cost", ("day", "month"), "campaign")
    assert_same(printed.values("campaign_return"), ratios(rows))
    rows = database.execute(
        "with weeks as (select start, campaign, sum(revenue) as revenue, sum(cost) as cost "
        f"from ({in_windows('week', table='ads')}) group by start, campaign) "
        "select now.start, campaign, now.revenue, now.cost, before.revenue, before.cost "
        "from weeks as now left join (select date(start, '+7 days') as start, campaign, revenue, "
        "cost from weeks) as before using (start, campaign)"
    )
    expected = {}
    for start, campaign, revenue, cost, revenue_before, cost_before in rows:
        now, before = ratio(revenue, cost), ratio(revenue_before or 0, cost_before or 0)
        growth = now / before - 1 if now is not None and before else None
        expected[("week", start, campaign)] = growth
    assert_same(printed.values("return_growth"), expected)


def test_the_value_of_a_sale_by_banner_agrees(printed, database):
    rows = sums(database, "sales", "conversions * 10000", ("day", "month"), "banner")
    assert_same(printed.values("sale_value"), ratios(rows))


def test_the_share_of_a_campaign_in_the_cost_agrees(printed, database):
    rows = database.execute(
        "select window, start, campaign, sum(cost), "
        "sum(sum(cost)) over (partition by window, start) "
        f"from ({in_windows('day', 'month', table='ads')}) group by window, start, campaign"
    )
    assert_same(printed.values("spend_share"), ratios(rows))


def test_the_share_of_the_two_best_banners_agrees(printed, database):
    rows = database.execute(
        "select window, start, campaign, sum(clicks) filter (where place <= 2), sum(clicks) from ("
        "  select window, start, campaign, sum(clicks) as clicks, row_number() over ("
        "    partition by window, start, campaign order by sum(clicks) desc) as place"
        f"  from ({in_windows('day', 'month', table='ads')})"
        "  group by window, start, campaign, banner) group by window, start, campaign"
    )
    assert_same(printed.values("banner_concentration"), ratios(rows))


def test_the_quartile_of_displays_agrees(printed, database):
    rows = database.execute(
        "select day, n, max(displays) filter (where place = 3 * (n - 1) / 4),"
        "  max(displays) filter (where place = (3 * (n - 1) + 3) / 4) from ("
        "  select day, displays, count(*) over (partition by day) as n,"
        "  row_number() over (partition by day order by displays) - 1 as place"
        "  from ads where displays > 0) group by day"
    )
    expected = {}
    for day, n, below, above in rows:
        part = fractions.Fraction(3 * (n - 1) % 4, 4)
        expected[("day", day)] = below + part * (above - below)
    assert_same(printed.values("busy_ads"), expected)
