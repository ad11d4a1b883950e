"""What brokers and their operators do to a log, and what kpid makes of it."""

import oracle_output
import program
import pytest
import wait
import workload
from confluent_kafka import Consumer, TopicPartition


def assert_windows(contents, stream):
    found = oracle_output.difference(stream.windows(), contents.windows)
    assert found is None, found


def log_ends(broker, topic, partitions):
    """The next offset of every partition."""
    client = Consumer({"bootstrap.servers": broker.address, "group.id": "ends", "log_level": 0})
    try:
        return [
            client.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
            for partition in range(partitions)
        ]
    finally:
        client.close()


def recreate(broker, topic, partitions):
    broker.delete_topic(topic)
    broker.create_topic(topic, partitions)


def begun(broker, prefix, start, seed, events=5_000):
    """A running instance that has read the first events of a stream."""
    workload.create_topics(broker, prefix=prefix)
    stream = workload.Workload(seed)
    workload.write(broker, stream.take(events), prefix)
    return stream, start("one").wait_ready().wait_read(stream.records_read())


def test_a_broker_that_was_killed_and_restarted_costs_nothing(broker, prefix, start):
    stream, instance = begun(broker, prefix, start, seed=11)
    broker.kill()
    wait.until(lambda: instance.sum_of("kpid_kafka_up") == 0, "kpid sees that Kafka is away")
    assert instance.sum_of("kpid_records_read_total") == stream.records_read()
    broker.start()
    wait.until(lambda: instance.sum_of("kpid_kafka_up") == 1, "kpid sees that Kafka is back")
    workload.write(broker, stream.take(5_000), prefix)
    instance.wait_read(stream.records_read())
    instance.stop()
    assert_windows(instance.inspect(), stream)


def test_records_that_retention_took_before_they_were_read_are_counted_as_lost(
    broker, prefix, start
):
    stream, instance = begun(broker, prefix, start, seed=12)
    instance.stop()
    lost = [record[:4] for record in stream.unknown(3_000) if record[0] == "sales"]
    workload.write(broker, lost, prefix)
    for partition, end in enumerate(log_ends(broker, prefix + "sales", 2)):
        broker.delete_records(prefix + "sales", partition, end)
    workload.write(broker, stream.take(5_000), prefix)
    instance.start().wait_ready().wait_read(stream.records_read())
    assert instance.sum_of("kpid_records_lost_total") == len(lost)
    assert instance.sum_of("kpid_records_lost_total", source="feedback") == 0
    instance.stop()
    assert_windows(instance.inspect(), stream)


@pytest.mark.parametrize("events", [2_000, 12_000], ids=["shorter", "longer"])
def test_a_topic_recreated_while_kpid_was_down_stops_its_source_until_reset(
    broker, prefix, start, events
):
    stream, instance = begun(broker, prefix, start, seed=13)
    instance.stop()
    before = instance.inspect()
    recreate(broker, prefix + "sales", 2)
    other = [record[:4] for record in workload.Workload(seed=99).unknown(events)]
    workload.write(broker, [record for record in other if record[0] == "sales"], prefix)
    instance.start()
    wait.until(lambda: "kpid reset" in instance.log(), "kpid says what to do", seconds=60)
    wait.until(lambda: held(instance, "revenue") == "fault", "the KPIs of the topic are held")
    wait.until(lambda: held(instance, "units_produced") is None, "the others are shown")
    assert prefix + "sales" in instance.get("/-/ready")[1]
    instance.stop()
    assert instance.inspect() == before
    instance.command("reset", "--topic", prefix + "sales", "--to", "beginning")
    instance.start().wait_ready()
    new = sum(record[0] == "sales" for record in other)
    instance.wait_read(stream.records_read() + new)


def held(instance, kpi):
    """Why the KPI is away, or None."""
    reasons = {
        dict(pairs).get("reason")
        for (name, pairs), value in instance.metrics().items()
        if name == "kpid_kpi_held" and value == 1 and dict(pairs)["kpi"] == kpi
    }
    return reasons.pop() if reasons else None


def test_a_topic_recreated_while_kpid_runs_stops_its_source_and_nothing_else(
    broker, prefix, start
):
    stream, instance = begun(broker, prefix, start, seed=14)
    recreate(broker, prefix + "sales", 2)
    other = [record[:4] for record in workload.Workload(seed=98).unknown(12_000)]
    workload.write(broker, [record for record in other if record[0] == "sales"], prefix)
    wait.until(lambda: "kpid reset" in instance.log(), "kpid says what to do", seconds=60)
    more = [record for record in stream.unknown(4_000) if record[0] != "sales"]
    workload.write(broker, [stream.known(record) for record in more], prefix)
    instance.wait_read(stream.records_read(), seconds=60)
    instance.stop()
    assert_windows(instance.inspect(), stream)


def test_alignment_restarts_of_the_broker_and_new_partitions_lose_and_repeat_nothing(
    broker, prefix, start
):
    """Nobody joins a group, so there is no rebalance: partitions are a worker's by their number."""
    workload.create_topics(broker, prefix=prefix)
    stream = workload.Workload(seed=15)
    # Several turns of one partition after the other, so that those ahead are paused.
    backlog = sorted(stream.take(60_000), key=lambda record: record[:2])
    workload.write(broker, backlog, prefix)
    instance = start("one", max_drift="1m")
    for total in range(3, 20 if program.long_form() else 5):
        workload.write(broker, stream.take(4_000), prefix)
        broker.kill()
        broker.start()
        broker.add_partitions(prefix + "sales", total)
        stream.partitions["sales"] = total
    workload.write(broker, stream.take(4_000), prefix)
    instance.wait_ready().wait_read(stream.records_read())
    instance.stop()
    assert_windows(instance.inspect(), stream)
