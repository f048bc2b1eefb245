"""A member of a ring in plain Python: rings and healings of cmt-ring's tests/make_ring_vectors.py and
tests/ring_vectors/heal.py, which are written from its docs and wire.md, with what one member of one of them is given and must
answer.
"""
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "cmt-ring" / "tests" / "ring_vectors")]
import heal  # noqa: E402
from heal import rings  # noqa: E402

METERS, GENERATION, PLACE, MODULUS = 24, 1, 3, 2**40 - 87


def entry(ring: rings.Ring, member: rings.Member) -> bytes:
    return struct.pack("<II", member.party.id, ring.meters.index(member.party)) + member.party.link


def scene(name: str, mode: int, modulus: int = 2**64) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """What the device at a place is given; the context; its FirstKey frame; what it sends in a round of the ring as it was
    formed; and in one of the ring without the member after it.
    """
    rng = rings.Stream(f"firmware {name}")
    ring = rings.Ring(rng, mode, METERS, [], 1, GENERATION, modulus=modulus)
    member = ring.ring[PLACE]
    frames, _, _ = ring.forming()
    own = frames[str(member.party.id)]
    at = ring.start + 1
    played = heal.played(rng, heal.Formed(ring), ring, GENERATION, at)
    healing = heal.Healing(rng, ring, GENERATION + 1, at, [ring.ring[PLACE + 1]])
    healed = heal.played(rng, healing, ring, GENERATION + 1, at)
    drawn, delta, sent = b"", bytes(40), b""
    if mode == rings.DRAWN:
        drawn = struct.pack("<Q", played["drawn"][PLACE][0])
        delta, sent = played["delta_frames"][PLACE - 1], played["delta_frames"][PLACE]
    first = member.drawn[0]
    first = first if isinstance(first, bytes) else struct.pack("<Q", first)
    around = [ring.lead, *(ring.ring[PLACE + apart] for apart in (-1, 1, -2, 2))]
    given = struct.pack("<II", ring.group, ring.epoch) + ring.roster + ring.answerers + ring.beacon
    given += ring.utility.leaf + entry(ring, member) + member.party.secret
    given += b"".join(entry(ring, other) for other in around)
    given += own["token"] + own["seat"] + delta + struct.pack("<q", played["readings"][PLACE][0])
    given += healing.frames()[0][str(member.party.id)] + struct.pack("<q", healed["readings"][PLACE][0])
    given += (member.secret + first + drawn).ljust(64, b"\0")
    return given, ring.context, own["first_key"], played["contributions"][PLACE] + sent, healed["contributions"][PLACE]


def outputs() -> dict[str, tuple[bytes, bytes]]:
    """By function: its input and its output."""
    derived, context, first_key, contribution, healed = scene("derived", rings.DERIVED)
    drawn, _, first_key_drawn, both, _ = scene("drawn", rings.DRAWN)
    second, _, first_key_second, of_two, _ = scene("second", rings.DERIVED | heal.SECOND)
    other, _, first_key_other, of_other, _ = scene("modulus", rings.DERIVED, MODULUS)
    return {
        "cmt_setup": (derived, context),
        "cmt_join": (derived, first_key),
        "cmt_seat": (derived, first_key),
        "cmt_contribute": (derived, contribution),
        "cmt_heal": (derived, first_key),
        "cmt_contribute_healed": (derived, healed),
        "cmt_seat_drawn": (drawn, first_key_drawn),
        "cmt_relay": (drawn, both),
        "cmt_seat_second": (second, first_key_second),
        "cmt_contribute_second": (second, of_two),
        "cmt_seat_modulus": (other, first_key_other),
        "cmt_contribute_modulus": (other, of_other),
    }
