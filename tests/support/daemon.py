"""`kpid run` under test: started, watched, scraped, stopped or killed."""

import json
import pathlib
import re
import signal
import subprocess
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

import program
import wait


class Daemon:
    """An instance with its own store. May be started again after `stop` or `kill`."""

    def __init__(self, config_path, storage, port=0, options=()):
        self.config_path = pathlib.Path(config_path)
        self.storage = pathlib.Path(storage)
        self.listen = f"127.0.0.1:{port}"
        self.options = options  # further flags of `run`
        self.log_path = self.storage.parent / f"{self.storage.name}.log"
        self.log_from = 0
        self.address = None
        self.process = None

    def flags(self):
        return [f"--config.file={self.config_path}", f"--storage.path={self.storage}"]

    def start(self):
        self.log_from = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [program.binary(), "run", *self.flags(), f"--web.listen-address={self.listen}",
                 "--log.format=logfmt", *self.options],
                stdout=log, stderr=log,
            )
        self.address = wait.until(self.find_address, "kpid says where it listens")
        return self

    def log(self):
        """What this run has logged so far."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_bytes()[self.log_from :].decode("utf-8", errors="replace")

    def find_address(self):
        assert self.process.poll() is None, f"kpid ended by itself:\n{self.log()}"
        match = re.search(r"listening.*?address=\"?(?:http://)?([^\s\"]+)", self.log())
        return match and match.group(1)

    def get(self, path):
        """(status, body)."""
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def is_ready(self):
        assert self.process.poll() is None, f"kpid ended by itself:\n{self.log()}"
        return self.get("/-/ready")[0] == 200

    def wait_ready(self, seconds=60):
        try:
            wait.until(self.is_ready, "kpid is ready", seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.get('/-/ready')}\n{self.log()[-3000:]}") from error
        return self

    def metrics(self):
        """{(name, labels as a sorted tuple): value} of the page."""
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(self.get("/metrics")[1])
            for sample in family.samples
        }

    def sum_of(self, name, **labels):
        """The sum of a family's series with these labels; nothing where there are none."""
        values = [
            value
            for (found, pairs), value in self.metrics().items()
            if found == name and labels.items() <= dict(pairs).items()
        ]
        return sum(values) if values else None

    def wait_read(self, records, seconds=120):
        """Until the ledger says that so many records were read."""

        def all_read():
            assert self.process.poll() is None, f"kpid ended by itself:\n{self.log()}"
            return (self.sum_of("kpid_records_read_total") or 0) >= records

        wait.until(all_read, f"{records} records are read", seconds=seconds, pause=0.1)
        assert self.sum_of("kpid_records_read_total") == records
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """A clean stop: within ten seconds, exit 0."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=10) == 0, self.log()

    def end(self):
        """For the end of a test, whatever has become of it."""
        if self.process and self.process.poll() is None:
            self.kill()

    def command(self, name, *arguments):
        """Runs another command of the program on this store; its standard output."""
        finished = subprocess.run(
            [program.binary(), name, *self.flags(), *arguments],
            capture_output=True, timeout=60, check=False,
        )
        assert finished.returncode == 0, finished.stderr.decode()
        return finished.stdout.decode()

    def inspect(self):
        """The store as `inspect` has it: one parsed line each, numbers as they are printed."""
        return Contents(self.command("inspect", "--output=json").splitlines())


class Contents:
    """What a store holds."""

    def __init__(self, lines):
        self.windows = [line for line in lines if "kpi" in json.loads(line)]
        self.others = [line for line in lines if "kpi" not in json.loads(line)]

    def __eq__(self, other):
        return self.windows == other.windows
