"""Random configurations with random streams: a seed makes a directory that replay can read."""

import datetime
import itertools
import json
import random as random_module

import yaml

from random_formula import ALL_SPANS, EARLIER_SPANS, Formulas
from random_rows import FIELD_TYPES, KINDS, ZONES

# Windows and spans of a configuration: a group keeps a million slices at most, so who has short
# windows does not look back far.
SCALES = [
    (
        ["500ms", "10s", "1m", "90s", "5m", "5m every 1m"],
        {"10s", "90s", "30m", "1h"},
    ),
    (
        ["1m", "90s", "5m every 1m", "1h", "1h every 10m", "1h  every   15m", "30m every 30m",
         "1d", "1d every 6h", "7d", "day", "week"],
        {"90s", "30m", "1h", "7d", "1 day", "2 days", "1 week", "1 month"},
    ),
    (
        ["1h", "1h every 10m", "30m every 30m", "1d", "1d every 6h", "7d", "7d every 1d",
         "day", "week", "month", "quarter", "year"],
        ALL_SPANS - {"10s", "90s"},
    ),
]
CROWDED = (["1d", "7d", "7d every 1d", "day", "week", "month", "quarter", "year"], SCALES[2][1])
SAME_WINDOWS = {"1h": "60m", "1d": "24h", "5m every 1m": "300s every 60s"}
CALENDAR_RULES = {
    "time_zone": ZONES,
    "week_starts": ["monday", "sunday", "friday"],
    "year_starts": ["04-06", "07-01", "02-28"],
}
TIME_FORMATS = ["unix_ms", "unix_s", "rfc3339", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M"]
# The days before and after clocks change in London, New York and Havana, the change of a year, the
# end of a February, and the day that Samoa left out.
BASES = [
    1_704_067_200_000, 1_711_756_800_000, 1_729_987_200_000, 1_730_592_000_000, 1_709_942_400_000,
    1_709_078_400_000, 1_325_030_400_000,
]
DAY_MS = 86_400_000
RECORD_BYTES = 1024
RAW_VALUES = [
    "null", "true", "false", "[]", "{}", "[1,2]", "tru", "NaN", "-", "01", "+1", ".5", "1.", "0",
    "-0", "3.0", "3e2", "3.5", "1e400", "-1e400", "1e-400", "123456789012345678901234567890",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "999999999999999999",
    "999999999999999999.9999999996", "1000000000000000000", "0.0000000005", "0.0000000015",
    "1.23456789049", '""', '" 1"', '"1"', '"1e2"', '"-7.25"', '"true"', '"false"', '"True"',
    '"caf\\u00e9"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\udc00x"', '"a\\"b\\\\c\\/\\n\\t"', '"\\x"',
    '"other"', '"' + "ü" * 200 + '"', '"2024-01-01T00:00:00Z"', '"2024-02-30T00:00:00Z"',
]
BAD_TIMES = [
    "null", "true", "[]", '"soon"', "5", "-1", "99999999999999999", '""', '"1704067200000"',
    "1704067200000.999", '"9999-01-01T00:00:00Z"', '"2024-01-01T12:00:00.123456+05:30"', "1e400",
]


def iso(milliseconds, pattern="%Y-%m-%dT%H:%M:%S"):
    return datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.timezone.utc).strftime(
        pattern
    )


def written_time(milliseconds, time_format, random):
    """JSON text of an instant; formats with less than milliseconds cut it."""
    if time_format == "unix_ms":
        return str(milliseconds)
    if time_format == "unix_s":
        text = f"{milliseconds // 1000}.{milliseconds % 1000:03}"
        return text if random.random() < 0.7 else f'"{text}"'
    if time_format == "rfc3339":
        zone = random.choice([("Z", 0), ("+02:00", 7_200_000), ("-05:30", -19_800_000)])
        fraction = random.choice(["", f".{milliseconds % 1000:03}", f".{milliseconds % 1000:03}9"])
        return f'"{iso(milliseconds + zone[1])}{fraction}{zone[0]}"'
    return f'"{iso(milliseconds, time_format)}"'


class Stream:
    """The records of one partition of a source."""

    def __init__(self, random, source, start, crowded):
        self.random, self.source, self.now = random, source, start
        self.is_csv = source["format"] == "csv"
        self.time_format = source["time"]["format"]
        self.bad_share = random.choice([0, 0.02, 0.1, 0.5])
        self.huge_share = random.choice([0, 0, 0.1])
        self.null_share = random.choice([0, 0.1, 0.4])
        self.step = random.choice([50, 1000, 20_000, 600_000, 40_000_000][: 2 if crowded else 5])
        self.grain = random.choice([1, 1, 1000, 60_000])  # a coarse clock makes ties
        self.spread = random.choice([0, 1000, 15_000, 400_000, 5_000_000])

    def lines(self, count):
        return [self.line() for _ in range(count)]

    def line(self):
        random = self.random
        if random.random() < 0.02:
            self.now += random.choice([3_600_000, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS])
        self.now += random.randrange(0, 2 * self.step)
        event_time = self.now - (random.randrange(0, self.spread + 1) if self.spread else 0)
        if random.random() < 0.2:
            event_time -= event_time % 60_000  # at the boundaries of windows
        event_time -= event_time % self.grain
        values = {"ts": written_time(event_time, self.time_format, random)}
        for name in self.source["fields"]:
            if random.random() >= self.null_share:
                values[name] = self.value(name, event_time)
        if random.random() < self.bad_share:
            self.spoil(values)
        return self.csv_line(values) if self.is_csv else self.json_line(values)

    def value(self, name, event_time):
        random = self.random
        kind = FIELD_TYPES[name]
        if kind == "string":
            return json.dumps(random.choice(KINDS), ensure_ascii=random.random() < 0.5)
        if kind == "int":
            huge = random.randrange(-(2**63), 2**63) >> random.choice([0, 1, 31])
            common = random.choice([0, 1, 2, 3, -4, 7, random.randrange(-(10**6), 10**6)])
            return str(huge if random.random() < self.huge_share else common)
        if kind == "decimal":
            cents = random.randrange(-500, 100_000)
            if random.random() < self.huge_share:
                return f"{random.randrange(-(10**18) + 1, 10**18)}.{random.randrange(10**9):09}"
            return random.choice([f"{cents / 100:.2f}", f"{cents}", f'"{cents / 1000:.3f}"'])
        if kind == "bool":
            return random.choice(["true", "false", '"true"'])
        return written_time(event_time + random.randrange(0, 7_200_000), "unix_ms", random)

    def spoil(self, values):
        random = self.random
        if random.random() < 0.3:
            values["ts"] = random.choice(BAD_TIMES)
        if random.random() < 0.1:
            values.pop("ts")
        if random.random() < 0.7:
            name = random.choice(list(self.source["fields"]))
            if FIELD_TYPES[name] != "time":
                values[name] = random.choice(RAW_VALUES)

    def json_line(self, values):
        random = self.random
        pairs = [(f'"{name}"', value) for name, value in values.items()]
        if random.random() < 0.1:
            random.shuffle(pairs)
        if random.random() < 0.1:
            pairs.insert(random.randrange(len(pairs) + 1), ('"note"', self.undeclared()))
        spoil = random.random() < self.bad_share
        if spoil and random.random() < 0.2:
            pairs.append(random.choice(pairs + [('"quantity"', "99")]))
        if spoil and random.random() < 0.2:
            pairs = [(key.replace("a", "\\u0061"), value) for key, value in pairs]
        blank = random.choice(["", "", " "])
        body = ("," + blank).join(f"{key}:{blank}{value}" for key, value in pairs)
        line = ("{" + body + "}").encode()
        return self.spoil_bytes(line) if spoil else line

    def undeclared(self):
        return self.random.choice(
            ["tru", "[1,2}", '{"a":[{"quantity":5}]}', '"}"', '"\\""', "01", '["]"]', "1.e", '"a\tb"']
        )

    def spoil_bytes(self, line):
        choice = self.random.randrange(8)
        if choice == 0:
            return line[: self.random.randrange(1, len(line))]
        if choice == 1:
            return line + self.random.choice([b"{}", b" x", b"  ", b"}", b",", b"\t"])
        if choice == 2:
            return line.replace(b"order", b"or\xffd\xe2\x82er").replace(b"visit", b"\xf0\x9f\x98t")
        if choice == 3:
            return line + b" " * (RECORD_BYTES - len(line) + self.random.choice([0, 1]))
        if choice == 4:
            return self.random.choice([b"null", b"[]", b"1", b'"x"', b"{", b"}", b"x"])
        return line

    def csv_line(self, values):
        cells = []
        for column in self.source["columns"]:
            text = values.get(column, "null")
            text = "" if text == "null" else text
            if text.startswith('"'):
                try:
                    text = json.loads(text).replace("\n", " ").replace("\r", " ")
                    text = text.encode("utf-8", errors="replace").decode()
                except ValueError:
                    text = "bad"
            if "," in text or '"' in text or self.random.random() < 0.1:
                text = '"' + text.replace('"', '""') + '"'
            cells.append(text)
        if self.random.random() < self.bad_share * 0.3:
            cells = self.random.choice([cells[:-1], cells + ["1"], cells[:-1] + ['"open']])
        return ",".join(cells).encode()


def random_fields(random):
    optional = [name for name in FIELD_TYPES if name not in ("region", "quantity")]
    names = ["region", "quantity"] + random.sample(optional, random.randrange(1, len(optional) + 1))
    return {
        name: {"type": "time", "format": "unix_ms"} if FIELD_TYPES[name] == "time" else FIELD_TYPES[name]
        for name in names
    }


def random_time(random):
    time = {"field": "ts", "format": random.choice(TIME_FORMATS)}
    if "%" in time["format"] and random.random() < 0.5:
        time["time_zone"] = random.choice(["Europe/London", "America/New_York", "Asia/Kolkata"])
    return time


def random_source(random, name):
    fields = random_fields(random)
    source = {
        "topic": name,
        "format": random.choice(["json", "json", "csv"]),
        "time": random_time(random),
        "disorder": random.choice(["0s", "1s", "10s", "5m", "2h"]),
        "allowed_lateness": random.choice(["0s", "0s", "1s", "10m", "1h"]),
        "retention": random.choice(["1d", "1d", "2h"]),
        "fields": fields,
    }
    if source["format"] == "csv":
        columns = ["ts", *fields, "unused"]
        random.shuffle(columns)
        source["columns"] = columns
    return source


def random_start(random):
    return random.choice(BASES) + random.randrange(0, 3 * DAY_MS)


def random_limits(random, crowded):
    limits = {"record_bytes": "1KiB", "string_bytes": random.choice([256, 5, 4])}
    if crowded:
        limits |= {"max_distinct": random.choice([20, 5]), "max_keys": random.choice([10, 3])}
    return limits


class RandomKpis:
    """KPIs one after another: each may use those before it by name."""

    def __init__(self, random, sources, crowded):
        self.random, self.sources, self.crowded = random, sources, crowded
        self.scale, self.spans = CROWDED if crowded else random.choice([*SCALES, SCALES[2]])
        self.kpis = {}
        self.known = {}  # of each its sources, cost, and whether it is additive

    def add(self, name):
        random = self.random
        used = random.choice(list(self.kpis)) if self.kpis and random.random() < 0.5 else None
        kpi = {"help": "Random.", **self.windows(used)}
        count = random.randrange(1, min(2, len(self.sources)) + 1)
        names = random.sample(list(self.sources), count)
        usable = {
            name: self.known[name]
            for name, other in self.kpis.items()
            if used and self.covers(other, kpi) and self.known[name]["cost"] < 15
        }
        chosen = {name: list(self.sources[name]["fields"]) for name in names}
        formulas = Formulas(random, chosen, usable, kpi["windows"], self.spans)
        kpi["formula"], additive, cost = formulas.formula(of_keys=self.crowded)
        read = self.read_by(kpi["formula"], usable)
        self.known[name] = {"additive": additive, "cost": cost, "sources": read}
        if random.random() < (0.2 if self.crowded else 0.6):
            kpi["by"] = self.random_by(read)
        self.kpis[name] = kpi

    def windows(self, used):
        """Windows, and the rules of their calendar: some of those of the other KPI, if any."""
        random = self.random
        windows = self.kpis[used]["windows"] if used else self.scale
        rules = {"windows": random.sample(windows, random.choice([1, 1, min(2, len(windows))]))}
        if used and any(window in EARLIER_SPANS for window in rules["windows"]):
            other = self.kpis[used]
            return rules | {key: other[key] for key in CALENDAR_RULES if key in other}
        for key, choices in CALENDAR_RULES.items():
            if random.random() < 0.3:
                rules[key] = random.choice(choices)
        if random.random() < 0.1:
            rules["windows"] = [SAME_WINDOWS.get(window, window) for window in rules["windows"]]
        return rules

    @staticmethod
    def covers(other, kpi):
        """Whether the other KPI has all windows of this one, by the same calendar."""
        same = [*other["windows"], *(SAME_WINDOWS.get(window) for window in other["windows"])]
        if not set(kpi["windows"]) <= set(same):
            return False
        in_calendar = any(window in EARLIER_SPANS for window in kpi["windows"])
        return not in_calendar or all(kpi.get(key) == other.get(key) for key in CALENDAR_RULES)

    def read_by(self, formula, usable):
        """The sources that the formula reads, by other KPIs too."""
        own = [name for name in self.sources if f"{name}." in formula or f"({name}" in formula]
        others = [other["sources"] for name, other in usable.items() if name in formula]
        return list(dict.fromkeys(itertools.chain(own, *others)))

    def random_by(self, read):
        """A list of fields, or labels for the fields of each source."""
        random = self.random
        fields = {name: list(self.sources[name]["fields"]) for name in read}
        shared = [name for name in FIELD_TYPES if all(name in own for own in fields.values())]
        if random.random() < 0.6:
            return random.sample(shared, random.choice([1, 1, min(2, len(shared))]))
        by = {"place": random.choice(shared)}
        if random.random() < 0.5:
            by = {"place": {name: random.choice(own) for name, own in fields.items()}}
        if random.random() < 0.4:
            # Where a source is not listed, the label is its field.
            listed = random.sample(read, random.randrange(len(read) + 1))
            label = random.choice(shared)
            by[label] = {name: random.choice(fields[name]) for name in listed} or label
        return by if self.labels_differ(by, read) else shared[:1]

    @staticmethod
    def labels_differ(by, read):
        def field(label, name):
            return by[label].get(name, label) if isinstance(by[label], dict) else by[label]

        return len({tuple(field(label, name) for name in read) for label in by}) == len(by)


def write_case(seed, directory):
    """Writes kpid.yml and the input files; (configuration, [(source, path)]).

    Now and then much happens in few windows, and limits are low enough to be passed.
    """
    random = random_module.Random(seed)
    crowded = random.random() < 0.15
    together, shared_start = random.random() < 0.5, random_start(random)
    sources = {
        name: random_source(random, name)
        for name in random.sample(["sales", "feedback", "production"], random.choice([1, 2, 2, 3]))
    }
    kpis = RandomKpis(random, sources, crowded)
    for number in range(random.randrange(1, 6)):
        kpis.add(f"kpi{number}")
    config = {
        "time_zone": random.choice(["UTC", *ZONES]),
        "week_starts": random.choice(["monday", "sunday", "saturday", "friday"]),
        "limits": random_limits(random, crowded),
        "max_drift": random.choice(["1h", "1h", "1m", "500ms"]),
        "sources": sources,
        "kpis": kpis.kpis,
    }
    inputs = []
    for name, source in list(sources.items()):
        header = name_cells_in_line_1(random, source, config["sources"])
        for partition in range(random.choice([1, 1, 2, 4])):
            count = 60 if crowded else random.choice([0, 1, 20, 60])
            start = shared_start if together else random_start(random)
            lines = Stream(random, source, start, crowded).lines(count)
            path = directory / f"{name}-{partition}.txt"
            inputs.append((name, path))
            if random.random() < 0.2:
                lines.insert(len(lines) // 2, b"")
            end = random.choice([b"\n", b"\n", b"\r\n"])
            lines = header + lines
            path.write_bytes(end.join(lines) + random.choice([b"", end]))
    text = yaml.dump(config, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    (directory / "kpid.yml").write_text(text)
    return config, inputs


def name_cells_in_line_1(random, source, declared):
    """Half of the csv sources leave the names of their cells to line 1 of each file."""
    if source["format"] != "csv" or random.random() < 0.5:
        return []
    columns = source["columns"]
    for name, other in declared.items():
        if other is source:
            declared[name] = {key: value for key, value in source.items() if key != "columns"}
    return [random.choice([b"", b"\xef\xbb\xbf"]) + ",".join(columns).encode()]
