"""The judge is judged: earlier windows, memories and KPIs by name, worked out by hand."""

import datetime
import json

import oracle
import pytest
import yaml

CONFIG = """
sources:
  s:
    topic: s
    format: json
    time: {field: t, format: rfc3339}
    disorder: 3000d
    fields: {n: int, who: string, at: {type: time, format: rfc3339}}
  other:
    topic: other
    format: json
    time: {field: t, format: rfc3339}
    disorder: 3000d
    fields: {n: int, name: string}
"""


def kpi(formula, *windows, **rules):
    return {"help": "A figure.", "formula": formula, "windows": list(windows), **rules}


def line_values(kpis, events, others=()):
    """{kpi: {(start, *group): value}} over rows of (time, {field: value})."""
    config = yaml.safe_load(CONFIG) | {"kpis": kpis}
    contents = [
        (source, "\n".join(json.dumps({"t": time, **row}) for time, row in rows).encode())
        for source, rows in (("s", events), ("other", others))
    ]
    lines, summary = oracle.replay(config, contents)
    assert "rejected=0" in summary, summary
    found = {}
    for line in lines:
        value = None if line["value"] is None else str(line["value"])
        found.setdefault(line["kpi"], {})[(line["start"], *line["group"].values())] = value
    return found


def values(formula, window, events, **rules):
    """{start: value} of one KPI."""
    found = line_values({"k": kpi(formula, window, **rules)}, events)["k"]
    return {key[0]: value for key, value in found.items()}


def ones(*times):
    return [(time, {"n": 1}) for time in times]


def day(text):
    return f"2026-{text}T00:00:00Z"


def test_previous_is_the_window_that_ends_where_this_one_starts():
    events = ones(*["2026-03-01T00:10:00Z"] * 3, "2026-03-01T01:10:00Z")
    expected = {"2026-03-01T00:00:00Z": "0", "2026-03-01T01:00:00Z": "3"}
    assert values("previous(count(s))", "1h", events) == expected
    assert values("previous(previous(count(s)))", "1h", events)["2026-03-01T01:00:00Z"] == "0"
    assert values("previous(avg(s.n))", "1h", events)["2026-03-01T00:00:00Z"] is None
    # What hops goes back by its size.
    hopping = values("previous(count(s))", "1h every 30m", events)
    assert hopping == {
        "2026-02-28T23:30:00Z": "0", "2026-03-01T00:00:00Z": "0",
        "2026-03-01T00:30:00Z": "3", "2026-03-01T01:00:00Z": "3",
    }


LONDON, SAMOA = {"time_zone": "Europe/London"}, {"time_zone": "Pacific/Apia"}
FISCAL = {"year_starts": "04-06"}


@pytest.mark.parametrize(
    "window, span, now, start, end, rules",
    [
        ("1h", "30m", "2026-03-01T01:10", "2026-03-01T00:30", "2026-03-01T01:30", {}),
        ("1h", "2 windows", "2026-03-01T05:10", "2026-03-01T03:00", "2026-03-01T04:00", {}),
        ("1h", "1 day", "2026-03-02T05:10", "2026-03-01T05:00", "2026-03-01T06:00", {}),
        ("1h", "7d", "2026-03-08T05:10", "2026-03-01T05:00", "2026-03-01T06:00", {}),
        ("day", "1 week", "2026-03-08T12:00", "2026-03-01T00:00", "2026-03-02T00:00", {}),
        ("day", "1 year", "2024-02-29T12:00", "2023-02-28T00:00", "2023-03-01T00:00", {}),
        ("day", "4 years", "2024-02-29T12:00", "2020-02-29T00:00", "2020-03-01T00:00", {}),
        ("day", "1 month", "2026-03-31T12:00", "2026-02-28T00:00", "2026-03-01T00:00", {}),
        ("day", "1 quarter", "2026-05-31T12:00", "2026-02-28T00:00", "2026-03-01T00:00", {}),
        ("week", "52 weeks", "2026-03-03T12:00", "2025-03-03T00:00", "2025-03-10T00:00", {}),
        ("week", "1 window", "2026-03-01T12:00", "2026-02-22T00:00", "2026-03-01T00:00",
         {"week_starts": "sunday"}),
        ("month", "1 year", "2024-02-29T12:00", "2023-02-01T00:00", "2023-03-01T00:00", {}),
        ("month", "1 quarter", "2026-05-31T12:00", "2026-02-01T00:00", "2026-03-01T00:00", {}),
        ("quarter", "3 months", "2026-05-01T12:00", "2026-01-01T00:00", "2026-04-01T00:00", {}),
        ("quarter", "1 year", "2026-04-06T12:00", "2025-04-06T00:00", "2025-07-06T00:00", FISCAL),
        ("year", "1 window", "2026-04-06T12:00", "2025-04-06T00:00", "2026-04-06T00:00", FISCAL),
        ("year", "24 months", "2026-04-06T12:00", "2024-01-01T00:00", "2025-01-01T00:00", {}),
        # The 29th of March has 23 hours in London, the 25th of October 25.
        ("day", "1 window", "2026-03-30T00:00", "2026-03-29T00:00", "2026-03-29T23:00", LONDON),
        ("day", "1d", "2026-10-26T00:00", "2026-10-24T23:00", "2026-10-26T00:00", LONDON),
        ("day", "7d", "2026-04-05T12:00", "2026-03-29T00:00", "2026-03-29T23:00", LONDON),
        # Samoa had no 30th of December 2011: it counts as the 29th.
        ("day", "1 window", "2011-12-30T10:00", "2011-12-29T10:00", "2011-12-30T10:00", SAMOA),
        ("day", "1 day", "2011-12-30T10:00", "2011-12-29T10:00", "2011-12-30T10:00", SAMOA),
        ("day", "2 days", "2011-12-30T10:00", "2011-12-29T10:00", "2011-12-30T10:00", SAMOA),
        ("day", "1 month", "2012-01-29T12:00", "2011-12-29T10:00", "2011-12-30T10:00", SAMOA),
    ],
)
def test_an_earlier_window_is_found_by_its_span(window, span, now, start, end, rules):
    formula = f"previous(count(s where who == 'then'), {span})"

    def found(*moments):
        events = [(now + ":00Z", {}), *((moment, {"who": "then"}) for moment in moments)]
        by_start = values(formula, window, events, **rules)
        return by_start[max(start for start in by_start if start <= now + ":00Z")]

    assert found(start + ":00Z", before(end)) == "2"
    assert found(before(start), end + ":00Z") == "0"


def before(moment):
    """The last millisecond before a full minute."""
    last = datetime.datetime.fromisoformat(moment) - datetime.timedelta(milliseconds=1)
    return last.isoformat(timespec="milliseconds") + "Z"


@pytest.mark.parametrize(
    "now, hours",
    [("2026-03-29T12:00:00Z", 23), ("2026-10-25T12:00:00Z", 25), ("2026-03-28T12:00:00Z", 24)],
)
def test_an_hourly_rate_counts_the_hours_of_the_day(now, hours):
    assert list(values("per_hour(count(s))", "day", ones(now) * hours, **LONDON).values()) == ["1"]


def test_a_rate_is_over_the_length_of_its_own_window():
    events = ones(*["2026-03-29T12:00:00Z"] * 46, *["2026-03-30T12:00:00Z"] * 24)
    found = values("previous(per_hour(count(s)))", "day", events, **LONDON)
    assert list(found.values()) == ["0", "2"]
    found = values("per_hour(previous(count(s)))", "day", events, **LONDON)
    assert list(found.values()) == ["0", "1.9166666666666667"]
    for unit, value in (("second", "0.01"), ("minute", "0.6"), ("hour", "36"), ("day", "864")):
        found = values(f"per_{unit}(sum(s.n))", "1h", [(day("03-01"), {"n": 36})])
        assert list(found.values()) == [value]


def test_growth_from_nothing_is_absent_and_to_nothing_is_minus_one():
    events = [(day("03-01"), {"n": 4}), (day("03-02"), {"n": 5}), (day("03-03"), {"n": 0}),
              (day("03-04"), {"n": 7})]
    found = list(values("growth(sum(s.n))", "day", events).values())
    assert found == [None, "0.25", "-1", None]
    found = list(values("growth(sum(s.n), 2 days)", "day", events).values())
    assert found == [None, None, "-1", "0.4"]


def test_a_moving_average_leaves_out_windows_without_a_value():
    events = [(day("03-01"), {"n": 4}), (day("03-02"), {}), (day("03-03"), {"n": 6}),
              (day("03-09"), {})]
    averages = values("moving_average(avg(s.n), 3)", "day", events)
    assert list(averages.values()) == ["4", "4", "5", None]
    # Sums are 0 before the first event, and count.
    found = values("moving_average(sum(s.n), 2)", "day", events)
    assert list(found.values()) == ["2", "2", "3", "0"]


def test_a_share_of_the_total_is_over_all_groups_of_the_window():
    events = [(day("03-01"), {"who": "a", "n": 1}), (day("03-01"), {"who": "b", "n": 3}),
              (day("03-02"), {"who": "a", "n": 5}), (day("03-02"), {"who": "b", "n": -5})]
    kpis = {
        "now": kpi("share_of_total(2 * sum(s.n))", "day", by=["who"]),
        "then": kpi("previous(share_of_total(sum(s.n)))", "day", by=["who"]),
    }
    found = line_values(kpis, events)
    assert list(found["now"].values()) == ["0.25", "0.75", None, None]
    assert list(found["then"].values()) == [None, None, "0.25", "0.75"]


CUSTOMERS = [
    ("2025-11-05T00:00:00Z", {"who": "old"}),
    ("2026-01-05T00:00:00Z", {"who": "a"}), ("2026-01-20T00:00:00Z", {"who": "b"}),
    ("2026-01-31T23:59:59Z", {"who": "a"}),
    ("2026-02-01T00:00:00Z", {"who": "a"}), ("2026-02-02T00:00:00Z", {"who": "c"}),
    ("2026-02-03T00:00:00Z", {"who": "old"}), ("2026-02-03T00:00:00Z", {}),
]


@pytest.mark.parametrize(
    "formula, in_january, in_february",
    [
        ("retained(s.who)", None, "0.5"),
        ("new(s.who)", "2", "2"),
        ("returning(s.who)", "0", "1"),
        ("retained(s.who, 3 months)", "0", "0.6666666666666666"),
        ("new(s.who, 3 months)", "2", "1"),
        ("returning(s.who, 1 year)", "0", "2"),
        ("new(s.who, 12d)", "2", "2"),
        ("new(s.who, 2 weeks where who != 'c')", "2", "1"),
        ("returning(s.who, 2 windows)", "0", "1"),
        ("previous(new(s.who))", "0", "2"),
        ("distinct(s.who) - new(s.who) - returning(s.who)", "0", "0"),
    ],
)
def test_customers_come_back_or_are_new(formula, in_january, in_february):
    found = values(formula, "month", CUSTOMERS)
    assert found["2026-01-01T00:00:00Z"] == in_january
    assert found["2026-02-01T00:00:00Z"] == in_february


def test_a_memory_begins_with_the_day_that_lies_its_span_before():
    events = [("2026-02-27T23:59:59Z", {"who": "a"}), ("2026-02-28T00:00:00Z", {"who": "b"}),
              ("2026-03-31T12:00:00Z", {"who": "a"}), ("2026-03-31T12:00:00Z", {"who": "b"})]
    assert values("returning(s.who, 1 month)", "day", events)["2026-03-31T00:00:00Z"] == "1"
    # A year before the quarter, by days of London.
    quarter = [("2025-02-28T23:59:59Z", {"who": "a"}), ("2025-03-31T23:00:00Z", {"who": "b"}),
               ("2026-04-01T12:00:00Z", {"who": "a"}), ("2026-04-01T12:00:00Z", {"who": "b"})]
    found = values("returning(s.who, 1 year)", "quarter", quarter, time_zone="Europe/London")
    assert found["2026-03-31T23:00:00Z"] == "1"


def test_a_kpi_by_name_is_its_formula_for_the_windows_and_groups_of_the_other():
    events = [(day("03-01"), {"who": "a", "n": 1}), (day("03-01"), {"who": "b", "n": 2}),
              (day("03-02"), {"who": "a", "n": 9}), (day("03-02"), {"who": "a"})]
    kpis = {
        "revenue": kpi("sum(s.n)", "day", "1h"),
        "per_order": kpi("revenue / count(s)", "day", by=["who"]),
        "twice": kpi("per_order - previous(per_order) * 2", "day"),
    }
    found = line_values(kpis, events)
    assert list(found["per_order"].values()) == ["1", "2", "4.5"]
    assert list(found["twice"].values()) == [None, "1.5"]


def test_the_clock_of_a_kpi_by_name_is_its_own():
    events = [("2026-06-01T23:30:00Z", {"n": 1, "at": "2026-06-01T23:30:00Z"})]
    kpis = {
        "night": kpi("sum(hour_of(s.at))", "1h", **LONDON),
        "both": kpi("night * 100 + sum(hour_of(s.at))", "1h"),
    }
    assert list(line_values(kpis, events)["both"].values()) == ["23"]


def samples(formula, **others):
    kpis = {name: kpi(text, "day") for name, text in {**others, "k": formula}.items()}
    config = yaml.safe_load(CONFIG) | {"kpis": kpis}
    rows = [{"t": day("03-01"), "n": 1}, {"t": day("03-02"), "n": 1}, {"t": day("03-02")}]
    content = "\n".join(map(json.dumps, rows)).encode()
    lines, _ = oracle.replay(config, [("s", content)])
    return [line["samples"] for line in lines if line["kpi"] == "k"][1]


@pytest.mark.parametrize(
    "formula, expected",
    [
        ("previous(count(s.n))", "1"),
        ("growth(count(s))", "2"),
        ("count(s.n) / count(s)", "2"),
        ("rate", "2"),
        ("rate * 1", "1"),
        ("sum(s.n) / rate", "1"),
        ("per_day(rate)", "1"),
        ("count(s) / 2", "2"),
    ],
)
def test_samples_are_of_the_window_itself_with_names_expanded(formula, expected):
    assert samples(formula, rate="count(s.n) / count(s)") == expected


def test_a_label_may_have_another_field_in_each_source():
    by = {"customer": {"s": "who", "other": "name"}}
    kpis = {"k": kpi("count(s) * 10 + count(other)", "day", by=by)}
    events = [(day("03-01"), {"who": "a"}), (day("03-01"), {"who": "b"})]
    found = line_values(kpis, events, others=[(day("03-01"), {"name": "a"})])["k"]
    assert {key[1]: value for key, value in found.items()} == {"a": "11", "b": "10"}
