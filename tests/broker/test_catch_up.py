"""What is read while a source catches up is kept no finer than it will be shown: with the same
numbers as by an instance that keeps everything fine, also after kill -9 on the way.
"""

import os
import pathlib
import random
import time

import daemon
import oracle_output
import pytest
import wait
import workload

RECORDS = int(os.environ.get("CATCH_UP_RECORDS", "150000"))
KILLS = int(os.environ.get("CATCH_UP_KILLS", "6"))


def config_text(broker, name, prefix, fine, **settings):
    text = workload.config_text(
        broker.address, group=prefix + name, prefix=prefix, checkpoint="100ms", **settings
    )
    kept = "keep_windows: 60d" if fine else "keep_windows: 0s"
    return text.replace("keep_windows: 60d", f"{kept}\n    idle_timeout: 10h")


@pytest.fixture
def started(broker, tmp_path, prefix):
    running = []

    def instance(name, fine=False, **settings):
        config = pathlib.Path(tmp_path / f"{name}.yml")
        config.write_text(config_text(broker, name, prefix, fine, **settings))
        running.append(daemon.Daemon(config, tmp_path / name))
        return running[-1].start()

    yield instance
    for one in running:
        one.end()


def shown(instance):
    return {
        key: value
        for key, value in instance.metrics().items()
        if key[0].startswith(("kpi_", "kpid_kpi_")) and "_since_" not in key[0]
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_a_backlog_read_through_kills_is_shown_as_by_one_that_keeps_it_fine(
    broker, prefix, started, workers
):
    workload.create_topics(broker, prefix=prefix)
    stream = workload.Workload(seed=workers)
    stream.now = int(time.time() * 1000) - RECORDS * stream.step_ms
    producer = broker.producer()
    workload.write(broker, stream.take(RECORDS // 2), prefix, producer)
    seed = random.randrange(2**32)
    print(f"lives from seed {seed}")
    lives = random.Random(seed)
    coarse = started("coarse", workers=workers)
    for _ in range(KILLS):
        workload.write(broker, stream.take(RECORDS // 2 // KILLS), prefix, producer)
        time.sleep(lives.uniform(0.1, 0.6))
        coarse.kill()
        coarse.start()
    coarse.wait_ready().wait_read(stream.records_read())
    fine = started("fine", fine=True).wait_ready().wait_read(stream.records_read())
    wait.until(lambda: shown(coarse) == shown(fine), "both show the same")
    assert not [key for key in shown(fine) if key[0] == "kpid_kpi_held"], shown(fine)
    coarse.stop()
    fine.stop()
    exact = set(fine.inspect().windows)
    assert oracle_output.difference(stream.windows(), fine.inspect().windows) is None
    kept = coarse.inspect().windows
    print(f"{len(kept)} of {len(exact)} windows are kept")
    assert kept and len(kept) < len(exact)
    assert set(kept) <= exact
