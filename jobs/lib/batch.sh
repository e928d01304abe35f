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
# same seed where keys are random. That comes first, as a `--` among them makes keys of all that follow.
complete_arguments() {
  local named_store='' added=()
  if [[ -n $task ]]; then set -- "${@//%a/$task}"; fi
  if draws_keys "$@"; then added+=(--seed "$(seed_of_job)"); fi
  if [[ -n $named_store ]]; then
    store=$named_store
  else
    if [[ -z $store ]]; then store=fibo_mpi-$job.db own_store=yes; fi
    added+=(--store "$store")
  fi
  arguments=("${added[@]}" "$@")
}

# draws_keys ARGUMENTS...: whether the program takes them for random keys without a seed, which it would draw
# anew after a restart. Reads words as the program does: `-qc 5`, `-c5`, `--count=5`, `--count 5`. Sets
# named_store to the value of --store.
draws_keys() {
  local word option value keys='' random='' no_keys='' shorts
  while (($#)); do
    word=$1 option='' shorts=''
    shift
    case $word in
      --) # all that follows are keys
        if (($#)); then keys=named; fi
        break
        ;;
      --verbose | --quiet | --verify-store | --repair-store | --doctor | --help | --version) option=$word ;;
      --*=*) option=${word%%=*} value=${word#*=} ;;
      --*)
        option=$word value=${1-}
        shift "$(($# > 0))"
        ;;
      -?*) # some without a value, and at most one with: what is left of the word, or the next one
        shorts=${word#-}
        while [[ $shorts == [vqh]* ]]; do shorts=${shorts#?}; done
        if [[ -z $shorts ]]; then continue; fi
        option=-${shorts:0:1} value=${shorts#?}
        if [[ -z $value ]]; then
          value=${1-}
          shift "$(($# > 0))"
        fi
        ;;
      *) keys=named ;;
    esac
    case $option in
      -k | --keys-file) keys=named ;;
      -s | --seed) keys=seeded ;;
      -c | --count | --min | --max) random=yes ;;
      --verify-store | --repair-store | --doctor) no_keys=always ;;
      --merge-store) no_keys=${no_keys:-unless named} ;;
      --store) named_store=$value ;;
    esac
  done
  [[ -z $keys && (-z $no_keys || $no_keys != always && -n $random) ]]
}

# seed_of_job: the same after a restart, and another for each task of an array. Of `1234567[12].server` the
# server's name is no part; a seed has 64 bits.
seed_of_job() {
  local number=${job%%[.[]*}
  number=${number//[^0-9]/}
  number=${number:0:18-${#task}}$task
  echo "${number:-1}"
}

# kept_bytes: the size of the store.
kept_bytes() {
  if [[ -f $store ]]; then wc -c <"$store"; else echo 0; fi
}

tell() {
  printf 'fibo_mpi job %s: %s\n' "$job" "$*" >&2
}
