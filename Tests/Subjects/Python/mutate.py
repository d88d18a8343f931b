#!/usr/bin/env python3
"""Takes each wrong turn of mutations.toml and shows that it is named.

    mutate.py [--program PATH]
    mutate.py --copy FOLDER NUMBER     only makes FOLDER/Python, this program with the mutation of that number, from 0

Compares the mutated program as agree.py does. Exit status 0, or 1 where one is not named by its frame and stage. A copy finds the
.proto files by LUMON_PROTO, the path of Sources/Recording/Proto.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib

import agree

HERE = os.path.dirname(os.path.abspath(__file__))


def mutated(mutation, folder):
    """A copy of this program with the one line changed."""
    copy = os.path.join(folder, "Python")
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    path = os.path.join(copy, mutation["file"])
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    found = [i for i, line in enumerate(lines) if line.strip() == mutation["line"]]
    if len(found) != 1:
        raise SystemExit(f"{mutation['file']}: the line is there {len(found)} times: {mutation['line']}")
    indent = lines[found[0]][:-len(lines[found[0]].lstrip())]
    lines[found[0]] = indent + mutation["by"]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return copy


def first_difference(mutation, program):
    """The text of agree.py on the first frame that differs."""
    trace = os.path.join(agree.ROOT, "Traces", mutation["trace"] + ".mcap")
    with tempfile.TemporaryDirectory() as folder:
        copy = mutated(mutation, folder)
        environment = dict(os.environ, LUMON_PROTO=os.path.join(agree.ROOT, "Sources/Recording/Proto"))
        said = subprocess.run([sys.executable, "agree.py", "--program", os.path.abspath(program), trace], cwd=copy,
                              env=environment, capture_output=True, text=True)
    return said.stdout.strip() or said.stderr.strip().split("\n")[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=os.path.join(agree.ROOT, ".build/debug/lumon-replay"))
    parser.add_argument("--copy", nargs=2, metavar=("FOLDER", "NUMBER"))
    options = parser.parse_args()
    with open(os.path.join(HERE, "mutations.toml"), "rb") as file:
        mutations = tomllib.load(file)["mutation"]
    if options.copy:
        print(mutated(mutations[int(options.copy[1])], options.copy[0]))
        return 0
    failed = 0
    for mutation in mutations:
        said = first_difference(mutation, options.program)
        is_named = f"DIFFERS: frame {mutation['frame']}: {mutation['stage']}" in said
        failed += not is_named
        print(f"{'named' if is_named else 'NOT NAMED'}: {mutation['file']}, {mutation['breaks']}: {said}", flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
