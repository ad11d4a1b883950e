"""kpid against the exporter that every team has (exporter.py): one job, one topic of a real broker.

Each is started on a full topic, reads it to its end, and is stopped; what counts is the CPU of its
processes from the first instruction to the last, so start-up is included, and for kpid, which is
durable, its last checkpoint too. The two take turns. Before that their numbers are compared: whoever
does not compute the same does not compete. A consumer that throws every record away takes its turn,
too: less than that nobody can spend on the topic.
Usage: exporter_bench.py KPID CONSUMER_BENCH [EVENTS]; prints JSON lines.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from prometheus_client.parser import text_string_to_metric_families  # noqa: E402

import broker as broker_module  # noqa: E402
import ports  # noqa: E402
import wait  # noqa: E402
from broker_bench import figure, run_consumer  # noqa: E402

EVENTS = 2_000_000
TURNS = 3
PARTITIONS = 4
REGIONS = 8
START = 1_704_067_200_000  # 2024-01-01
STEP = 10  # ms: a hundred events a second, so the log is hours long and the window moves through it
TOPIC = "sales"
# Where ./dev bench puts orjson, which Debian 12 does not have.
PYTHON_PATH = HERE.parents[1] / "build/tools/python"
KPIS = ("orders", "visits", "revenue_eur", "conversion_ratio")

CONFIG = """
kafka: {{bootstrap_servers: ["{address}"], group_id: bench}}
sources:
  sales:
    topic: {topic}
    format: json
    time: {{field: ts, format: unix_ms}}
    disorder: 10s
    fields: {{kind: string, region: string, amount: decimal}}
kpis:
  orders: {{help: Orders., formula: count(sales where kind == 'order'), windows: [1h every 10s], by: [region]}}
  visits: {{help: Visits., formula: count(sales where kind == 'visit'), windows: [1h every 10s], by: [region]}}
  revenue_eur: {{help: Revenue., formula: sum(sales.amount where kind == 'order'), windows: [1h every 10s], by: [region]}}
  conversion_ratio:
    help: Orders per visit.
    formula: count(sales where kind == 'order') / count(sales where kind == 'visit')
    windows: [1h every 10s]
    by: [region]
"""


def event(number):
    """183 bytes, as the peers of PERFORMANCE were given."""
    kind = "order" if number % 5 == 0 else "visit"
    return (
        f'{{"ts":{START + number * STEP},"kind":"{kind}","region":"region-{number * 7919 % REGIONS}",'
        f'"shop":"shop-{number * 31 % 1000:07}","customer":"c-{number * 7:08}","order":"o-{number:010}",'
        f'"amount":{100 + number % 900}.{number % 100:02},"items":{number % 7},'
        f'"channel":"web","device":"phone"}}'
    ).encode()


def fill(broker, events):
    broker.create_topic(TOPIC, partitions=PARTITIONS)
    producer = broker.producer(**{"linger.ms": 50, "batch.size": 1_000_000})
    for number in range(events):
        while True:
            try:
                producer.produce(TOPIC, event(number), partition=number % PARTITIONS,
                                 timestamp=START + number * STEP)
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(60) == 0, "the broker did not take all records"


class Contestant:
    """A program that reads the topic; `stop` says what CPU it took from start to end."""

    def __init__(self, command, directory, ready, environment=None):
        directory.mkdir()
        self.log_path = directory / "log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, **(environment or {})}
            )

        def is_ready():
            assert self.process.poll() is None, self.log_path.read_text()
            return ready in self.log_path.read_bytes()

        wait.until(is_ready, f"{command[0]} has read the topic", seconds=120)

    def stop(self):
        """CPU seconds of the process and of all that it waited for."""
        self.process.terminate()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime


def start_exporter(address, directory):
    port = ports.free_ports(1)[0]
    command = ["/usr/bin/python3", "-B", str(HERE / "exporter.py"), address, TOPIC, str(port)]
    running = Contestant(command, directory, b"caught up", {"PYTHONPATH": str(PYTHON_PATH)})
    running.page = f"http://127.0.0.1:{port}/metrics"
    return running


def start_kpid(kpid, address, directory):
    directory.mkdir()
    config = directory / "kpid.yml"
    config.write_text(CONFIG.format(address=address, topic=TOPIC))
    command = [kpid, "run", *store_flags(directory), "--web.listen-address=127.0.0.1:0",
               "--log.format=logfmt"]
    return Contestant(command, directory / "run", b"msg=ready")


def store_flags(directory):
    return [f"--config.file={directory / 'kpid.yml'}", f"--storage.path={directory / 'store'}"]


def numbers_of_exporter(page):
    """(window end in ms, {(kpi, region): value})."""
    text = urllib.request.urlopen(page, timeout=10).read().decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    end = next(s.value for s in samples if s.name == "kpi_window_end_seconds")
    return int(end * 1000), {
        (s.name.removeprefix("kpi_"), s.labels["region"]): s.value
        for s in samples if "region" in s.labels
    }


def numbers_of_kpid(kpid, directory, end):
    """{(kpi, region): value} of the window that ends at `end` ms, from a stopped kpid's store."""
    end_text = datetime.datetime.fromtimestamp(end / 1000, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    command = [kpid, "inspect", *store_flags(directory), "--output=json"]
    lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()
    numbers = {}
    for line in map(json.loads, lines):
        if "kpi" in line and line["end"] == end_text and line["group"]:
            numbers[line["kpi"], line["group"]["region"]] = float(line["value"])
    return numbers


def compare(exporter, kpid):
    assert len(exporter) == len(KPIS) * REGIONS, f"the exporter shows {len(exporter)} numbers"
    assert exporter == kpid, f"the numbers differ:\n{sorted(exporter.items())}\n{sorted(kpid.items())}"
    print(f"both show the same {len(kpid)} numbers", file=sys.stderr)


def main():
    kpid, consumer = sys.argv[1:3]
    events = int(sys.argv[3]) if len(sys.argv) > 3 else EVENTS
    exporters, kpids, discards = [], [], []
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        broker = broker_module.Broker(directory / "broker").start()
        try:
            fill(broker, events)
            for turn in range(TURNS):
                exporter = start_exporter(broker.address, directory / f"exporter{turn}")
                if turn == 0:
                    end, shown = numbers_of_exporter(exporter.page)
                exporters.append(exporter.stop() / events * 1e9)
                home = directory / f"kpid{turn}"
                kpids.append(start_kpid(kpid, broker.address, home).stop() / events * 1e9)
                discarding = run_consumer(consumer, "--discard", home / "kpid.yml")
                discards.append(discarding["discard"])
                if turn == 0:
                    compare(shown, numbers_of_kpid(kpid, home, end))
        finally:
            broker.stop()
    figure("rival.exporter", "ns/event", [round(one, 1) for one in exporters])
    figure("rival.kpid", "ns/event", [round(one, 1) for one in kpids])
    figure("rival.discard", "ns/event", discards)
    for name, least in (("rival.ratio", kpids), ("rival.ratio_of_discard", discards)):
        figure(name, "ratio", [round(slow / fast, 2) for slow, fast in zip(exporters, least)])


if __name__ == "__main__":
    main()
