# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests of this folder say and expect. Sourced, never run. A test is a function
# test_NAME of a script; run_test NAME runs it.

: "${work:=}"  # the test's folder, by enter_own_machine
failures=0

# check WHAT COMMAND...: notes a failure where COMMAND fails; the test goes on.
check() {
  local what=$1
  shift
  if "$@"; then
    printf '  ok: %s\n' "$what"
  else
    printf '  FAILED: %s (%s)\n' "$what" "$*"
    failures=$((failures + 1))
  fi
}

# equal ACTUAL EXPECTED
equal() {
  [[ $1 == "$2" ]] || {
    printf '    is:        %s\n    should be: %s\n' "$1" "$2"
    return 1
  }
}

# same_file ACTUAL EXPECTED
same_file() {
  cmp -- "$1" "$2" || {
    head -c 600 -- "$1"
    return 1
  }
}

# has FILE PATTERN: some line of FILE matches the extended regular expression.
has() {
  grep -Eq -- "$2" "$1" || {
    printf '    %s holds no "%s":\n' "$1" "$2"
    head -c 2000 -- "$1"
    return 1
  }
}

# is_larger FILE BYTES: FILE is there, and holds more.
is_larger() {
  [[ -f $1 ]] && (($(wc -c <"$1") > $2))
}

# wait_for SECONDS WHAT COMMAND...: until COMMAND succeeds.
wait_for() {
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@"; do
    if ((SECONDS >= end)); then
      printf '    %s: not within %s s\n' "$what" "$seconds"
      return 1
    fi
    sleep 0.1
  done
}

# run_test NAME: runs test_NAME in $work, and exits 0 if all of its checks held.
run_test() {
  declare -F "test_$1" >/dev/null || {
    printf 'no test %s; there are:\n' "$1"
    declare -F | sed -n 's/^declare -f test_/  /p'
    exit 2
  }
  cd "$work" || exit
  "test_$1"
  if ((failures > 0)); then
    printf '%s: %s checks failed\n' "$1" "$failures"
    exit 1
  fi
}
