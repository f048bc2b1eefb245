//! What a utility appends to its journal.

use meter_link::Round;
use meter_link::answer::Quorum;
use meter_link::frame::Reader;

/// One record; the first byte says which.
pub(super) enum Record<'a> {
    /// A round is open: with nobody's contribution.
    Opened(&'a [u8]),
    /// A round is closed over these contributions, and a quorum is asked.
    Closed { quorum: Quorum, collected: &'a [u8] },
    /// All rounds up to this one have a sum or are lost.
    Done(Round),
    /// The bills of the window that begins here are asked for.
    Asked(Round),
    /// … and are told, or never will be.
    Billed(Round),
}

impl<'a> Record<'a> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let with = |kind: u8, parts: &[&[u8]]| [&[kind][..], &parts.concat()].concat();
        match self {
            Self::Opened(collected) => with(1, &[collected]),
            Self::Closed { quorum, collected } => {
                let numbers: Vec<u8> = quorum.iter().collect();
                with(2, &[&[quorum.len()], &numbers, collected])
            }
            Self::Done(round) => with(3, &[&round.to_u32().to_le_bytes()]),
            Self::Asked(first) => with(4, &[&first.to_u32().to_le_bytes()]),
            Self::Billed(first) => with(5, &[&first.to_u32().to_le_bytes()]),
        }
    }

    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, meter_link::Error> {
        let mut reader = Reader::new(bytes);
        let record = match reader.u8()? {
            1 => Self::Opened(reader.rest()),
            2 => {
                let count = reader.u8()?;
                let quorum = Quorum::new(reader.bytes(count.into())?)?;
                Self::Closed { quorum, collected: reader.rest() }
            }
            3 => Self::Done(Round::from(reader.u32()?)),
            4 => Self::Asked(Round::from(reader.u32()?)),
            5 => Self::Billed(Round::from(reader.u32()?)),
            _ => return Err(meter_link::Malformed::BadRecord.into()),
        };
        Ok(record)
    }
}
