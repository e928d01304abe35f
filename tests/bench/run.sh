#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/bench/run.sh [REPEATS [ROW...]]      for example: tests/bench/run.sh 5 speedup uneven
#
# From a fresh machine to the figures of the farm: installs what is missing (Debian and Ubuntu), the
# peers among it, builds, and runs farm_bench, whose heading says what the rows are.
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobs/lib/prepare.sh"

need_packages "${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}"
build "$root/build/tests" farm_bench -DFIBO_BUILD_TESTS=ON -DFIBO_WARNINGS_AS_ERRORS=ON
allow_mpirun_as_root
exec "$root/build/tests/tests/bench/farm_bench" "$@"
