//! Fields of what the roles store: little-endian, with their lengths.

use meter_link::frame::Reader;
use meter_link::{Error, Malformed, Round};

/// Appends bytes with their length.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// What [`put`] has appended.
pub(super) fn take<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let len = reader.u32()?;
    reader.bytes(usize::try_from(len).map_err(|_| Malformed::Truncated)?)
}

/// A round, or none.
pub(super) fn put_round(out: &mut Vec<u8>, round: Option<Round>) {
    out.push(u8::from(round.is_some()));
    out.extend(round.map_or(0, Round::to_u32).to_le_bytes());
}

pub(super) fn take_round(reader: &mut Reader<'_>) -> Result<Option<Round>, Error> {
    let known = reader.u8()?;
    let round = Round::from(reader.u32()?);
    match known {
        0 => Ok(None),
        1 => Ok(Some(round)),
        _ => Err(Malformed::BadRecord.into()),
    }
}
