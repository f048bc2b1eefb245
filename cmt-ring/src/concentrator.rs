//! The concentrator: the meter at place 0 of its ring. Forms a generation; in [`Mode::Drawn`] starts each
//! round and closes it.

#[cfg(feature = "alloc")]
mod book;
#[cfg(feature = "alloc")]
mod claiming;
#[cfg(feature = "alloc")]
mod forming;
#[cfg(feature = "alloc")]
mod handover;
#[cfg(feature = "alloc")]
mod healing;

#[cfg(feature = "alloc")]
pub use book::Book;
#[cfg(feature = "alloc")]
pub use forming::{Formed, Forming};
#[cfg(feature = "alloc")]
pub use handover::HandedOver;
#[cfg(feature = "alloc")]
pub use healing::Healing;

use meter_link::frame::{Kind, TaggedFrame};
use meter_link::mark::MarkRecord;
use meter_link::pad::Stream;
use meter_link::{Fault as LinkFault, HighWater, Misuse, PartyId, Prepared, Round};
use rand_core::CryptoRng;

use crate::error::{Error, Fault};
use crate::generation::Generation;
use crate::key::Words;
use crate::meter::Meter;
use crate::params::Mode;
use crate::seat::{Circling, Lead, Seat};

/// What only a concentrator does in a round.
impl<const C: usize> Meter<C> {
    /// Starts a round that the supplier asks for: spends the own reading on it, draws δ, and writes the Delta
    /// frame for the successor to `out` ([`Params::delta_len`](crate::Params::delta_len)). The own ciphertext
    /// does not exist before [`Meter::close`]. The record is to be stored before the frame can be had.
    ///
    /// A round that was started before and is not closed is given up: its ring is broken.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the supplier: a wrong tag, round or generation;
    /// otherwise as [`Meter::relay`], with [`Misuse::WrongRole`] for a meter that is no concentrator. Nothing
    /// has changed then.
    #[allow(clippy::too_many_arguments)] // a step takes what it needs, and nothing of it belongs together
    pub fn start<'o, const CHANNELS: usize, R: CryptoRng + ?Sized>(
        &mut self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        request: &[u8],
        out: &'o mut [u8],
        rng: &mut R,
    ) -> Result<Prepared<&'o [u8], MarkRecord>, Error> {
        self.params.require(Mode::Drawn)?;
        self.check_round(now, round, reading)?;
        let out = out.get_mut(..self.params.delta_len()).ok_or(Misuse::WrongLength)?;
        let (view, me) = (self.view, self.id());
        let seat = self.seated()?;
        self.check_request(seat, round, request)?;
        let links = seat.links_at(&view, round)?;

        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.channels, &view.group().schedule, round)?;
        let mut own = Words::draw(self.params.modulus(), view.channels(), rng);
        own.hedge(&links.keys.successor, round, Stream::Delta, view.channels());
        seat.seal_delta(&view, me, round, &links, &own, out)?;
        let half = seat.first.half_open(&own, reading);
        if let Some(seat) = &mut self.seat {
            seat.advance(round, links);
            if let Some(lead) = &mut seat.lead {
                lead.circling = Some(Circling { round, half });
            }
        }
        Ok(Prepared::new(record, out))
    }

    /// Takes the last member's δ, which closes the ring, and only now writes the own ciphertext to `out`
    /// ([`Params::contribution_len`](crate::Params::contribution_len)). What it needs was stored at the start.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender of δ, as [`Meter::relay`], and for a round
    /// that is not going around; [`Misuse::WrongRole`], [`Misuse::WrongLength`]. Nothing has changed then.
    pub fn close<'o>(&mut self, now: Round, delta: &[u8], out: &'o mut [u8]) -> Result<&'o [u8], Error> {
        self.params.require(Mode::Drawn)?;
        let out = out.get_mut(..self.params.contribution_len()).ok_or(Misuse::WrongLength)?;
        let (view, me) = (self.view, self.id());
        let seat = self.seat.as_mut().ok_or(crate::Misuse::NotSeated)?;
        let lead = seat.lead.as_ref().ok_or(Misuse::WrongRole)?;
        let Some(circling) = &lead.circling else {
            return Err(LinkFault::NotExpected.of(seat.links.predecessor.peer).into());
        };
        let round = circling.round;
        if !round.is_near(now) {
            return Err(Misuse::RoundFarFromNow.into());
        }
        let links = seat.links_at(&view, round)?;
        let of_predecessor = seat.open_delta(&view, me, round, &links, delta)?;
        let contribution = seat.contribution(&view, round, &circling.half, &of_predecessor, out)?;
        if let Some(lead) = &mut seat.lead {
            lead.circling = None;
        }
        Ok(contribution)
    }

    /// The round that was started and waits for its last δ.
    pub fn circling(&self) -> Option<Round> {
        let lead = self.seat.as_ref()?.lead.as_ref()?;
        lead.circling.as_ref().map(|circling| circling.round)
    }

    fn check_request(&self, seat: &Seat<C>, round: Round, request: &[u8]) -> Result<(), Error> {
        let Lead { supplier, .. } = seat.lead.as_ref().ok_or(Misuse::WrongRole)?;
        let frame = TaggedFrame::parse(request, &self.view.expect(Kind::Start, 0))?;
        let header = frame.header();
        if header.sender != PartyId::UTILITY {
            return Err(LinkFault::UnknownSender.of(header.sender).into());
        }
        let mut payload = frame.verify(supplier)?;
        if Generation(payload.u32()?) != seat.generation {
            return Err(Fault::WrongGeneration.of(header.sender));
        }
        payload.end()?;
        if header.round != round {
            return Err(LinkFault::WrongRound.of(header.sender).into());
        }
        Ok(())
    }
}
