"""The judge is judged: aggregates of the naive evaluator against figures worked out by hand."""

import json
import math

import oracle
import oracle_output
import pytest
import yaml

CONFIG = """
limits: {{max_distinct: 3, max_keys: 2}}
sources:
  s:
    topic: s
    format: json
    time: {{field: t, format: unix_ms}}
    disorder: 1h
    fields: {{x: decimal, n: int, name: string, flag: bool, at: {{type: time, format: unix_ms}}}}
kpis:
  k: {{help: A figure., formula: "{formula}", windows: [1h]}}
"""
HOUR = 1_709_251_200_000


def line_of(formula, *partitions):
    """The one line printed of these partitions, lists of rows that all lie in one window."""
    config = yaml.safe_load(CONFIG.format(formula=formula))
    contents = ["\n".join(json.dumps({"t": HOUR, **row}) for row in rows) for rows in partitions]
    lines, _ = oracle.replay(config, [("s", content.encode()) for content in contents])
    (line,) = lines
    return line


def value_of(formula, *partitions):
    value = line_of(formula, *partitions)["value"]
    return None if value is None else str(value)


def rows_of(name, *values):
    return [{} if value is None else {name: value} for value in values]


@pytest.mark.parametrize(
    "formula, rows, expected",
    [
        # first and last: by event time, whatever the order of arrival.
        ("first(s.n)", [{"t": HOUR + 2, "n": 2}, {"t": HOUR + 1, "n": 1}], "1"),
        ("last(s.n)", [{"t": HOUR + 2, "n": 2}, {"t": HOUR + 1, "n": 1}], "2"),
        ("first(s.n)", [{"n": None}, {"t": HOUR + 1, "n": 1}], "1"),
        ("last(s.n where flag)", [{"n": 1, "flag": True}, {"t": HOUR + 1, "n": 2}], "1"),
        ("first(s.n)", [{}], None),
        ("last(s.at)", rows_of("at", 90_500), "90.5"),
        # stddev: over n - 1.
        ("stddev(s.n)", rows_of("n", 2, 4, 4, 4, 5, 5, 7, 9), repr(math.sqrt(32 / 7))),
        ("stddev(s.n)", rows_of("n", 1, None, 3, 5), "2"),
        ("stddev(s.x)", rows_of("x", 0.1, 0.1), "0"),
        ("stddev(s.n)", rows_of("n", 5, None), None),
        ("stddev(s.n)", [{}], None),
        ("stddev(s.n) * 3", rows_of("n", 1, 3, 5), "6"),
        # quantile: on the line between its neighbours.
        ("quantile(0, s.n)", rows_of("n", 30, 10, 20), "10"),
        ("quantile(1, s.n)", rows_of("n", 30, 10, 20), "30"),
        ("quantile(0.5, s.n)", rows_of("n", 30, 10, 20), "20"),
        ("quantile(95%, s.n)", rows_of("n", 30, 10, 20), "29"),
        ("quantile(0.1, s.n)", rows_of("n", 0, 1), "0.1"),
        ("quantile(0.3, s.n)", rows_of("n", 8), "8"),
        ("quantile(0.3, s.n)", [{}], None),
        ("median(s.n)", rows_of("n", 1, 2, None, 3, 10), "2.5"),
        ("median(s.x)", rows_of("x", -0.5, 0.25), "-0.125"),
        # distinct: any type, nulls aside.
        ("distinct(s.name)", rows_of("name", "a", "b", "a", None, "A"), "3"),
        ("distinct(s.name)", [{}], "0"),
        ("distinct(s.flag)", rows_of("flag", True, False, True), "2"),
        ("distinct(s.x)", rows_of("x", 1, "1.0", 1.00), "1"),
        ("distinct(s.n where flag)", [{"n": 1, "flag": True}, {"n": 2}], "1"),
        # top_share: the largest sums over the sum of all.
        ("top_share(1, s.n, by: name)", [{"n": 3, "name": "a"}, {"n": 1, "name": "b"}], "0.75"),
        ("top_share(2, s.n, by: name)", [{"n": 3, "name": "a"}, {"n": 1, "name": "b"}], "1"),
        ("top_share(1, s.n, by: name)", [{"n": 3, "name": "a"}, {"n": 5}], "1"),
        ("top_share(1, s.n, by: s.flag where n > 1)", [{"n": 1, "flag": True}] * 9, None),
        ("top_share(1, s.n, by: name)", [{"n": -1, "name": "a"}, {"n": 1, "name": "b"}], None),
        ("top_share(1, s.n, by: name)", [{"n": -3, "name": "a"}, {"n": 1, "name": "b"}], "-0.5"),
        ("top_share(1, s.n, by: name)", [{}], None),
    ],
)
def test_an_aggregate_has_the_value_worked_out_by_hand(formula, rows, expected):
    assert value_of(formula, rows) == expected


def test_of_events_at_one_instant_the_partition_and_then_the_offset_decides():
    zero, one = rows_of("n", 1, 2), rows_of("n", 3, None, 4)
    assert value_of("first(s.n)", zero, one) == "1"
    assert value_of("last(s.n)", zero, one) == "4"
    assert value_of("first(s.n)", one, zero) == "3"
    assert value_of("last(s.n)", one, zero) == "2"
    later = [{"t": HOUR + 1, "n": 9}]
    assert value_of("last(s.n)", later, one) == "9"


@pytest.mark.parametrize(
    "formula, expected",
    [
        ("top_share(1, s.n, by: name)", 2),
        ("quantile(0, s.n)", 2),
        ("distinct(s.name)", 1),
        ("count(s) / distinct(s.name)", 1),
        ("stddev(s.n where n > 5)", 1),
        ("1 / max(s.n) + count(s)", 2),
    ],
)
def test_samples_are_the_events_that_the_first_aggregate_takes(formula, expected):
    rows = [{"n": 4, "name": "a"}, {"n": 9}]
    assert line_of(formula, rows)["samples"] == str(expected)


def test_distinct_is_estimated_from_one_value_beyond_its_limit():
    line = line_of("distinct(s.n)", rows_of("n", 1, 2, 3, 3))
    assert (line["value"], "estimated" in line) == ("3", False)
    line = line_of("distinct(s.n)", rows_of("n", 1, 2, 3, 4))
    assert line["estimated"] is True and list(line)[-1] == "estimated"
    for number, right in (("1.9", False), ("2", True), ("6", True), ("6.1", False)):
        assert oracle_output.same_value(line["value"], number) is right


@pytest.mark.parametrize("formula", ["top_share(9, s.n, by: n)", "coalesce(new(s.n), 0)"])
def test_more_keys_than_the_limit_leave_nothing(formula):
    assert value_of(formula, rows_of("n", 1, 2, 2)) is not None
    line = line_of(formula, rows_of("n", 1, 2, 3))
    assert (line["value"], line["samples"]) == (None, "3")


def test_a_quantile_is_estimated_from_one_value_beyond_its_limit():
    exact = line_of("median(s.n)", rows_of("n", *range(1000, 3048), 1000))
    assert (exact["value"], "estimated" in exact) == ("2023", False)
    line = line_of("median(s.n)", rows_of("n", *range(1000, 3049)))
    assert line["estimated"] is True
    for number, right in (("2008", False), ("2009", True), ("2039", True), ("2040", False)):
        assert oracle_output.same_value(line["value"], number) is right


@pytest.mark.parametrize(
    "formula, at_least, at_most",
    [
        ("distinct(s.n) * 10 - 1", "19", "59"),
        ("-distinct(s.n)", "-6", "-2"),
        ("12 / distinct(s.n)", "2", "6"),
        ("min(distinct(s.n), 5)", "2", "5"),
        ("round(distinct(s.n) / 100, 1)", "0", "0.1"),
        ("if(distinct(s.n) > 1, 7, 8)", "7", "7"),
        ("abs(distinct(s.n) - 3)", "0", "3"),
    ],
)
def test_what_is_made_of_an_estimate_lies_in_a_range_too(formula, at_least, at_most):
    line = line_of(formula, rows_of("n", 1, 2, 3, 4))
    assert line["estimated"] is True
    for number, step in ((at_least, -1), (at_most, 1)):
        assert oracle_output.same_value(line["value"], number)
        assert not oracle_output.same_value(line["value"], str(float(number) + step * 0.001))


@pytest.mark.parametrize("formula", ["if(distinct(s.n) > 4, 7, null)", "1 / (distinct(s.n) - 4)"])
def test_where_the_estimate_decides_anything_goes_but_only_what_is_there_is_estimated(formula):
    line = line_of(formula, rows_of("n", 1, 2, 3, 4))
    text = (
        '{"kpi":"k","window":"1h","start":"2024-03-01T00:00:00Z","end":"2024-03-01T01:00:00Z",'
        '"group":{},"value":%s,"samples":4%s}'
    )
    assert oracle_output.same(line, text % ("7", ',"estimated":true'))
    assert oracle_output.same(line, text % ("null", ""))
    assert not oracle_output.same(line, text % ("7", ""))
    assert not oracle_output.same(line, text % ("null", ',"estimated":true'))
