"""Hundreds of random configurations and streams: replay prints what the naive evaluator prints."""

import os

import oracle
import oracle_output
import program
import random_streams

SEEDS = 2000 if program.long_form() else 300
SHOWN = 5


def seeds():
    """The seeds to try; KPID_SEED tries one alone."""
    alone = os.environ.get("KPID_SEED")
    return [int(alone)] if alone else range(SEEDS)


def complaint(seed, directory):
    """What is wrong with replay's answer to this seed, or None."""
    config, inputs = random_streams.write_case(seed, directory)
    contents = [(source, path.read_bytes()) for source, path in inputs]
    expected, summary = oracle.replay(config, contents)
    printed = program.replay(directory / "kpid.yml", inputs)
    if printed.code != 0:
        return f"exit {printed.code}: {printed.errors[-2000:]}"
    if printed.summary != summary:
        return f"last line: expected {summary!r}, printed {printed.summary!r}"
    return oracle_output.difference(expected, printed.lines)


def test_replay_agrees_with_the_naive_evaluator_on_random_streams(tmp_path):
    wrong = []
    for seed in seeds():
        directory = tmp_path / str(seed)
        directory.mkdir()
        found = complaint(seed, directory)
        if found:
            wrong.append(f"KPID_SEED={seed} ({directory}): {found}")
    assert not wrong, f"{len(wrong)} seeds are wrong; the first:\n" + "\n".join(wrong[:SHOWN])
