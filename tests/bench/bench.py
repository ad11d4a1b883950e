"""Runs the benchmarks that are built, prints a table with the goals, and writes bench.json.

./dev bench builds first. Usage: bench.py [--only PATTERN] [--compare REV] [--write-results]
[--record-instructions] [--build DIR]
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

import instructions
import plots

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / "build/bench"
COMPARED = ROOT / "build/compare"
RESULTS = HERE / "RESULTS.md"
PACKAGES = ("librdkafka-dev", "libgoogle-perftools-dev", "libsqlite3-dev",
            "python3-confluent-kafka", "python3-prometheus-client")
BEGIN, END = "<!-- figures: written by ./dev bench --write-results -->", "<!-- end of figures -->"
FILE_EVENTS, FILE_TURNS = 300_000, 3
COMPARED_TURNS = 5

# goal, what it says, the figure above, the figure below (none: the figure alone), bound, at most?
GOALS = [
    ("G1", "aggregation is nearly free, 50,000 events a second", "dense.g1_daemon_by_parse", None,
     1.45, True),
    ("G1", "the same, 100 a second", "sparse.g1_daemon_by_parse", None, 1.45, True),
    ("G1", "M events a CPU second, memory to state", None, "memory.two_families", 2.5, False),
    ("G2", "1 to 100 windows", "windows.100", "windows.1", 1.05, True),
    ("G3", "backlog of 50,000 events a second, of the no-op consumer's rate",
     "dense.g3_daemon_by_discard", None, 0.85, False),
    ("G3", "the same, 100 a second", "sparse.g3_daemon_by_discard", None, 0.85, False),
    ("G4", "page of 100,000 series, ms", "page.100k_series", None, 5, True),
    ("G4", "page of 1 M series, ms", "publish.page at series=1000000", None, 50, True),
    ("G5", "state of a group, bytes", "memory.group", None, 16_384, True),
    ("G6", "pause by a checkpoint, ms", "checkpoint.pause", None, 50, True),
    ("G7", "200 events a second, cores", "broker.quiet", None, 0.01, True),
    ("G7", "idle, cores", "broker.idle", None, 0.002, True),
    ("rival", "the exporter's CPU, in kpid's", "rival.ratio", None, 5, False),
]


def run_lines(command, environment=None):
    """The JSON lines that a benchmark prints; what it says on stderr is shown."""
    finished = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True,
                              env={**os.environ, **(environment or {})}, check=True)
    return [json.loads(line) for line in finished.stdout.splitlines() if line.startswith("{")]


def figure(name, unit, values):
    return {"figure": name, "unit": unit, "values": values}


def counted(bench):
    return [figure(name, "instructions/event", [value])
            for name, value in instructions.measure(str(bench)).items()]


def replay_file(kpid):
    """The CPU of `kpid replay` on a file of the job's events."""
    import exporter_bench

    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        (directory / "kpid.yml").write_text(
            exporter_bench.CONFIG.format(address="none:1", topic="sales"))
        with open(directory / "sales", "wb") as file:
            file.writelines(exporter_bench.event(n) + b"\n" for n in range(FILE_EVENTS))
        spent = []
        for _ in range(FILE_TURNS):
            process = subprocess.Popen(
                [kpid, "replay", f"--config.file={directory / 'kpid.yml'}",
                 "--input", f"sales={directory / 'sales'}", "--output=openmetrics"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, "kpid replay failed"
            spent.append(round((usage.ru_utime + usage.ru_stime) / FILE_EVENTS * 1e9, 1))
    return [figure("file.replay", "ns/event", spent)]


def parts(build):
    """(name, the file it needs, how it is run): in the order in which they run."""
    programs = build / "tests/bench"
    kpid, bench = build / "kpid", programs / "kpid_bench"
    python = "/usr/bin/python3"
    return [
        ("memory", bench, lambda: run_lines([bench, "--figures"])),
        ("stages", programs / "stage_bench",
         lambda: run_lines([programs / "stage_bench", "--figures"])),
        ("instructions", bench, lambda: counted(bench)),
        ("file", kpid, lambda: replay_file(kpid)),
        ("growth", programs / "growth_bench", lambda: run_lines([programs / "growth_bench"])),
        ("publish", programs / "publish_bench",
         lambda: run_lines([programs / "publish_bench", "--figures"])),
        ("consumer", programs / "consumer_bench",
         lambda: run_lines([python, "-B", HERE / "broker_bench.py", kpid,
                            programs / "consumer_bench"])),
        ("rival", programs / "consumer_bench",
         lambda: run_lines([python, "-B", HERE / "exporter_bench.py", kpid,
                            programs / "consumer_bench"])),
    ]


def measure(build, only):
    figures, failed = [], []
    for name, needed, run in parts(build):
        if only and not re.search(only, name):
            continue
        if not needed.exists():
            print(f"{name}: not measured, {needed.name} is not built", flush=True)
            continue
        print(f"{name} ...", flush=True)
        try:
            figures += run()
        except (subprocess.CalledProcessError, RuntimeError, AssertionError) as error:
            failed.append(name)
            print(f"{name}: failed: {error}", flush=True)
    return figures, failed


def label(one):
    return f"{one['figure']} at {one['along']}={one['x']}" if "along" in one else one["figure"]


def table(figures):
    rows = [("figure", "unit", "median", "min..max")]
    for one in figures:
        digits = 4 if one["unit"] == "cores" else 2
        low, middle, high = (f"{f(one['values']):,.{digits}f}" for f in (min, statistics.median, max))
        rows.append((label(one), one["unit"], middle, f"{low}..{high}"))
    return rows


def judge(figures):
    """The goals as rows: what they say, the ratio or figure, the bound, met or missed."""
    medians = {label(one): statistics.median(one["values"]) for one in figures if one["values"]}
    rows = [("goal", "what", "now", "bound", "")]
    for goal, what, above, below, bound, at_most in GOALS:
        text = f"{'at most' if at_most else 'at least'} {bound:,g}"
        if (above and above not in medians) or (below and below not in medians):
            rows.append((goal, what, "", text, "not measured"))
            continue
        # Nothing above: a rate in millions a second, from nanoseconds.
        now = (medians[above] if above else 1000) / (medians[below] if below else 1)
        met = now <= bound if at_most else now >= bound
        rows.append((goal, what, f"{now:,.3f}", text, "met" if met else "missed"))
    return rows


def as_text(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths)).rstrip()
                     for row in rows)


def as_markdown(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    revision = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                              capture_output=True, text=True, check=False).stdout.strip()
    return {
        "cpu": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
        "kernel": platform.release(), "compiler": f"g++ {instructions.compiler()}",
        "glibc": platform.libc_ver()[1], "python": platform.python_version(),
        **{name: instructions.version_of(name) for name in PACKAGES},
        "revision": revision,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def write_results(result):
    """The generated part of RESULTS.md, between its markers; the rest is written by hand."""
    drawn = plots.draw_all(result["figures"], HERE / "plots")
    generated = "\n\n".join([
        BEGIN,
        as_markdown([("what", "value"), *((k, str(v)) for k, v in result["machine"].items())]),
        "## Goals", as_markdown(judge(result["figures"])),
        "## Figures", as_markdown(table([f for f in result["figures"] if "along" not in f])),
        *(f"![{name}](plots/{name}.svg)" for name in drawn),
        END,
    ])
    before, _, rest = RESULTS.read_text().partition(BEGIN)
    RESULTS.write_text(before + generated + rest.partition(END)[2])


def build_revision(revision):
    """A release build of the revision, in a work tree below build/."""
    tree = COMPARED
    git = ["git", "-C", str(ROOT)]
    subprocess.run([*git, "worktree", "remove", "--force", str(tree)], check=False,
                   stderr=subprocess.DEVNULL)
    subprocess.run([*git, "worktree", "prune"], check=True)
    subprocess.run([*git, "worktree", "add", "--detach", "--quiet", str(tree), revision], check=True)
    environment = {**os.environ, "CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1"}
    for command in (["cmake", "--preset", "release", "-DKPID_BUILD_TESTS=ON", "-Wno-dev"],
                    ["cmake", "--build", "build/release", "--target", "kpid_bench"]):
        subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
    return tree / "build/release"


def compare(build, revision):
    """This tree and the revision in turn; a difference counts when the spreads do not touch."""
    try:
        there = build_revision(revision)
        print_comparison(revision, build / "tests/bench/kpid_bench",
                         there / "tests/bench/kpid_bench")
    finally:
        subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(COMPARED)],
                       check=False)


def print_comparison(revision, ours, theirs):
    sides = {"here": ours, revision: theirs}
    values = {side: {} for side in sides}
    for turn in range(COMPARED_TURNS):
        # Whoever was first is second in the next turn.
        for side, bench in list(sides.items())[:: -1 if turn % 2 else 1]:
            lines = run_lines([bench, "--figures"]) + (counted(bench) if turn == 0 else [])
            for one in lines:
                known = values[side].setdefault(one["figure"], [])
                known.append(statistics.median(one["values"]))
    here, there = values.values()
    rows = [("figure", "here", revision, "here / there", "spread", "")]
    for name in sorted(here.keys() & there.keys()):
        now, then = here[name], there[name]
        low, high = min(now) / max(then), max(now) / min(then)
        verdict = "better" if high < 1 else "worse" if low > 1 else "within the spread"
        rows.append((name, f"{statistics.median(now):,.2f}", f"{statistics.median(then):,.2f}",
                     f"{statistics.median(now) / statistics.median(then):.3f}",
                     f"{low:.3f}..{high:.3f}", verdict))
    print(as_text(rows))


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("--only", metavar="PATTERN")
    parser.add_argument("--compare", metavar="REV")
    parser.add_argument("--write-results", action="store_true")
    parser.add_argument("--record-instructions", action="store_true")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    return parser.parse_args()


def main():
    options = arguments()
    if options.record_instructions:
        instructions.record(instructions.measure(str(options.build / "tests/bench/kpid_bench")))
        return 0
    if options.compare:
        compare(options.build, options.compare)
        return 0
    figures, failed = measure(options.build, options.only)
    result = {"machine": machine(), "figures": figures}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{as_text(table(figures))}\n\n{as_text(judge(figures))}")
    if options.write_results:
        write_results(result)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
