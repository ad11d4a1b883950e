"""Real data through replay and into SQLite, and how the two are compared."""

import csv
import datetime
import fractions
import json
import os
import pathlib
import sqlite3
import zoneinfo

import program
import pytest

CONFIGURATIONS = pathlib.Path(__file__).parent / "real"


def path_of(name):
    """A file of the shared data; the test is skipped where there are none."""
    default = program.PROJECT.parent / "shared/data"
    path = pathlib.Path(os.environ.get("KPID_SHARED_DATA", default)) / name
    if not path.exists():
        pytest.skip(f"no real data: {path} is not there (set KPID_SHARED_DATA)")
    return path


def table(path):
    """The csv file as a table `data` of texts, with `line` for their order, in memory. The SQL
    function `units(text, n)` is a decimal as an integer of its n-th digit, exactly."""
    database = sqlite3.connect(":memory:")
    database.create_function("units", 2, units, deterministic=True)
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        columns = [f'"{name}"' for name in next(rows)]
        database.execute(f"create table data (line integer primary key, {', '.join(columns)})")
        marks = ", ".join("?" for _ in columns)
        database.executemany(f"insert into data values (null, {marks})", rows)
    return database


def units(text, digits):
    value = fractions.Fraction(text) * 10**digits
    assert value.denominator == 1, f"{text} has more than {digits} digits"
    return int(value)


class Printed:
    """What replay printed: of each KPI {(window, first day, *group): text of the value}."""

    def __init__(self, name, inputs):
        replayed = program.replay(CONFIGURATIONS / name, inputs)
        assert replayed.code == 0, replayed.errors
        self.summary = replayed.summary
        self.lines = [json.loads(text, parse_float=str, parse_int=str) for text in replayed.lines]

    def values(self, kpi, zone="UTC"):
        """Days are those of the zone. What is only estimated is left out."""
        return self.found(kpi, zone, estimated=False)

    def estimates(self, kpi, zone="UTC"):
        return self.found(kpi, zone, estimated=True)

    def found(self, kpi, zone, estimated):
        found = {}
        for line in self.lines:
            if line["kpi"] == kpi and line.get("estimated", False) == estimated:
                key = (line["window"], local_day(line["start"], zone), *line["group"].values())
                assert key not in found, f"{kpi} {key} is printed twice"
                found[key] = line["value"]
        return found


def local_day(text, zone):
    """The day that begins at this instant in the zone."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    local = moment.astimezone(zoneinfo.ZoneInfo(zone))
    assert local.time() == datetime.time(), f"no day of {zone} begins at {text}"
    return local.date().isoformat()


def assert_same(values, expected):
    """Every window is there, none besides; an exact decimal or the double nearest to it."""
    assert expected, "nothing to compare with"
    assert values.keys() == expected.keys()
    for key, fraction in expected.items():
        if fraction is None:
            assert values[key] is None, key
            continue
        assert values[key] is not None, key
        assert float(values[key]) == fraction.numerator / fraction.denominator, key
        if (fraction * 10**9).denominator == 1:
            assert fractions.Fraction(values[key]) == fraction, key


def ratio(numerator, denominator):
    """Their quotient, None where there is none."""
    return fractions.Fraction(numerator, denominator) if denominator else None


def ratios(rows):
    """{key: quotient} of rows that end in a numerator and a denominator."""
    return {tuple(key): ratio(numerator, denominator) for *key, numerator, denominator in rows}


# First days of the windows that a day falls into, of a column `day` of texts.
FIRST_DAY = {
    "day": "day",
    "week": "date(day, '-6 days', 'weekday 1')",
    "month": "date(day, 'start of month')",
    "quarter": "date(day, 'start of month', "
    "'-' || ((cast(strftime('%m', day) as integer) - 1) % 3) || ' months')",
    "year": "date(day, 'start of year')",
}


def in_windows(*windows, table="data"):
    """The table's rows once for each of the windows, as `window` and its first day, `start`."""
    return " union all ".join(
        f"select '{window}' as window, {FIRST_DAY[window]} as start, * from {table}"
        for window in windows
    )
