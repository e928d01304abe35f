# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the batch scripts share; sourced by them, never run. They set
#
#   program        fibo_mpi
#   store          where values are kept between restarts; empty for fibo_mpi-JOB.db, which goes once all is done
#   max_restarts   how often the job may go back to the queue; counted in STORE.restarts, which goes when it does not,
#                  and also says which job ran last, and how long its stdout was before its first run
#   left_s         seconds until the time limit, where the scheduler gives no warning of its own; empty where they are
#                  not known
#   warning_s      how long before the limit the program is to stop; empty where the scheduler gives a warning
#
# and a function `requeue`, which sends the job back to the queue, or submits another by `hand_over_by`, or fails. What
# more that submission is to say is in `submit_options` then.

: "${program:?}" "${max_restarts:?}" "${warning_s?}"

jobs=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=jobs/lib/launch.sh
source "$jobs/lib/launch.sh"

# run_job ARGUMENTS OF fibo_mpi...: runs the program, stops it before the time limit, and sends the job back
# to the queue while keys are left, as long as that helps. Exits with the program's code. In a job
# array, %a in the arguments is the number of the task.
run_job() {
  local own_store=${FIBO_OWN_STORE:-} arguments only_tells='' restarts=0 last_job='' stdout_begin='' noted before
  local status cancelled='' killed=''
  find_launch
  complete_arguments "$@"
  noted=$(cat "$store.restarts" 2>/dev/null || true) # there may be none
  read -r restarts last_job stdout_begin <<<"$noted"
  begin_stdout
  before=$(amount_kept)
  # The program takes this away at its end. Left here beforehand, it also tells of an end before the program began.
  if [[ -n $own_store && -z $only_tells ]]; then touch "$store.lock" 2>/dev/null || true; fi

  run_program
  set +o errexit # what fails from here on must not take the place of the program's code
  see_whether_killed
  if is_over; then
    forget_run
  elif ! send_back; then
    # A job that is submitted with this store again has all its restarts before it.
    rm -f "$store.restarts"
    if [[ -n $own_store && ! -e $store ]]; then rm -f "$store.lock"; fi # nothing has begun
  fi
  exit "$status"
}

# run_program: runs it to its end, and passes on to it what is to stop it. Sets status, and cancelled where the owner
# has ended the job.
run_program() {
  local launcher='' early_signal='' timer='' signals=0 seen
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
  elif [[ -n $warning_s ]]; then
    tell "the time limit is not known, and the job will not stop before it"
  fi
  # A signal ends `wait`, not the program.
  while :; do
    seen=$signals status=0
    wait "$launcher" || status=$?
    if ((signals == seen)); then break; fi
  done
  trap '' USR1
  trap 'cancelled=yes' TERM INT USR2
  if [[ -n $timer ]]; then kill "$timer" 2>/dev/null || true; fi
}

# see_whether_killed: sets killed where the program has not come to an end of its own: above 128 it was killed, or a
# node went down. So it is where it has left its lock, be it that mpirun says 0, as that of Open MPI 5.0 does where it
# has lost a host. With 2, or where the program was to open no store, the lock is another run's.
see_whether_killed() {
  if ((status <= 128)) && { ((status == 2)) || [[ -n $only_tells ]] || ! is_locked; }; then return; fi
  killed=yes
  if ((status == 0)); then
    tell "$program was killed, though ${launch[0]} ended with 0: was a host lost?"
    status=137
  fi
}

# is_over: whether nothing is left to be done, or nothing that another run would do better. 3 says that keys are left.
# mpirun that is told to end has a code of its own.
is_over() {
  ((status == 0)) || { [[ -z $cancelled && -z $killed ]] && ((status != 3)); }
}

# forget_run: removes what only a restart of the job needs.
forget_run() {
  if [[ -n $noted && $last_job != "$job" ]] && { ((status == 2)) || [[ -n $only_tells ]]; }; then
    # Refused, as where the store is in the hands of another job, whose note this is; or never wanted.
    echo "$noted" >"$store.restarts"
  else
    rm -f "$store.restarts"
  fi
  if [[ -n $own_store ]]; then
    rm -f "$store.lock" # of a program that was refused
    if ((status == 0)); then rm -f "$store"; fi
  fi
}

# send_back: sends the job back to the queue, where that helps; else says why not, and fails.
send_back() {
  if [[ -n $cancelled ]]; then
    tell "the job was ended; $store has what is done"
  elif (($(amount_kept) <= before)); then
    tell "not restarted, as this run has added nothing to $store"
  elif ((restarts >= max_restarts)); then
    tell "not restarted, as it has been $restarts times; $store has what is done"
  elif ! echo "$((restarts + 1)) $job $stdout_begin" >"$store.restarts"; then
    tell "not restarted, as restarts could not be counted; $store has what is done"
  else
    tell "keys are left; back to the queue for restart $((restarts + 1))"
    if requeue; then return; fi
    tell "the scheduler does not take the job back; $store has what is done"
  fi
  return 1
}

# hand_over_by COMMAND...: submits a job that goes on with the store of this one. The number of that job, which COMMAND
# says on stdout, is no result.
hand_over_by() {
  FIBO_STORE=$store FIBO_OWN_STORE=$own_store FIBO_MPI=$program FIBO_JOBS=$jobs FIBO_SUBMIT_OPTIONS=${submit_options?} \
    "$@" >&2
}

# begin_stdout: takes out of the job's stdout what an earlier run of this job has left there. Grid Engine, LSF and some
# Slurms open that file for appending, this run writes all of the map again, and the earlier one may have ended inside
# a value. Where stderr is the same file, the log of the earlier runs goes too. What was there before the job's first
# run stays: another job's, even if that has left STORE.restarts. Noted here, not when the job goes back to the
# queue, as the scheduler alone sends back one whose host went down.
begin_stdout() {
  local file bytes
  if [[ ! -f /dev/stdout ]]; then return; fi
  # $(...) has a stdout of its own.
  file=$(readlink "/proc/$$/fd/1") bytes=$(stat --dereference --format=%s "/proc/$$/fd/1")
  if [[ $last_job != "$job" ]]; then
    stdout_begin=$bytes
    # Of a folder in which this fails the program says what is wrong.
    echo "${restarts:-0} $job $stdout_begin" 2>/dev/null >"$store.restarts" || true
  elif ((bytes > ${stdout_begin:-0})); then
    # Tasks of an array may share a file, where its name has no number that is the task's own.
    if [[ -n $task && ! ${file##*/} =~ (^|[^0-9])($task|$job)([^0-9]|$) ]] ||
      ! truncate --size="${stdout_begin:-0}" /dev/stdout; then
      tell "$file still has what an earlier run has written"
    else
      exec >>/dev/stdout # opened anew, lest this run writes on where the other one ended, after a hole
    fi
  fi
}

# pass_on SIGNAL: from the scheduler to the launcher of run_program, as soon as there is one.
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
# named_store to the value of --store, and only_tells where the program opens no store.
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
        while [[ $shorts == [vqh]* ]]; do
          if [[ $shorts == h* ]]; then only_tells=yes; fi
          shorts=${shorts#?}
        done
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
      --verify-store | --repair-store) no_keys=always ;;
      --doctor | --help | --version) no_keys=always only_tells=yes ;;
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

# amount_kept: how much the store holds: the pages in use of a file of SQLite, whose size stays the same while free
# pages are filled, as after --repair-store; the bytes of any other.
amount_kept() {
  local pages free
  if [[ ! -f $store ]]; then
    echo 0
  elif [[ $(head -c 15 "$store" | tr -d '\0') == "SQLite format 3" ]]; then
    # Two numbers of the header, with one between them.
    read -r pages _ free < <(od --endian=big -An -tu4 -j28 -N12 "$store")
    echo "$((pages - free))"
  else
    wc -c <"$store"
  fi
}

# is_locked: whether a run of the program has the store, or had it and was killed.
is_locked() {
  [[ -e $(readlink --canonicalize-missing "$store").lock ]]
}

tell() {
  printf 'fibo_mpi job %s: %s\n' "$job" "$*" >&2
}
