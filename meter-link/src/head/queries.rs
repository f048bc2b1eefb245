//! The bills that the utility asks for: one query a window.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Head;
use crate::error::{Error, Misuse};
use crate::frame::Reader;
use crate::id::{PartyId, Round};
use crate::window::{Books, Window};

/// One meter's sum over a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Whose.
    pub meter: PartyId,
    /// Over how many rounds: those whose set contains the meter.
    pub rounds: u32,
    /// One sum a channel, in the unit of the readings.
    pub values: Vec<i64>,
}

/// What was asked for, by first round of the window: answerers answer nothing else for it.
#[derive(Clone, Debug, Default)]
pub struct Queries(BTreeMap<Round, [u8; 32]>);

impl Queries {
    /// Enters a window's one query, by the digest that answers are to.
    ///
    /// # Errors
    /// [`Misuse::NotBillable`] for other bills than were asked for before; [`Misuse::OutOfOrder`] until the window's
    /// last round is closed, or a later one opened. Nothing has changed then.
    pub fn ask(&mut self, head: &Head, window: Window, digest: [u8; 32]) -> Result<(), Error> {
        if self.0.get(&window.first).is_some_and(|earlier| *earlier != digest) {
            return Err(Misuse::NotBillable.into());
        }
        // Asked too early, the answer would be no and the rounds to come lost for nothing.
        let reached = head.last_round() >= Some(window.last);
        if !reached || head.open_round().is_some_and(|round| round <= window.last) {
            return Err(Misuse::OutOfOrder.into());
        }
        self.0.insert(window.first, digest);
        while self.0.len() > Books::KEPT {
            self.0.pop_first();
        }
        Ok(())
    }

    /// That a round may be closed over the set or list with this digest.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] if the round's window was billed; [`Error::Inconsistent`] if the round was closed over
    /// another set.
    pub fn check_round(&self, books: &Books, round: Round, digest: &[u8; 32]) -> Result<(), Error> {
        let Some(window) = books.window_of(round) else { return Ok(()) };
        if self.0.contains_key(&window.first) {
            return Err(Misuse::OutOfOrder.into());
        }
        let book = books.get(window.first);
        if book.is_some_and(|book| book.rounds().any(|(r, d)| r == round && d != digest)) {
            return Err(Error::Inconsistent);
        }
        Ok(())
    }

    /// Appends `count u8 ‖ (first round u32 ‖ window digest 32) …`.
    pub fn save(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.0.len()).unwrap_or(u8::MAX));
        for (first, digest) in &self.0 {
            out.extend(first.to_u32().to_le_bytes());
            out.extend(digest);
        }
    }

    /// Takes back what [`Queries::save`] wrote.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); nothing has changed then.
    pub fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let mut asked = BTreeMap::new();
        for _ in 0..reader.u8()? {
            asked.insert(Round::from(reader.u32()?), *reader.array()?);
        }
        self.0 = asked;
        Ok(())
    }
}

impl Head {
    /// Whose bills the rules allow for the window that begins with `first`.
    ///
    /// # Errors
    /// [`Misuse::NotBillable`] if there are none.
    pub fn billable(&self, books: &Books, first: Round) -> Result<Vec<PartyId>, Error> {
        let book = books.get(first).ok_or(Misuse::NotBillable)?;
        let billed = book.billable().ok_or(Misuse::NotBillable)?;
        let meters = self.parties.roster.meters();
        Ok(billed.positions().filter_map(|place| meters.get(place as usize).map(|m| m.id)).collect())
    }
}
