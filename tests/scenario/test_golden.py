"""Golden scenarios: a configuration and events in a folder, and what replay prints of them.

tests/golden/NAME holds kpid.yml, the input files, expected.json, and expected.prom where the
OpenMetrics text matters too. An input file's stem, up to the first `-`, names its source.
KPID_UPDATE_GOLDEN=1 writes what the program prints; review it as a diff.
"""

import os

import program
import pytest

GOLDEN = program.PROJECT / "tests/golden"
OUTPUTS = {"expected.json": "json", "expected.prom": "openmetrics"}
SCENARIOS = sorted(path.name for path in GOLDEN.iterdir() if (path / "kpid.yml").exists())


def inputs_of(folder):
    files = sorted(path for path in folder.iterdir() if path.suffix in (".ndjson", ".csv"))
    return [(path.stem.split("-")[0], path) for path in files]


def judge(expected_path, text):
    if os.environ.get("KPID_UPDATE_GOLDEN"):
        expected_path.write_text(text, encoding="utf-8")
    assert text == expected_path.read_text(encoding="utf-8"), f"{expected_path} differs"


@pytest.mark.parametrize("name", SCENARIOS)
def test_replay_prints_what_the_scenario_expects(name):
    folder = GOLDEN / name
    for file_name, output in OUTPUTS.items():
        expected_path = folder / file_name
        if output != "json" and not expected_path.exists():
            continue
        printed = program.replay(folder / "kpid.yml", inputs_of(folder), output=output)
        assert printed.code == 0, printed.errors
        judge(expected_path, printed.text)
        judge(folder / "expected.ledger", printed.summary + "\n")
