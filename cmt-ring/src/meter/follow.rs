//! Which generation a meter takes part in, where generations have terms: its licence, and whose claim it follows.
//!
//! ```text
//! unlicensed ─ licensed() → licensed ─ follow() or claim() → following ─ join() → joining ─ seat() → seated
//!                                 ↑______ forsake() ______________|__________________|
//! ```
//! docs/election.md has the rules as a table.

use meter_link::{Fault as LinkFault, Identity, PartyId, Round};

use super::Meter;
use crate::claim::Claim;
use crate::election::Hello;
use crate::error::{Error, Fault, Misuse};
use crate::generation::Generation;
use crate::licence::Licence;
use crate::lost::Lost;
use crate::order::{Entry, Listed};
use crate::seat::Seat;

/// What a meter of a group with terms goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) licence: Option<Licence>,
    /// The claim that this meter joins, or would.
    pub(crate) followed: Option<Claim>,
    /// No claim up to this generation is followed any more.
    pub(crate) forsaken: Generation,
    pub(crate) given_up: GivenUp,
    /// No other claim up to this generation is made.
    pub(crate) claimed: Generation,
    /// Whether the present ring is known to be broken.
    pub(crate) broken: bool,
}

impl Standing {
    pub(crate) const NEW: Standing = Standing {
        licence: None,
        followed: None,
        forsaken: Generation(0),
        given_up: GivenUp::NONE,
        claimed: Generation(0),
        broken: false,
    };
}

/// Positions, plus 1, of the claimants whose claims were given up since this meter last took a place, the latest last. Who
/// claims one set after the other, and seats one victim of each, is followed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GivenUp(pub(crate) [u32; GivenUp::MOST]);

impl GivenUp {
    /// The oldest makes room.
    pub(crate) const MOST: usize = 8;
    pub(crate) const NONE: GivenUp = GivenUp([0; Self::MOST]);

    fn contains(&self, position: u32) -> bool {
        self.0.contains(&position.wrapping_add(1))
    }

    /// Of `meters` meters no more than half of the others stay given up: somebody must be left to be followed.
    fn push(&mut self, position: u32, meters: u32) {
        if !self.contains(position) {
            self.0.rotate_left(1);
            let [.., last] = &mut self.0;
            *last = position.wrapping_add(1);
        }
        let most = (meters.saturating_sub(1) / 2) as usize;
        self.0.iter_mut().rev().skip(most).for_each(|oldest| *oldest = 0);
    }
}

impl<const C: usize> Meter<C> {
    /// Asks the supplier for a licence, signed with `identity`: the first one, or the next one after those that this
    /// meter has. A meter that was left out of a generation needs another one.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`]; as [`Licence::request`].
    pub fn ask(&self, identity: &Identity, now: Round) -> Result<[u8; Licence::REQUEST_LEN], Error> {
        self.require_terms()?;
        let number = self.standing.licence.map_or(0, |licence| licence.number());
        Licence::request(identity, &self.view, &self.me, now, number.saturating_add(1))
    }

    /// Takes the supplier's Licence frame, unless this meter has the same one or a later one.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`]; as [`Licence::accept`], with [`Fault::BadLicence`] for an earlier one than this meter has. Nothing
    /// has changed then.
    pub fn licensed(&mut self, now: Round, frame: &[u8]) -> Result<Licence, Error> {
        self.require_terms()?;
        let number = self.standing.licence.map_or(1, |licence| licence.number());
        let licence = Licence::accept(&self.view, &self.me, now, number, frame)?;
        self.standing.licence = Some(licence);
        Ok(licence)
    }

    /// Takes a licence that this meter kept.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`]; as [`Licence::verify`], with [`Fault::BadLicence`] for an earlier one than this meter has.
    pub fn restore_licence(&mut self, licence: &Licence) -> Result<(), Error> {
        self.require_terms()?;
        licence.verify(&self.view, &self.me)?;
        if self.standing.licence.is_some_and(|own| own.number() > licence.number()) {
            return Err(Fault::BadLicence.of(self.id()));
        }
        self.standing.licence = Some(*licence);
        Ok(())
    }

    /// The licence.
    pub fn licence(&self) -> Option<&Licence> {
        self.standing.licence.as_ref()
    }

    /// Says that this meter is there for a generation from round `from` on, and shows its licence: for all around it. The
    /// same call gives the same bytes.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`], [`Misuse::NotLicensed`], [`Misuse::GenerationUsed`] for one that this meter could not join;
    /// [`meter_link::Misuse::RoundOutsideEpoch`], [`meter_link::Misuse::RoundFarFromNow`];
    /// [`meter_link::Misuse::WrongRole`] if `identity` is not the one of the entry `me`, or the entry not this meter's.
    pub fn hello(
        &self,
        identity: &Identity,
        me: &Entry,
        now: Round,
        from: Round,
        generation: Generation,
    ) -> Result<[u8; Hello::LEN], Error> {
        self.view.check_own_round(now, from)?;
        if !self.admits(generation, from) {
            return Err(Misuse::GenerationUsed.into());
        }
        self.show(identity, me, from, generation)
    }

    /// Asks those around who is concentrator now. Whoever is sends its claim again, which [`Claim::verify`] reads: a
    /// newcomer waits for the end of its term, and for the generation after it.
    ///
    /// # Errors
    /// As [`Meter::hello`].
    pub fn discover(&self, identity: &Identity, me: &Entry, now: Round) -> Result<[u8; Hello::LEN], Error> {
        self.view.check_own_round(now, now)?;
        self.show(identity, me, now, Hello::DISCOVERY)
    }

    fn show(
        &self,
        identity: &Identity,
        me: &Entry,
        from: Round,
        generation: Generation,
    ) -> Result<[u8; Hello::LEN], Error> {
        self.require_terms()?;
        self.check_entry(identity, me)?;
        let licence = self.standing.licence.as_ref().ok_or(Misuse::NotLicensed)?;
        Hello::sign(&self.view, identity, self.id(), generation, from, licence)
    }

    /// Takes a Claim frame: this meter joins the claimant's ring if it answers, and no other one meanwhile. A claim to a
    /// lower generation, or a better one to the same ([`Claim::precedes`]), takes its place until the meter has joined.
    /// The same frame again changes nothing.
    ///
    /// Gather claims until a deadline before the first Token frame is handed to [`Meter::join`].
    ///
    /// # Errors
    /// As [`Claim::verify`]; [`Misuse::NotLicensed`]; [`Fault`] blaming the claimant: a first round far from now, a set without this
    /// meter, a generation that is not new, too far ahead, or was given up ([`Fault::WrongGeneration`]); one that begins
    /// before the present term's end while the ring is not known to be broken, or with a round that this meter has sent in
    /// ([`Fault::TooEarly`]); [`LinkFault::NotExpected`] where a claim is followed that this one does not precede, and of a claimant
    /// that was given up ([`Meter::forsake`]);
    /// [`LinkFault::Contradiction`] for another claim of the same claimant to the generation that is followed: both frames
    /// together are evidence. Nothing has changed then.
    pub fn follow(&mut self, now: Round, claimant: &Entry, frame: &[u8]) -> Result<Claim, Error> {
        let (claim, set) = Claim::verify(&self.params, &self.view, claimant, frame)?;
        self.standing.licence.ok_or(Misuse::NotLicensed)?;
        if self.standing.followed == Some(claim) {
            return Ok(claim);
        }
        if !set.contains(self.me.position) {
            return Err(LinkFault::NotInSet.of(claim.id).into());
        }
        if self.admits(claim.generation, claim.from) && self.has_given_up(now, claim.position) {
            return Err(LinkFault::NotExpected.of(claim.id).into());
        }
        self.take(now, claim)?;
        Ok(claim)
    }

    /// Follows a claim, if the state of this meter lets it.
    pub(crate) fn take(&mut self, now: Round, claim: Claim) -> Result<(), Error> {
        claim.check_near(now)?;
        if !self.admits(claim.generation, claim.from) {
            return Err(Fault::WrongGeneration.of(claim.id));
        }
        if self.seat.as_ref().is_some_and(|seat| !self.may_leave(seat, claim.from)) {
            return Err(Fault::TooEarly.of(claim.id));
        }
        let (stale, followed) = (self.stale(now), self.standing.followed.as_ref());
        if let Some(followed) = followed.filter(|_| !stale) {
            if claim.contradicts(followed) {
                return Err(LinkFault::Contradiction.of(claim.id).into());
            }
            if !claim.precedes(followed) {
                return Err(LinkFault::NotExpected.of(claim.id).into());
            }
        }
        if stale {
            self.forsake();
        }
        self.standing.followed = Some(claim);
        self.joining = None;
        Ok(())
    }

    /// Whether the claim that is followed is of so long ago that its ring did not form in time. It gives way as if it had
    /// been forsaken.
    fn stale(&self, now: Round) -> bool {
        self.standing.followed.is_some_and(|followed| !followed.from.is_near(now))
    }

    fn has_given_up(&self, now: Round, claimant: u32) -> bool {
        let followed = self.standing.followed.filter(|_| self.stale(now)).map(|followed| followed.position);
        self.standing.given_up.contains(claimant) || followed == Some(claimant)
    }

    /// The claim that is followed.
    pub fn followed(&self) -> Option<&Claim> {
        self.standing.followed.as_ref()
    }

    /// Gives up the claim that is followed: the caller's deadline for its ring has passed. Its claimant, unless it is this
    /// meter, is not followed again until this meter has taken a place (of such claimants the last eight count, and no more than half of the other meters),
    /// and if the claim was to the next generation, that number is spent. The present ring, if its term is not over, stays.
    /// Store the state afterwards.
    ///
    /// # Security
    /// A concentrator could otherwise have everybody sign one set, seat the one victim that it puts between two
    /// colluding members, let all others wait in vain, and go on with the next set.
    pub fn forsake(&mut self) {
        if let Some(claim) = self.standing.followed.take() {
            if claim.position != self.me.position {
                self.standing.given_up.push(claim.position, self.view.meters());
            }
            if claim.generation == self.next_generation() {
                self.standing.forsaken = claim.generation;
            }
            self.joining = None;
        }
    }

    /// Says that the present ring is broken: the caller's deadline for a δ, or for the ring to close, has passed. From here
    /// on this meter follows a claim before the term's end, or lets the ring be healed.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`], [`Misuse::NotSeated`].
    pub fn broken(&mut self) -> Result<(), Error> {
        self.require_terms()?;
        self.seated()?;
        self.standing.broken = true;
        Ok(())
    }

    /// Takes the supplier's Lost frame: the present ring is broken, as after [`Meter::broken`].
    ///
    /// # Errors
    /// [`Misuse::NoTerms`], [`Misuse::NotSeated`]; as [`Lost::verify`]; [`Fault`] blaming the supplier:
    /// [`Fault::WrongGeneration`] for another generation than the present one, [`LinkFault::WrongRound`] for a round that it
    /// does not have. Nothing has changed then.
    pub fn lost(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        self.require_terms()?;
        let lost = Lost::verify(&self.view, now, frame)?;
        let supplier = self.view.utility().id;
        let seat = self.seated()?;
        if lost.generation() != seat.generation {
            return Err(Fault::WrongGeneration.of(supplier));
        }
        if lost.round() < seat.from || seat.until.is_some_and(|until| lost.round() >= until) {
            return Err(LinkFault::WrongRound.of(supplier).into());
        }
        self.standing.broken = true;
        Ok(())
    }

    /// The first round that the present generation's term does not reach.
    pub fn until(&self) -> Option<Round> {
        self.seat.as_ref()?.until
    }

    /// The generation for the next claim, as far as this meter knows: one above all that it took part in or gave up. It is
    /// worth an election even while a claim to a later one is followed: a claim to it precedes.
    pub fn next_generation(&self) -> Generation {
        let known = self.latest.0.max(self.standing.forsaken);
        Generation(known.0.saturating_add(1))
    }

    /// Whether a generation from this round on may follow the one of this seat.
    pub(crate) fn may_leave(&self, seat: &Seat<C>, from: Round) -> bool {
        let over = self.standing.broken || seat.until.is_none_or(|until| from >= until);
        over && seat.spent.is_none_or(|spent| from > spent)
    }

    pub(crate) fn admits(&self, generation: Generation, from: Round) -> bool {
        generation > self.standing.forsaken && self.latest.admits(&self.view, generation, from)
    }

    /// That a Token comes from the concentrator whose claim is followed, where there are claims.
    pub(crate) fn check_followed(
        &self,
        concentrator: &Listed,
        generation: Generation,
        from: Round,
    ) -> Result<(), Error> {
        if self.params.mean_term().is_none() {
            return Ok(());
        }
        let id = concentrator.peer.id;
        let claim = self.standing.followed.as_ref().ok_or(LinkFault::NotExpected.of(id))?;
        if (claim.id, claim.position) != (id, concentrator.position) {
            return Err(Fault::NotConcentrator.of(id));
        }
        let same = claim.generation == generation && claim.from == from;
        if same { Ok(()) } else { Err(Fault::WrongGeneration.of(id)) }
    }

    /// That a Seat has the members of the claim.
    pub(crate) fn check_claimed(&self, concentrator: PartyId, set: &[u8; 32]) -> Result<(), Error> {
        if self.params.mean_term().is_none() {
            return Ok(());
        }
        let same = self.standing.followed.is_some_and(|claim| claim.set == *set);
        if same { Ok(()) } else { Err(Fault::WrongMembers.of(concentrator)) }
    }

    /// The end of the term, of a ring that this meter has a place in from now on. Its claim is used up.
    pub(crate) fn begin_term(&mut self) -> Option<Round> {
        self.standing.broken = false;
        self.standing.given_up = GivenUp::NONE;
        self.standing.followed.take().map(|claim| claim.until)
    }

    pub(crate) fn require_terms(&self) -> Result<(), Error> {
        self.params.mean_term().map(|_| ()).ok_or(Misuse::NoTerms.into())
    }

    pub(crate) fn check_entry(&self, identity: &Identity, me: &Entry) -> Result<(), Error> {
        let own = me.listed() == self.me && identity.public() == me.member.identity;
        if own { Ok(()) } else { Err(meter_link::Misuse::WrongRole.into()) }
    }
}
