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

#[cfg(test)]
mod tests {
    use super::*;

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
