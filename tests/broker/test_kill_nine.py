"""kill -9 under load, at random instants: every window as if nothing had happened (law 3).

The control does the same with offsets that do not belong to the state, and must see a difference:
so the test would see one.
"""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import threading
import time

import oracle_output
import ports
import program
import prometheus
import wait
import workload

KILLS = 200 if program.long_form() else 10
CONTROL_KILLS = 4
SHORTEST_LIFE, LONGEST_LIFE = 0.5, 3.5
CHECKPOINT = "200ms"  # a tenth of a mean life
CHUNK, PACE = 200, 0.02  # ten thousand events a second


class Feeder(threading.Thread):
    """Goes on writing events until it is stopped."""

    def __init__(self, broker, prefix, stream):
        super().__init__(daemon=True)
        self.broker, self.prefix, self.stream = broker, prefix, stream
        self.enough = threading.Event()
        self.failure = None

    def run(self):
        try:
            producer = self.broker.producer()
            while not self.enough.wait(PACE):
                workload.write(self.broker, self.stream.take(CHUNK), self.prefix, producer)
        except (AssertionError, OSError) as error:
            self.failure = error

    def stop(self):
        self.enough.set()
        self.join()
        assert self.failure is None, self.failure


@contextlib.contextmanager
def load(broker, prefix, stream):
    feeder = Feeder(broker, prefix, stream)
    feeder.start()
    try:
        yield feeder
    finally:
        feeder.enough.set()
        feeder.join()
    assert feeder.failure is None, feeder.failure


def records_in_store(directory):
    """How many records the last checkpoint in this copy of a store has read."""
    with contextlib.closing(sqlite3.connect(directory / "kpid.db")) as database:
        return database.execute("select coalesce(sum(records_read), 0) from partitions").fetchone()[0]


def copy_of_store(instance, tmp_path, number):
    copy = tmp_path / f"killed-{number}"
    shutil.copytree(instance.storage, copy)
    return copy


def kill_often(instance, kills, lives, tmp_path, between=lambda copies: None):
    """Kills and restarts; the records in the store after each kill. `between` sees the copies."""
    copies, progress = [], []
    for number in range(kills):
        time.sleep(lives.uniform(SHORTEST_LIFE, LONGEST_LIFE))  # the random instant itself
        instance.kill()
        copies = [*copies[-1:], copy_of_store(instance, tmp_path, number)]
        between(copies)
        progress.append(records_in_store(copies[-1]))
        for gone in copies[:-1]:
            shutil.rmtree(gone)
        copies = copies[-1:]
        instance.start()
    return progress


def difference(instance, stream):
    instance.wait_ready()
    instance.stop()
    return oracle_output.difference(stream.windows(), instance.inspect().windows)


def assert_resumed(progress):
    """Nearly every life has carried on with the checkpoint of the one before, and beyond it."""
    assert progress == sorted(progress)
    grown = sum(later > earlier for earlier, later in zip([0, *progress], progress))
    assert grown >= 0.8 * len(progress), progress


def test_killed_at_random_instants_kpid_shows_what_an_uninterrupted_run_shows(
    broker, prefix, start, tmp_path
):
    workload.create_topics(broker, prefix=prefix)
    stream = workload.Workload(seed=21)
    seed = random.randrange(2**32)
    print(f"lives from seed {seed}")
    instance = start("killed", port=ports.free_ports(1)[0], checkpoint=CHECKPOINT)
    scraper = prometheus.Prometheus(tmp_path / "prometheus", instance.listen).start()
    try:
        with load(broker, prefix, stream):
            progress = kill_often(instance, KILLS, random.Random(seed), tmp_path)
        assert_resumed(progress)
        instance.wait_ready().wait_read(stream.records_read())
        assert_scraped_without_a_reset(scraper, stream)
    finally:
        scraper.stop()
    assert difference(instance, stream) is None
    uninterrupted = start("uninterrupted", workers=2).wait_ready()
    uninterrupted.wait_read(stream.records_read()).stop()
    assert uninterrupted.inspect() == instance.inspect()


def assert_scraped_without_a_reset(scraper, stream):
    """What Prometheus saw through all the kills: nothing ever fell, and the end is the truth."""
    ledger = stream.oracle.ledger
    truth = {
        "kpid_records_read_total": ledger["read"],
        "kpid_events_accepted_total": ledger["accepted"],
        "kpid_events_rejected_total": ledger["read"] - ledger["accepted"],
    }
    for name, value in truth.items():
        wait.until(lambda: total(scraper, f"sum({name})") == value, f"the last {name} is {value}")
        resets = scraper.query(f"resets({name}[1d])")
        assert resets and set(resets.values()) == {0}, (name, resets)
        seen = scraper.query(f"count_over_time({name}[1d])")
        assert max(seen.values()) > KILLS / 4, (name, seen)
    assert set(scraper.query("resets(kpid_kpi_amendments_total[1d])").values()) <= {0}
    assert set(scraper.query("resets(kpid_records_lost_total[1d])").values()) <= {0}


def total(scraper, query):
    return next(iter(scraper.query(query).values()), None)


def test_the_control_with_offsets_apart_from_the_state_is_seen_to_be_wrong(
    broker, prefix, start, tmp_path
):
    workload.create_topics(broker, prefix=prefix)
    stream = workload.Workload(seed=22)
    default = program.PROJECT / "build/release/tests/broker/kpid_mismatch_store"
    tool = os.environ.get("KPID_MISMATCH_STORE", default)
    instance = start("apart", checkpoint=CHECKPOINT)

    def take_older_offsets(copies):
        if len(copies) == 2:
            subprocess.run([tool, instance.storage, copies[0]], check=True, timeout=60)

    with load(broker, prefix, stream):
        kill_often(instance, CONTROL_KILLS, random.Random(22), tmp_path, take_older_offsets)
    instance.stop()
    instance.start()  # ready is then: everything is read
    assert difference(instance, stream) is not None
