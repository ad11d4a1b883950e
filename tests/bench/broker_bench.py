"""What an event costs the whole daemon: a backlog in a real broker, read until kpid is ready.

Prints CPU nanoseconds an event, start-up included, and, where valgrind is installed, instructions an
event: the difference between a larger and a smaller backlog, so that the start does not count.
Usage: broker_bench.py KPID
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import broker as broker_module  # noqa: E402
import wait  # noqa: E402

EVENTS = 1_000_000
COUNTED = (20_000, 60_000)  # under valgrind, where everything takes fifty times as long
PARTITIONS = 4
GROUPS = 1_000
START = 1_704_067_200_000  # 2024-01-01

CONFIG = """
kafka: {{bootstrap_servers: ["{address}"], group_id: bench}}
sources:
  sales:
    topic: {topic}
    format: json
    time: {{field: ts, format: unix_ms}}
    retention: 2d
    fields: {{kind: string, shop: string, amount: decimal, items: int}}
kpis:
  orders: {{help: Orders., formula: count(sales where kind == 'order'), windows: [5m, 1h], by: [shop]}}
  visits: {{help: Visits., formula: count(sales where kind == 'visit'), windows: [5m, 1h], by: [shop]}}
  revenue: {{help: Revenue., formula: sum(sales.amount where kind == 'order'), windows: [5m, 1h], by: [shop]}}
  basket: {{help: Items., formula: avg(sales.items where kind == 'order'), windows: [5m, 1h], by: [shop]}}
  largest: {{help: Largest., formula: max(sales.amount), windows: [1h], by: [shop]}}
"""


def record(number):
    kind = "order" if number % 5 == 0 else "visit"
    shop = number * 7919 % GROUPS
    return (
        f'{{"ts":{START + number * 5},"kind":"{kind}","shop":"shop-{shop}","customer":"c{number}",'
        f'"amount":{number % 10_000 / 100:.2f},"items":{number % 7},"channel":"web"}}'
    ).encode()


def fill(broker, topic, events):
    broker.create_topic(topic, partitions=PARTITIONS)
    producer = broker.producer()
    for number in range(events):
        partition = number % PARTITIONS
        broker_module.send(producer, topic, partition, START + number * 5, record(number))
    producer.flush()


def run(kpid, broker, topic, directory, prefix=()):
    """Starts kpid and answers with its process once it has read the topic to its end."""
    directory.mkdir()
    config = directory / "kpid.yml"
    config.write_text(CONFIG.format(address=broker.address, topic=topic))
    log_path = directory / "log"
    with open(log_path, "wb") as log:
        process = subprocess.Popen(
            [*prefix, kpid, "run", f"--config.file={config}", f"--storage.path={directory / 'store'}",
             "--web.listen-address=127.0.0.1:0"],
            stdout=log, stderr=log,
        )
    wait.until(lambda: b"msg=ready" in log_path.read_bytes(), "kpid is ready", seconds=300)
    return process


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def instructions(kpid, broker, topic, directory):
    process = run(kpid, broker, topic, directory,
                  prefix=["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
    process.terminate()
    process.wait()
    return int(re.search(rb"Collected : (\d+)", (directory / "log").read_bytes()).group(1))


def main():
    kpid = sys.argv[1]
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        broker = broker_module.Broker(directory / "broker").start()
        try:
            fill(broker, "backlog", EVENTS)
            spent = []
            for turn in range(3):
                process = run(kpid, broker, "backlog", directory / f"run{turn}")
                spent.append(cpu_seconds(process))
                process.terminate()
                process.wait()
            spent.sort()
            low, median, high = (seconds / EVENTS * 1e9 for seconds in spent)
            print(f"{'daemon, from the broker':<28} {median:>10.1f} ns each   ({low:.1f} to {high:.1f})")
            if shutil.which("valgrind"):
                for events in COUNTED:
                    fill(broker, f"counted{events}", events)
                few, many = (
                    instructions(kpid, broker, f"counted{events}", directory / f"counted{events}")
                    for events in COUNTED
                )
                each = (many - few) / (COUNTED[1] - COUNTED[0])
                print(f"{'daemon, from the broker':<28} {each:>10.0f} instructions each")
        finally:
            broker.stop()


if __name__ == "__main__":
    main()
