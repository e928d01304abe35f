#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#BSUB -J fibo_mpi
#BSUB -n 4
#BSUB -W 01:00
#BSUB -wa USR1
#BSUB -wt 2
#BSUB -r
#BSUB -Q 99
#BSUB -o fibo_mpi-%J.out
#BSUB -e fibo_mpi-%J.err
#
# To submit: bsub -n RANKS -W 1:00 -wa USR1 -wt 2 -r -Q 99 -o %J.out -e %J.err jobs/lsf.sh [ARGUMENTS OF fibo_mpi...]
#
# bsub reads the #BSUB lines of `bsub <jobs/lsf.sh`, which takes no arguments, and of a script that it
# is given by name where LSB_BSUB_PARSE_SCRIPT=Y. An Open MPI built without LSF reaches other hosts by
# ssh; where that is closed, set OMPI_MCA_plm_rsh_agent=blaunch. One rank for each slot. In a job array each
# task takes one slice of the keys: the same with -J 'fibo_mpi[1-10]' -o %J.%I.out -e %J.%I.err, and
# %a..1000000..10 as arguments.
#
# Results are the job's stdout (or -o FILE), everything else its stderr; the exit code is the program's. Before
# the time limit the program is stopped, and the job goes back to the queue with what it has, until no
# key is left. FIBO_MPI names the program; without it the one in PATH is taken, else
# build/release/fibo_mpi in the folder of the submission or the folder above.
# Where LSF keeps stdout to itself until the end (LSB_STDOUT_DIRECT is not Y), a restarted job's has the results of each
# run: give -o FILE there.
# Run under a real LSF: no; the tests run it against a stub.
set -euo pipefail

# Yours to change, here or in the environment of the submission:
store=${FIBO_STORE:-}                 # where values are kept; empty: fibo_mpi-JOB.db, which goes once all is done
max_restarts=${FIBO_MAX_RESTARTS:-20} # how often the job may go back to the queue while keys are left

cd "$LS_SUBCWD"
# The warning is SIGUSR1, by -wa and -wt.
left_s='' warning_s=''
requeue() {
  exit 99 # which LSF takes for: again, by -Q
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
