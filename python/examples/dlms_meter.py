"""From the meters' own frames to a sum: DLMS pushes of Kaifa, Aidon and Kamstrup meters, and a load
profile.

    pip install wattsum[dlms]
    python dlms_meter.py FRAMES [--protocol shamir|dcnet] [--damage NAME]

FRAMES is a folder with `dlms_push_frames.json` (captured APDUs) and `dlms_profile_buffer.json`. The
captures begin behind the HDLC header, so the frame around each is made again here, check sequence and all;
and there is one capture of each meter, so what its register showed an hour before is made from it and the
power. `--damage` turns one bit of a frame over, and the frame is refused.

Two sums are recovered: the power of all meters, and the energy of the last hour where the register was
pushed.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from dlms_cosem.cosem import CosemAttribute, Obis
from dlms_cosem.enumerations import CosemInterface
from dlms_cosem.hdlc.address import HdlcAddress
from dlms_cosem.hdlc.frames import UnnumberedInformationFrame
from dlms_cosem.parsers import ProfileGenericBufferParser
from han import aidon, obis_map
from han.autodecoder import AutoDecoder
from han.hdlc import HdlcFrameReader

from wattsum import dcnet, link, readings, shamir

POWER_IN, POWER_OUT, ENERGY = (obis_map.obis_name_map[code] for code in ("1.7.0", "2.7.0", "1.8.0"))
HOUR = 3600


class Damaged(Exception):
    """A frame that is not as its meter sent it."""


class Push(NamedTuple):
    """What a meter says: net power in W, and where it is in the list the value of its register 1-0:1.8.0."""

    power: int
    steps: int | None
    register: readings.Register


def framed(payload: bytes) -> bytes:
    """The HDLC frame that a meter puts around its push."""
    client, server = HdlcAddress(1, None, "client"), HdlcAddress(1, None, "server")
    frame: bytes = UnnumberedInformationFrame(client, server, payload).to_bytes()
    return frame


def received(name: str, wire: bytes) -> bytes:
    """The payload of a frame whose length and check sequence are right."""
    frames = HdlcFrameReader().read(wire)
    if len(frames) != 1:
        raise Damaged(f"{name}: no whole HDLC frame")
    [frame] = frames
    if not frame.is_expected_length or not frame.is_good_ffc:
        raise Damaged(f"{name}: the frame check sequence (CRC) is wrong")
    return frame.payload or b""


def decoded(name: str, payload: bytes) -> Push:
    """Power and register by their OBIS codes; Kaifa's short lists have none, and go by place."""
    message = AutoDecoder().decode_message_payload(payload)
    if message is None or POWER_IN not in message:
        raise Damaged(f"{name}: no push of a known meter")
    scaler = scaler_of(str(message["meter_manufacturer"]), payload)
    power = whole(name, message[POWER_IN]) - whole(name, message.get(POWER_OUT, 0))
    energy = message.get(ENERGY)
    steps = None if energy is None else whole(name, energy) // 10**scaler
    return Push(power, steps, readings.Register(bits=32, scaler=scaler))  # double-long-unsigned


def scaler_of(manufacturer: str, payload: bytes) -> int:
    """Aidon says with each value what a step of it is; Kaifa's are of 1 Wh, Kamstrup's of 10 Wh."""
    if manufacturer == "Aidon":
        items = aidon.LlcPdu.parse(payload).information.notification_body.list_items
        return next(
            (int(item.content.scaler_unit.scaler.exponent) for item in items if "1.8.0" in item.obis), 0
        )
    return 1 if manufacturer == "Kamstrup" else 0


def whole(name: str, value: Any) -> int:
    if value != int(value):
        raise Damaged(f"{name}: {value} is no whole number")
    return int(value)


def an_hour_before(payload: bytes, now: Push) -> bytes:
    """The push with what its register showed an hour before, at the power it tells."""
    assert now.steps is not None
    brought = now.power // 10**now.register.scaler  # W for an hour, in steps
    before = (now.steps - brought) % (now.register.largest + 1)
    value, earlier = (b"\x06" + steps.to_bytes(4, "big") for steps in (now.steps, before))
    assert payload.count(value) == 1
    return payload.replace(value, earlier)


def load_profile(described: dict[str, Any]) -> readings.Readings:
    """The active energy of a Profile Generic buffer: a row an interval, as the register's differences."""
    objects = []
    for number, (code, what) in enumerate(item.split() for item in described["capture_objects"]):
        kind = CosemInterface.CLOCK if what == "clock" else CosemInterface.REGISTER
        objects.append(CosemAttribute(kind, Obis.from_string(code), 2))
        if code.startswith("1.0.1.8.0"):
            energy = number
    rows = ProfileGenericBufferParser(objects, described["capture_period_min"]).parse_bytes(
        bytes.fromhex(described["hex"])
    )
    times = [row[0].value for row in rows]
    period = timedelta(minutes=described["capture_period_min"])
    assert all(after - before == period for before, after in zip(times, times[1:], strict=False))
    values = np.array([[row[energy].value] for row in rows], dtype=np.uint64)
    return readings.from_register(
        values,
        None,
        readings.Register(bits=32),
        meters=("load profile",),
        start=times[0],
        period=int(period.total_seconds()),
    )


def recovered(protocol: str, group: int, values: Sequence[int]) -> link.Sum:
    """One round of as many meters, all in this process."""
    setting = link.Group(group=group, period=HOUR, max_meters=256)
    return {"shamir": by_shamir, "dcnet": by_dcnet}[protocol](setting, np.array(values, dtype=np.int64))


def by_shamir(group: link.Group, values: Any) -> link.Sum:
    params = shamir.Params(group)
    cohort = link.Cohort(params, range(1, len(values) + 1), last_round=0)
    view, own = cohort.view, cohort.utility
    utility = shamir.Utility(params, view, own.identity, own.link)
    aggregators = [
        shamir.Aggregator(params, view, party.id, party.identity, party.link) for party in cohort.answerers
    ]
    collecting = utility.open(now=0, round=0)
    for aggregator in aggregators:
        aggregator.open(0, collecting.frame)
    # Each household is a device of its own.
    for party, value in zip(cohort.meters, values.tolist(), strict=True):
        meter = shamir.Meter(params, view, party.id, party.link)
        collecting.accept(meter.contribute(link.HighWater(), 0, 0, value).stored())
    closed = utility.close(collecting)
    for number in closed.missing():
        closed.accept(aggregators[number - 1].answer(0, closed.frame).stored())
    return utility.record(closed)


def by_dcnet(group: link.Group, values: Any) -> link.Sum:
    params = dcnet.Params.complete(group)
    cohort = link.Cohort(params, range(1, len(values) + 1), last_round=0)
    view, own = cohort.view, cohort.utility
    utility = dcnet.Utility(params, view, own.identity, own.link)
    holders = [dcnet.Holder(params, view, party.id, party.link) for party in cohort.answerers]
    collecting = utility.open(now=0, round=0)
    for holder in holders:
        holder.open(0, collecting.frame)
    for party, value in zip(cohort.meters, values.tolist(), strict=True):
        meter = dcnet.Meter(params, view, party.id, party.link)
        meter.open(0, collecting.frame)
        collecting.accept(meter.contribute(link.HighWater(), 0, 0, value).stored())
    closed = utility.close(collecting)
    assert isinstance(closed, dcnet.Closed)
    for number in closed.missing():
        closed.accept(holders[number - 1].answer(0, closed.frame).stored())
    return utility.record(closed)


class Household(NamedTuple):
    name: str
    power: int
    energy: int | None
    """Wh of the last hour."""


def households(frames: Path, spoil: Callable[[str, bytes], bytes]) -> Iterator[Household | Damaged]:
    """Each capture stands for a household of its own."""
    for capture in json.loads((frames / "dlms_push_frames.json").read_text(encoding="utf-8")):
        name, payload = f"{capture['meter']} {capture['name']}", bytes.fromhex(capture["hex"])
        try:
            now = decoded(name, received(name, spoil(name, framed(payload))))
            energy = None
            if now.steps is not None:
                wire = framed(an_hour_before(payload, now))
                before = decoded(name, received(name, wire))
                assert before.steps is not None
                energy = now.register.consumed(before.steps, now.steps, plausible=25_000)
            yield Household(name, now.power, energy)
        except Damaged as damaged:
            yield damaged


def main() -> int:
    parser = argparse.ArgumentParser(description="From DLMS frames to a sum.")
    parser.add_argument("frames", type=Path)
    parser.add_argument("--protocol", choices=["shamir", "dcnet"], default="shamir")
    parser.add_argument("--damage", default="", metavar="NAME", help="turn a bit of this frame over")
    arguments = parser.parse_args()

    def spoil(name: str, wire: bytes) -> bytes:
        middle = len(wire) // 2
        return (
            wire[:middle] + bytes([wire[middle] ^ 4]) + wire[middle + 1 :]
            if name == arguments.damage
            else wire
        )

    power: list[int] = []
    energy: list[int] = []
    for household in households(arguments.frames, spoil):
        if isinstance(household, Damaged):
            print(f"refused: {household}", file=sys.stderr)
            continue
        hour = "" if household.energy is None else f", {household.energy} Wh in the last hour"
        print(f"{household.name}: {household.power} W{hour}")
        power.append(household.power)
        energy += [] if household.energy is None else [household.energy]
    profile = load_profile(
        json.loads((arguments.frames / "dlms_profile_buffer.json").read_text(encoding="utf-8"))
    )
    print(f"load profile: {profile.values[:, 0].tolist()} Wh from {profile.starts[0]}Z")
    energy.append(int(profile.values[-1, 0]))

    right = True
    for group, (what, values) in enumerate((("power, W", power), ("energy, Wh", energy)), start=1):
        sum_of = recovered(arguments.protocol, group, values)
        right &= sum_of.values == (sum(values),)
        print(f"{what}: {sum_of.values[0]} of {sum_of.meters} meters; plain addition {sum(values)}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
