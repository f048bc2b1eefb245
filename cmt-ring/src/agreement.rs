//! That all members of a generation were shown one set.
//!
//! A concentrator that colludes with the supplier could show each member a set of its own, in which that member sits
//! between two of theirs. So every member signs the set that it joins under, once a generation, and takes its place only
//! when all others have signed the same one. The claim is the concentrator's own signature on it.

use core::fmt;

use meter_link::frame::{Header, Kind, SignedFrame, Writer};
use meter_link::set::SetView;
use meter_link::{EpochView, Identity};

use crate::claim::Claim;
use crate::error::{Error, Fault, Misuse};
use crate::generation::Generation;
use crate::meter::Meter;
use crate::order::Entry;

/// The echoes of a generation's members, which come ascending by roster position: nothing is kept of them but a count.
pub struct Agreement<'c> {
    view: EpochView,
    set: SetView<'c>,
    claim: Claim,
    /// Position of this meter, which need not be heard. The concentrator has signed the claim.
    me: u32,
    last: Option<u32>,
    heard: u32,
}

impl Agreement<'_> {
    /// Bytes of an Echo frame: `generation u32 ‖ set digest 32`, signed.
    pub const ECHO_LEN: usize = Header::LEN + 4 + 32 + Identity::SIGNATURE_LEN;

    /// Takes the Echo frame of a member. `entry` is its sender's; this meter and the concentrator are left out.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`meter_link::Misuse::UnknownParty`] for another entry than the sender's;
    /// [`meter_link::Misuse::OutOfOrder`] unless positions ascend; [`Fault`] blaming the sender: no member, a wrong
    /// signature, another generation, another set. The last is [`Fault::WrongMembers`]: the member and this meter
    /// followed different claims, and both claims together are evidence against who signed them. Nothing has changed
    /// then.
    pub fn hear(&mut self, entry: &Entry, frame: &[u8]) -> Result<(), Error> {
        let frame = SignedFrame::parse(frame, &self.view.expect(Kind::SetEcho, 0))?;
        let header = *frame.header();
        if header.sender != entry.member.id {
            return Err(meter_link::Misuse::UnknownParty.into());
        }
        if !self.set.contains(entry.position) {
            return Err(meter_link::Fault::NotInSet.of(header.sender).into());
        }
        if [self.me, self.claim.position].contains(&entry.position)
            || self.last.is_some_and(|last| entry.position <= last)
        {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        let mut payload = frame.verify(&entry.member.identity, &self.view.scope())?;
        let generation = Generation(payload.u32()?);
        let digest = *payload.array::<32>()?;
        payload.end()?;
        if generation != self.claim.generation || header.round != self.claim.from {
            return Err(Fault::WrongGeneration.of(header.sender));
        }
        if digest != self.claim.set {
            return Err(Fault::WrongMembers.of(header.sender));
        }
        self.heard = self.heard.wrapping_add(1); // below the count: positions ascend within the set
        self.last = Some(entry.position);
        Ok(())
    }

    /// Positions of the members who are still to be heard, ascending.
    pub fn awaited(&self) -> impl Iterator<Item = u32> {
        let (last, known) = (self.last, [self.me, self.claim.position]);
        let to_come =
            move |position: &u32| last.is_none_or(|last| *position > last) && !known.contains(position);
        self.set.positions().filter(to_come)
    }
}

/// What groups do whose members sign their set ([`Params::with_agreement`](crate::Params::with_agreement)).
impl<const C: usize> Meter<C> {
    /// The Echo frame, for all other members: the set of the claim under which this meter has joined, signed with
    /// `identity`. There is one set a generation, since the generation's record is stored before the meter has joined; the
    /// same call gives the same bytes.
    ///
    /// # Errors
    /// [`Misuse::NotAgreed`] in a group that does without; [`Misuse::NoClaim`] unless this meter is joining;
    /// [`meter_link::Misuse::WrongRole`] if `identity` is not the one of the entry `me`, or the entry not this meter's.
    pub fn echo(&self, identity: &Identity, me: &Entry) -> Result<[u8; Agreement::ECHO_LEN], Error> {
        self.check_entry(identity, me)?;
        let claim = self.joined_claim()?;
        let mut out = [0u8; Agreement::ECHO_LEN];
        let header = self.view.header(Kind::SetEcho, 0, self.id(), claim.from);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(claim.generation.0)?;
        writer.bytes(&claim.set)?;
        writer.finish_signed(&header, identity, &self.view.scope())?;
        Ok(out)
    }

    /// Begins to gather the others' echoes. `frame` is the Claim frame that this meter follows, with its claimant's entry:
    /// it says who the members are.
    ///
    /// # Errors
    /// As [`Meter::echo`] and [`Claim::verify`]; [`Misuse::NoClaim`] for another claim.
    pub fn agreement<'c>(&self, claimant: &Entry, frame: &'c [u8]) -> Result<Agreement<'c>, Error> {
        let claim = self.joined_claim()?;
        let (read, set) = Claim::verify(&self.params, &self.view, claimant, frame)?;
        if read != claim {
            return Err(Misuse::NoClaim.into());
        }
        Ok(Agreement { view: self.view, set, claim, me: self.me.position, last: None, heard: 0 })
    }

    /// All members have been heard: from here on this meter takes its place ([`Meter::seat`]).
    ///
    /// # Errors
    /// [`Error::Quorum`] if one has not; [`Misuse::NoClaim`] for the echoes of another generation's members.
    pub fn agree(&mut self, agreement: &Agreement<'_>) -> Result<(), Error> {
        if self.joined_claim()? != agreement.claim {
            return Err(Misuse::NoClaim.into());
        }
        let (have, need) = (agreement.heard, agreement.claim.count.saturating_sub(2));
        if have < need {
            return Err(Error::Quorum { have, need });
        }
        if let Some(joining) = &mut self.joining {
            joining.agreed = true;
        }
        Ok(())
    }

    /// The claim whose ring this meter has answered and has no place in yet.
    fn joined_claim(&self) -> Result<Claim, Error> {
        if !self.params.agreement() {
            return Err(Misuse::NotAgreed.into());
        }
        let joining = self.joining.as_ref().map(|joining| joining.generation);
        let claim = self.standing.followed.filter(|claim| Some(claim.generation) == joining);
        claim.ok_or(Misuse::NoClaim.into())
    }
}

impl fmt::Debug for Agreement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Agreement");
        out.field("generation", &self.claim.generation).field("heard", &self.heard).finish_non_exhaustive()
    }
}
