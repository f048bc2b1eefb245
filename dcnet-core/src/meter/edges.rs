//! Edges that come and go within an epoch, and how a meter says that it is there again.

use meter_link::answer::AnswererLink;
use meter_link::frame::{Kind, Writer};
use meter_link::{EpochTerms, Error, Fault, Misuse, PairKey, PartyId, Round};

use super::{Meter, Place};
use crate::grown::Form;
use crate::neighbour::Neighbour;
use crate::params::frame_len;

impl<N, H> Meter<N, H>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
{
    /// Bytes of [`Meter::report`].
    pub const REPORT_LEN: usize = 32;

    /// Tells the utility that this meter, which the last Open names absent, is there: it can be named present from
    /// the next round on. One that has taken no Open since it was made does not know, and may say so too. The same bytes, however often it is asked for in a round.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] if the last Open that was taken names it present; [`Fault::TooManyChanges`]
    /// while it stays away; [`Misuse::RoundOutsideEpoch`]; [`Misuse::WrongLength`].
    pub fn report<'o>(&self, now: Round, out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        self.view.check_own_round(now, now)?;
        if self.round.as_ref().is_some_and(|running| running.own_inside) {
            return Err(Misuse::OutOfOrder.into());
        }
        if now.to_u32().saturating_add(1) < self.away_until.to_u32() {
            return Err(Fault::TooManyChanges.of(PartyId::UTILITY));
        }
        let out = out.get_mut(..frame_len(0)).ok_or(Misuse::WrongLength)?;
        self.tagged(Form::Return, now, out, |_| Ok(()))
    }

    /// A frame to the utility.
    pub(crate) fn tagged<'o>(
        &self,
        form: Form,
        round: Round,
        out: &'o mut [u8],
        fill: impl FnOnce(&mut Writer<'o>) -> Result<(), Error>,
    ) -> Result<&'o [u8], Error> {
        let kind: Kind = form.kind();
        let header = self.view.header(kind, form.flags(), self.place.id, round);
        let mut writer = Writer::frame(out, &header)?;
        fill(&mut writer)?;
        writer.finish_tagged(&header, &self.frame_key).map(|frame| &*frame)
    }

    pub(crate) fn view(&self) -> &EpochTerms {
        &self.view
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn least_neighbours(&self) -> u32 {
        self.min_neighbours
    }

    /// Ratchet step of all keys.
    pub(crate) fn step(&self) -> u32 {
        self.step
    }

    /// For how many neighbours there is room.
    pub(crate) fn room(&self) -> usize {
        self.neighbours.as_ref().len()
    }

    /// The round whose Open was taken last.
    pub(crate) fn last_opened(&self) -> Option<Round> {
        self.round.as_ref().map(|running| running.round)
    }

    /// Whether the last Open names this meter present.
    pub(crate) fn is_inside(&self) -> bool {
        self.round.as_ref().is_some_and(|running| running.own_inside)
    }

    /// The key with the meter at a position.
    pub(crate) fn edge(&self, position: u32) -> Option<&PairKey> {
        self.neighbours.as_ref().iter().find(|n| n.position() == position).map(Neighbour::key)
    }

    /// Makes a neighbour of the meter at a position. The key is of this meter's step.
    pub(crate) fn join(&mut self, position: u32, key: PairKey) -> Result<(), Error> {
        let mut room = self.neighbours.as_mut().iter_mut();
        let room = room.find(|n| n.is_vacant()).ok_or(Misuse::WrongLength)?;
        room.restore(position, key);
        Ok(())
    }

    /// Takes a neighbour away; the room is wiped.
    pub(crate) fn part(&mut self, position: u32) {
        self.keep(|place| place != position);
    }

    /// Goes on to the ratchet step of stored keys, which are newer than this meter's state. A round of before is over
    /// for it: it could not repair any more.
    pub(crate) fn catch_up(&mut self, step: u32)
    where
        H: AsMut<[AnswererLink]>,
    {
        self.advance_to(step);
        self.round = None;
    }

    /// Takes a neighbour away whose stored key is a newer one; the round that is open is over for this meter.
    pub(crate) fn replace(&mut self, position: u32) {
        self.part(position);
        self.round = None;
    }

    /// Takes all neighbours away, and what is known of the open round: this meter has left.
    pub(crate) fn retire(&mut self) {
        self.keep(|_| false);
        self.round = None;
    }

    /// Takes all neighbours away that do not pass.
    pub(crate) fn keep(&mut self, pass: impl Fn(u32) -> bool) {
        for neighbour in self.neighbours.as_mut().iter_mut().filter(|n| !pass(n.position())) {
            *neighbour = Neighbour::default();
        }
    }
}
