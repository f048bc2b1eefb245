//! How a meter comes about: its keys with utility, holders and neighbours.

use core::borrow::Borrow;

use meter_link::answer::AnswererLink;
use meter_link::key::Label;
use meter_link::roster::Member;
use meter_link::round::Chain;
use meter_link::{EpochView, Error, LinkSecret, Misuse, Role, Round};

use super::{Meter, Place};
use crate::graph;
use crate::neighbour::Neighbour;
use crate::params::{Holders, Params};

impl<N, H> Meter<N, H>
where
    N: AsRef<[Neighbour]> + AsMut<[Neighbour]>,
    H: AsMut<[AnswererLink]>,
{
    /// Makes the keys with utility, holders and neighbours in the storage given, and wipes the link secret.
    /// Every member is an announced one, and its place in the epoch's lists is proven
    /// ([`Inclusion::verify`](meter_link::roster::Inclusion::verify)); neighbours ascend by position, as
    /// [`graph::neighbours`](crate::graph::neighbours) lists them.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] unless storage and members go together; [`Misuse::WrongChannels`];
    /// [`Misuse::BadParameter`] for neighbours that do not ascend or are the meter itself; [`Misuse::WrongRole`]
    /// for a neighbour that is no meter; as [`AnswererLink::make`] for holders and [`Member::check_distinct`]
    /// for all, and for holders that are to be drawn ([`Meter::with_committee`]); [`Fault`](crate::Fault) blaming a
    /// party for its key.
    #[allow(clippy::too_many_arguments)] // each is a different thing, and a device has no heap for a builder
    pub fn new(
        params: &Params,
        view: &EpochView,
        place: Place,
        link: LinkSecret,
        holders: impl IntoIterator<Item: Borrow<Member>, IntoIter: Clone>,
        neighbours: impl IntoIterator<Item = (u32, Member), IntoIter: Clone>,
        holder_storage: H,
        neighbour_storage: N,
    ) -> Result<Self, Error> {
        if matches!(params.holders(), Holders::Drawn(_)) {
            return Err(Misuse::WrongRole.into());
        }
        Self::make(params, view, place, link, holders, neighbours, holder_storage, neighbour_storage)
    }

    /// The same where the holders are meters that the beacon draws: `seats` are their positions, each with the member
    /// that is proven to stand there, by number. Whoever seats others reads what the meter sends, so positions are
    /// held against [`graph::committee`].
    ///
    /// # Errors
    /// As [`Meter::new`]; [`Misuse::WrongRole`] if the holders are not to be drawn; [`Misuse::BadParameter`] for
    /// another committee than the context draws.
    #[allow(clippy::too_many_arguments)] // as above
    pub fn with_committee(
        params: &Params,
        view: &EpochView,
        place: Place,
        link: LinkSecret,
        seats: impl IntoIterator<Item = (u32, Member), IntoIter: Clone>,
        neighbours: impl IntoIterator<Item = (u32, Member), IntoIter: Clone>,
        holder_storage: H,
        neighbour_storage: N,
    ) -> Result<Self, Error> {
        if !matches!(params.holders(), Holders::Drawn(_)) {
            return Err(Misuse::WrongRole.into());
        }
        params.check(view)?;
        let seats = seats.into_iter();
        for (number, (position, _)) in (1u32..).zip(seats.clone()) {
            if graph::seat(view.context(), view.meters(), number)? != position {
                return Err(Misuse::BadParameter.into());
            }
        }
        let holders = seats.map(|(_, member)| member);
        Self::make(params, view, place, link, holders, neighbours, holder_storage, neighbour_storage)
    }

    #[allow(clippy::too_many_arguments)] // each is a different thing, and a device has no heap for a builder
    fn make(
        params: &Params,
        view: &EpochView,
        place: Place,
        link: LinkSecret,
        holders: impl IntoIterator<Item: Borrow<Member>, IntoIter: Clone>,
        neighbours: impl IntoIterator<Item = (u32, Member), IntoIter: Clone>,
        mut holder_storage: H,
        mut neighbour_storage: N,
    ) -> Result<Self, Error> {
        params.check(view)?;
        if place.channels.count != view.group().channels {
            return Err(Misuse::WrongChannels.into());
        }
        if view.meters() > Neighbour::MAX_METERS || place.position >= view.meters() {
            return Err(Misuse::BadParameter.into());
        }
        let (holders, neighbours) = (holders.into_iter(), neighbours.into_iter());
        let (room, role) = (holder_storage.as_mut(), params.holder_role());
        AnswererLink::make(room, Label::DcnetHolder, view, place.id, &link, role, holders.clone())?;
        let mut slots = neighbour_storage.as_mut().iter_mut();
        let mut last = None;
        for (known, (position, member)) in neighbours.clone().enumerate() {
            let ascends = last.is_none_or(|(place, id)| place < position && id < member.id);
            // Ids ascend with positions, which is what lets the sign follow from either.
            let sides = (position < place.position, member.id < place.id);
            if !ascends || position == place.position || sides.0 != sides.1 || position >= view.meters() {
                return Err(Misuse::BadParameter.into());
            }
            if member.role != Role::Meter {
                return Err(Misuse::WrongRole.into());
            }
            // A party in several places would count as several neighbours, or as a holder beside itself.
            member.check_distinct(view.utility())?;
            neighbours.clone().take(known).try_for_each(|(_, other)| member.check_distinct(&other))?;
            if !matches!(params.holders(), Holders::Drawn(_)) {
                holders.clone().try_for_each(|holder| member.check_distinct(holder.borrow()))?;
            }
            last = Some((position, member.id));
            *slots.next().ok_or(Misuse::WrongLength)? =
                Neighbour::new(position, view, place.id, &link, &member)?;
        }
        // In a grown graph the storage is room for neighbours to come.
        if slots.next().is_some() && !params.is_grown() {
            return Err(Misuse::WrongLength.into());
        }
        let frame_key = link.pair_key(Label::Frame, view.context(), place.id, &view.utility().peer(), &[])?;
        Ok(Meter {
            view: *view.terms(),
            opens: params.threshold().map_or(0, |threshold| threshold.threshold()),
            min_neighbours: params.least_left(view.meters(), neighbour_storage.as_ref().len()),
            place,
            step: 0,
            frame_key,
            neighbours: neighbour_storage,
            holders: holder_storage,
            chain: Chain::new(),
            round: None,
            sent: None,
            away_until: Round::from(0),
        })
    }
}
