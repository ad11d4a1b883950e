"""Replay's OpenMetrics says what its JSON says, and Prometheus' own tool takes it in."""

import datetime
import json
import subprocess

import program
import prometheus
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

GOLDEN = program.PROJECT / "tests/golden"
SCENARIOS = {"conversion_rate": "kpi_conversion_rate_ratio", "late_events": "kpi_units_produced"}


def replay(name, output):
    folder = GOLDEN / name
    inputs = [(path.stem.split("-")[0], path) for path in sorted(folder.glob("*.ndjson"))]
    printed = program.replay(folder / "kpid.yml", inputs, output=output)
    assert printed.code == 0, printed.errors
    return printed


def present(labels):
    """An empty label is an absent one to Prometheus."""
    return tuple(sorted((name, value) for name, value in labels.items() if value))


def from_json(text):
    line = json.loads(text)
    end = datetime.datetime.fromisoformat(line["end"].replace("Z", "+00:00")).timestamp()
    labels = {**line["group"], "window": line["window"]}
    return present(labels), end, line["value"], line["samples"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_window_stands_at_its_end_with_the_value_of_the_json(name):
    families = text_string_to_metric_families(replay(name, "openmetrics").text)
    samples = {
        (sample.name, present(sample.labels), float(sample.timestamp)): sample.value
        for family in families
        for sample in family.samples
    }
    family = SCENARIOS[name]
    counts = family.removesuffix("_ratio") + "_samples"
    for line in replay(name, "json").lines:
        labels, end, value, count = from_json(line)
        assert samples[(counts, labels, end)] == count
        assert samples.get((family, labels, end)) == value
    assert sum(found == family for found, _, _ in samples) > 0


def test_promtool_makes_blocks_of_it(tmp_path):
    text = tmp_path / "replay.prom"
    text.write_text(replay("conversion_rate", "openmetrics").text, encoding="utf-8")
    tool = prometheus.binary().with_name("promtool")
    command = [tool, "tsdb", "create-blocks-from", "openmetrics", text, tmp_path / "blocks"]
    finished = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert finished.returncode == 0, finished.stderr.decode()
    assert list((tmp_path / "blocks").glob("*/chunks")), "no block was made"
