"""A real Prometheus that scrapes every second."""

import json
import os
import pathlib
import subprocess
import urllib.parse
import urllib.request

import pytest

import ports
import program
import wait

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: kpid
    static_configs: [{{targets: ['{target}']}}]
"""


def binary():
    """The program: KPID_PROMETHEUS, or where ./dev puts it."""
    default = program.PROJECT / "build/tools/prometheus/usr/bin/prometheus"
    path = pathlib.Path(os.environ.get("KPID_PROMETHEUS", default))
    if not path.exists():
        pytest.fail(f"no Prometheus at {path}: ./dev test fetches it, or set KPID_PROMETHEUS")
    return path


class Prometheus:
    """Scrapes `target` (host:port) every second from `start` to `stop`."""

    def __init__(self, directory, target):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        (self.directory / "prometheus.yml").write_text(CONFIG.format(target=target))
        self.address = f"127.0.0.1:{ports.free_ports(1)[0]}"
        self.process = None

    def start(self):
        with open(self.directory / "prometheus.log", "wb") as log:
            self.process = subprocess.Popen(
                [
                    binary(),
                    f"--config.file={self.directory}/prometheus.yml",
                    f"--storage.tsdb.path={self.directory}/data",
                    f"--web.listen-address={self.address}",
                    "--log.level=warn",
                ],
                stdout=log,
                stderr=log,
            )
        wait.until(lambda: self.get("/-/ready"), "Prometheus is ready")
        return self

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=5) as answer:
            return answer.read()

    def query(self, text):
        """{labels without name, job and instance, as a sorted tuple: value} of an instant query."""
        answer = json.loads(self.get("/api/v1/query?" + urllib.parse.urlencode({"query": text})))
        assert answer["status"] == "success", answer
        hidden = ("__name__", "job", "instance")
        return {
            tuple(sorted((k, v) for k, v in sample["metric"].items() if k not in hidden)): float(
                sample["value"][1]
            )
            for sample in answer["data"]["result"]
        }

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)
