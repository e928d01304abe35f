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

# Takes two ranks some twenty seconds or more, for values that are short.
readonly short_values=(1000000000000000000..1000000000000000039 --digits 60000)

test_comes_back_before_the_limit() {
  start_grid_engine
  "$FIBO_MPI" -q "${short_values[@]}" >expected
  local job
  # Eight seconds a start, each of which opens the job's stdout for appending.
  job=$(FIBO_WARNING_S=30 qsub -V -terse -pe mpi 2 -l h_rt=38 "$script" "${short_values[@]}" --store kept.db)
  wait_for 300 "the end of job $job" is_gone "$job" || qstat -j "$job"
  check "it was restarted, and again" has "fibo_mpi.e$job" 'back to the queue for restart 2'
  check "its map is whole, and there once" same_file "fibo_mpi.o$job" expected
}

test_stays_away_after_qdel() {
  start_grid_engine
  local job
  job=$(qsub -V -terse -pe mpi 2 "$script" 12000000..13000000 --store kept.db)
  wait_for 60 "the store" test -s kept.db
  qdel "$job" >deleted
  wait_for_end "$job"
  check "it was told of its end" has "fibo_mpi.e$job" 'the job was ended; kept.db has what is done'
  check "its store is there" test -s kept.db
}

test_accepts_the_host() {
  start_grid_engine
  local job
  job=$(FIBO_ACCEPT_KEYS=1 qsub -V -terse -pe mpi 2 -o report -e errors "$here/../../jobs/accept.sh" 5)
  wait_for_end "$job"
  check "both ranks took part" has report 'on 2 ranks of 1 host,'
  check "the host passes" has report '^PASS$'
}

enter_own_machine "${BASH_SOURCE[0]}" "$@"
run_test "$1"
