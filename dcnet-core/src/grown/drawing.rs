//! How a meter finds partners.

use meter_link::answer::AnswererLink;
use meter_link::round::Open;
use meter_link::{Error, Round};
use rand_core::CryptoRng;

use super::GrownMeter;
use super::slot::{Slot, State};
use crate::neighbour::Neighbour;

impl<N, H, S> GrownMeter<N, H, S>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
    S: AsRef<[Slot]> + AsMut<[Slot]>,
{
    /// Positions of meters that this one has offered an edge to and that have not answered.
    pub fn offered(&self) -> impl Iterator<Item = u32> {
        let offered = |slot: &Slot| matches!(slot.0, State::Offered { .. });
        self.slots.as_ref().iter().filter(move |slot| offered(slot)).filter_map(Slot::peer)
    }

    /// Draws partners at random among those whom an Open names present, or where none is to be had (the group is
    /// being founded) among the whole roster, less those with whom there is an edge or an offer. Writes their
    /// positions to `out`, and returns how many there are.
    ///
    /// # Errors
    /// As [`Open::verify`].
    ///
    /// # Security
    /// The meter draws, so that a partner cannot choose its victim. But it draws among those whom the *utility* names
    /// present, or whose answers it lets through: one that lies leaves it none but colluders
    /// (`a_utility_that_lies_about_who_is_present`).
    pub fn draw<R: CryptoRng + ?Sized>(
        &self,
        now: Round,
        open: Option<&[u8]>,
        rng: &mut R,
        out: &mut [u32],
    ) -> Result<usize, Error> {
        let open = open.map(|frame| Open::verify(frame, self.view(), now)).transpose()?;
        let is_present = |place: &u32| open.as_ref().is_none_or(|open| open.present.contains(*place));
        let own = self.meter.place().position;
        let fresh = |place: &u32| *place != own && self.slot_of(*place).is_none();
        // Reservoir sampling (algorithm R): every choice of so many is as likely as every other.
        let (mut taken, mut seen) = (0usize, 0u64);
        for place in (0..self.view().meters()).filter(is_present).filter(fresh) {
            seen = seen.wrapping_add(1); // at most the roster's
            let index = if taken < out.len() { Some(taken) } else { usize::try_from(below(seen, rng)).ok() };
            if let Some(room) = index.and_then(|index| out.get_mut(index)) {
                *room = place;
            }
            taken = taken.wrapping_add(1).min(out.len());
        }
        Ok(taken)
    }
}

/// A number below `bound`, all alike.
fn below<R: CryptoRng + ?Sized>(bound: u64, rng: &mut R) -> u64 {
    // Numbers of the incomplete last row are drawn again.
    let complete = u64::MAX.wrapping_sub(u64::MAX.checked_rem(bound).unwrap_or(0));
    loop {
        let number = rng.next_u64();
        if number < complete {
            return number.checked_rem(bound).unwrap_or(0);
        }
    }
}
