//! Who opens sums, whichever way.

use ckks_agg::{Error, KeyHolder, Trustee};
use meter_link::Round;

use super::rng;

/// A record that was stored, and what may be sent then.
pub type Told = (Vec<u8>, Vec<u8>);

/// Who opens sums.
pub enum Answerer {
    Trustee(Trustee),
    Holder(KeyHolder),
}

impl Answerer {
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Answerer::Trustee(role) => role.to_bytes().unwrap().to_vec(),
            Answerer::Holder(role) => role.to_bytes().unwrap().to_vec(),
        }
    }

    pub fn certify(&mut self, list: &[u8]) -> Result<Told, Error> {
        let told = match self {
            Answerer::Trustee(role) => role.certify(list)?,
            Answerer::Holder(role) => role.certify(list)?,
        };
        Ok((told.record().to_vec(), told.stored()))
    }

    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        match self {
            Answerer::Trustee(role) => role.open(now, frame),
            Answerer::Holder(role) => role.open(now, frame),
        }
    }

    /// A trustee's statement, or a holder's answer.
    pub fn shut(&mut self, now: Round, close: &[u8], list: &[&[u8]]) -> Result<Told, Error> {
        match self {
            Answerer::Trustee(role) => {
                let told = role.agree(now, close, list)?;
                Ok((told.record().to_vec(), told.stored()))
            }
            Answerer::Holder(role) => {
                let told = role.answer(now, close, list, &mut rng(7))?;
                Ok((told.record().to_vec(), told.stored()))
            }
        }
    }

    /// A trustee's share.
    pub fn share(&mut self, statements: &[&[u8]]) -> Option<Result<Told, Error>> {
        let Answerer::Trustee(role) = self else { return None };
        let told = role.answer(statements, &mut rng(8));
        Some(told.map(|told| (told.record().to_vec(), told.stored())))
    }

    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        match self {
            Answerer::Trustee(role) => role.replay(record),
            Answerer::Holder(role) => role.replay(record),
        }
    }

    pub fn log(&self) -> (u64, [u8; 32]) {
        let log = match self {
            Answerer::Trustee(role) => role.log(),
            Answerer::Holder(role) => role.log(),
        };
        (log.len().into(), *log.head())
    }
}
