"""Whether every growth curve is still drawn: a small part of the work, and no look at the values."""

import json
import os
import subprocess

CURVES = {
    "memory.kpis_alike": "kpis",
    "memory.kpis_different": "kpis",
    "memory.groups": "groups",
    "memory.groups_sparse": "groups",
    "memory.group_bytes": "groups",
    "memory.batch": "records",
    "memory.partitions": "partitions",
    "memory.fields": "fields",
    "memory.bytes": "bytes",
    "memory.late": "percent",
    "memory.amending": "percent",
    "memory.windows": "windows",
    "memory.workers": "workers",
    "memory.workers_cpu": "workers",
    "checkpoint.freeze": "groups",
    "checkpoint.save": "groups",
    "checkpoint.bytes": "groups",
    "checkpoint.save_100_groups": "groups",
    "checkpoint.bytes_100_groups": "groups",
    "restore.time": "groups",
}
FIGURES = {
    "memory.group",
    "memory.two_workers_by_one",
    "windows.1",
    "windows.10",
    "windows.100",
    "checkpoint.pause",
    "checkpoint.longest_turn",
    "checkpoint.longest_turn_without",
    "checkpoint.pause_bytes",
}
UNITS = {"ns/event", "events/s", "ms", "bytes", "bytes/group", "ratio"}


def test_every_curve_and_figure_is_printed_as_the_runner_reads_it():
    bench = os.environ["KPID_GROWTH_BENCH"]
    finished = subprocess.run([bench, "--quick"], capture_output=True, check=True, text=True)
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    assert {one["figure"]: one["along"] for one in lines if "along" in one} == CURVES
    assert {one["figure"] for one in lines if "along" not in one} == FIGURES
    for one in lines:
        assert one["unit"] in UNITS
        assert one["values"] and all(value >= 0 for value in one["values"])
    for name in CURVES:
        xs = [one["x"] for one in lines if one["figure"] == name and "along" in one]
        assert len(xs) > 1 and xs == sorted(set(xs)), name


def test_an_unknown_flag_is_refused():
    bench = os.environ["KPID_GROWTH_BENCH"]
    assert subprocess.run([bench, "--fast"], capture_output=True, check=False).returncode == 2
