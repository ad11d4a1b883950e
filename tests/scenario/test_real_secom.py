"""Wafers of a semiconductor line, compared with SQL: defect rates and what is made of them."""

import fractions

import pytest
import real_data
from real_data import assert_same, in_windows, ratios


@pytest.fixture(scope="module")
def path():
    return real_data.path_of("secom/secom_labels.csv")


@pytest.fixture(scope="module")
def printed(path):
    return real_data.Printed("secom.yml", [("wafers", path)])


@pytest.fixture(scope="module")
def database(path):
    database = real_data.table(path)
    database.execute(
        "create table wafers as select date(ts) as day, label = '1' as failed from data"
    )
    return database


def test_every_record_is_accepted(printed):
    assert printed.summary == "read=1567 accepted=1567 rejected=0"


def test_the_defect_rate_agrees(printed, database):
    windows = in_windows("day", "week", "month", table="wafers")
    weeks = (
        "select '7d every 1d', date(day, '-' || value || ' days') as start, day, failed "
        "from wafers, json_each('[0,1,2,3,4,5,6]')"
    )
    rows = database.execute(
        f"select window, start, sum(failed), count(*) from ({windows} union all {weeks}) "
        "group by window, start"
    )
    assert_same(printed.values("defect_rate"), ratios(rows))


def rates(database, window):
    """{first day: rate} of the windows that have wafers."""
    rows = database.execute(
        "select start, sum(failed), count(*) from "
        f"({in_windows(window, table='wafers')}) group by start"
    )
    return {start: fractions.Fraction(failed, count) for start, failed, count in rows}


def earlier(database, start, span):
    (day,) = database.execute("select date(?, ?)", (start, span)).fetchone()
    return day


def test_the_moving_average_is_the_mean_of_the_windows_that_have_a_rate(printed, database):
    expected, gaps = {}, 0
    for window, span in (("day", "-{} days"), ("week", "-{} days"), ("month", "-{} months")):
        by_start = rates(database, window)
        step = 7 if window == "week" else 1
        for start in by_start:
            starts = [earlier(database, start, span.format(step * n)) for n in range(4)]
            present = [by_start[other] for other in starts if other in by_start]
            gaps += len(present) < 4
            expected[(window, start)] = sum(present) / len(present)
    assert gaps > 10, "the data has windows without wafers"
    assert_same(printed.values("defect_rate_smoothed"), expected)


def test_the_rate_before_and_the_growth_agree(printed, database):
    by_month = rates(database, "month")
    expected = {
        ("month", start): by_month.get(earlier(database, start, "-1 month")) for start in by_month
    }
    assert_same(printed.values("defect_rate_before"), expected)
    expected = {}
    for window in ("day", "week"):
        by_start = rates(database, window)
        for start, rate in by_start.items():
            before = by_start.get(earlier(database, start, "-7 days"))
            expected[(window, start)] = rate / before - 1 if before else None
    assert any(value == -1 for value in expected.values())
    assert None in expected.values()
    assert_same(printed.values("defect_growth"), expected)
