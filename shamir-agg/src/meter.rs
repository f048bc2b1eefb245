//! The meter: one frame to the utility a round, no message to anybody else.

mod state;

pub(crate) use state::state_len;

use core::borrow::Borrow;
use core::fmt;

use meter_link::answer::{AnswererLink, BLOCK};
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::key::Label;
use meter_link::mark::MarkRecord;
use meter_link::roster::Member;
use meter_link::{
    Channels, EpochTerms, EpochView, Error, Field64, HighWater, LinkSecret, Misuse, PairKey, PartyId,
    Prepared, Role, Round,
};
use zeroize::Zeroize;

use crate::params::Params;

/// A meter of one epoch. `A` holds a link for each aggregator: an array or a caller's slice on a device, a
/// `Vec` elsewhere.
pub struct Meter<A> {
    view: EpochTerms,
    params: Params,
    id: PartyId,
    channels: Channels,
    step: u32,
    /// The last round it has contributed to.
    spent: Option<Round>,
    frame_key: PairKey,
    aggregators: A,
}

impl<A: AsMut<[AnswererLink]>> Meter<A> {
    /// Makes the keys with utility and aggregators in `storage`, and wipes the link secret. The members
    /// come from a checked roster; `channels` says which of the device's channels this session reads, the same
    /// ones for the whole epoch (see [`Channels`]).
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] unless there is one aggregator for each place of `storage`, and as many as
    /// the epoch has; [`Misuse::WrongChannels`] if `channels` has another count than the parameters;
    /// [`Fault`](crate::Fault) blaming a party for its key.
    pub fn new(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        channels: Channels,
        link: LinkSecret,
        aggregators: impl IntoIterator<Item: Borrow<Member>, IntoIter: Clone>,
        mut storage: A,
    ) -> Result<Self, Error> {
        if channels.count != view.group().channels {
            return Err(Misuse::WrongChannels.into());
        }
        params.check(view)?;
        AnswererLink::make(storage.as_mut(), Label::Shamir, view, id, &link, Role::Aggregator, aggregators)?;
        let frame_key = link.pair_key(Label::Frame, view.context(), id, &view.utility().peer(), &[])?;
        let (view, params, aggregators) = (*view.terms(), *params, storage);
        Ok(Meter { view, params, id, channels, step: 0, spent: None, frame_key, aggregators })
    }

    /// Makes the round's one contribution in `out`, whose length is at least
    /// [`Params::contribution_len`]. `reading` has one value a channel, in the smallest billed unit, each within
    /// ± `max_reading`; `now` is the caller's clock. The record is to be stored before the frame can be had.
    ///
    /// # Security
    /// `mark` is the one of the device, shared by all its protocols and groups: a second contribution of an
    /// interval would give the difference of two readings, or of two sums.
    ///
    /// # Errors
    /// [`Misuse::RoundOutsideEpoch`], [`Misuse::RoundFarFromNow`], [`Misuse::WrongChannels`],
    /// [`Misuse::ReadingTooLarge`], [`Misuse::WrongLength`], [`Misuse::OutOfOrder`] for a round of an earlier
    /// ratchet step, [`Misuse::TimeAlreadyUsed`]. Neither `out` nor the mark has changed then.
    pub fn contribute<'o, const CHANNELS: usize>(
        &mut self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &'o mut [u8],
    ) -> Result<Prepared<&'o [u8], MarkRecord>, Error> {
        self.view.check_own_round(now, round)?;
        self.view.group().check_reading(reading)?;
        let len = self.params.contribution_len();
        let out = out.get_mut(..len).ok_or(Misuse::WrongLength)?;
        let step = self.view.step(round)?;
        if step < self.step {
            return Err(Misuse::OutOfOrder.into());
        }
        // The mark says so too, if it is the one of before: another one would let two readings out under one pad.
        if self.spent.is_some_and(|spent| round <= spent) {
            return Err(Misuse::TimeAlreadyUsed.into());
        }
        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.channels, &self.view.group().schedule, round)?;
        self.spent = Some(round);
        self.advance_to(step);
        let header = self.view.header(Kind::Contribution, Flags::TRANSMISSION, self.id, round);
        let mut writer = Writer::frame(out, &header)?;
        let words = self.params.words();
        self.corrections(round, reading, writer.room(words.wrapping_mul(Field64::LEN))?)?;
        let frame: &[u8] = writer.finish_tagged(&header, &self.frame_key)?;
        Ok(Prepared::new(record, frame))
    }

    /// Aggregators 1 … t−1 already hold their shares: their pads. For a = t … m the frame carries
    /// `f(a) − pad_a`, all channels of one aggregator together.
    fn corrections(&mut self, round: Round, reading: &[i64], payload: &mut [u8]) -> Result<(), Error> {
        let threshold = self.params.threshold().threshold();
        let places = payload.as_chunks_mut::<{ Field64::LEN }>().0;
        for (counter, block) in (0u32..).zip(reading.chunks(BLOCK)) {
            let mut at_zero = [Field64::ZERO; BLOCK];
            for (element, value) in at_zero.iter_mut().zip(block) {
                *element = Field64::from_i64(*value);
            }
            let first = usize::try_from(counter).unwrap_or(usize::MAX).wrapping_mul(BLOCK);
            let done = AnswererLink::share_block(
                self.aggregators.as_mut(),
                threshold,
                round,
                counter,
                Some(at_zero),
                |number, correction| {
                    let row = usize::from(number.wrapping_sub(threshold)).wrapping_mul(reading.len());
                    let row = places.get_mut(row.wrapping_add(first)..).ok_or(Misuse::WrongLength)?;
                    for (place, value) in row.iter_mut().zip(correction).take(block.len()) {
                        *place = value.to_bytes();
                    }
                    Ok(())
                },
            );
            at_zero.zeroize();
            done?.zeroize(); // f(0): the readings again
        }
        Ok(())
    }

    fn advance_to(&mut self, step: u32) {
        for _ in self.step..step {
            self.aggregators.as_mut().iter_mut().for_each(|a| a.key_mut().ratchet());
        }
        self.step = step;
    }
}

impl<A> fmt::Debug for Meter<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("id", &self.id).finish_non_exhaustive()
    }
}
