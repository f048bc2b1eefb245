"""Encrypted arrays that a server adds, averages, scales, squares and reduces without reading them (CKKS).

A `Ring` fixes degree and primes. Who may read results makes a `SecretKey`, and gives its `public_key` to those who
encrypt: `encrypt` one array, `encrypt_many` or `encrypt_rows` a ciphertext for each row. Whole numbers are packed
exactly ("integers"), floats approximately ("reals", or twice as many as "pairs"). An `Evaluator` computes: sums of any
number of ciphertexts as they come in, means, products with public numbers; with `SecretKey.switching_keys` also
squares, products, rotations, sums of slots. Every ciphertext knows its level, exact scale and error bound, and what
does not fit is refused: nothing is wrong without notice.

Three ways to decrypt. `decrypt_exact`: whole numbers, which depend on nothing but what was encrypted. `decrypt_shared`:
floats that may be given away, with a flood over the error. `decrypt_private`: floats for the holder of the key alone;
given to whoever has seen the ciphertext, they tell the key.

Trustees of whom any t open make a joint key in a ceremony (`Joining`, `Revealing`, `Sharing`; `hold` plays it in one
process). To open a sum, each of a quorum gives its `JointSecret.decryption_share`, once for each polynomial (`Ledger`),
and `combine` or `combine_exact` gives the values.

This is the arithmetic. Who may be summed with whom, and who has checked it, is the business of roles: a ciphertext
proves nothing, and decryption is for what was computed from ciphertexts of makers who encrypt as they should.
Comparisons and bootstrapping are out of scope.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from wattsum._native import CkksCiphertext as Ciphertext
from wattsum._native import CkksEvaluator as Evaluator
from wattsum._native import CkksFlood as Flood
from wattsum._native import CkksJoining as Joining
from wattsum._native import CkksJointSecret as JointSecret
from wattsum._native import CkksLedger as Ledger
from wattsum._native import CkksParams as Params
from wattsum._native import CkksPublicKey as PublicKey
from wattsum._native import CkksRevealing as Revealing
from wattsum._native import CkksRing as Ring
from wattsum._native import CkksSecretKey as SecretKey
from wattsum._native import CkksSharing as Sharing
from wattsum._native import CkksSwitchingKeys as SwitchingKeys
from wattsum._native import CkksTotal as Total
from wattsum._native import EpochView, Party
from wattsum._native import ckks_combine as combine
from wattsum._native import ckks_combine_exact as combine_exact
from wattsum._native import ckks_standard_deviation as standard_deviation
from wattsum._native import ckks_variance as variance
from wattsum._table import results
from wattsum.errors import MisuseError

Preset: TypeAlias = Literal["small", "sum", "variance", "depth2", "shared"]
"""A ring's name."""

Packing: TypeAlias = Literal["integers", "reals", "pairs"]
"""How numbers lie in a ciphertext."""

__all__ = [
    "Ciphertext",
    "Evaluator",
    "Flood",
    "Joining",
    "JointSecret",
    "Ledger",
    "Packing",
    "Params",
    "Preset",
    "PublicKey",
    "Revealing",
    "Ring",
    "SecretKey",
    "Sharing",
    "SwitchingKeys",
    "Total",
    "combine",
    "combine_exact",
    "hold",
    "standard_deviation",
    "variance",
]


def hold(params: Params, view: EpochView, parties: Sequence[Party]) -> tuple[PublicKey, list[JointSecret]]:
    """Plays the trustees' ceremony in one process, for simulations and tests: the joint public key, and the part of
    the secret key of each of `parties` (`Cohort.answerers`), which keep their identities and link keys."""
    if not isinstance(params, Params):
        raise TypeError(f"params: expected ckks.Params, got {type(params).__name__}")
    if not isinstance(view, EpochView):
        raise TypeError(f"view: expected link.EpochView, got {type(view).__name__}")
    parties = results("parties", parties, Party)
    joining = [Joining.begin(params, view, p.id, p.identity, p.link).stored() for p in parties]
    for step in joining:
        for other in joining:
            if other is not step:
                step.accept(other.frame)
    revealing = [step.close(party.identity) for step, party in zip(joining, parties, strict=True)]
    for second in revealing:
        for shown in revealing:
            if shown is not second:
                second.accept(shown.frame)
    sharing = {party.id: step.close() for step, party in zip(revealing, parties, strict=True)}
    for third in sharing.values():
        for receiver, frame in third.frames:
            sharing[receiver].accept(frame)
    public = next(iter(sharing.values())).public_key if sharing else None
    if public is None:
        raise MisuseError("misuse: parties: none")
    return public, [step.close() for step in sharing.values()]
