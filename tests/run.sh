#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/run.sh [ARGUMENTS OF ctest...]      for example: tests/run.sh -L unit
#
# From a fresh machine to a verdict: installs what is missing (Debian and Ubuntu), builds everything in
# build/tests with warnings as errors, and runs the tests in random order. The format of the sources
# and the shell scripts are among the tests. The exit code is ctest's.
#
# Without arguments this is the short suite: everything but the labels `huge` (values that take many
# GiB), `long` (hours of faults and fuzzing), `cluster` (real schedulers, several hosts), `browser`
# (a Chromium) and `fresh_tree` (the package in a tree of its own). `tests/run.sh -L huge` and the like run
# those. With it goes `trixie`: dead ranks under the Open MPI 5 of Debian 13, in a tree that takes minutes to
# make and is kept for the next run; `tests/trixie/run.sh` runs all the tests there.
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/lib/prepare.sh"

need_packages "${build_packages[@]}" "${test_packages[@]}"
build "$root/build/tests" all -DFIBO_BUILD_TESTS=ON -DFIBO_WARNINGS_AS_ERRORS=ON
allow_mpirun_as_root

(($# > 0)) || set -- --label-exclude '^(huge|long|cluster|browser|fresh_tree)$'

say "running ctest in $root/build/tests"
exec ctest --test-dir "$root/build/tests" --parallel "$(nproc)" --schedule-random \
  --output-on-failure --no-tests=error "$@"
