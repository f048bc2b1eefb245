//! One reading, one home: the high-water mark of a device.

use sha2::{Digest, Sha256};

use crate::error::{Error, Malformed, Misuse};
use crate::frame::{Reader, Writer};
use crate::id::Round;
use crate::params::Schedule;

/// The device channels that a session reads: `first … first + count − 1`.
///
/// # Security
/// **Fixed for the epoch.** Pads belong to a session's keys and a round, whatever channel is read under them; the
/// mark belongs to the channel. A meter that is made anew in the same epoch with another `first` therefore passes
/// the mark and spends the round's pads again, and two frames give the difference of two channels
/// (`another_channel_same_session` in shamir-agg's attacks). Keep `first` with the epoch's secrets, and let another
/// channel have another group or wait for the next epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// First channel of the device.
    pub first: u16,
    /// How many.
    pub count: u16,
}

/// For every channel of a device, the end of the last interval that was contributed: **one for all
/// protocols, groups and sessions of the device**.
///
/// Two sums that contain the same reading subtract to it. A contribution therefore takes its interval away
/// for ever: the next must begin where the last ended, or later. Intervals are compared by time, not by
/// round number, so that sessions with other periods cannot count a reading twice either.
#[derive(Debug)]
pub struct HighWater<const CHANNELS: usize = 1> {
    until: [u64; CHANNELS],
}

/// What must be on stable storage before the contribution leaves: `1 ‖ first u16 ‖ count u16 ‖ until u64 ‖
/// check 4`. Append it; the largest `until` of a channel counts.
pub type MarkRecord = [u8; HighWater::<0>::RECORD_LEN];

impl<const CHANNELS: usize> Default for HighWater<CHANNELS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const CHANNELS: usize> HighWater<CHANNELS> {
    /// Bytes of a record.
    pub const RECORD_LEN: usize = 1 + 2 + 2 + 8 + 4;
    const VERSION: u8 = 1;

    /// A device that never contributed.
    pub const fn new() -> Self {
        HighWater { until: [0; CHANNELS] }
    }

    /// Takes the round's interval for these channels, or refuses and leaves the mark as it was.
    ///
    /// # Errors
    /// [`Misuse::TimeAlreadyUsed`] if any channel has contributed any part of the interval or a later one;
    /// [`Misuse::UnknownChannel`].
    pub fn take(
        &mut self,
        channels: Channels,
        schedule: &Schedule,
        round: Round,
    ) -> Result<MarkRecord, Error> {
        let (start, end) = schedule.interval(round)?;
        let range = self.range(channels)?;
        if range.iter().any(|until| start < *until) {
            return Err(Misuse::TimeAlreadyUsed.into());
        }
        range.fill(end);
        encode(channels, end)
    }

    /// Takes a stored record into account, in any order.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for a damaged record or one of another version; [`Misuse::UnknownChannel`].
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let (channels, end) = decode(record)?;
        for until in self.range(channels)? {
            *until = (*until).max(end);
        }
        Ok(())
    }

    fn range(&mut self, channels: Channels) -> Result<&mut [u64], Error> {
        let first = usize::from(channels.first);
        let end = first.wrapping_add(channels.count.into()); // two u16 cannot wrap
        self.until.get_mut(first..end).filter(|r| !r.is_empty()).ok_or(Misuse::UnknownChannel.into())
    }
}

fn encode(channels: Channels, end: u64) -> Result<MarkRecord, Error> {
    let mut out = [0u8; HighWater::<0>::RECORD_LEN];
    let mut writer = Writer::new(&mut out);
    writer.u8(HighWater::<0>::VERSION)?;
    writer.u16(channels.first)?;
    writer.u16(channels.count)?;
    writer.u64(end)?;
    let check = check(writer.written());
    writer.bytes(&check)?;
    Ok(out)
}

fn decode(record: &[u8]) -> Result<(Channels, u64), Error> {
    let bad = Malformed::BadRecord;
    let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
    if check(body) != *stored {
        return Err(bad.into());
    }
    let mut reader = Reader::new(body);
    if reader.u8()? != HighWater::<0>::VERSION {
        return Err(bad.into());
    }
    let channels = Channels { first: reader.u16()?, count: reader.u16()? };
    let end = reader.u64()?;
    reader.end().map_err(|_| bad)?;
    Ok((channels, end))
}

/// Four bytes that end every stored record: a torn write does not reproduce them.
pub fn check(body: &[u8]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(b"wattsum v1 record").chain_update(body).finalize();
    let mut out = [0u8; 4];
    for (place, byte) in out.iter_mut().zip(digest) {
        *place = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Schedule = Schedule { origin: 1000, period: 900 };
    const HOUR: Schedule = Schedule { origin: 1000, period: 3600 };
    const ONE: Channels = Channels { first: 0, count: 1 };

    #[test]
    fn one_reading_in_two_sessions_is_refused() {
        let mut mark = HighWater::<2>::new();
        mark.take(ONE, &QUARTER, Round::from(4)).unwrap();
        let used = Err(Misuse::TimeAlreadyUsed.into());
        assert_eq!(mark.take(ONE, &QUARTER, Round::from(4)), used);
        assert_eq!(mark.take(ONE, &QUARTER, Round::from(3)), used);
        // The hour from 4 quarters on contains the quarter that is gone; so do all channels together.
        assert_eq!(mark.take(ONE, &HOUR, Round::from(1)), used);
        assert_eq!(mark.take(Channels { first: 0, count: 2 }, &QUARTER, Round::from(4)), used);
        mark.take(Channels { first: 1, count: 1 }, &QUARTER, Round::from(4)).unwrap();
        mark.take(ONE, &HOUR, Round::from(2)).unwrap();
        // … and the hour's quarters are gone with it.
        assert_eq!(mark.take(ONE, &QUARTER, Round::from(11)), used);
        mark.take(ONE, &QUARTER, Round::from(12)).unwrap();
    }

    #[test]
    fn a_reboot_forgets_nothing_that_was_stored() {
        let mut mark = HighWater::<1>::new();
        let first = mark.take(ONE, &QUARTER, Round::from(7)).unwrap();
        let second = mark.take(ONE, &QUARTER, Round::from(8)).unwrap();
        let mut again = HighWater::<1>::new();
        for record in [second, first] {
            again.replay(&record).unwrap();
        }
        assert!(again.take(ONE, &QUARTER, Round::from(8)).is_err());
        again.take(ONE, &QUARTER, Round::from(9)).unwrap();
    }

    #[test]
    fn damaged_records_and_unknown_channels_change_nothing() {
        let mut mark = HighWater::<1>::new();
        let record = mark.take(ONE, &QUARTER, Round::from(7)).unwrap();
        for i in 0..record.len() {
            let mut bad = record;
            bad[i] ^= 1;
            assert_eq!(HighWater::<1>::new().replay(&bad), Err(Malformed::BadRecord.into()));
            assert_eq!(HighWater::<1>::new().replay(&record[..i]), Err(Malformed::BadRecord.into()));
        }
        for channels in [Channels { first: 1, count: 1 }, Channels { first: 0, count: 0 }] {
            assert_eq!(mark.take(channels, &QUARTER, Round::from(9)), Err(Misuse::UnknownChannel.into()));
        }
    }
}
