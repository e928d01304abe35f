# SPDX-License-Identifier: MIT
"""A producer, consumers, a queue and a shared map, as a textbook has it: queue_and_dict.py COUNT MOST WORKERS.

One process puts keys into a queue; the others take one at a time and put each answer into a
manager's dictionary. Prints keys a second; then the first and the last answer.
"""

import multiprocessing
import sys
import time

from ends import ends, random_keys


def produce(queue, keys, workers):
    for key in keys:
        queue.put(key)
    for _ in range(workers):
        queue.put(None)


def consume(queue, answers):
    while (key := queue.get()) is not None:
        answers[key] = ends(key)


def main():
    count, most, workers = (int(text) for text in sys.argv[1:4])
    keys = random_keys(count, most)
    with multiprocessing.Manager() as manager:
        answers = manager.dict()
        queue = multiprocessing.Queue()
        begin = time.perf_counter()
        processes = [multiprocessing.Process(target=produce, args=(queue, keys, workers))]
        processes += [
            multiprocessing.Process(target=consume, args=(queue, answers)) for _ in range(workers)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        result = answers.copy()
        elapsed = time.perf_counter() - begin
    print(f"{len(keys) / elapsed:.0f}")
    for key in (keys[0], keys[-1]):
        print(f"F({key}) = {result[key]}")


if __name__ == "__main__":
    main()
