//! One epoch of this process, with the protocol's role in it.

use std::collections::BTreeSet;

use meter_link::{Header, LinkSecret, PartyId, Role as Duty};

use super::members::Info;
use super::terms::Terms;
use super::{Oneself, stored};
use crate::engine::seat::{Kept, Keys, Seat, SharedDevice};
use crate::engine::{Event, Letter, Role};

/// Slots after its last round for which an epoch stays: bills of its last window are asked for then.
const LINGER: u64 = 3;

pub(super) struct Run {
    pub(super) info: Info,
    /// The last round that is acted in.
    pub(super) until: u32,
    pub(super) kept: Kept,
    pub(super) role: Box<dyn Role>,
    duty: Duty,
    /// Everybody in it that is known here.
    ids: BTreeSet<PartyId>,
}

impl Run {
    /// The epoch as it begins, of the link key that was announced, or as it was stored.
    ///
    /// # Errors
    /// Where the protocol cannot make its role of it.
    pub(super) fn new(
        terms: &Terms,
        oneself: &Oneself,
        device: Option<&SharedDevice>,
        info: Info,
        keys: Result<LinkSecret, (u32, Kept)>,
    ) -> anyhow::Result<Self> {
        let epoch = &info.epoch;
        let forming = terms.forming(epoch.epoch, epoch.first_round.to_u32());
        let last = epoch.last_round.to_u32();
        let (until, kept, keys) = match keys {
            Ok(link) => (last, Kept::default(), Keys::Fresh(link)),
            Err((until, kept)) => (until.min(last), kept.clone(), Keys::Stored(kept)),
        };
        let seat = Seat {
            view: info.view(&terms.group)?,
            id: oneself.id,
            role: oneself.role,
            place: info.place,
            identity: (oneself.signer)(),
            keys,
            lists: info.lists(forming)?,
        };
        let role = match (oneself.role, device) {
            (Duty::Utility, _) => terms.system.utility(&terms.deployment, seat)?,
            (Duty::Meter, Some(device)) => terms.system.meter(&terms.deployment, seat, device.clone())?,
            (Duty::Meter, None) => anyhow::bail!("a meter without a device"),
            _ => terms.system.helper(&terms.deployment, seat)?,
        };
        Ok(Self { ids: info.ids(), info, until, kept, role, duty: oneself.role })
    }

    pub(super) fn number(&self) -> u32 {
        self.info.epoch.epoch
    }

    pub(super) fn first(&self) -> u32 {
        self.info.epoch.first_round.to_u32()
    }

    pub(super) fn knows(&self, id: PartyId) -> bool {
        self.ids.contains(&id)
    }

    pub(super) fn has(&self, round: u32) -> bool {
        (self.first()..=self.until).contains(&round)
    }

    /// Another epoch has cut it off.
    pub(super) fn is_cut(&self) -> bool {
        self.until < self.info.epoch.last_round.to_u32()
    }

    /// When nothing of it is of use any more.
    pub(super) fn over_at(&self, terms: &Terms) -> u64 {
        let slots = if self.is_cut() { 1 } else { LINGER };
        self.end(terms).saturating_add(terms.slots(slots))
    }

    /// The instant that the role sees. A meter or answerer of an epoch that was cut off sees none beyond its end, so
    /// that it does not act in rounds of the next; the utility must see that its last round is over, and what it
    /// says of later ones is dropped ([`Run::is_late`]).
    pub(super) fn clock(&self, terms: &Terms, now: u64) -> u64 {
        match self.is_cut() && self.duty != Duty::Utility {
            true => now.min(self.end(terms).saturating_sub(1)),
            false => now,
        }
    }

    /// When the role wants to be woken.
    pub(super) fn next_wake(&self, terms: &Terms) -> Option<u64> {
        let due = self.role.next_wake()?;
        (self.clock(terms, due) == due).then_some(due)
    }

    /// Whether this is about a round that belongs to the epoch that cut this one off.
    pub(super) fn is_late_event(&self, event: &Event) -> bool {
        match event {
            Event::Opened { round, .. }
            | Event::Closed { round, .. }
            | Event::Repaired { round, .. }
            | Event::Sum { round, .. }
            | Event::Lost { round, .. } => *round > self.until,
            _ => false,
        }
    }

    pub(super) fn is_late(&self, letter: &Letter) -> bool {
        round_of(letter).is_some_and(|round| round > self.until && self.is_cut())
    }

    /// In the journal.
    pub(super) fn record(&self, mark: Option<&[u8]>, record: &[u8]) -> Vec<u8> {
        stored::role_record(self.number(), mark, record)
    }

    fn end(&self, terms: &Terms) -> u64 {
        // After round 2^32 − 1 there is none.
        self.until.checked_add(1).map_or(u64::MAX, |round| terms.start(round))
    }
}

/// The round that a letter's frames name.
pub(super) fn round_of(letter: &Letter) -> Option<u32> {
    let frame = match letter {
        Letter::Frame(frame) | Letter::Relay { frame, .. } => frame,
        Letter::Frames { frames, .. } => frames.first()?,
        _ => return None,
    };
    Header::parse(frame).ok().map(|header| header.round.to_u32())
}
