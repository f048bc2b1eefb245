//! Claims, at the supplier: whose GroupKey it takes in groups with terms.

use alloc::collections::BTreeMap;

use meter_link::frame::Header;
use meter_link::set::Members;
use meter_link::{Fault as LinkFault, PartyId, Round};

use super::Supplier;
use crate::claim::Claim;
use crate::error::{Error, Fault, Misuse};
use crate::generation::Generation;

/// The best claim to each generation whose GroupKey may come: at most one of each meter.
#[derive(Default)]
pub(super) struct Claims(BTreeMap<Generation, (Claim, Members)>);

impl Claims {
    /// Forgets what no GroupKey can follow any more.
    fn prune(&mut self, now: Round) {
        self.0.retain(|_, (claim, _)| claim.from.is_near(now));
    }

    /// The claim that meters follow if they have heard the same ones: to the lowest generation.
    fn first(&self, now: Round) -> Option<&(Claim, Members)> {
        self.0.values().find(|(claim, _)| claim.from.is_near(now))
    }

    /// The generation of the same claimant's claim.
    fn of(&self, position: u32) -> Option<Generation> {
        self.0.values().find(|(claim, _)| claim.position == position).map(|(claim, _)| claim.generation)
    }
}

impl Supplier {
    /// Takes a Claim frame, in groups with terms: the GroupKey of its generation is to come from the claimant, for as many
    /// members, from the claim's first round on. Of several claims to one generation the better one stays
    /// ([`Claim::beats`]), and of those to several generations the lowest comes first, as meters see it
    /// ([`Claim::precedes`]). Gather claims until a deadline before a GroupKey is handed to [`Supplier::register`]. Nothing is
    /// stored: after a restart the claims are sent again.
    ///
    /// # Errors
    /// As [`Claim::verify`], [`LinkFault::UnknownSender`] for a claimant that is not in the roster;
    /// [`Fault`] blaming the claimant: a first round far from now, a generation that is not new or too far ahead, one that
    /// begins before the present one's term is over, of whose rounds none was lost ([`Fault::TooEarly`]); a second claim to
    /// this generation or a lower one than it has claimed ([`LinkFault::Contradiction`], [`Fault::WrongGeneration`]);
    /// [`LinkFault::NotExpected`] where a better claim was taken. [`Fault::BadLicence`] blames a *member* that has no
    /// licence, or none that holds. Nothing has changed then.
    pub fn claimed(&mut self, now: Round, frame: &[u8]) -> Result<Claim, Error> {
        if self.params.mean_term().is_none() {
            return Err(Misuse::NoTerms.into());
        }
        let sender = Header::parse(frame)?.sender;
        let entry = self.registry.find(sender).ok_or(LinkFault::UnknownSender.of(sender))?.entry;
        let (claim, set) = Claim::verify(&self.params, &self.view, &entry, frame)?;
        claim.check_near(now)?;
        if !self.latest.admits(&self.view, claim.generation, claim.from) {
            return Err(Fault::WrongGeneration.of(sender));
        }
        let over = |until: Round| self.lost || claim.from >= until;
        if !self.until().is_none_or(over) {
            return Err(Fault::TooEarly.of(sender));
        }
        if let Some(meter) = self.registry.without_licence(set.positions()) {
            return Err(Fault::BadLicence.of(meter));
        }
        self.claims.prune(now);
        let earlier = self.claims.of(claim.position);
        match self.claims.0.get(&claim.generation) {
            Some((held, _)) if *held == claim => return Ok(claim),
            Some((held, _)) if held.contradicts(&claim) => {
                return Err(LinkFault::Contradiction.of(sender).into());
            }
            Some((held, _)) if !claim.beats(held) => return Err(LinkFault::NotExpected.of(sender).into()),
            _ => {}
        }
        if earlier.is_some_and(|earlier| earlier > claim.generation) {
            return Err(Fault::WrongGeneration.of(sender));
        }
        earlier.and_then(|earlier| self.claims.0.remove(&earlier));
        self.claims.0.insert(claim.generation, (claim, Members::from(set)));
        Ok(claim)
    }

    /// Gives up the claim whose GroupKey is waited for: the caller's deadline for it has passed. The next one, if there is
    /// any, takes its place, and the claimant may claim again.
    pub fn forsake(&mut self, now: Round) -> Option<Claim> {
        self.claims.prune(now);
        self.claims.0.pop_first().map(|(_, (claim, _))| claim)
    }

    /// That a GroupKey is of a claim that was taken, where claims are needed. Licences of those that it leaves out are
    /// void from here on. Gives the end of its term.
    pub(super) fn settle_claim(
        &mut self,
        now: Round,
        concentrator: PartyId,
        generation: Generation,
        from: Round,
        count: usize,
    ) -> Result<Option<Round>, Error> {
        if self.params.mean_term().is_none() {
            return Ok(None);
        }
        let claimed = self.claims.0.get(&generation).filter(|(claim, _)| claim.id == concentrator);
        let (claim, members) = claimed.ok_or(Fault::NotConcentrator.of(concentrator))?;
        if self.claims.first(now).is_some_and(|(first, _)| first.generation < generation) {
            return Err(LinkFault::NotExpected.of(concentrator).into());
        }
        if claim.from != from {
            return Err(LinkFault::WrongRound.of(concentrator).into());
        }
        if claim.count as usize != count {
            return Err(Fault::WrongMembers.of(concentrator));
        }
        if let Some(meter) = self.registry.without_licence(members.positions()) {
            return Err(Fault::BadLicence.of(meter));
        }
        self.registry.leave_out(from, |position| !members.contains(position));
        Ok(Some(claim.until))
    }
}
