"""One broker for the tests of a file, and instances of kpid that end with their test."""

import broker as broker_module
import daemon
import pytest
import workload


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    running = broker_module.Broker(tmp_path_factory.mktemp("kafka") / "broker").start()
    yield running
    running.stop()


@pytest.fixture
def prefix(request):
    """Topics of a test's own on the common broker."""
    return f"{request.node.name.translate(str.maketrans('[]', '..'))[:100]}."


@pytest.fixture
def start(broker, tmp_path, prefix):
    """start(name, workers=1, ...): a running instance with a store of its own; see `instance`."""
    running = []

    def instance(name, port=0, **settings):
        config = tmp_path / f"{name}.yml"
        text = workload.config_text(broker.address, group=prefix + name, prefix=prefix, **settings)
        config.write_text(text)
        running.append(daemon.Daemon(config, tmp_path / name, port))
        return running[-1].start()

    yield instance
    for one in running:
        one.end()
