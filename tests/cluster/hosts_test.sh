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
echo "$status" >"exit-code-$OMPI_COMM_WORLD_RANK"
exit "$status"
END
  chmod +x "$work/on" "$work/rank"
}

# run_on_hosts ARGUMENTS...: the program with two ranks on each host, started on host1.
run_on_hosts() {
  timeout -k 5 200 "$work/on" host1 mpirun --quiet --hostfile "$work/hostfile" -np 6 --bind-to none \
    --mca plm_rsh_agent "$work/on" --mca plm_rsh_no_tree_spawn 1 \
    --mca btl self,vader,tcp --mca pml ob1 \
    --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 \
    --mca oob_tcp_keepalive_time 60 --mca oob_tcp_keepalive_intvl 5 --mca oob_tcp_keepalive_probes 2 \
    "$work/rank" "$@"
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
  # mpirun ends with a code of its own where it has lost a host.
  check "rank 0 is done, or was interrupted with keys left" has exit-code-0 '^[03]$'
  check "all ranks end, on the lost host too" wait_for 120 "the end of all ranks" no_rank_is_left
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
