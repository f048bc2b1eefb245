//! What a group of dcnet-core agrees on.

use meter_link::answer::Threshold;
use meter_link::frame::{Header, Tag};
#[cfg(feature = "alloc")]
use meter_link::roster::Roster;
use meter_link::{EpochView, Error, Field64, GroupParams, Misuse, Protocol, Role, Session};

#[cfg(feature = "alloc")]
use crate::parameters::{Risk, assess, committee_fails, parameters};
use crate::{graph, grown};

/// Who tells the sum of the self-masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holders {
    /// Independent parties that the roster lists as holders.
    Named(Threshold),
    /// Meters of the roster, drawn by the beacon: [`graph::committee`].
    Drawn(Threshold),
    /// Nobody: [`Params::unsafe_without_holders`].
    Nobody,
}

impl From<Threshold> for Holders {
    fn from(threshold: Threshold) -> Self {
        Holders::Named(threshold)
    }
}

/// Checked parameters; their bytes make the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    holders: Holders,
    degree: u32,
    min_neighbours: u32,
}

/// In the session bytes' f: the holders are drawn.
const DRAWN: u8 = 0x80;
/// In the session bytes' degree, which is even otherwise: the graph grows.
const GROWN: u32 = u32::MAX;

impl Params {
    /// A group of at most 256 meters, each the neighbour of all others. A meter refuses a round in which
    /// fewer of its neighbours are left than the smallest set has.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the group is not one of [`Protocol::Dcnet`] or may grow beyond 256 meters.
    pub fn complete(group: GroupParams, holders: impl Into<Holders>) -> Result<Self, Error> {
        if group.max_meters > graph::COMPLETE_UP_TO {
            return Err(Misuse::BadParameter.into());
        }
        let least = group.rules.min_meters().saturating_sub(1);
        Self::drawn_relying_on_the_holders(group, holders, 0, least)
    }

    /// The thesis' original rule: nobody but the neighbours' pads hides a reading, and a repair gives them
    /// away. **Unsafe against a utility that keeps late frames, or says that all neighbours are gone**: it then
    /// reads single meters, with nobody's help (tests/attacks/thesis.rs does both). For comparison, and for a
    /// utility that is trusted not to try.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the group is not one of [`Protocol::Dcnet`], the degree is odd, or 0 where not
    /// everybody is everybody's neighbour.
    pub fn unsafe_without_holders(group: GroupParams, degree: u32) -> Result<Self, Error> {
        let padded = degree >= 2 || group.max_meters <= graph::COMPLETE_UP_TO;
        if group.protocol != Protocol::Dcnet || !degree.is_multiple_of(2) || !padded {
            return Err(Misuse::BadParameter.into());
        }
        Ok(Params { group, holders: Holders::Nobody, degree, min_neighbours: 0 })
    }

    /// A group of any size on a drawn graph of the smallest degree that withstands `risk`: everybody with
    /// everybody up to 256 meters, beyond that a union of degree/2 random cycles. A tenth of a second for a million.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the group is not one of [`Protocol::Dcnet`], no such graph is found
    /// ([`parameters`](crate::parameters::parameters)), or the holders are drawn and too few for the risk
    /// ([`committee`](crate::parameters::committee)).
    #[cfg(feature = "alloc")]
    pub fn secure(group: GroupParams, holders: impl Into<Holders>, risk: &Risk) -> Result<Self, Error> {
        let holders = holders.into();
        check_committee(holders, risk)?;
        let found = parameters(group.max_meters, risk.colluding, risk.absent, risk.security)?;
        let least = match found.degree {
            0 => found.min_neighbours.max(group.rules.min_meters().saturating_sub(1)),
            _ => found.min_neighbours,
        };
        Self::drawn_relying_on_the_holders(group, holders, found.degree, least)
    }

    /// A group of any size on a union of degree/2 random cycles (complete up to 256 meters). A meter with `degree`
    /// distinct neighbours refuses a round in which fewer than `min_neighbours` of them are left; for others see
    /// [`least_left`](Self::least_left).
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] as [`drawn_relying_on_the_holders`](Self::drawn_relying_on_the_holders), and where the
    /// graph is worse than `risk` allows for `max_meters` ([`assess`](crate::parameters::assess)), or a drawn committee is.
    #[cfg(feature = "alloc")]
    pub fn drawn(
        group: GroupParams,
        holders: impl Into<Holders>,
        degree: u32,
        min_neighbours: u32,
        risk: &Risk,
    ) -> Result<Self, Error> {
        let params = Self::drawn_relying_on_the_holders(group, holders, degree, min_neighbours)?;
        // Checks the level itself too.
        risk.check(group.max_meters)?;
        check_committee(params.holders, risk)?;
        let worth = assess(group.max_meters, degree, min_neighbours, risk.colluding, risk.absent)?;
        if worth.security < risk.security.into() {
            return Err(Misuse::BadParameter.into());
        }
        Ok(params)
    }

    /// As `drawn`, with any degree and any number. **Whether the pads between meters protect anybody is not
    /// checked: where more than f holders collude, a weak graph gives single readings away.** For a device, which takes
    /// the numbers that its operator computed and that the session binds, and for small examples.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the group is not one of [`Protocol::Dcnet`], the degree is odd, or
    /// `min_neighbours` is 0 or cannot be reached.
    pub fn drawn_relying_on_the_holders(
        group: GroupParams,
        holders: impl Into<Holders>,
        degree: u32,
        min_neighbours: u32,
    ) -> Result<Self, Error> {
        let holders = holders.into();
        let most = if graph::is_complete(group.max_meters, degree) {
            group.max_meters.saturating_sub(1)
        } else {
            degree
        };
        let fits = group.protocol == Protocol::Dcnet
            && holders != Holders::Nobody
            && degree.is_multiple_of(2)
            && (1..=most).contains(&min_neighbours);
        if !fits {
            return Err(Misuse::BadParameter.into());
        }
        Ok(Params { group, holders, degree, min_neighbours })
    }

    /// A group of any size on a grown graph ([`grown`](crate::grown)): each meter draws its own partners. A meter
    /// refuses a round in which fewer than `min_neighbours` of its own are left.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the group is not one of [`Protocol::Dcnet`], or `min_neighbours` is below
    /// [`LEAST_NEIGHBOURS`](crate::grown::LEAST_NEIGHBOURS) or cannot be reached.
    ///
    /// # Security
    /// Only for a utility that does not choose partners maliciously.
    pub fn grown(
        group: GroupParams,
        holders: impl Into<Holders>,
        min_neighbours: u32,
    ) -> Result<Self, Error> {
        let holders = holders.into();
        let fits = group.protocol == Protocol::Dcnet
            && holders != Holders::Nobody
            && (grown::LEAST_NEIGHBOURS..group.max_meters).contains(&min_neighbours);
        if !fits {
            return Err(Misuse::BadParameter.into());
        }
        Ok(Params { group, holders, degree: GROWN, min_neighbours })
    }

    /// Whether neighbours come and go within an epoch.
    pub fn is_grown(&self) -> bool {
        self.degree == GROWN
    }

    /// The common part.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// Who the holders are.
    pub fn holders(&self) -> Holders {
        self.holders
    }

    /// How many holders there are, and how many open a sum; None without holders.
    pub fn threshold(&self) -> Option<Threshold> {
        match self.holders {
            Holders::Named(threshold) | Holders::Drawn(threshold) => Some(threshold),
            Holders::Nobody => None,
        }
    }

    /// c; 0 without holders.
    pub fn answerers(&self) -> u8 {
        self.threshold().map_or(0, |threshold| threshold.answerers())
    }

    /// What the roster calls a holder: a meter, where holders are drawn.
    pub fn holder_role(&self) -> Role {
        match self.holders {
            Holders::Drawn(_) => Role::Meter,
            Holders::Named(_) | Holders::Nobody => Role::Holder,
        }
    }

    /// c, t, f as the session has them.
    fn holder_bytes(&self) -> [u8; Threshold::LEN] {
        let [c, t, f] = self.threshold().map_or([0; 3], |threshold| threshold.to_bytes());
        let drawn = if matches!(self.holders, Holders::Drawn(_)) { DRAWN } else { 0 };
        [c, t, f | drawn] // f < 85, since 3f < c
    }

    /// Neighbours of a meter beyond 256 meters, at most; without a bound in a grown graph.
    pub fn degree(&self) -> u32 {
        self.degree
    }

    /// Neighbours that must be left in a round to a meter with `degree` distinct ones, and in a group without a degree.
    pub fn min_neighbours(&self) -> u32 {
        self.min_neighbours
    }

    /// Neighbours that must be left in a round to a meter with `distinct` of them in a roster of `meters`: one fewer
    /// than `min_neighbours` for every two that it lacks because edges of the graph coincide. In a complete graph
    /// of more than `degree` neighbours no more may be missing than of `degree`.
    pub fn least_left(&self, meters: u32, distinct: usize) -> u32 {
        let distinct = u32::try_from(distinct).unwrap_or(u32::MAX);
        least_left(self.degree, self.min_neighbours, meters, distinct)
    }

    /// The session: common bytes, then `c u8 ‖ t u8 ‖ f u8 ‖ degree u32 ‖ min_neighbours u32`. f has bit 7 set
    /// where the holders are drawn; without holders all three are 0.
    pub fn session(&self) -> Session {
        let [c, t, f] = self.holder_bytes();
        let [d0, d1, d2, d3] = self.degree.to_le_bytes();
        let [m0, m1, m2, m3] = self.min_neighbours.to_le_bytes();
        self.group.session(&[c, t, f, d0, d1, d2, d3, m0, m1, m2, m3])
    }

    /// That an epoch belongs to these parameters.
    pub(crate) fn check(&self, view: &EpochView) -> Result<(), Error> {
        let fits = view.epoch().session == self.session()
            && *view.group() == self.group
            && view.answerers() == self.answerers();
        if fits { Ok(()) } else { Err(Misuse::WrongSession.into()) }
    }

    /// That a committee is the one that the context draws.
    #[cfg(feature = "alloc")]
    pub(crate) fn check_seats(&self, view: &EpochView, roster: &Roster) -> Result<(), Error> {
        if !matches!(self.holders, Holders::Drawn(_)) {
            return Ok(());
        }
        let mut drawn = alloc::vec![0; self.answerers().into()];
        graph::committee(view.context(), view.meters(), &mut drawn)?;
        let meters = roster.meters();
        let seats = drawn.iter().map(|position| meters.get(*position as usize));
        let same = seats.eq(roster.answerers().iter().map(Some));
        if same { Ok(()) } else { Err(Misuse::BadParameter.into()) }
    }

    /// Field elements of a contribution.
    pub(crate) fn words(&self) -> usize {
        let [holders, opens, _] = self.holder_bytes();
        words(holders, opens, self.group.channels.into())
    }

    /// Bytes of a contribution.
    pub fn contribution_len(&self) -> usize {
        frame_len(self.words())
    }

    /// Bytes of a repair.
    pub fn repair_len(&self) -> usize {
        frame_len(self.group.channels.into())
    }
}

/// That a drawn committee withstands as many colluding meters as the graph shall.
#[cfg(feature = "alloc")]
fn check_committee(holders: Holders, risk: &Risk) -> Result<(), Error> {
    let Holders::Drawn(threshold) = holders else { return Ok(()) };
    let most = threshold.colluding().ok_or(Misuse::BadParameter)?;
    let fails = committee_fails(threshold.answerers(), most, risk.colluding);
    // Not a number fails too.
    if fails <= libm::exp2(-f64::from(risk.security)) { Ok(()) } else { Err(Misuse::BadParameter.into()) }
}

/// [`Params::least_left`].
pub(crate) fn least_left(degree: u32, min_neighbours: u32, meters: u32, distinct: u32) -> u32 {
    if degree == 0 || degree == GROWN || min_neighbours == 0 {
        return min_neighbours;
    }
    if graph::is_complete(meters, degree) {
        return min_neighbours.saturating_add(distinct.saturating_sub(degree));
    }
    let lacking = degree.saturating_sub(distinct);
    min_neighbours.saturating_sub(lacking / 2).max(1)
}

/// Field elements of a contribution: the masked reading, then corrections for holders t + 1 … c.
pub(crate) fn words(holders: u8, opens: u8, channels: usize) -> usize {
    let corrected = holders.wrapping_sub(opens);
    usize::from(corrected).wrapping_add(1).wrapping_mul(channels)
}

/// Bytes of a tagged frame of field elements.
pub(crate) fn frame_len(words: usize) -> usize {
    (Header::LEN + Tag::LEN).wrapping_add(words.wrapping_mul(Field64::LEN))
}
