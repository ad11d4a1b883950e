"""A business made up for the tests against the broker: three topics, and what kpid must make of it.

Every event is known as text and as values, so the naive evaluator need not decode a million lines.
"""

import random as random_module

import yaml

import oracle
from broker import send
from oracle_decode import Decoder

START = 1_704_067_200_000  # 2024-01-01
REGIONS = ["north", "south", "east", "west", "Köln"]
LINES = ["press", "mill", "paint"]
BAD_RECORDS = [b"", b"{", b"not json", b'{"ts":null}', b'{"ts":5}', b'{"ts":"soon"}', b"[]"]

CONFIG = """
kafka:
  bootstrap_servers: ["{address}"]
  group_id: {group}
workers: {workers}
max_drift: {max_drift}
checkpoint: {{interval: {checkpoint}}}
publish: {{interval: 200ms}}
sources:
  sales:
    topic: {prefix}sales
    format: json
    time: {{field: ts, format: unix_ms}}
    disorder: 30s
    allowed_lateness: 1m
    retention: 60d
    fields: {{kind: string, region: string, amount: decimal}}
  feedback:
    topic: {prefix}feedback
    format: json
    time: {{field: ts, format: unix_ms}}
    disorder: 30s
    retention: 60d
    fields: {{region: string, stars: int}}
  production:
    topic: {prefix}production
    format: csv
    columns: [ts, line, units, speed]
    time: {{field: ts, format: unix_ms}}
    disorder: 10s
    retention: 60d
    fields: {{line: string, units: int, speed: decimal}}
kpis:
  conversion_rate:
    help: Share of visits that end in an order.
    formula: count(sales where sales.kind == 'order') / count(sales where sales.kind == 'visit')
    windows: [1h every 10m, 1d]
    by: [region]
    unit: ratio
  revenue:
    help: What customers paid.
    formula: sum(sales.amount where kind == 'order')
    windows: [10m]
    by: [region]
    unit: eur
  feedback_score:
    help: Mean of the stars.
    formula: avg(feedback.stars)
    windows: [1h]
  feedback_share:
    help: Feedback per order.
    formula: count(feedback) / count(sales where sales.kind == 'order')
    windows: [1h]
    by: [region]
  units_produced:
    help: Units that left the lines.
    formula: sum(production.units)
    windows: [1h]
    by: [line]
  top_speed:
    help: The highest speed of a line.
    formula: max(production.speed)
    windows: [1d]
    by: [line]
"""


def config_text(
    address, group="kpid", workers=1, checkpoint="200ms", prefix="", max_drift="1h"
):
    return CONFIG.format(
        address=address, group=group, workers=workers, checkpoint=checkpoint, prefix=prefix,
        max_drift=max_drift,
    )


class Workload:
    """An endless stream over the partitions of three topics, the same for the same seed.

    What `take` has given out is known to the evaluator, in the order of each partition.
    """

    SOURCES = ("sales", "sales", "sales", "feedback", "production")

    def __init__(self, seed=1, partitions=2, step_ms=400, bad_share=0.01):
        self.random = random_module.Random(seed)
        self.partitions = dict.fromkeys(("sales", "feedback", "production"), partitions)
        self.step_ms, self.bad_share = step_ms, bad_share
        self.now = START
        config = yaml.safe_load(config_text("none"))
        self.oracle = oracle.Oracle(config, set(config["sources"]))
        self.decoders = {
            name: Decoder(
                self.oracle.source(name), self.oracle.limits, config["sources"][name].get("columns")
            )
            for name in config["sources"]
        }
        self.judges = {}

    def take(self, count):
        """The next records: (source, partition, timestamp, value), known to the evaluator."""
        return [self.known(record) for record in self.unknown(count)]

    def unknown(self, count):
        """The next records, which the evaluator does not know: they are to get lost."""
        return [self.record() for _ in range(count)]

    def known(self, record):
        """Tells the evaluator of the record, and answers with what is to be written."""
        source, partition, timestamp, value, event_time, fields = record
        judge = self.judge(source, partition)
        if fields is None:
            decoder = self.decoders[source]
            self.oracle.read_record(source, decoder, judge, value, timestamp)
        else:
            self.oracle.read_decoded(source, judge, event_time, fields)
        return source, partition, timestamp, value

    def judge(self, source, partition):
        key = source, partition
        if key not in self.judges:
            self.judges[key] = oracle.Partition(self.oracle.source(source), partition)
        return self.judges[key]

    def record(self):
        random = self.random
        self.now += random.randrange(2 * self.step_ms)
        source = random.choice(self.SOURCES)
        partition = random.randrange(self.partitions[source])
        event_time = self.now
        chance = random.random()
        if chance < 0.2:
            event_time -= random.randrange(25_000)
        elif chance < 0.21:
            event_time -= random.randrange(200_000)  # some of them are late
        if random.random() < self.bad_share:
            return source, partition, self.now, random.choice(BAD_RECORDS), None, None
        value, fields = getattr(self, source)(event_time)
        return source, partition, self.now, value.encode(), event_time, fields

    def sales(self, event_time):
        kind = self.random.choice(("visit", "visit", "visit", "order"))
        region = self.random.choice(REGIONS)
        cents = self.random.randrange(100, 100_000)
        fields = {"kind": kind, "region": region, "amount": cents * 10**7}
        return (
            f'{{"ts":{event_time},"kind":"{kind}","region":"{region}",'
            f'"amount":{cents // 100}.{cents % 100:02}}}'
        ), fields

    def feedback(self, event_time):
        stars = self.random.randrange(1, 6)
        region = self.random.choice(REGIONS)
        return (
            f'{{"stars":{stars},"region":"{region}","ts":{event_time}}}',
            {"stars": stars, "region": region},
        )

    def production(self, event_time):
        line = self.random.choice(LINES)
        units, speed = self.random.randrange(1, 50), self.random.randrange(1000, 9999)
        fields = {"line": line, "units": units, "speed": speed * 10**6}
        return f"{event_time},{line},{units},{speed / 1000:.3f}", fields

    def records_read(self):
        return self.oracle.ledger["read"]

    def windows(self):
        """Every window with an event, as replay prints it."""
        return self.oracle.lines()


def write(broker, records, prefix="", producer=None):
    """Writes records of `take` to the broker and waits for them."""
    producer = broker.producer() if producer is None else producer
    for source, partition, timestamp, value in records:
        send(producer, prefix + source, partition, timestamp, value)
    assert producer.flush(60) == 0, "the broker did not take all records"


def create_topics(broker, partitions=2, prefix=""):
    for source in ("sales", "feedback", "production"):
        broker.create_topic(prefix + source, partitions)
