"""The rival: what a careful engineer writes who wants four KPIs of a topic on Prometheus by tonight.

Orders, visits, revenue and conversion by region, over the last hour, every ten seconds. Tuned where
that is honest: records come in batches through librdkafka, orjson parses them, an event touches
one cell of its bucket, the hour is kept by adding and subtracting whole buckets, and money is whole
cents. It has what kpid has not: no promise. It keeps nothing over a restart, it has no
watermark of its partitions, and a field that is not what it should be is a counted exception.

Usage: exporter.py BOOTSTRAP TOPIC PORT
"""

import gc
import sys
import time
from collections import defaultdict

import orjson
from confluent_kafka import Consumer, KafkaError
from prometheus_client import Counter, Gauge, start_http_server

BUCKET = 10_000  # ms
WINDOW = 360  # buckets
DISORDER = 10_000  # ms
BATCH = 10_000
PUBLISH_SECONDS = 1.0

ORDERS, VISITS, CENTS = range(3)


def nothing():
    return [0, 0, 0]


def empty_bucket():
    return defaultdict(nothing)


class Hour:
    """The cells of each bucket, and the totals of the window [end - WINDOW, end) of buckets."""

    def __init__(self):
        self.buckets = defaultdict(empty_bucket)
        self.totals = defaultdict(nothing)
        self.end = None

    def fold(self, cells, newest):
        """Takes over what a batch has counted, and moves on to where its newest event allows."""
        for number, regions in cells.items():
            if self.end is not None and number < self.end - WINDOW:
                continue  # behind the window: of no use to anyone any more
            bucket = self.buckets[number]
            for region, cell in regions.items():
                add(bucket[region], cell)
            if self.end is not None and number < self.end:
                self.count(regions, +1)
        end = (newest - DISORDER) // BUCKET
        if self.end is None:
            self.end = min(self.buckets)
        if end > self.end:
            self.move(end)

    def move(self, end):
        """Whole buckets come in at one end of the window and leave at the other."""
        for number in sorted(self.buckets):
            if self.end <= number < end:
                self.count(self.buckets[number], +1)
        for number in sorted(self.buckets):
            if number >= end - WINDOW:
                break
            self.count(self.buckets.pop(number), -1)
        self.end = end

    def count(self, regions, sign):
        for region, cell in regions.items():
            add(self.totals[region], cell, sign)


def add(to, cell, sign=1):
    to[ORDERS] += sign * cell[ORDERS]
    to[VISITS] += sign * cell[VISITS]
    to[CENTS] += sign * cell[CENTS]


def read(messages, cells):
    """Counts the events of a batch into `cells`. Returns (newest event time, bad ones, ends seen)."""
    newest, bad, ends = 0, 0, 0
    loads = orjson.loads
    for message in messages:
        if message.error() is not None:
            if message.error().code() != KafkaError._PARTITION_EOF:
                print(message.error(), file=sys.stderr)
            else:
                ends += 1
            continue
        try:
            event = loads(message.value())
            event_time = event["ts"]
            kind = event["kind"]
            cell = cells[event_time // BUCKET][event["region"]]
            if kind == "visit":
                cell[VISITS] += 1
            elif kind == "order":
                cell[CENTS] += round(event["amount"] * 100)  # a float of two decimals: exact
                cell[ORDERS] += 1
        except (orjson.JSONDecodeError, KeyError, TypeError):
            bad += 1
            continue
        if event_time > newest:
            newest = event_time
    return newest, bad, ends


class Page:
    """What Prometheus sees."""

    def __init__(self):
        by = ["region"]
        self.orders = Gauge("kpi_orders", "Orders.", by)
        self.visits = Gauge("kpi_visits", "Visits.", by)
        self.revenue = Gauge("kpi_revenue_eur", "Revenue.", by)
        self.conversion = Gauge("kpi_conversion_ratio", "Orders per visit.", by)
        self.window_end = Gauge("kpi_window_end_seconds", "Where the window ends.")
        self.events = Counter("events", "Events that were read.")
        self.bad = Counter("bad_events", "Events that were not counted.")

    def publish(self, hour):
        if hour.end is None:
            return
        for region, (orders, visits, cents) in hour.totals.items():
            self.orders.labels(region).set(orders)
            self.visits.labels(region).set(visits)
            self.revenue.labels(region).set(cents / 100)
            if visits:
                self.conversion.labels(region).set(orders / visits)
        self.window_end.set(hour.end * BUCKET / 1000)


def main():
    bootstrap, topic, port = sys.argv[1:]
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "exporter",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            # As in kpid: large queues against the second that librdkafka sleeps when it is ahead.
            "queued.min.messages": 10_000_000,
            "queued.max.messages.kbytes": 262_144,
            "fetch.max.bytes": 1_048_576,
            "fetch.min.bytes": 32_768,
            "fetch.wait.max.ms": 200,
        }
    )
    assigned = []
    consumer.subscribe([topic], on_assign=lambda _, partitions: assigned.extend(partitions))
    page, hour = Page(), Hour()
    start_http_server(int(port), addr="127.0.0.1")
    gc.freeze()
    gc.set_threshold(1_000_000)  # an event leaves no cycle behind
    due, ends = 0.0, 0
    while True:
        messages = consumer.consume(BATCH, timeout=0.1)
        if messages:
            cells = defaultdict(empty_bucket)
            newest, bad, ends_seen = read(messages, cells)
            if newest:
                hour.fold(cells, newest)
            page.events.inc(len(messages) - ends_seen)
            page.bad.inc(bad)
            ends += ends_seen
        now = time.monotonic()
        caught_up = bool(assigned) and ends >= len(assigned)
        if now >= due or caught_up:
            page.publish(hour)
            due = now + PUBLISH_SECONDS
        if caught_up:
            print("caught up", flush=True)
            ends = -sys.maxsize


if __name__ == "__main__":
    main()
