//! Whose licence holds, as an elector knows it.

use alloc::vec::Vec;

use meter_link::set::SetView;
use meter_link::{EpochView, Round};

use crate::claim::Claim;
use crate::licence::Licence;

/// From which round on each meter's licence must be. A meter that a generation left out, or that a healing cut, needs a
/// licence that was issued since: so whoever fell silent asks the supplier again, who may say no. The supplier goes by the
/// same rule. One for an epoch; a lost one lets in whom the supplier then refuses.
#[derive(Clone, Debug)]
pub struct Roll {
    since: Vec<Round>,
}

impl Roll {
    /// All licences of the epoch hold.
    pub fn new(view: &EpochView) -> Self {
        Roll { since: alloc::vec![view.epoch().first_round; view.meters() as usize] }
    }

    /// The generation of this claim has formed, so that earlier licences of those that it left out are void. Both are from
    /// [`Claim::verify`].
    pub fn formed(&mut self, claim: &Claim, members: &SetView<'_>) {
        for (position, since) in (0u32..).zip(&mut self.since) {
            if !members.contains(position) {
                *since = (*since).max(claim.from);
            }
        }
    }

    /// The meter at this position was cut out of a ring from round `from` on.
    pub fn cut(&mut self, position: u32, from: Round) {
        if let Some(since) = self.since.get_mut(position as usize) {
            *since = (*since).max(from);
        }
    }

    /// Whether a licence that the meter at this position has shown still holds.
    pub fn holds(&self, position: u32, licence: &Licence) -> bool {
        self.since.get(position as usize).is_some_and(|since| licence.since() >= *since)
    }
}
