#!/usr/bin/env python3
"""Changes values of a vector file one at a time and says which changes no test noticed.

    cargo test --release --no-run -p meter-link
    python3 meter-link/tests/mutate_vectors.py --variable WATTSUM_WIRE_VECTORS --count 300 \\
        meter-link/tests/vectors/wire-v1.json target/release/deps/wire-*[0-9a-f]

Runs the tests of the binaries whose names contain one of `--filter`; the change is noticed if any of them fails. `--sections` and `--skip` name
the top-level sections and the keys to take or to leave. Ends with 1 if a change survived.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("binaries", nargs="+")
    parser.add_argument("--variable", default="WATTSUM_VECTORS")
    parser.add_argument("--count", type=int, default=20, help="0: every value once")
    parser.add_argument("--sections", nargs="*")
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--filter", nargs="*", default=["vectors"])
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def leaves(value, trail, skip):
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            if key not in skip:
                yield from leaves(value[key], [*trail, key], skip)
    elif value not in (None, ""):
        yield trail


def changed(value, rng):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value - 1 if value > 0 and rng.random() < 0.5 else value + 1
    try:
        bytes.fromhex(value)
        digits = "0123456789abcdef"
    except ValueError:
        digits = "abcdefghijklmnopqrstuvwxyz"
    at = rng.randrange(len(value))
    return value[:at] + rng.choice([d for d in digits if d != value[at]]) + value[at + 1:]


def main():
    given = arguments()
    with open(given.file, encoding="ascii") as file:
        text = file.read()
    vectors, rng = json.loads(text), random.Random(given.seed)
    trails = [t for t in leaves(vectors, [], given.skip) if not given.sections or t[0] in given.sections]
    chosen = trails if given.count == 0 else rng.sample(trails, min(given.count, len(trails)))

    def noticed(path):
        environment = dict(os.environ, **{given.variable: path})
        return any(subprocess.run([binary, *given.filter], env=environment, capture_output=True).returncode
                   for binary in given.binaries)

    with tempfile.TemporaryDirectory() as folder:
        path, survived = os.path.join(folder, "vectors.json"), []

        def write(text):
            with open(path, "w", encoding="ascii") as out:
                out.write(text)

        write(text)
        if noticed(path):
            sys.exit("the tests fail on the file as it is")
        for trail in chosen:
            *way, last = trail
            place = vectors
            for key in way:
                place = place[key]
            before = place[last]
            place[last] = changed(before, rng)
            write(json.dumps(vectors))
            if not noticed(path):
                survived.append((trail, before, place[last]))
            place[last] = before
    for trail, before, after in survived:
        print("survived:", "/".join(map(str, trail)), str(before)[:40], "->", str(after)[:40])
    print(f"{len(trails)} values, {len(chosen)} changed, {len(survived)} survived")
    sys.exit(bool(survived))


if __name__ == "__main__":
    main()
