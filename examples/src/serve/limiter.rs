//! Keeps a log readable while somebody floods.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use meter_link::PartyId;

/// Lets one line a party through in ten seconds, and twenty of all parties together.
#[derive(Default)]
pub(super) struct Limiter {
    parties: BTreeMap<PartyId, Last>,
    all: Option<(Instant, u32)>,
}

struct Last {
    at: Instant,
    /// Not let through since.
    held: u64,
}

const SPAN: Duration = Duration::from_secs(10);
const MOST: u32 = 20;
/// More parties are not kept in mind at a time.
const MOST_PARTIES: usize = 4096;

impl Limiter {
    /// Whether to say something about a party now, and how often it was not said since the last time.
    pub(super) fn allows(&mut self, party: PartyId, now: Instant) -> Option<u64> {
        if self.parties.len() > MOST_PARTIES {
            self.parties.clear();
        }
        if let Some(last) = self.parties.get_mut(&party).filter(|last| now.duration_since(last.at) < SPAN) {
            last.held = last.held.saturating_add(1);
            return None;
        }
        let (since, said) =
            self.all.filter(|(since, _)| now.duration_since(*since) < SPAN).unwrap_or((now, 0));
        if said >= MOST {
            return None;
        }
        self.all = Some((since, said.saturating_add(1)));
        let held = self.parties.insert(party, Last { at: now, held: 0 }).map_or(0, |last| last.held);
        Some(held)
    }
}

/// Lets eight faults of a party into the audit log, and then one a minute.
#[derive(Default)]
pub(super) struct Faults(BTreeMap<PartyId, Account>);

struct Account {
    left: u32,
    /// When one more is allowed.
    refill: Instant,
    /// Not let through since.
    held: u64,
}

const MOST_FAULTS: u32 = 8;
const REFILL: Duration = Duration::from_secs(60);

impl Faults {
    /// Whether a fault of this party is stored now, and how many were not since the last one that was.
    pub(super) fn allows(&mut self, party: PartyId, now: Instant) -> Option<u64> {
        if self.0.len() > MOST_PARTIES && !self.0.contains_key(&party) {
            // Those who have been well for a while begin anew; where all are at fault, this one has to wait.
            self.0.retain(|_, account| account.full_at() > now);
            if self.0.len() > MOST_PARTIES {
                return None;
            }
        }
        let fresh = || Account { left: MOST_FAULTS, refill: now, held: 0 };
        let account = self.0.entry(party).or_insert_with(fresh);
        while account.left < MOST_FAULTS && account.refill <= now {
            account.left = account.left.saturating_add(1);
            account.refill = account.refill.checked_add(REFILL).unwrap_or(now);
        }
        let Some(left) = account.left.checked_sub(1) else {
            account.held = account.held.saturating_add(1);
            return None;
        };
        if account.left == MOST_FAULTS {
            account.refill = now.checked_add(REFILL).unwrap_or(now);
        }
        account.left = left;
        Some(std::mem::take(&mut account.held))
    }
}

impl Account {
    fn full_at(&self) -> Instant {
        let more = MOST_FAULTS.saturating_sub(self.left).saturating_sub(1);
        self.refill.checked_add(REFILL.saturating_mul(more)).unwrap_or(self.refill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_without_end_are_eight_and_one_a_minute() {
        let (mut faults, start) = (Faults::default(), Instant::now());
        let mut said = Vec::new();
        for second in 0..=180 {
            let now = start + Duration::from_secs(second);
            said.extend((0..10).filter_map(|_| faults.allows(PartyId(7), now)));
        }
        assert_eq!(said, [0, 0, 0, 0, 0, 0, 0, 0, 592, 599, 599]);
        assert_eq!(faults.allows(PartyId(8), start), Some(0));
        let later = start + Duration::from_secs(180 + 8 * 60);
        assert_eq!((0..10).filter_map(|_| faults.allows(PartyId(7), later)).count(), 8);
    }

    #[test]
    fn a_flood_gives_a_line_in_ten_seconds() {
        let (mut limiter, start) = (Limiter::default(), Instant::now());
        let mut said = Vec::new();
        for hundredth in 0..2_500 {
            let now = start + Duration::from_millis(10 * hundredth);
            said.extend(limiter.allows(PartyId(7), now));
        }
        assert_eq!(said, [0, 999, 999]);
    }

    #[test]
    fn many_parties_share_twenty_lines() {
        let (mut limiter, start) = (Limiter::default(), Instant::now());
        let said = |limiter: &mut Limiter, now| {
            (0..10_000).filter(|id| limiter.allows(PartyId(*id), now).is_some()).count()
        };
        assert_eq!(said(&mut limiter, start), 20);
        assert_eq!(said(&mut limiter, start + SPAN), 20);
        assert!(limiter.parties.len() <= MOST_PARTIES + 1);
    }
}
