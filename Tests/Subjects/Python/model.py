#!/usr/bin/env python3
"""Replays a trace on the second implementation of the model.

    model.py TRACE [--from N] [--to N]

Prints for each frame its digest, those of its stages, and those of its levels, as `lumon-replay replay TRACE --from 0` does.
Exit status 0, or 65 where the trace is none for this model. Needs xxhash, mcap and protobuf of PyPI, and protoc.
"""

import argparse
import sys

from messages import Unusable
from system import STAGES, System
from trace import frames


def results(path):
    """The Result of each frame of a trace."""
    system = System()
    for given in frames(path):
        yield system.step(given)


def line(result):
    low, high = result.digest[:8], result.digest[8:]
    text = f"frame {result.frame}  {(high[::-1] + low[::-1]).hex()}"
    for name, digest in zip(STAGES, result.stages):
        text += f"  {name} {digest:016x}"
    return text + "  levels" + "".join(f" {digest:016x}" for digest in result.levels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("trace")
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--to", type=int, default=1 << 31)
    options = parser.parse_args()
    try:
        for result in results(options.trace):
            if result.frame > options.to:
                break
            if result.frame >= options.first:
                print(line(result))
    except Unusable as error:
        print(f"error: {options.trace}: {error}", file=sys.stderr)
        return 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
