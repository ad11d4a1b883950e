"""`kpid check` as a user meets it: one line where all is well, else every mistake and exit 2."""

import subprocess

import program
import pytest

GOLDEN = program.PROJECT / "tests/golden"
EXAMPLES = {
    "shop_sales": "ok: 1 source, 6 KPIs\n",
    "customer_feedback": "ok: 2 sources, 7 KPIs\n",
    "production_lines": "ok: 2 sources, 7 KPIs\n",
    "store_feedback": "ok: 2 sources, 4 KPIs\n",
}


def check(*paths):
    command = [program.binary(), "check", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_good_and_nothing_is_to_be_said_about_it(name):
    checked = check(GOLDEN / name / "kpid.yml")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith(EXAMPLES[name])


def test_how_much_each_kpi_remembers_is_told(tmp_path):
    path = tmp_path / "kpid.yml"
    path.write_text(
        "sources:\n"
        "  sales: {topic: sales, format: json, fields: {amount: decimal, customer: string}}\n"
        "kpis:\n"
        "  revenue: {help: h, formula: sum(amount), windows: [month, 1d]}\n"
        "  revenue_growth: {help: h, formula: 'growth(revenue, 1 year)', windows: [month], show: final}\n"
        "  new_customers: {help: h, formula: 'new(customer, 90d)', windows: [1h], by: [customer]}\n"
    )
    checked = check(path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == (
        "ok: 1 source, 3 KPIs\n"
        "KPI             WINDOW  REMEMBERS UP TO  SLICES A GROUP\n"
        "revenue         month               32d              13\n"
        "revenue         1d                   1d               1\n"
        "revenue_growth  month              398d              26\n"
        "new_customers   1h                  91d            2161\n"
    )


def test_a_warning_does_not_fail(tmp_path):
    path = tmp_path / "kpid.yml"
    path.write_text("sources: {s: {topic: s, format: json, fields: {unused: int}}}\n")
    checked = check(path)
    assert (checked.returncode, checked.stdout) == (0, "ok: 1 source, 0 KPIs\n")
    assert checked.stderr.startswith(f"{path}:1:48: warning: nothing uses the field 'unused'\n")


def test_mistakes_go_to_stderr_with_their_number_and_exit_2(tmp_path):
    path = tmp_path / "kpid.yml"
    path.write_text("workers: none\nlimit: {}\n")
    checked = check(path)
    assert (checked.returncode, checked.stdout) == (2, "")
    lines = checked.stderr.splitlines()
    assert lines[0] == f"{path}:1:10: error: 'none' is not a whole number"
    assert f"{path}:2:1: error: unknown key 'limit'" in lines
    assert "hint: did you mean 'limits'?" in lines
    assert lines[-1] == "2 errors"


def test_a_property_that_librdkafka_does_not_know_or_take_is_named_at_its_place(tmp_path):
    path = tmp_path / "kpid.yml"
    path.write_text(
        "kafka:\n"
        "  properties:\n"
        "    security.protocoll: SSL\n"
        "    fetch.min.bytes: many\n"
        "    sasl.password: {env: NOT_SET_HERE}\n"
        "    group.id: mine\n"
    )
    checked = check(path)
    assert (checked.returncode, checked.stdout) == (2, "")
    lines = checked.stderr.splitlines()
    assert lines[0].startswith(
        f"{path}:3:5: error: kafka property 'security.protocoll' is unknown to librdkafka "
    )
    assert lines[1:4] == [
        "    security.protocoll: ***",
        "    ^~~~~~~~~~~~~~~~~~",
        "hint: did you mean 'security.protocol'?",
    ]
    assert lines[4].startswith(
        f"{path}:4:22: error: kafka property 'fetch.min.bytes' has a bad value: "
    )
    assert lines[5:7] == ["    fetch.min.bytes: many", "                     ^~~~"]
    assert lines[7] == f"{path}:6:5: error: kafka property 'group.id' must not be set"
    assert lines[-2:] == ["hint: set kafka.group_id", "3 errors"]


def test_several_files_are_one_configuration(tmp_path):
    text = (GOLDEN / "shop_sales/kpid.yml").read_text(encoding="utf-8")
    sources, kpis = text.split("\nkpis:\n")
    (tmp_path / "sources.yml").write_text(sources + "\n", encoding="utf-8")
    (tmp_path / "kpis.yml").write_text("kpis:\n" + kpis, encoding="utf-8")
    as_files = check(tmp_path / "sources.yml", tmp_path / "kpis.yml")
    as_directory = check(tmp_path)
    for checked in (as_files, as_directory):
        assert (checked.returncode, checked.stderr) == (0, "")
        assert checked.stdout.startswith(EXAMPLES["shop_sales"])
