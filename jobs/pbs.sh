#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#PBS -N fibo_mpi
#PBS -l select=1:ncpus=4:mpiprocs=4
#PBS -l walltime=01:00:00
#PBS -r y
#
# To submit: qsub -l select=NODES:ncpus=C:mpiprocs=C -l walltime=H:M:S -- "$PWD/jobs/pbs.sh" [ARGUMENTS OF fibo_mpi...]
#
# PBS Professional and OpenPBS pass arguments only after `--`, and then read no #PBS line: give -N and
# -l to qsub. Without arguments `qsub jobs/pbs.sh` does. One rank for each line of PBS_NODEFILE.
# Variables go along with -v NAME or -V. In a job array each task takes one slice of the keys:
#   qsub -J 0-9 -- "$PWD/jobs/pbs.sh" %a..1000000..10
# Torque: qsub -F "ARGUMENTS" jobs/pbs.sh. There a job does not go back to the queue; submit it again with its store.
#
# A job that takes over has the name, queue, account, select, place and walltime of the one before, and PBS's
# own names for its output. What else is to be said: FIBO_SUBMIT_OPTIONS.
#
# Results are the job's stdout (or -o FILE), everything else its stderr; the exit code is the program's. Before
# the time limit the program is stopped, and the job goes back to the queue with what it has, until no
# key is left. FIBO_MPI names the program; without it the one in PATH is taken, else
# build/release/fibo_mpi in the folder of the submission or the folder above.
# Run under a real PBS: no; the tests run it against a stub.
set -euo pipefail

# Yours to change, here or in the environment of the submission:
store=${FIBO_STORE:-}                 # where values are kept; empty: fibo_mpi-JOB.db, which goes once all is done
max_restarts=${FIBO_MAX_RESTARTS:-20} # how often the job may go back to the queue while keys are left
warning_s=${FIBO_WARNING_S:-120}      # how long before the limit to stop: PBS gives no warning of its own
submit_options=${FIBO_SUBMIT_OPTIONS:-} # more words for the qsub of a job that takes over, as in '-P project -W ...'

cd "$PBS_O_WORKDIR"
# attribute NAME: of this job; empty where it has none. qstat goes on with a long one on a line that begins with a tab.
attribute() {
  qstat -f "$PBS_JOBID" | sed -e ':more' -e '$!N; s/\n\t//; t more' -e 'P; D' | sed -n "s/^ *$1 = //p"
}
walltime=$(attribute Resource_List.walltime || true)
left_s=$(awk -F: 'NF { for (i = 1; i <= NF; ++i) s = 60 * s + $i; print s }' <<<"$walltime")
requeue() {
  # qrerun is for operators, so a job of the same kind takes over, with the same store.
  local queue account place select walltime more options
  select=$(attribute Resource_List.select)
  if [[ -z $select ]]; then return 1; fi # Torque, whose qsub takes no arguments for a script
  queue=$(attribute queue) account=$(attribute Account_Name) place=$(attribute Resource_List.place)
  walltime=$(attribute Resource_List.walltime)
  read -ra more <<<"$submit_options"
  options=(-V -N "${PBS_JOBNAME:-fibo_mpi}" ${queue:+-q "$queue"} ${account:+-A "$account"}
    -l select="$select" ${place:+-l place="$place"} ${walltime:+-l walltime="$walltime"})
  hand_over_by qsub "${options[@]}" "${more[@]}" -- "$jobs/pbs.sh" "${arguments[@]}"
}

program=${FIBO_MPI:-$(command -v fibo_mpi ./build/release/fibo_mpi ../build/release/fibo_mpi | head -n 1 || true)}
if ! command -v "${program:-none}" >/dev/null; then
  echo "no fibo_mpi${program:+ at $program}; install or build it, or set FIBO_MPI" >&2
  exit 2
fi
folder=${FIBO_JOBS:-$(dirname "$(readlink -f "$(command -v "$program")")")}
lib=$(find "$folder"/{lib,../share/fibo_mpi/jobs/lib,../../jobs/lib} \
  -maxdepth 1 -name batch.sh 2>/dev/null | head -n 1 || true)
# shellcheck source=jobs/lib/batch.sh
source "${lib:?fibo_mpi is $program, but its jobs/lib is not found; set FIBO_JOBS to the folder of this script}"
run_job "$@"
