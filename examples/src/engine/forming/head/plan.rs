//! When the utility forms an epoch, with whom, and from which round on.

use std::collections::{BTreeMap, BTreeSet};

use meter_link::{PartyId, Role};

use super::super::REJOIN;
use super::super::book::Book;
use super::super::terms::Terms;
use super::{ANSWERS, LEFT};

/// Milliseconds after the last arrival in which others may come, and after the first one at most.
const SETTLES: u64 = 2_000;
const SETTLED: u64 = 20_000;
/// Milliseconds that this process may be woken late.
const LATE: u64 = 250;
/// Rounds and milliseconds from a Call to the first round, at least.
const AHEAD: u32 = 3;
const AHEAD_MILLIS: u64 = ANSWERS + LEFT + LATE;
/// The same before the end of an epoch, so that tries may fail.
const LEAD: u64 = 6;
const LEAD_MILLIS: u64 = 20_000;
/// What a try waits for: announcements, the beacon's time, nonces, and everybody's hearing of the epoch.
const STAGES: u64 = 4;
/// Tries for which there is time before an epoch ends.
const TRIES: u64 = 3;
/// Milliseconds after a failure, doubled with each, three times at most.
const AGAIN: u64 = 500;
/// What is doubled with each time is not doubled more often.
const MOST_DOUBLED: u32 = 16;

#[derive(Default)]
pub(super) struct Plan {
    /// First and last arrival since an epoch was formed.
    arrivals: Option<(u64, u64)>,
    not_before: u64,
    failures: u32,
    /// How many epochs have been formed.
    formed: u32,
    /// Whether a party has lost its key in a try since then: once is forgiven, whoever it was.
    forgiven: bool,
    /// How often a party stopped a try, and how many epochs must have been formed before it is asked again.
    withheld: BTreeMap<PartyId, (u32, u32)>,
    /// How often a party led to an epoch before the last one had ended.
    rejoined: BTreeMap<PartyId, u32>,
}

/// Who is there, and the epoch each says it has keys of, if it has said so.
pub(super) type Here = BTreeMap<PartyId, Option<u32>>;

impl Plan {
    pub(super) fn arrived(&mut self, now: u64) {
        let first = self.arrivals.map_or(now, |(first, _)| first.min(now));
        self.arrivals = Some((first, now));
    }

    /// A party whose hash is in the list has not revealed its nonce, so that the try came to nothing: it is left out until
    /// an epoch has been formed, and of twice as many the next time. So parties that do this in turn stop as many tries as
    /// they are. Whoever does not answer a Call stops no try, and may have its reasons ([`super::super::TRIES`]).
    pub(super) fn withheld(&mut self, party: PartyId) {
        let (times, again) = self.withheld.entry(party).or_default();
        *again = self.formed.saturating_add(1 << (*times).min(MOST_DOUBLED));
        *times = times.saturating_add(1);
    }

    /// It has lost the key that it announced: its process may have died.
    pub(super) fn refused(&mut self, party: PartyId) {
        match self.forgiven {
            true => self.withheld(party),
            false => self.forgiven = true,
        }
    }

    pub(super) fn is_left_out(&self, party: PartyId) -> bool {
        self.withheld.get(&party).is_some_and(|(_, again)| self.formed < *again)
    }

    /// Whether the first try since the last epoch is still to come to nothing.
    pub(super) fn is_first(&self) -> bool {
        self.failures == 0
    }

    pub(super) fn failed(&mut self, now: u64) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.saturating_add(AGAIN << self.failures.min(3));
    }

    /// Everybody in the new epoch has done its part.
    pub(super) fn formed(&mut self, members: impl Iterator<Item = PartyId>) {
        for id in members {
            if let Some((times, _)) = self.withheld.get_mut(&id) {
                *times = times.saturating_sub(1);
            }
        }
        self.formed = self.formed.saturating_add(1);
        (self.arrivals, self.failures, self.forgiven) = (None, 0, false);
    }

    /// An epoch is about to begin in this round: whoever it is that needed it before the last one ended waits twice as long
    /// the next time, and it does so until one has lasted as long as it should.
    pub(super) fn begins(&mut self, book: &Book, here: &Here, first: u32) {
        match book.newest() {
            Some(run) if first <= run.until => {
                for (id, _) in Self::keyless(here, run.number()) {
                    let times = self.rejoined.entry(*id).or_default();
                    *times = times.saturating_add(1);
                }
            }
            _ => self.rejoined.clear(),
        }
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
        // There is no epoch without all answerers, but there may be one without some meters.
        let needed = |id: &&PartyId| terms.role(**id) != Some(Role::Meter);
        let choices: [&dyn Fn(&&PartyId) -> bool; 3] =
            [&|id| !self.is_left_out(**id), &|id| !self.is_left_out(**id) || needed(id), &|_| true];
        let mut choices = choices.iter().map(|choice| here.keys().filter(choice));
        let called = choices.find(|called| Self::is_enough(terms, called.clone()))?;
        let called: BTreeSet<PartyId> = called.copied().collect();
        let rounds = terms.table.round(now).map_or(Some(0), |round| round.to_u32().checked_add(AHEAD))?;
        let ahead = AHEAD_MILLIS.saturating_add(terms.spread().saturating_mul(STAGES));
        // A clock that was set back does not lead to a second sum of a round.
        let first = terms.round_after(now.saturating_add(ahead))?.max(rounds).max(book.free());
        let rejoins = self.rejoin(book, here).is_some_and(|at| at <= now);
        let first = match book.newest() {
            Some(run) if !rejoins => first.max(run.until.checked_add(1)?),
            _ => first,
        };
        // Nobody answers a Call of an epoch that is too far off.
        (terms.start(first) <= terms.horizon(now)).then_some((first, called))
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
        let keyless = Self::keyless(here, run.number()).filter(|(id, _)| !self.is_left_out(**id));
        let times = keyless.map(|(id, _)| self.rejoined.get(id).copied().unwrap_or_default()).min()?;
        let holders = here.iter().filter(|(_, epochs)| epochs.is_some_and(|epochs| epochs >= run.number()));
        // An epoch that most have not heard of, for the utility died then, has no sums.
        let of_use = Self::is_enough(&book.terms, holders.map(|(id, _)| id));
        let lasts = if of_use { REJOIN << times.min(MOST_DOUBLED) } else { 0 };
        let at = book.terms.start(run.first().saturating_add(lasts));
        Some(at.max(self.settled(&book.terms, here)))
    }

    /// Those who say that they have no keys of this epoch.
    fn keyless(here: &Here, number: u32) -> impl Iterator<Item = (&PartyId, &Option<u32>)> {
        here.iter().filter(move |(_, epochs)| epochs.is_some_and(|epochs| epochs < number))
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
