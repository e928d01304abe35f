#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run_examples.py PROGRAM FILE.md

Runs the examples of a page as its reader would, one after the other in one empty folder, and compares
what they print with what the page says.

An example is an indented or fenced block with a line that begins with `$ `; lines up to the next `$ `
are what the command prints. A line `...` stands for any lines, `...` within a line for any text.
Lines of stdout and of stderr may come in any order beside each other. Times, rates and hosts are not
compared. Where the page shows nothing for a command, anything may be printed, but the command must
succeed. `<!-- not run: REASON -->` before a block leaves it out.
"""
import functools
import os
import re
import subprocess
import sys
import tempfile

# What is never twice the same, on both sides.
MASKS = [
    (r"rank \d+@[\w.-]+", "rank N@HOST"),
    (r"[\d.]+ s \([\d,.]+ keys/s\)", "S s (RATE keys/s)"),
    (r"\d+ % busy", "P % busy"),
    (r"^fibo_mpi: [\w.-]+: \d+ ranks?, .*", "fibo_mpi: HOST: RANKS"),
]


class Example:
    def __init__(self, line, command):
        self.line, self.command, self.expected = line, command, []


def blocks(text):
    """The blocks of code: lists of (line number, line), and whether each is to be run."""
    block, fence, run = [], None, True
    for number, line in enumerate(text.split("\n") + [""], 1):
        if fence is None and line.startswith("```"):
            fence = True
        elif fence and line.startswith("```"):
            yield run, block
            block, fence, run = [], None, True
        elif fence:
            block.append((number, line))
        elif line.startswith("    ") and not re.match(r" *([-*]|\d+\.) ", line):
            block.append((number, line[4:]))
        elif block and line.strip():
            yield run, block
            block, run = [], True
        if fence is None and line.startswith("<!-- not run: "):
            run = False
        elif fence is None and not block and line.strip() and not line.startswith("<!--"):
            if not line.startswith("    "):
                run = True
    if block:
        yield run, block


def examples(text):
    for run, block in blocks(text):
        found = []
        for number, line in block:
            if line.startswith("$ "):
                found.append(Example(number, line[2:]))
            elif found and line.startswith("> "):
                found[-1].command += "\n" + line[2:]
            elif found:
                found[-1].expected.append(line)
        for example in found:
            while example.expected and not example.expected[-1].strip():
                example.expected.pop()
        if run:
            yield from found


def masked(line):
    for pattern, text in MASKS:
        line = re.sub(pattern, text, line)
    return line.rstrip()


def agree(expected, streams):
    """Whether the expected lines are the lines of the streams, put together in some order."""
    patterns = [
        None if line.strip() == "..." else re.compile(
            ".*".join(re.escape(part) for part in masked(line).split("...")))
        for line in expected
    ]
    lines = [[masked(line) for line in stream.split("\n")[:-1]
              # Of a machine with fewer cores than the reader's.
              if not line.startswith("fibo_mpi: warning: the ")] for stream in streams]

    @functools.lru_cache(maxsize=None)
    def from_here(i, out, err):
        at = (out, err)
        if i == len(patterns):
            return all(a == len(stream) for a, stream in zip(at, lines))
        moves = [(out + 1, err), (out, err + 1)]
        if patterns[i] is None:
            return from_here(i + 1, out, err) or any(
                at[s] < len(lines[s]) and from_here(i, *moves[s]) for s in (0, 1))
        return any(at[s] < len(lines[s]) and patterns[i].fullmatch(lines[s][at[s]]) is not None
                   and from_here(i + 1, *moves[s]) for s in (0, 1))

    sys.setrecursionlimit(100_000)
    return from_here(0, 0, 0)


def main():
    program, page = os.path.abspath(sys.argv[1]), sys.argv[2]
    with open(page, encoding="utf-8") as file:
        todo = list(examples(file.read()))
    if not todo:
        print(f"{page}: none of its examples is to be run")
        return
    environment = dict(
        os.environ,
        PATH=f"{os.path.dirname(program)}:{os.environ['PATH']}",
        OMPI_MCA_rmaps_base_oversubscribe="1",
        PRTE_MCA_rmaps_default_mapping_policy=":oversubscribe",
        # tcp warns where a machine has no network; libfabric hooks into whatever gives memory back, which
        # ThreadSanitizer does not survive.
        OMPI_MCA_btl="^tcp,ofi",
        OMPI_MCA_mtl="^ofi",
        LC_ALL="C.UTF-8")
    if os.geteuid() == 0:
        environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for example in todo:
            # A file that is shown is one that the reader has: the page makes it.
            shown = re.fullmatch(r"cat (\S+)", example.command)
            if shown and not os.path.exists(os.path.join(folder, shown[1])):
                with open(os.path.join(folder, shown[1]), "w", encoding="utf-8") as file:
                    file.write("\n".join(example.expected) + "\n")
                continue
            done = subprocess.run(["bash", "-c", example.command], cwd=folder, env=environment,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=120, check=False)
            quiet = not example.expected
            if (quiet and done.returncode == 0) or (
                    not quiet and agree(example.expected, (done.stdout, done.stderr))):
                continue
            failed += 1
            print(f"{page}:{example.line}: $ {example.command}\n--- the page says\n"
                  + "\n".join(example.expected)
                  + f"\n--- it exits with {done.returncode}; stdout\n{done.stdout}--- stderr\n{done.stderr}")
    print(f"{page}: {len(todo)} examples, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
