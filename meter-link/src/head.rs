//! The utility as every protocol with agreed sets has it: keys with all parties, signed Opens and Closes.

mod queries;
mod state;

pub use queries::{Bill, Queries};

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::answer::Quorum;
use crate::collect::{Collecting, Collection, Places};
use crate::error::{Error, Malformed, Misuse};
use crate::frame::{Flags, Kind, Reader};
use crate::id::{PartyId, Round};
use crate::identity::Identity;
use crate::key::{Label, Link, LinkSecret, PairKey};
use crate::mark::check;
use crate::roster::Roster;
use crate::round::{CloseFields, FrameHash, OpenFields, frame_hash};
use crate::set::{self, Members};
use crate::toggle::Toggles;
use crate::view::EpochView;
use crate::window::WindowFields;

/// The utility's frame keys with meters, by position, and with answerers, by number.
#[derive(Debug)]
pub struct Parties {
    view: EpochView,
    roster: Roster,
    places: Places,
    meters: Vec<PairKey>,
    answerers: Vec<Link>,
}

impl Parties {
    fn new(view: &EpochView, roster: Roster, meters: Vec<PairKey>, answerers: Vec<Link>) -> Self {
        let places = Places::new(roster.meters().iter().map(|meter| meter.id.0));
        Parties { view: *view, roster, places, meters, answerers }
    }

    /// What the epoch is about.
    pub fn view(&self) -> &EpochView {
        &self.view
    }

    /// Who takes part.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// [`Roster::position`], faster.
    pub(crate) fn place(&self, id: PartyId) -> Option<usize> {
        self.places.find(id.0)
    }

    /// Frame key of the meter at a position.
    pub fn meter_key(&self, position: usize) -> Option<&PairKey> {
        self.meters.get(position)
    }

    /// Frame links of the answerers, in the order of their numbers.
    pub fn answerers(&self) -> &[Link] {
        &self.answerers
    }
}

/// The utility of an epoch.
#[derive(Debug)]
pub struct Head {
    parties: Arc<Parties>,
    identity: Identity,
    opened: Option<Round>,
    closed: Option<(Round, FrameHash)>,
    toggles: Toggles,
}

/// What the utility stores after it opened or closed a round and before it sends that message:
/// `6 ‖ flags u8 (1 opened, 2 closed) ‖ opened round u32 ‖ closed round u32 ‖ hash of its final Close ‖ check 4`,
/// absent values zero.
pub type HeadRecord = [u8; Head::RECORD_LEN];

const MOST_CHANGES: u8 = Toggles::MOST - 1;

impl Head {
    const RECORD_LEN: usize = 1 + 1 + 4 + 4 + 32 + 4;
    const RECORD_VERSION: u8 = 6; // 1 … 3 are other records of this crate, 4 of cmt-ring, 5 of dcnet-core
    const OPENED: u8 = 1;
    const CLOSED: u8 = 2;

    /// Makes the frame keys and wipes the link secret.
    ///
    /// # Errors
    /// [`Misuse::WrongRole`] if identity or link key are not the utility's of the roster; as
    /// [`EpochView::check_roster`];
    /// [`Fault`](crate::Fault) blaming a party for its key.
    pub fn new(
        view: &EpochView,
        identity: Identity,
        link: LinkSecret,
        roster: Roster,
    ) -> Result<Self, Error> {
        let own = view.utility();
        if own.identity != identity.public() || own.link != link.public() {
            return Err(Misuse::WrongRole.into());
        }
        view.check_roster(&roster)?;
        let key = |m: &crate::roster::Member| {
            link.pair_key(Label::Frame, view.context(), PartyId::UTILITY, &m.peer(), &[])
        };
        // Room for all at once: a vector that grows leaves copies of keys in freed memory.
        let mut meters = Vec::with_capacity(roster.meters().len());
        for member in roster.meters() {
            meters.push(key(member)?);
        }
        let mut answerers = Vec::with_capacity(roster.answerers().len());
        for member in roster.answerers() {
            answerers.push(Link { peer: member.id, key: key(member)? });
        }
        Ok(Self::with_keys(identity, Parties::new(view, roster, meters, answerers)))
    }

    fn with_keys(identity: Identity, parties: Parties) -> Self {
        let toggles = Toggles::new(parties.view.epoch().first_round, parties.view.meters());
        Head { parties: Arc::new(parties), identity, opened: None, closed: None, toggles }
    }

    /// Keys and roster, shared with the rounds that are open.
    pub fn parties(&self) -> &Arc<Parties> {
        &self.parties
    }

    /// The epoch.
    pub fn view(&self) -> &EpochView {
        &self.parties.view
    }

    /// The utility's identity, which signs what is no Open or Close.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Opens a round for the meters marked in `present`, one bool a position, whose contributions have
    /// `words` field elements. Meters that have come and gone too often are left out, whatever `present` says:
    /// answerers refuse a set with one ([`Toggles`]).
    ///
    /// # Errors
    /// [`Misuse::RoundOutsideEpoch`], [`Misuse::RoundFarFromNow`]; [`Misuse::WrongLength`] unless `present` has
    /// one entry a meter; [`Misuse::OutOfOrder`] for a round that is not after the last one opened or closed,
    /// since two Opens of a round are a contradiction; [`Error::Quorum`] with fewer meters than the minimum.
    /// Nothing has changed then.
    pub fn open(
        &mut self,
        now: Round,
        round: Round,
        present: &[bool],
        words: usize,
    ) -> Result<Collecting, Error> {
        let (frame, present) = self.open_frame(now, round, present)?;
        let (kind, flags) = (Kind::Contribution, Flags::TRANSMISSION);
        let contributions = Collection::new(&self.parties, round, kind, flags, words, present.clone());
        Ok(Collecting { round, frame, present, contributions })
    }

    /// The signed Open alone, for protocols whose contributions are no field elements, and whom it names
    /// present.
    ///
    /// # Errors
    /// As [`Head::open`].
    pub fn open_frame(
        &mut self,
        now: Round,
        round: Round,
        present: &[bool],
    ) -> Result<(Vec<u8>, Vec<bool>), Error> {
        let view = self.view();
        view.check_own_round(now, round)?;
        if present.len() != self.parties.roster.meters().len() {
            return Err(Misuse::WrongLength.into());
        }
        if self.last_round() >= Some(round) {
            return Err(Misuse::OutOfOrder.into());
        }
        let mut present = present.to_vec();
        for place in self.toggles.left_out(round, MOST_CHANGES) {
            if let Some(present) = present.get_mut(place as usize) {
                *present = false;
            }
        }
        at_least(count(&present), view.group().rules.min_meters())?;
        let mut out = alloc::vec![0u8; OpenFields::max_len(view.meters())];
        let fields = OpenFields { round, previous: self.closed, present: &present };
        let len = fields.sign(view, &self.identity, &mut out)?.len();
        out.truncate(len);
        self.opened = Some(round);
        Ok((out, present))
    }

    /// The last round that was opened or closed.
    pub fn last_round(&self) -> Option<Round> {
        self.opened.max(self.closed.map(|(closed, _)| closed))
    }

    /// The round that was opened last, if it is not closed.
    pub fn open_round(&self) -> Option<Round> {
        self.opened.filter(|opened| self.closed.is_none_or(|(closed, _)| closed < *opened))
    }

    /// Meters that have come and gone too often to be in a set of this round: one change before answerers refuse
    /// them, since one that has missed a round may have counted its change in the span after.
    pub fn left_out(&self, round: Round) -> impl Iterator<Item = PartyId> {
        let meters = self.parties.roster.meters();
        self.toggles
            .left_out(round, MOST_CHANGES)
            .filter_map(|place| meters.get(place as usize).map(|m| m.id))
    }

    /// A signed Close. The set must lie within `present` and satisfy the group's rules.
    ///
    /// The next Open names the *first* final Close of the last closed round, whether its sum is ever opened or
    /// not: meters will have seen it. A further final Close of that round is one over the same set for another
    /// quorum, and for that quorum alone.
    ///
    /// # Errors
    /// [`Error::Quorum`] for a set that is too small; [`Misuse::OutOfOrder`] for a round before the last closed
    /// one, or a Close of that one which is not final or over another set, which would be evidence against this
    /// utility; as [`CloseFields::sign`]. Nothing has changed then.
    pub fn close(&mut self, fields: &CloseFields<'_>, present: &[bool]) -> Result<Vec<u8>, Error> {
        let view = self.view();
        if fields.set.len() != present.len() || fields.set.iter().zip(present).any(|(s, p)| *s && !*p) {
            return Err(Misuse::WrongLength.into());
        }
        at_least(count(fields.set), view.group().rules.least_of(count(present)))?;
        let closed = self.closed.map(|(closed, _)| closed);
        if closed > Some(fields.round) || (closed == Some(fields.round) && !fields.is_final) {
            return Err(Misuse::OutOfOrder.into());
        }
        let set = Members::marked(fields.set)?;
        let known = self.toggles.last().filter(|(round, _)| *round == fields.round);
        if known.is_some_and(|(_, closed)| *closed != set) {
            return Err(Misuse::OutOfOrder.into());
        }
        let mut out = alloc::vec![0u8; CloseFields::max_len(view.meters(), view.answerers())];
        let len = fields.sign(view, &self.identity, &mut out)?.len();
        out.truncate(len);
        // After a restart from progress alone the set is not known, but the first Close is.
        let first = self.closed.filter(|(round, _)| *round == fields.round && known.is_none());
        if first.is_some_and(|(_, hash)| hash != frame_hash(&out)) {
            return Err(Misuse::OutOfOrder.into());
        }
        if fields.is_final && closed != Some(fields.round) {
            self.closed = Some((fields.round, frame_hash(&out)));
            self.toggles.observe(fields.round, &set);
        }
        Ok(out)
    }

    /// A signed query for a window's bills.
    ///
    /// # Errors
    /// As [`WindowFields::sign`].
    pub fn query(&self, fields: &WindowFields<'_>) -> Result<Vec<u8>, Error> {
        let view = self.view();
        let mut out = alloc::vec![0u8; WindowFields::max_len(view.meters(), view.answerers())];
        let len = fields.sign(view, &self.identity, &mut out)?.len();
        out.truncate(len);
        Ok(out)
    }

    /// The digest of a set.
    pub fn digest(&self, member: &[bool]) -> [u8; 32] {
        let meters = self.parties.roster.meters().iter().zip(member);
        let ids = meters.filter(|(_, m)| **m).map(|(meter, _)| meter.id);
        set::digest(&self.view().epoch().roster_root, count(member), ids)
    }

    /// How far the chain of rounds has come, to be stored before an Open or a Close is sent. A utility that
    /// starts again without it breaks the chain: parties that follow it from round to round, as meters of
    /// dcnet-core do, refuse it until the next epoch.
    pub fn progress(&self) -> HeadRecord {
        let mut out = [0u8; Self::RECORD_LEN];
        let (closed, hash) = self.closed.map_or((None, [0; 32]), |(round, hash)| (Some(round), hash));
        let flags = if self.opened.is_some() { Self::OPENED } else { 0 }
            | if closed.is_some() { Self::CLOSED } else { 0 };
        let number = |round: Option<Round>| round.map_or(0, Round::to_u32).to_le_bytes();
        let head = [Self::RECORD_VERSION, flags];
        let parts: [&[u8]; 4] = [&head, &number(self.opened), &number(closed), &hash];
        let (body, sum) = out.split_at_mut(Self::RECORD_LEN - 4);
        for (place, byte) in body.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        sum.copy_from_slice(&check(body));
        out
    }

    /// Goes on from stored progress of this epoch or the one before. Counts of changes and what bills are made of
    /// are not in it: where there are answerers, store [`Head::to_bytes`] instead, or their counts are ahead of these
    /// and they refuse sets with meters that come and go (whom [`Answerer::left_out`](crate::answer::Answerer::left_out)
    /// names).
    ///
    /// # Errors
    /// [`Malformed::BadRecord`]; [`Misuse::OutOfOrder`] if this head has opened or closed a round already.
    /// Nothing has changed then.
    pub fn resume(&mut self, record: &[u8]) -> Result<(), Error> {
        let bad = Malformed::BadRecord;
        let record: &HeadRecord = record.try_into().map_err(|_| bad)?;
        let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        if check(body) != *stored || reader.u8()? != Self::RECORD_VERSION {
            return Err(bad.into());
        }
        if self.opened.is_some() || self.closed.is_some() {
            return Err(Misuse::OutOfOrder.into());
        }
        let flags = reader.u8()?;
        let (opened, closed) = (Round::from(reader.u32()?), Round::from(reader.u32()?));
        let hash = *reader.array()?;
        self.opened = (flags & Self::OPENED != 0).then_some(opened);
        self.closed = (flags & Self::CLOSED != 0).then_some((closed, hash));
        Ok(())
    }

    /// The first t answerers of those that `reachable` allows.
    ///
    /// # Errors
    /// [`Error::Quorum`] if there are fewer.
    pub fn quorum(&self, threshold: u8, reachable: impl Fn(u8) -> bool) -> Result<Quorum, Error> {
        let numbers: Vec<u8> =
            (1..=self.view().answerers()).filter(|n| reachable(*n)).take(threshold.into()).collect();
        at_least(u32::try_from(numbers.len()).unwrap_or(u32::MAX), threshold.into())?;
        Quorum::new(&numbers)
    }
}

/// What the utility learns of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The round.
    pub round: Round,
    /// One sum a channel, in the unit of the readings.
    pub values: Vec<i64>,
    /// Meters in the sum.
    pub meters: u32,
}

/// How many are in a set.
pub fn count(member: &[bool]) -> u32 {
    u32::try_from(member.iter().filter(|m| **m).count()).unwrap_or(u32::MAX)
}

fn at_least(have: u32, need: u32) -> Result<(), Error> {
    if have < need { Err(Error::Quorum { have, need }) } else { Ok(()) }
}
