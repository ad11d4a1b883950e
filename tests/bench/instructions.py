"""The guard of the hot path: instructions an event, counted by callgrind, against committed figures.

A count repeats exactly on one machine. A figure is compared only with one of the same compiler,
libraries and CPU features, by which glibc chooses code; elsewhere it is reported. 5 % worse fails.
Usage: instructions.py KPID_BENCH [--record]
"""

import json
import pathlib
import platform
import re
import subprocess
import sys

REFERENCE = pathlib.Path(__file__).resolve().parent / "instructions.json"
WORSE = 1.05
# What glibc chooses code by, as far as valgrind shows it to the program: no AVX-512.
FEATURES = ("sse4_2", "avx2", "bmi2", "abm", "erms", "movbe", "fma")


def cpu_features():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    flags = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return set(flags.group(1).split()) if flags else set()


def version_of(package):
    command = ["dpkg-query", "-W", "-f", "${Version}", package]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout or "?"
    except OSError:
        return "?"


def compiler():
    return subprocess.run(["c++", "-dumpfullversion"], capture_output=True, text=True,
                          check=False).stdout.strip()


def key():
    """What a count depends on beside kpid's own code."""
    parts = {
        "compiler": compiler(),
        "glibc": platform.libc_ver()[1],
        "tcmalloc": version_of("libgoogle-perftools-dev"),
        "valgrind": version_of("valgrind"),
        "cpu": "+".join(name for name in FEATURES if name in cpu_features()),
    }
    return " ".join(f"{name}={value}" for name, value in parts.items())


def count(bench, what):
    """Instructions an event of the part `parse` or `engine`."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
               f"--toggle-collect=*measured_{what}*", bench, "--once", what]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", finished.stderr)
    if finished.returncode != 0 or not collected:
        raise RuntimeError(f"{' '.join(command)} failed:\n{finished.stderr[-2000:]}")
    return round(int(collected.group(1)) / int(finished.stdout.split()[-1]), 1)


def measure(bench):
    return {f"instructions.{what}": count(bench, what) for what in ("parse", "engine")}


def compare(measured, references, this_key):
    """(whether it is good, lines for people)."""
    reference = references.get(this_key)
    if reference is None:
        lines = [f"{name}: {value:.1f} an event; no reference for this machine: {this_key}"
                 for name, value in measured.items()]
        return True, lines
    good, lines = True, []
    for name, value in measured.items():
        known = reference.get(name)
        if known is None:
            lines.append(f"{name}: {value:.1f} an event; no reference")
            continue
        change = f"{name}: {value:.1f} an event, {known:.1f} before ({value / known - 1:+.1%})"
        if value > known * WORSE:
            good = False
            change += (": more than 5 % worse. Find what made it so, or, if it is meant, take the"
                       " new figure as the reference: ./dev bench --record-instructions")
        lines.append(change)
    return good, lines


def load():
    return json.loads(REFERENCE.read_text()) if REFERENCE.exists() else {}


def record(measured):
    references = {**load(), key(): measured}
    REFERENCE.write_text(json.dumps(references, indent=2, sort_keys=True) + "\n")


def main():
    bench = sys.argv[1]
    measured = measure(bench)
    if "--record" in sys.argv:
        record(measured)
        print(f"recorded for {key()}: {measured}")
        return 0
    good, lines = compare(measured, load(), key())
    print("\n".join(lines))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
