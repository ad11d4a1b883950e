"""The judge is judged: the naive evaluator against figures worked out by hand."""

import json

import oracle
import oracle_output
import pytest
import yaml

CONFIG = """
sources:
  s:
    topic: s
    format: json
    time: {{field: t, format: unix_ms}}
    disorder: 10s
    allowed_lateness: 5s
    fields: {{x: decimal, n: int, name: string, flag: bool}}
kpis:
  k: {{help: A figure., formula: "{formula}", windows: [1h]}}
"""
HOUR = 1_709_251_200_000


def value_of(formula, *rows):
    """The text of the formula's value over these rows, all in one window."""
    config = yaml.safe_load(CONFIG.format(formula=formula))
    records = [json.dumps({"t": HOUR, **row}) for row in rows]
    lines, _ = oracle.replay(config, [("s", "\n".join(records).encode())])
    return None if lines[0]["value"] is None else str(lines[0]["value"])


@pytest.mark.parametrize(
    "formula, rows, expected",
    [
        ("count(s) / count(s.n) * 100", [{"n": 1}] * 4 + [{}] * 3, "175"),
        ("sum(s.x) * 3%", [{"x": 0.7}], "0.021"),
        ("avg(s.n)", [{"n": 7}, {"n": 0}], "3.5"),
        ("avg(s.n)", [{}], None),
        ("sum(s.n)", [{}], "0"),
        ("count(s) / 0", [{}], None),
        ("sum(s.n / 2)", [{"n": 7}], "3.5"),
        ("sum(s.x)", [{"x": "0.0000000005"}], "0"),
        ("sum(s.x)", [{"x": "0.0000000015"}], "0.000000002"),
        ("count(s where flag)", [{"flag": True}, {"flag": False}, {}], "1"),
        ("count(s where not s.flag)", [{"flag": True}, {"flag": False}, {}], "1"),
        ("count(s where s.flag == null or s.flag)", [{"flag": True}, {"flag": False}, {}], "2"),
        ("count(s where s.n == 1 or s.flag)", [{"n": 1}, {"flag": True}, {"n": 2}], "2"),
        ("sum(s.n * 9223372036854775807)", [{"n": 1}, {"n": 2}], "9223372036854775807"),
        ("if(count(s) > 1, max(s.n), -1)", [{"n": 4}], "-1"),
        ("coalesce(min(s.n), 12)", [{}], "12"),
        ("count(s) / 3", [{}], "0.3333333333333333"),
        ("sum(length(trim(s.name)))", [{"name": " Größe\u00a0"}, {}], "5"),
        ("count(s where lower(name) == 'größe')", [{"name": "GRÖẞE"}, {"name": "x"}], "1"),
        ("count(s where equals_ignoring_case(name, 'οδος'))", [{"name": "ΟΔΟΣ"}, {}], "1"),
    ],
)
def test_a_formula_has_the_value_worked_out_by_hand(formula, rows, expected):
    assert value_of(formula, *rows) == expected


def test_an_event_is_late_when_it_is_earlier_than_disorder_and_lateness_allow():
    config = yaml.safe_load(CONFIG.format(formula="count(s)"))
    times = [HOUR + 20_000, HOUR + 5_000, HOUR + 4_999]
    content = "\n".join(json.dumps({"t": time}) for time in times).encode()
    _, summary = oracle.replay(config, [("s", content)])
    assert summary == "read=3 accepted=2 rejected=1 late=1"
    _, summary = oracle.replay(config, [("s", content), ("s", content.split(b"\n")[2])])
    assert summary == "read=4 accepted=3 rejected=1 late=1"


@pytest.mark.parametrize(
    "printed, same",
    [("0.3333333333333333", True), ("0.33333333333333331", False), ("0.333333333333333", False)],
)
def test_a_double_is_compared_by_its_shortest_text(printed, same):
    assert oracle_output.Nearest(1 / 3).matches(printed) is same
