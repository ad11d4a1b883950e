"""`kpid generate-load` against a real broker, and kpid on what it made."""

import subprocess

import daemon
import program
import wait


def generate(broker, topic, *flags):
    command = [
        program.binary(), "generate-load", f"--kafka.bootstrap-servers={broker.address}",
        f"--kafka.topic={topic}", *flags,
    ]
    return subprocess.run(command, capture_output=True, timeout=120, check=False, text=True)


def test_creates_the_topic_it_fills_and_kpid_reads_every_event(broker, tmp_path, prefix):
    topic = prefix + "sales"
    flags = ("--events=20000", "--kafka.partitions=4", "--kafka.key=none", "--disorder=100ms")
    made = generate(broker, topic, *flags)
    assert made.returncode == 0, made.stderr
    assert made.stderr.splitlines()[-1].startswith("events=20000 delivered=20000 failed=0 ")
    assert broker.partitions(topic) == 4
    config = tmp_path / "kpid.yml"
    config.write_text(generate(broker, topic, *flags, "--print-config").stdout)
    instance = daemon.Daemon(config, tmp_path / "store").start()
    try:
        instance.wait_ready()
        assert instance.sum_of("kpid_events_accepted_total") == 20_000
    finally:
        instance.end()


def test_by_default_a_running_kpid_shows_what_was_sent(broker, tmp_path, prefix):
    topic = prefix + "sales"
    config = tmp_path / "kpid.yml"
    broker.create_topic(topic, 4)
    config.write_text(generate(broker, topic, "--print-config").stdout)
    instance = daemon.Daemon(config, tmp_path / "store").start()
    try:
        instance.wait_ready()
        # Half an hour of event time, which ends now.
        assert generate(broker, topic, "--events=180000", "--kafka.key=none").returncode == 0
        instance.wait_read(180_000)
        assert instance.sum_of("kpid_events_accepted_total") == 180_000
        # 100 events a second, a third of them orders.
        wait.until(
            lambda: 9_000 < (instance.sum_of("kpi_orders", window="5m every 10s") or 0) < 11_000,
            "the orders of the last five minutes are shown",
        )
    finally:
        instance.end()


def test_adds_to_a_topic_that_exists_and_refuses_other_partitions(broker, prefix):
    topic = prefix + "sales"
    assert generate(broker, topic, "--events=1", "--kafka.partitions=2").returncode == 0
    assert generate(broker, topic, "--events=1", "--kafka.partitions=2").returncode == 0
    other = generate(broker, topic, "--events=1", "--kafka.partitions=3")
    assert other.returncode == 1
    assert other.stderr == f"kpid: topic {topic} has 2 partitions, not 3\n"


def test_makes_no_topic_that_nobody_asked_for(broker, prefix):
    absent = generate(broker, prefix + "sales", "--events=1")
    assert absent.returncode == 1
    assert "does not exist; --kafka.partitions would create it" in absent.stderr
    assert broker.partitions(prefix + "sales") == 0
