"""What `kpid replay --output=json` must print, found the slow and obvious way.

Keeps to LANGUAGE's words and shares nothing with the program: fractions for numbers, dictionaries
for state, no watermark but each partition's own. As a program it prints what replay would:
`oracle.py --config.file=F --input SOURCE=PATH ...`.
"""

import argparse
import datetime
import json
import re
import sys
from fractions import Fraction

import yaml

from oracle_calendar import CalendarWindows, FixedWindows
from oracle_decode import REASONS, Decoder, Rejected
from oracle_formula import NANOS, Formula

DURATION_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
CALENDAR = {"day", "week", "month", "quarter", "year"}
SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "": 1}
EPOCH = datetime.datetime(1970, 1, 1)


def duration_ms(text):
    amount, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(amount) * DURATION_MS[unit]


def size_bytes(text):
    amount, unit = re.fullmatch(r"(\d+) ?(\w*)", str(text)).groups()
    return int(amount) * SIZES[unit]


def rfc3339(milliseconds):
    moment = EPOCH + datetime.timedelta(milliseconds=milliseconds)
    fraction = milliseconds % 1000
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction:03}" if fraction else "") + "Z"


def plain_decimal(value):
    """A fraction that has at most nine decimals: plain digits, no trailing zeros."""
    nanos = int(abs(value) * NANOS)
    text = f"{nanos // NANOS}.{nanos % NANOS:09}".rstrip("0").rstrip(".")
    return "-" + text if value < 0 else text


class Nearest:
    """A number that only a double holds: equal to every shortest text of the same double."""

    def __init__(self, value):
        self.value = value

    def matches(self, text):
        shortest = sum(character.isdigit() for character in significant(repr(self.value)))
        digits = sum(character.isdigit() for character in significant(text))
        return float(text) == self.value and digits <= shortest

    def __repr__(self):
        return repr(self.value).removesuffix(".0")


def significant(text):
    """The digits of a number that carry its value."""
    mantissa = re.sub(r"[eE].*", "", text).lstrip("-")
    digits = mantissa.replace(".", "").lstrip("0")
    return digits.rstrip("0")


def published(value):
    """A formula's exact value as it is printed."""
    if value is None:
        return None
    if (value * NANOS).denominator == 1:
        return plain_decimal(value)
    return Nearest(value.numerator / value.denominator)


def group_text(kind, value):
    if value is None:
        return ""
    if kind == "string":
        return value + "_" if re.fullmatch(r"(other|__other__)_*", value) else value
    if kind == "decimal":
        return plain_decimal(Fraction(value, NANOS))
    if kind == "bool":
        return "true" if value else "false"
    return rfc3339(value) if kind == "time" else str(value)


class Kpi:
    """One KPI: for every entry of its windows, the bags of every slice and group."""

    def __init__(self, name, declared, field_types, rules):
        self.name = name
        self.formula = Formula(declared["formula"], field_types, declared["time_zone"])
        self.by = declared.get("by", [])
        self.windows = []
        for text in declared["windows"]:
            window = " ".join(text.split())
            if window in CALENDAR:
                self.windows.append(CalendarWindows(window, {**rules, **declared}))
                continue
            size, _, slide = window.partition(" every ")
            self.windows.append(FixedWindows(window, duration_ms(size), duration_ms(slide or size)))
        self.slices = [{} for _ in self.windows]
        self.kinds = field_types
        self.takers = {
            source: [
                (index, aggregate)
                for index, aggregate in enumerate(self.formula.aggregates)
                if aggregate.source == source
            ]
            for source in self.formula.sources
        }

    def add(self, source, event_time, fields):
        kinds = self.kinds[source]
        group = tuple(group_text(kinds[name], fields[name]) for name in self.by)
        taken = [(index, aggregate.take(fields)) for index, aggregate in self.takers[source]]
        for window, slices in zip(self.windows, self.slices):
            groups = slices.setdefault(window.slice_start(event_time), {})
            bags = groups.get(group)
            if bags is None:
                bags = groups[group] = [[0, 0, None, None] for _ in self.formula.aggregates]
            for index, value in taken:
                if value is not None:
                    add_to_bag(bags[index], value)

    def results(self):
        """(end, kpi, window, group values) and what is printed, for every window with an event."""
        for window, slices in zip(self.windows, self.slices):
            for end in {end for start in slices for end in window.ends(start)}:
                merged = {}
                for start in window.slice_starts(end):
                    for group, bags in slices.get(start, {}).items():
                        merge_bags(merged, group, bags)
                for group, bags in merged.items():
                    place = (end, self.name, window.name, group)
                    yield place, self.line(window, end, group, bags)

    def line(self, window, end, group, bags):
        return {
            "kpi": self.name,
            "window": window.name,
            "start": rfc3339(window.start(end)),
            "end": rfc3339(end),
            "group": dict(zip(self.by, group)),
            "value": published(self.formula.value(bags)),
            "samples": str(bags[self.formula.samples_index][0]),
        }


def add_to_bag(bag, value):
    bag[0] += 1
    bag[1] += value
    if bag[2] is None or value < bag[2]:
        bag[2] = value
    if bag[3] is None or value > bag[3]:
        bag[3] = value


def merge_bags(merged, group, bags):
    into = merged.setdefault(group, [[0, 0, None, None] for _ in bags])
    for bag, other in zip(into, bags):
        if other[0]:
            bag[0] += other[0]
            bag[1] += other[1]
            bag[2] = other[2] if bag[2] is None else min(bag[2], other[2])
            bag[3] = other[3] if bag[3] is None else max(bag[3], other[3])


class Partition:
    """What one partition remembers: its newest accepted event time, by which it judges lateness."""

    def __init__(self, source):
        self.slack = duration_ms(source.get("disorder", "10s")) + duration_ms(
            source.get("allowed_lateness", "0s")
        )
        self.max_ahead = duration_ms(source.get("max_ahead", "5m"))
        self.newest = None

    def judge(self, event_time, timestamp=None):
        if timestamp is not None and event_time > timestamp + self.max_ahead:
            raise Rejected("future")
        if self.newest is not None and event_time < self.newest - self.slack:
            raise Rejected("late")
        self.newest = event_time if self.newest is None else max(self.newest, event_time)


class Oracle:
    """All KPIs of a configuration whose sources are read, and the ledger."""

    def __init__(self, config, read_sources):
        self.config = config
        limits = config.get("limits", {})
        self.limits = (
            int(limits.get("string_bytes", 256)),
            size_bytes(limits.get("record_bytes", "1MiB")),
        )
        field_types = {
            name: {
                field: declared["type"] if isinstance(declared, dict) else declared
                for field, declared in source["fields"].items()
            }
            for name, source in config["sources"].items()
        }
        zone = {"time_zone": config.get("time_zone", "UTC")}
        kpis = [Kpi(name, zone | kpi, field_types, config) for name, kpi in config["kpis"].items()]
        self.kpis = [kpi for kpi in kpis if set(kpi.formula.sources) <= set(read_sources)]
        self.left_out = [kpi.name for kpi in kpis if kpi not in self.kpis]
        self.ledger = {"read": 0, "accepted": 0}

    def source(self, name):
        return self.config["sources"][name]

    def read_file(self, source_name, content):
        """One input file of replay: one partition, one record a line."""
        source = self.source(source_name)
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        if source["format"] == "csv":
            lines = [line.removesuffix(b"\r") for line in lines]
        columns = source.get("columns")
        if source["format"] == "csv" and not columns:
            columns = lines.pop(0).decode().split(",")
        decoder = Decoder(source, self.limits, columns)
        partition = Partition(source)
        for line in lines:
            if line.strip():
                self.read_record(source_name, decoder, partition, line)

    def read_record(self, source_name, decoder, partition, record, timestamp=None):
        self.ledger["read"] += 1
        try:
            event_time, fields = decoder.decode(record)
            partition.judge(event_time, timestamp)
        except Rejected as rejected:
            self.ledger[rejected.reason] = self.ledger.get(rejected.reason, 0) + 1
            return
        self.accept(source_name, event_time, fields)

    def read_decoded(self, source_name, partition, event_time, fields):
        """The quick way for a stream whose fields the test knows because it made them."""
        self.ledger["read"] += 1
        try:
            partition.judge(event_time)
        except Rejected as rejected:
            self.ledger[rejected.reason] = self.ledger.get(rejected.reason, 0) + 1
            return
        self.accept(source_name, event_time, fields)

    def accept(self, source_name, event_time, fields):
        self.ledger["accepted"] += 1
        for kpi in self.kpis:
            if source_name in kpi.takers:
                kpi.add(source_name, event_time, fields)

    def lines(self):
        """What is printed, in order."""
        results = [result for kpi in self.kpis for result in kpi.results()]
        results.sort(key=lambda result: sort_key(result[0]))
        return [line for _, line in results]

    def summary(self):
        rejected = [(reason, self.ledger[reason]) for reason in REASONS if reason in self.ledger]
        counts = [
            ("read", self.ledger["read"]),
            ("accepted", self.ledger["accepted"]),
            ("rejected", self.ledger["read"] - self.ledger["accepted"]),
        ]
        return " ".join(f"{name}={count}" for name, count in counts + rejected)


def sort_key(key):
    end, kpi, window, group = key
    return end, kpi.encode(), window.encode(), [value.encode() for value in group]


def replay(config, inputs):
    """The lines and the summary for `inputs`, a list of (source, bytes of a file)."""
    oracle = Oracle(config, {source for source, _ in inputs})
    for source, content in inputs:
        oracle.read_file(source, content)
    return oracle.lines(), oracle.summary()


def line_text(line):
    """A line as the program prints it, with numbers as they are printed."""
    bare = {"value": "null" if line["value"] is None else str(line["value"])}
    bare["samples"] = line["samples"]
    parts = []
    for key, value in line.items():
        text = bare.get(key) or json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        parts.append(f'"{key}":{text}')
    return "{" + ",".join(parts) + "}"


def parsed(text):
    """A printed line as comparable pairs, numbers as their text, keys in their order."""
    return json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=list)


def difference(expected, printed):
    """The first line in which what was printed is not what is expected, or None."""
    for number, line in enumerate(expected):
        if number >= len(printed):
            return f"line {number + 1} is missing: {show(line)}"
        if not same(line, printed[number]):
            return f"line {number + 1}: expected {show(line)}\n   printed {printed[number]}"
    if len(printed) > len(expected):
        return f"line {len(expected) + 1} is too much: {printed[len(expected)]}"
    return None


def show(line):
    return {**line, "value": str(line["value"])}


def same(line, text):
    """Whether the printed text says the same, key by key in the same order."""
    try:
        found = [
            (key, [tuple(pair) for pair in value] if key == "group" else value)
            for key, value in parsed(text)
        ]
    except ValueError:
        return False
    wanted = [(key, list(value.items()) if key == "group" else value) for key, value in line.items()]
    return len(wanted) == len(found) and all(map(same_pair, wanted, found))


def same_pair(wanted, found):
    (key, expected), (found_key, value) = wanted, found
    if isinstance(expected, Nearest):
        return key == found_key and isinstance(value, str) and expected.matches(value)
    return key == found_key and expected == value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config.file", dest="config", required=True)
    parser.add_argument("--input", action="append", default=[])
    arguments = parser.parse_args()
    with open(arguments.config, encoding="utf-8") as file:
        config = yaml.safe_load(file)
    inputs = []
    for entry in arguments.input:
        source, path = entry.split("=", 1)
        with open(path, "rb") as file:
            inputs.append((source, file.read()))
    lines, summary = replay(config, inputs)
    for line in lines:
        print(line_text(line))
    print(summary, file=sys.stderr)


if __name__ == "__main__":
    main()
