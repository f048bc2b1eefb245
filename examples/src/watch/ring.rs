//! The last events, each already written as the page reads it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;

use crate::engine::Event;

/// Rows that are kept.
pub(super) const KEPT: usize = 1024;
/// Ids of a list that a row shows; the rest is counted.
const LISTED: usize = 64;
/// Characters of a text that a row shows.
const SHOWN: usize = 200;

/// An event with its number in this process, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) number: u64,
    /// A JSON object in one line.
    pub(crate) json: Arc<str>,
}

#[derive(Debug, Default)]
pub(super) struct Ring {
    rows: VecDeque<Row>,
    pushed: u64,
}

#[derive(Serialize)]
struct Shown<'a> {
    number: u64,
    /// Milliseconds since 1970.
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
    /// Ids that are not in the event's list any more.
    #[serde(skip_serializing_if = "is_zero")]
    unlisted: usize,
    #[serde(flatten)]
    event: &'a Event,
}

impl Ring {
    /// Gives the row's number.
    pub(super) fn push(&mut self, at: u64, latency_ms: Option<u64>, event: &Event) -> u64 {
        self.pushed = self.pushed.saturating_add(1);
        let (event, unlisted) = shortened(event);
        let shown = Shown { number: self.pushed, at, latency_ms, unlisted, event: &event };
        let json = serde_json::to_string(&shown).unwrap_or_default();
        if self.rows.len() >= KEPT {
            self.rows.pop_front();
        }
        self.rows.push_back(Row { number: self.pushed, json: json.into() });
        self.pushed
    }

    pub(super) fn after(&self, after: u64, most: usize) -> Vec<Row> {
        let from = self.rows.partition_point(|row| row.number <= after);
        self.rows.range(from..).take(most).cloned().collect()
    }
}

/// So that a row's size does not depend on who is away, or on what a stranger sent.
fn shortened(event: &Event) -> (Event, usize) {
    let mut event = event.clone();
    let mut unlisted = 0;
    match &mut event {
        Event::Opened { absent: list, .. } | Event::Closed { missing: list, .. } => {
            unlisted = list.len().saturating_sub(LISTED);
            list.truncate(LISTED);
        }
        Event::Epoch { roster: text, .. }
        | Event::Lost { why: text, .. }
        | Event::Member { what: text, .. }
        | Event::Topology { what: text, .. }
        | Event::Fault { what: text, .. } => {
            if let Some((end, _)) = text.char_indices().nth(SHOWN) {
                text.truncate(end);
                text.push('…');
            }
        }
        Event::Sum { values, .. } => values.truncate(LISTED),
        Event::Bill { .. } => blank(&mut event),
        Event::Repaired { .. } => {}
    }
    (event, unlisted)
}

/// Takes out what one household used: bills are in the database, and not for everybody who can open a page.
pub(crate) fn blank(event: &mut Event) {
    if let Event::Bill { values, .. } = event {
        values.clear();
    }
}

// serde's attribute wants a reference.
#[expect(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_last_rows_and_gives_those_after_a_number() {
        let mut ring = Ring::default();
        for round in 0..3000 {
            assert_eq!(ring.push(7, None, &Event::Repaired { round, meter: 1 }), u64::from(round) + 1);
        }
        assert_eq!(ring.rows.len(), KEPT);
        let numbers =
            |after, most| -> Vec<u64> { ring.after(after, most).iter().map(|row| row.number).collect() };
        assert_eq!(numbers(2997, 10), [2998, 2999, 3000]);
        assert_eq!(numbers(0, 2), [1977, 1978], "older ones are gone");
        assert!(numbers(3000, 10).is_empty() && numbers(u64::MAX, 10).is_empty());
        assert_eq!(
            &*ring.after(2999, 1)[0].json,
            r#"{"number":3000,"at":7,"event":"repaired","round":2999,"meter":1}"#
        );
    }

    #[test]
    fn a_row_is_small_whoever_is_away() {
        let mut ring = Ring::default();
        ring.push(0, None, &Event::Opened { round: 1, present: 5, absent: (0..100_000).collect() });
        ring.push(0, None, &Event::Fault { round: 1, party: 2, what: "ü".repeat(100_000) });
        let rows = ring.after(0, 2);
        assert!(rows[0].json.contains(r#""unlisted":99936"#), "{}", rows[0].json);
        assert!(rows.iter().all(|row| row.json.len() < 600));
        assert!(serde_json::from_str::<serde_json::Value>(&rows[1].json).is_ok());
    }
}
