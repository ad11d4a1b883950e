"""A real Kafka broker for tests: KRaft, one node, Java, no containers."""

import os
import pathlib
import signal
import subprocess

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

import librdkafka
import ports
import program
import wait

PROPERTIES = """
process.roles=broker,controller
node.id=1
listeners=CONTROLLER://127.0.0.1:{controller_port},{listeners}
advertised.listeners={listeners}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,{protocols}
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller_port}
log.dirs={directory}/data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
log.retention.ms=-1
file.delete.delay.ms=0
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
num.io.threads=2
num.network.threads=2
"""

# Sixteen bytes in base64; one that begins with a dash would be taken for a flag.
CLUSTER = "a3BpZCB0ZXN0cyBoYXZlLg"


def library():
    """The folder of Kafka's jars: KPID_KAFKA_LIB, or where ./dev puts them."""
    default = program.PROJECT / "build/tools/kafka/lib"
    path = pathlib.Path(os.environ.get("KPID_KAFKA_LIB", default))
    if not list(path.glob("kafka_*.jar")):
        pytest.fail(f"no Kafka in {path}: ./dev test fetches it, or set KPID_KAFKA_LIB")
    return path


class Broker:
    """One broker with its own data. Survives `kill` and `start` on the same data and ports.

    Beside the listener of the tests themselves, which lets everybody in, it has the `listeners`,
    {name: protocol}; what they need is among the `settings`, {property: value}.
    """

    def __init__(self, directory, listeners=None, settings=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        self.protocols = {"CLIENTS": "PLAINTEXT", **(listeners or {})}
        self.controller_port, *free = ports.free_ports(1 + len(self.protocols))
        self.addresses = {
            name: f"127.0.0.1:{port}" for name, port in zip(self.protocols, free)
        }
        self.address = self.addresses["CLIENTS"]
        self.properties = self.directory / "server.properties"
        self.configure(settings or {})
        self.process = None
        self.admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        format_data = ("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self.properties)
        assert self.java(*format_data).wait() == 0, f"no data: {self.directory}/broker.log"

    def configure(self, settings):
        """Settings for the next start, instead of those before."""
        text = PROPERTIES.format(
            controller_port=self.controller_port,
            directory=self.directory,
            listeners=",".join(f"{name}://{at}" for name, at in self.addresses.items()),
            protocols=",".join(f"{name}:{kind}" for name, kind in self.protocols.items()),
        )
        text += "".join(f"{name}={value}\n" for name, value in settings.items())
        self.properties.write_text(text)

    def java(self, *arguments):
        with open(self.directory / "broker.log", "ab") as log:
            return subprocess.Popen(
                ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                 "-cp", f"{library()}/*", *map(str, arguments)],
                stdout=log, stderr=log, cwd=self.directory,
            )

    def start(self):
        self.process = self.java("kafka.Kafka", self.properties)
        wait.until(self.answers, "the broker answers", seconds=60)
        return self

    def answers(self):
        assert self.process.poll() is None, f"the broker ended: {self.directory}/broker.log"
        try:
            return bool(self.admin.list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def kill(self):
        """As a crash would."""
        self.end(signal.SIGKILL)

    def stop(self):
        self.end(signal.SIGTERM)

    def end(self, how):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    # --- topics ---

    def partitions(self, topic):
        """How many partitions of the topic have a leader; 0: no such topic."""
        found = self.admin.list_topics(timeout=5).topics.get(topic)
        if found is None or found.error is not None:
            return 0
        return sum(partition.leader >= 0 for partition in found.partitions.values())

    def create_topic(self, topic, partitions=1, **settings):
        # The records of tests are years old: nothing may be deleted for its age.
        config = {"retention.ms": "-1", **settings}
        new = NewTopic(topic, partitions, 1, config=config)
        for future in self.admin.create_topics([new]).values():
            future.result()
        wait.until(lambda: self.partitions(topic) == partitions, f"{topic} has leaders")

    def add_partitions(self, topic, total):
        for future in self.admin.create_partitions([NewPartitions(topic, total)]).values():
            future.result()
        wait.until(lambda: self.partitions(topic) == total, f"{topic} has {total} partitions")

    def delete_topic(self, topic):
        for future in self.admin.delete_topics([topic]).values():
            future.result()
        wait.until(lambda: self.partitions(topic) == 0, f"{topic} is gone")

    def delete_records(self, topic, partition, before_offset):
        """The log of the partition begins at `before_offset` afterwards, as after retention."""
        librdkafka.delete_records(self.address, topic, partition, before_offset)

    # --- records ---

    def producer(self, **settings):
        return Producer(
            {
                "bootstrap.servers": self.address,
                "linger.ms": 5,
                "queue.buffering.max.messages": 500_000,
                "acks": "all",
                "log_level": 0,
                **settings,
            }
        )

    def produce(self, topic, records, producer=None):
        """Writes `records`, (partition, timestamp in ms, value) each, and waits for all of them."""
        producer = self.producer() if producer is None else producer
        for partition, timestamp, value in records:
            send(producer, topic, partition, timestamp, value)
        assert producer.flush(60) == 0, "the broker did not take all records"


def fail_on_error(error, _message):
    assert error is None, error


def send(producer, topic, partition, timestamp, value):
    """Hands over one record; waits while the producer's queue is full."""
    while True:
        try:
            producer.produce(
                topic, value=value, partition=partition, timestamp=timestamp,
                on_delivery=fail_on_error,
            )
            producer.poll(0)
            return
        except BufferError:
            producer.poll(0.1)
