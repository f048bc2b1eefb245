//! What the forming of an epoch gives a party, from which a protocol makes its role.

use std::sync::{Arc, Mutex};

use meter_link::roster::{Member, Roster};
use meter_link::{EpochView, HighWater, Identity, LinkSecret, PartyId, Role, Round};
use zeroize::Zeroizing;

/// A party's place in an epoch.
pub(crate) struct Seat {
    pub(crate) view: EpochView,
    pub(crate) id: PartyId,
    pub(crate) role: Role,
    /// A meter's position, an answerer's number; 0 for the utility.
    pub(crate) place: u32,
    pub(crate) identity: Identity,
    pub(crate) keys: Keys,
    pub(crate) lists: Lists,
}

/// Where the role's keys come from.
pub(crate) enum Keys {
    /// A new epoch: the link key that was announced.
    Fresh(LinkSecret),
    /// After a restart: what this role stored in this epoch.
    Stored(Kept),
}

/// What a role has stored: its last [`super::Change::State`] and the records after it.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    pub(crate) state: Option<Zeroizing<Vec<u8>>>,
    pub(crate) records: Vec<Vec<u8>>,
}

/// Whom a party knows of its epoch; everybody in it was checked against the root.
pub(crate) enum Lists {
    /// The utility, the answerers, and in cmt the meters.
    Whole(Roster),
    /// Meters: all answerers by number, and the meters they need, with their positions.
    Near { answerers: Vec<Member>, meters: Vec<(u32, Member)> },
}

impl Lists {
    pub(crate) fn answerers(&self) -> &[Member] {
        match self {
            Self::Whole(roster) => roster.answerers(),
            Self::Near { answerers, .. } => answerers,
        }
    }

    pub(crate) fn whole(&self) -> Option<&Roster> {
        match self {
            Self::Whole(roster) => Some(roster),
            Self::Near { .. } => None,
        }
    }
}

/// Intervals of a round at most.
pub(crate) const MOST_BATCH: usize = 32;

/// What a meter is, whatever epoch and protocol: its mark and its readings.
pub(crate) struct Device {
    /// One for all protocols and epochs of the device.
    pub(crate) mark: HighWater<MOST_BATCH>,
    /// The last record of it, which every new state begins with.
    pub(crate) record: Option<Vec<u8>>,
    pub(crate) source: Box<dyn Readings>,
}

impl Device {
    /// Takes a stored record of the mark into account. That of an older epoch's role may be behind another's: the record
    /// of the latest interval stays.
    ///
    /// # Errors
    /// For a damaged record.
    pub(crate) fn replay(&mut self, record: &[u8]) -> Result<(), meter_link::Error> {
        self.mark.replay(record)?;
        if self.record.as_deref().is_none_or(|last| until(last) <= until(record)) {
            self.record = Some(record.to_vec());
        }
        Ok(())
    }
}

/// The end of the interval in a record: `1 ‖ first u16 ‖ count u16 ‖ until u64 ‖ check`.
fn until(record: &[u8]) -> u64 {
    let until = record.get(5..).and_then(|rest| rest.first_chunk());
    until.map_or(0, |until| u64::from_le_bytes(*until))
}

/// Shared by the roles of two epochs while one follows the other.
pub(crate) type SharedDevice = Arc<Mutex<Device>>;

/// Where a meter's readings come from.
pub(crate) trait Readings: Send {
    /// The reading of a round's interval, one value a channel; `None` where there is none (yet).
    fn reading(&mut self, round: Round) -> Option<Vec<i64>>;
}
