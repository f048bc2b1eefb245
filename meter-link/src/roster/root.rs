//! The utility's signed commitment to an epoch's lists, and how a party pins it before the beacon.

use super::link_key::Forming;
use crate::epoch::Epoch;
use crate::error::{Error, Fault, Malformed, Misuse};
use crate::frame::{Header, Kind, Reader, SignedFrame, Writer};
use crate::id::{PartyId, Round};
use crate::identity::{Identity, IdentityKey};
use crate::mark::check;
use crate::prepared::Prepared;

/// What the utility commits to before anybody knows the beacon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterRoot {
    /// Last round of the epoch; the first is the header's.
    pub last_round: Round,
    /// Commitment to utility and meters.
    pub roster_root: [u8; 32],
    /// Commitment to the ordered answerers.
    pub answerers_root: [u8; 32],
    /// When the beacon will be published, Unix seconds.
    pub beacon_time: u64,
}

impl RosterRoot {
    /// Bytes of the frame: header, `epoch u32 ‖ last_round u32 ‖ roster root ‖ answerers root ‖
    /// beacon time u64`, signature.
    pub const LEN: usize = Header::LEN + 4 + 4 + 32 + 32 + 8 + Identity::SIGNATURE_LEN;

    /// The signed frame.
    ///
    /// # Errors
    /// [`Misuse::RoundOutsideEpoch`] if the last round is before the first.
    pub fn sign(&self, forming: &Forming, utility: &Identity) -> Result<[u8; Self::LEN], Error> {
        if self.last_round < forming.first_round {
            return Err(Misuse::RoundOutsideEpoch.into());
        }
        let mut out = [0u8; Self::LEN];
        let header = forming.header(Kind::RosterRoot, PartyId::UTILITY);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(forming.epoch)?;
        writer.u32(self.last_round.to_u32())?;
        writer.bytes(&self.roster_root)?;
        writer.bytes(&self.answerers_root)?;
        writer.u64(self.beacon_time)?;
        writer.finish_signed(&header, utility, &forming.scope())?;
        Ok(out)
    }
}

/// What a party stores for the root of an epoch: `3 ‖ epoch u32 ‖ first_round u32 ‖ the root's fields ‖
/// check 4`.
pub type RootRecord = [u8; StoredRoot::LEN];

/// A root that this party has pinned. Only from here on can it make an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRoot {
    forming_epoch: u32,
    first_round: Round,
    root: RosterRoot,
}

impl StoredRoot {
    const VERSION: u8 = 3;
    const LEN: usize = 1 + 4 + 4 + 4 + 32 + 32 + 8 + 4;

    /// Checks a root and hands out the record to store. `pinned` is the last root that this party stored for
    /// the session, if any, of this epoch or an earlier one.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the utility: wrong signature or epoch, a root that is not *before*
    /// its beacon ([`Fault::RosterAfterBeacon`]), a second and different root ([`Fault::Contradiction`]), an
    /// epoch that does not lie after the pinned one in number and rounds ([`Fault::WrongEpoch`]).
    ///
    /// # Security
    /// Were late roots accepted, the utility could grind rosters against a known beacon: 2^g candidates
    /// cost g bits of the key graph's security. Were overlapping epochs accepted, a round could be summed once
    /// in each of them, over sets that differ.
    pub fn accept(
        frame: &[u8],
        forming: &Forming,
        utility: &IdentityKey,
        now: u64,
        pinned: Option<&StoredRoot>,
    ) -> Result<Prepared<StoredRoot, RootRecord>, Error> {
        let frame = SignedFrame::parse(frame, &forming.expect(Kind::RosterRoot))?;
        if frame.header().sender != PartyId::UTILITY {
            return Err(Fault::ReservedId.of(frame.header().sender));
        }
        let mut payload = frame.verify(utility, &forming.scope())?;
        forming.check(frame.header(), payload.u32()?)?;
        let root = read_fields(&mut payload)?;
        payload.end()?;
        if root.last_round < forming.first_round {
            return Err(Malformed::BadField.into());
        }
        let stored = StoredRoot { forming_epoch: forming.epoch, first_round: forming.first_round, root };
        match pinned {
            Some(earlier) if *earlier == stored => {}
            Some(earlier) if earlier.forming_epoch == forming.epoch => {
                return Err(Fault::Contradiction.of(PartyId::UTILITY));
            }
            Some(earlier)
                if forming.epoch < earlier.forming_epoch
                    || forming.first_round <= earlier.root.last_round =>
            {
                return Err(Fault::WrongEpoch.of(PartyId::UTILITY));
            }
            _ if now >= root.beacon_time => return Err(Fault::RosterAfterBeacon.of(PartyId::UTILITY)),
            _ => {}
        }
        Ok(Prepared::new(stored.to_bytes()?, stored))
    }

    fn to_bytes(self) -> Result<RootRecord, Error> {
        let mut out = [0u8; Self::LEN];
        let mut writer = Writer::new(&mut out);
        writer.u8(Self::VERSION)?;
        writer.u32(self.forming_epoch)?;
        writer.u32(self.first_round.to_u32())?;
        writer.u32(self.root.last_round.to_u32())?;
        writer.bytes(&self.root.roster_root)?;
        writer.bytes(&self.root.answerers_root)?;
        writer.u64(self.root.beacon_time)?;
        let check = check(writer.written());
        writer.bytes(&check)?;
        Ok(out)
    }

    /// From the record, after a reboot.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`].
    pub fn from_bytes(record: &RootRecord) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        if check(body) != *stored || reader.u8()? != Self::VERSION {
            return Err(bad.into());
        }
        let (epoch, first_round) = (reader.u32()?, Round::from(reader.u32()?));
        Ok(StoredRoot { forming_epoch: epoch, first_round, root: read_fields(&mut reader)? })
    }

    /// The pinned commitments.
    pub fn root(&self) -> &RosterRoot {
        &self.root
    }

    /// The epoch, now that the beacon is out.
    ///
    /// # Errors
    /// [`Misuse::RoundOutsideEpoch`] for the root of another epoch; [`Misuse::BeaconNotOut`] if the
    /// beacon cannot be out yet.
    pub fn epoch(&self, forming: &Forming, beacon: [u8; 32], now: u64) -> Result<Epoch, Error> {
        if forming.epoch != self.forming_epoch || forming.first_round != self.first_round {
            return Err(Misuse::RoundOutsideEpoch.into());
        }
        if now < self.root.beacon_time {
            return Err(Misuse::BeaconNotOut.into());
        }
        Ok(Epoch {
            session: forming.session,
            epoch: self.forming_epoch,
            first_round: self.first_round,
            last_round: self.root.last_round,
            roster_root: self.root.roster_root,
            answerers_root: self.root.answerers_root,
            beacon,
        })
    }
}

fn read_fields(reader: &mut Reader<'_>) -> Result<RosterRoot, Error> {
    Ok(RosterRoot {
        last_round: Round::from(reader.u32()?),
        roster_root: *reader.array()?,
        answerers_root: *reader.array()?,
        beacon_time: reader.u64()?,
    })
}
