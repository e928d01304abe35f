#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/fuzz/long.sh [BUILD_FOLDER]      10^7 inputs in all, about an hour on one core
#
# Runs every fuzzer of BUILD_FOLDER (build/tests, as tests/run.sh builds it) on its corpus for many more
# inputs than the test `fuzz.NAME`, by other seeds, and prints a line of figures for each. Inputs that
# reach new code are kept in the build folder, for the next run. The exit code is 1 if an input fails,
# which is left in BUILD_FOLDER/tests/fuzz. FIBO_FUZZ_PIECE is the longest that a fuzzer runs at a
# time, in seconds (180); FIBO_FUZZ_WRAPPER a command that runs each piece, as in "nice -n 15".
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(cd "${1:-$here/../../build/tests}/tests/fuzz" && pwd)
[[ -x $folder/message_fuzzer ]] || {
  echo "long.sh: no fuzzers in $folder; 'tests/run.sh -L fuzz' builds them, with clang and libclang-rt-dev" >&2
  exit 1
}
piece=${FIBO_FUZZ_PIECE:-180}
read -ra wrapper <<<"${FIBO_FUZZ_WRAPPER:-}"

# figure NAME LOG: the last value of a figure of libFuzzer.
figure() {
  sed -n "s/^stat::$1: *//p" "$2" | tail -n 1
}

# fuzz NAME EXECUTIONS OPTION...
fuzz() {
  local name=$1 wanted=$2 done=0 seconds=0 log
  shift 2
  log=$(mktemp)
  mkdir -p "$folder/found/$name"
  while ((done < wanted)); do
    local begin=$SECONDS
    if ! "${wrapper[@]}" "$folder/${name}_fuzzer" -seed="$((RANDOM + 1))" -runs="$((wanted - done))" \
      -max_total_time="$piece" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="$folder/" "$@" "$folder/found/$name" "$here/corpus/$name" >"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      return 1
    fi
    done=$((done + $(figure number_of_executed_units "$log")))
    seconds=$((seconds + SECONDS - begin))
  done
  printf '%-10s %10d executions %6d s %6d inputs kept %5d MB\n' "$name" "$done" "$seconds" \
    "$(find "$folder/found/$name" -type f | wc -l)" "$(figure peak_rss_mb "$log")"
  rm -f "$log"
}

fuzz message 7700000
fuzz key_file 800000
fuzz options 500000 -dict="$here/options.dict"
fuzz producer 800000
fuzz store 300000
