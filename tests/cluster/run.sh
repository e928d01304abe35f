#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/cluster/run.sh [ARGUMENTS OF ctest...]      for example: tests/cluster/run.sh -R slurm
#
# The program under real schedulers and on several hosts: installs what is missing (Debian and Ubuntu),
# builds as tests/run.sh does, and runs the tests labelled `cluster`. They need root, and skip
# themselves without. The exit code is ctest's.
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobs/lib/prepare.sh"

# Debian starts services when it installs them, unless this file forbids it. One that is there already
# is the admin's.
without_services() {
  local policy=/usr/sbin/policy-rc.d
  if [[ -e $policy ]] || ((EUID != 0)); then
    "$@"
    return
  fi
  # In a shell of its own: a command that fails may end it, and the file must go all the same.
  (
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 0755 "$policy"
    "$@"
  )
}

need_packages "${build_packages[@]}" "${test_packages[@]}"
if ((EUID == 0)); then
  without_services need_packages "${cluster_packages[@]}"
else
  say "not root: the tests will skip themselves"
fi
build "$root/build/tests" all -DFIBO_BUILD_TESTS=ON -DFIBO_WARNINGS_AS_ERRORS=ON

say "running ctest in $root/build/tests"
exec ctest --test-dir "$root/build/tests" --output-on-failure --no-tests=error \
  --label-regex '^cluster$' "$@"
