//! What a frame tells, as linear forms in what the utility does not know; and what follows from many of them.

use meter_link::Field64;
use meter_link::field::lagrange;

/// Meters by position, or holders by number less one: bit i.
pub(crate) type Set = u8;

pub(crate) fn members(set: Set) -> impl Iterator<Item = u8> + Clone {
    (0..8).filter(move |i| set >> i & 1 == 1)
}

/// A frame that depends on secrets, by what its form follows from. Rounds count from 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Said {
    Contribution { meter: u8, round: u8, present: Set, variant: u8 },
    Repair { meter: u8, round: u8, pass: u8, missing: Set },
    Bound { holder: u8, round: u8, set: Set, quorum: Set },
    Statement { holder: u8, round: u8, set: Set },
    Raw { holder: u8, round: u8, set: Set },
}

impl Said {
    pub(crate) fn round(&self) -> u8 {
        match *self {
            Said::Contribution { round, .. }
            | Said::Repair { round, .. }
            | Said::Bound { round, .. }
            | Said::Statement { round, .. }
            | Said::Raw { round, .. } => round,
        }
    }

    /// The same for what may be said once only: two different frames alike are a broken rule.
    pub(crate) fn alike(&self, other: &Said) -> bool {
        match (*self, *other) {
            (Said::Contribution { round, .. }, Said::Contribution { round: same, .. }) => round == same,
            (Said::Repair { round, pass, .. }, Said::Repair { round: same, pass: again, .. }) => {
                (round, pass) == (same, again)
            }
            (Said::Repair { .. } | Said::Contribution { .. }, _) => false,
            (a, b) => a.round() == b.round() && a.answered() != b.answered(),
        }
    }

    /// The set of an answer.
    fn answered(&self) -> Option<Set> {
        match *self {
            Said::Bound { set, .. } | Said::Statement { set, .. } | Said::Raw { set, .. } => Some(set),
            Said::Contribution { .. } | Said::Repair { .. } => None,
        }
    }
}

/// What an honest party knows and the utility does not. Nuisances before readings: elimination wants them first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Unknown {
    /// Zero-sum pad of two holders, for a set and a quorum.
    Zero { low: u8, high: u8, round: u8, set: Set, quorum: Set },
    /// Pad of a holder and a meter.
    Share { holder: u8, meter: u8, round: u8 },
    /// Pad of two meters, as the lower adds it.
    Pad { low: u8, high: u8, round: u8 },
    /// A meter's reading; another variant where it would send another one for the same round.
    Reading { meter: u8, round: u8, variant: u8 },
}

/// Coefficients.
pub(crate) type Form = Vec<(Unknown, Field64)>;

/// Holders there are, and how many open a sum; 0 and 0 without any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) holders: u8,
    pub(crate) opens: u8,
}

impl Shape {
    /// The elements of a frame as docs/protocol.md and wire.md define them: one form each.
    pub(crate) fn forms(&self, said: &Said) -> Vec<Form> {
        match *said {
            Said::Contribution { meter, round, present, variant } => {
                let mut masked = vec![(Unknown::Reading { meter, round, variant }, Field64::ONE)];
                masked.extend(self.shared(meter, round, 0));
                masked.extend(pads(meter, round, present & !(1 << meter)));
                let corrected = self.opens + 1..=self.holders;
                let correction = |at: u8| {
                    let own = Unknown::Share { holder: at - 1, meter, round };
                    self.shared(meter, round, at).chain([(own, -Field64::ONE)]).collect()
                };
                core::iter::once(masked).chain(corrected.map(correction)).collect()
            }
            Said::Repair { meter, round, missing, .. } => vec![pads(meter, round, missing).collect()],
            Said::Bound { holder, round, set, quorum } => {
                let points: Vec<u8> = members(quorum).map(|a| a + 1).collect();
                let own = points.iter().position(|a| *a == holder + 1).unwrap();
                let weight = lagrange::coefficient(&points, own, 0).unwrap();
                let shares = members(set).map(|meter| (Unknown::Share { holder, meter, round }, weight));
                let zeros = members(quorum).filter(|other| *other != holder).map(|other| {
                    let (low, high) = (holder.min(other), holder.max(other));
                    let sign = if holder < other { Field64::ONE } else { -Field64::ONE };
                    (Unknown::Zero { low, high, round, set, quorum }, sign)
                });
                vec![shares.chain(zeros).collect()]
            }
            Said::Statement { .. } => Vec::new(),
            Said::Raw { holder, round, set } => {
                let share = |meter| (Unknown::Share { holder, meter, round }, Field64::ONE);
                vec![members(set).map(share).collect()]
            }
        }
    }

    /// A meter's sharing polynomial at a point, from the pads that fix it at 1 … t.
    fn shared(&self, meter: u8, round: u8, at: u8) -> impl Iterator<Item = (Unknown, Field64)> + use<> {
        let points: Vec<u8> = (1..=self.opens).collect();
        (0..self.opens).map(move |holder| {
            let weight = lagrange::coefficient(&points, holder.into(), at).unwrap();
            (Unknown::Share { holder, meter, round }, weight)
        })
    }
}

fn pads(meter: u8, round: u8, others: Set) -> impl Iterator<Item = (Unknown, Field64)> {
    members(others).map(move |other| {
        let (low, high) = (meter.min(other), meter.max(other));
        let sign = if meter < other { Field64::ONE } else { -Field64::ONE };
        (Unknown::Pad { low, high, round }, sign)
    })
}

/// What is left of the span of these forms where the unknowns of `gone` do not occur: by elimination.
pub(crate) fn without(forms: &[Form], gone: impl Fn(&Unknown) -> bool) -> Vec<Form> {
    let mut columns: Vec<Unknown> = forms.iter().flatten().map(|(unknown, _)| *unknown).collect();
    columns.sort_by_key(|unknown| (!gone(unknown), *unknown));
    columns.dedup();
    let mut rows: Vec<Vec<Field64>> = Vec::with_capacity(forms.len());
    for form in forms {
        let mut row = vec![Field64::ZERO; columns.len()];
        for (unknown, coefficient) in form {
            let key = (!gone(unknown), *unknown);
            let place = columns.binary_search_by_key(&key, |other| (!gone(other), *other)).unwrap();
            row[place] += *coefficient;
        }
        rows.push(row);
    }
    let kept = columns.iter().position(|unknown| !gone(unknown)).unwrap_or(columns.len());
    // Rows that have had a pivot among the gone are used up; of the others, what is left is reduced too, so
    // that one form is seen to be one.
    let mut used = reduce(&mut rows, 0, 0..kept);
    let first = used;
    used = reduce(&mut rows, first, kept..columns.len());
    let form = |row: &Vec<Field64>| {
        let terms = columns.iter().copied().zip(row.iter().copied());
        terms.filter(|(_, coefficient)| *coefficient != Field64::ZERO).collect()
    };
    rows[first..used].iter().map(form).collect()
}

/// Reduced echelon form of the rows from `first` on, over some columns; returns where the rows without pivot begin.
fn reduce(rows: &mut [Vec<Field64>], first: usize, columns: core::ops::Range<usize>) -> usize {
    let mut next = first;
    for column in columns {
        let Some(pivot) = (next..rows.len()).find(|row| rows[*row][column] != Field64::ZERO) else {
            continue;
        };
        rows.swap(next, pivot);
        let inverse = rows[next][column].invert();
        rows[next].iter_mut().for_each(|value| *value = *value * inverse);
        let own = rows[next].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(at, _)| *at >= first && *at != next) {
            let factor = row[column];
            if factor != Field64::ZERO {
                row.iter_mut().zip(&own).for_each(|(value, pivot)| *value -= factor * *pivot);
            }
        }
        next += 1;
    }
    next
}

/// That of a round's readings at most one functional is fixed: the plain sum over at least `least` meters.
pub(crate) fn one_sum_at_most(forms: &[Form], least: usize) -> Result<Option<Set>, String> {
    let fixed = without(forms, |unknown| !matches!(unknown, Unknown::Reading { .. }));
    let [sum] = &fixed[..] else {
        return if fixed.is_empty() {
            Ok(None)
        } else {
            Err(format!("{} functionals: {fixed:?}", fixed.len()))
        };
    };
    let mut set = 0;
    for (unknown, coefficient) in sum {
        let Unknown::Reading { meter, .. } = *unknown else { unreachable!() };
        if *coefficient != sum[0].1 || set >> meter & 1 == 1 {
            return Err(format!("no plain sum: {sum:?}"));
        }
        set |= 1 << meter;
    }
    if sum.len() < least { Err(format!("a sum over {} only: {sum:?}", sum.len())) } else { Ok(Some(set)) }
}
