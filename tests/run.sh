#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/run.sh [ARGUMENTS OF ctest...]      for example: tests/run.sh -L unit
#
# From a fresh machine to a verdict: installs what is missing (Debian and Ubuntu), builds everything in
# build/tests with warnings as errors, and runs the tests in random order. The format of the sources
# and the shell scripts are among the tests. The exit code is ctest's.
#
# Without arguments this is the short suite. With it goes `trixie`: dead ranks under the Open MPI 5 of Debian
# 13, in a tree that takes minutes to make and is kept for the next run. What it leaves out:
#   tests/run.sh -L huge            values that take many GiB
#   tests/run.sh -L long            hours of killed ranks
#   tests/run.sh -L fresh_tree      the package, in trees of their own
#   tests/cluster/run.sh            real schedulers, several hosts
#   tests/browser/run.sh            pages and pictures in a Chromium
#   tests/fuzz/long.sh              10^7 inputs
#   tests/sanitizers/run.sh asan    and tsan
#   tests/trixie/run.sh             the short suite, on Debian 13
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/lib/prepare.sh"

need_packages "${build_packages[@]}" "${test_packages[@]}"
build "$root/build/tests" all -DFIBO_BUILD_TESTS=ON -DFIBO_WARNINGS_AS_ERRORS=ON
allow_mpirun_as_root

if (($# == 0)); then
  set -- --label-exclude '^(huge|long|cluster|browser|fresh_tree)$'
  say "the short suite; the head of tests/run.sh says how to run the rest"
fi

say "running ctest in $root/build/tests"
status=0
ctest --test-dir "$root/build/tests" --parallel "$(nproc)" --schedule-random \
  --output-on-failure --no-tests=error "$@" || status=$?
# Which ctest does not say.
skipped=$(sed -n -e '/: Skipped$/{n;p}' -e 's/^skipped: //p' "$root/build/tests/Testing/Temporary/LastTest.log" \
  2>/dev/null | sort | uniq -c || true)
[[ -z $skipped ]] || say "why tests were skipped, and how many:"$'\n'"$skipped"
exit "$status"
