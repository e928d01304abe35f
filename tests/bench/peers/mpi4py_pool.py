# SPDX-License-Identifier: MIT
"""mpi4py.futures as a peer: mpirun -np 3 python3 -m mpi4py.futures mpi4py_pool.py COUNT MOST.

Prints, for the best of several chunk sizes, keys a second and the chunk size; then the first and the
last answer.
"""

import sys
import time

from mpi4py.futures import MPIPoolExecutor

from ends import ends, random_keys


def main():
    count, most = int(sys.argv[1]), int(sys.argv[2])
    keys = random_keys(count, most)
    best = 0, 0
    with MPIPoolExecutor() as pool:
        list(pool.map(ends, keys[:100]))  # the workers are there
        for chunk in (1, 10, 100, 1000, 5000):
            begin = time.perf_counter()
            answers = dict(zip(keys, pool.map(ends, keys, chunksize=chunk)))
            best = max(best, (len(keys) / (time.perf_counter() - begin), chunk))
    print(f"{best[0]:.0f} {best[1]}")
    for key in (keys[0], keys[-1]):
        print(f"F({key}) = {answers[key]}")


if __name__ == "__main__":
    main()
