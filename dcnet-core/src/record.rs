//! What a meter stores before it answers a Close.

use meter_link::frame::{Flags, Reader, Writer};
use meter_link::mark::check;
use meter_link::round::{Close, FrameHash};
use meter_link::{Error, Malformed, Round};

/// `5 ‖ round u32 ‖ flags u8 ‖ hash of the Close ‖ check 4`, the flags being those of the Close (pass, final).
/// Append it; after a reboot the meter stays silent in every round it finds a record of.
pub type CloseRecord = [u8; RECORD_LEN];

const RECORD_LEN: usize = 1 + 4 + 1 + 32 + 4;
const VERSION: u8 = 5; // 1 … 3 are records of meter-link, 4 of cmt-ring

pub(crate) fn encode(close: &Close<'_>) -> Result<CloseRecord, Error> {
    let mut out = [0u8; RECORD_LEN];
    let mut writer = Writer::new(&mut out);
    writer.u8(VERSION)?;
    writer.u32(close.round.to_u32())?;
    let last = if close.is_final { Flags::FINAL } else { 0 };
    writer.u8((close.pass.wrapping_sub(1) << Flags::PASS_SHIFT) | last)?;
    writer.bytes(&close.hash)?;
    let check = check(writer.written());
    writer.bytes(&check)?;
    Ok(out)
}

/// Round and hash of the Close, and whether it was final.
pub(crate) fn decode(record: &[u8]) -> Result<(Round, FrameHash, bool), Error> {
    let bad = Malformed::BadRecord;
    // Records of other lengths are other roles', or torn.
    let record: &[u8; RECORD_LEN] = record.try_into().map_err(|_| bad)?;
    let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
    let mut reader = Reader::new(body);
    if check(body) != *stored || reader.u8()? != VERSION {
        return Err(bad.into());
    }
    let (round, flags) = (Round::from(reader.u32()?), reader.u8()?);
    let hash = *reader.array()?;
    Ok((round, hash, flags & Flags::FINAL != 0))
}
