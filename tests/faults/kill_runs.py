#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs whose ranks are killed at random moments must lose nothing.

    kill_runs.py PROGRAM --runs 100 [--first 1] [--jobs 1]

A run is a request, a number of ranks and a store, all drawn from the run's number, so that each can be played
alone (--first N --runs 1). A rank of it, rank 0 too, gets SIGKILL at a random moment between the start of mpirun
and the time that the same request took undisturbed, and so may each of the runs that resume it. In the end

  - the map is that of the undisturbed run, to the byte;
  - no run was handed a key whose value the store had before it began;
  - the runs of the store's history kept every value once.

Prints what happened, and exits with 1 if a run failed. Leaves no process and no file behind.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import hashlib
import os
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

TIME_LIMIT_S = 60
# What mpirun of Open MPI 4.1 may take once a rank was killed: it sometimes hangs by itself.
END_LIMIT_S = 15
MARK = "FIBO_KILL_RUN"


def request_of(rng):
    """The table that keeps its values, and options and keys of one to two seconds on two cores."""
    at = rng.randrange(1000)
    return rng.choice(
        [
            ("full_values", [f"{1_000_000 + at}..{3_000_000 + at}..15000"]),
            ("full_values", [f"{20_000_000 + at}..{25_000_000 + at}..1000000"]),
            ("full_values", [f"{at}..{40_000 + at}..2"]),
            ("ends", ["--digits", "600", f"{10**18 + at}..{10**18 + at + 3000}"]),
            ("residues", ["--mod", "1000000007", f"{10**15 + at}..{10**15 + at + 100_000}"]),
        ]
    )


class Failure(Exception):
    pass


class Job:
    """One mpirun and all that it started, which a mark in the environment tells from other processes."""

    def __init__(self, program, ranks, arguments, folder):
        self.program = os.path.realpath(program)
        self.mark = f"{MARK}={uuid.uuid4()}"
        environment = dict(os.environ)
        name, value = self.mark.split("=")
        environment[name] = value
        environment.update(
            OMPI_MCA_pml="ob1",
            OMPI_MCA_btl="self,vader",
            OMPI_MCA_mtl="^ofi,psm,psm2,portals4",
            OMPI_MCA_osc="^ucx",
        )
        if os.geteuid() == 0:
            environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        argv = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks)]
        self.began_s = time.monotonic()
        self.err = open(folder / "err", "w+b")
        self.out = open(folder / "out", "wb")
        self.process = subprocess.Popen(
            argv + [program, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.err,
            start_new_session=True,
        )

    def processes(self):
        """(process id, rank or None) of all that run."""
        found = []
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                variables = pathlib.Path(entry.path, "environ").read_bytes().decode(errors="replace").split("\0")
                if self.mark not in variables:
                    continue
                rank = None
                if os.readlink(f"{entry.path}/exe") == self.program:
                    rank = next((int(v.split("=")[1]) for v in variables if v.startswith("OMPI_COMM_WORLD_RANK=")), None)
                found.append((int(entry.name), rank))
        return found

    def kill_rank(self, rank):
        """Waits until that rank runs, and kills it; returns whether it did before the job ended."""
        while self.process.poll() is None:
            for pid, at in self.processes():
                if at == rank:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        return True
            time.sleep(0.01)
        return False

    def wait(self, limit_s):
        """Returns the exit status, or None if the job had to be killed; afterwards nothing of it runs."""
        try:
            status = self.process.wait(limit_s)
            deadline = time.monotonic() + 5
            while self.processes() and time.monotonic() < deadline:
                time.sleep(0.01)
        except subprocess.TimeoutExpired:
            status = None
        self.left_behind = len(self.processes()) if status is not None else 0
        while processes := self.processes():
            for pid, _ in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        self.process.wait()
        self.seconds = time.monotonic() - self.began_s
        self.out.close()
        self.err.seek(0)
        self.stderr = self.err.read().decode(errors="replace")
        self.err.close()
        return status


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def undisturbed(options, ranks, request, folder):
    """What a request gives and takes without faults."""
    job = Job(options.program, ranks, [*request, "-o", "reference", "-q"], folder)
    if job.wait(TIME_LIMIT_S) != 0:
        raise Failure(f"the undisturbed run failed: {job.stderr}")
    return digest(folder / "reference"), job.seconds


def keys_in(store, table):
    if not store.exists():
        return set()
    with contextlib.closing(sqlite3.connect(store, timeout=10)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            return set()
        return {n for (n,) in database.execute(f"SELECT n FROM {table}")}


def resumed_run(number, options, counts):
    """A run with a store, killed once at least and resumed until it is done."""
    rng = random.Random(number)
    table, request = request_of(rng)
    ranks = rng.choice([2, 2, 3, 4])
    with tempfile.TemporaryDirectory(prefix="fibo-kill-") as name:
        folder = pathlib.Path(name)
        expected, usual_s = undisturbed(options, ranks, request, folder)
        store = folder / "store.db"
        arguments = [*request, "--store", "store.db", "-o", "map", "-v"]
        for attempt in range(12):
            kept_before = keys_in(store, table)
            job = Job(options.program, ranks, arguments, folder)
            struck = None
            if attempt == 0 or (attempt < 4 and rng.random() < 0.5):
                time.sleep(rng.uniform(0, 1.1 * usual_s))
                struck = rng.randrange(ranks)
                if not job.kill_rank(struck):
                    struck = None
                    counts["ended before the kill"] += 1
            status = job.wait(TIME_LIMIT_S if struck is None else END_LIMIT_S)
            counts["runs of the program"] += 1
            if job.left_behind:
                raise Failure(f"{job.left_behind} processes were left behind")
            taken = {int(n) for n in re.findall(r"^Producer \[.*\] putting value \[(\d+)\]", job.stderr, re.M)}
            if taken & kept_before:
                raise Failure(f"{len(taken & kept_before)} values were kept, and computed again")
            if struck is not None:
                counts["killed: rank 0" if struck == 0 else "killed: another rank"] += 1
                counts["mpirun hung after a kill" if status is None else "mpirun ended after a kill"] += 1
                kept = len(keys_in(store, table))
                counts["killed with values kept" if kept else "killed before a value was kept"] += 1
            elif status is None:
                raise Failure("a run that nobody killed hung: " + job.stderr[-500:])
            if status == 0:
                break
            if struck is None:
                raise Failure(f"a run that nobody killed ended with {status}: {job.stderr[-500:]}")
        else:
            raise Failure("it does not come to its end")
        if digest(folder / "map") != expected:
            raise Failure("the map is not that of the undisturbed run")
        with contextlib.closing(sqlite3.connect(store)) as database:
            kept, last_reused = database.execute(
                "SELECT sum(kept), (SELECT reused FROM runs ORDER BY rowid DESC LIMIT 1) FROM runs"
            ).fetchone()
        if kept != len(keys_in(store, table)):
            raise Failure(f"the runs kept {kept} values, and the store has {len(keys_in(store, table))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the number of the first run")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    options = parser.parse_args()
    options.program = os.path.realpath(options.program)

    counts = collections.Counter()
    failures = 0
    began_s = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = {
            pool.submit(resumed_run, number, options, counts): number
            for number in range(options.first, options.first + options.runs)
        }
        for run in concurrent.futures.as_completed(runs):
            try:
                run.result()
            except Failure as failure:
                failures += 1
                print(f"run {runs[run]}: {failure}", flush=True)
    for what in sorted(counts):
        print(f"{counts[what]:6} {what}")
    print(f"{options.runs - failures} of {options.runs} runs are right, in {time.monotonic() - began_s:.0f} s")
    return 0 if failures == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
