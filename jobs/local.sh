#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# jobs/local.sh [ARGUMENTS OF fibo_mpi...]
#
# From a fresh machine to results: installs what is missing (Debian and Ubuntu), builds Release in
# build/release and runs the program with one rank for each CPU. Results are on stdout, everything
# else on stderr; the exit code is the program's.
set -euo pipefail

# shellcheck source=jobs/lib/prepare.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/prepare.sh"
# shellcheck source=jobs/lib/launch.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/launch.sh"

need_packages "${build_packages[@]}"
build "$root/build/release" fibo_mpi -DFIBO_BUILD_TESTS=OFF
allow_mpirun_as_root

launch_here
say "${launch[*]} fibo_mpi${*:+ $*}"
exec "${launch[@]}" "$root/build/release/fibo_mpi" "$@"
