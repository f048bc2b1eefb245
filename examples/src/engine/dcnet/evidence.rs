//! Two frames that the utility has signed and that contradict each other.

use meter_link::frame::Reader;
use meter_link::{Error, Header, Malformed};

use super::journal::{put, take};

/// Kept for whoever is to judge; as many as fit, since an evil utility can make any number of them.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pairs: Vec<[Vec<u8>; 2]>,
}

impl Evidence {
    /// First byte of a record.
    pub(super) const RECORD: u8 = 0xee;
    const MOST: usize = 8;

    /// A record to be stored, if these two are of one kind and round, and news.
    pub(super) fn add(&mut self, earlier: &[u8], later: &[u8]) -> Option<Vec<u8>> {
        let about = |frame: &[u8]| Header::parse(frame).map(|header| (header.kind, header.round)).ok();
        if about(earlier).is_none() || about(earlier) != about(later) {
            return None;
        }
        let known = |pair: &[Vec<u8>; 2]| pair.iter().all(|frame| frame == earlier || frame == later);
        if self.pairs.len() >= Self::MOST || self.pairs.iter().any(known) {
            return None;
        }
        self.pairs.push([earlier.to_vec(), later.to_vec()]);
        let mut record = vec![Self::RECORD];
        put(&mut record, earlier);
        put(&mut record, later);
        Some(record)
    }

    /// Takes back a record.
    pub(super) fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(record);
        if reader.u8()? != Self::RECORD {
            return Err(Malformed::BadRecord.into());
        }
        let pair = [take(&mut reader)?.to_vec(), take(&mut reader)?.to_vec()];
        reader.end()?;
        self.pairs.push(pair);
        Ok(())
    }

    /// Into a state.
    pub(super) fn save(&self, out: &mut Vec<u8>) {
        let count = u8::try_from(self.pairs.len()).unwrap_or(u8::MAX);
        out.push(count);
        for frame in self.pairs.iter().take(count.into()).flatten() {
            put(out, frame);
        }
    }

    /// From a state.
    pub(super) fn load(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut pairs = Vec::new();
        for _ in 0..reader.u8()? {
            pairs.push([take(reader)?.to_vec(), take(reader)?.to_vec()]);
        }
        Ok(Self { pairs })
    }
}
