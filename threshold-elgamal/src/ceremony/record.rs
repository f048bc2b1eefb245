//! What is stored before a frame may leave: the seed, and what was signed of which there must be no second.

use core::fmt;

use meter_link::Malformed;
use meter_link::frame::{Reader, Writer};
use meter_link::mark::check;
use zeroize::ZeroizeOnDrop;

use super::plan::Ceremony;
use crate::error::Error;

/// First byte of a record.
const VERSION: u8 = 20; // those below are records and states of other roles

/// What a record holds; the byte is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The seed of everything that is drawn.
    Seed = 0,
    /// SHA-256 of the echo's payload.
    Echo = 1,
    /// SHA-256 of the confirmation's payload.
    Confirmation = 2,
}

/// `20 u8 ‖ form u8 ‖ ceremony id 32 ‖ value 32 ‖ check 4`: to be appended to the ceremony's own log, and synced, before
/// what it guards is sent.
///
/// # Security
/// The one of form 0 is **secret**: it is the dealt polynomial. Wipe the log once the ceremony has ended.
#[derive(ZeroizeOnDrop)]
pub struct CeremonyRecord([u8; CeremonyRecord::LEN]);

impl CeremonyRecord {
    /// Bytes.
    pub const LEN: usize = 1 + 1 + 32 + 32 + 4;

    pub(super) fn new(ceremony: &Ceremony, form: Form, value: &[u8; 32]) -> Result<Self, Error> {
        let mut out = CeremonyRecord([0u8; Self::LEN]);
        let mut writer = Writer::new(&mut out.0);
        writer.bytes(&[VERSION, form as u8])?;
        writer.bytes(ceremony.id().as_bytes())?;
        writer.bytes(value)?;
        let check = check(writer.written());
        writer.bytes(&check)?;
        Ok(out)
    }
}

impl AsRef<[u8]> for CeremonyRecord {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CeremonyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CeremonyRecord(..)")
    }
}

/// What was stored.
#[derive(Default, ZeroizeOnDrop)]
pub(super) struct Stored {
    values: [Option<[u8; 32]>; 3],
}

impl Stored {
    pub(super) fn get(&self, form: Form) -> Option<&[u8; 32]> {
        self.values.get(form as usize)?.as_ref()
    }

    /// What has been fixed already must be the same.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for another value than before.
    pub(super) fn fix(&mut self, form: Form, value: &[u8; 32]) -> Result<(), Error> {
        match self.values.get_mut(form as usize) {
            Some(Some(fixed)) if fixed != value => Err(Error::Inconsistent),
            Some(slot) => {
                *slot = Some(*value);
                Ok(())
            }
            None => Err(Error::Inconsistent), // there are as many as forms
        }
    }

    /// # Errors
    /// [`Malformed::BadRecord`] for damage, another ceremony, or two records of one form that differ.
    pub(super) fn replay(&mut self, ceremony: &Ceremony, record: &[u8]) -> Result<(), Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
        if record.len() != CeremonyRecord::LEN || check(body) != *stored {
            return Err(bad.into());
        }
        let mut reader = Reader::new(body);
        let own = reader.u8()? == VERSION;
        let form = match reader.u8()? {
            0 => Form::Seed,
            1 => Form::Echo,
            2 => Form::Confirmation,
            _ => return Err(bad.into()),
        };
        if !own || reader.array::<32>()? != ceremony.id().as_bytes() {
            return Err(bad.into());
        }
        self.fix(form, reader.array()?).map_err(|_| bad.into())
    }
}
