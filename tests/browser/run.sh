#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/browser/run.sh [ARGUMENTS OF ctest...]
#
# Timelines and reports in headless Chromium: installs what is missing (Debian and Ubuntu), builds, and
# runs the tests labelled `browser`. The exit code is ctest's.
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobs/lib/prepare.sh"

need_packages "${build_packages[@]}" "${test_packages[@]}" "${browser_packages[@]}"
build "$root/build/tests" all -DFIBO_BUILD_TESTS=ON -DFIBO_WARNINGS_AS_ERRORS=ON
# Chromium may be newer than the configuration.
quietly cmake "$root/build/tests" || fail "the configuration failed; see above"

say "running ctest in $root/build/tests"
exec ctest --test-dir "$root/build/tests" --output-on-failure --no-tests=error \
  --label-regex '^browser$' "$@"
