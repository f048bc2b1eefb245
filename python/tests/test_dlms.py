"""The DLMS example: every frame decodes to what its meter's maker says, damaged ones are refused, sums are
recovered."""

import importlib.util
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from data import PYTHON, ROOT
from test_examples import run

pytest.importorskip("han")
pytest.importorskip("dlms_cosem")


def frames() -> Path:
    path = ROOT / os.environ.get("WATTSUM_DATA", "../shared/data") / "frames"
    if not path.is_dir():
        pytest.skip(f"{path} is not there (set WATTSUM_DATA)")
    return path


def captures() -> list[dict[str, Any]]:
    rows = json.loads((frames() / "dlms_push_frames.json").read_text(encoding="utf-8"))
    assert len(rows) == 11
    return list(rows)


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dlms_meter", PYTHON / "examples/dlms_meter.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["dlms_meter"] = module
    spec.loader.exec_module(module)
    return module


def test_every_frame_is_decoded(example: ModuleType) -> None:
    registers = 0
    for capture in captures():
        payload = bytes.fromhex(capture["hex"])
        assert example.received("a", example.framed(payload)) == payload
        push, expected = example.decoded("a", payload), capture["expect"]
        assert push.power == expected["active_power_import"] - expected.get("active_power_export", 0)
        total = expected.get("active_power_import_total")
        assert (push.steps is None) == (total is None)
        if total is not None:
            registers += 1
            assert push.steps * 10**push.register.scaler == total
            earlier = example.decoded("a", example.an_hour_before(payload, push))
            assert earlier.power == push.power
            step = 10**push.register.scaler
            assert push.register.consumed(earlier.steps, push.steps) == push.power // step * step
    assert registers == 5


def test_a_register_that_rolled_over_within_the_hour(example: ModuleType) -> None:
    capture = next(
        capture for capture in captures() if capture["meter"] == "kamstrup" and "total" in str(capture)
    )
    payload = bytes.fromhex(capture["hex"])
    low = payload.replace(b"\x06\x00\x76\x2e\xe2", b"\x06\x00\x00\x00\x05")
    assert low != payload
    now = example.decoded("a", low)
    before = example.decoded("a", example.an_hour_before(low, now))
    assert (now.steps, before.steps) == (5, 2**32 + 5 - 1005)
    assert now.register.consumed(before.steps, now.steps) == 10_050


def test_every_damaged_frame_is_refused_by_name(example: ModuleType) -> None:
    for number, capture in enumerate(captures()):
        wire = example.framed(bytes.fromhex(capture["hex"]))
        for bit in range(0, 8 * len(wire), 1 if number == 0 else 17):
            spoilt = bytearray(wire)
            spoilt[bit // 8] ^= 1 << bit % 8
            with pytest.raises(
                example.Damaged, match="household 7: (no whole HDLC frame|the frame check sequence)"
            ):
                example.received("household 7", bytes(spoilt))
        for length in range(0, len(wire), 7):
            with pytest.raises(example.Damaged, match="household 7: no whole"):
                example.received("household 7", wire[:length])
    with pytest.raises(example.Damaged, match="household 7: no push of a known meter"):
        example.decoded("household 7", example.received("household 7", example.framed(b"\xe6\xe7\x00\x0f")))


def test_the_load_profile_is_as_its_source_says(example: ModuleType) -> None:
    described = json.loads((frames() / "dlms_profile_buffer.json").read_text(encoding="utf-8"))
    profile = example.load_profile(described)
    rows = described["expect_rows"]
    assert profile.starts[0] == np.datetime64(int(datetime.fromisoformat(rows[0][0]).timestamp()), "s")
    totals = [row[2] for row in rows]
    assert profile.values[:, 0].tolist() == [
        after - before for before, after in zip(totals, totals[1:], strict=False)
    ]
    # 1517 stands there four times: a register that went on is seen as well.
    grown = described["hex"][::-1].replace("06000005ed"[::-1], "06000005f9"[::-1], 1)[::-1]
    assert example.load_profile({**described, "hex": grown}).values[:, 0].tolist() == [0, 0, 12]


@pytest.mark.parametrize("protocol", ["shamir", "dcnet"])
def test_frames_end_in_a_recovered_sum(protocol: str) -> None:
    power = [capture["expect"]["active_power_import"] for capture in captures()]
    done = run("dlms_meter.py", frames(), "--protocol", protocol)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"power, W: {sum(power)} of 11 meters; plain addition {sum(power)}\n" in done.stdout
    # Kaifa 4904 and 2816, Aidon 280 and 1122, Kamstrup 10050 Wh, and nothing in the profile's last hour.
    assert done.stdout.endswith("energy, Wh: 19172 of 6 meters; plain addition 19172\n")


def test_a_damaged_frame_is_left_out_by_name() -> None:
    done = run("dlms_meter.py", frames(), "--damage", "aidon se_list")
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["refused: aidon se_list: the frame check sequence (CRC) is wrong"]
    assert "of 10 meters" in done.stdout
    assert "aidon se_list" not in done.stdout
