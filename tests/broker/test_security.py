"""Brokers that ask who is there: TLS, SASL and rights on topics, and secrets that stay secret."""

import broker as broker_module
import certificates
import daemon
import librdkafka
import oracle_output
import pytest
import wait
import workload
import yaml

USER = "kpid"
PLAIN_PASSWORD = "Sesam-oeffne-dich"
TLS_PASSWORD = "Simsalabim-bim"
KEY_PASSWORD = "Hokuspokus-fidibus"
SECRETS = (PLAIN_PASSWORD, TLS_PASSWORD, KEY_PASSWORD)

LISTENERS = {"TLS": "SSL", "PLAIN": "SASL_PLAINTEXT", "BOTH": "SASL_SSL"}
PAGES = (
    "/", "/metrics", "/-/ready", "/api/v1/kpis", "/api/v1/status/config",
    "/api/v1/status/runtimeinfo",
)


def login(password):
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f'{module} required user_{USER}="{password}";'


def broker_settings(authority, password=PLAIN_PASSWORD):
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": authority.key_store("broker"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": authority.certificate,
        "listener.name.tls.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.plain.plain.sasl.jaas.config": login(password),
        "listener.name.both.plain.sasl.jaas.config": login(TLS_PASSWORD),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",  # the test itself
        "allow.everyone.if.no.acl.found": "true",
    }


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificates.Authority(tmp_path_factory.mktemp("authority") / "trusted")


@pytest.fixture(scope="module")
def broker(tmp_path_factory, authority):
    running = broker_module.Broker(
        tmp_path_factory.mktemp("kafka") / "broker",
        listeners=LISTENERS,
        settings=broker_settings(authority),
    ).start()
    yield running
    running.stop()


@pytest.fixture
def ways_in(authority, tmp_path, monkeypatch):
    """For each listener what an operator writes under `kafka.properties`."""
    (tmp_path / "password").write_text(PLAIN_PASSWORD + "\n")
    monkeypatch.setenv("KPID_TEST_PASSWORD", TLS_PASSWORD)
    key, certificate = authority.issue(USER, password=KEY_PASSWORD)
    return {
        "TLS": {
            "security.protocol": "SSL",
            "ssl.ca.location": str(authority.certificate),
            "ssl.certificate.location": str(certificate),
            "ssl.key.location": str(key),
            "ssl.key.password": KEY_PASSWORD,
        },
        "PLAIN": {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": USER,
            "sasl.password": {"file": str(tmp_path / "password")},
        },
        "BOTH": {
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(authority.certificate),
            "sasl.mechanism": "PLAIN",
            "sasl.username": USER,
            "sasl.password": {"env": "KPID_TEST_PASSWORD"},
        },
    }


@pytest.fixture
def start(broker, tmp_path, prefix):
    """start(listener, properties): an instance that talks to this listener, as chatty as can be."""
    running = []

    def instance(listener, properties):
        text = workload.config_text(broker.addresses[listener], group=prefix, prefix=prefix)
        config = yaml.safe_load(text)
        config["kafka"]["properties"] = {"debug": "security,broker,conf", **properties}
        path = tmp_path / "kpid.yml"
        path.write_text(yaml.dump(config))
        options = ["--log.level=debug"]
        running.append(daemon.Daemon(path, tmp_path / "store", options=options))
        return running[-1].start()

    yield instance
    for one in running:
        one.end()


def written(broker, prefix, seed):
    workload.create_topics(broker, prefix=prefix)
    stream = workload.Workload(seed)
    workload.write(broker, stream.take(3_000), prefix)
    return stream


def assert_read(instance, stream):
    instance.wait_ready().wait_read(stream.records_read(), seconds=20)
    assert_tells_no_secret(instance)
    instance.stop()
    found = oracle_output.difference(stream.windows(), instance.inspect().windows)
    assert found is None, found


def assert_tells_no_secret(instance):
    shown = {page: instance.get(page)[1] for page in PAGES}
    shown["the log"] = instance.log()
    for file in instance.storage.iterdir():
        shown[file.name] = file.read_bytes().decode("latin-1")
    for secret in SECRETS:
        assert [place for place, text in shown.items() if secret in text] == []


def replaced(broker, settings):
    broker.stop()
    broker.configure(settings)
    broker.start()


@pytest.mark.parametrize("listener", LISTENERS)
def test_a_broker_with_a_guarded_door_is_read_like_any_other(
    broker, prefix, start, ways_in, listener
):
    stream = written(broker, prefix, seed=31)
    instance = start(listener, ways_in[listener])
    assert_read(instance, stream)


def assert_locked_out(instance, *words):
    """Says so everywhere, and goes on."""
    wait.until(lambda: all(word in instance.log() for word in words), f"the log says {words}", seconds=20)
    wait.until(
        lambda: all(word in instance.get("/-/ready")[1] for word in words),
        f"/-/ready says {words}",
        seconds=20,
    )
    assert instance.sum_of("kpid_kafka_up") == 0
    assert instance.sum_of("kpid_records_read_total") is None
    assert instance.process.poll() is None
    assert_tells_no_secret(instance)


def test_a_wrong_password_is_said_and_works_as_soon_as_the_broker_knows_it(
    broker, prefix, start, ways_in, authority
):
    stream = written(broker, prefix, seed=32)
    replaced(broker, broker_settings(authority, password="another"))
    instance = start("PLAIN", ways_in["PLAIN"])
    assert_locked_out(instance, "sasl.password")
    replaced(broker, broker_settings(authority))
    assert_read(instance, stream)


def test_a_broker_of_an_unknown_authority_is_refused_until_it_shows_a_better_certificate(
    broker, prefix, start, ways_in, authority, tmp_path
):
    stream = written(broker, prefix, seed=33)
    stranger = certificates.Authority(tmp_path / "stranger")
    replaced(broker, broker_settings(stranger))
    instance = start("BOTH", ways_in["BOTH"])
    assert_locked_out(instance, "ssl.ca.location")
    replaced(broker, broker_settings(authority))
    assert_read(instance, stream)


def assert_sales_held(instance, stream, words):
    """The topic is named, its KPIs are held, and those of the others are not."""
    assert f"sales: stopped by a fault, which holds up its own KPIs only: {words}" in (
        instance.get("/-/ready")[1]
    )
    assert words in instance.log()
    assert instance.sum_of("kpid_kpi_held", kpi="revenue", reason="fault") == 1
    assert instance.sum_of("kpid_kpi_held", kpi="units_produced") is None
    assert 0 < instance.sum_of("kpid_records_read_total") < stream.records_read()
    assert instance.sum_of("kpid_kafka_up") == 1


@pytest.mark.parametrize("right", ["nothing", "describe"])
def test_a_topic_without_permission_holds_its_own_kpis_until_permission_comes(
    broker, prefix, start, ways_in, right
):
    stream = written(broker, prefix, seed=34)
    topic = prefix + "sales"
    librdkafka.allow(broker.address, "somebody", "all", "topic", topic)
    if right == "describe":
        librdkafka.allow(broker.address, USER, "describe", "topic", topic)
    instance = start("PLAIN", ways_in["PLAIN"]).wait_ready(seconds=30)
    assert_sales_held(instance, stream, f"topic {topic} may not be read")
    librdkafka.allow(broker.address, USER, "read", "topic", topic)
    assert_read(instance, stream)


def test_without_the_right_to_commit_everything_is_read_all_the_same(
    broker, prefix, start, ways_in
):
    stream = written(broker, prefix, seed=35)
    librdkafka.allow(broker.address, "somebody", "all", "group", prefix)
    assert_read(start("PLAIN", ways_in["PLAIN"]).wait_ready(seconds=20), stream)


def test_a_permission_that_is_taken_and_given_back_costs_nothing(
    broker, prefix, start, ways_in
):
    stream = written(broker, prefix, seed=36)
    topic = prefix + "sales"
    instance = start("PLAIN", ways_in["PLAIN"]).wait_ready().wait_read(stream.records_read())
    librdkafka.allow(broker.address, "somebody", "all", "topic", topic)
    wait.until(lambda: "Topic authorization failed" in instance.log(), "reading is refused")
    workload.write(broker, stream.take(1_000), prefix)
    librdkafka.allow(broker.address, USER, "read", "topic", topic)
    assert_read(instance, stream)
