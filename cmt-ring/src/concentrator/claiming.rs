//! A meter claims a generation.

use alloc::vec::Vec;

use meter_link::set::Members;
use meter_link::{Identity, Prepared, Round};

use crate::claim::{self, Claim};
use crate::error::{Error, Misuse};
use crate::generation::{self, ClaimRecord, Generation};
use crate::meter::Meter;
use crate::order::Entry;

impl<const C: usize> Meter<C> {
    /// Claims a generation of these members, among whom the draw makes this meter concentrator
    /// ([`Election`](crate::election::Election), or who handed the role over, names them): a Claim frame for all meters and the
    /// supplier, signed with `identity`. This meter follows its own claim from here on. The record is to be stored before the
    /// frame can be had: the same meter with another set for one generation convicts itself. The same claim again
    /// is the same frame.
    ///
    /// Wait a deadline for better claims ([`Meter::follow`]), then open the ring with [`Forming`](crate::Forming).
    ///
    /// # Errors
    /// As [`Claim::sign`]; [`Misuse::NotLicensed`]; [`meter_link::Misuse::RoundFarFromNow`];
    /// [`Misuse::GenerationUsed`] for a generation that this meter has claimed otherwise, taken part in or given up;
    /// [`meter_link::Misuse::OutOfOrder`] before the present term's end, unless the ring is broken, and where a claim is
    /// followed that this one does not precede. Nothing has changed then.
    pub fn claim(
        &mut self,
        identity: &Identity,
        me: &Entry,
        now: Round,
        from: Round,
        generation: Generation,
        members: &Members,
    ) -> Result<Prepared<Vec<u8>, ClaimRecord>, Error> {
        self.check_entry(identity, me)?;
        self.require_terms()?;
        self.standing.licence.ok_or(Misuse::NotLicensed)?;
        let view = self.view;
        let mut out = alloc::vec![0u8; Claim::max_len(view.meters())];
        let marks = if members.total() == view.meters() { members.to_marks() } else { Vec::new() };
        let (claim, frame) =
            Claim::sign(&self.params, &view, identity, me, generation, from, &marks, &mut out)?;
        let len = frame.len();
        out.truncate(len);
        let record = generation::encode_as(generation::CLAIMED, &view, generation)?;
        if self.standing.followed != Some(claim) {
            if generation <= self.standing.claimed {
                return Err(Misuse::GenerationUsed.into());
            }
            self.take(now, claim).map_err(claim::own)?;
            self.standing.claimed = generation;
        }
        Ok(Prepared::new(record, out))
    }

    /// The end of the term of a generation that this meter has claimed and still follows, with this set, where there are
    /// claims.
    pub(super) fn check_own_claim(
        &self,
        generation: Generation,
        from: Round,
        set: &[u8; 32],
    ) -> Result<Option<Round>, Error> {
        if self.params.mean_term().is_none() {
            return Ok(None);
        }
        let claim = self.standing.followed.filter(|claim| {
            (claim.position, claim.generation, claim.from) == (self.me.position, generation, from)
                && claim.set == *set
        });
        Ok(Some(claim.ok_or(Misuse::NoClaim)?.until))
    }

    /// Whether this meter follows its own claim to a generation.
    pub(super) fn leads(&self, generation: Generation) -> bool {
        let claim = self.standing.followed.as_ref();
        claim.is_some_and(|claim| claim.position == self.me.position && claim.generation == generation)
    }
}
