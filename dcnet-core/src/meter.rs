//! The meter: one contribution a round, and a repair if neighbours are missing.

mod close;
mod edges;
mod setup;
mod state;

use core::fmt;

use meter_link::answer::{AnswererLink, BLOCK};
use meter_link::field::Field64;
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::mark::MarkRecord;
use meter_link::pad::{self, Stream};
use meter_link::round::{Chain, Open};
use meter_link::{Channels, EpochTerms, Error, Fault, HighWater, Misuse, PairKey, PartyId, Prepared, Round};

use crate::neighbour::Neighbour;
use crate::params::{frame_len, words};
use crate::record;

/// Who the meter is: its id, its position in the roster, the device's channels that it reads.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The meter's id.
    pub id: PartyId,
    /// Its position among the roster's meters.
    pub position: u32,
    /// The channels.
    pub channels: Channels,
}

/// A meter of one epoch. `N` holds a [`Neighbour`] for each neighbour, `H` a link for each holder: arrays or
/// a caller's slices on a device, `Vec`s elsewhere.
pub struct Meter<N, H> {
    view: EpochTerms,
    // All of `Params` that the view does not have: a device has no room for things twice.
    opens: u8,
    min_neighbours: u32,
    place: Place,
    step: u32,
    frame_key: PairKey,
    neighbours: N,
    holders: H,
    chain: Chain,
    round: Option<Running>,
    /// The last round that it has contributed to, whatever became of it, until it is named absent.
    sent: Option<Round>,
    /// First round in which it sends again.
    away_until: Round,
}

/// Rounds for which a meter stays away that was named absent while it was sending.
pub(crate) const STAY_AWAY: u32 = 96;
/// Rounds after a contribution in which it counts as sending.
const SENDING: u32 = 2;

/// The round that is open.
#[derive(Clone, Copy)]
struct Running {
    round: Round,
    /// Meters that the Open names present.
    present: u32,
    /// In the last Close, or named present while there was none.
    own_inside: bool,
    contributed: bool,
    close_seen: bool,
    /// Meters of the last Close, or of the Open.
    left: u32,
}

impl Running {
    fn none() -> Self {
        let round = Round::from(0);
        Running { round, present: 0, own_inside: false, contributed: false, close_seen: false, left: 0 }
    }
}

impl<N, H> Meter<N, H>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
{
    /// Takes a stored [`CloseRecord`](crate::CloseRecord) into account after a reboot: the meter stays silent in that round and
    /// all before it. A record of another epoch's round changes nothing.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`](crate::Malformed::BadRecord).
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let (round, hash, is_final) = record::decode(record)?;
        if !self.view.contains(round) {
            return Ok(());
        }
        self.chain.abandon(round, hash, is_final);
        if self.round.is_some_and(|running| running.round <= round) {
            self.round = None;
        }
        Ok(())
    }

    /// Takes the utility's Open. Keys of earlier ratchet steps are gone from here on, whether this meter
    /// contributes or not.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the utility: signature, time, chain, fewer meters
    /// than the minimum, or this meter among them with fewer neighbours than `min_neighbours`. Nothing has
    /// changed then.
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        let open = Open::verify(frame, &self.view, now)?;
        self.open_verified(&open)
    }

    /// The same for an Open whose form, time and signature hold.
    pub(crate) fn open_verified(&mut self, open: &Open<'_>) -> Result<(), Error> {
        let utility = PartyId::UTILITY;
        let present = open.present.count();
        if present < self.view.group().rules.min_meters() {
            return Err(Fault::SetTooSmall.of(utility));
        }
        let own_inside = open.present.contains(self.place.position);
        let around = self.neighbours.as_ref().iter();
        let around = around.filter(|n| open.present.contains(n.position())).count();
        if own_inside && around < self.min_neighbours as usize {
            return Err(Fault::TooFewNeighbours.of(utility));
        }
        let step = self.view.step(open.round)?;
        // Keys do not go back: this Open is of before a stored state.
        if step < self.step {
            return Err(Fault::RoundClosed.of(utility));
        }
        if !self.chain.open(open)? {
            return Ok(());
        }
        if !own_inside && self.sent.take().is_some_and(|sent| was_sending(sent, open)) {
            self.away_until = Round::from(open.round.to_u32().saturating_add(STAY_AWAY));
        }
        self.advance_to(step);
        for neighbour in self.neighbours.as_mut() {
            neighbour.begin(open.present.contains(neighbour.position()));
        }
        self.round = Some(Running {
            round: open.round,
            present,
            own_inside,
            contributed: false,
            close_seen: false,
            left: present,
        });
        Ok(())
    }

    /// Makes the round's one contribution in `out`, whose length is at least
    /// [`Params::contribution_len`](crate::Params::contribution_len). The record is to be stored before anything of
    /// `out` leaves the device, also if what is returned here is dropped.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] without the round's Open or after its Close; [`Fault::NotInOpen`] if the Open
    /// names this meter absent, [`Fault::TooManyChanges`] while it stays away; [`Misuse::RoundOutsideEpoch`],
    /// [`Misuse::RoundFarFromNow`],
    /// [`Misuse::WrongChannels`], [`Misuse::ReadingTooLarge`], [`Misuse::WrongLength`],
    /// [`Misuse::TimeAlreadyUsed`]. Neither `out` nor the mark has changed then.
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
        let words = self.words(reading.len());
        let out = out.get_mut(..frame_len(words)).ok_or(Misuse::WrongLength)?;
        let running = self.round.as_mut().filter(|r| r.round == round && !r.close_seen);
        let running = running.ok_or(Misuse::OutOfOrder)?;
        if !running.own_inside {
            return Err(Fault::NotInOpen.of(PartyId::UTILITY));
        }
        if round < self.away_until {
            return Err(Fault::TooManyChanges.of(PartyId::UTILITY));
        }
        // The mark says so too, if it is the one of before: another one would let two readings out under one pad.
        if running.contributed {
            return Err(Misuse::TimeAlreadyUsed.into());
        }
        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.place.channels, &self.view.group().schedule, round)?;
        running.contributed = true;
        self.sent = Some(round);
        let header = self.view.header(Kind::Contribution, Flags::TRANSMISSION, self.place.id, round);
        let mut writer = Writer::frame(out, &header)?;
        self.mask(round, reading, writer.room(words.wrapping_mul(Field64::LEN))?)?;
        let frame: &[u8] = writer.finish_tagged(&header, &self.frame_key)?;
        Ok(Prepared::new(record, frame))
    }

    /// `y = reading + b + Σ_{j>i} pad_ij − Σ_{j<i} pad_ij`, then the corrections of holders t + 1 … c.
    fn mask(&mut self, round: Round, reading: &[i64], payload: &mut [u8]) -> Result<(), Error> {
        let threshold = self.opens;
        let own = self.place.position;
        let (masked, corrections) = payload
            .as_chunks_mut::<{ Field64::LEN }>()
            .0
            .split_at_mut_checked(reading.len())
            .ok_or(Misuse::WrongLength)?;
        let blocks = masked.chunks_mut(BLOCK).zip(reading.chunks(BLOCK));
        for (counter, (masked, values)) in (0u32..).zip(blocks) {
            let first = (counter as usize).wrapping_mul(BLOCK);
            let mut sum = if threshold == 0 {
                [Field64::ZERO; BLOCK]
            } else {
                AnswererLink::share_block(
                    self.holders.as_mut(),
                    threshold,
                    round,
                    counter,
                    None,
                    |number, correction| {
                        let row = usize::from(number.wrapping_sub(threshold).wrapping_sub(1));
                        let place = row.wrapping_mul(reading.len()).wrapping_add(first);
                        let row = corrections.get_mut(place..).ok_or(Misuse::WrongLength)?;
                        for (place, value) in row.iter_mut().zip(correction).take(values.len()) {
                            *place = value.to_bytes();
                        }
                        Ok(())
                    },
                )?
            };
            let pairs = self.neighbours.as_ref().iter().filter(|n| n.is_present());
            let pairs = pairs.map(|n| (n.key(), own < n.position()));
            let wanted = sum.get_mut(..values.len()).ok_or(Misuse::WrongLength)?;
            pad::signed_sum_from(counter, pairs, round, Stream::Mask, wanted);
            for ((place, mask), value) in masked.iter_mut().zip(sum).zip(values) {
                *place = (mask + Field64::from_i64(*value)).to_bytes();
            }
            zeroize::Zeroize::zeroize(&mut sum);
        }
        Ok(())
    }

    fn words(&mut self, channels: usize) -> usize {
        let holders = u8::try_from(self.holders.as_mut().len()).unwrap_or(u8::MAX);
        words(holders, self.opens, channels)
    }

    fn advance_to(&mut self, step: u32) {
        for _ in self.step..step {
            self.neighbours.as_mut().iter_mut().for_each(|n| n.key_mut().ratchet());
            self.holders.as_mut().iter_mut().for_each(|h| h.key_mut().ratchet());
        }
        self.step = step;
    }
}

/// Whether a meter that has sent in a round could not have been taken for absent since: that was at most two rounds
/// before, or no later one was closed.
fn was_sending(sent: Round, open: &Open<'_>) -> bool {
    let recent = sent.to_u32().saturating_add(SENDING) >= open.round.to_u32();
    recent || open.previous.is_none_or(|(closed, _)| closed <= sent)
}

impl<N, H> fmt::Debug for Meter<N, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("place", &self.place).finish_non_exhaustive()
    }
}
