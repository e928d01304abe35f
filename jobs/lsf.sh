#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#BSUB -J fibo_mpi
#BSUB -n 4
#BSUB -W 01:00
#BSUB -o fibo_mpi-%J.out
#BSUB -e fibo_mpi-%J.err
#
# To submit: bsub -n RANKS -o %J.out -e %J.err jobs/lsf.sh [ARGUMENTS OF fibo_mpi...]
#
# bsub reads the #BSUB lines of `bsub <jobs/lsf.sh`, which takes no arguments, and of a script that it
# is given by name where LSB_BSUB_PARSE_SCRIPT=Y. An Open MPI built without LSF reaches other hosts by
# ssh; where that is closed, set OMPI_MCA_plm_rsh_agent=blaunch.
#
# One rank for each slot. Results are the job's stdout, everything else its stderr,
# and the job's exit code is the program's. FIBO_MPI names the program; without it the one in PATH is
# taken, else the one that jobs/local.sh built in the folder of the submission or the folder above.
# Run under a real LSF: not yet; the tests run it against a stub.
set -euo pipefail

cd "$LS_SUBCWD"
ranks=$LSB_DJOB_NUMPROC
launch=(mpirun -np "$ranks" --hostfile "$LSB_DJOB_HOSTFILE")

found=$(command -v fibo_mpi ./build/release/fibo_mpi ../build/release/fibo_mpi | head -n 1) || true
program=${FIBO_MPI:-${found:?no fibo_mpi; build it with jobs/local.sh, or set FIBO_MPI}}
exec "${launch[@]}" "$program" "$@"
