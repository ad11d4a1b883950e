"""Random configurations with random streams: a seed makes a directory that replay can read."""

import datetime
import json
import random as random_module

import yaml

from random_formula import FIELD_TYPES, KINDS, ZONES, Formulas

WINDOWS = [
    "1m", "5m", "1h", "1d", "7d", "90s", "5m every 1m", "1h every 10m", "1h  every   15m",
    "1d every 6h", "7d every 1d", "30m every 30m", "10s", "500ms",
    "day", "week", "month", "quarter", "year",
]
TIME_FORMATS = ["unix_ms", "unix_s", "rfc3339", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M"]
# The days before and after clocks change in London and New York, and the change of a year.
BASES = [1_704_067_200_000, 1_711_756_800_000, 1_729_987_200_000, 1_730_592_000_000]
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

    def __init__(self, random, source, record_bytes):
        self.random, self.source, self.record_bytes = random, source, record_bytes
        self.is_csv = source["format"] == "csv"
        self.time_format = source["time"]["format"]
        self.bad_share = random.choice([0, 0.02, 0.1, 0.5])
        self.huge_share = random.choice([0, 0, 0.1])
        self.null_share = random.choice([0, 0.1, 0.4])
        self.step = random.choice([50, 1000, 20_000, 600_000])
        self.spread = random.choice([0, 1000, 15_000, 400_000, 5_000_000])
        self.now = random.choice(BASES) + random.randrange(0, 3 * 86_400_000)

    def lines(self, count):
        return [self.line() for _ in range(count)]

    def line(self):
        random = self.random
        if random.random() < 0.005:
            self.now += random.choice([3_600_000, 86_400_000, 12 * 86_400_000])
        self.now += random.randrange(0, 2 * self.step)
        event_time = self.now - (random.randrange(0, self.spread + 1) if self.spread else 0)
        if random.random() < 0.2:
            event_time -= event_time % 60_000  # at the boundaries of windows
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
            return line + b" " * (self.record_bytes - len(line) + self.random.choice([0, 1]))
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


def random_kpi(random, sources):
    names = random.sample(list(sources), random.randrange(1, min(2, len(sources)) + 1))
    chosen = {name: list(sources[name]["fields"]) for name in names}
    shared = [name for name in FIELD_TYPES if all(name in fields for fields in chosen.values())]
    kpi = {
        "help": "Random.",
        "formula": Formulas(random, chosen).formula(),
        "windows": random.sample(WINDOWS, random.choice([1, 1, 2])),
    }
    if random.random() < 0.3:
        kpi["time_zone"] = random.choice(ZONES)
    if random.random() < 0.3:
        kpi["year_starts"] = random.choice(["04-06", "07-01", "02-28"])
    if random.random() < 0.6:
        kpi["by"] = random.sample(shared, random.choice([1, 1, min(2, len(shared))]))
    return kpi


def write_case(seed, directory):
    """Writes kpid.yml and the input files; (configuration, [(source, path)])."""
    random = random_module.Random(seed)
    sources = {
        name: random_source(random, name)
        for name in random.sample(["sales", "feedback", "production"], random.choice([1, 2, 2, 3]))
    }
    record_bytes = 1024
    config = {
        "time_zone": random.choice(["UTC", *ZONES]),
        "week_starts": random.choice(["monday", "sunday", "saturday"]),
        "limits": {"record_bytes": "1KiB", "string_bytes": random.choice([256, 5, 4])},
        "max_drift": random.choice(["1h", "1h", "1m", "500ms"]),
        "sources": sources,
        "kpis": {f"kpi{n}": random_kpi(random, sources) for n in range(random.randrange(1, 6))},
    }
    inputs = []
    for name, source in list(sources.items()):
        header = name_cells_in_line_1(random, source, config["sources"])
        for partition in range(random.choice([1, 1, 2, 4])):
            lines = Stream(random, source, record_bytes).lines(random.choice([0, 1, 40, 150]))
            path = directory / f"{name}-{partition}.txt"
            inputs.append((name, path))
            if random.random() < 0.2:
                lines.insert(len(lines) // 2, b"")
            end = random.choice([b"\n", b"\n", b"\r\n"])
            lines = header + lines
            path.write_bytes(end.join(lines) + random.choice([b"", end]))
    (directory / "kpid.yml").write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
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
