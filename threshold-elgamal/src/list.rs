//! The contributions of a closed set, as one list: what its digest covers, and its sum.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use meter_link::{EpochView, PartyId};
use sha2::{Digest, Sha256};

use crate::ciphertext::Ciphertext;
use crate::error::{Error, Fault};
use crate::verify::Contribution;

/// Every R of a round: one blinding under two readings gives their difference away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(BTreeSet<[u8; 32]>);

impl Seen {
    /// Takes a contribution's, all or none.
    ///
    /// # Errors
    /// [`Fault::RepeatedPoint`] blaming the later user of an R.
    pub(crate) fn take(&mut self, contribution: &Contribution) -> Result<(), Error> {
        let points = contribution.encoded().iter().filter_map(|encoded| encoded.first_chunk::<32>());
        for (fresh, r) in points.clone().enumerate() {
            if !self.0.insert(*r) {
                points.clone().take(fresh).for_each(|r| {
                    self.0.remove(r);
                });
                return Err(Fault::RepeatedPoint.of(contribution.meter()));
            }
        }
        Ok(())
    }
}

/// Digest of a list, and the sum of each channel.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    pub(crate) digest: [u8; 32],
    pub(crate) meters: u32,
    pub(crate) channels: Vec<Ciphertext>,
}

impl Sums {
    /// Over exactly one contribution a member, in the order of `members`, which ascends.
    ///
    /// The digest is `SHA-256("wattsum v1 set" ‖ roster_root ‖ count u32 ‖ (id u32 ‖ R ‖ C for each channel) …)`:
    /// it fixes the ciphertexts, not only whose they are.
    ///
    /// # Errors
    /// [`Fault::WrongList`] blaming the utility, who makes lists; as [`Seen::take`].
    pub(crate) fn of<'c>(
        view: &EpochView,
        members: impl Iterator<Item = PartyId>,
        contributions: impl ExactSizeIterator<Item = &'c Contribution> + Clone,
    ) -> Result<Self, Error> {
        let wrong = Fault::WrongList.of(PartyId::UTILITY);
        if !members.eq(contributions.clone().map(Contribution::meter)) {
            return Err(wrong);
        }
        let meters = u32::try_from(contributions.len()).map_err(|_| wrong)?;
        let mut hash = Sha256::new();
        hash.update(b"wattsum v1 set");
        hash.update(view.epoch().roster_root);
        hash.update(meters.to_le_bytes());
        let mut seen = Seen::default();
        for contribution in contributions.clone() {
            seen.take(contribution)?;
            hash.update(contribution.meter().0.to_le_bytes());
            hash.update(contribution.encoded().as_flattened());
        }
        let channel =
            |n: usize| Ciphertext::sum(contributions.clone().filter_map(move |c| c.ciphertexts().get(n)));
        let channels = (0..view.channels()).map(channel).collect();
        Ok(Sums { digest: hash.finalize().into(), meters, channels })
    }
}
