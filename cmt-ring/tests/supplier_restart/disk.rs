//! A disk, and power that fails.

use std::collections::BTreeMap;

use cmt_ring::{Sum, Supplier};

use crate::ring::World;

/// The power is gone, and all that was in memory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dark;

/// What comes back after the power has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Everything that was written. (What is torn was not written: it is cut off, as if the power had failed before.)
    All,
    /// All records, and a state so many states older.
    OldState(usize),
    /// Nothing of the last so many writes.
    Old(usize),
}

enum Write {
    State(Vec<u8>),
    Record(Vec<u8>),
}

/// The supplier's disk, a supply that fails at one point, and what has left the house.
pub(crate) struct House {
    writes: Vec<Write>,
    kept: Kept,
    /// Points until the power fails.
    left: Option<usize>,
    /// Points that were passed.
    pub(crate) points: usize,
    pub(crate) sums: BTreeMap<u32, Vec<Sum>>,
}

impl House {
    pub(crate) fn new(left: Option<usize>, kept: Kept) -> Self {
        House { writes: Vec::new(), kept, left, points: 0, sums: BTreeMap::new() }
    }

    /// Here the power may fail.
    pub(crate) fn point(&mut self) -> Result<(), Dark> {
        self.points += 1;
        match &mut self.left {
            Some(0) => {
                self.left = None;
                Err(Dark)
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(crate) fn store_state(&mut self, supplier: &Supplier) -> Result<(), Dark> {
        self.store(Write::State(supplier.to_bytes().unwrap().to_vec()))
    }

    pub(crate) fn store_record(&mut self, record: &[u8]) -> Result<(), Dark> {
        self.store(Write::Record(record.to_vec()))
    }

    fn store(&mut self, write: Write) -> Result<(), Dark> {
        self.point()?;
        self.writes.push(write);
        self.point()
    }

    /// A round's sum leaves the house.
    pub(crate) fn deliver(&mut self, sum: Sum) {
        self.sums.entry(sum.round.to_u32()).or_default().push(sum);
    }

    /// Whether the disk never forgets what it has written.
    pub(crate) fn keeps_all(&self) -> bool {
        self.kept == Kept::All
    }

    /// The power is back.
    pub(crate) fn restart(&mut self, world: &mut World) {
        let states = |writes: &[Write]| -> Vec<usize> {
            (0..writes.len()).filter(|n| matches!(writes[*n], Write::State(_))).collect()
        };
        match self.kept {
            Kept::All => {}
            Kept::Old(steps) => self.writes.truncate(self.writes.len().saturating_sub(steps)),
            Kept::OldState(steps) => {
                for place in states(&self.writes).into_iter().rev().take(steps) {
                    self.writes.remove(place);
                }
            }
        }
        let bytes = self.writes.iter().rev().find_map(|write| match write {
            Write::State(bytes) => Some(bytes),
            Write::Record(_) => None,
        });
        let link = world.link.twin();
        let (params, view, roster) = (&world.params, &world.view, &world.roster);
        let mut supplier = match bytes {
            Some(bytes) => Supplier::from_bytes(params, view, roster, Some(link), bytes).unwrap(),
            None => Supplier::new(params, view, roster, link).unwrap(),
        };
        for write in &self.writes {
            if let Write::Record(record) = write {
                supplier.replay(record).unwrap();
            }
        }
        world.supplier = supplier;
    }

    /// Tries until the power stays.
    pub(crate) fn attempt(
        &mut self,
        world: &mut World,
        mut step: impl FnMut(&mut Self, &mut World) -> Result<(), Dark>,
    ) {
        while step(self, world) == Err(Dark) {
            self.restart(world);
        }
    }
}
