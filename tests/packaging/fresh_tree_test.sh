#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fresh_tree_test.sh BUILD_FOLDER, as CTest runs it: the Debian package of this build, installed in a fresh tree of
# the Debian that this machine runs, used there by somebody who is not root, and removed again.
# On Debian 13: tests/trixie/run.sh -L fresh_tree
#
# FIBO_DEBIAN_MIRROR is where packages come from. Nothing is left behind.
set -euo pipefail

build=$(cd "$1" && pwd)
readonly skipped=77
mirror=${FIBO_DEBIAN_MIRROR:-} # debootstrap has a default of its own

skip() {
  printf 'skipped: %s\n' "$*"
  exit "$skipped"
}

failed=0
# check WHAT COMMAND...: notes a failure where COMMAND fails, with what it said; the test goes on.
check() {
  local what=$1 said
  shift
  if said=$("$@" 2>&1 </dev/null); then
    printf '  ok: %s\n' "$what"
  else
    printf '  FAILED: %s (%s)\n%s\n' "$what" "$*" "$said"
    failed=1
  fi
}

if [[ -z ${FIBO_TREE:-} ]]; then
  ((EUID == 0)) || skip "only root may make a tree and enter it"
  command -v debootstrap >/dev/null || skip "there is no debootstrap"
  unshare --mount --pid --fork true 2>/dev/null || skip "this machine gives no namespaces"
  # The tree's mounts and processes go with the namespaces, then the tree goes.
  FIBO_TREE=$(mktemp -d "${TMPDIR:-/tmp}/fibo-tree-XXXXXX")
  trap 'rm -rf --one-file-system "$FIBO_TREE"' EXIT
  status=0
  FIBO_TREE=$FIBO_TREE setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child=KILL -- "$0" "$build" || status=$?
  exit "$status"
fi

# shellcheck disable=SC1091
release=$(source /etc/os-release && echo "$VERSION_CODENAME")
tree=$FIBO_TREE/tree
in_tree() {
  chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/tmp DEBIAN_FRONTEND=noninteractive "$@"
}
as_nobody() {
  in_tree setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$@"
}

(cd "$FIBO_TREE" && cpack --config "$build/CPackConfig.cmake" -B "$FIBO_TREE/package") >"$FIBO_TREE/log" 2>&1 || {
  cat "$FIBO_TREE/log"
  exit 1
}
package=$(basename "$FIBO_TREE"/package/*.deb)
echo "$package in a fresh tree of Debian $release"

debootstrap --variant=minbase "$release" "$tree" ${mirror:+"$mirror"} >"$FIBO_TREE/log" 2>&1 || {
  tail "$FIBO_TREE/log"
  skip "debootstrap could not make a tree of Debian $release"
}
mount -t proc proc "$tree/proc"
mount --rbind /sys "$tree/sys"
mount -t tmpfs -o mode=1777 tmpfs "$tree/dev/shm"
cp /etc/resolv.conf "$tree/etc/"
cp "$FIBO_TREE/package/$package" "$tree/root/"

in_tree apt-get -qq update >"$FIBO_TREE/log" 2>&1 || true
check "it installs" in_tree apt-get -qq install -y --no-install-recommends "/root/$package"
check "dpkg finds nothing amiss" in_tree dpkg --audit
check "its files are as they were packed" in_tree dpkg --verify fibo-mpi
files=$(in_tree dpkg -L fibo-mpi)
check "it says its version" as_nobody fibo_mpi --version
check "it runs by itself" test "$(as_nobody fibo_mpi -q 10)" == 'F(10) = 55'
check "it runs on two ranks" test \
  "$(as_nobody mpirun --oversubscribe -np 2 fibo_mpi -q 10 90)" == $'F(10) = 55\nF(90) = 2880067194370816120'
check "it keeps values" as_nobody sh -c 'cd /tmp && fibo_mpi -q 0..100 --store kept.db -o map && fibo_mpi --verify-store --store kept.db'
check "no program lacks a library" in_tree sh -c '! ldd /usr/bin/fibo_mpi | grep "not found"'
check "its manual page is there" in_tree sh -c 'zcat /usr/share/man/man1/fibo_mpi.1.gz | grep -q doctor'
check "its completion is there" in_tree test -s /usr/share/bash-completion/completions/fibo_mpi
check "its batch scripts find it" as_nobody sh -c 'cd /tmp && OMPI_MCA_rmaps_base_oversubscribe=1 FIBO_ACCEPT_KEYS=1 /usr/share/fibo_mpi/jobs/accept.sh 0'

check "it goes" in_tree apt-get -qq purge -y fibo-mpi
check "dpkg finds nothing amiss after that" in_tree dpkg --audit
left=$(while read -r file; do
  if [[ ! -d $tree$file && -e $tree$file || -d $tree$file && $file == *fibo* ]]; then echo "$file"; fi
done <<<"$files")
check "none of its files is left" test -z "$left"
check "nothing of its name is left" test -z "$(find "$tree" -xdev -iname '*fibo*' ! -path "$tree/tmp/*" ! -path "$tree/root/*")"
exit "$failed"
