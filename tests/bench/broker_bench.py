"""What the daemon costs on a real broker, beside consumers that do less with the same records.

On one topic of sales events, in turn: a consumer that throws everything away, one that decodes it
into typed columns, and kpid with ten KPIs over four windows and 10,000 groups. On two topics: one
of few events a second, so that nearly each is the only one of its group in a slice, and one of
many. Once more on a mock cluster. Then what kpid costs when little comes in or nothing, and how
long an event takes to reach /metrics.
Prints figures as JSON lines. Usage: broker_bench.py KPID CONSUMER_BENCH
"""

import http.client
import json
import os
import pathlib
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import broker as broker_module  # noqa: E402
import wait  # noqa: E402

# As many as are read in some five seconds, so that the start and the first publication, which come
# once, do not pass for costs of an event.
EVENTS = int(os.environ.get("KPID_BENCH_EVENTS", 8_000_000))
SPARSE_RATE = 100
REPETITIONS = 3
PARTITIONS = 4
MOCK_PARTITIONS, MOCK_EVENTS = 32, 400_000  # it keeps 5 MiB a partition
GROUPS = 10_000
QUIET_GROUPS = 100
QUIET_RATE = 200
QUIET_SECONDS = 20
FRESH_RATE = 50_000
PROBES = 200
PROBE_EVERY = 0.05

FORMULAS = re.findall(r'^"(.+)",$',
                      pathlib.Path(__file__).with_name("sales_formulas.inc").read_text(),
                      re.MULTILINE)

CONFIG = """
kafka: {{bootstrap_servers: ["{address}"], group_id: bench}}
publish: {{interval: {interval}}}
sources:
  sales:
    topic: {topic}
    format: json
    time: {{field: t, format: unix_ms}}
    disorder: 10s
    fields: {{g: string, v: decimal, n: int, s: string}}
kpis:
"""


def write_config(path, address, topic, interval="1s", kpis=None):
    if kpis is None:
        kpis = [(formula, "[5m every 10s, 1h every 1m, day, month]") for formula in FORMULAS]
    text = CONFIG.format(address=address, topic=topic, interval=interval)
    for number, (formula, windows) in enumerate(kpis):
        text += (f"  kpi_{number}: {{help: A KPI., formula: \"{formula}\", windows: {windows}, "
                 f"by: [g], show: live}}\n")
    path.write_text(text)
    return path


def figure(name, unit, values):
    print(json.dumps({"figure": name, "unit": unit, "values": values}), flush=True)


def cpu_seconds(process):
    """Of its threads and those that have ended, as the one of every checkpoint does. The number of
    the clock is what clock_getcpuclockid(3) answers."""
    return time.clock_gettime(~process.pid << 3 | 2)


class Kpid:
    """An instance of kpid with a store of its own."""

    def __init__(self, program, config, directory):
        directory.mkdir()
        self.log_path = directory / "log"
        self.began = time.monotonic()
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [program, "run", f"--config.file={config}", f"--storage.path={directory / 'store'}",
                 "--web.listen-address=127.0.0.1:0", "--log.format=logfmt"],
                stdout=log, stderr=log,
            )

    def wait_ready(self):
        """The seconds since it was started."""
        wait.until(lambda: b"msg=ready" in self.log_path.read_bytes(), "kpid is ready",
                   seconds=300, pause=0.01)
        return time.monotonic() - self.began

    def address(self):
        return re.search(rb"msg=listening address=\"?([^\s\"]+)", self.log_path.read_bytes())[1].decode()

    def cpu_seconds(self):
        return cpu_seconds(self.process)

    def cores(self, seconds):
        """How much of a core it takes."""
        before, began = self.cpu_seconds(), time.monotonic()
        time.sleep(seconds)
        return (self.cpu_seconds() - before) / (time.monotonic() - began)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def run_consumer(program, mode, config):
    """{figure: value}."""
    lines = subprocess.run([program, mode, config], check=True, capture_output=True).stdout
    found = [json.loads(line) for line in lines.splitlines()]
    return {line["figure"]: line["values"][0] for line in found}


def compare_backlog(kpid, consumer, area, directory, server, address, events, rate):
    """Figures of `area` on a topic named like it, which is filled first with events that happened
    at `rate` a second; `empty` is empty. `server` is the process at `address`."""
    config = write_config(directory / f"{area}_backlog.yml", address, area)
    fill = [consumer, "--fill", config, str(events), str(GROUPS), str(rate)]
    subprocess.run(fill, check=True)
    empty = write_config(directory / f"{area}_empty.yml", address, "empty")
    found = {}
    for turn in range(REPETITIONS):
        nothing = Kpid(kpid, empty, directory / f"{area}_empty{turn}")
        start = nothing.wait_ready()
        nothing.stop()
        one = {}
        for mode in ("--discard", "--parse"):
            one |= run_consumer(consumer, mode, config)
        served = cpu_seconds(server)
        daemon = Kpid(kpid, config, directory / f"{area}_daemon{turn}")
        took = daemon.wait_ready()
        spent = daemon.cpu_seconds()
        served = cpu_seconds(server) - served
        daemon.stop()
        one["daemon"] = spent / events * 1e9
        one["daemon_rate"] = events / (took - start)
        one["daemon_and_server"] = (spent + served) / took
        one["g1_daemon_by_parse"] = one["daemon"] / one["parse"]
        one["g3_daemon_by_discard"] = one["daemon_rate"] / one["discard_rate"]
        for name, value in one.items():
            found.setdefault(f"{area}.{name}", []).append(value)
    for name, values in found.items():
        unit = unit_of(name)
        figure(name, unit, [round(value, 1 if "/" in unit else 4) for value in values])


def unit_of(name):
    if name.endswith("_server"):
        return "cores"
    if name.endswith("_rate"):
        return "events/s"
    return "ratio" if "_by_" in name else "ns/event"


def measure_backlog(kpid, consumer, broker, directory):
    broker.create_topic("empty", partitions=PARTITIONS)
    for area, rate in (("sparse", SPARSE_RATE), ("dense", FRESH_RATE)):
        broker.create_topic(area, partitions=PARTITIONS)
        compare_backlog(kpid, consumer, area, directory, broker.process, broker.address, EVENTS,
                        rate)


def measure_mock(kpid, consumer, directory):
    """The same on librdkafka's mock cluster, as much as it keeps."""
    mock = subprocess.Popen([consumer, "--mock", str(MOCK_PARTITIONS), "mock", "empty"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        compare_backlog(kpid, consumer, "mock", directory, mock, mock.stdout.readline().strip(),
                        MOCK_EVENTS, SPARSE_RATE)
    finally:
        mock.communicate()  # the end of its stdin ends it


def measure_quiet(kpid, consumer, broker, directory):
    broker.create_topic("quiet", partitions=PARTITIONS)
    config = write_config(directory / "quiet.yml", broker.address, "quiet")
    load = [consumer, "--load", config, str(QUIET_RATE)]
    subprocess.run([*load, "2", str(QUIET_GROUPS)], check=True)
    daemon = Kpid(kpid, config, directory / "quiet")
    daemon.wait_ready()
    time.sleep(2)  # what the start left to do
    figure("broker.idle", "cores", [round(daemon.cores(QUIET_SECONDS), 5)])
    loading = subprocess.Popen([*load, str(QUIET_SECONDS + 5), str(QUIET_GROUPS)])
    time.sleep(2)
    figure("broker.quiet", "cores", [round(daemon.cores(QUIET_SECONDS), 5)])
    loading.wait()
    daemon.stop()


class Page:
    """/metrics over one connection."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, timeout=10)

    def read(self):
        self.connection.request("GET", "/metrics")
        return self.connection.getresponse().read()


def probe(broker, topic, page, dice):
    """Milliseconds from the produce of an event with a group of its own to its series."""
    producer = broker.producer(**{"linger.ms": 0})
    # Connecting takes the producer up to a second, which is none of kpid's.
    first = f'{{"t":{int(time.time() * 1000)},"g":"first","v":1,"n":1,"s":"order"}}'.encode()
    for partition in range(PARTITIONS):
        broker_module.send(producer, topic, partition, int(time.time() * 1000), first)
    assert producer.flush(30) == 0
    took, on_their_way = [], {}
    next_probe, sent = time.monotonic(), 0
    while len(took) < PROBES:
        now = time.monotonic()
        if sent < PROBES and now >= next_probe:
            value = f'{{"t":{int(time.time() * 1000)},"g":"probe-{sent}.","v":1,"n":1,"s":"order"}}'
            broker_module.send(producer, topic, sent % PARTITIONS, int(time.time() * 1000),
                               value.encode())
            on_their_way[sent] = now
            sent += 1
            next_probe += PROBE_EVERY * dice.uniform(0.5, 1.5)
        producer.poll(0)
        text = page.read()
        seen = time.monotonic()
        for number in [number for number in on_their_way if b'"probe-%d."' % number in text]:
            took.append((seen - on_their_way.pop(number)) * 1e3)
        assert not on_their_way or seen - min(on_their_way.values()) < 30, "a probe never came"
        time.sleep(0.003)
    return took


def measure_freshness(kpid, consumer, broker, directory):
    for interval in ("1s", "100ms"):
        topic = f"fresh_{interval}"
        broker.create_topic(topic, partitions=PARTITIONS)
        config = write_config(directory / f"{topic}.yml", broker.address, topic, interval,
                              kpis=[("count(sales)", "[1h]")])
        daemon = Kpid(kpid, config, directory / topic)
        daemon.wait_ready()
        loading = subprocess.Popen([consumer, "--load", config, str(FRESH_RATE), "60", "100"])
        try:
            time.sleep(2)
            took = probe(broker, topic, Page(daemon.address()), random.Random(1))
        finally:
            loading.terminate()
            loading.wait()
            daemon.stop()
        figure(f"broker.freshness_{interval}_p50", "ms", [round(statistics.median(took), 1)])
        figure(f"broker.freshness_{interval}_p99", "ms",
               [round(statistics.quantiles(took, n=100)[98], 1)])


def main():
    kpid, consumer = sys.argv[1:]
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        measure_mock(kpid, consumer, directory)
        broker = broker_module.Broker(directory / "broker").start()
        try:
            for measure in (measure_backlog, measure_quiet, measure_freshness):
                measure(kpid, consumer, broker, directory)
        finally:
            broker.stop()


if __name__ == "__main__":
    main()
