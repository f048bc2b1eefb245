//! The utility's side of a grown graph: passes notifications on, and knows which edges both ends have.

mod exits;
mod known;
mod opening;
mod state;

pub use opening::is_connected;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::frame::{Reader, TaggedFrame};
use meter_link::head::Parties;
use meter_link::{Error, Fault, Header, Malformed, Misuse, PartyId, Round};

use self::known::{Known, Place};
use super::notice::{Address, EdgeId, Form, Notice, Signed, edge_id};
use super::{AHEAD, LEAST_NEIGHBOURS, Listed, MOST_SLOTS};
use crate::params::Params;

/// Relay and book-keeper of a grown graph. It sees public keys, signatures and sealed bytes.
///
/// An edge is in force where the last statements of both ends say so. From the answer on, which passes through here,
/// either end *may* have it: no Open names both of them present, from the edge's first round on, until both have
/// stated. So every pad of a round is in it twice.
#[derive(Debug)]
pub struct Registrar {
    parties: Arc<Parties>,
    least: u32,
    meters: Vec<Entry>,
    /// Offers that were passed on, until their first round is open: from, to, first round, edge.
    offers: BTreeSet<(u32, u32, Round, EdgeId)>,
    /// Edges whose answer was passed on.
    known: BTreeMap<Place, Known>,
    /// Those of which not both ends have spoken since.
    doubts: BTreeSet<Place>,
    opened: Option<Round>,
    /// Whom the last Open named present.
    present: Vec<bool>,
}

/// What is known of a meter.
#[derive(Clone, Debug, Default)]
struct Entry {
    /// Ascending by round; the last one before the next Open, and later ones.
    statements: Vec<Statement>,
    /// First round without it, until a later statement.
    away: Option<Round>,
    /// Edges of before this round are gone: its last exit.
    left: Option<Round>,
    /// The exit, while some neighbour may not have it.
    exit: Option<(Round, Vec<u8>)>,
    offers: u16,
}

/// A meter's edges from a round on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    from: Round,
    /// Position of the other end and first round, ascending.
    edges: Vec<(u32, Round)>,
}

impl Entry {
    /// What holds of it in a round; nothing while it is away.
    fn statement(&self, round: Round) -> Option<&Statement> {
        if self.away.is_some_and(|away| away <= round) {
            return None;
        }
        self.statements.iter().rev().find(|statement| statement.from <= round)
    }

    fn first_round(&self, peer: u32, round: Round) -> Option<Round> {
        let edges = &self.statement(round)?.edges;
        let place = edges.binary_search_by_key(&peer, |(place, _)| *place).ok()?;
        edges.get(place).map(|(_, first)| *first)
    }
}

impl Registrar {
    /// Offers of one meter in an epoch that are passed on.
    pub const MOST_OFFERS: u16 = 64;

    /// Statements of one meter that are kept. None is of more than two rounds ahead.
    const MOST_STATEMENTS: usize = 16;

    /// No edge yet. The parties are those of [`Utility::parties`](crate::Utility::parties).
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] unless the parameters are those of a grown graph.
    pub fn new(params: &Params, parties: &Arc<Parties>) -> Result<Self, Error> {
        params.check(parties.view())?;
        if !params.is_grown() {
            return Err(Misuse::BadParameter.into());
        }
        let meters = alloc::vec![Entry::default(); parties.roster().meters().len()];
        Ok(Registrar {
            parties: Arc::clone(parties),
            least: params.min_neighbours().max(LEAST_NEIGHBOURS),
            present: alloc::vec![false; meters.len()],
            meters,
            offers: BTreeSet::new(),
            known: BTreeMap::new(),
            doubts: BTreeSet::new(),
            opened: None,
        })
    }

    /// Checks a frame between meters and tells for whom it is. [`Registrar::to_bytes`] is to be stored before an
    /// answer is passed on.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the sender: unknown, signature, epoch; [`Fault::RoundFarFromNow`] for an edge
    /// that does not begin soon and after the last Open; [`Fault::TooManyChanges`] for more than
    /// [`Registrar::MOST_OFFERS`] offers; [`Fault::NotExpected`] for an answer to no offer that was passed on, for a
    /// confirmation or refusal of no edge that was answered, and for an exit that lists others than have been stated.
    /// Nothing has changed then.
    pub fn relay(&mut self, now: Round, frame: &[u8]) -> Result<Vec<PartyId>, Error> {
        let header = Header::parse(frame)?;
        let sender = header.sender;
        let from = self.position(sender).and_then(|place| Listed::at(self.parties.roster(), place));
        let from = from.ok_or(Fault::UnknownSender.of(sender))?;
        let Signed { to, notice, .. } = Signed::verify(frame, self.parties.view(), &from)?;
        let round = header.round;
        let number = round.to_u32();
        let soon = number > now.to_u32() && number <= now.to_u32().saturating_add(AHEAD);
        let to = match (to, notice) {
            (Address::Neighbours, Notice::Exit { neighbours }) => {
                return self.take_exit(now, &from, round, neighbours, frame);
            }
            (Address::Meter(to), _) => to,
            (Address::Neighbours, _) => return Err(Malformed::WrongKind.into()),
        };
        let own = from.position();
        let place =
            self.position(to).and_then(|place| u32::try_from(place).ok()).filter(|place| *place != own);
        let place = place.ok_or(Fault::NotExpected.of(sender))?;
        match notice {
            Notice::Offer { .. } => {
                if !soon || Some(round) <= self.opened {
                    return Err(Fault::RoundFarFromNow.of(sender));
                }
                let entry = self.entry(own).ok_or(Fault::UnknownSender.of(sender))?;
                if entry.offers >= Self::MOST_OFFERS {
                    return Err(Fault::TooManyChanges.of(sender));
                }
                entry.offers = entry.offers.saturating_add(1);
                self.offers.insert((own, place, round, edge_id(frame)));
            }
            Notice::Answer { edge, .. } => self.take_answer((own, sender), place, round, edge, soon)?,
            Notice::Confirmation { edge, .. } => self.take_confirmation((own, sender), place, round, edge)?,
            Notice::Refusal { edge } => self.take_refusal((own, sender), place, round, edge)?,
            Notice::Exit { .. } => {}
        }
        Ok(alloc::vec![to])
    }

    /// Takes a statement or an emergency; the same frame again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the sender: unknown, tag, epoch; [`Fault::RoundFarFromNow`];
    /// [`Fault::Contradiction`] for a second and different statement for a round; [`Fault::WrongRound`] for one of
    /// before the last. Nothing has changed then. An edge that was never answered is taken down, as the meter uses
    /// what it has stated, and keeps it out ([`Registrar::open`]).
    pub fn accept(&mut self, now: Round, frame: &[u8]) -> Result<PartyId, Error> {
        let form = Form::of(&Header::parse(frame)?)?;
        if !matches!(form, Form::Statement | Form::Emergency) {
            return Err(Malformed::UnknownFlags.into());
        }
        let view = *self.parties.view();
        let frame = TaggedFrame::parse(frame, &view.expect(form.kind(), form.flags()))?;
        let header = *frame.header();
        let sender = header.sender;
        let unknown = Fault::UnknownSender.of(sender);
        let position = self.position(sender).ok_or(unknown)?;
        let parties = Arc::clone(&self.parties);
        let mut payload = frame.verify(parties.meter_key(position).ok_or(unknown)?)?;
        if !view.epoch().contains(header.round) {
            return Err(Fault::WrongEpoch.of(sender));
        }
        // An old one that comes late is still what the meter uses.
        if header.round.to_u32() > now.to_u32().saturating_add(Round::WINDOW) {
            return Err(Fault::RoundFarFromNow.of(sender));
        }
        let own = u32::try_from(position).map_err(|_| unknown)?;
        if form == Form::Emergency {
            payload.end()?;
            let entry = self.entry(own).ok_or(unknown)?;
            if entry.statements.last().is_none_or(|last| last.from <= header.round) {
                entry.away = entry.away.max(Some(header.round));
            }
            return Ok(sender);
        }
        let edges = read_edges(&mut payload, own, view.meters(), header.round)?;
        payload.end()?;
        let statement = Statement { from: header.round, edges };
        let opened = self.opened;
        let entry = self.entry(own).ok_or(unknown)?;
        match entry.statements.iter().find(|known| known.from >= statement.from) {
            Some(known) if *known == statement => return Ok(sender),
            Some(known) if known.from == statement.from => return Err(Fault::Contradiction.of(sender)),
            Some(_) => return Err(Fault::WrongRound.of(sender)),
            None => {}
        }
        entry.away = entry.away.filter(|away| *away >= statement.from);
        entry.statements.push(statement);
        // Rounds up to the last Open are settled: of their statements the last one stays.
        let over = entry.statements.iter().filter(|known| Some(known.from) <= opened).count();
        let many = entry.statements.len().saturating_sub(Self::MOST_STATEMENTS);
        entry.statements.drain(..over.saturating_sub(1).max(many));
        Ok(sender)
    }

    /// Drops doubts about which both ends have spoken.
    fn forget(&mut self) {
        let doubts = core::mem::take(&mut self.doubts);
        let spoken =
            |place: u32, at: &Place| self.has_refused(place, at) || self.spoken_before_next(place, at.2);
        let open = |at: &Place| !(spoken(at.0, at) && spoken(at.1, at));
        self.doubts = doubts.into_iter().filter(open).collect();
    }

    /// Whether the statement that holds in the next round to be opened is of `first` or later: then every later
    /// one is, too.
    fn spoken_before_next(&self, place: u32, first: Round) -> bool {
        let next = self.opened.map_or(0, |opened| opened.to_u32().saturating_add(1));
        let statements = self.meters.get(place as usize).map(|entry| entry.statements.as_slice());
        let holding = statements.unwrap_or_default().iter().rev().find(|s| s.from.to_u32() <= next);
        holding.is_some_and(|statement| statement.from >= first)
    }

    fn position(&self, id: PartyId) -> Option<usize> {
        self.parties.roster().position(id)
    }

    fn entry(&mut self, place: u32) -> Option<&mut Entry> {
        self.meters.get_mut(place as usize)
    }
}

/// `count u16 ‖ (position u32 ‖ first round u32) …`, ascending, at most 255, none beyond the roster, after the round or the own.
fn read_edges(
    reader: &mut Reader<'_>,
    own: u32,
    meters: u32,
    from: Round,
) -> Result<Vec<(u32, Round)>, Error> {
    let count = usize::from(reader.u16()?);
    if count > MOST_SLOTS {
        return Err(Malformed::BadField.into());
    }
    let rows = reader.bytes(count.saturating_mul(8))?.as_chunks::<8>().0;
    let mut edges: Vec<(u32, Round)> = Vec::with_capacity(rows.len());
    for row in rows {
        let mut row = Reader::new(row);
        let (peer, first) = (row.u32()?, Round::from(row.u32()?));
        let ascends = edges.last().is_none_or(|(last, _)| *last < peer);
        if !ascends || peer >= meters || peer == own || first > from {
            return Err(Malformed::BadField.into());
        }
        edges.push((peer, first));
    }
    Ok(edges)
}
