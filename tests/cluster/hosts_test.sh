#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# hosts_test.sh TEST: the program on three hosts with a network between them, as CTest runs it. A host is a
# network namespace with a name and a /dev/shm of its own. FIBO_MPI names the program.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/lib/machine.sh
source "$here/lib/machine.sh"
# shellcheck source=tests/cluster/lib/checks.sh
source "$here/lib/checks.sh"

: "${FIBO_MPI:?names the program}"

# start_hosts: host1 to host3 at 10.77.0.11 to 13, all on the machine's bridge.
start_hosts() {
  local number
  mkdir -p /run/netns
  mount -t tmpfs tmpfs /run/netns
  for number in 1 2 3; do
    printf '10.77.0.1%s host%s\n' "$number" "$number" >>"$work/hosts"
    ip netns add "host$number"
    ip link add "port$number" type veth peer name eth0 netns "host$number"
    ip link set "port$number" master farm up
    ip -n "host$number" link set lo up
    ip -n "host$number" address add "10.77.0.1$number/24" dev eth0
    ip -n "host$number" link set eth0 up
    echo "host$number slots=2" >>"$work/hostfile"
  done
  # What ssh is elsewhere: `on HOST COMMAND...`, whose arguments mpirun means for a shell.
  cat >"$work/on" <<'END'
#!/bin/bash
host=$1
shift
exec ip netns exec "$host" unshare --uts --ipc --mount bash -c \
  'hostname "$0" && mount -t tmpfs tmpfs /dev/shm && eval "$1"' "$host" "$*"
END
  # The program, whose own exit code is kept beside that of mpirun, which has codes of its own. mpirun tells
  # a whole process group to end, and this shell is to outlive the program.
  cat >"$work/rank" <<'END'
#!/bin/bash
trap : TERM
status=0
"$FIBO_MPI" "$@" || status=$?
echo "$status" >"exit-code-$PMIX_RANK"
exit "$status"
END
  chmod +x "$work/on" "$work/rank"
}

# run_on_hosts ARGUMENTS...: the program with two ranks on each host, started on host1. Open MPI 4.1 and 5 have
# names of their own for most of what they are told here, and do not mind the other's.
run_on_hosts() {
  local options=(--hostfile "$work/hostfile" -np 6 --bind-to none)
  # What makes its ranks outlive another's host.
  if ! mpirun --version | grep --quiet --fixed-strings '(Open MPI) 4.'; then options+=(--with-ft ulfm); fi
  timeout -k 5 200 env \
    OMPI_MCA_pml=ob1 OMPI_MCA_btl_tcp_if_include=10.77.0.0/24 \
    {OMPI_MCA_plm_rsh,PRTE_MCA_plm_ssh}_agent="$work/on" {OMPI_MCA_plm_rsh,PRTE_MCA_plm_ssh}_no_tree_spawn=1 \
    {OMPI_MCA_oob_tcp,PRTE_MCA_prte}_if_include=10.77.0.0/24 \
    {OMPI,PRTE}_MCA_oob_tcp_keepalive_time=60 \
    {OMPI,PRTE}_MCA_oob_tcp_keepalive_intvl=5 {OMPI,PRTE}_MCA_oob_tcp_keepalive_probes=2 \
    "$work/on" host1 mpirun "${options[@]}" "$work/rank" "$@"
}

test_give_the_results_of_one() {
  start_hosts
  "$FIBO_MPI" -q 0..3000 12000000..12000300..30 >expected
  check "the run is complete" run_on_hosts 0..3000 12000000..12000300..30 -o map 2>err
  check "its map is that of one rank" same_file map expected
  check "six ranks on three hosts took part" has err 'on 6 ranks, 3 hosts'
}

no_rank_is_left() {
  ! pgrep --exact fibo_mpi >/dev/null
}

test_one_is_cut_off() {
  start_hosts
  # Short values that take the three hosts a minute or so.
  local keys=(1000000000000000000..1000000000000000099 --digits 60000) run
  run_on_hosts "${keys[@]}" -o map --store kept.db 2>err &
  run=$!
  wait_for 100 "values in the store" is_larger kept.db 100000
  # The cable is pulled: nobody is told, and nothing comes any more.
  ip link set port3 down
  wait_for 200 "the end of the run" is_over "$run" || kill -KILL "$run"
  wait "$run" || true
  cat err
  # mpirun ends with a code of its own where it has lost a host, that of Open MPI 5 before its ranks and with 0.
  check "all ranks end, on the lost host too" wait_for 120 "the end of all ranks" no_rank_is_left
  check "rank 0 is done, or was interrupted with keys left" has exit-code-0 '^[03]$'
  rm -f map
  check "what is missing can be had" "$FIBO_MPI" "${keys[@]}" -o map --store kept.db 2>err
  check "nothing is computed twice" has err '100 distinct, [1-9][0-9]* from the store'
  "$FIBO_MPI" -q "${keys[@]}" >expected
  check "the map is that of one rank" same_file map expected
}

is_over() {
  ! kill -0 "$1" 2>/dev/null
}

enter_own_machine "${BASH_SOURCE[0]}" "$@"
run_test "$1"
