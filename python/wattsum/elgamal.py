"""ElGamal sums: meters encrypt under one group key and sign; any t trustees open sums that they have checked.

The trustees make the key in a `Ceremony` (`hold` plays one in one process), state it (`KeySet.statement`),
and meters take what t of them stated (`GroupKey.certified`). A round: `Utility.open` gives the Open, which
every `Trustee` takes; every `Meter` contributes one frame; `Utility.close` gives a `Closed` round, whose
Close and contributions go to all trustees: the quorum's `agree` and state the list, and given t statements
`answer` with their decryption shares; the others `follow`. `Utility.record` gives the sum. A silent meter
costs nothing. With `Params.with_windows`, `Utility.bill` asks for one sum a meter over a window.

`deal`, `encrypt`, `sums`, `SecretShare.decrypt`, `combine` and `DlogTable` are the arithmetic over arrays,
for simulations and tests with dealt keys: whoever holds t shares decrypts everything, and only the roles'
proofs and rules keep one meter's ciphertext from being read as a sum.

What is claimed against whom, with assumptions and papers, stands in `docs/` of the crate threshold-elgamal.
"""

from wattsum._native import ElgamalAgreed as Agreed
from wattsum._native import ElgamalBilling as Billing
from wattsum._native import ElgamalCeremony as Ceremony
from wattsum._native import ElgamalClosed as Closed
from wattsum._native import ElgamalCollecting as Collecting
from wattsum._native import ElgamalConfirming as Confirming
from wattsum._native import ElgamalDispute as Dispute
from wattsum._native import ElgamalDlogTable as DlogTable
from wattsum._native import ElgamalEchoing as Echoing
from wattsum._native import ElgamalGroupKey as GroupKey
from wattsum._native import ElgamalJoining as Joining
from wattsum._native import ElgamalKeySet as KeySet
from wattsum._native import ElgamalMeter as Meter
from wattsum._native import ElgamalMeters as Meters
from wattsum._native import ElgamalMeterSum as MeterSum
from wattsum._native import ElgamalOutcome as Outcome
from wattsum._native import ElgamalPair as Pair
from wattsum._native import ElgamalParams as Params
from wattsum._native import ElgamalPartialSum as PartialSum
from wattsum._native import ElgamalSecretShare as SecretShare
from wattsum._native import ElgamalSharing as Sharing
from wattsum._native import ElgamalTrustee as Trustee
from wattsum._native import ElgamalUtility as Utility
from wattsum._native import ElgamalVerifier as Verifier
from wattsum._native import elgamal_combine as combine
from wattsum._native import elgamal_deal as deal
from wattsum._native import elgamal_encrypt as encrypt
from wattsum._native import elgamal_encrypt_with as encrypt_with
from wattsum._native import elgamal_hold as hold
from wattsum._native import elgamal_sums as sums

__all__ = [
    "Agreed",
    "Billing",
    "Ceremony",
    "Closed",
    "Collecting",
    "Confirming",
    "Dispute",
    "DlogTable",
    "Echoing",
    "GroupKey",
    "Joining",
    "KeySet",
    "Meter",
    "MeterSum",
    "Meters",
    "Outcome",
    "Pair",
    "Params",
    "PartialSum",
    "SecretShare",
    "Sharing",
    "Trustee",
    "Utility",
    "Verifier",
    "combine",
    "deal",
    "encrypt",
    "encrypt_with",
    "hold",
    "sums",
]
