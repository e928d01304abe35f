#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# flux: --job-name=fibo_mpi
# flux: --nslots=4
# flux: --time-limit=1h
# flux: --output=fibo_mpi-{{id}}.out
# flux: --error=fibo_mpi-{{id}}.err
#
# To submit: flux batch [--nslots=RANKS] jobs/flux.sh [ARGUMENTS OF fibo_mpi...]
#
# flux batch's own options override the lines above, and it starts the script in the folder of the
# submission. Open MPI 5 needs the plugin flux-pmix and `-o pmi=pmix` after `flux run`.
#
# One rank for each core. Results are the job's stdout, everything else its stderr,
# and the job's exit code is the program's. FIBO_MPI names the program; without it the one in PATH is
# taken, else the one that jobs/local.sh built in the folder of the submission or the folder above.
# Run under a real Flux: not yet; the tests run it against a stub.
set -euo pipefail

ranks=$(flux resource list --states=up --no-header --format='{ncores}')
launch=(flux run --ntasks="$ranks")

found=$(command -v fibo_mpi ./build/release/fibo_mpi ../build/release/fibo_mpi | head -n 1) || true
program=${FIBO_MPI:-${found:?no fibo_mpi; build it with jobs/local.sh, or set FIBO_MPI}}
exec "${launch[@]}" "$program" "$@"
