//! The contributions of a closed set: what their digest covers, and their sum.

use alloc::collections::BTreeSet;

use meter_link::PartyId;
use sha2::{Digest, Sha256};

use crate::ciphertext::Ciphertext;
use crate::error::{Error, Fault};
use crate::verify::{Contribution, Verifier};

/// Digest of a set with its ciphertexts, and their sum.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    pub(crate) digest: [u8; 32],
    pub(crate) meters: u32,
    pub(crate) sum: Ciphertext,
}

impl Aggregate {
    /// Over exactly one contribution a member, in the order of `members`, which ascends.
    ///
    /// The digest is `SHA-256("wattsum v1 set" ‖ roster_root ‖ count u32 ‖ list digest 32, zero without one ‖ (id u32 ‖
    /// SHA-256(c₀ ‖ c₁)) …)`: it fixes the ciphertexts, not only whose they are.
    ///
    /// # Errors
    /// [`Fault::WrongList`] blaming the utility, who makes lists; [`Fault::RepeatedSeed`] blaming the later user of a second
    /// polynomial, whose noise would be the other's.
    pub(crate) fn of<'c>(
        verifier: &Verifier,
        members: impl Iterator<Item = PartyId>,
        contributions: impl ExactSizeIterator<Item = &'c Contribution> + Clone,
    ) -> Result<Self, Error> {
        let wrong = Fault::WrongList.of(PartyId::UTILITY);
        if !members.eq(contributions.clone().map(Contribution::meter)) {
            return Err(wrong);
        }
        let meters = u32::try_from(contributions.len()).map_err(|_| wrong)?;
        let mut hash = Sha256::new().chain_update(b"wattsum v1 set");
        hash.update(verifier.view().epoch().roster_root);
        hash.update(meters.to_le_bytes());
        hash.update(verifier.list().map_or([0; 32], |list| *list.digest()));
        let mut seen = BTreeSet::new();
        for contribution in contributions.clone() {
            if !seen.insert(*contribution.second()) {
                return Err(Fault::RepeatedSeed.of(contribution.meter()));
            }
            hash.update(contribution.meter().0.to_le_bytes());
            hash.update(contribution.digest());
        }
        let mut sum = Ciphertext::zero(verifier.header(meters));
        let ring = verifier.ring();
        let degree = ring.preset().degree();
        for contribution in contributions {
            let one = verifier.ciphertext(contribution)?;
            for (sum, one) in sum.parts.iter_mut().zip(&one.parts).take(2) {
                let pairs = sum.chunks_exact_mut(degree).zip(one.chunks_exact(degree));
                for (prime, (sum, one)) in ring.primes().iter().zip(pairs) {
                    prime.add(sum, one);
                }
            }
        }
        Ok(Aggregate { digest: hash.finalize().into(), meters, sum })
    }
}
