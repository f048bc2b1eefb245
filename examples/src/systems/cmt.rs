//! cmt-ring: meters in rings of about two dozen, each with a concentrator of its own; the supplier adds the
//! rings' sums.
//!
//! A meter that falls silent *within* a round loses the round of its ring. Deployments keep that rare: a
//! meter without a value says so, or is seen to be unreachable, before its interval ends. This is what a
//! silent meter means here: its absence is known when the round begins, and its ring forms a new generation
//! without it, with fresh keys; when it is back, another one with it. Both count in a round's work and bytes.

mod ring;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use cmt_ring::{Error, Params};
use meter_link::{GroupId, HighWater, Round};
use ring::{Ring, Tally};

use super::rng;
use crate::system::{Outcome, RoundError, Settings, System};

/// Members of a ring, about.
const RING: usize = 24;
/// More are cut into two rings.
const LARGEST: usize = 2 * RING - 1;
const SMALLEST: usize = Params::LEAST_RING as usize;

/// All rings of a group.
pub(super) struct Cmt {
    settings: Settings,
    rings: Vec<Ring>,
    epoch: u32,
    rng: ChaCha20Rng,
}

impl Cmt {
    pub(super) fn start(settings: &Settings) -> anyhow::Result<Self> {
        let mut cmt = Cmt { settings: settings.clone(), rings: Vec::new(), epoch: 0, rng: rng(settings) };
        let everybody = vec![true; settings.meters];
        cmt.regroup(Round::from(0), &everybody)?;
        for ring in &mut cmt.rings {
            let all = vec![true; ring.devices.len()];
            ring.form(Round::from(0), &all, &mut Tally::default(), &mut cmt.rng)?;
        }
        Ok(cmt)
    }

    /// Cuts the meters into rings anew, in a new epoch.
    fn regroup(&mut self, first_round: Round, present: &[bool]) -> anyhow::Result<()> {
        let last_round = Round::new(self.settings.rounds.saturating_sub(1))?.max(first_round);
        let old = self.rings.drain(..).flat_map(|ring| ring.devices);
        let mut marks: BTreeMap<usize, HighWater> = old.map(|device| (device.column, device.mark)).collect();
        for (group, columns) in (1u32..).zip(partition(present)) {
            let mut mark = |column| marks.remove(&column).unwrap_or_default();
            let devices = columns.iter().map(|column| (*column, mark(*column))).collect();
            let span = (self.epoch, first_round, last_round);
            self.rings.push(Ring::new(&self.settings, GroupId(group), span, devices, &mut self.rng)?);
        }
        self.epoch = self.epoch.checked_add(1).context("too many epochs")?;
        Ok(())
    }
}

impl System for Cmt {
    fn round(&mut self, round: u64, readings: &[Option<i64>]) -> Result<Outcome, RoundError> {
        let (begin, mut tally) = (Instant::now(), Tally::default());
        let round = Round::new(round).map_err(|e| RoundError::Failed(e.into()))?;
        let present: Vec<bool> = readings.iter().map(Option::is_some).collect();
        // A ring of which nobody is here rests.
        let bearable = |here: usize| here == 0 || (SMALLEST..=LARGEST).contains(&here);
        if !self.rings.iter().all(|ring| bearable(count(&ring.present(&present)))) {
            self.regroup(round, &present)?;
        }
        for ring in &mut self.rings {
            let here = ring.present(&present);
            if count(&here) == 0 {
                continue;
            }
            if here != ring.members {
                ring.form(round, &here, &mut tally, &mut self.rng).map_err(refused)?;
            }
            ring.round(round, readings, self.settings.watched, &mut tally, &mut self.rng).map_err(refused)?;
        }
        Ok(Outcome {
            sum: tally.sum,
            meters: tally.meters,
            uplink_bytes: tally.uplink_bytes,
            meter_time: tally.meter_time,
            round_time: begin.elapsed(),
            received: tally.received,
        })
    }
}

/// Columns of each ring: those who are present in rings of about [`RING`], as equal as can be; the others
/// dealt out among them, to have a home when they return. Ascending.
fn partition(present: &[bool]) -> Vec<Vec<usize>> {
    let of = |wanted: bool| (0..).zip(present).filter(move |(_, here)| **here == wanted).map(|(i, _)| i);
    let here: Vec<usize> = of(true).collect();
    let rings = (here.len().saturating_add(RING / 2) / RING).max(1);
    let size = here.len().div_ceil(rings).max(1);
    // The first rings are full, the others lack one member.
    let full = here.len().saturating_sub(rings.saturating_mul(size.saturating_sub(1)));
    let (first, rest) = here.split_at_checked(full.saturating_mul(size)).unwrap_or_default();
    let smaller = rest.chunks(size.saturating_sub(1).max(1));
    let mut parts: Vec<Vec<usize>> = first.chunks(size).chain(smaller).map(<[usize]>::to_vec).collect();
    for (column, ring) in of(false).zip((0..rings).cycle()) {
        parts.get_mut(ring).into_iter().for_each(|part| part.push(column));
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

fn count(members: &[bool]) -> usize {
    members.iter().filter(|member| **member).count()
}

/// A lost round is no breakdown.
fn refused(error: Error) -> RoundError {
    match error {
        Error::Quorum { .. } => RoundError::Refused(error.to_string()),
        _ => RoundError::Failed(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(meters: usize) -> Settings {
        Settings {
            meters,
            rounds: 100,
            max_reading: 1_000_000,
            min_meters: 5,
            seed: 1,
            watched: Some(3),
            window: None,
        }
    }

    fn row(meters: usize, here: impl Fn(usize) -> bool) -> Vec<Option<i64>> {
        (0..meters).map(|i| here(i).then_some((i as i64).wrapping_mul(37).wrapping_sub(500))).collect()
    }

    #[test]
    fn rings_are_never_too_small_nor_too_large() {
        for n in SMALLEST..400 {
            let parts = partition(&vec![true; n]);
            let sizes: Vec<usize> = parts.iter().map(Vec::len).collect();
            assert_eq!(sizes.iter().sum::<usize>(), n);
            assert!(sizes.iter().all(|size| (SMALLEST..=LARGEST).contains(size)), "{n}: {sizes:?}");
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{n}: {sizes:?}");
            if n >= 48 {
                assert!(sizes.iter().all(|size| (19..=30).contains(size)), "{n}: {sizes:?}");
            }
        }
        // Half of them absent: each ring has its part of both.
        let parts = partition(&(0..96).map(|i| i % 2 == 0).collect::<Vec<_>>());
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [48, 48]);
        assert!(parts.iter().all(|part| part.iter().filter(|i| *i % 2 == 0).count() == 24));
    }

    #[test]
    fn absence_return_and_regrouping() {
        let n = 60;
        let mut cmt = Cmt::start(&settings(n)).unwrap();
        assert_eq!(cmt.rings.len(), 3);
        type Here = fn(usize) -> bool;
        let rounds: [(u64, Here, usize, u32); 9] = [
            (0, |_| true, 3, 1),
            (1, |i| i != 3, 3, 1),
            (2, |i| i != 3 && i != 50, 3, 1),
            (7, |_| true, 3, 1),
            // One ring all absent rests; four of it are too few, and all are grouped anew.
            (8, |i| i >= 20, 3, 1),
            (9, |i| i >= 16, 2, 2),
            (10, |i| i < 5, 1, 3),
            (11, |i| i < 47, 1, 3),
            (12, |_| true, 3, 4),
        ];
        for (round, here, rings, epoch) in rounds {
            let readings = row(n, here);
            let outcome = cmt.round(round, &readings).unwrap();
            assert_eq!(outcome.sum, readings.iter().flatten().sum::<i64>(), "round {round}");
            assert_eq!(outcome.meters, readings.iter().flatten().count());
            assert_eq!(outcome.received.is_some(), here(3));
            assert_eq!((cmt.rings.len(), cmt.epoch), (rings, epoch), "round {round}");
        }
    }

    #[test]
    fn a_quiet_round_costs_a_ciphertext_and_a_delta_a_meter() {
        let mut cmt = Cmt::start(&settings(10)).unwrap();
        let all = row(10, |_| true);
        assert_eq!(cmt.round(0, &all).unwrap().uplink_bytes, 10 * (40 + 40));
        // A new generation of nine: tokens, first keys and places of eight, and the group key.
        let nine = row(10, |i| i != 9);
        let forming = 8 * (52 + 76 + 39) + (48 + 9 * 48);
        assert_eq!(cmt.round(1, &nine).unwrap().uplink_bytes, 9 * (40 + 40) + forming);
    }

    #[test]
    fn fewer_than_a_ring_are_refused() {
        assert!(Cmt::start(&settings(4)).is_err());
    }
}
