//! Who may be in a ring: the meters of the roster, their licences, and when those have become void.

use alloc::vec::Vec;

use meter_link::frame::{Kind, Reader, SignedFrame, Writer};
use meter_link::mark::check;
use meter_link::roster::Roster;
use meter_link::{Fault as LinkFault, Identity, Malformed, PartyId, Prepared, Round};

use super::Supplier;
use crate::error::{Error, Misuse};
use crate::licence::Licence;
use crate::order::Entry;

/// `21 ‖ position u32 ‖ number u32 ‖ since u32 ‖ check 4`: stored before a licence leaves. Append it, unless the same one
/// stands there; the largest number of a meter counts.
pub type LicenceRecord = [u8; RECORD_LEN];

pub(super) const RECORD_LEN: usize = 1 + 3 * 4 + 4;
pub(super) const VERSION: u8 = 21; // 1 … 20 and 24 … 26 are records and states of other roles

/// By position.
pub(super) struct Registry(Vec<Registered>);

pub(super) struct Registered {
    pub(super) entry: Entry,
    pub(super) expelled: bool,
    /// Of the last licence; 0 for none.
    pub(super) number: u32,
    pub(super) since: Round,
    /// First round of the last generation that left this meter out.
    pub(super) left_out: Option<Round>,
}

impl Registered {
    /// Whether its last licence is good for a new generation.
    fn holds(&self) -> bool {
        let void = self.left_out.is_some_and(|from| self.since < from);
        self.number > 0 && !self.expelled && !void
    }
}

impl Registry {
    pub(super) fn new(roster: &Roster) -> Self {
        let entries = (0u32..).zip(roster.meters()).map(|(position, member)| Registered {
            entry: Entry { position, member: *member },
            expelled: false,
            number: 0,
            since: Round::from(0),
            left_out: None,
        });
        Registry(entries.collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Registered> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Registered> {
        self.0.iter_mut()
    }

    /// Meters ascend by id.
    pub(super) fn find(&self, id: PartyId) -> Option<&Registered> {
        let place = self.0.binary_search_by_key(&id, |meter| meter.entry.member.id).ok()?;
        self.0.get(place)
    }

    fn find_mut(&mut self, id: PartyId) -> Option<&mut Registered> {
        let place = self.0.binary_search_by_key(&id, |meter| meter.entry.member.id).ok()?;
        self.0.get_mut(place)
    }

    /// The first of these meters without a licence that holds.
    pub(super) fn without_licence(&self, mut positions: impl Iterator<Item = u32>) -> Option<PartyId> {
        let meter = |position: u32| self.0.get(position as usize);
        positions.find_map(|p| meter(p).filter(|meter| !meter.holds()).map(|meter| meter.entry.member.id))
    }

    /// A generation from round `from` on begins without these meters.
    pub(super) fn leave_out(&mut self, from: Round, out: impl Fn(u32) -> bool) {
        for meter in self.0.iter_mut().filter(|meter| out(meter.entry.position)) {
            meter.left_out = meter.left_out.max(Some(from));
        }
    }
}

impl Supplier {
    /// Answers a LicenceRequest frame. A meter of the roster that is not expelled gets a licence with the number it asks
    /// for, if that is above its last one; for a number that was issued, the last licence again, byte for byte. It holds
    /// from now on, or from the first round of the generation that has left the meter out, if that is later.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`]; [`Malformed`]; [`Fault`](crate::Fault) blaming the sender: not in the roster or expelled, a round far from now
    /// or outside the epoch, a wrong signature, another position than the roster's, a second licence of one round;
    /// [`meter_link::Misuse::WrongRole`] if `identity` is not the supplier's. Nothing has changed then.
    pub fn licence(
        &mut self,
        identity: &Identity,
        now: Round,
        request: &[u8],
    ) -> Result<Prepared<[u8; Licence::FRAME_LEN], LicenceRecord>, Error> {
        if self.params.mean_term().is_none() {
            return Err(Misuse::NoTerms.into());
        }
        self.check_identity(identity)?;
        let view = self.view;
        let frame = SignedFrame::parse(request, &view.expect(Kind::LicenceRequest, 0))?;
        let header = *frame.header();
        let meter = self.registry.find_mut(header.sender).filter(|meter| !meter.expelled);
        let meter = meter.ok_or(LinkFault::UnknownSender.of(header.sender))?;
        view.check_received_round(now, &header)?;
        let mut payload = frame.verify(&meter.entry.member.identity, &view.scope())?;
        let (position, number) = (payload.u32()?, payload.u32()?);
        payload.end()?;
        if position != meter.entry.position || number == 0 {
            return Err(Malformed::BadField.into());
        }
        if number > meter.number {
            let since = meter.left_out.map_or(now, |from| from.max(now));
            // With the last one the meter can do what it could with another: one a round keeps the log short.
            if meter.holds() && meter.since >= since {
                return Err(LinkFault::NotExpected.of(header.sender).into());
            }
            (meter.number, meter.since) = (number, since);
        }
        let holder = (header.sender, position);
        let licence = Licence::issue(identity, &view, holder, meter.number, meter.since)?;
        Ok(Prepared::new(encode(position, meter.number, meter.since)?, licence.to_frame(&view)?))
    }

    /// Takes a meter out of the registry: it gets no licence, and no ring with it is taken. A ring that runs goes on until
    /// its end. Store the state.
    ///
    /// # Errors
    /// [`meter_link::Misuse::UnknownParty`].
    pub fn expel(&mut self, meter: PartyId) -> Result<(), Error> {
        let registered = self.registry.find_mut(meter).ok_or(meter_link::Misuse::UnknownParty)?;
        registered.expelled = true;
        Ok(())
    }

    /// Takes an expelled meter back. Its last licence holds again unless a ring left it out. Store the state.
    ///
    /// # Errors
    /// [`meter_link::Misuse::UnknownParty`].
    pub fn readmit(&mut self, meter: PartyId) -> Result<(), Error> {
        let registered = self.registry.find_mut(meter).ok_or(meter_link::Misuse::UnknownParty)?;
        registered.expelled = false;
        Ok(())
    }

    /// Whether a meter has a licence that is good for a new generation.
    pub fn is_licensed(&self, meter: PartyId) -> bool {
        self.registry.find(meter).is_some_and(Registered::holds)
    }

    /// The first round of the last generation that left this meter out, by its claim or by a healing; `None` where none
    /// did, and for who is no meter.
    pub fn left_out(&self, meter: PartyId) -> Option<Round> {
        self.registry.find(meter)?.left_out
    }

    /// Takes a stored [`LicenceRecord`] into account.
    pub(super) fn replay_licence(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let (position, number) = (reader.u32()?, reader.u32()?);
        let since = Round::from(reader.u32()?);
        let meter = self.registry.0.get_mut(position as usize).ok_or(Malformed::BadRecord)?;
        if !self.view.contains(since) {
            return Err(Malformed::BadRecord.into());
        }
        if number > meter.number {
            (meter.number, meter.since) = (number, since);
        }
        Ok(())
    }
}

fn encode(position: u32, number: u32, since: Round) -> Result<LicenceRecord, Error> {
    let mut out = [0u8; RECORD_LEN];
    let mut writer = Writer::new(&mut out);
    writer.u8(VERSION)?;
    for field in [position, number, since.to_u32()] {
        writer.u32(field)?;
    }
    let check = check(writer.written());
    writer.bytes(&check)?;
    Ok(out)
}
