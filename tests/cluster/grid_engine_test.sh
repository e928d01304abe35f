#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# grid_engine_test.sh TEST: jobs/sge.sh under a real Grid Engine of one host, as CTest runs it. FIBO_MPI
# names the program.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
script=$here/../../jobs/sge.sh
# shellcheck source=tests/cluster/lib/machine.sh
source "$here/lib/machine.sh"
# shellcheck source=tests/cluster/lib/checks.sh
source "$here/lib/checks.sh"
# shellcheck source=tests/cluster/lib/grid_engine.sh
source "$here/lib/grid_engine.sh"

: "${FIBO_MPI:?names the program}"

export FIBO_MPI

# wait_for_end JOB: until qstat knows it no more.
wait_for_end() {
  wait_for 120 "the end of job $1" is_gone "$1" || qstat -j "$1"
}
is_gone() {
  # qstat fails then, which would be the pipe's exit code.
  grep -q 'do not exist' <(qstat -j "$1" 2>&1)
}

test_runs_on_all_slots() {
  start_grid_engine
  "$FIBO_MPI" -q 0..3000 >expected
  local job
  job=$(qsub -V -terse -pe mpi 3 "$script" 0..3000)
  wait_for_end "$job"
  check "its map is that of one rank" same_file "fibo_mpi.o$job" expected
  check "three ranks took part" has "fibo_mpi.e$job" 'on 3 ranks'
}

enter_own_machine "${BASH_SOURCE[0]}" "$@"
run_test "$1"
