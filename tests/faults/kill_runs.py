#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs whose ranks are killed at random moments must lose nothing.

    kill_runs.py PROGRAM --runs 100 [--first 1] [--jobs 1]
    kill_runs.py PROGRAM --runs 100 --ulfm

A run is a request, a number of ranks and a store, all drawn from the run's number, so that each can be played
alone (--first N --runs 1). A rank of it, rank 0 too, gets SIGKILL at a random moment between the start of mpirun
and the time that the same request took undisturbed, and so may each of the runs that resume it. In the end

  - the map is that of the undisturbed run, to the byte;
  - no run was handed a key whose value the store had before it began;
  - the runs of the store's history kept every value once.

With --ulfm, which needs Open MPI 5, 1 to N-1 of the workers are killed, and there is no store and no resume: the
run itself ends with exit status 0 and the right map. The moments are random from when the first key has been handed
out: a rank that dies inside of MPI_Init leaves the others, and mpirun, waiting there for ever.

Prints what happened, and exits with 1 if a run failed, with 77 where --ulfm is not possible. Leaves no process behind,
also if it is ended itself, and no file.
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
import threading
import time
import uuid
from typing import NamedTuple

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


class Ended(BaseException):
    """A signal asks this script to end."""


class Running:
    """The jobs that run, all of which can be ended for good."""

    def __init__(self):
        self.lock = threading.Lock()
        self.jobs = set()
        self.ending = False

    def start(self, job, argv, **settings):
        with self.lock:
            if self.ending:
                raise Failure("it was not to begin any more")
            process = subprocess.Popen(argv, **settings)
            self.jobs.add(job)
            return process

    def ended(self, job):
        with self.lock:
            self.jobs.discard(job)

    def end(self):
        with self.lock:
            self.ending = True
            jobs = set(self.jobs)
        for job in jobs:
            job.kill()


running = Running()


class Job:
    """One mpirun and all that it started, which a mark in the environment tells from other processes."""

    def __init__(self, options, ranks, arguments, folder):
        self.program = options.program
        self.mark = f"{MARK}={uuid.uuid4()}"
        environment = dict(os.environ)
        name, value = self.mark.split("=")
        environment[name] = value
        # What a killed mpirun leaves must not be met by one that gets its process id.
        environment.update(OMPI_MCA_pml="ob1", TMPDIR=str(folder))
        if not options.ulfm:
            environment.update(OMPI_MCA_btl="self,vader", OMPI_MCA_mtl="^ofi,psm,psm2,portals4", OMPI_MCA_osc="^ucx")
        if os.geteuid() == 0:
            environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        # Should this script be killed, mpirun hears of it.
        argv = ["setpriv", "--pdeathsig", "TERM", "mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks)]
        if options.ulfm:
            argv += ["--with-ft", "ulfm", "--mca", "btl", "self,sm"]
        self.began_s = time.monotonic()
        self.err = open(folder / "err", "w+b")
        self.out = open(folder / "out", "wb")
        self.process = running.start(
            self,
            argv + [self.program, *arguments],
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

    def wait_for_first_key(self):
        """Waits until a key has been handed out, or the job has ended; returns when that was."""
        line = b"Producer [rank 0@"
        while self.process.poll() is None:
            if line in os.pread(self.err.fileno(), 1 << 16, 0):
                break
            time.sleep(0.002)
        return time.monotonic()

    def kill(self):
        """Kills all that runs of it."""
        while processes := self.processes():
            for pid, _ in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

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
        self.kill()
        self.process.wait()
        running.ended(self)
        self.seconds = time.monotonic() - self.began_s
        self.out.close()
        self.err.seek(0)
        self.stderr = self.err.read().decode(errors="replace")
        self.err.close()
        return status


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Undisturbed(NamedTuple):
    """What a request gives and takes without faults."""

    digest: str
    whole_s: float
    work_s: float  # from the first key to the complete output


def seconds_of_work(job):
    """As the summary of a complete run says."""
    return float(re.search(r" digits in ([0-9.]+) s ", job.stderr)[1])


def undisturbed(options, ranks, request, folder):
    job = Job(options, ranks, [*request, "-o", "reference"], folder)
    if job.wait(TIME_LIMIT_S) != 0:
        raise Failure(f"the undisturbed run failed: {job.stderr}")
    return Undisturbed(digest(folder / "reference"), job.seconds, seconds_of_work(job))


def keys_in(store, table):
    if not store.exists():
        return set()
    with contextlib.closing(sqlite3.connect(store, timeout=10)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            return set()
        return {n for (n,) in database.execute(f"SELECT n FROM {table}")}


def wait_for_end(job, limit_s, counts):
    """Waits for a job, which must leave nothing behind; returns its exit status, or None if it had to be killed."""
    status = job.wait(limit_s)
    counts["runs of the program"] += 1
    if job.left_behind:
        raise Failure(f"{job.left_behind} processes were left behind")
    return status


def resume_until_done(options, rng, ranks, request, table, folder, usual, counts):
    """A run with a store, killed once at least and resumed until it is done."""
    store = folder / "store.db"
    for attempt in range(12):
        kept_before = keys_in(store, table)
        job = Job(options, ranks, [*request, "--store", "store.db", "-o", "map", "-v"], folder)
        struck = None
        if attempt == 0 or (attempt < 4 and rng.random() < 0.5):
            time.sleep(rng.uniform(0, 1.1 * usual.whole_s))
            struck = rng.randrange(ranks)
            if not job.kill_rank(struck):
                struck = None
                counts["ended before the kill"] += 1
        status = wait_for_end(job, TIME_LIMIT_S if struck is None else END_LIMIT_S, counts)
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
    with contextlib.closing(sqlite3.connect(store)) as database:
        (kept,) = database.execute("SELECT sum(kept) FROM runs").fetchone()
    if kept != len(keys_in(store, table)):
        raise Failure(f"the runs kept {kept} values, and the store has {len(keys_in(store, table))}")


def lose_workers(options, rng, ranks, request, _table, folder, usual, counts):
    """A run under ULFM that loses some of its workers: another one if it ended before it lost any, or
    if three of them had the same key in turn."""
    work_s = usual.work_s
    for _ in range(12):
        killed = []
        job = Job(options, ranks, [*request, "-o", "map", "-v"], folder)
        victims = rng.sample(range(1, ranks), rng.randint(1, ranks - 1))
        moments_s = sorted(rng.uniform(0, work_s) for _ in victims)
        began_s = job.wait_for_first_key()
        for victim, moment_s in zip(victims, moments_s):
            time.sleep(max(0.0, began_s + moment_s - time.monotonic()))
            if job.kill_rank(victim):
                killed.append(victim)
        status = wait_for_end(job, TIME_LIMIT_S, counts)
        # A key that three of them had in turn is taken for the cause, and is not tried a fourth time.
        if status == 3 and (given_up := re.search(r"is not computed: it was with each of (.*) when", job.stderr)):
            blamed = {int(rank) for rank in re.findall(r"rank (\d+)@", given_up[1])}
            if len(blamed) != 3 or not blamed <= set(killed):
                raise Failure(f"ranks {blamed} are blamed, and {killed} were killed: {job.stderr[-1000:]}")
            counts["runs in which three had the same key, which was given up"] += 1
        elif status != 0:
            raise Failure(f"exit status {status} with {killed} of {ranks} ranks killed: {job.stderr[-1000:]}")
        elif killed:
            break
        else:
            # The undisturbed run may have had less of the machine than this one, and all moments come too late.
            work_s = min(work_s, seconds_of_work(job))
    else:
        raise Failure("no run loses workers and comes to its end")
    counts[f"{len(killed)} of {ranks - 1} workers killed"] += 1
    counts["workers killed"] += len(killed)
    counts["workers named as lost"] += len(re.findall(r"warning: rank \d+@\S+ was lost", job.stderr))


def disturbed_run(number, options, counts):
    """A run that loses ranks must write the map of an undisturbed one."""
    rng = random.Random(number)
    table, request = request_of(rng)
    ranks = rng.choice([2, 3, 4, 5] if options.ulfm else [2, 2, 3, 4])
    disturb = lose_workers if options.ulfm else resume_until_done
    with tempfile.TemporaryDirectory(prefix="fibo-kill-") as name:
        folder = pathlib.Path(name)
        usual = undisturbed(options, ranks, request, folder)
        disturb(options, rng, ranks, request, table, folder, usual, counts)
        if digest(folder / "map") != usual.digest:
            raise Failure("the map is not that of the undisturbed run")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the number of the first run")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument("--ulfm", action="store_true")
    options = parser.parse_args()
    options.program = os.path.realpath(options.program)
    if options.ulfm and subprocess.run(["mpirun", "--with-ft", "ulfm", "--version"], capture_output=True).returncode:
        print("skipped: this mpirun has no --with-ft ulfm")
        return 77

    def end(number, _frame):
        raise Ended(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)

    counts = collections.Counter()
    right = failures = 0
    began_s = time.monotonic()
    pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
    try:
        runs = {
            pool.submit(disturbed_run, number, options, counts): number
            for number in range(options.first, options.first + options.runs)
        }
        for run in concurrent.futures.as_completed(runs):
            try:
                run.result()
                right += 1
            except Failure as failure:
                failures += 1
                print(f"run {runs[run]}: {failure}", flush=True)
        killed = counts["killed: rank 0"] + counts["killed: another rank"]
        status = 0 if failures == 0 and (options.ulfm or killed > 0) else 1
    except Ended as ended:
        print("ended by a signal")
        status = 128 + ended.args[0]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        running.end()
        pool.shutdown()
    for what in sorted(counts):
        print(f"{counts[what]:6} {what}")
    print(f"{right} of {options.runs} runs are right, in {time.monotonic() - began_s:.0f} s")
    return status


if __name__ == "__main__":
    sys.exit(main())
