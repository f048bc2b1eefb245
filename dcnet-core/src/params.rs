//! What a group of dcnet-core agrees on.

use meter_link::answer::Threshold;
use meter_link::frame::{Header, Tag};
use meter_link::{EpochView, Error, Field64, GroupParams, Misuse, Protocol, Session};

use crate::graph;

/// Checked parameters; their bytes make the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    threshold: Threshold,
    degree: u32,
    min_neighbours: u32,
}

impl Params {
    /// A group of at most 256 meters, each the neighbour of all others. A meter refuses a round in which
    /// fewer of its neighbours are left than the smallest set has.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the group is not one of [`Protocol::Dcnet`] or may grow beyond 256 meters.
    pub fn complete(group: GroupParams, threshold: Threshold) -> Result<Self, Error> {
        if group.max_meters > graph::COMPLETE_UP_TO {
            return Err(Misuse::BadParameter.into());
        }
        Self::drawn(group, threshold, 0, group.rules.min_meters().saturating_sub(1))
    }

    /// A group of any size on a union of degree/2 random cycles (complete up to 256 meters). A meter
    /// refuses a round in which fewer than `min_neighbours` of its own are left.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the group is not one of [`Protocol::Dcnet`], the degree is odd, or
    /// `min_neighbours` is 0 or cannot be reached.
    ///
    /// # Security
    /// For 2^-40 with 5 % absent, a third of the meters colluding and drop-outs chosen adaptively: 1,000
    /// meters want degree 92 with 62 neighbours left, 10,000 degree 118, 100,000 degree 122
    /// (docs/protocol.md). This constructor does not check such a bound.
    pub fn drawn(
        group: GroupParams,
        threshold: Threshold,
        degree: u32,
        min_neighbours: u32,
    ) -> Result<Self, Error> {
        let most = if graph::is_complete(group.max_meters, degree) {
            group.max_meters.saturating_sub(1)
        } else {
            degree
        };
        let fits = group.protocol == Protocol::Dcnet
            && degree.is_multiple_of(2)
            && (1..=most).contains(&min_neighbours);
        if !fits {
            return Err(Misuse::BadParameter.into());
        }
        Ok(Params { group, threshold, degree, min_neighbours })
    }

    /// The common part.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// Holders, and how many open a sum.
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// Neighbours of a meter beyond 256 meters, at most.
    pub fn degree(&self) -> u32 {
        self.degree
    }

    /// Neighbours that must be left in a round.
    pub fn min_neighbours(&self) -> u32 {
        self.min_neighbours
    }

    /// The session: common bytes, then `c u8 ‖ t u8 ‖ f u8 ‖ degree u32 ‖ min_neighbours u32`.
    pub fn session(&self) -> Session {
        let [c, t, f] = self.threshold.to_bytes();
        let [d0, d1, d2, d3] = self.degree.to_le_bytes();
        let [m0, m1, m2, m3] = self.min_neighbours.to_le_bytes();
        self.group.session(&[c, t, f, d0, d1, d2, d3, m0, m1, m2, m3])
    }

    /// That an epoch belongs to these parameters.
    pub(crate) fn check(&self, view: &EpochView) -> Result<(), Error> {
        let fits = view.epoch().session == self.session()
            && *view.group() == self.group
            && view.answerers() == self.threshold.answerers();
        if fits { Ok(()) } else { Err(Misuse::WrongSession.into()) }
    }

    /// Field elements of a contribution.
    pub(crate) fn words(&self) -> usize {
        words(self.threshold, self.group.channels.into())
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

/// Field elements of a contribution: the masked reading, then corrections for holders t + 1 … c.
pub(crate) fn words(threshold: Threshold, channels: usize) -> usize {
    let corrected = threshold.answerers().wrapping_sub(threshold.threshold());
    usize::from(corrected).wrapping_add(1).wrapping_mul(channels)
}

/// Bytes of a tagged frame of field elements.
pub(crate) fn frame_len(words: usize) -> usize {
    (Header::LEN + Tag::LEN).wrapping_add(words.wrapping_mul(Field64::LEN))
}
