#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#$ -N fibo_mpi
#$ -pe mpi 4
#$ -l h_rt=01:00:00
#$ -notify
#$ -r y
#$ -S /bin/bash
#$ -cwd
#
# To submit: qsub [-pe NAME RANKS] jobs/sge.sh [ARGUMENTS OF fibo_mpi...]
#
# `qconf -spl` lists a cluster's parallel environments; the one to take has control_slaves TRUE. Open
# MPI learns the hosts from Grid Engine itself. One rank for each slot. Variables go along with -v NAME
# or -V. In a job array each task takes one slice of the keys: qsub -t 1-10 jobs/sge.sh %a..1000000..10
#
# Results are the job's stdout (or -o FILE), everything else its stderr; the exit code is the program's. Before
# the time limit the program is stopped, and the job goes back to the queue with what it has, until no
# key is left. FIBO_MPI names the program; without it the one in PATH is taken, else
# build/release/fibo_mpi in the folder of the submission or the folder above.
# Run under a real Grid Engine: yes, on one host, by the tests of this project (tests/cluster).
set -euo pipefail

# Yours to change, here or in the environment of the submission:
store=${FIBO_STORE:-}                 # where values are kept; empty: fibo_mpi-JOB.db, which goes once all is done
max_restarts=${FIBO_MAX_RESTARTS:-20} # how often the job may go back to the queue while keys are left
warning_s=${FIBO_WARNING_S:-120}      # how long before the limit to stop

cd "$SGE_O_WORKDIR"
# SIGUSR2, by -notify, comes ahead of the end by qdel and at h_rt, after which Grid Engine does not take a job
# back; and from the second start of a job on, 8.1.9 takes s_rt for h_rt. So the script stops before either.
left_s=$(qstat -j "$JOB_ID" 2>/dev/null | sed -n 's/^hard resource_list: *//p' | tr , '\n' |
  sed -n 's/^[sh]_rt=\([0-9]\{1,\}\)$/\1/p' | sort -n | head -n 1 || true)
requeue() {
  exit 99 # which Grid Engine takes for: again
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
