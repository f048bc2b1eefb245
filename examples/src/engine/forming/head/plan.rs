//! When the utility forms an epoch, with whom, and from which round on.

use std::collections::{BTreeMap, BTreeSet};

use meter_link::{PartyId, Role};

use super::super::REJOIN;
use super::super::book::Book;
use super::super::terms::Terms;

/// Milliseconds after the last arrival in which others may come, and after the first one at most.
const SETTLES: u64 = 2_000;
const SETTLED: u64 = 20_000;
/// Rounds and milliseconds from a Call to the first round, at least.
const AHEAD: u32 = 3;
const AHEAD_MILLIS: u64 = 6_000;
/// The same before the end of an epoch, so that tries may fail.
const LEAD: u64 = 6;
const LEAD_MILLIS: u64 = 20_000;
/// What a try waits for: announcements, the beacon's time, nonces, and everybody's hearing of the epoch.
const STAGES: u64 = 4;
/// Tries for which there is time before an epoch ends.
const TRIES: u64 = 3;
/// Milliseconds after a failure, doubled with each, three times at most.
const AGAIN: u64 = 500;

#[derive(Default)]
pub(super) struct Plan {
    /// First and last arrival since an epoch was formed.
    arrivals: Option<(u64, u64)>,
    not_before: u64,
    failures: u32,
    /// How often a party kept silent, and the first try that it is asked in again.
    silent: BTreeMap<PartyId, (u32, u32)>,
}

/// Who is there, and the epoch each says it has keys of, if it has said so.
pub(super) type Here = BTreeMap<PartyId, Option<u32>>;

impl Plan {
    pub(super) fn arrived(&mut self, now: u64) {
        let first = self.arrivals.map_or(now, |(first, _)| first.min(now));
        self.arrivals = Some((first, now));
    }

    pub(super) fn was_silent(&mut self, party: PartyId, number: u32) {
        let (times, again) = self.silent.entry(party).or_default();
        // Its process may have died, so once is nothing.
        let skipped = 1u32.checked_shl(*times).unwrap_or(u32::MAX).saturating_sub(1);
        *again = number.saturating_add(1).saturating_add(skipped.min(1 << 10));
        *times = times.saturating_add(1);
    }

    pub(super) fn is_left_out(&self, party: PartyId, number: u32) -> bool {
        self.silent.get(&party).is_some_and(|(_, again)| number < *again)
    }

    pub(super) fn failed(&mut self, now: u64) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.saturating_add(AGAIN << self.failures.min(3));
    }

    /// Everybody in the new epoch has done its part.
    pub(super) fn formed(&mut self, members: impl Iterator<Item = PartyId>) {
        members.for_each(|id| {
            self.silent.remove(&id);
        });
        (self.arrivals, self.failures) = (None, 0);
    }

    /// When the next try begins, as far as one can tell now.
    pub(super) fn due(&self, book: &Book, here: &Here) -> Option<u64> {
        let terms = &book.terms;
        if !Self::is_enough(terms, here.keys()) {
            return None;
        }
        let due = match book.newest() {
            None => self.settled(terms, here),
            Some(run) => {
                let end = run.until.checked_add(1)?;
                let tries = terms.spread().saturating_mul(STAGES).saturating_mul(TRIES);
                let lead = terms.slots(LEAD).max(LEAD_MILLIS.saturating_add(tries));
                let end = terms.start(end).saturating_sub(lead).max(terms.start(run.first()));
                end.min(self.rejoin(book, here).unwrap_or(u64::MAX))
            }
        };
        Some(due.max(self.not_before))
    }

    /// First round, and who is called.
    pub(super) fn whom(&self, book: &Book, here: &Here, now: u64) -> Option<(u32, BTreeSet<PartyId>)> {
        let terms = &book.terms;
        let number = book.tried.checked_add(1)?;
        let willing = here.keys().filter(|id| !self.is_left_out(**id, number));
        let called: BTreeSet<PartyId> = match Self::is_enough(terms, willing.clone()) {
            true => willing.copied().collect(),
            false => here.keys().copied().collect(),
        };
        if !Self::is_enough(terms, called.iter()) {
            return None;
        }
        let rounds = terms.table.round(now).map_or(Some(0), |round| round.to_u32().checked_add(AHEAD))?;
        let ahead = AHEAD_MILLIS.saturating_add(terms.spread().saturating_mul(STAGES));
        let first = terms.round_after(now.saturating_add(ahead))?.max(rounds);
        let rejoins = self.rejoin(book, here).is_some_and(|at| at <= now);
        match book.newest() {
            Some(run) if !rejoins => Some((first.max(run.until.checked_add(1)?), called)),
            _ => Some((first, called)),
        }
    }

    /// Whether an epoch can be formed of these: all answerers, and as many meters as a sum takes.
    pub(super) fn is_enough<'a>(terms: &Terms, ids: impl Iterator<Item = &'a PartyId>) -> bool {
        let (mut meters, mut answerers) = (0u32, 0usize);
        for id in ids {
            match terms.role(*id) {
                Some(Role::Meter) => meters = meters.saturating_add(1),
                Some(_) => answerers = answerers.saturating_add(1),
                None => {}
            }
        }
        meters >= terms.group.rules.min_meters() && answerers == terms.answerers().len()
    }

    /// When those who have no keys of the newest epoch get a new one.
    fn rejoin(&self, book: &Book, here: &Here) -> Option<u64> {
        let run = book.newest()?;
        let keyless = here.values().flatten().any(|epochs| *epochs < run.number());
        let holders = here.iter().filter(|(_, epochs)| epochs.is_some_and(|epochs| epochs >= run.number()));
        // An epoch that most have not heard of, for the utility died then, has no sums.
        let of_use = Self::is_enough(&book.terms, holders.map(|(id, _)| id));
        let lasts = if of_use { REJOIN } else { 0 };
        let at = book.terms.start(run.first().saturating_add(lasts));
        keyless.then(|| at.max(self.settled(&book.terms, here)))
    }

    /// When nobody else is expected.
    fn settled(&self, terms: &Terms, here: &Here) -> u64 {
        let Some((first, last)) = self.arrivals else { return 0 };
        match here.len().saturating_add(1) == terms.count() {
            true => last,
            false => last.saturating_add(SETTLES).min(first.saturating_add(SETTLED)),
        }
    }
}
