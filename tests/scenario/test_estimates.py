"""Where exact counting ends: at each limit, one beyond it, and far beyond, replay says so."""

import json
import random as random_module

import oracle
import oracle_output
import program
import pytest
import yaml

HOUR, START = 3_600_000, 1_709_251_200_000
CONFIG = """
{limits}
sources:
  visits:
    topic: visits
    format: csv
    columns: [ts, spent, visitor]
    time: {{field: ts, format: unix_ms}}
    disorder: 2h
    fields: {{spent: decimal, visitor: int}}
kpis:
{kpis}
"""
KPIS = {
    "lowest": "quantile(0, visits.spent)",
    "middle": "median(visits.spent)",
    "highest": "quantile(99.9%, visits.spent)",
    "spread": "quantile(0.75, visits.spent) - quantile(0.25, visits.spent)",
    "visitors": "distinct(visits.visitor)",
    "visits_each": "count(visits) / distinct(visits.visitor)",
    "visitors_before": "previous(distinct(visits.visitor))",
    "best": "top_share(5, visits.spent, by: visitor)",
    "kept": "retained(visits.visitor)",
    "fresh": "new(visits.visitor)",
    "known": "returning(visits.visitor)",
}


def config_text(limits="", kpis=KPIS, windows="[1h, 2h every 1h]"):
    lines = [
        f'  {name}: {{help: A figure., formula: "{formula}", windows: {windows}}}'
        for name, formula in kpis.items()
    ]
    return CONFIG.format(limits=limits, kpis="\n".join(lines))


def replay(tmp_path, text, partitions):
    """What is printed of the partitions, lists of lines, and the inputs."""
    config_path = tmp_path / "kpid.yml"
    config_path.write_text(text, encoding="utf-8")
    inputs = []
    for number, lines in enumerate(partitions):
        inputs.append(("visits", tmp_path / f"{number}.csv"))
        inputs[-1][1].write_text("\n".join(lines), encoding="utf-8")
    printed = program.replay(config_path, inputs)
    assert printed.code == 0, printed.errors
    return printed, inputs


def visits(random, hour, different):
    """Lines of an hour with so many different visitors and amounts, some of them twice."""
    visitors = random.sample(range(10**6), different)
    amounts = set()
    while len(amounts) < different:
        amounts.add(random.randrange(1, 10 ** random.randrange(2, 10)) * random.choice([1, 1, -1]))
    pairs = list(zip(amounts, visitors))
    pairs += random.sample(pairs, different // 10)
    random.shuffle(pairs)
    return [
        f"{START + hour * HOUR + random.randrange(HOUR)},{amount / 100:.2f},{visitor}"
        for amount, visitor in pairs
    ]


@pytest.mark.parametrize("seed", range(3))
def test_estimates_begin_one_beyond_each_limit_and_lie_in_their_range(tmp_path, seed):
    random = random_module.Random(seed)
    sizes = [1, 999, 1000, 1001, 2047, 2048, 2049, 3000, 3001, 9000]
    random.shuffle(sizes)
    partitions = [], []
    for hour, different in enumerate(sizes):
        for line in visits(random, hour, different):
            random.choice(partitions).append(line)
    limits = "limits: {max_distinct: 3000, max_keys: 1000}"
    text = config_text(limits)
    printed, inputs = replay(tmp_path, text, partitions)
    contents = [(source, path.read_bytes()) for source, path in inputs]
    expected, summary = oracle.replay(yaml.safe_load(text), contents)
    assert printed.summary == summary
    found = oracle_output.difference(expected, printed.lines)
    assert found is None, found
    estimated = {line["kpi"] for line in expected if line.get("estimated")}
    assert {"middle", "highest", "visitors", "visits_each"} <= estimated


def by_hour(printed, kpi):
    lines = [json.loads(line) for line in printed.lines]
    return [line for line in lines if line["kpi"] == kpi]


def test_without_settings_visitors_are_exact_to_16384_and_keys_to_100000(tmp_path):
    sizes = [16_384, 16_385, 100_000, 100_001, 1]
    lines = [
        f"{START + hour * HOUR},1,{visitor}"
        for hour, size in enumerate(sizes)
        for visitor in range(size)
    ]
    kpis = {name: KPIS[name] for name in ("visitors", "best", "fresh", "known")}
    printed, _ = replay(tmp_path, config_text(kpis=kpis, windows="[1h]"), [lines])
    visitors = by_hour(printed, "visitors")
    assert ["estimated" in line for line in visitors] == [False, True, True, True, False]
    assert (visitors[0]["value"], visitors[4]["value"]) == (16_384, 1)
    for line, size in zip(visitors, sizes):
        assert abs(line["value"] - size) <= size * 5 * 0.0081
    best = [line["value"] for line in by_hour(printed, "best")]
    assert best == [5 / 16_384, 5 / 16_385, 5 / 100_000, None, 1]
    fresh = [line["value"] for line in by_hour(printed, "fresh")]
    known = [line["value"] for line in by_hour(printed, "known")]
    assert fresh == [16_384, 1, 83_615, None, None]
    assert known == [0, 16_384, 16_385, None, None]
