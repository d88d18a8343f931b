#!/usr/bin/env python3
"""Compares the second implementation of the model with `lumon-replay`, frame by frame and stage by stage.

    agree.py TRACE...                        these traces
    agree.py --traces                        all traces of the repository with 8 cells an axis
    agree.py --generate N [--seed S] [--how modelled|warm|live]
                                             N scenarios of generate.py, from seed S on

Prints a line for each, and of one that does not agree the first frame and what of it differs. Exit status 0, or 1 at the first
that does not agree (with --all after all of them). To repeat one: --generate 1 --seed S. The program is .build/debug/lumon-replay, or
--program PATH.
"""

import argparse
import glob
import os
import subprocess
import sys
import time

import model
from messages import Unusable

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))


def compare(program, trace):
    """How many frames agree, and None or a text: the first frame that differs, and what of it."""
    said = subprocess.run([program, "replay", trace, "--from", "0"], capture_output=True, text=True)
    lines = [line for line in said.stdout.splitlines() if line.startswith("frame ")]
    if said.returncode:
        return 0, f"the program: {said.stderr.strip().splitlines()[-1]}"
    count = 0
    for theirs, result in zip(lines, model.results(trace)):
        ours = model.line(result)
        if ours.split() != theirs.split():
            return count, f"frame {result.frame}: {', '.join(differences(ours, theirs))}"
        count += 1
    return count, None if count == len(lines) else f"{count} frames, the program has {len(lines)}"


def differences(ours, theirs):
    """What differs, in causal order: names of stages, or levels."""
    found = []
    for a, b in zip(ours.split("  ")[2:], theirs.split("  ")[2:]):
        if a.strip() != b.strip():
            found.append(a.split()[0])
    return found or ["frame"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("trace", nargs="*")
    parser.add_argument("--traces", action="store_true")
    parser.add_argument("--generate", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--how", choices=["modelled", "warm", "live"], default="modelled")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--program", default=os.path.join(ROOT, ".build/debug/lumon-replay"))
    options = parser.parse_args()
    named = list(options.trace)
    if options.traces:
        named += [path for path in sorted(glob.glob(os.path.join(ROOT, "Traces/*.mcap"))) if _resolution(path) <= 8]
    failed = 0
    for path in named:
        failed += report(options.program, path, os.path.basename(path))
        if failed and not options.all:
            return 1
    if options.generate:
        import generate
        for seed in range(options.seed, options.seed + options.generate):
            with generate.recorded(options.program, seed, options.how) as path:
                failed += report(options.program, path, f"seed {seed}")
            if failed and not options.all:
                return 1
    return failed > 0


def report(program, path, name):
    start = time.monotonic()
    try:
        count, difference = compare(program, path)
    except Unusable as error:
        count, difference = 0, str(error)
    seconds = time.monotonic() - start
    print(f"{name}: {'agrees' if difference is None else 'DIFFERS: ' + difference}; {count} frames, {seconds:.1f} s", flush=True)
    return difference is not None


def _resolution(path):
    for given in model.frames(path):
        for kind, value in given.events:
            if kind == "session_start":
                return value.effective().resolution
    return 0


if __name__ == "__main__":
    sys.exit(main())
