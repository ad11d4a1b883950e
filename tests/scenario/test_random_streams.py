"""Thousands of random configurations and streams: replay prints what the naive evaluator prints."""

import functools
import multiprocessing
import os
import shutil

import oracle
import oracle_output
import program
import random_streams

SEEDS = 10_000 if program.long_form() else 2_000
SEEDS_A_TASK = 20
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


def tried(seed, folder):
    """The seed's complaint with its files, or None and no files."""
    directory = folder / str(seed)
    directory.mkdir()
    found = complaint(seed, directory)
    if found:
        return f"KPID_SEED={seed} ({directory}): {found}"
    shutil.rmtree(directory)
    return None


def test_replay_agrees_with_the_naive_evaluator_on_random_streams(tmp_path):
    program.binary()  # says so here where it is missing
    with multiprocessing.Pool() as workers:
        answers = workers.map(functools.partial(tried, folder=tmp_path), seeds(), SEEDS_A_TASK)
    wrong = [answer for answer in answers if answer]
    assert not wrong, f"{len(wrong)} seeds are wrong; the first:\n" + "\n".join(wrong[:SHOWN])
