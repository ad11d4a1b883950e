"""The real data that the tests read, where they are."""

import csv
import os
import pathlib
import sqlite3

import program
import pytest


def path_of(name):
    """A file of the shared data; the test is skipped where there are none."""
    default = program.PROJECT.parent / "shared/data"
    path = pathlib.Path(os.environ.get("KPID_SHARED_DATA", default)) / name
    if not path.exists():
        pytest.skip(f"no real data: {path} is not there (set KPID_SHARED_DATA)")
    return path


def table(path):
    """The csv file as a table `data` of texts in a database in memory."""
    database = sqlite3.connect(":memory:")
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        columns = next(rows)
        database.execute(f"create table data ({', '.join(columns)})")
        marks = ", ".join("?" for _ in columns)
        database.executemany(f"insert into data values ({marks})", rows)
    return database
