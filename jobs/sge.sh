#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#$ -N fibo_mpi
#$ -pe mpi 4
#$ -l h_rt=01:00:00
#$ -S /bin/bash
#$ -cwd
#
# To submit: qsub [-pe NAME RANKS] jobs/sge.sh [ARGUMENTS OF fibo_mpi...]
#
# `qconf -spl` lists a cluster's parallel environments; the one to take has control_slaves TRUE. Open
# MPI learns the hosts from Grid Engine itself.
#
# One rank for each slot. Results are the job's stdout, everything else its stderr,
# and the job's exit code is the program's. FIBO_MPI names the program; without it the one in PATH is
# taken, else the one that jobs/local.sh built in the folder of the submission or the folder above.
# Run under a real Grid Engine: not yet; the tests run it against a stub.
set -euo pipefail

cd "$SGE_O_WORKDIR"
ranks=$NSLOTS
launch=(mpirun -np "$ranks")

found=$(command -v fibo_mpi ./build/release/fibo_mpi ../build/release/fibo_mpi | head -n 1) || true
program=${FIBO_MPI:-${found:?no fibo_mpi; build it with jobs/local.sh, or set FIBO_MPI}}
exec "${launch[@]}" "$program" "$@"
