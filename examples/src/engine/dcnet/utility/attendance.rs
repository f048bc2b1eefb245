//! Who is named absent, and who is not although it was missing.
//!
//! A meter that is named absent while it was sending, or while no round was closed since, must think that sums with
//! and without it are compared, and stays away for a day (dcnet-core's docs/protocol.md, section 4). So the utility
//! names nobody absent of whom it has heard lately, or who attends while rounds are lost for others; not at once.

use meter_link::{PartyId, Round};

use super::UtilityRole;
use crate::engine::Ctx;

/// What was heard of meters, by position; forgotten with a restart.
#[derive(Debug)]
pub(super) struct Attendance {
    /// The last round of which a contribution has come, even if too late.
    heard: Vec<Option<Round>>,
    /// Rounds in a row that it was named present in and missing from.
    missed: Vec<u8>,
}

/// Rounds that a meter may be missing from before it is named absent in spite of what is heard of it.
const MOST_MISSED: u8 = 8;

impl Attendance {
    pub(super) fn new(meters: usize) -> Self {
        Self { heard: vec![None; meters], missed: vec![0; meters] }
    }
}

impl UtilityRole {
    /// A contribution has come, in time or not.
    pub(super) fn heard(&mut self, from: PartyId, round: Round) {
        let place = self.meters.binary_search(&from).ok();
        if let Some(heard) = place.and_then(|place| self.attendance.heard.get_mut(place)) {
            *heard = (*heard).max(Some(round));
        }
    }

    /// A round is closed, or `lost`: counts who was missing.
    pub(super) fn count(&mut self, round: Round, present: &[bool], set: &[bool], lost: bool) {
        let Attendance { heard, missed } = &mut self.attendance;
        let before = Some(Round::from(round.to_u32().saturating_sub(1)));
        let mut counted = set.to_vec();
        let rows = heard.iter().zip(missed).zip(&self.meters).zip(present.iter().zip(&mut counted));
        for (((heard, missed), meter), (present, inside)) in rows {
            if !*present {
                continue;
            }
            // What it sent in this round came; or in the round before, behind the Close.
            let late = *heard == before && *missed > 0;
            *missed = if *inside { 0 } else { missed.saturating_add(1) };
            let spared = *heard >= Some(round) || late || (lost && self.here.contains(meter));
            *inside |= spared && *missed < MOST_MISSED;
        }
        // Of one length, as they are all of this roster.
        let _ = self.presence.closed(round, present, &counted);
    }

    /// A meter attends again: it is named present, without having to report, which it does only if it knows that it
    /// is not.
    pub(super) fn come_back(&mut self, ctx: &mut Ctx<'_>, party: PartyId) {
        let (Ok(place), Some(now)) = (self.meters.binary_search(&party), self.table.round(ctx.now)) else {
            return;
        };
        let absent = self.presence.absent().any(|meter| meter == party);
        if absent && self.presence.returned(place, now).is_ok() {
            self.store_presence(ctx);
        }
    }
}
