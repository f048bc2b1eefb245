//! More answers than it takes to open a sum: wrong ones are found and named.

mod fit;
mod inverses;
mod locator;

use alloc::vec;
use alloc::vec::Vec;

use crate::answer::Quorum;
use crate::error::{Error, Fault, Misuse};
use crate::field::Field64;
use crate::head::Sum;
use crate::id::PartyId;
use fit::{BLOCK, Fit};
use inverses::Inverses;
use locator::Locator;

/// What n answers to a query of threshold t allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// n = t: any answers whatever fit together, so **nothing is checked**.
    Unchecked,
    /// n = t + 1: one wrong answer always shows, and does not show whose it is.
    Detects,
    /// n ≥ t + 2: up to so many wrong answers, ⌊(n − t)/2⌋, are named and do no harm.
    Names(u8),
}

/// A sum, and who gave a wrong answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSum {
    /// The sum.
    pub sum: Sum,
    /// What so many answers allow.
    pub check: Check,
    /// Whose answers do not fit: the answerers lie, or meters have sent corrections for them that are no
    /// sharing. From these bytes it cannot be told which.
    pub wrong: Vec<PartyId>,
}

impl CheckedSum {
    /// [`Fault::WrongAnswer`] of each. No reason to drop one: see `wrong`.
    pub fn faults(&self) -> impl Iterator<Item = Error> {
        self.wrong.iter().map(|party| Fault::WrongAnswer.of(*party))
    }
}

/// Opens sums from raw answers of which some may be wrong: a decoder of the Reed–Solomon code that Shamir's
/// sharing is (McEliece and Sarwate, "On sharing secrets and Reed–Solomon codes", 1981).
///
/// The answers of numbers a are values f(a) of a polynomial of degree below t with the sum at 0 (Reed and
/// Solomon, "Polynomial codes over certain finite fields", 1960). Two such polynomials agree at t − 1 numbers
/// at most, so of n answers e = ⌊(n − t)/2⌋ may be anything: only one polynomial fits the other n − e. It is found
/// by the key equation of Welch and Berlekamp (US patent 4,633,470) with the Euclidean algorithm of Gao ("A new
/// algorithm for decoding Reed–Solomon codes", 2003).
///
/// It is made once for the numbers that answered, and holds what depends on them alone. It takes **public data
/// only** and its time depends on it: per column n − t + 1 rows of t multiplications, and for each new pattern of
/// wrong answers O(n²) more.
///
/// ```
/// use meter_link::{Field64, answer::Quorum, decode::{Check, Decoder}};
///
/// // f(X) = 70 + 5X at 1, 2, 3, 5; number 3 lies.
/// let answers = [75, 80, 1_000, 95].map(|v| [Field64::from_u64(v)]);
/// let rows: Vec<&[Field64]> = answers.iter().map(|row| row.as_slice()).collect();
/// let decoder = Decoder::new(&Quorum::new(&[1, 2, 3, 5])?, 2)?;
/// assert_eq!(decoder.check(), Check::Names(1));
///
/// let mut sum = [Field64::ZERO];
/// assert_eq!(decoder.decode(&rows, &mut sum)?, Quorum::new(&[3])?);
/// assert_eq!(sum[0].centred(), 70);
/// # Ok::<(), meter_link::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    /// Ascending.
    numbers: Vec<u8>,
    threshold: u8,
    inverses: Inverses,
    /// With nobody left out.
    whole: Fit,
    locator: Locator,
}

impl Decoder {
    /// For the answers of `numbers`, any `threshold` of which open a sum.
    ///
    /// # Errors
    /// [`Misuse::BadThreshold`] for the threshold 0; [`Error::Quorum`] for fewer numbers than it.
    pub fn new(numbers: &Quorum, threshold: u8) -> Result<Self, Error> {
        if threshold == 0 {
            return Err(Misuse::BadThreshold.into());
        }
        if numbers.len() < threshold {
            return Err(Error::Quorum { have: numbers.len().into(), need: threshold.into() });
        }
        let numbers: Vec<u8> = numbers.iter().collect();
        let inverses = Inverses::new(&numbers);
        let whole = Fit::new(&inverses, &numbers, threshold, Quorum::default());
        let locator = Locator::new(&inverses, &numbers, threshold);
        Ok(Decoder { numbers, threshold, inverses, whole, locator })
    }

    /// What these answers allow.
    pub fn check(&self) -> Check {
        match self.spare() {
            0 => Check::Unchecked,
            1 => Check::Detects,
            spare => Check::Names(spare / 2),
        }
    }

    /// Opens the columns of one query: `answers` has one row for each number, in ascending order of the numbers,
    /// and `out` gets the value at 0 of every column. Returns who was wrong in any of them.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] for another number of rows, or a row that is not as long as `out`.
    /// [`Error::Inconsistent`] if more were wrong than [`check`](Self::check) says can be named: in one column, or
    /// in all of them together, and then those columns are not to be trusted either that decode by themselves.
    /// On an error `out` is as it was.
    ///
    /// # Security
    /// A number is wrong because its aggregator answered wrongly **or because a meter sent wrong corrections for
    /// it**: the decoder cannot tell which, and nobody is to be excluded for it alone.
    ///
    /// Names and sum are right if at most e were wrong, and up to n − t − e wrong ones are noticed. More liars than
    /// that, if they agree on their answers, open any sum they like: n − t − e + 1 of them so that those who did
    /// not join are named instead, n − t + 1 so that nobody is. With [`Check::Unchecked`] that is a single one.
    pub fn decode(&self, answers: &[&[Field64]], out: &mut [Field64]) -> Result<Quorum, Error> {
        let mut sums = vec![Field64::ZERO; out.len()];
        let (mut wrong, mut last) = (Quorum::default(), Quorum::default());
        self.columns_vartime(answers, &mut sums, |_, column| {
            let column = column?;
            if column != last {
                wrong = column.iter().fold(wrong, Quorum::with);
                last = column;
            }
            if wrong.len() > self.most() { Err(Error::Inconsistent) } else { Ok(()) }
        })?;
        out.copy_from_slice(&sums);
        Ok(wrong)
    }

    /// [`decode`](Self::decode) for columns that do not stand and fall together, as those of different meters in
    /// a bill, where a meter with wrong corrections spoils its own column: otherwise e + 1 such meters, each with
    /// another aggregator, would stop the bill of all. `found` is told of every column with a wrong answer, in
    /// ascending order: who, or [`Error::Inconsistent`], and then this place of `out` is as it was.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`], as [`decode`](Self::decode), with `out` as it was.
    ///
    /// # Security
    /// As [`decode`](Self::decode), for each column by itself. An aggregator that is wrong in one meter's columns
    /// only may well be the victim of that meter.
    pub fn decode_each(
        &self,
        answers: &[&[Field64]],
        out: &mut [Field64],
        mut found: impl FnMut(usize, Result<Quorum, Error>),
    ) -> Result<(), Error> {
        self.columns_vartime(answers, out, |column, wrong| {
            found(column, wrong);
            Ok(())
        })
    }

    /// n − t.
    fn spare(&self) -> u8 {
        u8::try_from(self.numbers.len()).unwrap_or(u8::MAX).wrapping_sub(self.threshold)
    }

    /// e.
    fn most(&self) -> u8 {
        self.spare() / 2
    }

    /// Whoever was wrong is left out of the columns that follow, until one does not fit: at most one search for
    /// wrong answers a column, and where `found` ends it at more than e in all, at most e + 1 in all.
    fn columns_vartime(
        &self,
        answers: &[&[Field64]],
        out: &mut [Field64],
        mut found: impl FnMut(usize, Result<Quorum, Error>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if answers.len() != self.numbers.len() || answers.iter().any(|row| row.len() != out.len()) {
            return Err(Misuse::WrongLength.into());
        }
        let mut narrowed: Option<Fit> = None;
        let mut rows = self.whole.arrange(answers);
        let mut first = 0usize;
        let mut searched = None;
        // A column is searched once, and passed over if it does not fit then: `first` grows every other turn.
        while let Some(places) = out.get_mut(first..).and_then(|rest| rest.chunks_mut(BLOCK).next()) {
            let fit = narrowed.as_ref().unwrap_or(&self.whole);
            let mut wrong = [Quorum::default(); BLOCK];
            let fitting = fit.open(&rows, first, places, &mut wrong);
            let all_fit = fitting == places.len();
            for (column, wrong) in (first..).zip(wrong).take(fitting).filter(|(_, wrong)| !wrong.is_empty()) {
                found(column, Ok(wrong))?;
            }
            first = first.wrapping_add(fitting);
            if all_fit {
                continue;
            }
            if searched != Some(first) {
                searched = Some(first);
                let column: Vec<Field64> = answers.iter().filter_map(|row| row.get(first)).copied().collect();
                if let Some(fit) = self.search_vartime(&column, fit.left_out()) {
                    rows = fit.arrange(answers);
                    narrowed = Some(fit);
                    continue;
                }
            }
            found(first, Err(Error::Inconsistent))?;
            first = first.wrapping_add(1);
        }
        Ok(())
    }

    /// A fit that this column has if any does with at most e left out. Those left out so far are kept so where they
    /// are not too many.
    fn search_vartime(&self, column: &[Field64], so_far: Quorum) -> Option<Fit> {
        let wrong = self.locator.locate_vartime(&self.whole.residuals(column));
        // Whatever was located: more than e must never be left out.
        if wrong.is_empty() || wrong.len() > self.most() {
            return None;
        }
        let both = self.numbers.iter().filter(|number| so_far.contains(**number));
        let all = both.fold(wrong, |all, number| all.with(*number));
        let left_out = if all.len() <= self.most() { all } else { wrong };
        Some(Fit::new(&self.inverses, &self.numbers, self.threshold, left_out))
    }
}
