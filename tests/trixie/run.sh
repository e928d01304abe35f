#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/trixie/run.sh [--target TARGET]... [ARGUMENTS OF ctest...]
#
#     tests/trixie/run.sh                              # everything, on Debian 13
#     tests/trixie/run.sh --target ulfm_test -L ulfm   # what needs Open MPI 5 alone
#
# Builds and tests the project on Debian 13 (trixie: GCC 14, Open MPI 5 with ULFM, Boost 1.83), whatever
# this machine runs: in a tree that debootstrap makes, in namespaces of its own, which go with all their
# mounts and processes when this script ends, however it ends.
#
# Tree and build are kept for the next run in FIBO_CACHE, by default ${XDG_CACHE_HOME:-~/.cache}/fibo_mpi (2 GB).
# FIBO_DEBIAN_MIRROR is where packages come from. The sources are seen read-only.
#
# The exit code is ctest's; 77 where such a tree cannot be had, which CTest reports as skipped.
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobs/lib/prepare.sh"

readonly release=trixie
readonly skipped=77
cache=${FIBO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/fibo_mpi}
tree=$cache/$release
mirror=${FIBO_DEBIAN_MIRROR:-}  # debootstrap has a default of its own

skip() {
  say "skipped: $*"
  exit "$skipped"
}

# in_namespaces COMMAND...: with mounts and process ids of its own, which end with it.
in_namespaces() {
  unshare --mount --propagation private --pid --fork --kill-child=KILL -- "$@"
}

# make_tree: complete or absent, so that one that was interrupted is made anew.
make_tree() {
  say "making a tree of Debian $release in $tree"
  local new=$tree.new
  rm -rf "$new"
  quietly debootstrap --variant=minbase "$release" "$new" ${mirror:+"$mirror"} ||
    skip "debootstrap could not make a tree of Debian $release from $mirror; see above"
  mv "$new" "$tree"
}

# enter: mounts what programs expect to find, and goes into the tree for good. Runs in the namespaces.
enter() {
  mount -t proc proc "$tree/proc"
  mount --rbind /sys "$tree/sys"
  mount -t tmpfs -o mode=1777 tmpfs "$tree/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$tree/dev/pts"
  ln -sf pts/ptmx "$tree/dev/ptmx"
  mkdir -p "$tree/fibo_mpi" "$tree/build"
  mount --bind "$root" "$tree/fibo_mpi"
  mount -o remount,bind,ro "$tree/fibo_mpi"
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  exec chroot "$tree" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 "${FIBO_PASSED[@]}" bash /fibo_mpi/tests/trixie/inside.sh "$@"
}

((EUID == 0)) || skip "only root may make a tree and enter it"
command -v debootstrap >/dev/null || skip "there is no debootstrap"
in_namespaces true 2>/dev/null || skip "this machine gives no namespaces"

mkdir -p "$cache"
# One at a time: the tree has one build folder. The descriptor is closed in what runs inside.
exec 9>"$tree.lock"
flock 9
[[ -d $tree ]] || make_tree

# What a user may set for the tests inside, too.
FIBO_PASSED=()
for name in CI CTEST_PARALLEL_LEVEL FIBO_SEED; do
  [[ -z ${!name:-} ]] || FIBO_PASSED+=("$name=${!name}")
done
export -f enter
export tree root
in_namespaces bash -euo pipefail -c "FIBO_PASSED=(${FIBO_PASSED[*]@Q}); enter \"\$@\"" enter "$@" 9>&-
