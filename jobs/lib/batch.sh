# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the batch scripts share; sourced by them, never run. They set
#
#   program        fibo_mpi
#   store          where values are kept between restarts; empty for fibo_mpi-JOB.db, which goes once all is done
#   max_restarts   how often the job may go back to the queue; counted in STORE.restarts, which goes when it does not
#   left_s         seconds until the time limit, where the scheduler gives no warning of its own; else empty
#   warning_s      how long before the limit the program is to stop, where left_s is set
#
# and a function `requeue`, which may submit another job with FIBO_STORE and FIBO_OWN_STORE as `store` and
# `own_store` are then. It sends the job back to the queue or fails.

: "${program:?no fibo_mpi; build it with jobs/local.sh, or set FIBO_MPI}" "${max_restarts:?}" "${warning_s?}"

# shellcheck disable=SC2034  # for a script that submits itself again
jobs=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=jobs/lib/launch.sh
source "$jobs/lib/launch.sh"

# run_job ARGUMENTS OF fibo_mpi...: runs the program, stops it before the time limit, and sends the job back
# to the queue while keys are left, as long as that helps. Exits with the program's code. In a job
# array, %a in the arguments is the number of the task.
run_job() {
  local own_store=${FIBO_OWN_STORE:-} arguments launcher='' early_signal='' timer='' signals=0 seen status before restarts
  cancelled=''
  find_launch
  complete_arguments "$@"
  before=$(kept_bytes)

  # The warning stops the program, which keeps what it has; so does the end of the job by its owner,
  # who does not want it back.
  trap 'pass_on USR1' USR1
  trap 'cancelled=yes; pass_on TERM' TERM INT USR2
  "${launch[@]}" "$program" "${arguments[@]}" &
  launcher=$!
  if [[ -n $early_signal ]]; then pass_on "$early_signal"; fi
  if [[ -n $left_s ]]; then
    (
      # The signal may come before there is a sleep to end.
      trap 'kill "$(jobs -p)" 2>/dev/null || true; exit' TERM
      sleep "$((left_s > warning_s ? left_s - warning_s : left_s / 2))" &
      wait
      kill -USR1 "$$"
    ) &
    timer=$!
  fi
  # A signal ends `wait`, not the program.
  while :; do
    seen=$signals status=0
    wait "$launcher" || status=$?
    if ((signals == seen)); then break; fi
  done
  trap '' USR1
  if [[ -n $timer ]]; then kill "$timer" 2>/dev/null || true; fi

  # 3: stopped with keys left. Above 128: killed, or a node went down.
  # mpirun that is told to end has a code of its own.
  if ((status == 0)) || [[ -z $cancelled ]] && ((status != 3 && status <= 128)); then
    rm -f "$store.restarts"
    if ((status == 0)) && [[ -n $own_store ]]; then rm -f "$store"; fi
    exit "$status"
  fi
  restarts=$(cat "$store.restarts" 2>/dev/null || echo 0)
  if [[ -n $cancelled ]]; then
    tell "the job was ended; $store has what is done"
  elif (($(kept_bytes) <= before)); then
    tell "not restarted, as this run has added nothing to $store"
  elif ((restarts >= max_restarts)); then
    tell "not restarted, as it has been $restarts times; $store has what is done"
  else
    echo "$((restarts + 1))" >"$store.restarts"
    tell "keys are left; back to the queue for restart $((restarts + 1))"
    if requeue; then exit "$status"; fi
    tell "the scheduler does not take the job back; $store has what is done"
  fi
  # A job that is submitted with this store again has all its restarts before it.
  rm -f "$store.restarts"
  exit "$status"
}

# pass_on SIGNAL: from the scheduler to the launcher of run_job, as soon as there is one.
pass_on() {
  signals=$((signals + 1))
  if [[ -z $launcher ]]; then
    early_signal=$1
  else
    kill -s "$1" "$launcher" 2>/dev/null || true # it may have ended by itself
  fi
}

# complete_arguments ARGUMENTS...: sets `arguments` to them and to what a restart needs: the same store, and the
# same seed where keys are random.
complete_arguments() {
  local argument previous='' random='' seed='' named_store=''
  if [[ -n $task ]]; then set -- "${@//%a/$task}"; fi
  if (($# == 0)); then random=yes; fi
  for argument; do
    case $argument in
      --store=*) named_store=${argument#*=} ;;
      --count | --count=* | -c* | --min | --min=* | --max | --max=*) random=yes ;;
      --seed | --seed=* | -s*) seed=yes ;;
    esac
    if [[ $previous == --store ]]; then named_store=$argument; fi
    previous=$argument
  done
  arguments=("$@")
  if [[ -n $random && -z $seed ]]; then arguments+=(--seed "${job//[^0-9]/}"); fi
  if [[ -n $named_store ]]; then
    store=$named_store
  else
    if [[ -z $store ]]; then store=fibo_mpi-$job.db own_store=yes; fi
    arguments+=(--store "$store")
  fi
}

# kept_bytes: the size of the store.
kept_bytes() {
  if [[ -f $store ]]; then wc -c <"$store"; else echo 0; fi
}

tell() {
  printf 'fibo_mpi job %s: %s\n' "$job" "$*" >&2
}
