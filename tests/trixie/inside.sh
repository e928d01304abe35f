#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What tests/trixie/run.sh runs inside of its tree. Never run by hand.
#
#     inside.sh install PACKAGES...
#     inside.sh test [--compiler gcc|clang] [--target TARGET]... [ARGUMENTS OF ctest...]
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source /fibo_mpi/jobs/lib/prepare.sh

step=$1
shift
if [[ $step == install ]]; then
  need_packages "$@"
  exit
fi

compiler=gcc
targets=()
while [[ ${1:-} == --target || ${1:-} == --compiler ]]; do
  if [[ $1 == --compiler ]]; then compiler=$2; else targets+=("$2"); fi
  shift 2
done
case $compiler in
gcc) cxx=g++ ;;
clang) cxx=clang++ ;;
*) fail "--compiler: $compiler is neither gcc nor clang" ;;
esac
((${#targets[@]})) || targets=(all)
(($# > 0)) || set -- --label-exclude '^(huge|long|cluster|browser|fresh_tree|trixie)$'

for target in "${targets[@]}"; do
  build "/build/$compiler" "$target" -DCMAKE_CXX_COMPILER="$cxx" -DFIBO_BUILD_TESTS=ON -DFIBO_WARNINGS_AS_ERRORS=ON
done
allow_mpirun_as_root
# What a killed mpirun left is in the way of one that gets its process id.
rm -rf /tmp/prte.* /tmp/ompi.*

say "running ctest on Debian $(cat /etc/debian_version), built by $compiler"
exec ctest --test-dir "/build/$compiler" --parallel "$(nproc)" --schedule-random \
  --output-on-failure --no-tests=error "$@"
