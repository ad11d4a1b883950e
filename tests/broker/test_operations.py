"""What an operator does to kpid, wittingly or not, and what is shown then.

The events are of the last minutes, so that nothing is idle unless a test wants it.
"""

import json
import re
import subprocess
import time

import daemon
import program
import pytest
import wait
import yaml

CONFIG = """
publish: {interval: 100ms}
checkpoint: {interval: 200ms}
sources:
  sales:
    format: json
    time: {field: ts, format: unix_ms}
    disorder: 0s
    idle_timeout: 1h
    fields: {region: string, amount: decimal}
kpis:
  revenue:
    help: What customers paid.
    formula: sum(sales.amount)
    windows: [1m]
    by: [region]
    unit: eur
"""
HIGHEST = {
    "help": "The highest amount.", "formula": "max(sales.amount)", "windows": ["1m"],
    "by": ["region"],
}
MINUTE = 60_000


class Shop:
    """A topic of sales, and instances that read it."""

    def __init__(self, broker, prefix, directory):
        self.broker, self.prefix, self.directory = broker, prefix, directory
        self.topic = prefix + "sales"
        self.began = int(time.time() * 1000) // MINUTE * MINUTE - 10 * MINUTE
        self.instances = []

    def config(self):
        config = yaml.safe_load(CONFIG)
        config["kafka"] = {"bootstrap_servers": [self.broker.address], "group_id": self.prefix}
        config["sources"]["sales"]["topic"] = self.topic
        return config

    def write_config(self, name, config):
        path = self.directory / f"{name}.yml"
        path.write_text(yaml.dump(config))
        return path

    def instance(self, name="one", config=None, options=()):
        path = self.write_config(name, config or self.config())
        self.instances.append(daemon.Daemon(path, self.directory / name, options=options))
        return self.instances[-1]

    def start(self, name="one", config=None):
        return self.instance(name, config).start().wait_ready()

    def sell(self, second, region="north", amount=1, partition=0):
        """One sale, so many seconds after the beginning."""
        at = self.began + int(second * 1000)
        value = json.dumps({"ts": at, "region": region, "amount": amount}).encode()
        self.write([(partition, at, value)])

    def write(self, records, **settings):
        self.broker.produce(self.topic, records, self.broker.producer(**settings))

    def second(self, minutes):
        """The end of that minute, in Unix seconds."""
        return self.began / 1000 + 60 * minutes


@pytest.fixture
def shop(broker, prefix, tmp_path):
    made = Shop(broker, prefix, tmp_path)
    broker.create_topic(made.topic, 2)
    yield made
    for one in made.instances:
        one.end()


def shown_end(instance, kpi="revenue"):
    return instance.sum_of("kpid_kpi_window_end_timestamp_seconds", kpi=kpi)


def wait_shown(instance, end, kpi="revenue"):
    wait.until(lambda: shown_end(instance, kpi) == end, f"{kpi} until {end} is shown", seconds=20)


def is_held(instance, reason, kpi="revenue"):
    return instance.sum_of("kpid_kpi_held", kpi=kpi, reason=reason) == 1


def by_region(instance):
    return {
        dict(labels)["region"]: value
        for (name, labels), value in instance.metrics().items()
        if name == "kpi_revenue_eur"
    }


def kpi_lines(instance):
    return [line for line in instance.get("/metrics")[1].splitlines() if line.startswith("kpi_")]


def test_twins_show_the_same_lines_once_a_window_is_final(shop):
    twins = [shop.start(name) for name in ("one", "two")]
    for second in range(200):
        shop.sell(second, ("north", "south", "Köln")[second % 3], second / 7, second % 2)
    for twin in twins:
        wait_shown(twin, shop.second(3))
    assert kpi_lines(twins[0]) == kpi_lines(twins[1]) != []


def test_a_second_instance_on_the_same_store_is_refused(shop):
    first = shop.start()
    second = subprocess.run(
        [program.binary(), "run", *first.flags(), "--web.listen-address=127.0.0.1:0"],
        capture_output=True, timeout=20, check=False,
    )
    assert second.returncode == 1
    message = second.stderr.decode()
    assert str(first.storage) in message and "another" in message, message
    assert first.is_ready()


def test_stopped_in_the_middle_of_catching_up_it_goes_on_from_there(shop):
    shop.broker.produce(shop.topic, [
        (0, shop.began + 100 * at, b'{"ts":%d,"amount":1}' % (shop.began + 100 * at))
        for at in range(2_000)
    ], shop.broker.producer(**{"batch.num.messages": 20}))
    slow = shop.config()
    # With so short a queue the client takes a second for every fetch, and a fetch is one batch.
    slow["kafka"]["properties"] = {
        "queued.min.messages": "1", "max.partition.fetch.bytes": "1000",
    }
    instance = shop.instance(config=slow).start()
    wait.until(lambda: 0 < catching_up(instance) < 2_000, "a part is read", seconds=20)
    instance.stop()
    offset = store_offset(instance)
    assert 0 < offset < 2_000
    shop.write_config("one", shop.config())
    instance.start().wait_ready().wait_read(2_000)
    instance.stop()
    assert instance.inspect() == uninterrupted(shop)


def catching_up(instance):
    """Records read according to /-/ready; 0 while it does not say."""
    found = re.search(r"(\d+) of \d+ records", instance.get("/-/ready")[1])
    return int(found.group(1)) if found else 0


def store_offset(instance):
    """The next offset of partition 0 as `inspect` has it."""
    lines = [json.loads(line) for line in instance.inspect().others]
    return next(line["next_offset"] for line in lines if line.get("partition") == 0)


def uninterrupted(shop):
    other = shop.start("uninterrupted").wait_read(2_000)
    other.stop()
    return other.inspect()


def test_a_new_kpi_is_shown_with_its_first_whole_window(shop):
    instance = shop.start()
    for second in (0, 190):
        shop.sell(second)
    wait_shown(instance, shop.second(3))
    instance.stop()
    config = shop.config()
    config["kpis"]["highest"] = HIGHEST
    shop.write_config("one", config)
    instance.start().wait_ready()
    assert shown_end(instance) == shop.second(3)
    wait.until(lambda: is_held(instance, "record_begins", "highest"), "the new one is held")
    for second in (220, 250):
        shop.sell(second, amount=7)
    wait_shown(instance, shop.second(4))
    assert is_held(instance, "record_begins", "highest")
    shop.sell(310, amount=3)
    wait_shown(instance, shop.second(5), "highest")
    assert not is_held(instance, "record_begins", "highest")
    assert instance.sum_of("kpi_highest") == 7


def test_another_topic_is_refused_until_the_reset_is_asked_for(shop, broker):
    instance = shop.start()
    shop.sell(0, amount=5)
    instance.wait_read(1).stop()
    before, config = instance.inspect(), shop.config()
    assert len(before.windows) == 1
    shop.topic = shop.prefix + "sales-of-tomorrow"
    broker.create_topic(shop.topic, 1)
    shop.sell(1, amount=7)
    shop.write_config("one", shop.config())
    refused = subprocess.run(
        [program.binary(), "run", *instance.flags(), "--web.listen-address=127.0.0.1:0"],
        capture_output=True, timeout=20, check=False,
    )
    assert refused.returncode == 1
    message = refused.stderr.decode()
    assert "--storage.on-change=reset" in message and shop.topic in message, message
    shop.write_config("one", config)
    assert instance.inspect() == before
    shop.write_config("one", shop.config())
    instance.options = ["--storage.on-change=reset"]
    instance.start().wait_ready().wait_read(1)
    instance.stop()
    assert [json.loads(line)["value"] for line in instance.inspect().windows] == [7]


def test_a_partition_of_nothing_but_garbage_freezes_nothing(shop):
    instance = shop.start()
    shop.write([(1, shop.began, b"not json")] * 50)
    for second in (0, 70):
        shop.sell(second)
    wait_shown(instance, shop.second(1))
    instance.wait_read(52)
    assert instance.sum_of("kpid_events_rejected_total", partition="1", reason="malformed") == 50


def test_a_partition_that_falls_silent_is_not_waited_for_after_idle_timeout(shop):
    config = shop.config()
    config["sources"]["sales"]["idle_timeout"] = "2s"
    config["kpis"]["revenue"]["windows"] = ["1s"]
    instance = shop.start(config=config)

    def sell_now(partition):
        now = time.time()
        shop.sell(now - shop.began / 1000, partition=partition)
        return now

    sell_now(0)
    silent_since = sell_now(1)

    def is_past():
        sell_now(0)
        # Garbage is no sign of life.
        shop.write([(1, int(time.time() * 1000), b"{")])
        return (shown_end(instance) or 0) > silent_since + 1

    wait.until(is_past, "the windows after the silence are final", seconds=20)
    assert time.time() > silent_since + 2


def out_of_order(shop):
    config = shop.config()
    config["sources"]["sales"] |= {"disorder": "5s", "allowed_lateness": "30s"}
    return config


def holder(instance):
    """The partition that holds revenue's windows back, and since when, in Unix seconds."""
    found = [
        (dict(labels)["source"], dict(labels)["topic"], dict(labels)["partition"], value)
        for (name, labels), value in instance.metrics().items()
        if name == "kpid_kpi_held_back_since_timestamp_seconds"
    ]
    assert len(found) <= 1, found
    return found[0] if found else None


def api(instance, path):
    return json.loads(instance.get(f"/api/v1/{path}")[1])["data"]


def test_it_says_which_partition_holds_the_windows_back_and_since_when(shop):
    instance = shop.start(config=out_of_order(shop))
    before = time.time()
    shop.sell(0, partition=0)
    shop.sell(0, partition=1)
    instance.wait_read(2)  # else the first partition alone may decide which window is shown
    shop.sell(130, partition=0)
    instance.wait_read(3)
    wait.until(lambda: (holder(instance) or "   ")[2] == "1", "partition 1 holds it back")
    source, topic, _, since = holder(instance)
    assert (source, topic) == ("sales", shop.topic)
    assert before - 1 <= since <= time.time() + 1
    held_back_by = api(instance, "kpis")["kpis"][0]["windows"][0]["held_back_by"]
    assert held_back_by["partition"] == 1 and held_back_by["behind_seconds"] == 5
    time.sleep(1)
    assert holder(instance)[3] == since, "it is the same one, since then"
    shop.sell(200, partition=1)
    wait.until(lambda: holder(instance)[2] == "0", "partition 0 is the slowest now")
    assert holder(instance)[3] > since
    wait_shown(instance, shop.second(2))


def test_amending_events_outlive_a_restart_and_the_disorder_is_the_process_own(shop):
    instance = shop.start(config=out_of_order(shop))
    for second in (130, 126, 120, 90, 131):  # the third amends, the fourth is late
        shop.sell(second)
    instance.wait_read(5)
    wait.until(lambda: instance.sum_of("kpid_disorder_seconds_count") == 5, "all are seen")
    assert instance.sum_of("kpid_disorder_seconds", quantile="0.5") == pytest.approx(4, rel=1 / 64)
    assert instance.sum_of("kpid_disorder_seconds", quantile="0.99") == 40
    assert instance.sum_of("kpid_disorder_max_seconds", source="sales") == 40
    assert instance.sum_of("kpid_disorder_limit_seconds", source="sales") == 5
    assert instance.sum_of("kpid_events_amending_total") == 1
    ledger = api(instance, "status/runtimeinfo")["sources"][0]["ledger"]
    assert ledger == {"read": 5, "accepted": 4, "rejected": {"late": 1}, "lost": 0, "amending": 1}
    instance.stop()
    instance.start().wait_ready()
    assert instance.sum_of("kpid_events_amending_total") == 1
    assert instance.sum_of("kpid_disorder_seconds_count") is None
    assert instance.sum_of("kpid_disorder_limit_seconds") == 5


def test_it_warns_of_a_disorder_that_is_set_too_low(shop):
    instance = shop.start(config=out_of_order(shop))
    warning = "further behind the newest of their partition than disorder allows"

    def sell(count):
        """So many in a partition, of which every other one comes ten seconds behind."""
        shop.write([
            (0, at, b'{"ts":%d,"amount":1}' % at)
            for i in range(count)
            for at in [shop.began + i // 2 - i % 2 * 10_000]
        ])

    sell(999)
    instance.wait_read(999)
    time.sleep(0.5)
    assert warning not in instance.log()
    sell(2)
    wait.until(lambda: warning in instance.log(), "it warns")
    time.sleep(0.5)
    assert instance.log().count(warning) == 1
    line = next(line for line in instance.log().splitlines() if warning in line)
    for part in ("level=warn", "source=sales", "disorder=5s", "suggested_disorder=11s",
                 "max_seconds=10.499"):
        assert part in line, line


def test_groups_beyond_max_series_are_shown_as_other_and_the_sum_is_the_total(shop):
    config = shop.config()
    config["limits"] = {"max_series": 2}
    instance = shop.start(config=config)
    sales = {"north": 5, "south": 4, "east": 3, "west": 2, "centre": 1}
    for second in range(5):
        for region, count in sales.items():
            if second < count:
                shop.sell(second, region, amount=10)
    shop.sell(70)
    wait_shown(instance, shop.second(1))
    regions = by_region(instance)
    assert regions == {"north": 50, "south": 40, "other": 60}
    assert sum(regions.values()) == 10 * sum(sales.values())


def test_while_the_broker_is_away_values_stay_until_stale_after_and_come_back(shop, broker):
    config = shop.config()
    config["stale_after"] = "3s"
    instance = shop.start(config=config)
    for second in (0, 70):
        shop.sell(second)
    wait_shown(instance, shop.second(1))
    before = kpi_lines(instance)
    broker.kill()
    killed = time.monotonic()
    wait.until(lambda: instance.sum_of("kpid_kafka_up") == 0, "kpid sees that Kafka is away")
    assert kpi_lines(instance) == before
    wait.until(lambda: not kpi_lines(instance), "the values are taken away", seconds=20)
    assert time.monotonic() - killed >= 3
    assert is_held(instance, "stale")
    broker.start()
    wait.until(lambda: kpi_lines(instance) == before, "the values are back", seconds=30)
    assert instance.sum_of("kpid_kafka_up") == 1
