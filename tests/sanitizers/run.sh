#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/sanitizers/run.sh asan|tsan [ARGUMENTS OF ctest...]
#
# Builds everything in build/asan or build/tsan with AddressSanitizer and UndefinedBehaviorSanitizer, or with
# ThreadSanitizer, and runs the tests of the program and its libraries: all but those of the labels that
# tests/run.sh leaves out too, and those of scripts, packages and style, benchmarks, fuzzers and large values. A
# finding ends its process with exit code 66, which fails the test, and is left in build/NAME/findings as a file
# per process: some processes are killed by their tests, and what they found counts too. The exit code is 1 if
# there is any. What is suppressed is Open MPI's own (asan: leaks.supp, tsan: threads.supp).
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobs/lib/prepare.sh"

name=${1:-}
[[ $name == asan || $name == tsan ]] || fail "which sanitizers: asan or tsan?"
shift
here=$root/tests/sanitizers
folder=$root/build/$name
findings=$folder/findings

need_packages "${build_packages[@]}" "${test_packages[@]}"
[[ -f $folder/build.ninja ]] || quietly cmake -S "$root" -B "$folder" --preset "$name"
say "building in $folder"
quietly cmake --build "$folder" || fail "the build failed; see above"
allow_mpirun_as_root

rm -rf "$findings"
mkdir -p "$findings"
common=exitcode=66:log_path=$findings/report
# Open MPI looks up symbols in libraries that it unloads, and allocates with memory that it never frees:
# whose it is shows in a whole stack alone, as frame pointers end at the first of its frames.
export ASAN_OPTIONS=$common:detect_leaks=1:detect_stack_use_after_return=1:fast_unwind_on_malloc=0
export LSAN_OPTIONS=suppressions=$here/leaks.supp:print_suppressions=0
export UBSAN_OPTIONS=$common:print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=$common:suppressions=$here/threads.supp:history_size=4

(($# > 0)) || set -- --label-exclude '^(huge|long|cluster|browser|fresh_tree|trixie|packaging|jobs|style|bench|fuzz|large)$'

status=0
ctest --test-dir "$folder" --parallel "$(nproc)" --schedule-random --output-on-failure \
  --no-tests=error "$@" || status=$?
count=$(find "$findings" -type f | wc -l)
say "$count processes left a finding in $findings"
((count == 0)) || exit 1
exit "$status"
