//! A round between its Closes.

use alloc::vec::Vec;

use meter_link::collect::Collection;
use meter_link::{Error, PartyId};

use super::Pass;

/// A round that takes repairs.
#[derive(Debug)]
pub struct Repairing {
    pub(super) state: Pass,
    pub(super) repairs: Collection,
    pub(super) expected: Vec<bool>,
    pub(super) frame: Vec<u8>,
}

impl Repairing {
    /// The signed Close that is not final, for the meters.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes a repair; the same frame again changes nothing.
    ///
    /// # Errors
    /// As [`Collection::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.repairs.accept(frame)
    }

    /// Meters whose repair has not come.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        self.repairs.missing()
    }
}
