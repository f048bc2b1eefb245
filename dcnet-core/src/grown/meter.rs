//! A meter whose neighbours come and go within an epoch.

use core::fmt;

use meter_link::answer::AnswererLink;
use meter_link::frame::Header;
use meter_link::mark::MarkRecord;
use meter_link::round::Open;
use meter_link::{
    EpochTerms, Error, Fault, HighWater, Identity, LinkPublic, Misuse, PairKey, PartyId, Prepared, Round,
};

use super::notice::{EdgeId, Form, sign};
use super::slot::{Pair, Slot, State};
use super::{AHEAD, Listed, MOST_SLOTS};
use crate::meter::Meter;
use crate::neighbour::Neighbour;
use crate::record::CloseRecord;

/// A meter of a grown graph: the [`Meter`], and room `S` for what it knows of its edges, as many [`Slot`]s as it
/// has room for neighbours.
///
/// Its edges change by statements only ([`GrownMeter::enter`]), which tell the utility what holds from a round on.
pub struct GrownMeter<N, H, S> {
    pub(super) meter: Meter<N, H>,
    pub(super) slots: S,
    /// From when on the last statement holds.
    pub(super) stated: Option<Round>,
    /// The last statement is in force.
    pub(super) in_force: bool,
    /// The statement before the last was never in force: rounds before the last one's are left out.
    pub(super) behind: bool,
    /// It came back without all of its edges in force, and has not stated them since.
    pub(super) restored: bool,
    /// When it was first used since it was made: what was stated before is of no later round than the next.
    pub(super) since: Option<Round>,
    /// There is something to state.
    pub(super) due: bool,
    /// First round without this meter, since it has left.
    pub(super) left: Option<Round>,
    /// Who is to offer after a common neighbour has left.
    pub(super) expected: Option<u32>,
    /// Offers that it still answers in this epoch.
    pub(super) answers: u16,
}

impl<N, H, S> GrownMeter<N, H, S>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
    S: AsRef<[Slot]> + AsMut<[Slot]>,
{
    /// Offers that a meter answers in an epoch, at most: each costs it a key agreement.
    pub const MOST_ANSWERS: u16 = 256;

    /// A meter without neighbours, of [`Meter::new`], and with as many vacant slots as it has room for neighbours.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] if there are fewer slots than neighbours can be, or more than 255;
    /// [`Misuse::OutOfOrder`] unless the slots are vacant.
    pub fn new(meter: Meter<N, H>, slots: S) -> Result<Self, Error> {
        if slots.as_ref().iter().any(|slot| !slot.is_vacant()) {
            return Err(Misuse::OutOfOrder.into());
        }
        if slots.as_ref().len() != meter.room() || slots.as_ref().len() > MOST_SLOTS {
            return Err(Misuse::WrongLength.into());
        }
        let (stated, left, expected) = (None, None, None);
        let answers = Self::MOST_ANSWERS;
        Ok(GrownMeter {
            meter,
            slots,
            stated,
            in_force: false,
            behind: false,
            restored: false,
            since: None,
            due: false,
            left,
            expected,
            answers,
        })
    }

    /// The meter, for its state.
    pub fn meter(&self) -> &Meter<N, H> {
        &self.meter
    }

    /// Positions of meters with whom this one has a confirmed key.
    pub fn neighbours(&self) -> impl Iterator<Item = u32> {
        let pairs = self.slots.as_ref().iter().filter_map(Slot::pair);
        pairs.filter(|pair| pair.confirmed && !pair.leaving).map(|pair| pair.peer)
    }

    /// Whether it has fewer of them than a round needs: it may offer to others, and says so to the utility
    /// ([`GrownMeter::emergency`]) if it had entered.
    pub fn is_short(&self) -> bool {
        self.neighbours().count() < self.meter.least_neighbours() as usize
    }

    /// Whether there is something to state from the next round on: an edge that begins, has not come about or is
    /// gone.
    pub fn is_due(&self, now: Round) -> bool {
        let next = now.to_u32().saturating_add(1);
        let begins = |first: Round| first.to_u32() <= next;
        let open = |slot: &Slot| match &slot.0 {
            State::Vacant => false,
            State::Offered { first, .. } => begins(*first),
            State::Paired(pair) => {
                (pair.leaving && (pair.stated || pair.applied)) || (!pair.stated && begins(pair.first))
            }
        };
        self.due || self.slots.as_ref().iter().any(open)
    }

    /// Takes the utility's Open, as [`Meter::open`] does. What was stated for this round or an earlier one is in
    /// force from here on.
    ///
    /// # Errors
    /// As [`Meter::open`]; [`Fault::NotExpected`] for a round of before the last statement, if the one before that
    /// was never in force: this meter keeps out of it. Nothing has changed then.
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        self.since.get_or_insert(now);
        let open = Open::verify(frame, self.meter.view(), now)?;
        let Open { round, present, .. } = open;
        if self.left.is_some_and(|left| left <= round) {
            self.meter.retire();
            return Ok(());
        }
        match self.stated {
            Some(_) if self.restored => return Err(Fault::NotExpected.of(PartyId::UTILITY)),
            Some(stated) if stated <= round => {}
            Some(_) if self.behind => return Err(Fault::NotExpected.of(PartyId::UTILITY)),
            _ => return self.meter.open_verified(&open),
        }
        let pairs = self.slots.as_ref().iter().filter_map(Slot::pair);
        let around = pairs.filter(|pair| pair.stated && present.contains(pair.peer)).count();
        let inside = present.contains(self.meter.place().position);
        if inside && around < self.meter.least_neighbours() as usize {
            return Err(Fault::TooFewNeighbours.of(PartyId::UTILITY));
        }
        // What goes does so after the Open, since the round before may still ask for repairs.
        let opened = self.add().and_then(|()| self.meter.open_verified(&open));
        match opened {
            Ok(()) => self.settle(),
            Err(_) => self.undo(),
        }
        opened
    }

    /// As [`Meter::contribute`].
    ///
    /// # Errors
    /// As [`Meter::contribute`].
    pub fn contribute<'o, const CHANNELS: usize>(
        &mut self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &'o mut [u8],
    ) -> Result<Prepared<&'o [u8], MarkRecord>, Error> {
        self.meter.contribute(mark, now, round, reading, out)
    }

    /// As [`Meter::close`].
    ///
    /// # Errors
    /// As [`Meter::close`].
    pub fn close<'o>(
        &mut self,
        now: Round,
        frame: &[u8],
        out: &'o mut [u8],
    ) -> Result<Prepared<Option<&'o [u8]>, CloseRecord>, Error> {
        self.meter.close(now, frame, out)
    }

    /// As [`Meter::replay`].
    ///
    /// # Errors
    /// As [`Meter::replay`].
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        self.meter.replay(record)
    }

    /// What this meter has to say to the other end of an edge until both have it, again: an offer, an answer or a
    /// confirmation. None without an edge to that position.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`].
    pub fn resend<'o>(
        &self,
        peer: &Listed,
        identity: &Identity,
        out: &'o mut [u8],
    ) -> Result<Option<&'o [u8]>, Error> {
        match self.slot_of(peer.position()).map(|slot| &slot.0) {
            Some(State::Offered { first, secret, .. }) => {
                self.write_offer(*first, peer, secret.public(), identity, out).map(Some)
            }
            // Refused, and kept to remember that.
            Some(State::Paired(pair)) if pair.leaving && !pair.confirmed => Ok(None),
            Some(State::Paired(pair)) => self.write_pair(pair, identity, out).map(Some),
            _ => Ok(None),
        }
    }

    /// Positions of the other ends to whom [`GrownMeter::resend`] is of use: edges that are not in force, or all
    /// while the last Open names this meter absent.
    pub fn unsettled(&self) -> impl Iterator<Item = u32> {
        let inside = self.meter.is_inside();
        let settled = move |slot: &&Slot| inside && slot.pair().is_some_and(|pair| pair.applied);
        self.slots.as_ref().iter().filter(move |slot| !settled(slot)).filter_map(Slot::peer)
    }

    pub(super) fn write_offer<'o>(
        &self,
        first: Round,
        to: &Listed,
        key: LinkPublic,
        identity: &Identity,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        let me = self.meter.place().id;
        sign(self.view(), Form::Offer, first, me, identity, out, |writer, _| {
            writer.u32(to.id().0)?;
            writer.bytes(&key.0)
        })
    }

    /// The answer or the confirmation of an edge.
    pub(super) fn write_pair<'o>(
        &self,
        pair: &Pair,
        identity: &Identity,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        let me = self.meter.place().id;
        sign(self.view(), pair.form(), pair.first, me, identity, out, |writer, header: &Header| {
            let proof = pair.proof(header, pair.id)?;
            writer.u32(pair.id.0)?;
            writer.bytes(&pair.edge)?;
            if !pair.offered {
                writer.bytes(&pair.answer.0)?;
            }
            writer.bytes(&proof)
        })
    }

    /// Signed: there is no such edge here, and never will be.
    pub(super) fn refuse<'o>(
        &self,
        to: &Listed,
        first: Round,
        edge: &EdgeId,
        identity: &Identity,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        let me: PartyId = self.meter.place().id;
        sign(self.view(), Form::Refusal, first, me, identity, out, |writer, _| {
            writer.u32(to.id().0)?;
            writer.bytes(edge)
        })
    }

    /// The utility's view of the epoch.
    pub(super) fn view(&self) -> &EpochTerms {
        self.meter.view()
    }

    pub(super) fn slot_of(&self, peer: u32) -> Option<&Slot> {
        self.slots.as_ref().iter().find(|slot| slot.peer() == Some(peer))
    }

    pub(super) fn slot_mut(&mut self, peer: u32) -> Option<&mut Slot> {
        self.slots.as_mut().iter_mut().find(|slot| slot.peer() == Some(peer))
    }

    /// Brings the keys of stated edges to the meter. They stay here too until the Open is taken.
    fn add(&mut self) -> Result<(), Error> {
        let meter = &mut self.meter;
        // Edges of a meter state that is older than the record have no slot, and may be in the way.
        let slots = self.slots.as_ref();
        meter.keep(|place| slots.iter().any(|slot| slot.peer() == Some(place)));
        let pairs = self.slots.as_mut().iter_mut().filter_map(Slot::pair_mut);
        for pair in pairs.filter(|pair| pair.stated && !pair.applied) {
            while pair.step < meter.step() {
                pair.key.ratchet();
                pair.step = pair.step.wrapping_add(1);
            }
            meter.join(pair.peer, PairKey::from_bytes(&pair.key.to_bytes()))?;
        }
        Ok(())
    }

    fn undo(&mut self) {
        let pairs = self.slots.as_ref().iter().filter_map(Slot::pair);
        for pair in pairs.filter(|pair| pair.stated && !pair.applied) {
            self.meter.part(pair.peer);
        }
    }

    /// The last statement is in force: wipes the keys that are with the meter now, and those of edges that are gone.
    fn settle(&mut self) {
        (self.in_force, self.behind) = (true, false);
        for slot in self.slots.as_mut() {
            let Some(pair) = slot.pair_mut() else { continue };
            if pair.stated && !pair.applied {
                pair.key = PairKey::from_bytes(&[0; 32]);
            }
            let gone = pair.applied && !pair.stated;
            pair.applied = pair.stated;
            if gone {
                slot.vacate();
            }
        }
        let pairs = || self.slots.as_ref().iter().filter_map(Slot::pair);
        self.meter.keep(|place| pairs().any(|pair| pair.applied && pair.peer == place));
    }

    /// The range of first rounds that an offer may name.
    pub(super) fn may_begin(&self, now: Round, first: Round) -> bool {
        let (now, number) = (now.to_u32(), first.to_u32());
        let soon = number > now.saturating_add(1) && number <= now.saturating_add(AHEAD);
        soon && Some(first) > self.stated
            && self.left.is_none_or(|left| left < first)
            && self.view().contains(first)
    }
}

impl<N, H, S> fmt::Debug for GrownMeter<N, H, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrownMeter").field("meter", &self.meter).finish_non_exhaustive()
    }
}
