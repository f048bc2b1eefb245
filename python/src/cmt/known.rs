//! What every role of a ring knows: parameters, epoch and roster. Python names parties by their ids; positions,
//! entries and link keys are looked up here.

use std::sync::Arc;

use cmt_ring::order::Entry;
use cmt_ring::{Listed, Neighbours};
use meter_link::frame::Header;
use meter_link::roster::Roster;
use meter_link::set::Members;
use meter_link::{EpochView, Error, Fault, Misuse, PartyId};
use pyo3::prelude::*;

use super::Params;
use crate::argument::argument;
use crate::array::with_room;
use crate::error::Failure;
use crate::link;

pub(super) struct Known {
    pub(super) params: cmt_ring::Params,
    pub(super) view: EpochView,
    pub(super) roster: Arc<Roster>,
}

impl Known {
    pub(super) fn new(params: &Params, view: &link::EpochView) -> Arc<Self> {
        Arc::new(Known { params: params.0, view: view.view, roster: Arc::clone(&view.roster) })
    }

    /// That something else is of the same epoch.
    pub(super) fn check_same(&self, other: &Known) -> Result<(), Failure> {
        let same = self.view.context() == other.view.context();
        if same { Ok(()) } else { Err(Error::from(Misuse::WrongSession).into()) }
    }

    /// A meter of the roster that the caller names.
    pub(super) fn entry(&self, id: PartyId) -> Result<Entry, Failure> {
        entry(&self.roster, id).ok_or_else(|| Error::from(Misuse::UnknownParty).into())
    }

    /// The meter that a frame says it is from.
    pub(super) fn sender(&self, frame: &[u8]) -> Result<Entry, Failure> {
        sender(&self.roster, frame)
    }

    pub(super) fn listed(&self, position: u32) -> Result<Listed, Error> {
        let place = usize::try_from(position).map_err(|_| Misuse::UnknownParty)?;
        let member = self.roster.meters().get(place).ok_or(Misuse::UnknownParty)?;
        Ok(Listed { position, peer: member.peer() })
    }

    pub(super) fn id(&self, position: u32) -> Result<u32, Error> {
        Ok(self.listed(position)?.peer.id.0)
    }

    pub(super) fn around(&self, positions: Neighbours) -> Result<Neighbours<Listed>, Error> {
        positions.try_map(|position| self.listed(position))
    }

    /// Ids of predecessor, successor, and in a second ring of the two beyond.
    pub(super) fn ids_around(&self, positions: Neighbours) -> Result<Vec<u32>, Error> {
        let Neighbours { predecessor, successor, second } = self.around(positions)?;
        let second = second.into_iter().flat_map(|(before, after)| [before, after]);
        Ok([predecessor, successor].into_iter().chain(second).map(|listed| listed.peer.id.0).collect())
    }

    /// Ids of a set of the roster, ascending.
    pub(super) fn ids(&self, members: &Members) -> Result<Vec<u32>, Failure> {
        let mut ids = with_room(usize::try_from(members.count()).unwrap_or(usize::MAX))?;
        for position in members.positions() {
            ids.push(self.id(position)?);
        }
        Ok(ids)
    }
}

pub(super) fn entry(roster: &Roster, id: PartyId) -> Option<Entry> {
    let place = roster.position(id)?;
    let member = *roster.meters().get(place)?;
    Some(Entry { position: u32::try_from(place).ok()?, member })
}

pub(super) fn sender(roster: &Roster, frame: &[u8]) -> Result<Entry, Failure> {
    let id = Header::parse(frame)?.sender;
    entry(roster, id).ok_or_else(|| Fault::UnknownSender.of(id).into())
}

/// Those who are to be cut out of a ring: somebody.
pub(super) fn cut(roster: &Roster, ids: &Bound<'_, PyAny>) -> PyResult<Members> {
    let members = members(roster, Some(ids))?;
    if members.count() > 0 { Ok(members) } else { Err(argument("members", ids).refuse("names nobody")) }
}

/// A set of meters by their ids; all of the roster where it is left out.
pub(super) fn members(roster: &Roster, ids: Option<&Bound<'_, PyAny>>) -> PyResult<Members> {
    let meters = roster.meters();
    let Some(ids) = ids else {
        let total = u32::try_from(meters.len()).map_err(|_| Failure::NoMemory)?;
        let mut all = Members::none(total);
        (0..total).for_each(|position| all.set(position, true));
        return Ok(all);
    };
    let argument = argument("members", ids);
    let ids = argument.list(|item| item.party())?;
    let members = Members::with_ids(meters, &ids).map_err(|error| argument.refuse(error))?;
    if usize::try_from(members.count()) != Ok(ids.len()) {
        return Err(argument.refuse("an id stands twice"));
    }
    Ok(members)
}
