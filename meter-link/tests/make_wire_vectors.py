#!/usr/bin/env python3
"""Writes tests/vectors/wire-v1.json: good frames, and bad ones with the error that each must give.

    python3 meter-link/tests/make_wire_vectors.py --reference ../shared/reference

Deterministic in --seed. Built on the reference's plain-Python arithmetic and docs/wire.md only. Errors read
"malformed X" or "fault X by ID", with the names of the Rust enums.
"""
import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, help="folder of primitives.py and protocols.py")
    parser.add_argument("--seed", default="wire")
    parser.add_argument("--out", default=HERE / "vectors" / "wire-v1.json")
    return parser.parse_args()


if __name__ == "__main__":
    ARGUMENTS = arguments()
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(HERE / "wire_vectors"), ARGUMENTS.reference]

import cases_bills as bills  # noqa: E402
import cases_ceremony as ceremony  # noqa: E402
import cases_certified as certified  # noqa: E402
import cases_keys as keys  # noqa: E402
import cases_protocols as protocols  # noqa: E402
import cases_roster as roster  # noqa: E402
import cases_round as rounds  # noqa: E402
import cases_small as small  # noqa: E402
import cases_states as states  # noqa: E402
import cases_windows as windows  # noqa: E402
import format_v1 as w  # noqa: E402
from world import Stream, World  # noqa: E402


def jsonable(value):
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, dict):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(v) for v in value]
    return value


def windowed(rng):
    own = bytes([9, 6, 2]) + w.le(windows.WINDOW["rounds"], 4) + w.le(windows.WINDOW["min_rounds"], 4)
    return windows.Windows(rng, World(rng, protocol=2, meters=13, answerers=9, threshold=6, channels=2, role=w.AGGREGATOR,
                                      query_kind=2, own=own, min_honest=4))


def main():
    w.selftest()
    rng = Stream(ARGUMENTS.seed)
    # `own` as wire.md, section 6: dcnet's complete graph with at least two neighbours, elgamal with proofs.
    dcnet = World(rng, protocol=1, meters=40, answerers=4, threshold=3, channels=2, role=w.HOLDER, query_kind=1,
                  own=[4, 3, 1, 0, 0, 0, 0, 2, 0, 0, 0])
    shamir = World(rng, protocol=2, meters=9, answerers=9, threshold=6, channels=5, role=w.AGGREGATOR, query_kind=2, own=[9, 6, 2])
    alone = World(rng, protocol=1, meters=3, answerers=0, threshold=0, channels=1, role=w.HOLDER, query_kind=None, own=b"alone")
    elgamal = World(rng, protocol=3, meters=4, answerers=4, threshold=3, channels=2, role=w.TRUSTEE, query_kind=None, own=[4, 3, 1, 1])
    worlds = [dcnet, shamir, alone, elgamal]
    vectors = {
        "seed": ARGUMENTS.seed,
        "numbers": {"protocols": w.PROTOCOLS, "roles": w.ROLES, "kinds": w.KINDS},
        "worlds": [world.json() for world in worlds],
        "link_keys": roster.link_keys(rng, worlds),
        "roster_roots": roster.roster_roots(rng, worlds),
        "proofs": roster.proofs(rng, worlds),
        "signatures": small.signatures(rng, dcnet),
        "frames": small.frames(rng, dcnet, shamir),
        "sealed": small.sealed(rng, dcnet),
        "sets": small.sets(rng),
        "quorums": small.quorums(),
        "records": small.records(rng, dcnet),
        "opens": rounds.opens(rng, worlds),
        "closes": rounds.closes(rng, worlds),
        "answers": rounds.answers(rng, worlds),
        "dcnet": protocols.dcnet(rng, dcnet),
        "shamir": protocols.shamir(rng, shamir),
        "elgamal": protocols.elgamal(rng, elgamal),
    }
    # What came later has a stream of its own: everything above stays as it was.
    group = windowed(Stream(ARGUMENTS.seed + " windows"))
    vectors["worlds"].append(group.world.json())
    vectors |= {
        "window_queries": certified.window_queries(group),
        "statements": certified.statements(group, worlds),
        "raw_answers": certified.raw_answers(group, dcnet),
        "logs": certified.logs(group),
        "windows": windows.windows(group),
        "states": states.states(group, dcnet),
    }
    vectors["elgamal_keys"] = keys.elgamal_keys(Stream(ARGUMENTS.seed + " keys"), elgamal, 3)
    vectors["elgamal_ceremonies"] = ceremony.elgamal_ceremonies(Stream(ARGUMENTS.seed + " ceremonies"), elgamal, 3)
    # 10 meters, of whom all but one are billed.
    rng = Stream(ARGUMENTS.seed + " bills")
    billed = World(rng, protocol=3, meters=10, answerers=4, threshold=3, channels=2, role=w.TRUSTEE, query_kind=None, own=bills.own(),
                   min_honest=4)
    vectors["worlds"].append(billed.json())
    vectors["elgamal_bills"] = bills.elgamal_bills(rng, billed, len(vectors["worlds"]) - 1)
    with open(ARGUMENTS.out, "w", encoding="ascii") as out:
        json.dump(jsonable(vectors), out, indent=0, sort_keys=True)
        out.write("\n")
    for name, section in vectors.items():
        if isinstance(section, dict):
            print(name, {k: len(v) for k, v in section.items() if isinstance(v, list)})


if __name__ == "__main__":
    main()
