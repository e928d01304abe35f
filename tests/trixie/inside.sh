#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What tests/trixie/run.sh runs inside of its tree: installs, builds, tests. Never run by hand.
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source /fibo_mpi/jobs/lib/prepare.sh

targets=()
while [[ ${1:-} == --target ]]; do
  targets+=("$2")
  shift 2
done
((${#targets[@]})) || targets=(all)

need_packages "${build_packages[@]}" "${test_packages[@]}" ||
  { say "skipped: the packages cannot be had"; exit 77; }
for target in "${targets[@]}"; do
  build /build/tests "$target" -DFIBO_BUILD_TESTS=ON -DFIBO_WARNINGS_AS_ERRORS=ON
done
allow_mpirun_as_root

say "running ctest on Debian $(cat /etc/debian_version)"
exec ctest --test-dir /build/tests --parallel "$(nproc)" --schedule-random \
  --output-on-failure --no-tests=error "$@"
