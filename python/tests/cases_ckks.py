"""Cases of `wattsum.ckks`, over the smallest rings."""

from functools import cache

import numpy as np
from cases import OBJECTS, PUBLIC, SPENT, VALUES, Case, case

from wattsum import ckks

AREA = "wattsum.ckks."
RING = ckks.Ring("sum")
ENCRYPT = dict(packing="reals", scale_bits=30, max_reading=1000, meter=1, round=2, counter=3)


@cache
def key() -> ckks.SecretKey:
    return ckks.SecretKey.generate(RING)


@cache
def deep() -> ckks.SecretKey:
    """Of a ring with a level to spend."""
    return ckks.SecretKey.generate(ckks.Ring("variance"))


@cache
def keys() -> ckks.SwitchingKeys:
    return deep().switching_keys(relinearisation=True, rotations=[1], slot_sum=2, conjugation=True)


def evaluator() -> ckks.Evaluator:
    return ckks.Evaluator(deep().public_key, keys())


def own() -> ckks.Ciphertext:
    return deep().encrypt(np.arange(5.0), max_reading=5)


def whole() -> ckks.Ciphertext:
    return key().encrypt(np.arange(5))


def total() -> ckks.Total:
    made = ckks.Total(RING)
    made.accept(whole())
    return made


def spent() -> ckks.Total:
    made = total()
    made.finish()
    return made


OBJECTS |= {
    f"{AREA}Ring": lambda: ckks.Ring("sum"),
    f"{AREA}SecretKey": lambda: ckks.SecretKey.from_bytes(RING, key().to_bytes()),
    f"{AREA}PublicKey": lambda: key().public_key,
    f"{AREA}SwitchingKeys": keys,
    f"{AREA}Ciphertext": whole,
    f"{AREA}Evaluator": evaluator,
    f"{AREA}Total": total,
    f"{AREA}Flood": lambda: ckks.Flood(30, 1000),
}
SPENT |= {f"{AREA}Total": spent}
VALUES |= {f"{AREA}{name}" for name in ("Ring", "PublicKey", "Ciphertext", "Flood")}
PUBLIC |= {f"{AREA}{name}" for name in ("SwitchingKeys", "Evaluator", "Total")}


@case(f"{AREA}Ring")
def _() -> Case:
    return Case(ckks.Ring, dict(preset="sum"))


@case(f"{AREA}SecretKey.generate")
def _() -> Case:
    return Case(ckks.SecretKey.generate, dict(ring=RING))


@case(f"{AREA}SecretKey.from_bytes")
def _() -> Case:
    return Case(ckks.SecretKey.from_bytes, dict(ring=RING, key=key().to_bytes()))


@case(f"{AREA}SecretKey.to_bytes")
def _() -> Case:
    return Case(key().to_bytes)


@case(f"{AREA}SecretKey.switching_keys")
def _() -> Case:
    arguments = dict(relinearisation=True, rotations=[1], slot_sum=2, conjugation=False)
    return Case(key().switching_keys, arguments, anything=("relinearisation", "conjugation"))


for made in ("SecretKey", "PublicKey"):
    for name, extra in (("encrypt", {}), ("encrypt_many", {"threads": 1}), ("encrypt_rows", {"threads": 1})):

        @case(f"{AREA}{made}.{name}")
        def _(made: str = made, name: str = name, extra: dict[str, int] = extra) -> Case:
            of = key() if made == "SecretKey" else key().public_key
            values = np.ones((2, 3)) if extra else np.ones(3)
            arguments = dict(values=values, **ENCRYPT, **extra)
            # Floats are readings here.
            return Case(getattr(of, name), arguments, floats=("max_reading",), anything=("values",))


@case(f"{AREA}SecretKey.decrypt_exact")
def _() -> Case:
    return Case(key().decrypt_exact, dict(ciphertext=whole(), count=5))


@case(f"{AREA}SecretKey.decrypt_shared")
def _() -> Case:
    small = ckks.Flood(2, 1)
    return Case(deep().decrypt_shared, dict(ciphertext=own(), count=5, flood=small))


@case(f"{AREA}SecretKey.decrypt_private")
def _() -> Case:
    return Case(deep().decrypt_private, dict(ciphertext=own(), count=5))


@case(f"{AREA}PublicKey.from_bytes")
def _() -> Case:
    return Case(ckks.PublicKey.from_bytes, dict(ring=RING, key=key().public_key.to_bytes()))


@case(f"{AREA}PublicKey.to_bytes")
def _() -> Case:
    return Case(key().public_key.to_bytes)


@case(f"{AREA}SwitchingKeys.from_bytes")
def _() -> Case:
    return Case(ckks.SwitchingKeys.from_bytes, dict(ring=ckks.Ring("variance"), keys=keys().to_bytes()))


@case(f"{AREA}SwitchingKeys.to_bytes")
def _() -> Case:
    return Case(keys().to_bytes)


@case(f"{AREA}SwitchingKeys.rotates")
def _() -> Case:
    return Case(keys().rotates, dict(steps=1))


@case(f"{AREA}Ciphertext.from_bytes")
def _() -> Case:
    return Case(ckks.Ciphertext.from_bytes, dict(ring=RING, ciphertext=whole().to_bytes()))


@case(f"{AREA}Ciphertext.to_bytes")
def _() -> Case:
    return Case(whole().to_bytes)


@case(f"{AREA}Evaluator")
def _() -> Case:
    return Case(ckks.Evaluator, dict(public_key=deep().public_key, keys=keys()))


@case(f"{AREA}Evaluator.times")
def _() -> Case:
    arguments = dict(ciphertext=own(), factor=np.ones(5), scale_bits=20)
    return Case(evaluator().times, arguments, floats=("factor",), anything=("factor",))


@case(f"{AREA}Evaluator.add_plain")
def _() -> Case:
    return Case(evaluator().add_plain, dict(ciphertext=own(), values=np.ones(5)), anything=("values",))


for name, arguments in {
    "add": dict(other=1),
    "sub": dict(other=1),
    "multiply": dict(other=1),
    "negate": {},
    "rescale": {},
    "square": {},
    "conjugate": {},
    "drop_to": dict(level=0),
    "rotate": dict(steps=1),
    "slot_sum": dict(count=2),
}.items():

    @case(f"{AREA}Evaluator.{name}")
    def _(name: str = name, arguments: dict[str, int] = arguments) -> Case:
        given = {key: own() if key == "other" else value for key, value in arguments.items()}
        return Case(getattr(evaluator(), name), dict(ciphertext=own()) | given)


@case(f"{AREA}Evaluator.sum")
def _() -> Case:
    return Case(evaluator().sum, dict(ciphertexts=[own(), own().to_bytes()], threads=2))


@case(f"{AREA}Evaluator.mean")
def _() -> Case:
    return Case(evaluator().mean, dict(ciphertexts=[own(), own()], threads=1))


@case(f"{AREA}Total")
def _() -> Case:
    return Case(ckks.Total, dict(ring=RING))


@case(f"{AREA}Total.accept")
def _() -> Case:
    return Case(total().accept, dict(ciphertext=whole().to_bytes()))


@case(f"{AREA}Total.accept_many")
def _() -> Case:
    rows = key().encrypt_rows(np.ones((2, 5), int))
    return Case(total().accept_many, dict(ciphertexts=rows, threads=1))


@case(f"{AREA}Total.merge")
def _() -> Case:
    return Case(total().merge, dict(other=total()))


@case(f"{AREA}Total.finish")
def _() -> Case:
    return Case(total().finish)


@case(f"{AREA}Flood")
def _() -> Case:
    return Case(ckks.Flood, dict(statistical_bits=30, answers=1000))


@case(f"{AREA}Flood.error")
def _() -> Case:
    return Case(ckks.Flood(2, 1).error, dict(ciphertext=own()))


@case(f"{AREA}variance")
def _() -> Case:
    arguments = dict(count=2, total=np.array([3]), squares=np.array([5]), ddof=1)
    return Case(ckks.variance, arguments, anything=("total", "squares"))


@case(f"{AREA}standard_deviation")
def _() -> Case:
    arguments = dict(count=2, total=np.array([3]), squares=np.array([5]), ddof=0)
    return Case(ckks.standard_deviation, arguments, anything=("total", "squares"))
