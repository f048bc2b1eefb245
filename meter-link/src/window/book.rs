//! The sets of a window, and whose bills they allow.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::{Window, Windows};
use crate::epoch::Epoch;
use crate::error::{Error, Malformed, Misuse};
use crate::frame::Reader;
use crate::id::{PartyId, Round};
use crate::set::Members;

/// The sets of one window's rounds, as far as they are fixed.
#[derive(Clone, Debug)]
pub struct Book {
    window: Window,
    kappa: u32,
    colluding: u32,
    min_rounds: u32,
    meters: u32,
    sets: BTreeMap<Round, ([u8; 32], Members)>,
}

impl Book {
    /// Nothing fixed yet; no meter colludes.
    pub fn new(window: Window, kappa: u32, meters: u32) -> Self {
        Book { window, kappa, colluding: 0, min_rounds: 0, meters, sets: BTreeMap::new() }
    }

    /// The same where so many meters may collude with the utility, which knows their readings.
    #[must_use]
    pub fn against(self, colluding: u32) -> Self {
        Book { colluding, ..self }
    }

    /// The same where a bill is over at least so many rounds.
    #[must_use]
    pub fn over(self, min_rounds: u32) -> Self {
        Book { min_rounds, ..self }
    }

    /// Which window.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Puts a round's set in. Returns false if it was in already.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] for a round outside the window, or a set of another roster;
    /// [`Error::Inconsistent`] for another set of a round.
    pub fn enter(&mut self, round: Round, digest: &[u8; 32], set: &Members) -> Result<bool, Error> {
        if round < self.window.first || round > self.window.last || set.total() != self.meters {
            return Err(Misuse::OutOfOrder.into());
        }
        match self.sets.get(&round) {
            Some((earlier, _)) if earlier != digest => Err(Error::Inconsistent),
            Some(_) => Ok(false),
            None => {
                self.sets.insert(round, (*digest, set.clone()));
                Ok(true)
            }
        }
    }

    /// Whether a round's set is in.
    pub fn holds(&self, round: Round) -> bool {
        self.sets.contains_key(&round)
    }

    /// Rounds with a set, ascending, with its digest.
    pub fn rounds(&self) -> impl Iterator<Item = (Round, &[u8; 32])> {
        self.sets.iter().map(|(round, (digest, _))| (*round, digest))
    }

    /// Rounds whose set contains the meter at each position.
    pub fn rounds_of_meters(&self) -> Vec<u32> {
        let mut counts = alloc::vec![0u32; self.meters as usize];
        for (_, set) in self.sets.values() {
            for place in set.positions() {
                if let Some(count) = counts.get_mut(place as usize) {
                    *count = count.saturating_add(1);
                }
            }
        }
        counts
    }

    /// `SHA-256("wattsum v1 window sets" ‖ first u32 ‖ last u32 ‖ rounds u32 ‖ (round u32 ‖ set digest) …)`.
    pub fn sets_digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"wattsum v1 window sets");
        hash.update(self.window.first.to_u32().to_le_bytes());
        hash.update(self.window.last.to_u32().to_le_bytes());
        hash.update(u32::try_from(self.sets.len()).unwrap_or(u32::MAX).to_le_bytes());
        for (round, digest) in self.rounds() {
            hash.update(round.to_u32().to_le_bytes());
            hash.update(digest);
        }
        hash.finalize().into()
    }

    /// What answers of a window are bound to: `SHA-256("wattsum v1 window" ‖ roster commitment ‖ first u32 ‖
    /// last u32 ‖ sets digest ‖ count u32 ‖ ids of the billed meters u32 …)`.
    pub fn digest(
        &self,
        roster_root: &[u8; 32],
        billed: &Members,
        id: impl Fn(u32) -> Option<PartyId>,
    ) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"wattsum v1 window");
        hash.update(roster_root);
        hash.update(self.window.first.to_u32().to_le_bytes());
        hash.update(self.window.last.to_u32().to_le_bytes());
        hash.update(self.sets_digest());
        hash.update(billed.count().to_le_bytes());
        for id in billed.positions().filter_map(id) {
            hash.update(id.0.to_le_bytes());
        }
        hash.finalize().into()
    }

    /// Whether the bills of `billed` may be told: with T answered rounds and c meters that may collude,
    ///
    /// 1. |B| ≥ 2(κ + c) and T ≥ 4κ/3,
    /// 2. every billed meter is in at least ¾ of the T sets, and in at least min_rounds,
    /// 3. every set that has a billed meter has at least ¾ of them,
    /// 4. in sets that have a billed meter, cells of others: none, or at least κ, whichever c of them collude.
    ///
    /// Then the edge connectivity is at least κ. For a cut that puts b ≤ |B|/2 billed meters and s rounds on one
    /// side: with s = 0 each of the b has ¾T ≥ κ edges across; with b = 0 each of the s, if it has a billed meter,
    /// has ¾|B| ≥ κ, else its whole set; with s ≥ 2 rounds of billed meters at least s(¾|B| − b) ≥ s|B|/4 ≥ κ; with
    /// s = 1 at least b(¾T − 1) + ¾|B| − b ≥ κ. What is left are cuts around the ground and rounds without a
    /// billed meter: rule 4 if all of these are on its side, else a whole set. (Were rule 4 about all rounds,
    /// one reading of a guest could hide behind a round that only guests are in, and be opened.) Cells of colluders
    /// are no edges: of the billed meters they take at most c from each round, which |B| makes up for.
    pub fn permits(&self, billed: &Members) -> bool {
        let (rounds, count) = (self.sets.len() as u64, u64::from(billed.count()));
        let kappa = u64::from(self.kappa);
        if billed.total() != self.meters
            || count < kappa.saturating_add(self.colluding.into()).saturating_mul(2)
            || rounds.wrapping_mul(3) < kappa.wrapping_mul(4)
        {
            return false;
        }
        let counts = self.rounds_of_meters();
        let often = |place: u32| {
            let of = counts.get(place as usize).copied().unwrap_or(0);
            of >= self.min_rounds && at_least_three_quarters(of.into(), rounds)
        };
        let full = self.sets.values().all(|(_, set)| {
            let common = u64::from(set.common(billed));
            common == 0 || at_least_three_quarters(common, count)
        });
        full && self.hides_guests(billed) && billed.positions().all(often)
    }

    /// Rule 4: the cells of meters that are not billed, in rounds with some that are. The worst c colluders are those
    /// with most cells, as long as one meter is left that is not one of them.
    fn hides_guests(&self, billed: &Members) -> bool {
        self.cells_of_guests(billed).is_none_or(|cells| self.hidden(&cells))
    }

    /// Ascending; None without guests.
    fn cells_of_guests(&self, billed: &Members) -> Option<Vec<u64>> {
        let mut cells = alloc::vec![0u64; self.meters as usize];
        for (_, set) in self.sets.values().filter(|(_, set)| set.meets(billed)) {
            for place in set.without(billed).positions() {
                if let Some(count) = cells.get_mut(place as usize) {
                    *count = count.saturating_add(1);
                }
            }
        }
        cells.retain(|count| *count > 0);
        cells.sort_unstable();
        (!cells.is_empty()).then_some(cells)
    }

    fn hidden(&self, ascending: &[u64]) -> bool {
        let honest = ascending.len().saturating_sub(self.colluding as usize).max(1);
        ascending.iter().take(honest).sum::<u64>() >= self.kappa.into()
    }

    /// Whose bills may be told: those in ¾ of the rounds, without meters that a set with too few of them lacks,
    /// and without so many that the others' readings would be few. None if the rules allow no bill.
    ///
    /// A guest in few rounds costs up to c + 1 others their bills, who have to hide it.
    pub fn billable(&self) -> Option<Members> {
        let rounds = self.sets.len() as u64;
        let counts = self.rounds_of_meters();
        let mut billed = Members::none(self.meters);
        for (place, count) in (0u32..).zip(&counts) {
            let often = *count >= self.min_rounds.max(1) && at_least_three_quarters((*count).into(), rounds);
            billed.set(place, often);
        }
        // Every pass takes at least one meter away, so this ends.
        loop {
            let count = u64::from(billed.count());
            let poor = self.sets.values().map(|(_, set)| set).find(|set| {
                let common = u64::from(set.common(&billed));
                common != 0 && !at_least_three_quarters(common, count)
            });
            if let Some(set) = poor {
                let lacking: Vec<u32> = billed.positions().filter(|place| !set.contains(*place)).collect();
                lacking.into_iter().for_each(|place| billed.set(place, false));
                continue;
            }
            let Some(mut cells) = self.cells_of_guests(&billed).filter(|cells| !self.hidden(cells)) else {
                break;
            };
            // Meters that are billed have more cells than κ, so with c + 1 of them for guests the others hide.
            let mut rarest: Vec<u32> = billed.positions().collect();
            rarest.sort_by_key(|place| counts.get(*place as usize).copied().unwrap_or(0));
            for place in rarest.into_iter().take((self.colluding as usize).saturating_add(1)) {
                if self.hidden(&cells) {
                    break;
                }
                billed.set(place, false);
                cells.push(u64::MAX / 2); // only its place at the end counts
            }
        }
        self.permits(&billed).then_some(billed)
    }

    fn save(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend(self.window.first.to_u32().to_le_bytes());
        out.extend(self.window.last.to_u32().to_le_bytes());
        out.extend(u32::try_from(self.sets.len()).unwrap_or(u32::MAX).to_le_bytes());
        for (round, (digest, set)) in &self.sets {
            out.extend(round.to_u32().to_le_bytes());
            out.extend(digest);
            out.extend(set.to_bytes()?);
        }
        Ok(())
    }
}

fn at_least_three_quarters(part: u64, whole: u64) -> bool {
    part.wrapping_mul(4) >= whole.wrapping_mul(3) // both below 2^32
}

/// The windows that are not forgotten yet: the present one and the one before.
#[derive(Clone, Debug)]
pub struct Books {
    windows: Windows,
    epoch: Epoch,
    meters: u32,
    open: BTreeMap<Round, Book>,
}

impl Books {
    /// Windows of which sets are kept. A window must be billed before the next one ends.
    pub const KEPT: usize = 2;

    /// Nothing fixed yet.
    pub fn new(windows: &Windows, epoch: &Epoch, meters: u32) -> Self {
        Books { windows: *windows, epoch: *epoch, meters, open: BTreeMap::new() }
    }

    /// How the epoch is cut.
    pub fn windows(&self) -> &Windows {
        &self.windows
    }

    /// The book of the window that begins with `first`.
    pub fn get(&self, first: Round) -> Option<&Book> {
        self.open.get(&first)
    }

    /// The windows that are kept, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &Book> {
        self.open.values()
    }

    /// The window that a round belongs to, if any.
    pub fn window_of(&self, round: Round) -> Option<Window> {
        self.windows.of(&self.epoch, round)
    }

    fn book(&self, window: Window) -> Book {
        Book::new(window, self.windows.kappa(), self.meters)
            .against(self.windows.colluding())
            .over(self.windows.min_rounds)
    }

    /// Whether the set of a round would be a new entry of its window.
    pub fn lacks(&self, round: Round) -> bool {
        let Some(window) = self.window_of(round) else { return false };
        match self.open.get(&window.first) {
            Some(book) => !book.holds(round),
            // Older than the oldest one kept: forgotten.
            None => self.open.len() < Self::KEPT || self.open.keys().next() < Some(&window.first),
        }
    }

    /// Puts a round's set into its window's book. Returns that window, or None if the round is in none, in
    /// one that is forgotten, or the set was in already; and the window that is forgotten for it.
    ///
    /// # Errors
    /// As [`Book::enter`]; nothing has changed then.
    pub fn enter(&mut self, round: Round, digest: &[u8; 32], set: &Members) -> Result<Entered, Error> {
        let mut entered = Entered::default();
        let Some(window) = self.windows.of(&self.epoch, round) else { return Ok(entered) };
        if let Some(book) = self.open.get_mut(&window.first) {
            entered.new = book.enter(round, digest, set)?.then_some(window);
            return Ok(entered);
        }
        if !self.lacks(round) {
            return Ok(entered);
        }
        let mut book = self.book(window);
        entered.new = book.enter(round, digest, set)?.then_some(window);
        self.open.insert(window.first, book);
        if self.open.len() > Self::KEPT {
            entered.forgotten = self.open.pop_first().map(|(_, book)| book.window());
        }
        Ok(entered)
    }

    /// Appends all of it: `count u8 ‖ (first u32 ‖ last u32 ‖ rounds u32 ‖ (round u32 ‖ digest 32 ‖ set) …) …`.
    ///
    /// # Errors
    /// As [`Members::to_bytes`].
    pub fn save(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.push(u8::try_from(self.open.len()).unwrap_or(u8::MAX));
        self.open.values().try_for_each(|book| book.save(out))
    }

    /// Takes back what [`Books::save`] wrote, for the same epoch.
    ///
    /// # Errors
    /// [`Malformed`]; nothing has changed then.
    pub fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let bad = || Error::from(Malformed::BadRecord);
        let mut open = BTreeMap::new();
        let count = reader.u8()?;
        if usize::from(count) > Self::KEPT {
            return Err(bad());
        }
        for _ in 0..count {
            let window = Window { first: Round::from(reader.u32()?), last: Round::from(reader.u32()?) };
            if self.windows.of(&self.epoch, window.first) != Some(window) {
                return Err(bad());
            }
            let mut book = self.book(window);
            for _ in 0..reader.u32()?.min(self.windows.rounds().wrapping_add(1)) {
                let (round, digest) = (Round::from(reader.u32()?), *reader.array()?);
                let set = Members::read(reader, self.meters)?;
                if !book.enter(round, &digest, &set).map_err(|_| bad())? {
                    return Err(bad());
                }
            }
            if open.insert(window.first, book).is_some() {
                return Err(bad());
            }
        }
        self.open = open;
        Ok(())
    }
}

/// What a new set did to the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// The window in which the set is new.
    pub new: Option<Window>,
    /// The window that is kept no longer.
    pub forgotten: Option<Window>,
}
