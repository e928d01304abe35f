# SPDX-License-Identifier: MIT
"""mpi4py.futures as a peer: mpirun -np 3 python3 -m mpi4py.futures mpi4py_pool.py KEYS_FILE.

Two workers, beside the rank that hands out. What counts is the best of several chunk sizes.
"""

import sys
import time

from mpi4py.futures import MPIPoolExecutor

from ends import ends, keys_of, report


def main():
    keys = keys_of(sys.argv[1])
    best = 0
    with MPIPoolExecutor() as pool:
        list(pool.map(ends, keys[:100]))  # the workers are there
        for chunk in (1, 10, 100, 1000, 5000):
            begin = time.perf_counter()
            answers = dict(zip(keys, pool.map(ends, keys, chunksize=chunk)))
            best = max(best, len(keys) / (time.perf_counter() - begin))
    report(best, answers)


if __name__ == "__main__":
    main()
