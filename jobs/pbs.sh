#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#PBS -N fibo_mpi
#PBS -l select=1:ncpus=4:mpiprocs=4
#PBS -l walltime=01:00:00
#
# To submit: qsub [-l select=NODES:ncpus=C:mpiprocs=C] -- "$PWD/jobs/pbs.sh" [ARGUMENTS OF fibo_mpi...]
#
# PBS Professional and OpenPBS pass arguments only after `--`, and then read no #PBS line: give -N and
# -l to qsub. Without arguments `qsub jobs/pbs.sh` does. Torque: qsub -F "ARGUMENTS" jobs/pbs.sh.
#
# One rank for each line of PBS_NODEFILE. Results are the job's stdout, everything else its stderr,
# and the job's exit code is the program's. FIBO_MPI names the program; without it the one in PATH is
# taken, else the one that jobs/local.sh built in the folder of the submission or the folder above.
# Run under a real PBS: not yet; the tests run it against a stub.
set -euo pipefail

cd "$PBS_O_WORKDIR"
ranks=$(wc -l <"$PBS_NODEFILE")
launch=(mpirun -np "$ranks" --hostfile "$PBS_NODEFILE")

found=$(command -v fibo_mpi ./build/release/fibo_mpi ../build/release/fibo_mpi | head -n 1) || true
program=${FIBO_MPI:-${found:?no fibo_mpi; build it with jobs/local.sh, or set FIBO_MPI}}
exec "${launch[@]}" "$program" "$@"
