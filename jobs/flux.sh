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
# submission. Open MPI 5 needs the plugin flux-pmix and `-o pmi=pmix` after `flux run`. One rank for each core.
#
# A job that takes over has the ranks, queue and bank of the one before, and the time that was left as that
# began; its name and the names of its output are those above. What else is to be said: FIBO_SUBMIT_OPTIONS.
#
# Results are the job's stdout (or -o FILE), everything else its stderr; the exit code is the program's. Before
# the time limit the program is stopped, and the job goes back to the queue with what it has, until no
# key is left. FIBO_MPI names the program; without it the one in PATH is taken, else
# build/release/fibo_mpi in the folder of the submission or the folder above.
# Run under a real Flux: no; the tests run it against a stub.
set -euo pipefail

# Yours to change, here or in the environment of the submission:
store=${FIBO_STORE:-}                 # where values are kept; empty: fibo_mpi-JOB.db, which goes once all is done
max_restarts=${FIBO_MAX_RESTARTS:-20} # how often the job may go back to the queue while keys are left
warning_s=${FIBO_WARNING_S:-120}      # how long before the limit to stop
submit_options=${FIBO_SUBMIT_OPTIONS:-} # more words for the `flux batch` of a job that takes over

left_s=$(flux job timeleft || true)
# field NAME: of this job in the instance that runs it; empty where it has none, or this Flux does not know it.
field() {
  flux --parent jobs -n --format="{$1}" "$job" 2>/dev/null || true
}
requeue() {
  # Flux does not take a job back, so one of the same kind takes over, with the same store.
  local queue bank more options=(--nslots="$ranks")
  # Where there is no limit Flux says so by the largest number of 32 bits.
  if ((${left_s:-4294967295} < 4294967295)); then options+=(--time-limit="${left_s}s"); fi
  queue=$(field queue) bank=$(field bank)
  options+=(${queue:+--queue="$queue"} ${bank:+--setattr=system.bank="$bank"})
  read -ra more <<<"$submit_options"
  hand_over_by flux --parent batch "${options[@]}" "${more[@]}" "$jobs/flux.sh" "${arguments[@]}"
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
