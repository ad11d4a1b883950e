"""A million events through a real broker, compared with the naive evaluator."""

import oracle_output
import workload

EVENTS = 1_000_000


def assert_windows(contents, stream):
    found = oracle_output.difference(stream.windows(), contents.windows)
    assert found is None, found


def finish(instance, stream):
    """Waits until everything is read, stops cleanly, and answers with the store's contents."""
    # Two of them at once take more than a minute in a sanitizer's build.
    instance.wait_ready(seconds=180).wait_read(stream.records_read())
    instance.stop()
    return instance.inspect()


def test_a_million_events_in_six_partitions_give_the_evaluators_bits_in_every_instance(
    broker, prefix, start
):
    workload.create_topics(broker, partitions=2, prefix=prefix)
    stream = workload.Workload(seed=1)
    producer = broker.producer()
    for _ in range(10):
        workload.write(broker, stream.take(EVENTS // 10), prefix, producer)
    one = finish(start("one"), stream)
    assert_windows(one, stream)
    two = finish(start("two", workers=2), stream)
    assert two.windows == one.windows
    replica, twin = start("replica"), start("twin", workers=2)
    contents = finish(replica, stream)
    assert contents == one
    assert contents.others == one.others
    assert finish(twin, stream).others == two.others


def test_the_ledger_on_the_page_is_the_evaluators(broker, prefix, start):
    workload.create_topics(broker, partitions=1, prefix=prefix)
    stream = workload.Workload(seed=2, partitions=1, bad_share=0.2)
    workload.write(broker, stream.take(20_000), prefix)
    instance = start("one").wait_ready().wait_read(stream.records_read())
    ledger = dict(stream.oracle.ledger)
    assert instance.sum_of("kpid_records_read_total") == ledger.pop("read")
    assert instance.sum_of("kpid_events_accepted_total") == ledger.pop("accepted")
    for reason, count in ledger.items():
        assert instance.sum_of("kpid_events_rejected_total", reason=reason) == count
    assert instance.sum_of("kpid_events_rejected_total") == sum(ledger.values())


def test_records_of_aborted_transactions_are_never_counted(broker, prefix, start):
    workload.create_topics(broker, partitions=2, prefix=prefix)
    stream = workload.Workload(seed=3)
    producer = broker.producer(**{"transactional.id": prefix})
    producer.init_transactions(30)
    instance = start("running")
    for turn in range(6):
        producer.begin_transaction()
        if turn % 2:
            lost = [record[:4] for record in stream.unknown(2_000)]
            workload.write(broker, lost, prefix, producer)
            producer.abort_transaction(30)
        else:
            workload.write(broker, stream.take(2_000), prefix, producer)
            producer.commit_transaction(30)
    assert_windows(finish(instance, stream), stream)
    assert_windows(finish(start("afterwards"), stream), stream)


def test_partitions_added_later_are_found_and_read_from_their_beginning(broker, prefix, start):
    workload.create_topics(broker, partitions=1, prefix=prefix)
    stream = workload.Workload(seed=4, partitions=1)
    workload.write(broker, stream.take(5_000), prefix)
    instance = start("one").wait_ready().wait_read(stream.records_read())
    broker.add_partitions(prefix + "sales", 3)
    stream.partitions["sales"] = 3
    workload.write(broker, stream.take(5_000), prefix)
    instance.wait_read(stream.records_read(), seconds=40)
    instance.stop()
    assert_windows(instance.inspect(), stream)


def test_a_topic_that_does_not_exist_yet_is_waited_for(broker, prefix, start):
    broker.create_topic(prefix + "sales", 2)
    broker.create_topic(prefix + "feedback", 2)
    instance = start("one").wait_ready()
    assert prefix + "production" in instance.get("/-/ready")[1]
    broker.create_topic(prefix + "production", 2)
    stream = workload.Workload(seed=5)
    workload.write(broker, stream.take(5_000), prefix)
    instance.wait_read(stream.records_read(), seconds=40)
    instance.stop()
    assert_windows(instance.inspect(), stream)
