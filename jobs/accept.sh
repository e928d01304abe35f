#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#SBATCH --job-name=fibo_accept
#SBATCH --time=01:00:00
#SBATCH --exclusive
#PBS -N fibo_accept
#PBS -l walltime=01:00:00
#BSUB -J fibo_accept
#BSUB -W 01:00
#$ -N fibo_accept
#$ -S /bin/bash
#$ -cwd
# flux: --job-name=fibo_accept
# flux: --time-limit=1h
#
# jobs/accept.sh [SECONDS]: are these machines sound, and as fast as each other? For after maintenance.
#
#   sbatch --nodes=16 --ntasks-per-node=64 jobs/accept.sh 1800
#   qsub -l select=16:ncpus=64:mpiprocs=64 -- "$PWD/jobs/accept.sh" 1800
#   jobs/accept.sh 60                                                     # this machine alone
#
# Computes a fixed set of keys on all slots of the allocation, again and again for SECONDS (600, and two
# rounds at least), and checks every value: those in full modulo a random prime where they were computed, the
# others by another computation in another round. Ends with a report per host on stdout: keys/s, checks,
# failures, its fastest and its slowest rank; ranks that are over 10 % slower than the median are named.
#
# Exit code: 0 if every value was right; 1 if one was wrong, a rank was lost, or a run failed, and then what was
# recorded stays in the folder accept-JOB, as where a signal ends it (130 by Ctrl-C, 143 by SIGTERM).
# Run under a real Slurm and a real Grid Engine: yes, by the tests of this project (tests/cluster); under PBS, LSF and
# Flux: no. FIBO_MPI and FIBO_JOBS are as in the other scripts of this folder.
set -euo pipefail

# Yours to change, here or in the environment of the submission:
slower_percent=${FIBO_SLOWER_PERCENT:-10} # a rank that is so much slower than the median is named
slow_fails=${FIBO_SLOW_FAILS:-}           # not empty: and makes the exit code 1
keys_a_rank=${FIBO_ACCEPT_KEYS:-10}       # in each round, of either kind

cd "${SLURM_SUBMIT_DIR:-${PBS_O_WORKDIR:-${LS_SUBCWD:-${SGE_O_WORKDIR:-.}}}}"
program=${FIBO_MPI:-$(command -v fibo_mpi ./build/release/fibo_mpi ../build/release/fibo_mpi | head -n 1 || true)}
lib=$(find "${FIBO_JOBS:-$(dirname "$(command -v "${program:-none}" || echo .)")}"/{lib,../share/fibo_mpi/jobs/lib,../../jobs/lib} \
  -maxdepth 1 -name launch.sh 2>/dev/null | head -n 1 || true)
# shellcheck source=jobs/lib/launch.sh
source "${lib:?no fibo_mpi; build it with jobs/local.sh, or set FIBO_MPI, and FIBO_JOBS to the folder of this script}"
if [[ -z $program ]]; then
  echo "accept: no fibo_mpi; build it with jobs/local.sh, or set FIBO_MPI" >&2
  exit 2
fi

seconds=${1:-600}
find_launch
say() { printf 'accept: %s\n' "$*" >&2; }
[[ $seconds =~ ^[0-9]+$ ]] || { say "'$seconds' is no number of seconds" && exit 2; }
records=accept-${job//[^A-Za-z0-9._-]/_}
mkdir -p "$records"
rm -f "$records"/*

# A round of either kind takes about as long on each rank: values in full, which fill memory and the network,
# and the ends of huge ones, which leave the ranks to themselves.
number=$((ranks * keys_a_rank))
full=(20000000..$((20000000 + 1000 * (number - 1)))..1000)
ends=(1000000000000000000..$((1000000000000000000 + number - 1)) --digits 40000)

# round NUMBER: one run of each kind. Notes what went wrong in $records/failures.
round() {
  local differing
  run "$1" full "${full[@]}" --output /dev/null
  run "$1" ends "${ends[@]}" --output "$records/values-$1"
  if (($1 == 1)) || [[ ! -f $records/values-1 || ! -f $records/values-$1 ]]; then return; fi
  differing=$(diff "$records/values-1" "$records/values-$1" | sed -n 's/^> \(F([0-9]*)\).*/\1/p' | paste -sd ' ') || true # diff's own code
  if [[ -n $differing ]]; then
    echo "round $1: other digits than in round 1: ${differing:0:200}" >>"$records/failures"
  fi
  rm -f "$records/values-$1"
}

# run ROUND KIND ARGUMENTS...: a run that does not end is ended.
run() {
  local name=$2-$1 status=0
  # In the background, as a trap waits for what is not. timeout has a process group of its own there: what ends this
  # script, Ctrl-C too, is passed on by `stop` alone.
  timeout --signal=TERM --kill-after=30 "$((seconds + 900))" "${launch[@]}" "$program" --quiet \
    --stats "$records/$name.json" "${@:3}" 2>"$records/$name.err" &
  wait "$!" || status=$?
  if ((status != 0)); then
    echo "round $1, $2: exit code $status: $(grep -m 1 fibo_mpi: "$records/$name.err" || true)" >>"$records/failures"
  fi
}

# stop EXIT_CODE: ends the run at hand, then the script.
# shellcheck disable=SC2317  # the traps call it
stop() {
  trap '' INT TERM HUP
  kill "$(jobs -p)" 2>/dev/null || true # there may be none
  wait
  say "ended by a signal; the records so far are in $records" || true
  exit "$1"
}
trap 'stop 130' INT
trap 'stop 143' TERM
trap 'stop 129' HUP

begin=$SECONDS rounds=0
while ((rounds < 2 || SECONDS - begin < seconds)); do
  rounds=$((rounds + 1))
  round "$rounds"
  # More rounds would only say the same.
  if [[ -f $records/failures ]] && (($(wc -l <"$records/failures") > 20)); then break; fi
done

verdict=0
shopt -s nullglob
awk -v rounds="$rounds" -v elapsed="$((SECONDS - begin))" -v percent="$slower_percent" -v slow_fails="$slow_fails" \
  -f "$(dirname "$lib")/accept_report.awk" "$records"/*.json /dev/null || verdict=$?
if [[ -f $records/failures ]]; then
  sed 's/^/failed: /' "$records/failures"
  verdict=1
fi
if ((verdict == 0)); then
  rm -rf "$records"
  echo "PASS"
else
  echo "FAIL; the records of all rounds are in $records"
fi
exit "$verdict"
