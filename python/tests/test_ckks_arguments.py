"""Wrong arguments are refused by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ckks_world import EVALUATOR, KEY, KEYS, PUBLIC, RING

from wattsum import InconsistentError, MalformedError, MisuseError, ckks

OWN = PUBLIC.encrypt(np.arange(3.0))
WHOLE = PUBLIC.encrypt(np.arange(3))
DATA = OWN.to_bytes()
ROWS = PUBLIC.encrypt_rows(np.ones((3, 4)))
WRONG: Any = "wrong"
LIST: Any = [1.0, 2.0]
FLOAT: Any = 1.5
REALS = np.ones(3)


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: ckks.Ring(WRONG), MisuseError, 'preset: expected "small"'),
        (lambda: ckks.Ring(FLOAT), TypeError, "preset: expected a str"),
        (lambda: PUBLIC.encrypt(LIST), TypeError, "values: expected a numpy array, got list"),
        (lambda: PUBLIC.encrypt(np.ones((2, 2))), MisuseError, "values: expected an array with axes: 1"),
        (lambda: PUBLIC.encrypt_many(REALS), MisuseError, "values: expected an array with axes: 2"),
        (
            lambda: PUBLIC.encrypt_rows(np.ones((2, 2, 2))),
            MisuseError,
            "values: expected an array with axes: 2",
        ),
        (lambda: PUBLIC.encrypt(REALS, packing="integers"), TypeError, "values: a float is no reading"),
        (lambda: PUBLIC.encrypt(REALS, packing=WRONG), MisuseError, 'packing: expected "integers"'),
        (lambda: PUBLIC.encrypt(REALS.astype(complex)), TypeError, "values: expected an array of float64"),
        (lambda: PUBLIC.encrypt(REALS.astype(np.longdouble)), TypeError, "values: .* no wider type"),
        (lambda: PUBLIC.encrypt(np.ma.masked_array(REALS, True)), TypeError, "values: a masked array"),
        (lambda: PUBLIC.encrypt(REALS, scale_bits=7), MisuseError, "scale_bits: expected 8 ... 80"),
        (lambda: PUBLIC.encrypt(REALS, scale_bits=10**30), MisuseError, "scale_bits: out of range"),
        (lambda: PUBLIC.encrypt(REALS, scale_bits=FLOAT), TypeError, "scale_bits: expected an int"),
        (lambda: PUBLIC.encrypt(REALS, max_reading=0), MisuseError, "max_reading: expected a number above 0"),
        (lambda: PUBLIC.encrypt(REALS, max_reading=float("nan")), MisuseError, "max_reading: is not finite"),
        (lambda: PUBLIC.encrypt(REALS, max_reading=WRONG), TypeError, "max_reading: expected a number"),
        (lambda: PUBLIC.encrypt(REALS, max_reading=1e300), MisuseError, r"a scale of 2\^40 is not possible"),
        (lambda: PUBLIC.encrypt(REALS, meter=-1), MisuseError, "meter: out of range"),
        (lambda: PUBLIC.encrypt(REALS, round=2**64), MisuseError, "round: out of range"),
        (lambda: PUBLIC.encrypt(REALS, counter=2**32), MisuseError, "counter: out of range"),
        (
            lambda: PUBLIC.encrypt_many(np.ones((2, 2)), counter=2**32 - 1),
            MisuseError,
            "counter: out of range: each row",
        ),
        (lambda: KEY.encrypt_many(np.ones((2, 2)), threads=0), MisuseError, "threads: expected 1"),
        (lambda: KEY.switching_keys(), MisuseError, "relinearisation: no key is asked for"),
        (lambda: KEY.switching_keys(rotations=[4096]), MisuseError, "rotations: expected less than 4096"),
        (lambda: KEY.switching_keys(rotations=[0] * 300), MisuseError, "rotations: expected at most 256"),
        (lambda: KEY.switching_keys(rotations=[-(2**31)]), MisuseError, "rotations: expected less than 4096"),
        (lambda: KEY.switching_keys(slot_sum=4097), MisuseError, "slot_sum: expected 1 ... 4096"),
        (lambda: KEY.decrypt_exact(WRONG), TypeError, "ciphertext: expected a ckks.Ciphertext"),
        (lambda: KEY.decrypt_exact(WHOLE, -1), MisuseError, "count: out of range"),
        (lambda: KEY.decrypt_exact(WHOLE, 8193), MisuseError, "count: expected at most 8192"),
        (lambda: KEY.decrypt_private(OWN, 4097), MisuseError, "count: expected at most 4096"),
        (lambda: KEY.decrypt_shared(OWN, flood=WRONG), TypeError, "flood: expected a ckks.Flood"),
        (lambda: ckks.Flood(0), MisuseError, "flooding for no or too many answers"),
        (lambda: ckks.Flood(40, 0), MisuseError, "flooding for no or too many answers"),
        (lambda: ckks.Flood(256), MisuseError, "statistical_bits: out of range"),
        (lambda: EVALUATOR.add(OWN, WRONG), TypeError, "other: expected a ckks.Ciphertext"),
        (lambda: EVALUATOR.times(OWN, WRONG), TypeError, "factor: expected a number"),
        (lambda: EVALUATOR.times(OWN, float("inf")), MisuseError, "factor: is not finite"),
        (lambda: EVALUATOR.times(OWN, np.ones((2, 2))), MisuseError, "factor: expected an array of one dim"),
        (lambda: EVALUATOR.times(OWN, np.array([np.nan])), MisuseError, "value 0 is no number"),
        (lambda: EVALUATOR.times(WHOLE, 0.5), MisuseError, "packing"),
        (lambda: EVALUATOR.times(WHOLE, REALS), MisuseError, "packing"),
        (lambda: EVALUATOR.times(OWN, 2**64), MisuseError, "factor: out of range"),
        (lambda: EVALUATOR.add_plain(OWN, np.ones((1, 2))), MisuseError, "values: expected an array of one"),
        (lambda: EVALUATOR.add_plain(WHOLE, REALS), MisuseError, "values: floats, where"),
        (lambda: EVALUATOR.drop_to(OWN, 2), MisuseError, "level 1 against level 2"),
        (lambda: EVALUATOR.drop_to(OWN, 256), MisuseError, "level: out of range"),
        (lambda: EVALUATOR.rotate(OWN, 2**31), MisuseError, "steps: out of range"),
        (lambda: EVALUATOR.slot_sum(OWN, 0), MisuseError, "0 values where 4096 are possible"),
        (lambda: EVALUATOR.sum([]), MisuseError, "ciphertexts: none"),
        (lambda: EVALUATOR.sum(np.zeros((0, 5), np.uint8)), MisuseError, "ciphertexts: none"),
        (lambda: EVALUATOR.sum(DATA), TypeError, "ciphertexts: expected some ckks.Ciphertext"),  # type: ignore[arg-type]
        (lambda: EVALUATOR.sum(OWN), TypeError, "ciphertexts: expected some ckks.Ciphertext"),  # type: ignore[arg-type]
        (lambda: EVALUATOR.sum({1: OWN}), TypeError, "ciphertexts: expected some"),  # type: ignore[dict-item]
        (lambda: EVALUATOR.sum([OWN, FLOAT]), TypeError, "ciphertexts: expected bytes, got float"),
        (lambda: EVALUATOR.sum(ROWS[:, :-1]), MalformedError, "bytes where .* are needed"),
        (lambda: EVALUATOR.sum(ROWS.astype(float)), TypeError, "ciphertexts: "),
        (lambda: EVALUATOR.mean([OWN], threads=257), MisuseError, "threads: expected 1"),
        (lambda: OWN * FLOAT, TypeError, "factor: expected an int"),
        (lambda: OWN + WRONG, TypeError, "unsupported operand"),
        (lambda: ckks.Evaluator(WRONG), TypeError, "public_key"),
        (lambda: ckks.Ciphertext.from_bytes(RING, DATA[:-1]), MalformedError, "bytes where"),
        (lambda: ckks.Ciphertext.from_bytes(RING, DATA + b"\0"), MalformedError, "bytes after the end"),
        (lambda: ckks.Ciphertext.from_bytes(RING, b""), MalformedError, "0 bytes where"),
        (
            lambda: ckks.Ciphertext.from_bytes(RING, DATA[:1] + b"\x09" + DATA[2:]),
            MalformedError,
            "unknown preset",
        ),
        (
            lambda: ckks.Ciphertext.from_bytes(RING, DATA[:3] + b"\x07" + DATA[4:]),
            MalformedError,
            "unknown form",
        ),
        (
            lambda: ckks.Ciphertext.from_bytes(RING, DATA[:54] + b"\xff" * (len(DATA) - 54)),
            MalformedError,
            "prime 0",
        ),
        (lambda: ckks.PublicKey.from_bytes(RING, DATA), MalformedError, "bytes after the end"),
        (lambda: ckks.PublicKey.from_bytes(RING, PUBLIC.to_bytes()[:-1]), MalformedError, "bytes where"),
        (
            lambda: ckks.SecretKey.from_bytes(RING, bytes(65)),
            MalformedError,
            "key: expected 66 bytes, got 65",
        ),
        (lambda: ckks.SecretKey.from_bytes(RING, bytes(66)), MalformedError, "unknown preset"),
        (lambda: ckks.SwitchingKeys.from_bytes(RING, KEYS.to_bytes()[:-1]), MalformedError, "bytes where"),
        (lambda: ckks.variance(0, REALS, REALS), MisuseError, "count: too few"),
        (lambda: ckks.variance(1, REALS, REALS, ddof=1), MisuseError, "count: too few"),
        (lambda: ckks.variance(2, REALS, REALS, ddof=2), MisuseError, "ddof: expected 0 or 1"),
        (lambda: ckks.variance(2, REALS, REALS[:2]), MisuseError, r"squares: shape \[2\], expected \[3\]"),
        (lambda: ckks.variance(2, LIST, REALS), TypeError, "total: expected a numpy array"),
        (lambda: ckks.variance(2, np.array([3]), np.array([4])), InconsistentError, "fit together"),
    ],
)
def test_wrong_arguments_are_named(act: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        act()


def test_any_flipped_bit_of_the_body_spoils_or_changes() -> None:
    for bit in range(54 * 8, 54 * 8 + 400, 7):
        changed = bytearray(DATA)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            assert ckks.Ciphertext.from_bytes(RING, changed) != OWN
        except MalformedError as error:
            assert "prime" in str(error)
