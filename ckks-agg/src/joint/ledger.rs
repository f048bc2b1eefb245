//! Which polynomials have been answered: each once, ever.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use meter_link::frame::Reader;
use meter_link::mark::check;

use crate::error::{Error, Misuse};

/// What is stored before a share leaves: `34 u8 ‖ digest of the polynomial 32 ‖ check 4`.
pub type LedgerRecord = [u8; Ledger::RECORD_LEN];

/// The polynomials that a party has answered.
///
/// # Security
/// Two answers for one polynomial have two floods, and the mean of many has none; shares of one polynomial for two active sets
/// have been used to find keys. So there is one answer for each, whatever the active set, and none after a restart. A
/// ledger that is lost or rolled back counts as collusion. It knows *equal* polynomials only: that no two ciphertexts are
/// asked for that depend on each other is the caller's to see to, as the [roles](crate) do.
#[derive(Debug, Default)]
pub struct Ledger(BTreeSet<[u8; 32]>);

impl Ledger {
    /// Bytes of a record.
    pub const RECORD_LEN: usize = 1 + 32 + 4;
    const RECORD_VERSION: u8 = 34;

    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many answers were given.
    pub fn answers(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Whether there was an answer.
    pub(crate) fn contains(&self, digest: &[u8; 32]) -> bool {
        self.0.contains(digest)
    }

    /// Enters a polynomial, of which there may be `most`.
    ///
    /// # Errors
    /// [`Misuse::AnsweredBefore`]; [`Misuse::BadFlood`] when all answers that floods are made for have been given.
    pub(crate) fn take(&mut self, digest: &[u8; 32], most: u32) -> Result<LedgerRecord, Error> {
        if self.contains(digest) {
            return Err(Misuse::AnsweredBefore.into());
        }
        if self.answers() >= most {
            return Err(Misuse::BadFlood.into());
        }
        self.0.insert(*digest);
        Ok(record(digest))
    }

    /// Takes a stored record into account, in any order.
    ///
    /// # Errors
    /// [`meter_link::Malformed::BadRecord`].
    pub fn replay(&mut self, stored: &[u8]) -> Result<(), Error> {
        let bad = meter_link::Malformed::BadRecord;
        let stored: &LedgerRecord = stored.try_into().map_err(|_| bad)?;
        let [_, digest @ .., _, _, _, _] = stored;
        if record(digest) != *stored {
            return Err(bad.into());
        }
        self.0.insert(*digest);
        Ok(())
    }

    /// Appends `count u32 ‖ digests 32 …`.
    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        out.extend(self.answers().to_le_bytes());
        self.0.iter().for_each(|digest| out.extend(digest));
    }

    /// Takes back what [`Ledger::save`] wrote.
    pub(crate) fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        for _ in 0..reader.u32()? {
            self.0.insert(*reader.array()?);
        }
        Ok(())
    }
}

fn record(digest: &[u8; 32]) -> LedgerRecord {
    let mut out = [0u8; Ledger::RECORD_LEN];
    let (body, sum) = out.split_at_mut(33);
    for (place, byte) in body.iter_mut().zip([Ledger::RECORD_VERSION].iter().chain(digest)) {
        *place = *byte;
    }
    sum.copy_from_slice(&check(body));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_is_answered_once_also_after_a_restart() {
        let mut ledger = Ledger::new();
        let record = ledger.take(&[5; 32], 2).unwrap();
        assert_eq!(ledger.take(&[5; 32], 2), Err(Misuse::AnsweredBefore.into()));
        let mut again = Ledger::new();
        again.replay(&record).unwrap();
        assert_eq!(again.take(&[5; 32], 2), Err(Misuse::AnsweredBefore.into()));
        again.take(&[6; 32], 2).unwrap();
        assert_eq!(again.take(&[7; 32], 2), Err(Misuse::BadFlood.into()));
        let mut saved = Vec::new();
        again.save(&mut saved);
        let mut third = Ledger::new();
        third.load(&mut Reader::new(&saved)).unwrap();
        assert_eq!(third.take(&[6; 32], 9), Err(Misuse::AnsweredBefore.into()));
        for at in 0..record.len() {
            let mut bad = record;
            bad[at] ^= 1;
            assert!(Ledger::new().replay(&bad).is_err());
            assert!(Ledger::new().replay(&record[..at]).is_err());
        }
    }
}
