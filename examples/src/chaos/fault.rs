//! What is done to a deployment: one fault at a time with a pause in which it must recover, or several at once.

use std::fmt;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use meter_link::PartyId;
use rand_core::Rng;

/// A fault and whom it befalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// `kill -9`, and started again after a while.
    Kill,
    /// `SIGSTOP`: alive, and doing nothing.
    Freeze,
    /// No way to the utility.
    Cut,
    /// Everything late by this share of a slot, in thousandths.
    Slow(u64),
    /// Everything in pieces of a few bytes.
    Crumble,
    /// The clock is wrong by so many slots.
    Clock(i64),
    /// The disk of all is full.
    DiskFull,
}

impl Fault {
    /// For counts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill -9",
            Self::Freeze => "frozen",
            Self::Cut => "network cut",
            Self::Slow(_) => "network slow",
            Self::Crumble => "network in crumbs",
            Self::Clock(_) => "clock step",
            Self::DiskFull => "disk full",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow(permille) => write!(f, "network slow by {permille} thousandths of a slot"),
            Self::Clock(slots) => write!(f, "clock wrong by {slots} slots"),
            fault => f.write_str(fault.name()),
        }
    }
}

/// What faults this machine can make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Means {
    pub(crate) clock: bool,
    pub(crate) disk: bool,
}

/// A fault that lasts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blow {
    pub(crate) fault: Fault,
    pub(crate) party: PartyId,
    pub(crate) lasts: Duration,
}

/// A number below `bound`, evenly enough for choosing faults.
pub(crate) fn below(rng: &mut ChaCha20Rng, bound: u64) -> u64 {
    rng.next_u64().checked_rem(bound).unwrap_or_default()
}

/// Draws a fault for one of `parties`; every fourth is the utility's.
pub(crate) fn draw(rng: &mut ChaCha20Rng, parties: &[PartyId], slot: Duration, means: Means) -> Blow {
    let others = parties.iter().filter(|id| **id != PartyId::UTILITY);
    let place = usize::try_from(below(rng, parties.len().saturating_sub(1) as u64)).unwrap_or_default();
    let other = others.copied().nth(place).unwrap_or(PartyId::UTILITY);
    let party = if below(rng, 4) == 0 { PartyId::UTILITY } else { other };
    let fault = loop {
        break match below(rng, 12) {
            0..=4 => Fault::Kill,
            5 => Fault::Freeze,
            6 | 7 if party != PartyId::UTILITY => Fault::Cut,
            8 if party != PartyId::UTILITY => Fault::Slow(below(rng, 600).saturating_add(50)),
            9 if party != PartyId::UTILITY => Fault::Crumble,
            10 if means.clock => {
                Fault::Clock(i64::try_from(below(rng, 9)).unwrap_or_default().saturating_sub(4))
            }
            11 if means.disk => Fault::DiskFull,
            _ => continue,
        };
    };
    // From a blink to several rounds.
    let thousandths = below(rng, 4_000).saturating_add(50);
    let millis = u64::try_from(slot.as_millis()).unwrap_or(u64::MAX).saturating_mul(thousandths) / 1000;
    Blow { fault, party, lasts: Duration::from_millis(millis) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;
    use std::collections::BTreeSet;

    #[test]
    fn all_faults_come_and_none_that_cannot_be_made() {
        let parties = [0, 1, 2, 3].map(PartyId);
        let draws = |means| -> BTreeSet<&'static str> {
            let mut rng = ChaCha20Rng::seed_from_u64(1);
            (0..500).map(|_| draw(&mut rng, &parties, Duration::from_secs(1), means).fault.name()).collect()
        };
        assert_eq!(draws(Means { clock: true, disk: true }).len(), 7);
        let some = draws(Means { clock: false, disk: false });
        assert!(some.len() == 5 && !some.contains("clock step") && !some.contains("disk full"));
    }
}
