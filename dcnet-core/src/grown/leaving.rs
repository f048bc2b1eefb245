//! What a meter tells the utility: its edges from a round on, that it leaves, that it is left alone.

use meter_link::answer::AnswererLink;
use meter_link::frame::Writer;
use meter_link::{Error, Identity, Misuse, Prepared, Round};

use super::notice::{Form, sign};
use super::slot::{Pair, Slot, State};
use super::{GrownMeter, exit_len, statement_len};
use crate::neighbour::Neighbour;
use crate::params::frame_len;

impl<N, H, S> GrownMeter<N, H, S>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
    S: AsRef<[Slot]> + AsMut<[Slot]>,
{
    /// States to the utility which edges this meter has from the next round on: those that are confirmed and have
    /// begun. Whatever should have begun and is not confirmed is dropped, and stays so. `record` has room for
    /// [`GrownMeter::state_len`] bytes, `out` for [`statement_len`]. The record is to be stored before the statement
    /// leaves.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] if the next round is stated or open already, and in the round in which this meter was
    /// first used since it was made or came back; [`Misuse::RoundOutsideEpoch`]; [`Misuse::WrongLength`]. Nothing has
    /// changed then.
    ///
    /// # Security
    /// A statement's tag is a one-time tag: two under one header, by a device that came back without its last record,
    /// would let the network make others. So such a device waits until what it may have told names earlier rounds.
    pub fn enter<'o>(
        &mut self,
        now: Round,
        out: &'o mut [u8],
        record: &'o mut [u8],
    ) -> Result<Prepared<&'o [u8], &'o [u8]>, Error> {
        let from = self.next_to_sign(now)?;
        let slots = self.slots.as_ref().len();
        if out.len() < statement_len(slots) || record.len() < self.state_len() {
            return Err(Misuse::WrongLength.into());
        }
        if self.stated >= Some(from) || self.meter.last_opened() >= Some(from) {
            return Err(Misuse::OutOfOrder.into());
        }
        self.behind = self.stated.is_some() && !self.in_force;
        self.restored = false;
        (self.stated, self.in_force, self.due) = (Some(from), false, false);
        self.left = self.left.filter(|left| from < *left);
        for slot in self.slots.as_mut() {
            let dropped = match &mut slot.0 {
                State::Vacant => false,
                State::Offered { first, .. } => *first <= from,
                State::Paired(pair) => {
                    if pair.first <= from {
                        pair.stated = pair.confirmed && !pair.leaving;
                    }
                    pair.first <= from && !pair.stated && !pair.applied
                }
            };
            if dropped {
                slot.vacate();
            }
        }
        let record = self.to_bytes(record)?;
        Ok(Prepared::new(record, self.statement(out)?))
    }

    /// The last statement once more: the utility does not seem to have it.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] if there is none, or this meter has left since; [`Misuse::WrongLength`].
    pub fn statement<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        // Who has left has forgotten the edges of before, and another statement for that round is none.
        let from = self.stated.filter(|_| self.left.is_none()).ok_or(Misuse::OutOfOrder)?;
        let out = out.get_mut(..statement_len(self.stated_edges().count())).ok_or(Misuse::WrongLength)?;
        self.meter.tagged(Form::Statement, from, out, |writer| self.write_edges(writer))
    }

    /// This meter leaves with the next round: for its neighbours and for the utility. Until then it still repairs; with
    /// the Open of that round its keys are gone. It may register anew later.
    ///
    /// # Errors
    /// As [`GrownMeter::enter`].
    pub fn leave<'o>(
        &mut self,
        now: Round,
        identity: &Identity,
        out: &'o mut [u8],
        record: &'o mut [u8],
    ) -> Result<Prepared<&'o [u8], &'o [u8]>, Error> {
        let from = self.next_to_sign(now)?;
        if out.len() < exit_len(self.slots.as_ref().len()) || record.len() < self.state_len() {
            return Err(Misuse::WrongLength.into());
        }
        if self.meter.last_opened() >= Some(from) {
            return Err(Misuse::OutOfOrder.into());
        }
        let me = self.meter.place().id;
        let count = u16::try_from(self.stated_edges().count()).map_err(|_| Misuse::WrongLength)?;
        let frame = sign(self.view(), Form::Exit, from, me, identity, out, |writer, _| {
            writer.u16(count)?;
            self.ascending(|pair| writer.u32(pair.peer))
        })?;
        self.left = Some(from);
        for slot in self.slots.as_mut() {
            slot.vacate();
        }
        let record = self.to_bytes(record)?;
        Ok(Prepared::new(record, frame))
    }

    /// Tells the utility that this meter is left with too few neighbours: it is to be named absent from the next round
    /// on, until a statement has enough again. The same bytes all round.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] unless it is short of neighbours; [`Misuse::RoundOutsideEpoch`];
    /// [`Misuse::WrongLength`].
    pub fn emergency<'o>(&self, now: Round, out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        if !self.is_short() {
            return Err(Misuse::OutOfOrder.into());
        }
        let out = out.get_mut(..frame_len(0)).ok_or(Misuse::WrongLength)?;
        self.meter.tagged(Form::Emergency, self.next(now)?, out, |_| Ok(()))
    }

    /// The next round, of which nothing can have been told before a power cut.
    fn next_to_sign(&mut self, now: Round) -> Result<Round, Error> {
        let from = self.next(now)?;
        if *self.since.get_or_insert(now) >= now {
            return Err(Misuse::OutOfOrder.into());
        }
        Ok(from)
    }

    fn next(&self, now: Round) -> Result<Round, Error> {
        let next = Round::from(now.to_u32().checked_add(1).ok_or(Misuse::RoundTooLarge)?);
        self.view().check_own_round(now, next)?;
        Ok(next)
    }

    pub(super) fn stated_edges(&self) -> impl Iterator<Item = &Pair> {
        self.slots.as_ref().iter().filter_map(Slot::pair).filter(|pair| pair.stated)
    }

    fn write_edges(&self, writer: &mut Writer<'_>) -> Result<(), Error> {
        writer.u16(u16::try_from(self.stated_edges().count()).map_err(|_| Misuse::WrongLength)?)?;
        self.ascending(|pair| {
            writer.u32(pair.peer)?;
            writer.u32(pair.first.to_u32())
        })
    }

    /// Stated edges by position. There is no heap to sort them on.
    fn ascending(&self, mut act: impl FnMut(&Pair) -> Result<(), Error>) -> Result<(), Error> {
        let mut after = None;
        while let Some(pair) =
            self.stated_edges().filter(|pair| Some(pair.peer) > after).min_by_key(|pair| pair.peer)
        {
            act(pair)?;
            after = Some(pair.peer);
        }
        Ok(())
    }
}
