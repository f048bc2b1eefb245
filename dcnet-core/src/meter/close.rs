//! What a meter does about a Close: the rules that a set must keep, and the repair.

use meter_link::answer::{AnswererLink, BLOCK};
use meter_link::field::Field64;
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::pad::{self, Stream};
use meter_link::round::{Close, CloseFields};
use meter_link::{Error, Fault, Misuse, PartyId, Prepared, Round};

use super::{Meter, Running};
use crate::neighbour::Neighbour;
use crate::params::frame_len;
use crate::record::{self, CloseRecord};

impl<N, H> Meter<N, H>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
{
    /// Takes a Close of the open round. If neighbours are missing from a Close that is not final, the repair
    /// is made in `out`, whose length is at least
    /// [`Params::repair_len`](crate::Params::repair_len): ONE vector, the signed sum of the
    /// pads with all of them. The record is to be stored before it can be had. The same Close again gives
    /// the same bytes.
    ///
    /// A meter that is left out, or has not contributed, makes no repair; it does not contribute any more
    /// either. Nor does one that sees the Close of a round before its Open: the round is over for it.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Misuse::WrongLength`]; [`Fault`] blaming the utility for any broken
    /// rule: a round that is over here ([`Fault::RoundClosed`]), chain, pass, a third Close that is not final
    /// ([`Fault::NotExpected`]), a set that is too small, has grown or left the Open, too few neighbours left.
    /// Nothing has changed then.
    pub fn close<'o>(
        &mut self,
        now: Round,
        frame: &[u8],
        out: &'o mut [u8],
    ) -> Result<Prepared<Option<&'o [u8]>, CloseRecord>, Error> {
        let close = Close::verify(frame, &self.view, now)?;
        let out = out.get_mut(..frame_len(self.view.channels())).ok_or(Misuse::WrongLength)?;
        let record = record::encode(&close)?;
        let Some(running) = self.round.filter(|r| r.round == close.round) else {
            self.missed(&close)?;
            return Ok(Prepared::new(record, None));
        };
        // The network may repeat an earlier Close: no rule is broken by that.
        if self.chain.last_pass().is_some_and(|last| close.pass < last) {
            return Err(Fault::WrongPass.of(PartyId::UTILITY));
        }
        let own_inside = self.check_close(&close, &running)?;
        // The last check, and the first change.
        let repeated = !self.chain.close(&close)?;
        if !repeated {
            for neighbour in self.neighbours.as_mut() {
                neighbour.close(close.set.contains(neighbour.position()));
            }
        }
        let left = close.set.count();
        let running = Running { close_seen: true, left, own_inside, ..running };
        self.round = Some(running);
        let missing =
            self.neighbours.as_ref().iter().any(|n| n.is_present() && !close.set.contains(n.position()));
        if close.is_final || !own_inside || !running.contributed || !missing {
            return Ok(Prepared::new(record, None));
        }
        let repair = self.repair(&close, out)?;
        Ok(Prepared::new(record, Some(repair)))
    }

    /// A Close of a round that is not open here. If that round is still to come, its Open is late or lost:
    /// nothing is sent for it or an earlier one any more, since a frame would come from outside the set.
    fn missed(&mut self, close: &Close<'_>) -> Result<(), Error> {
        let utility = PartyId::UTILITY;
        if self.round.is_some_and(|running| close.round < running.round) {
            return Err(Fault::RoundClosed.of(utility));
        }
        match self.chain.last_final() {
            Some((round, hash)) if close.round == round && close.hash == hash => return Ok(()),
            Some((round, _)) if close.round == round && close.is_final => {
                return Err(Fault::Contradiction.of(utility));
            }
            Some((round, _)) if close.round == round => return Err(Fault::WrongPass.of(utility)),
            Some((round, _)) if close.round < round => return Err(Fault::RoundClosed.of(utility)),
            _ => {}
        }
        self.chain.abandon(close.round, close.hash, close.is_final);
        self.round = None;
        Ok(())
    }

    /// The rules that a set must satisfy; returns whether the own bit is set.
    fn check_close(&self, close: &Close<'_>, running: &Running) -> Result<bool, Error> {
        let utility = PartyId::UTILITY;
        let count = close.set.count();
        // No Close can follow it, so no sum can: its repairs would serve nobody but an attacker.
        if close.pass == CloseFields::MAX_PASSES && !close.is_final {
            return Err(Fault::NotExpected.of(utility));
        }
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
        if own && !running.own_inside {
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
            let wanted = sum.get_mut(..block.len()).ok_or(Misuse::WrongLength)?;
            pad::signed_sum_from(counter, pairs, close.round, Stream::Mask, wanted);
            for (place, value) in block.iter_mut().zip(sum) {
                *place = value.to_bytes();
            }
        }
        writer.finish_tagged(&header, &self.frame_key).map(|frame| &*frame)
    }
}
