//! The relay of a grown graph, and whom it lets into rounds.

use std::collections::BTreeSet;

use dcnet_core::Params;
use dcnet_core::grown::{Registrar, is_connected};
use meter_link::frame::{Flags, Reader};
use meter_link::round::{FrameHash, frame_hash};
use meter_link::{Error, Header, Kind, PartyId, Round};

use crate::engine::dcnet::refused;
use crate::engine::{Ctx, Event, Letter, Refusal};

/// First bytes of records.
pub(super) const NOTICE: u8 = 5;
pub(super) const STATEMENT: u8 = 6;

/// Questions that are asked in a slot, at most.
const MOST_QUESTIONS: usize = 256;

pub(super) struct Registry {
    registrar: Registrar,
    meters: Vec<PartyId>,
    /// Frames that are in the journal since the last state: again, they change nothing.
    known: BTreeSet<FrameHash>,
    shape: (usize, usize, bool),
}

impl Registry {
    pub(super) fn new(params: &Params, registrar: Registrar, meters: Vec<PartyId>) -> Option<Self> {
        let shape = (0, 0, true);
        params.is_grown().then(|| Self { registrar, meters, known: BTreeSet::new(), shape })
    }

    /// A statement of edges or an emergency, by the header alone.
    pub(super) fn is_statement(&self, frame: &[u8]) -> bool {
        matches!(form(frame), Some((Kind::Entered, 1) | (Kind::Exit, 2)))
    }

    pub(super) fn is_exit(&self, frame: &[u8]) -> bool {
        matches!(form(frame), Some((Kind::Exit, 0)))
    }

    pub(super) fn state(
        &mut self,
        ctx: &mut Ctx<'_>,
        now: Round,
        from: PartyId,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        self.registrar.accept(now, frame).map_err(|error| refused(error, from))?;
        self.record(ctx, STATEMENT, now, frame);
        Ok(())
    }

    /// Passes a notice on to whom it is for, who must be `to` where the letter says so.
    pub(super) fn relay(
        &mut self,
        ctx: &mut Ctx<'_>,
        now: Round,
        from: PartyId,
        to: Option<PartyId>,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        let parties = self.registrar.relay(now, frame).map_err(|error| refused(error, from))?;
        self.record(ctx, NOTICE, now, frame);
        if to.is_none() {
            let what = "left".to_owned();
            ctx.out.event(Event::Member { round: now.to_u32(), party: from.0, what });
        }
        for party in parties.into_iter().filter(|party| to.is_none_or(|to| to == *party)) {
            ctx.out.send(party, Letter::Relay { party: from, frame: frame.to_vec() });
        }
        Ok(())
    }

    /// `kind u8 ‖ now u32 ‖ frame`.
    fn record(&mut self, ctx: &mut Ctx<'_>, kind: u8, now: Round, frame: &[u8]) {
        // An offer counts each time, but only against who floods.
        if self.known.insert(frame_hash(frame)) {
            let mut record = vec![kind];
            record.extend(now.to_u32().to_le_bytes());
            record.extend_from_slice(frame);
            ctx.out.record(&record);
        }
    }

    /// Takes a record of this registry into account after a restart.
    pub(super) fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(record);
        let (kind, now) = (reader.u8()?, Round::from(reader.u32()?));
        let frame = reader.rest();
        self.known.insert(frame_hash(frame));
        match kind {
            NOTICE => self.registrar.relay(now, frame).map(drop),
            _ => self.registrar.accept(now, frame).map(drop),
        }
    }

    /// A round begins: whom it may name present.
    pub(super) fn open(&mut self, round: Round, wanted: &[bool]) -> Result<Vec<bool>, Error> {
        self.registrar.open(round, wanted)
    }

    pub(super) fn edges(&self, round: Round, present: &[bool]) -> Vec<Vec<u32>> {
        self.registrar.edges(round, present)
    }

    /// The state is stored: earlier records are of no use any more.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.registrar.to_bytes()
    }

    pub(super) fn stored(&mut self) {
        self.known.clear();
    }

    /// Who sees an edge differently is asked about it, and who does not seem to know of an exit hears of it again.
    pub(super) fn ask(&self, ctx: &mut Ctx<'_>, round: Round, here: &BTreeSet<PartyId>) {
        let next = Round::from(round.to_u32().saturating_add(1));
        let id = |place: u32| self.meters.get(place as usize).copied();
        for (a, b) in self.registrar.unsettled(next).into_iter().take(MOST_QUESTIONS) {
            let (Some(a), Some(b)) = (id(a), id(b)) else { continue };
            for (to, party) in [(a, b), (b, a)] {
                if here.contains(&to) {
                    ctx.out.send(to, Letter::Relay { party, frame: Vec::new() });
                }
            }
        }
        for (to, exit) in self.registrar.owed().take(MOST_QUESTIONS) {
            let Ok(Header { sender: party, .. }) = Header::parse(exit) else { continue };
            for to in to.into_iter().filter(|to| here.contains(to)) {
                ctx.out.send(to, Letter::Relay { party, frame: exit.to_vec() });
            }
        }
    }

    /// The graph of a round, if it has another shape than the one before.
    pub(super) fn shape(&mut self, ctx: &mut Ctx<'_>, round: Round, edges: &[Vec<u32>], present: &[bool]) {
        let ends: usize = edges.iter().map(Vec::len).sum();
        let meters = present.iter().filter(|present| **present).count();
        let shape = (meters, ends / 2, is_connected(edges, present));
        if std::mem::replace(&mut self.shape, shape) != shape {
            let (meters, edges, connected) = shape;
            let whole = if connected { "connected" } else { "in parts" };
            let what = format!("{meters} meters, {edges} edges, {whole}");
            ctx.out.event(Event::Topology { round: round.to_u32(), what });
        }
    }
}

/// Kind and form of a notice (meter-link's docs/wire.md, 2.14).
fn form(frame: &[u8]) -> Option<(Kind, u8)> {
    let header = Header::parse(frame).ok()?;
    Some((header.kind, header.flags.0 >> Flags::PASS_SHIFT))
}
