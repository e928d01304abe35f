#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#SBATCH --job-name=fibo_accept
#SBATCH --time=01:00:00
#SBATCH --exclusive
#SBATCH --signal=B:TERM@120
#SBATCH --no-requeue
#PBS -N fibo_accept
#PBS -l walltime=01:00:00
#PBS -r n
#BSUB -J fibo_accept
#BSUB -W 01:00
#$ -N fibo_accept
#$ -S /bin/bash
#$ -cwd
#$ -notify
#$ -r n
# flux: --job-name=fibo_accept
# flux: --time-limit=1h
#
# jobs/accept.sh [SECONDS]: are these machines sound, and as fast as each other? For after maintenance.
#
#   sbatch --nodes=16 --ntasks-per-node=64 jobs/accept.sh 1800
#   qsub -r n -l select=16:ncpus=64:mpiprocs=64 -- "$PWD/jobs/accept.sh" 1800
#   qsub -pe mpi 64 jobs/accept.sh 1800                                   # Grid Engine
#   bsub -rn -wa USR1 -wt 2 -n 1024 jobs/accept.sh 1800      # no #BSUB lines: sbatch reads those, and not all
#   flux batch --nslots=1024 jobs/accept.sh 1800
#   jobs/accept.sh 60                                                     # this machine alone
#
# Computes a fixed set of keys on all slots of the allocation, again and again for SECONDS (600, and two
# rounds at least), and checks every value: those in full modulo a random prime where they were computed, the
# others by another computation in another round, and their last digits by another algorithm. Ends with a report
# per host on stdout: keys/s, checks, failures, its fastest and its slowest rank; ranks that are over 10 % slower
# than the median are named, and so are the problems that fibo_mpi --doctor sees, which alone fail nothing: they
# are of how the job was started.
#
# Exit code: 0 if all ranks took part and every value was right; 1 if a value was wrong, a rank was lost, missing or
# idle, or a run failed; 2 if this script cannot run, as with a wrong argument. A signal, as before the time limit, ends
# it with a report on what there is (130 by Ctrl-C, 143 by SIGTERM). What was recorded stays in the folder
# accept-JOB, or accept-HOST-PROCESS where there is no scheduler, unless all is well. A job that is started a second
# time fails, and leaves what the first has recorded.
# Run under a real Slurm and a real Grid Engine: yes, by the tests of this project (tests/cluster); under PBS, LSF and
# Flux: no. FIBO_MPI and FIBO_JOBS are as in the other scripts of this folder.
set -euo pipefail

# Yours to change, here or in the environment of the submission:
slower_percent=${FIBO_SLOWER_PERCENT:-10} # a rank that is so much slower than the median is named
slow_fails=${FIBO_SLOW_FAILS:-}           # not empty: and makes the exit code 1
keys_a_rank=${FIBO_ACCEPT_KEYS:-10}       # in each round, of either kind

say() { printf 'accept: %s\n' "$*" >&2; }

# refuse WHY: nothing has been tested, and nothing is said about the machines.
refuse() {
  say "$*"
  exit 2
}

case ${1-} in
  -h | --help)
    sed -n '/^# jobs.accept/,/^set /s/^# \{0,1\}//p' "$0"
    exit
    ;;
esac
seconds=${1-600}
(($# <= 1)) || refuse "one argument at most, the number of seconds"
[[ $seconds =~ ^(0|[1-9][0-9]{0,6})$ ]] || refuse "'$seconds' is no number of seconds"
[[ $keys_a_rank =~ ^[1-9][0-9]{0,5}$ ]] || refuse "FIBO_ACCEPT_KEYS: '$keys_a_rank' is no number of keys"
[[ $slower_percent =~ ^[0-9]{1,4}$ ]] || refuse "FIBO_SLOWER_PERCENT: '$slower_percent' is no whole number"

cd "${SLURM_SUBMIT_DIR:-${PBS_O_WORKDIR:-${LS_SUBCWD:-${SGE_O_WORKDIR:-.}}}}" || exit 2
program=${FIBO_MPI:-$(command -v fibo_mpi ./build/release/fibo_mpi ../build/release/fibo_mpi | head -n 1 || true)}
command -v "${program:-none}" >/dev/null ||
  refuse "no fibo_mpi${program:+ at $program}; install or build it, or set FIBO_MPI"
folder=${FIBO_JOBS:-$(dirname "$(readlink -f "$(command -v "$program")")")}
lib=$(find "$folder"/{lib,../share/fibo_mpi/jobs/lib,../../jobs/lib} \
  -maxdepth 1 -name launch.sh 2>/dev/null | head -n 1 || true)
[[ -n $lib ]] ||
  refuse "fibo_mpi is $program, but its jobs/lib is not found; set FIBO_JOBS to the folder of this script"
# shellcheck source=jobs/lib/launch.sh
source "$lib"

find_launch
shopt -s nullglob
if [[ $job == local ]]; then job=$(uname -n)-$$; fi
records=accept-${job//[^A-Za-z0-9._-]/_}
if [[ -e $records ]] || ((${SLURM_RESTART_COUNT:-0} > 0)); then
  say "this job was started before: a node may have gone down; see $records, and remove it to test again"
  exit 1
fi
mkdir "$records" || exit 2

# A round of either kind takes about as long on each rank: values in full, which fill memory and the network,
# and the ends of huge ones, which leave the ranks to themselves.
number=$((ranks * keys_a_rank))
step=$((number > 1000 ? 1000000 / number + 1 : 1000)) # the last of ever so many keys takes as long as the first
full=20000000..$((20000000 + step * (number - 1)))..$step
ends=1000000000000000000..$((1000000000000000000 + number - 1))

# round NUMBER: one run of each kind. Notes what went wrong in $records/failures.
round() {
  local values=$records/values-$1
  run "$1" full "$full" --output /dev/null
  run "$1" ends "$ends" --digits 40000 --output "$values"
  if (($1 == 1)); then run 1 residues "$ends" --mod 1000000000000000000 --output "$records/residues"; fi
  if [[ ! -f $values ]]; then return; fi
  check_ends "$1" >>"$records/failures"
  if (($1 > 1)); then rm "$values"; fi
}

# check_ends ROUND: names the keys whose digits are not those of round 1, or are not right, and who computed them. So
# few are named that a fault of all does not fill the report.
check_ends() {
  local key values=$records/values-$1
  if [[ -f $records/residues ]]; then
    awk 'NR == FNR { residue[$1] = substr("00000000000000000" $NF, length($NF)); next }
      $1 in residue && substr($3, length($3) - 17) != residue[$1] && ++wrong <= 10 { print $1 }' \
      "$records/residues" "$values" | while read -r key; do
        echo "round $1: $key, by $(who "$1" "$key"), has other last digits than --mod gives"
      done
  fi
  if (($1 == 1)) || [[ ! -f $records/values-1 ]]; then return; fi
  # diff's exit code says what its output says.
  { diff "$records/values-1" "$values" || true; } | awk '/^>/ && ++wrong <= 10 { print $2 }' | while read -r key; do
    echo "round $1: $key, by $(who "$1" "$key"), has other digits than in round 1, by $(who 1 "$key")"
  done
}

# who ROUND KEY: which rank computed these ends, if the record has them as a span of their own.
who() {
  local found
  found=$(sed -n -e '/"host":/ { s/.*"rank":\([0-9]*\),"host":"\([^"]*\)".*/rank \1@\2/; h; }' \
    -e "/\"keys\":1,.*\"largest_key\":${2//[!0-9]/}[,}]/ { g; p; q; }" "$records/ends-$1.json" 2>/dev/null) || true
  echo "${found:-a rank unknown}"
}

# run ROUND KIND ARGUMENTS...
run() {
  local name=$2-$1 status=0
  launch_program "$name" --quiet --stats "$records/$name.json" "${@:3}" || status=$?
  if ((status != 0)); then
    echo "round $1, $2: exit code $status: $(reason "$records/$name.err")" >>"$records/failures"
  elif [[ ! -s $records/$name.json ]]; then
    # mpirun of Open MPI 5.0 says 0 where it has lost a host.
    echo "round $1, $2: ended before it was done, as where a host is lost: $(reason "$records/$name.err")" \
      >>"$records/failures"
  fi
}

# reason FILE: the line of this stderr that says most; mpirun frames what it says.
reason() {
  grep -s -m 1 fibo_mpi: "$1" || grep -s -m 1 '[^-[:space:]]' "$1" || true
}

# launch_program NAME ARGUMENTS...: on all ranks; one that does not end is ended. Once a signal has come it does not
# return.
launch_program() {
  local status=0
  if [[ -n $ended ]]; then stop; fi
  # In the background, as a trap waits for what is not. timeout has a process group of its own there: what ends this
  # script, Ctrl-C too, is passed on by `end` alone.
  timeout --signal=TERM --kill-after=30 "$((seconds + 900))" "${launch[@]}" "$program" "${@:2}" \
    >"$records/$1.out" 2>"$records/$1.err" &
  launcher=$!
  if [[ -n $ended ]]; then end "$ended"; fi # a signal that came before there was something to end
  wait "$launcher" || status=$?
  if [[ -n $ended ]]; then stop; fi
  return "$status"
}

# report: on all that there is. Sets `verdict`, to 1 if something was wrong.
report() {
  verdict=0
  awk -v rounds="$rounds" -v elapsed="$((SECONDS - begin))" -v expected="$ranks" -v percent="$slower_percent" \
    -v slow_fails="$slow_fails" -f "$(dirname "$lib")/accept_report.awk" "$records"/{full,ends}-*.json /dev/null ||
    verdict=1
  grep -s -A 1 '^PROBLEM' "$records/doctor.out" | sed -n -e '/^PROBLEM/s/^/doctor: /p' -e '/^ *->/p' || true
  if [[ -s $records/failures ]]; then
    sed 's/^/failed: /' "$records/failures"
    verdict=1
  fi
}

# end EXIT_CODE: what a signal does. No more, as another may come meanwhile.
# shellcheck disable=SC2317  # the traps call it
end() {
  ended=$1
  kill "$launcher" 2>/dev/null || true # it may have ended by itself
}

# stop: says what there is, and ends the script as its signal would have.
stop() {
  trap '' "${signals[@]}"
  wait "$launcher" 2>/dev/null || true # which the signal has cut short
  report || true
  echo "ENDED by a signal after $rounds rounds" || true
  say "ended by a signal; the records so far are in $records" || true
  exit "$ended"
}

signals=(HUP INT TERM USR1 USR2 XCPU) # what schedulers send, too
begin=$SECONDS rounds=0 ended='' launcher=''
for signal in "${signals[@]}"; do
  # shellcheck disable=SC2064  # the number of this one
  trap "end $((128 + $(kill -l "$signal")))" "$signal"
done

launch_program doctor --doctor || true # what keeps it from running is said by the runs
while ((rounds < 2 || SECONDS - begin < seconds)); do
  round "$((rounds + 1))"
  rounds=$((rounds + 1))
  # More rounds would only say the same.
  left=("$records"/*.json)
  if [[ -s $records/failures ]] && ((${#left[@]} == 0 || $(wc -l <"$records/failures") > 20)); then break; fi
done

report
if ((verdict == 0)); then
  rm -rf "$records"
  echo "PASS"
else
  echo "FAIL; the records of all rounds are in $records"
fi
exit "$verdict"
