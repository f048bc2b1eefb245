//! Who is named present in the next Open: meters that are absent for long leave by one Open and return by one.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::frame::{Reader, TaggedFrame};
use meter_link::head::Parties;
use meter_link::mark::check;
use meter_link::{Error, Fault, Header, Malformed, Misuse, PartyId, Round};

use crate::grown::Form;

/// The utility's list of meters to name present, carried from round to round.
///
/// A meter that is silent in a round costs its neighbours a repair. One that was missing from so many final sets in a
/// row is named absent instead, until it reports ([`Meter::report`](crate::Meter::report)), so an outage costs repairs
/// in the first rounds only. This is convenience, not privacy: meters and holders check every Open for themselves,
/// and who comes and goes too often is left out whatever stands here
/// ([`Utility::left_out`](crate::Utility::left_out)).
#[derive(Debug)]
pub struct Presence {
    parties: Arc<Parties>,
    patience: u8,
    /// Missed in a row.
    misses: Vec<u8>,
    /// The last round it was missed in, where it is named absent since.
    absent: Vec<Option<Round>>,
    /// The last round that was taken into account.
    closed: Option<Round>,
}

impl Presence {
    /// Missed rounds after which a meter is named absent.
    pub const PATIENCE: u8 = 2;
    const VERSION: u8 = 18;

    /// Everybody is present. The parties are those of [`Utility::parties`](crate::Utility::parties).
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for a patience of 0.
    pub fn new(parties: &Arc<Parties>, patience: u8) -> Result<Self, Error> {
        if patience == 0 {
            return Err(Misuse::BadParameter.into());
        }
        let meters = parties.roster().meters().len();
        Ok(Presence {
            parties: Arc::clone(parties),
            patience,
            misses: alloc::vec![0; meters],
            absent: alloc::vec![None; meters],
            closed: None,
        })
    }

    /// Whom to name present: one bool a position, for [`Utility::open`](crate::Utility::open).
    pub fn present(&self) -> Vec<bool> {
        self.absent.iter().map(Option::is_none).collect()
    }

    /// Meters that are named absent.
    pub fn absent(&self) -> impl Iterator<Item = PartyId> {
        let meters = self.parties.roster().meters().iter().zip(&self.absent);
        meters.filter(|(_, absent)| absent.is_some()).map(|(meter, _)| meter.id)
    }

    /// Takes the final set of a round into account, given whom its Open named present. A round again, or an earlier
    /// one, changes nothing.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] unless there is one entry a meter in both.
    pub fn closed(&mut self, round: Round, present: &[bool], set: &[bool]) -> Result<(), Error> {
        if present.len() != self.misses.len() || set.len() != self.misses.len() {
            return Err(Misuse::WrongLength.into());
        }
        if self.closed >= Some(round) {
            return Ok(());
        }
        self.closed = Some(round);
        let marks = present.iter().zip(set);
        for ((misses, absent), (present, inside)) in self.misses.iter_mut().zip(&mut self.absent).zip(marks) {
            if !*present {
                continue;
            }
            *misses = if *inside { 0 } else { misses.saturating_add(1) };
            if *misses >= self.patience && absent.is_none() {
                *absent = Some(round);
            }
        }
        Ok(())
    }

    /// Takes a report of a meter that is there again.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the sender: unknown, tag, epoch, more than two rounds from now; or a report of
    /// a round that it was missed in or before ([`Fault::WrongRound`]), which the network may have kept. Nothing has
    /// changed then.
    pub fn accept(&mut self, now: Round, frame: &[u8]) -> Result<PartyId, Error> {
        let form = Form::Return;
        let frame = TaggedFrame::parse(frame, &self.parties.view().expect(form.kind(), form.flags()))?;
        let header: Header = *frame.header();
        let sender = header.sender;
        let unknown = Fault::UnknownSender.of(sender);
        if header.flags.0 != form.flags() {
            return Err(Malformed::UnknownFlags.into());
        }
        let place = self.parties.roster().position(sender).ok_or(unknown)?;
        frame.verify(self.parties.meter_key(place).ok_or(unknown)?)?.end()?;
        self.parties.view().check_received_round(now, &header)?;
        self.returned(place, header.round).map(|()| sender)
    }

    /// The meter at a position has shown in another way that it was there in a round: by a statement of a grown graph.
    ///
    /// # Errors
    /// [`Fault::WrongRound`] blaming it, if it was missed in that round or later.
    pub fn returned(&mut self, place: usize, round: Round) -> Result<(), Error> {
        let absent = self.absent.get_mut(place).ok_or(Misuse::UnknownParty)?;
        if absent.is_some_and(|missed| round <= missed) {
            let meter = self.parties.roster().meters().get(place).ok_or(Misuse::UnknownParty)?;
            return Err(Fault::WrongRound.of(meter.id));
        }
        if absent.take().is_some()
            && let Some(misses) = self.misses.get_mut(place)
        {
            *misses = 0;
        }
        Ok(())
    }

    /// `18 u8 ‖ context 32 ‖ patience u8 ‖ closed u8 ‖ last round closed u32 ‖ of each meter (misses u8 ‖ absent u8 ‖
    /// since u32) … ‖ check 4`, absent values zero.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = alloc::vec![Self::VERSION];
        out.extend(self.parties.view().context().as_bytes());
        out.extend([self.patience, u8::from(self.closed.is_some())]);
        out.extend(self.closed.map_or(0, Round::to_u32).to_le_bytes());
        for (misses, absent) in self.misses.iter().zip(&self.absent) {
            out.extend([*misses, u8::from(absent.is_some())]);
            out.extend(absent.map_or(0, Round::to_u32).to_le_bytes());
        }
        let check = check(&out);
        out.extend(check);
        out
    }

    /// Goes on from [`Presence::to_bytes`].
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged or of another epoch.
    pub fn from_bytes(parties: &Arc<Parties>, state: &[u8]) -> Result<Self, Error> {
        Self::read(parties, state).map_err(|_| Malformed::BadRecord.into())
    }

    fn read(parties: &Arc<Parties>, state: &[u8]) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let own = check(body) == *stored
            && reader.u8()? == Self::VERSION
            && reader.array::<32>()? == parties.view().context().as_bytes();
        if !own {
            return Err(bad.into());
        }
        let mut presence = Presence::new(parties, reader.u8()?)?;
        let optional = |reader: &mut Reader<'_>| -> Result<Option<Round>, Error> {
            let known = reader.u8()?;
            let round = Round::from(reader.u32()?);
            if known > 1 { Err(bad.into()) } else { Ok((known == 1).then_some(round)) }
        };
        presence.closed = optional(&mut reader)?;
        for (misses, absent) in presence.misses.iter_mut().zip(&mut presence.absent) {
            *misses = reader.u8()?;
            *absent = optional(&mut reader)?;
        }
        reader.end()?;
        Ok(presence)
    }
}
