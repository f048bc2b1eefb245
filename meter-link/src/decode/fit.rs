//! Whether answers lie on one polynomial, some of them left out, and its value at 0.

use alloc::vec::Vec;

use crate::answer::Quorum;
use crate::field::Field64;
use crate::field::add_scaled;

use super::inverses::Inverses;

/// Columns taken at once.
pub(super) const BLOCK: usize = 64;

/// The polynomial through the first t of those not left out, as what it gives at 0 and at all other numbers.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    threshold: usize,
    left_out: Quorum,
    /// Number and row of the answers, in this order: t that determine the polynomial, those that are held against
    /// it, those left out.
    order: Vec<(u8, usize)>,
    /// Lagrange coefficients of the first t for the value at 0.
    at_zero: Vec<Field64>,
    /// The same for the value at each of the other numbers, t for each.
    elsewhere: Vec<Field64>,
}

impl Fit {
    pub(super) fn new(inverses: &Inverses, numbers: &[u8], threshold: u8, left_out: Quorum) -> Self {
        let rows = numbers.iter().copied().zip(0usize..);
        let kept = rows.clone().filter(|(number, _)| !left_out.contains(*number));
        let order: Vec<(u8, usize)> =
            kept.chain(rows.filter(|(number, _)| left_out.contains(*number))).collect();
        let threshold = usize::from(threshold);
        let base: Vec<u8> = order.iter().map(|(number, _)| *number).take(threshold).collect();
        let weights: Vec<Field64> = base.iter().map(|own| inverses.of_product(*own, &base)).collect();
        let mut coefficients = Vec::with_capacity(order.len().wrapping_mul(threshold));
        let points = order.iter().map(|(number, _)| *number).skip(threshold);
        for at in core::iter::once(0).chain(points) {
            let point = Field64::from_u64(at.into());
            let node = base.iter().fold(Field64::ONE, |p, b| p * (point - Field64::from_u64((*b).into())));
            let row = base.iter().zip(&weights);
            coefficients.extend(row.map(|(b, weight)| node * *weight * inverses.of_difference(at, *b)));
        }
        let elsewhere = coefficients.split_off(threshold.min(coefficients.len()));
        Fit { threshold, left_out, order, at_zero: coefficients, elsewhere }
    }

    pub(super) fn left_out(&self) -> Quorum {
        self.left_out
    }

    /// Rows, or elements of a column, in the order of this fit.
    pub(super) fn arrange<T: Copy>(&self, answers: &[T]) -> Vec<T> {
        self.order.iter().filter_map(|(_, row)| answers.get(*row)).copied().collect()
    }

    /// The other numbers with their coefficients.
    fn others(&self) -> impl Iterator<Item = (u8, &[Field64])> {
        let numbers = self.order.iter().map(|(number, _)| *number).skip(self.threshold);
        numbers.zip(self.elsewhere.chunks(self.threshold))
    }

    /// By how much the other answers of a column, in the order of the numbers, miss the polynomial.
    pub(super) fn residuals(&self, column: &[Field64]) -> Vec<Field64> {
        let column = self.arrange(column);
        let predict = |row: &[Field64]| row.iter().zip(&column).map(|(c, y)| *c * *y).sum();
        let given = column.iter().skip(self.threshold);
        self.others().zip(given).map(|((_, row), given)| *given - predict(row)).collect()
    }

    /// Opens columns `first` … of the arranged rows as far as they fit, at most [`BLOCK`] of them: their values
    /// at 0 go to `places`, to `wrong` those of the left out who are wrong there. Returns how many fit.
    pub(super) fn open(
        &self,
        rows: &[&[Field64]],
        first: usize,
        places: &mut [Field64],
        wrong: &mut [Quorum; BLOCK],
    ) -> usize {
        let mut fitting = places.len().min(BLOCK);
        let mut predicted = [Field64::ZERO; BLOCK];
        for ((number, coefficients), row) in self.others().zip(rows.iter().skip(self.threshold)) {
            let given = row.get(first..).unwrap_or_default();
            weighted(coefficients, rows, first, predicted.get_mut(..fitting).unwrap_or_default());
            let mut pairs = predicted.iter().take(fitting).zip(given);
            if self.left_out.contains(number) {
                for (wrong, (predicted, given)) in wrong.iter_mut().zip(pairs) {
                    if predicted != given {
                        *wrong = wrong.with(number);
                    }
                }
            } else {
                fitting = pairs.position(|(predicted, given)| predicted != given).unwrap_or(fitting);
            }
            if fitting == 0 {
                return 0;
            }
        }
        weighted(&self.at_zero, rows, first, places.get_mut(..fitting).unwrap_or_default());
        fitting
    }
}

/// Σ coefficient · row for columns `first` ….
fn weighted(coefficients: &[Field64], rows: &[&[Field64]], first: usize, out: &mut [Field64]) {
    out.fill(Field64::ZERO);
    for (coefficient, row) in coefficients.iter().zip(rows) {
        add_scaled(out, *coefficient, row.get(first..).unwrap_or_default());
    }
}
