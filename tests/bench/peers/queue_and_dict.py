# SPDX-License-Identifier: MIT
"""The program that this one replaces, as a peer: queue_and_dict.py KEYS_FILE.

A process puts every key into a shared dictionary and into a queue; as many processes as there are
cores take one at a time and put its answer into the dictionary; all of them log each key, to nowhere.
Three things differ: what is computed, as no time would do for F(n) by additions; consumers begin
with the producer, whose queue would otherwise be full; and so they end at a sign, not at a queue that
is empty.
"""

import multiprocessing
import os
import sys
import time

from ends import ends, keys_of, report


def produce(queue, answers, keys, workers):
    name = multiprocessing.current_process().name
    with open(os.devnull, "w", encoding="ascii") as log:
        for key in keys:
            answers[key] = None
            print(f"Producer [{name}] putting value [{key}] into queue..", file=log)
            queue.put(key)
    for _ in range(workers):
        queue.put(None)


def consume(queue, answers):
    name = multiprocessing.current_process().name
    with open(os.devnull, "w", encoding="ascii") as log:
        while (key := queue.get()) is not None:
            print(f"consumer [{name}] getting value [{key}] from queue...", file=log)
            answers[key] = ends(key)


def main():
    keys = keys_of(sys.argv[1])
    workers = multiprocessing.cpu_count()
    with multiprocessing.Manager() as manager:
        answers = manager.dict()
        queue = multiprocessing.Queue()
        begin = time.perf_counter()
        processes = [multiprocessing.Process(target=produce, args=(queue, answers, keys, workers))]
        processes += [
            multiprocessing.Process(target=consume, args=(queue, answers)) for _ in range(workers)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        result = answers.copy()
        elapsed = time.perf_counter() - begin
    report(len(keys) / elapsed, result)


if __name__ == "__main__":
    main()
