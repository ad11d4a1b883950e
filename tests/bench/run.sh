#!/usr/bin/env bash
# run.sh KPID_BENCH [KPID CONSUMER_BENCH]: prints what an event costs, in CPU nanoseconds and, where valgrind is
# installed, in instructions, which do not vary from run to run. With the program itself, what
# it costs to read a broker too.
set -euo pipefail
bench=$1
here=$(dirname "${BASH_SOURCE[0]}")

"$bench" --benchmark_format=csv 2>/dev/null | awk -F, '
  function title(name) { gsub(/"/, "", name); gsub(/_/, " ", name); return name }
  started {
    if ($7 + 0 > 0) printf "%-28s %10.1f ns each %12.2f ms\n", title($1), 1e9 / $7, $4
    else printf "%-28s %21.2f ms\n", title($1), $4
  }
  /^name,/ { started = 1 }'

if command -v valgrind >/dev/null; then
  for what in parse engine; do
    # One implementation whatever the CPU, so that figures of two machines can be compared.
    SIMDJSON_FORCE_IMPLEMENTATION=westmere valgrind --tool=callgrind \
      --callgrind-out-file=/dev/null --toggle-collect="*measured_$what*" \
      "$bench" --once "$what" 2>&1 |
      awk -v what="$what" '/Collected/ { printf "%-28s %10.0f instructions each\n", what, $4 / 100000 }'
  done
fi

if (($# > 2)); then
  /usr/bin/python3 "$here/broker_bench.py" "$2" "$3"
fi
