#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The order of the layers (ARCHITECTURE.md): a folder includes only itself and those before it, and
# MPI headers stand in the transport alone. Prints every line that breaks this.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
layers=(arithmetic fibonacci farm results app)
broken=0

report() {
  if [[ -n $2 ]]; then
    printf '%s:\n%s\n' "$1" "$2"
    broken=1
  fi
}

for ((i = 0; i < ${#layers[@]}; ++i)); do
  layer=${layers[i]}
  [[ -d src/$layer && -d include/fibo/$layer ]] || report "no such layer" "$layer"
  later=$(IFS='|' && echo "${layers[*]:i+1}")
  [[ -n $later ]] || continue
  report "$layer includes a layer that comes after it" \
    "$(grep -rnE "#include \"fibo/($later)/" "src/$layer" "include/fibo/$layer" || true)"
done

report "MPI outside of the transport" \
  "$(grep -rnE '#include <(boost/mpi|mpi\.h)' src include | grep -vE '/farm/mpi_[a-z]+\.[ch]pp:' || true)"

exit "$broken"
