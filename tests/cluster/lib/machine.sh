# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A machine of its own for a test that needs daemons, host names or networks: namespaces for processes,
# network, host name, mounts and shared memory. Nothing in it outlives the test, however that ends:
# the machine's first process takes all others with it. Sourced, never run.

# enter_own_machine SCRIPT ARGUMENTS...: returns inside the machine, which is called `cluster`, has one
# network, 10.77.0.0/24 on the bridge `farm`, and an empty folder $work. Outside, it runs SCRIPT again in
# a new machine and exits as that does.
enter_own_machine() {
  if (($$ == 1)) && [[ -n ${FIBO_WORK:-} ]]; then
    furnish_own_machine
    return
  fi
  ((EUID == 0)) || skip "not root, who alone can start a machine of its own"
  unshare --pid --fork --mount --net --uts --ipc true 2>/dev/null ||
    skip "no namespaces to be had on this machine"
  work=$(mktemp -d "${TMPDIR:-/tmp}/fibo-cluster-XXXXXX")
  # In the background, so that a signal is heeded at once; --kill-child covers SIGKILL to unshare.
  FIBO_WORK=$work unshare --pid --fork --kill-child --mount --mount-proc --net --uts --ipc "$@" &
  local machine=$! status=0
  trap 'kill -KILL "$machine" 2>/dev/null || true; rm -rf "$work"' EXIT
  trap 'exit 1' TERM INT HUP
  wait "$machine" || status=$?
  exit "$status"
}

furnish_own_machine() {
  work=$FIBO_WORK
  mount --make-rprivate /
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  mkdir "$work/tmp"
  export TMPDIR=$work/tmp
  hostname cluster
  printf '127.0.0.1 localhost\n10.77.0.1 cluster\n' >"$work/hosts"
  mount --bind "$work/hosts" /etc/hosts
  ip link set lo up
  ip link add farm type bridge
  ip address add 10.77.0.1/24 dev farm
  ip link set farm up
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
}

# need_programs PACKAGE PROGRAM...
need_programs() {
  local package=$1 program
  shift
  for program; do
    command -v "$program" >/dev/null || skip "no $program (Debian: $package); tests/cluster/run.sh installs it"
  done
}

# skip WHY...: ends the test with the exit code that CTest takes for `skipped`.
skip() {
  printf 'skipped: %s\n' "$*"
  exit 77
}
