#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/trixie/run.sh [--compiler gcc|clang] [--target TARGET]... [ARGUMENTS OF ctest...]
#
#     tests/trixie/run.sh                    # what tests/run.sh runs, on Debian 13
#     tests/trixie/run.sh --compiler clang   # the same, built by clang
#     tests/trixie/run.sh --target fibo_mpi --target faults_test -L faults   # some of it
#
# Builds and tests the project on Debian 13 (trixie: GCC 14, Open MPI 5 with ULFM, Boost 1.83), whatever
# this machine runs: in a tree that debootstrap makes, in namespaces of its own, which go with all their
# mounts and processes when this script ends, however it ends.
#
# The tree, and a folder of builds for each source tree, are kept for the next run in FIBO_CACHE, by default
# ${XDG_CACHE_HOME:-~/.cache}/fibo_mpi (3 GB). Runs from several source trees may use it at the same time.
# FIBO_DEBIAN_MIRROR is where packages come from. The sources are seen read-only.
#
# The exit code is ctest's; 77 where such a tree cannot be had, which CTest reports as skipped.
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobs/lib/prepare.sh"

readonly release=trixie
readonly skipped=77
readonly tree_limit_s=600 # for a base system, 100 MB of packages
cache=${FIBO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/fibo_mpi}
tree=$cache/$release
builds=$cache/$release-builds/${root//\//_}
mirror=${FIBO_DEBIAN_MIRROR:-} # debootstrap has a default of its own

skip() {
  say "skipped: $*"
  exit "$skipped"
}

# in_namespaces COMMAND...: with mounts and process ids of its own, which end with it, and with this script:
# unshare by itself ignores SIGTERM.
in_namespaces() {
  setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child=KILL -- "$@"
}

# What the tree must have installed, one line.
wanted_packages() {
  echo "${build_packages[*]} ${test_packages[*]} clang"
}

is_ready() {
  [[ $(cat "$tree/installed" 2>/dev/null) == "$(wanted_packages)" ]]
}

# make_tree: complete or absent, so that one that was interrupted is made anew.
make_tree() {
  say "making a tree of Debian $release in $tree"
  local new=$tree.new
  rm -rf "$new"
  quietly timeout --kill-after=10 "$tree_limit_s" debootstrap --variant=minbase "$release" "$new" ${mirror:+"$mirror"} ||
    skip "debootstrap could not make a tree of Debian $release${mirror:+ from $mirror}; see above"
  mv "$new" "$tree"
}

# enter COMMAND...: mounts what programs expect to find, and goes into the tree for good. Runs in the
# namespaces. Descriptor 9 holds the lock, which is not for what runs inside.
enter() {
  # A root that is no mount could not have namespaces of its own in it, which the tests of packages make.
  mount --bind "$tree" "$tree"
  mount -t proc proc "$tree/proc"
  mount --rbind /sys "$tree/sys"
  mount -t tmpfs -o mode=1777 tmpfs "$tree/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$tree/dev/pts"
  ln -sf pts/ptmx "$tree/dev/ptmx"
  mkdir -p "$tree/fibo_mpi" "$tree/build" "$builds/tmp"
  mount --bind "$root" "$tree/fibo_mpi"
  mount -o remount,bind,ro "$tree/fibo_mpi"
  mount --bind "$builds" "$tree/build"
  mount --bind "$builds/tmp" "$tree/tmp"
  chmod 1777 "$tree/tmp"
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  exec chroot "$tree" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 "${passed[@]}" "$@"
}

# in_tree COMMAND...: in the tree, where the sources are /fibo_mpi.
in_tree() {
  in_namespaces bash -euo pipefail -c "passed=(${passed[*]@Q}); enter \"\$@\"" enter "$@" 9>&- 8>&-
}

((EUID == 0)) || skip "only root may make a tree and enter it"
command -v debootstrap >/dev/null || skip "there is no debootstrap"
in_namespaces true 2>/dev/null || skip "this machine gives no namespaces"

# What a user may set for what runs inside, too.
passed=()
for name in CI CTEST_PARALLEL_LEVEL FIBO_SEED; do
  [[ -z ${!name:-} ]] || passed+=("$name=${!name}")
done
export -f enter
export tree root builds

# Many may use the tree, one may make it or install what it lacks.
mkdir -p "$builds"
exec 9>"$tree.lock"
flock --shared 9
if ! is_ready; then
  flock 9
  if ! is_ready; then
    [[ -d $tree ]] || make_tree
    # shellcheck disable=SC2046  # a list of names
    in_tree /fibo_mpi/tests/trixie/inside.sh install $(wanted_packages) ||
      skip "what the tests need could not be installed in the tree; see above"
    wanted_packages >"$tree/installed"
  fi
  flock --shared 9
fi

# A folder of builds is for one at a time.
exec 8>"$builds/lock"
flock 8
in_tree /fibo_mpi/tests/trixie/inside.sh test "$@"
