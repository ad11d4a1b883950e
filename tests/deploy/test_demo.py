"""`kpid demo` scraped by a real Prometheus: what deploy/ asks of it, it answers."""

import json
import re
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest
import yaml

import ports
import program
import prometheus as prometheus_program
import wait

DEPLOY = program.PROJECT / "deploy"
RULES = DEPLOY / "prometheus" / "rules"
DASHBOARDS = DEPLOY / "grafana" / "dashboards"


def get(url, **headers):
    """Status and body."""
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def answers(url):
    return get(url + "/-/ready")[0] == 200


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The running demo as (process, URL, log), ready, started outside the source tree."""
    folder = tmp_path_factory.mktemp("demo")
    log = folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [program.binary(), "demo", "--web.listen-address=127.0.0.1:0"],
            cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    try:
        def address():
            assert process.poll() is None, log.read_text()
            return re.search(r"http://[^\s/\"]+:\d+", log.read_text())

        url = wait.until(address, "the demo says where it listens").group(0)
        wait.until(lambda: answers(url), "the demo is ready")
        yield process, url, log
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def prometheus(demo, tmp_path_factory):
    """The URL of a Prometheus that scrapes the demo by deploy/, but for addresses and pace."""
    folder = tmp_path_factory.mktemp("prometheus")
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(RULES / "*.yml")]
    del config["alerting"]
    (job,) = config["scrape_configs"]
    job["static_configs"] = [{"targets": [urllib.parse.urlparse(demo[1]).netloc]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))

    address = f"127.0.0.1:{ports.free_ports(1)[0]}"
    with (folder / "log").open("w") as out:
        process = subprocess.Popen(
            [prometheus_program.binary(), f"--config.file={folder}/prometheus.yml",
             f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}",
             "--log.level=warn"], stdout=out, stderr=subprocess.STDOUT)
    try:
        url = f"http://{address}"
        wait.until(lambda: answers(url), "Prometheus is ready")
        wait.until(lambda: result(url, 'count_over_time(up{job="kpid"}[1m]) >= 3'),
                   "Prometheus has scraped three times", pause=0.2)
        yield url
    finally:
        process.kill()
        process.wait()


def without_what_varies(line):
    """A line of the demo without its time, its address and how much there was to read."""
    line = re.sub(r"time=\S+", "time", line)
    line = re.sub(r"(localhost|[\d.]+):\d+", "address", line)
    return re.sub(r"0 of \d+ records", "0 of some records", line)


def test_readme_shows_what_the_demo_prints(demo):
    readme = (program.PROJECT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^\$ ./dev demo\n(.*?)^```", readme, re.DOTALL | re.MULTILINE).group(1)
    shown = [without_what_varies(line) for line in block.splitlines()]
    printed = [without_what_varies(line) for line in demo[2].read_text().splitlines()]
    # `...` stands for lines that are left out: what follows it comes anywhere later, in order.
    at = 0
    for position, line in enumerate(shown):
        if line == "...":
            continue
        found = printed.index(line, at)
        assert position == 0 or shown[position - 1] == "..." or found == at, line
        at = found + 1
    first = next(line for line in shown if line != "...")
    assert first == printed[0]


def result(url, query):
    """The vector that Prometheus answers; a query that it refuses fails the test."""
    status, body = get(url + "/api/v1/query?" + urllib.parse.urlencode({"query": query}))
    answer = json.loads(body)
    assert status == 200 and answer["status"] == "success", f"{query}: {body}"
    return answer["data"]["result"]


def dashboard_queries():
    for path in sorted(DASHBOARDS.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield target["expr"]


def rules(file):
    for group in yaml.safe_load((RULES / file).read_text())["groups"]:
        yield from group["rules"]


def vectors_inside(expression):
    """The vectors that a rule compares: `a < 1 and b > 2` is about `a` and `b`."""
    for part in re.split(r"\s+(?:and|unless)\s+", expression):
        yield re.sub(r"\s*(==|!=|<=|>=|<|>)\s*[-+.\d]+\s*$", "", part.strip())


def test_vectors_inside_drops_comparisons_alone():
    assert list(vectors_inside('a{x="1"} < 0.05 and b > 100')) == ['a{x="1"}', "b"]
    assert list(vectors_inside("(a or 0 * b) > 0")) == ["(a or 0 * b)"]


def assert_all_have_data(url, queries):
    queries = sorted(set(queries))
    assert queries
    empty = queries

    def none_is_empty():
        nonlocal empty
        empty = [query for query in empty if not result(url, query)]
        return not empty

    try:
        wait.until(none_is_empty, "every query has data", pause=0.5)
    except AssertionError:
        pytest.fail("no data for:\n" + "\n".join(empty))


def test_every_query_of_the_dashboards_returns_data(prometheus):
    assert_all_have_data(prometheus, dashboard_queries())


@pytest.mark.parametrize("file", ["demo.yml", "kpid.yml"])
def test_every_rule_compares_what_is_there(prometheus, file):
    assert_all_have_data(
        prometheus, [vector for rule in rules(file) for vector in vectors_inside(rule["expr"])])


def test_no_rule_about_kpid_itself_holds_on_the_healthy_demo(prometheus):
    # Rates over the first seconds may pass a bound for a moment; the rules' `for` is for that.
    holding = {}

    def none_holds():
        nonlocal holding
        holding = {rule["alert"]: result(prometheus, rule["expr"]) for rule in rules("kpid.yml")}
        holding = {name: found for name, found in holding.items() if found}
        return not holding

    try:
        wait.until(none_holds, "no rule holds", seconds=20, pause=0.5)
    except AssertionError:
        pytest.fail(f"rules that hold: {holding}")


def test_promtool_has_nothing_to_say_about_the_page(demo):
    status, page = get(demo[1] + "/metrics", Accept="text/plain;version=0.0.4")
    assert status == 200
    promtool = prometheus_program.binary().with_name("promtool")
    check = subprocess.run([promtool, "check", "metrics"], input=page, text=True,
                           capture_output=True, check=False)
    assert (check.returncode, check.stdout + check.stderr) == (0, "")


def test_every_kpi_moves_within_seconds(demo):
    names = ["conversion_rate_ratio", "revenue_eur", "average_order_value_eur", "feedback_score",
             "defect_rate_ratio", "units_produced"]

    def values():
        page = get(demo[1] + "/metrics")[1]
        return {name: re.findall(rf'^kpi_{name}{{.*window="5m every 5s".*', page, re.MULTILINE)
                for name in names}

    first = values()
    assert all(first.values()), f"no value of {[name for name in names if not first[name]]}"
    still = set(names)

    def all_have_moved():
        now = values()
        still.difference_update([name for name in names if now[name] != first[name]])
        return not still

    wait.until(all_have_moved, "every KPI moves", seconds=30, pause=0.5)


def test_the_demo_stops_cleanly(demo):
    process, _, _ = demo
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
