//! What an aggregator keeps of a window: the sets of its rounds, and for each meter the sum of its pads over
//! those that contain it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::epoch::Epoch;
use crate::error::{Error, Malformed};
use crate::field::{Field64, add_assign};
use crate::frame::Reader;
use crate::id::Round;
use crate::set::Members;
use crate::window::{Book, Books, Windows};

/// Books of windows, and a row of elements for each meter and window. The utility keeps sums of corrections in
/// one, an aggregator sums of pads.
pub struct Ledger {
    books: Books,
    meters: u32,
    width: usize,
    tallies: BTreeMap<Round, Zeroizing<Vec<Field64>>>,
}

impl Ledger {
    /// Rows of `width` elements.
    pub fn new(windows: &Windows, epoch: &Epoch, meters: u32, width: usize) -> Self {
        Ledger { books: Books::new(windows, epoch, meters), meters, width, tallies: BTreeMap::new() }
    }

    /// The sets.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// The book of the window that begins with `first`.
    pub fn book(&self, first: Round) -> Option<&Book> {
        self.books.get(first)
    }

    /// Enters a round, once: `rows` are those of the set's members, ascending, one behind the other. Returns
    /// false if the round is in no window that is kept, or was in already.
    ///
    /// # Errors
    /// As [`Books::enter`]; nothing has changed then.
    pub fn enter(
        &mut self,
        round: Round,
        digest: &[u8; 32],
        set: &Members,
        rows: &[Field64],
    ) -> Result<bool, Error> {
        let entered = self.books.enter(round, digest, set)?;
        if let Some(window) = entered.forgotten {
            self.tallies.remove(&window.first);
        }
        let Some(window) = entered.new else { return Ok(false) };
        let room = (self.meters as usize).saturating_mul(self.width);
        let tally = self
            .tallies
            .entry(window.first)
            .or_insert_with(|| Zeroizing::new(alloc::vec![Field64::ZERO; room]));
        for (place, row) in set.positions().zip(rows.chunks_exact(self.width)) {
            let from = (place as usize).wrapping_mul(self.width);
            let own = tally.get_mut(from..).unwrap_or_default();
            add_assign(own, row);
        }
        Ok(true)
    }

    /// The rows of the billed meters, ascending, one behind the other. None for a window without rounds.
    pub fn rows(&self, first: Round, billed: &Members) -> Option<Zeroizing<Vec<Field64>>> {
        let tally = self.tallies.get(&first)?;
        let mut rows = Vec::with_capacity((billed.count() as usize).saturating_mul(self.width));
        for place in billed.positions() {
            let from = (place as usize).wrapping_mul(self.width);
            rows.extend_from_slice(tally.get(from..from.wrapping_add(self.width))?);
        }
        Some(Zeroizing::new(rows))
    }

    /// Appends the books, then the rows of each window.
    ///
    /// # Errors
    /// As [`Books::save`].
    pub fn save(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.books.save(out)?;
        out.reserve(self.tallies.values().map(|tally| tally.len().wrapping_mul(Field64::LEN)).sum());
        for tally in self.books.iter().filter_map(|book| self.tallies.get(&book.window().first)) {
            tally.iter().for_each(|value| out.extend(value.to_bytes()));
        }
        Ok(())
    }

    /// Takes back what [`Ledger::save`] wrote, for the same epoch and width.
    ///
    /// # Errors
    /// [`Malformed`]; nothing has changed then.
    pub fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let mut books = self.books.clone();
        books.load(reader)?;
        let room = (self.meters as usize).saturating_mul(self.width);
        let mut tallies = BTreeMap::new();
        for book in books.iter() {
            if book.rounds().next().is_none() {
                return Err(Malformed::BadRecord.into());
            }
            let mut tally = Zeroizing::new(alloc::vec![Field64::ZERO; room]);
            reader.elements(&mut tally)?;
            tallies.insert(book.window().first, tally);
        }
        (self.books, self.tallies) = (books, tallies);
        Ok(())
    }
}

impl core::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Ledger").field("books", &self.books).finish_non_exhaustive()
    }
}
