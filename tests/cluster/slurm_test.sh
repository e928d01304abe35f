#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# slurm_test.sh TEST: jobs/slurm.sbatch under a real Slurm of four virtual nodes, as CTest runs it.
# FIBO_MPI names the program.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
script=$here/../../jobs/slurm.sbatch
# shellcheck source=tests/cluster/lib/machine.sh
source "$here/lib/machine.sh"
# shellcheck source=tests/cluster/lib/checks.sh
source "$here/lib/checks.sh"
# shellcheck source=tests/cluster/lib/slurm.sh
source "$here/lib/slurm.sh"

: "${FIBO_MPI:?names the program}"
export FIBO_MPI

# expected ARGUMENTS...: what one rank, without a scheduler, writes for the same request.
expected() {
  "$FIBO_MPI" -q "$@" >expected
}

test_runs_on_all_nodes() {
  start_slurm
  expected 0..3000 100000..100900..9
  local first second
  first=$(submit --ntasks=8 --nodes=4 "$script" -v 0..3000 100000..100900..9)
  # The first has all of the cluster, so this one waits for it.
  second=$(submit --ntasks=1 "$script" 10)
  check "a job waits while there is no room" is_in_state "$second" PENDING
  wait_for_end "$first" 120
  wait_for_end "$second" 120

  check "the job is complete" equal "$(state_of "$first")" COMPLETED
  check "it ended with 0" equal "$(field_of "$first" ExitCode)" 0:0
  check "it had four nodes" equal "$(field_of "$first" NumNodes)" 4
  check "its map is that of one rank" same_file "fibo_mpi-$first.out" expected
  check "eight ranks took part" has "fibo_mpi-$first.err" 'on 8 ranks'
  check "a job of one core is complete" equal "$(state_of "$second")" COMPLETED
  check "its map is whole" equal "$(cat "fibo_mpi-$second.out")" "F(10) = 55"
  check "squeue has no job left" equal "$(squeue --noheader)" ""
}

test_mpirun_runs_in_the_allocation() {
  start_slurm
  expected 0..3000
  local job
  job=$(FIBO_LAUNCHER=mpirun submit --ntasks=6 --nodes=3 "$script" 0..3000 -o map)
  wait_for_end "$job" 120
  check "the job is complete" equal "$(state_of "$job")" COMPLETED
  check "its map is that of one rank" same_file map expected
  check "six ranks took part" has "fibo_mpi-$job.err" 'on 6 ranks'
}

test_tells_how_a_job_ended() {
  start_slurm
  local job
  job=$(submit --ntasks=3 "$script" 12 x13)
  wait_for_end "$job" 120
  check "a wrong request fails" equal "$(state_of "$job")" FAILED
  check "with the program's code" equal "$(field_of "$job" ExitCode)" 2:0
  check "its message is in the job's stderr" has "fibo_mpi-$job.err" "x13"
  check "nothing was written" equal "$(cat "fibo_mpi-$job.out")" ""
}

# Takes a rank some 20 ms a key.
readonly slow_keys=(12000000..12001200..6)
# Takes two ranks some ten seconds or more, for values that are short.
readonly short_values=(1000000000000000000..1000000000000000019 --digits 60000)

test_comes_back_after_the_warning() {
  start_slurm
  expected "${short_values[@]}"
  local job
  job=$(submit --ntasks=2 "$script" "${short_values[@]}" --store kept.db -o map)
  wait_for 120 "some values in the store" is_larger kept.db 150000
  # What --signal=B:USR1 does ahead of the time limit: Slurm picks its moment within half a minute, which
  # a test cannot wait for and be sure that keys are both done and left.
  scancel --batch --signal=USR1 "$job"
  wait_for 60 "the job in the queue" is_in_state "$job" 'PENDING|COMPLETED'
  check "it keeps what it had" is_larger kept.db 150000
  wait_for_end "$job" 240
  check "the job is complete" equal "$(state_of "$job")" COMPLETED
  check "it was restarted" equal "$(field_of "$job" Restarts)" 1
  check "its map is whole" same_file map expected
}

test_time_limit_costs_nothing_but_time() {
  start_slurm
  # Under two minutes for two ranks here, and Slurm, whose limits are minutes, warns at any moment from half
  # a minute to one and a half after the start.
  local first=1000000000000000000 last=1000000000000000319 job
  job=$(submit --ntasks=2 --time=2 --signal=B:USR1@30 "$script" "$first..$last" --digits 60000 \
    --store kept.db -o map)
  wait_for 240 "the first restart" has_restarted "$job"
  wait_for_end "$job" 1200
  check "the job is complete" equal "$(state_of "$job")" COMPLETED
  check "what it had is not computed again" has "fibo_mpi-$job.err" '320 distinct, [1-9][0-9]* from the store'
  check "its map has all keys" equal "$(wc -l <map)" 320
  # All of them would take one rank minutes.
  expected "$first..$last..16" --digits 60000
  awk 'NR % 16 == 1' map >sample
  check "its values are right" same_file sample expected
}

test_stays_away_after_scancel() {
  start_slurm
  local job
  job=$(submit --ntasks=2 "$script" 12000000..13000000 --store kept.db)
  wait_for 60 "the store" test -s kept.db
  scancel "$job"
  wait_for_end "$job" 60
  check "the job is cancelled" equal "$(state_of "$job")" CANCELLED
  check "it was not restarted" equal "$(field_of "$job" Restarts)" 0
  check "its store is there" test -s kept.db
}

test_an_array_takes_slices() {
  start_slurm
  expected 0..400
  local job task
  job=$(submit --array=0-3 --ntasks=2 "$script" '%a..400..4' --store 'slice-%a.db' -o 'map-%a')
  for task in 0 1 2 3; do wait_for_end "${job}_$task" 120; done
  sort -t'(' -k2n map-? >all
  check "the slices are the whole" same_file all expected
  check "each has its store" test -s slice-0.db -a -s slice-1.db -a -s slice-2.db -a -s slice-3.db
  check "the stores become one" "$FIBO_MPI" --store all.db --merge-store slice-0.db --merge-store slice-1.db \
    --merge-store slice-2.db --merge-store slice-3.db 0..400 -o merged 2>err
  check "whose map is the whole" same_file merged expected
  check "with nothing computed again" has err '401 keys .401 distinct, 401 from the store'
}

test_comes_back_when_a_node_goes_down() {
  start_slurm
  expected "${slow_keys[@]}"
  local job
  job=$(submit --nodes=3 --ntasks=3 "$script" "${slow_keys[@]}" --store kept.db -o map)
  wait_for 60 "the store" test -s kept.db
  scontrol update nodename=n2 state=down reason=test
  wait_for 60 "the end of the first run" is_in_state "$job" 'PENDING|COMPLETED'
  # Its slurmd is well, so that the node may have come back by itself.
  scontrol update nodename=n2 state=resume 2>/dev/null || true
  wait_for_end "$job" 240
  check "the job is complete" equal "$(state_of "$job")" COMPLETED
  check "it was restarted" equal "$(field_of "$job" Restarts)" 1
  check "its map is whole" same_file map expected
}

# kill_node NAME: its slurmd and its ranks die at once, as where the power goes.
kill_node() {
  local process
  kill -KILL "${slurmd_of[$1]}"
  for process in /proc/[0-9]*; do
    if tr '\0' '\n' 2>/dev/null <"$process/environ" | grep -qx "SLURMD_NODENAME=$1"; then
      kill -KILL "${process#/proc/}" 2>/dev/null || true
    fi
  done
}

has_restarted() {
  [[ $(field_of "$1" Restarts) -ge 1 ]]
}

test_comes_back_when_a_node_dies() {
  start_slurm
  expected "${slow_keys[@]}"
  local job
  job=$(submit --nodes=3 --ntasks=3 "$script" "${slow_keys[@]}" --store kept.db -o map)
  wait_for 60 "the store" test -s kept.db
  kill_node n2
  wait_for 120 "the restart" has_restarted "$job"
  wait_for_end "$job" 240
  check "the job is complete" equal "$(state_of "$job")" COMPLETED
  check "without the node" equal "$(sinfo --noheader --nodes=n2 --format=%T | tr -d '*')" down
  check "its map is whole" same_file map expected
}

test_makes_way_for_an_urgent_job() {
  start_slurm
  expected "${slow_keys[@]}"
  "$FIBO_MPI" -q 0..300 >expected-urgent
  local job urgent
  job=$(submit --nodes=4 --ntasks=8 "$script" "${slow_keys[@]}" --store kept.db -o map)
  wait_for 60 "the store" test -s kept.db
  urgent=$(submit --partition=urgent --nodes=4 --ntasks=8 "$script" 0..300 -o map-urgent)
  wait_for_end "$urgent" 120
  wait_for_end "$job" 240
  check "the urgent job is complete" equal "$(state_of "$urgent")" COMPLETED
  check "its map is whole" same_file map-urgent expected-urgent
  check "the other is complete" equal "$(state_of "$job")" COMPLETED
  check "it was restarted once" equal "$(field_of "$job" Restarts)" 1
  check "its map is whole too" same_file map expected
}

test_accepts_the_nodes() {
  start_slurm
  local job script=$here/../../jobs/accept.sh
  # The nodes are one host, on which ranks without a core of their own are idle.
  local options=(--nodes=2 --ntasks-per-node=1 --error=errors)
  export FIBO_ACCEPT_KEYS=1
  job=$(submit "${options[@]}" --time=10 --output=report "$script" 5)
  wait_for_end "$job" 200
  check "the job is complete" equal "$(state_of "$job")" COMPLETED
  check "all ranks took part" has report 'on 2 ranks of 1 host,'
  check "the nodes pass" has report '^PASS$'
  job=$(submit "${options[@]}" --time=2 --output=limited "$script" 600) # and the warning comes two minutes ahead
  wait_for_end "$job" 200
  check "a limit ends it with a report" has limited '^ENDED by a signal after'
}

enter_own_machine "${BASH_SOURCE[0]}" "$@"
run_test "$1"
