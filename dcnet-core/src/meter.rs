//! The meter: one contribution a round, and a repair if neighbours are missing.

use core::borrow::Borrow;
use core::fmt;

use meter_link::answer::{AnswererLink, BLOCK, Threshold};
use meter_link::field::Field64;
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::key::Label;
use meter_link::mark::MarkRecord;
use meter_link::pad::{self, Stream};
use meter_link::roster::Member;
use meter_link::round::{Chain, Close, Open};
use meter_link::{
    Channels, EpochView, Error, Fault, HighWater, LinkSecret, Misuse, PairKey, PartyId, Prepared, Round,
};

use crate::neighbour::Neighbour;
use crate::params::{Params, frame_len, words};
use crate::record::{self, CloseRecord};

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
    view: EpochView,
    // All of `Params` that the view does not have: a device has no room for things twice.
    threshold: Threshold,
    min_neighbours: u32,
    place: Place,
    step: u32,
    frame_key: PairKey,
    neighbours: N,
    holders: H,
    chain: Chain,
    round: Option<Running>,
}

/// The round that is open.
#[derive(Clone, Copy)]
struct Running {
    round: Round,
    /// Meters that the Open names present.
    present: u32,
    own_present: bool,
    contributed: bool,
    close_seen: bool,
    /// Meters of the last Close, or of the Open.
    left: u32,
}

impl<N, H> Meter<N, H>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
{
    /// Makes the keys with utility, holders and neighbours in the storage given, and wipes the link secret.
    /// The members come from a checked roster; neighbours ascend by position, as
    /// [`graph::neighbours`](crate::graph::neighbours) lists them.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] unless storage and members go together; [`Misuse::WrongChannels`];
    /// [`Misuse::BadParameter`] for neighbours that do not ascend or are the meter itself;
    /// [`Fault`] blaming a party for its key.
    #[allow(clippy::too_many_arguments)] // each is a different thing, and a device has no heap for a builder
    pub fn new(
        params: &Params,
        view: &EpochView,
        place: Place,
        link: LinkSecret,
        holders: impl IntoIterator<Item: Borrow<Member>>,
        neighbours: impl IntoIterator<Item = (u32, Member)>,
        mut holder_storage: H,
        mut neighbour_storage: N,
    ) -> Result<Self, Error> {
        params.check(view)?;
        if place.channels.count != view.group().channels {
            return Err(Misuse::WrongChannels.into());
        }
        if view.meters() > Neighbour::MAX_METERS || place.position >= view.meters() {
            return Err(Misuse::BadParameter.into());
        }
        AnswererLink::make(holder_storage.as_mut(), Label::DcnetHolder, view, place.id, &link, holders)?;
        let mut slots = neighbour_storage.as_mut().iter_mut();
        let mut last = None;
        for (position, member) in neighbours {
            let ascends = last.is_none_or(|last| last < position);
            // Ids ascend with positions, which is what lets the sign follow from either.
            let sides = (position < place.position, member.id < place.id);
            if !ascends || position == place.position || sides.0 != sides.1 || position >= view.meters() {
                return Err(Misuse::BadParameter.into());
            }
            last = Some(position);
            *slots.next().ok_or(Misuse::WrongLength)? =
                Neighbour::new(position, view, place.id, &link, &member)?;
        }
        if slots.next().is_some() {
            return Err(Misuse::WrongLength.into());
        }
        let frame_key = link.pair_key(Label::Frame, view.context(), place.id, &view.utility().peer(), &[])?;
        Ok(Meter {
            view: *view,
            threshold: params.threshold(),
            min_neighbours: params.min_neighbours(),
            place,
            step: 0,
            frame_key,
            neighbours: neighbour_storage,
            holders: holder_storage,
            chain: Chain::new(),
            round: None,
        })
    }

    /// Takes a stored [`CloseRecord`] into account after a reboot: the meter stays silent in that round and
    /// all before it.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`](crate::Malformed::BadRecord).
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let (round, hash, is_final) = record::decode(record)?;
        self.chain.abandon(round, hash, is_final);
        if self.round.is_some_and(|running| running.round <= round) {
            self.round = None;
        }
        Ok(())
    }

    /// Takes the utility's Open.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the utility: signature, time, chain, fewer meters
    /// than the minimum, or fewer neighbours than `min_neighbours`. Nothing has changed then.
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        let utility = PartyId::UTILITY;
        let open = Open::verify(frame, &self.view, now)?;
        let present = open.present.count();
        if present < self.view.group().rules.min_meters() {
            return Err(Fault::SetTooSmall.of(utility));
        }
        let around = self.neighbours.as_ref().iter();
        let around = around.filter(|n| open.present.contains(n.position())).count();
        if around < self.min_neighbours as usize {
            return Err(Fault::TooFewNeighbours.of(utility));
        }
        if !self.chain.open(&open)? {
            return Ok(());
        }
        for neighbour in self.neighbours.as_mut() {
            neighbour.begin(open.present.contains(neighbour.position()));
        }
        self.round = Some(Running {
            round: open.round,
            present,
            own_present: open.present.contains(self.place.position),
            contributed: false,
            close_seen: false,
            left: present,
        });
        Ok(())
    }

    /// Makes the round's one contribution in `out`, whose length is at least
    /// [`Params::contribution_len`]. The record is to be stored before the frame can be had.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] without the round's Open, after its Close, or for a round of an earlier ratchet
    /// step; [`Fault::NotInOpen`] if the Open names this meter absent; [`Misuse::RoundOutsideEpoch`],
    /// [`Misuse::RoundFarFromNow`], [`Misuse::WrongChannels`], [`Misuse::ReadingTooLarge`],
    /// [`Misuse::WrongLength`], [`Misuse::TimeAlreadyUsed`]. Neither `out` nor the mark has changed then.
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
        let words = words(self.threshold, reading.len());
        let out = out.get_mut(..frame_len(words)).ok_or(Misuse::WrongLength)?;
        let step = self.view.step(round)?;
        let running = self.round.as_mut().filter(|r| r.round == round && !r.close_seen);
        let running = running.ok_or(Misuse::OutOfOrder)?;
        if step < self.step {
            return Err(Misuse::OutOfOrder.into());
        }
        if !running.own_present {
            return Err(Fault::NotInOpen.of(PartyId::UTILITY));
        }
        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.place.channels, &self.view.group().schedule, round)?;
        running.contributed = true;
        self.advance_to(step);
        let header = self.view.header(Kind::Contribution, Flags::TRANSMISSION, self.place.id, round);
        let mut writer = Writer::frame(out, &header)?;
        self.mask(round, reading, writer.room(words.wrapping_mul(Field64::LEN))?)?;
        let frame: &[u8] = writer.finish_tagged(&header, &self.frame_key)?;
        Ok(Prepared::new(record, frame))
    }

    /// `y = reading + b + Σ_{j>i} pad_ij − Σ_{j<i} pad_ij`, then the corrections of holders t + 1 … c.
    fn mask(&mut self, round: Round, reading: &[i64], payload: &mut [u8]) -> Result<(), Error> {
        let threshold = self.threshold.threshold();
        let own = self.place.position;
        let (masked, corrections) = payload
            .as_chunks_mut::<{ Field64::LEN }>()
            .0
            .split_at_mut_checked(reading.len())
            .ok_or(Misuse::WrongLength)?;
        let blocks = masked.chunks_mut(BLOCK).zip(reading.chunks(BLOCK));
        for (counter, (masked, values)) in (0u32..).zip(blocks) {
            let first = (counter as usize).wrapping_mul(BLOCK);
            let mut sum = AnswererLink::share_block(
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
            )?;
            let pairs = self.neighbours.as_ref().iter().filter(|n| n.is_present());
            let pairs = pairs.map(|n| (n.key(), own < n.position()));
            pad::signed_sum_from(counter, pairs, round, Stream::Mask, &mut sum);
            for ((place, mask), value) in masked.iter_mut().zip(sum).zip(values) {
                *place = (mask + Field64::from_i64(*value)).to_bytes();
            }
            zeroize::Zeroize::zeroize(&mut sum);
        }
        Ok(())
    }

    /// Takes a Close of the open round. If neighbours are missing from a Close that is not final, the repair
    /// is made in `out`, whose length is at least [`Params::repair_len`]: ONE vector, the signed sum of the
    /// pads with all of them. The record is to be stored before it can be had. The same Close again gives
    /// the same bytes.
    ///
    /// A meter that is left out, or has not contributed, makes no repair; it does not contribute any more
    /// either.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Misuse::WrongLength`]; [`Fault`] blaming the utility for any broken
    /// rule: a round that is not open here ([`Fault::NotExpected`]), chain, pass, a set that is too small, has
    /// grown or left the Open, too few neighbours left. Nothing has changed then.
    pub fn close<'o>(
        &mut self,
        now: Round,
        frame: &[u8],
        out: &'o mut [u8],
    ) -> Result<Prepared<Option<&'o [u8]>, CloseRecord>, Error> {
        let close = Close::verify(frame, &self.view, now)?;
        let out = out.get_mut(..frame_len(self.view.channels())).ok_or(Misuse::WrongLength)?;
        let running = self.round.filter(|r| r.round == close.round);
        let running = running.ok_or(Fault::NotExpected.of(PartyId::UTILITY))?;
        let own_inside = self.check_close(&close, &running)?;
        let record = record::encode(&close)?;
        // The last check, and the first change.
        let repeated = !self.chain.close(&close)?;
        if !repeated {
            for neighbour in self.neighbours.as_mut() {
                neighbour.close(close.set.contains(neighbour.position()));
            }
        }
        let left = close.set.count();
        let running = Running { close_seen: true, left, ..running };
        self.round = Some(running);
        let missing =
            self.neighbours.as_ref().iter().any(|n| n.is_present() && !close.set.contains(n.position()));
        if close.is_final || !own_inside || !running.contributed || !missing {
            return Ok(Prepared::new(record, None));
        }
        let repair = self.repair(&close, out)?;
        Ok(Prepared::new(record, Some(repair)))
    }

    /// The rules that a set must satisfy; returns whether the own bit is set.
    fn check_close(&self, close: &Close<'_>, running: &Running) -> Result<bool, Error> {
        let utility = PartyId::UTILITY;
        let count = close.set.count();
        if count < self.view.group().rules.least_of(running.present) {
            return Err(Fault::SetTooSmall.of(utility));
        }
        if count > running.left {
            return Err(Fault::NotInOpen.of(utility));
        }
        let mut around = 0u32;
        for neighbour in self.neighbours.as_ref() {
            let inside = close.set.contains(neighbour.position());
            if inside && !neighbour.is_closed() {
                return Err(Fault::NotInOpen.of(utility));
            }
            around = around.wrapping_add(u32::from(inside));
        }
        let own = close.set.contains(self.place.position);
        if own && !running.own_present {
            return Err(Fault::NotInOpen.of(utility));
        }
        if own && around < self.min_neighbours {
            return Err(Fault::TooFewNeighbours.of(utility));
        }
        Ok(own)
    }

    fn repair<'o>(&self, close: &Close<'_>, out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        let pass = close.pass.wrapping_sub(1) << Flags::PASS_SHIFT;
        let flags = Flags::TRANSMISSION | pass;
        let header = self.view.header(Kind::Repair, flags, self.place.id, close.round);
        let own = self.place.position;
        let mut writer = Writer::frame(out, &header)?;
        let room = writer.room(self.view.channels().wrapping_mul(Field64::LEN))?;
        let places = room.as_chunks_mut::<{ Field64::LEN }>().0;
        for (counter, block) in (0u32..).zip(places.chunks_mut(BLOCK)) {
            let mut sum = [Field64::ZERO; BLOCK];
            let missing = self.neighbours.as_ref().iter();
            let missing = missing.filter(|n| n.is_present() && !close.set.contains(n.position()));
            let pairs = missing.map(|n| (n.key(), own < n.position()));
            pad::signed_sum_from(counter, pairs, close.round, Stream::Mask, &mut sum);
            for (place, value) in block.iter_mut().zip(sum) {
                *place = value.to_bytes();
            }
        }
        writer.finish_tagged(&header, &self.frame_key).map(|frame| &*frame)
    }

    fn advance_to(&mut self, step: u32) {
        for _ in self.step..step {
            self.neighbours.as_mut().iter_mut().for_each(|n| n.key_mut().ratchet());
            self.holders.as_mut().iter_mut().for_each(|h| h.key_mut().ratchet());
        }
        self.step = step;
    }
}

impl<N, H> fmt::Debug for Meter<N, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("place", &self.place).finish_non_exhaustive()
    }
}
