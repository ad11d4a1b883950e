"""What `kpid replay --output=json` must print, found the slow and obvious way.

Keeps to REFERENCE's words and shares nothing with the program: fractions for numbers, dictionaries
for state, no watermark but each partition's own. As a program it prints what replay would:
`oracle.py --config.file=F --input SOURCE=PATH ...`.
"""

import argparse
import re
import sys

import yaml

from oracle_decode import REASONS, Decoder, Rejected
from oracle_kpi import Kpi, duration_ms
from oracle_output import line_text

SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "": 1}


def size_bytes(text):
    amount, unit = re.fullmatch(r"(\d+) ?(\w*)", str(text)).groups()
    return int(amount) * SIZES[unit]


class Partition:
    """What one partition remembers: its number, how many records it had, and its newest accepted
    event time, by which it judges lateness."""

    def __init__(self, source, number=0):
        self.number, self.next_offset = number, 0
        self.slack = duration_ms(source.get("disorder", "10s")) + duration_ms(
            source.get("allowed_lateness", "0s")
        )
        self.max_ahead = duration_ms(source.get("max_ahead", "5m"))
        self.newest = None

    def take_offset(self):
        self.next_offset += 1
        return self.next_offset - 1

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
        declared = {name: zone | kpi for name, kpi in config["kpis"].items()}
        kpis = [Kpi(name, declared, field_types, config, limits) for name in declared]
        self.kpis = [kpi for kpi in kpis if set(kpi.formula.sources) <= set(read_sources)]
        self.left_out = [kpi.name for kpi in kpis if kpi not in self.kpis]
        self.ledger = {"read": 0, "accepted": 0}
        self.files_read = 0

    def source(self, name):
        return self.config["sources"][name]

    def read_file(self, source_name, content):
        """One input file of replay: one partition, numbered in the order of the files, one record
        a line."""
        source = self.source(source_name)
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        if source["format"] == "csv":
            lines = [line.removesuffix(b"\r") for line in lines]
        columns = source.get("columns")
        if source["format"] == "csv" and not columns:
            columns = lines.pop(0).decode().split(",")
        decoder = Decoder(source, self.limits, columns)
        partition = Partition(source, self.files_read)
        self.files_read += 1
        for line in lines:
            if line.strip():
                self.read_record(source_name, decoder, partition, line)

    def read_record(self, source_name, decoder, partition, record, timestamp=None):
        self.ledger["read"] += 1
        offset = partition.take_offset()
        try:
            event_time, fields = decoder.decode(record)
            partition.judge(event_time, timestamp)
        except Rejected as rejected:
            self.ledger[rejected.reason] = self.ledger.get(rejected.reason, 0) + 1
            return
        self.accept(source_name, (event_time, partition.number, offset), fields)

    def read_decoded(self, source_name, partition, event_time, fields):
        """The quick way for a stream whose fields the test knows because it made them."""
        self.ledger["read"] += 1
        offset = partition.take_offset()
        try:
            partition.judge(event_time)
        except Rejected as rejected:
            self.ledger[rejected.reason] = self.ledger.get(rejected.reason, 0) + 1
            return
        self.accept(source_name, (event_time, partition.number, offset), fields)

    def accept(self, source_name, occasion, fields):
        """`occasion` is (event time, partition, offset)."""
        self.ledger["accepted"] += 1
        for kpi in self.kpis:
            if source_name in kpi.takers:
                kpi.add(source_name, occasion, fields)

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
