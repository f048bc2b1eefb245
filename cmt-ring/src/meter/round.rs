//! A meter's part of a round.

use meter_link::mark::MarkRecord;
use meter_link::pad::Stream;
use meter_link::{HighWater, Misuse, Prepared, Round};
use rand_core::CryptoRng;

use super::Meter;
use crate::error::Error;
use crate::key::Words;
use crate::params::Mode;

/// What a member sends in a round of [`Mode::Drawn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent<'o> {
    /// To the supplier.
    pub contribution: &'o [u8],
    /// To the successor.
    pub delta: &'o [u8],
}

impl<const C: usize> Meter<C> {
    /// [`Mode::Drawn`]: takes the predecessor's δ, draws the own one, and makes the round's one ciphertext.
    /// `out` has room for both ([`Params::contribution_len`](crate::Params::contribution_len) and
    /// [`Params::delta_len`](crate::Params::delta_len)). The record is to be stored before either frame can be
    /// had. The concentrator starts and closes the ring instead.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`](crate::Fault) blaming the sender of δ: not the predecessor,
    /// another round, a wrong seal (also of another generation);
    /// [`Misuse::TimeAlreadyUsed`] for a second contribution of this time stamp, in whatever generation,
    /// mode or protocol; [`NotSeated`](crate::Misuse::NotSeated), [`WrongMode`](crate::Misuse::WrongMode),
    /// [`Misuse::WrongRole`] (concentrator), [`Misuse::RoundOutsideEpoch`], [`Misuse::RoundFarFromNow`],
    /// [`Misuse::WrongChannels`], [`Misuse::ReadingTooLarge`], [`Misuse::WrongLength`],
    /// [`Misuse::OutOfOrder`] for a round before the generation. Nothing has changed then.
    #[allow(clippy::too_many_arguments)] // a step takes what it needs, and nothing of it belongs together
    pub fn relay<'o, const CHANNELS: usize, R: CryptoRng + ?Sized>(
        &mut self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        delta: &[u8],
        out: &'o mut [u8],
        rng: &mut R,
    ) -> Result<Prepared<Sent<'o>, MarkRecord>, Error> {
        self.params.require(Mode::Drawn)?;
        self.check_round(now, round, reading)?;
        let (own_out, delta_out) = self.split(out)?;
        let (view, me) = (self.view, self.id());
        let seat = self.seated()?;
        if seat.lead.is_some() {
            return Err(Misuse::WrongRole.into());
        }
        let links = seat.links_at(&view, round)?;
        let of_predecessor = seat.open_delta(&view, me, round, &links, delta)?;

        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.channels, &view.group().schedule, round)?;
        let mut own = Words::draw(self.params.modulus(), view.channels(), rng);
        own.hedge(&links.keys.successor, round, Stream::Delta, view.channels());
        seat.seal_delta(&view, me, round, &links, &own, delta_out)?;
        let half = seat.first.half_open(&own, reading);
        let contribution = seat.contribution(&view, round, &half, &of_predecessor, own_out)?;
        if let Some(seat) = &mut self.seat {
            seat.advance(round, links);
        }
        Ok(Prepared::new(record, Sent { contribution, delta: delta_out }))
    }

    /// [`Mode::Derived`]: makes the round's one ciphertext, with both δ from the ring links' keys. All
    /// members do this side by side, the concentrator too. `out` has room for
    /// [`Params::contribution_len`](crate::Params::contribution_len) bytes.
    ///
    /// # Errors
    /// As [`Meter::relay`], but for what concerns δ and the concentrator.
    pub fn contribute<'o, const CHANNELS: usize>(
        &mut self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &'o mut [u8],
    ) -> Result<Prepared<&'o [u8], MarkRecord>, Error> {
        self.params.require(Mode::Derived)?;
        self.check_round(now, round, reading)?;
        let out = out.get_mut(..self.params.contribution_len()).ok_or(Misuse::WrongLength)?;
        let view = self.view;
        let seat = self.seated()?;
        let (links, modulus) = (seat.links_at(&view, round)?, self.params.modulus());

        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.channels, &view.group().schedule, round)?;
        let (own, of_predecessor) = links.derive(modulus, round, view.channels());
        let half = seat.first.half_open(&own, reading);
        let contribution = seat.contribution(&view, round, &half, &of_predecessor, out)?;
        if let Some(seat) = &mut self.seat {
            seat.advance(round, links);
        }
        Ok(Prepared::new(record, contribution))
    }

    pub(crate) fn check_round(&self, now: Round, round: Round, reading: &[i64]) -> Result<(), Error> {
        self.view.check_own_round(now, round)?;
        self.view.group().check_reading(reading)?;
        if self.seat.as_ref().and_then(|seat| seat.until).is_some_and(|until| round >= until) {
            return Err(crate::Misuse::TermOver.into());
        }
        // The mark says so too, if it is the one of before: another one would let two readings out under one key.
        let spent = self.seat.as_ref().and_then(|seat| seat.spent);
        if spent.is_some_and(|spent| round <= spent) {
            return Err(Misuse::TimeAlreadyUsed.into());
        }
        Ok(())
    }

    /// Room for a ciphertext and for a δ.
    fn split<'o>(&self, out: &'o mut [u8]) -> Result<(&'o mut [u8], &'o mut [u8]), Error> {
        let split = out.split_at_mut_checked(self.params.contribution_len());
        let (own, rest) = split.ok_or(Misuse::WrongLength)?;
        Ok((own, rest.get_mut(..self.params.delta_len()).ok_or(Misuse::WrongLength)?))
    }
}
