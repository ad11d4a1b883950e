"""Runs clang-tidy on the sources of the three folders; usage: clang_tidy.py BUILD_DIR.

A source whose text, headers of ours, compile command and checks were clean before is not looked at
again: what was clean is remembered by hash, in the user's cache, for every checkout.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIDY = "clang-tidy-16"
FOLDERS = ("pipeline", "config", "daemon")
INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# The compile commands are g++'s; clang knows not all of its options.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-optimization-argument"]


def with_headers(source):
    """The file and every header of ours that it includes, directly or not."""
    seen, waiting = set(), [source]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        waiting += [ROOT / name.decode() for name in INCLUDE.findall(path.read_bytes())]
    return sorted(seen)


def fingerprint(source, command, basis):
    digest = hashlib.sha256(basis)
    digest.update(command.replace(str(ROOT), "").encode())
    for path in with_headers(source):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def check(source, build):
    return subprocess.run([TIDY, "--quiet", "-p", build, *EXTRA, str(source)],
                          cwd=ROOT, text=True, capture_output=True, check=False)


def main():
    build = sys.argv[1]
    commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    basis = version + (ROOT / ".clang-tidy").read_bytes() + " ".join(EXTRA).encode()
    cache_home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    clean = pathlib.Path(cache_home) / "kpid" / "clang-tidy"
    clean.mkdir(parents=True, exist_ok=True)

    waiting, known = [], 0
    for entry in commands:
        source = pathlib.Path(entry["file"])
        if not source.is_relative_to(ROOT) or source.relative_to(ROOT).parts[0] not in FOLDERS:
            continue
        mark = clean / fingerprint(source, entry["command"], basis)
        if mark.exists():
            known += 1
        else:
            waiting.append((source, mark))
    print(f"clang-tidy: {len(waiting)} files to look at, {known} known to be clean", flush=True)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda item: check(item[0], build), waiting)
        for (source, mark), result in zip(waiting, results):
            if result.returncode == 0:
                mark.touch()
            else:
                failed += 1
                print(f"{source.relative_to(ROOT)}:\n{result.stdout}{result.stderr}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
