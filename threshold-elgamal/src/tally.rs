//! Sums over time: for each meter those of what it sent in the rounds of a window whose set it is in.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::Identity;
use meter_link::frame::Reader;
use meter_link::set::Members;
use meter_link::window::{Book, Books, Windows};
use meter_link::{EpochView, Malformed, Round};

use crate::ciphertext::Ciphertext;
use crate::equality::Encoded;
use crate::error::Error;
use crate::verify::Contribution;

/// What is kept of a ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// R, of which trustees give their shares.
    Blindings,
    /// R and C.
    Whole,
}

/// Books of windows, and the sums of each meter in the rounds that they have.
#[derive(Clone)]
pub(crate) struct Tally {
    parts: Parts,
    channels: usize,
    books: Books,
    /// Rows of all positions, by first round of the window.
    sums: BTreeMap<Round, Vec<RistrettoPoint>>,
}

impl Tally {
    pub(crate) fn new(windows: &Windows, view: &EpochView, parts: Parts) -> Self {
        let books = Books::new(windows, view.epoch(), view.meters());
        Tally { parts, channels: view.channels(), books, sums: BTreeMap::new() }
    }

    pub(crate) fn books(&self) -> &Books {
        &self.books
    }

    pub(crate) fn book(&self, first: Round) -> Option<&Book> {
        self.books.get(first)
    }

    /// Points of a meter.
    fn width(&self) -> usize {
        match self.parts {
            Parts::Blindings => self.channels,
            Parts::Whole => self.channels.saturating_mul(2),
        }
    }

    /// Enters a round, once; `list` has the contributions of the set's members, ascending, and `digest` is its own.
    /// Returns false if the round is in no window that is kept, or was in already.
    ///
    /// # Errors
    /// As [`Books::enter`]; nothing has changed then.
    pub(crate) fn enter(
        &mut self,
        round: Round,
        digest: &[u8; 32],
        set: &Members,
        list: &[Contribution],
    ) -> Result<bool, Error> {
        let entered = self.books.enter(round, digest, set)?;
        if let Some(window) = entered.forgotten {
            self.sums.remove(&window.first);
        }
        let Some(window) = entered.new else { return Ok(false) };
        let (parts, width) = (self.parts, self.width());
        let room = (set.total() as usize).saturating_mul(width);
        let rows = self.sums.entry(window.first);
        let rows = rows.or_insert_with(|| alloc::vec![RistrettoPoint::identity(); room]);
        for (place, contribution) in set.positions().zip(list) {
            let from = (place as usize).saturating_mul(width);
            let row = rows.get_mut(from..).unwrap_or_default();
            let points = contribution.ciphertexts().iter().flat_map(|ciphertext| kept(parts, ciphertext));
            row.iter_mut().zip(points).for_each(|(sum, point)| *sum += point);
        }
        Ok(true)
    }

    /// The rows of the meters at these positions. None for a window without rounds.
    fn rows(&self, first: Round, of: &Members) -> Option<impl Iterator<Item = &[RistrettoPoint]>> {
        let (sums, width) = (self.sums.get(&first)?, self.width());
        Some(of.positions().filter_map(move |place| {
            let from = (place as usize).checked_mul(width)?;
            sums.get(from..from.checked_add(width)?)
        }))
    }

    /// ΣR of the billed meters, ascending, the channels of each together. None for a window without rounds.
    pub(crate) fn sums_of_r(&self, first: Round, billed: &Members) -> Option<Vec<Encoded>> {
        let step = self.width().checked_div(self.channels)?;
        let points = self.rows(first, billed)?.flat_map(|row| row.iter().step_by(step));
        Some(points.copied().map(Encoded::from).collect())
    }

    /// The sums of the billed meters, likewise. None where only R is kept.
    pub(crate) fn ciphertexts(&self, first: Round, billed: &Members) -> Option<Vec<Ciphertext>> {
        if self.parts == Parts::Blindings {
            return None;
        }
        let pairs = self.rows(first, billed)?.flat_map(|row| row.as_chunks::<2>().0);
        Some(pairs.map(|[r, c]| Ciphertext { r: *r, c: *c }).collect())
    }

    /// Appends the books, then of each window the sums of the meters that are in a set of it, 32 bytes a point.
    ///
    /// # Errors
    /// As [`Books::save`].
    pub(crate) fn save(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.books.save(out)?;
        for book in self.books.iter() {
            let members = present(book);
            let rows = self.rows(book.window().first, &members);
            for point in rows.into_iter().flatten().flatten() {
                out.extend(point.compress().to_bytes());
            }
        }
        Ok(())
    }

    /// Takes back what [`Tally::save`] wrote, for the same epoch and parts.
    ///
    /// # Errors
    /// [`Malformed`]; nothing has changed then.
    pub(crate) fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), meter_link::Error> {
        let (bad, width) = (Malformed::BadRecord, self.width());
        let mut books = self.books.clone();
        books.load(reader)?;
        let mut sums = BTreeMap::new();
        for book in books.iter() {
            if book.rounds().next().is_none() {
                return Err(bad.into());
            }
            let members = present(book);
            // What is read must be there before there is room for it.
            let len = (members.count() as usize).checked_mul(width).and_then(|points| points.checked_mul(32));
            let mut points = Reader::new(reader.bytes(len.ok_or(bad)?)?);
            let room = (members.total() as usize).saturating_mul(width);
            let mut rows = alloc::vec![RistrettoPoint::identity(); room];
            for place in members.positions() {
                let from = (place as usize).saturating_mul(width);
                for slot in rows.get_mut(from..).unwrap_or_default().iter_mut().take(width) {
                    *slot = *Encoded::from_bytes(points.array()?).map_err(|_| bad)?.point();
                }
            }
            sums.insert(book.window().first, rows);
        }
        (self.books, self.sums) = (books, sums);
        Ok(())
    }
}

fn kept(parts: Parts, ciphertext: &Ciphertext) -> impl Iterator<Item = RistrettoPoint> + use<> {
    let c = (parts == Parts::Whole).then_some(ciphertext.c);
    core::iter::once(ciphertext.r).chain(c)
}

/// Who is in a set of the window.
fn present(book: &Book) -> Members {
    let counts = book.rounds_of_meters();
    let mut members = Members::none(u32::try_from(counts.len()).unwrap_or(u32::MAX));
    for (place, count) in (0u32..).zip(&counts) {
        members.set(place, *count > 0);
    }
    members
}

impl core::fmt::Debug for Tally {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tally")
            .field("parts", &self.parts)
            .field("books", &self.books)
            .finish_non_exhaustive()
    }
}
