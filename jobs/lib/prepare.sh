# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What jobs/local.sh and tests/run.sh share; sourced, never run. Everything said here goes to stderr:
# stdout belongs to the program's results.

# The top of the source tree.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck disable=SC2034  # the scripts that source this file use these lists
build_packages=(
  g++ cmake ninja-build pkg-config
  openmpi-bin libopenmpi-dev libboost-mpi-dev libboost-serialization-dev
  libcli11-dev libfmt-dev libsqlite3-dev
)
# shellcheck disable=SC2034
test_packages=(
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev libgmp-dev libmpfr-dev libpari-dev
  nlohmann-json3-dev
  python3 sqlite3 jq gnuplot-nox doxygen
  clang libclang-rt-dev clang-format shellcheck debootstrap procps
  help2man man-db bash-completion environment-modules dpkg-dev file strace gawk
)
# shellcheck disable=SC2034
bench_packages=(python3-mpi4py) # a peer
# shellcheck disable=SC2034
browser_packages=(chromium)
# shellcheck disable=SC2034
cluster_packages=(
  slurm-wlm munge gridengine-master gridengine-exec gridengine-client iproute2 jq
  msmtp-mta # a small one of the mail agents that gridengine wants
)

# say TEXT...: one line for one step.
say() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

fail() {
  say "$@"
  exit 1
}

# quietly COMMAND...: its output is shown only if it fails. It has no stdin, so it cannot ask anything.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" </dev/null >"$log" 2>&1 || status=$?
  if ((status != 0)); then cat "$log" >&2; fi
  rm -f "$log"
  return "$status"
}

# missing_packages NAME...: those that dpkg does not have installed, one a line.
missing_packages() {
  comm -23 \
    <(printf '%s\n' "$@" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

# need_packages NAME...: installs what is missing, and calls apt-get only then. FIBO_SKIP_PACKAGES=1
# trusts the machine instead: on a cluster the modules provide it all.
need_packages() {
  if [[ -n ${FIBO_SKIP_PACKAGES:-} ]]; then
    say "packages: not looked at, as FIBO_SKIP_PACKAGES is set"
    return
  fi
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    fail "neither Debian nor Ubuntu: install what these packages of Debian hold, then run this" \
      "again with FIBO_SKIP_PACKAGES=1: $*"
  fi

  local missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say "packages: all $# are there"
    return
  fi

  local apt_get=(env DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "not root, and no sudo: have root run: apt-get install ${missing[*]}"
    # A password can be typed only where there is a terminal; elsewhere waiting for one would hang.
    local sudo=(sudo)
    [[ -t 2 ]] || sudo+=(-n)
    "${sudo[@]}" true || fail "sudo refused: have root run: apt-get install ${missing[*]}"
    apt_get=("${sudo[@]}" "${apt_get[@]}")
  fi

  say "packages: installing ${missing[*]}"
  # Where the lists cannot be had anew the old ones may do.
  quietly "${apt_get[@]}" update || say "packages: apt-get update failed; going on with the old lists"
  quietly "${apt_get[@]}" install -y --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install: ${missing[*]}; its own words are above"
}

# build FOLDER TARGET CONFIGURE_OPTION...: brings TARGET of the preset `release` up to date in FOLDER.
# CMake runs only in a new folder; after that Ninja sees for itself when to run it again.
build() {
  local folder=$1 target=$2
  shift 2
  if [[ ! -f $folder/build.ninja ]]; then
    say "configuring in $folder"
    quietly cmake -S "$root" -B "$folder" --preset release "$@" ||
      fail "the configuration failed (CMake 3.25 and a C++20 compiler are needed); see above"
  fi
  say "building in $folder"
  quietly cmake --build "$folder" --target "$target" || fail "the build failed; see above"
}

# allow_mpirun_as_root: Open MPI refuses root, who might be a user's mistake; in a container there is
# nobody else.
allow_mpirun_as_root() {
  if ((EUID == 0)); then
    say "running as root, so Open MPI is told to allow it"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
}
