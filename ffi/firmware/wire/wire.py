"""Prints the headers of wire.c, from the wire vectors of meter-link's tests, which Python made of docs/wire.md alone.

wire.py dcnet ROW, wire.py shamir ROW: what one meter of those vectors is given and must send, as the program scene prints it
of groups in Rust. wire.py refused: frames and proofs, what must be said of each.
"""
import hashlib
import json
import re
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[3] / "meter-link/tests/vectors/wire-v1.json"
UTILITY, METER, LAST = 0, 1, 1999


def digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def half(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return digest(b"\0", leaves[0])
    k = half(len(leaves))
    return digest(b"\1", root(leaves[:k]), root(leaves[k:]))


def path(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = half(len(leaves))
    if index < k:
        return [*path(leaves[:k], index), root(leaves[k:])]
    return [*path(leaves[k:], index - k), root(leaves[:k])]


def braces(data: bytes) -> str:
    return "{" + ",".join(map(str, data)) + "}"


class World:
    def __init__(self, json_: dict, name: str) -> None:
        self.json, self.name = json_, name
        self.roster = [p for p in json_["parties"] if p["role"] in (UTILITY, METER)]
        self.answerers = [p for p in json_["parties"] if p["role"] not in (UTILITY, METER)]

    def leaves(self, parties: list[dict]) -> list[bytes]:
        return [bytes.fromhex(party["leaf"]) for party in parties]

    def party(self, parties: list[dict], index: int) -> str:
        party, hashes = parties[index], path(self.leaves(parties), index)
        return (f"{{.id = {party['id']}u, .role = {party['role']}, .leaf = {index}, .hashes = {len(hashes)}, .identity = "
                f"{braces(bytes.fromhex(party['identity']))}, .announcement = {braces(bytes.fromhex(party['announcement']))}, "
                f".path = {braces(b''.join(hashes))}}}")

    def parties(self, part: str, parties: list[dict], indices: list[int]) -> str:
        rows = "".join(f"    {self.party(parties, index)},\n" for index in indices)
        return f"static const scene_party scene_{self.name}_{part}[] = {{\n{rows}}};\n"

    def number(self, type_: str, part: str, value: int) -> str:
        return f"static const {type_} scene_{self.name}_{part} = {value}u;\n"

    def bytes(self, part: str, value: str) -> str:
        return f"static const uint8_t scene_{self.name}_{part}[] = {braces(bytes.fromhex(value))};\n"

    def group(self) -> str:
        params = dict(self.json["params"], group=self.json["group"])
        params["max_missing_permille"] = params.pop("max_missing")
        return "{" + ", ".join(f".{name} = {value}u" for name, value in params.items()) + "}"

    def common(self, position: int) -> str:
        world, me = self.json, self.roster[1 + position]
        lists = (f"{{.meters = {len(self.roster) - 1}, .answerers = {len(self.answerers)}, .roster_merkle = "
                 f"{braces(root(self.leaves(self.roster)))}, .answerers_merkle = {braces(root(self.leaves(self.answerers)))}}}")
        text = self.bytes("root", world["root_frame"]) + self.bytes("beacon", world["beacon"])
        text += self.bytes("link_secret", me["secret"])
        text += f"static const wattsum_lists scene_{self.name}_lists = {lists};\n"
        for type_, part, value in (("uint64_t", "beacon_time", world["beacon_time"]), ("uint32_t", "epoch", world["epoch"]),
                                   ("uint64_t", "first_round", world["first_round"]), ("uint32_t", "id", me["id"]),
                                   ("uint32_t", "position", position)):
            text += self.number(type_, part, value)
        text += self.parties("utility", self.roster, [0]) + self.parties("own", self.roster, [1 + position])
        return text + self.parties("answerers", self.answerers, list(range(len(self.answerers))))

    def round(self, row: dict) -> str:
        readings = ",".join(f"INT64_C({value})" for value in row["reading"])
        text = f"static const uint64_t scene_{self.name}_rounds[] = {{{row['round']}}};\n"
        text += f"static const int64_t scene_{self.name}_reading_0[] = {{{readings}}};\n"
        return text + self.bytes("contribution_0", row["contribution"])


def dcnet(vectors: dict, row: dict) -> str:
    world = World(vectors["worlds"][row["world"]], "dcnet")
    holders, threshold, colluding, *rest = bytes.fromhex(world.json["own"])
    degree, least = int.from_bytes(rest[:4], "little"), int.from_bytes(rest[4:], "little")
    others = [index for index in range(1, len(world.roster)) if index != 1 + row["position"]]
    text = world.common(row["position"]) + world.round(row) + world.parties("neighbours", world.roster, others)
    text += (f"static const wattsum_dcnet_params scene_dcnet_params = {{.group = {world.group()}, .degree = {degree}, "
             f".min_neighbours = {least}, .holders = {holders}, .threshold = {threshold}, .colluding = {colluding}}};\n")
    text += world.bytes("open_0", row["open"])
    for number, pass_ in enumerate(row["passes"]):
        text += world.bytes(f"close_{number}", pass_["close"]) + world.bytes(f"repair_{number}", pass_["repair"])
    return text


def shamir(vectors: dict, row: dict) -> str:
    world = World(vectors["worlds"][row["world"]], "shamir")
    aggregators, threshold, colluding = bytes.fromhex(world.json["own"])
    return world.common(row["position"]) + world.round(row) + (
        f"static const wattsum_shamir_params scene_shamir_params = {{.group = {world.group()}, "
        f".aggregators = {aggregators}, .threshold = {threshold}, .colluding = {colluding}}};\n")


def status(error: str) -> tuple[str, int]:
    """Of an error in the vectors' words: the status, and the culprit, UINT32_MAX where there is none."""
    kind, name, *culprit = error.split(" ")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
    return f"WATTSUM_{kind.upper()}_{words}", int(culprit[1]) if culprit else 2**32 - 1


def edited(section: dict) -> list[dict]:
    """What becomes of the first good frame when it is cut, or a bit of it flips."""
    first = section["good"][section.get("edge_of", 0)]
    frame = bytes.fromhex(first["frame"])
    found = []
    for edit in section["cuts"]:
        for length in range(edit["start"], edit["below"]):
            found.append(dict(first, frame=frame[:length].hex(), error=edit["error"]))
    for edit in section["flips"]:
        for bit in range(8 * edit["start"], 8 * edit["below"], edit["step"]):
            at = bit // 8
            flipped = frame[:at] + bytes([frame[at] ^ 1 << bit % 8]) + frame[at + 1:]
            found.append(dict(first, frame=flipped.hex(), error=edit["error"]))
    return found


def rows(section: dict, with_edits: bool = True) -> list[dict]:
    """Good and bad ones of the first world, with what must be said of each."""
    bad = section["bad"] + (edited(section) if with_edits else [])
    return [row for row in [*section["good"], *bad] if row["world"] == 0]


def refused(vectors: dict) -> str:
    text = "typedef struct {\n    int32_t status;\n    uint32_t culprit, number;\n    uint64_t now;\n    uint8_t role;\n"
    text += "    const uint8_t *frame, *other;\n    size_t len, other_len;\n} wire_row;\n"
    for name in ("roster_roots", "link_keys", "opens"):
        lines, data = [], []
        for row in rows(vectors[name]):
            code, culprit = status(row["error"]) if "error" in row else ("WATTSUM_OK", 2**32 - 1)
            frame, other = row["frame"], row.get("identity") or row.get("pinned") or ""
            number, now = row.get("id", 0), row.get("now") or 0
            lines.append(f"    {{{code}, {culprit}u, {number}u, {now}u, {row.get('role', 0)}, "
                         f"{literal(frame)}, {literal(other)}, {len(frame) // 2}, {len(other) // 2}}},\n")
        text += f"static const wire_row wire_{name}[] = {{\n{''.join(lines)}}};\n"
    text += "typedef struct {\n    int32_t status;\n    uint32_t culprit, index, count;\n    uint8_t list, hashes;\n"
    text += "    const uint8_t *leaf, *root, *path;\n} wire_proof;\n"
    lines = []
    world = vectors["worlds"][0]
    parties = {"roster": [p for p in world["parties"] if p["role"] in (UTILITY, METER)],
               "answerer list": [p for p in world["parties"] if p["role"] not in (UTILITY, METER)]}
    names = {"roster": "roster", "answerer list": "answerers"}
    for row in rows(vectors["proofs"], with_edits=False):
        if "commitment" in row or row.get("count") == 0:
            continue  # of an epoch with another list; C counts meters without the utility, so it cannot say so
        code, culprit = status(row["error"]) if "error" in row else ("WATTSUM_OK", 2**32 - 1)
        own = parties[row["list"]]
        leaf = row.get("leaf") or own[row["index"]]["leaf"]
        merkle = row.get("merkle_root") or world[names[row["list"]] + "_merkle"]
        lines.append(f"    {{{code}, {culprit}u, {row['index']}u, {row.get('count', len(own))}u, "
                     f"WATTSUM_LIST_{names[row['list']].upper()}, {len(row['path'])}, {literal(leaf)}, {literal(merkle)}, "
                     f"{literal(''.join(row['path']))}}},\n")
    return text + f"static const wire_proof wire_proofs[] = {{\n{''.join(lines)}}};\n"


def literal(data: str) -> str:
    return '(const uint8_t *)"' + "".join(f"\\{byte:03o}" for byte in bytes.fromhex(data)) + '"'


if __name__ == "__main__":
    what, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    vectors = json.loads(VECTORS.read_text())
    print("/* Printed by wire.py. */\n#include \"scenes.h\"")
    print({"dcnet": lambda: dcnet(vectors, vectors["dcnet"][number]),
           "shamir": lambda: shamir(vectors, vectors["shamir"][number]), "refused": lambda: refused(vectors)}[what]())
