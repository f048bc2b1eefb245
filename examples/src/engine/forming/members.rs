//! Whom a party knows of an epoch, as it keeps it.

use std::collections::BTreeSet;

use meter_link::frame::Reader;
use meter_link::roster::link_key::{self, Forming};
use meter_link::roster::{Certified, Member, RosterBuilder};
use meter_link::{Epoch, EpochView, Error, GroupParams, IdentityKey, Malformed, PartyId, Role, Round};

use super::stored::{put, take_array, take_count};
use crate::engine::seat::Lists;

/// A party's place in an epoch and whom it knows there. Everything in it was checked when the epoch was formed.
#[derive(Clone)]
pub(super) struct Info {
    pub(super) epoch: Epoch,
    pub(super) utility: Member,
    pub(super) meters: u32,
    pub(super) answerers: u8,
    /// A meter's position, an answerer's number.
    pub(super) place: u32,
    pub(super) members: Members,
}

#[derive(Clone)]
pub(super) enum Members {
    /// All, answerers in the order of their numbers, each with its announcement: whoever holds the roster proves with
    /// it that it is one.
    Whole(Vec<(Certified, Vec<u8>)>),
    /// Leaves that were announced ones when they were taken in.
    Near { answerers: Vec<Member>, meters: Vec<(u32, Member)> },
}

impl Info {
    pub(super) fn view(&self, group: &GroupParams) -> Result<EpochView, Error> {
        EpochView::new(group, &self.epoch, &self.utility, self.meters, self.answerers)
    }

    /// The lists as a role takes them.
    pub(super) fn lists(&self, forming: Forming) -> Result<Lists, Error> {
        match &self.members {
            Members::Near { answerers, meters } => {
                Ok(Lists::Near { answerers: answerers.clone(), meters: meters.clone() })
            }
            Members::Whole(all) => {
                let mut builder = RosterBuilder::new(forming);
                for (party, announcement) in all {
                    builder.add(party, announcement)?;
                }
                Ok(Lists::Whole(builder.build()?))
            }
        }
    }

    /// Everybody that is known.
    pub(super) fn ids(&self) -> BTreeSet<PartyId> {
        match &self.members {
            Members::Whole(all) => all.iter().map(|(party, _)| party.id).collect(),
            Members::Near { answerers, meters } => {
                let meters = meters.iter().map(|(_, meter)| meter.id);
                answerers.iter().map(|answerer| answerer.id).chain(meters).collect()
            }
        }
    }

    /// `epoch u32 ‖ first u32 ‖ last u32 ‖ roster root ‖ answerers root ‖ beacon ‖ utility's leaf ‖ meters u32 ‖
    /// answerers u8 ‖ place u32 ‖ form u8 ‖ count u32 ‖ members`, without the session, which stands above all epochs.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let Epoch { epoch, first_round, last_round, roster_root, answerers_root, beacon, session: _ } =
            &self.epoch;
        out.extend(epoch.to_le_bytes());
        out.extend(first_round.to_u32().to_le_bytes());
        out.extend(last_round.to_u32().to_le_bytes());
        out.extend(roster_root.iter().chain(answerers_root).chain(beacon).chain(&self.utility.leaf()));
        out.extend(self.meters.to_le_bytes());
        out.push(self.answerers);
        out.extend(self.place.to_le_bytes());
        match &self.members {
            Members::Whole(all) => {
                out.push(0);
                put::count(out, all.len());
                for (party, announcement) in all {
                    out.extend(party.id.0.to_le_bytes());
                    out.push(party.role as u8);
                    out.extend(party.identity.0);
                    out.extend(announcement);
                }
            }
            Members::Near { answerers, meters } => {
                out.push(1);
                put::count(out, answerers.len());
                out.extend(answerers.iter().flat_map(Member::leaf));
                put::count(out, meters.len());
                for (position, meter) in meters {
                    out.extend(position.to_le_bytes());
                    out.extend(meter.leaf());
                }
            }
        }
    }

    /// What [`Info::put`] has written.
    pub(super) fn take(reader: &mut Reader<'_>, session: meter_link::Session) -> Result<Self, Error> {
        let epoch = Epoch {
            session,
            epoch: reader.u32()?,
            first_round: Round::from(reader.u32()?),
            last_round: Round::from(reader.u32()?),
            roster_root: take_array(reader)?,
            answerers_root: take_array(reader)?,
            beacon: take_array(reader)?,
        };
        let utility = leaf(reader)?;
        let (meters, answerers, place) = (reader.u32()?, reader.u8()?, reader.u32()?);
        let members = match reader.u8()? {
            0 => {
                let each = 4 + 1 + 32 + link_key::LEN;
                let all = (0..take_count(reader, each)?).map(|_| {
                    let (id, role) = (PartyId(reader.u32()?), Role::try_from(reader.u8()?)?);
                    let identity = IdentityKey(take_array(reader)?);
                    Ok((Certified { id, role, identity }, reader.bytes(link_key::LEN)?.to_vec()))
                });
                Members::Whole(all.collect::<Result<_, Error>>()?)
            }
            1 => {
                let count = take_count(reader, Member::LEAF_LEN)?;
                let answerers = (0..count).map(|_| leaf(reader)).collect::<Result<_, _>>()?;
                let count = take_count(reader, 4 + Member::LEAF_LEN)?;
                let meters =
                    (0..count).map(|_| Ok((reader.u32()?, leaf(reader)?))).collect::<Result<_, Error>>()?;
                Members::Near { answerers, meters }
            }
            _ => return Err(Malformed::BadRecord.into()),
        };
        Ok(Self { epoch, utility, meters, answerers, place, members })
    }
}

fn leaf(reader: &mut Reader<'_>) -> Result<Member, Error> {
    Member::from_kept_leaf(reader.array()?)
}
