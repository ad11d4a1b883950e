"""The program under test, where it is, and its commands that end by themselves."""

import os
import pathlib
import subprocess

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """The path of kpid: KPID_BINARY, or the release build."""
    path = pathlib.Path(os.environ.get("KPID_BINARY", PROJECT / "build/release/kpid"))
    if not path.exists():
        pytest.fail(f"{path} is not there: build kpid first, or set KPID_BINARY")
    return str(path)


def long_form():
    """Whether the long form of a test is asked for."""
    return os.environ.get("KPID_LONG", "") not in ("", "0")


class Replay:
    """What one `kpid replay` printed."""

    def __init__(self, finished):
        self.code = finished.returncode
        self.text = finished.stdout.decode("utf-8")
        self.lines = self.text.splitlines()
        self.errors = finished.stderr.decode("utf-8", errors="replace")
        self.summary = (self.errors.splitlines() or [""])[-1]


def replay(config_path, inputs, output="json", timeout=120):
    """Runs `kpid replay` over `inputs`, a list of (source, path)."""
    command = [binary(), "replay", f"--config.file={config_path}", f"--output={output}"]
    for source, path in inputs:
        command += ["--input", f"{source}={path}"]
    finished = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
    return Replay(finished)
