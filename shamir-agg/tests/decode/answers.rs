//! Answers, true and wrong, and who is wrong by brute force.

use chacha20::ChaCha20Rng;
use meter_link::Field64;
use meter_link::answer::Quorum;
use meter_link::field::lagrange;
use rand_core::Rng;
use shamir_agg::{Decoder, Error, split};

/// Answers of some numbers: row by number, column by sum.
#[derive(Clone)]
pub(crate) struct Answers {
    pub(crate) numbers: Vec<u8>,
    pub(crate) threshold: u8,
    pub(crate) rows: Vec<Vec<Field64>>,
    pub(crate) sums: Vec<Field64>,
}

impl Answers {
    /// True ones, made with the sharing of this crate.
    pub(crate) fn new(numbers: &[u8], threshold: u8, width: usize, rng: &mut ChaCha20Rng) -> Self {
        let sums: Vec<Field64> = (0..width).map(|_| element(rng)).collect();
        let highest = numbers[numbers.len() - 1].max(threshold);
        let mut shares = vec![vec![Field64::ZERO; width]; highest.into()];
        let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
        split(&sums, threshold, &mut places, rng).unwrap();
        let rows = numbers.iter().map(|a| shares[usize::from(*a) - 1].clone()).collect();
        Answers { numbers: numbers.to_vec(), threshold, rows, sums }
    }

    /// Makes the answer at this place of `numbers` wrong.
    pub(crate) fn spoil(&mut self, place: usize, column: usize, rng: &mut ChaCha20Rng) {
        let error = Field64::from_u64(1 + rng.next_u64() % (Field64::MODULUS - 1));
        self.rows[place][column] += error;
    }

    /// The liars add a polynomial of degree below t that is 0 at `zeros`, t − 1 places, and c at the number 0: if all
    /// others tell this lie, it goes unnoticed.
    pub(crate) fn conspire(&mut self, zeros: &[usize], liars: &[usize], column: usize, c: Field64) {
        assert_eq!(zeros.len(), usize::from(self.threshold) - 1);
        for liar in liars {
            let points: Vec<u8> =
                zeros.iter().map(|z| self.numbers[*z]).chain([self.numbers[*liar]]).collect();
            // The value at 0 is coefficient · (value at the liar).
            let scale = lagrange::coefficient(&points, points.len() - 1, 0).unwrap();
            self.rows[*liar][column] += c * scale.invert();
        }
    }

    fn quorum(&self) -> Quorum {
        Quorum::new(&self.numbers).unwrap()
    }

    pub(crate) fn decoder(&self) -> Decoder {
        Decoder::new(&self.quorum(), self.threshold).unwrap()
    }

    pub(crate) fn decode(&self) -> Result<(Quorum, Vec<Field64>), Error> {
        let rows: Vec<&[Field64]> = self.rows.iter().map(Vec::as_slice).collect();
        let untouched = vec![Field64::from_u64(0xdead); self.sums.len()];
        let mut out = untouched.clone();
        let wrong = self.decoder().decode(&rows, &mut out);
        if wrong.is_err() {
            assert_eq!(out, untouched);
        }
        wrong.map(|wrong| (wrong, out))
    }

    /// By column: value and who was wrong.
    pub(crate) fn decode_each(&self) -> Vec<Option<(Quorum, Field64)>> {
        let rows: Vec<&[Field64]> = self.rows.iter().map(Vec::as_slice).collect();
        let untouched = Field64::from_u64(0xdead);
        let mut out = vec![untouched; self.sums.len()];
        let mut columns = vec![Ok(Quorum::default()); self.sums.len()];
        let mut next = 0;
        let found = |column: usize, wrong: Result<Quorum, Error>| {
            assert!(column >= next, "columns ascend");
            assert_ne!(wrong, Ok(Quorum::default()));
            next = column + 1;
            columns[column] = wrong;
        };
        self.decoder().decode_each(&rows, &mut out, found).unwrap();
        let open = |(wrong, value): (Result<Quorum, Error>, Field64)| match wrong {
            Ok(wrong) => Some((wrong, value)),
            Err(error) => {
                assert_eq!((error, value), (Error::Inconsistent, untouched));
                None
            }
        };
        columns.into_iter().zip(out).map(open).collect()
    }

    /// Brute force: the fewest answers without which a column lies on one polynomial, at most e.
    fn oracle(&self, column: usize) -> Option<(Quorum, Field64)> {
        let (n, t) = (self.numbers.len(), usize::from(self.threshold));
        for size in 0..=(n - t) / 2 {
            for mask in (0u32..1 << n).filter(|mask| mask.count_ones() as usize == size) {
                let kept: Vec<usize> = (0..n).filter(|i| mask >> i & 1 == 0).collect();
                let base: Vec<u8> = kept[..t].iter().map(|i| self.numbers[*i]).collect();
                let at = |x: u8| -> Field64 {
                    let terms = kept[..t].iter().enumerate();
                    terms
                        .map(|(i, k)| lagrange::coefficient(&base, i, x).unwrap() * self.rows[*k][column])
                        .sum()
                };
                if kept[t..].iter().all(|i| at(self.numbers[*i]) == self.rows[*i][column]) {
                    let left_out = (0..n).filter(|i| mask >> i & 1 == 1);
                    return Some((named(left_out.map(|i| self.numbers[i])), at(0)));
                }
            }
        }
        None
    }

    /// Both ways of decoding, against brute force.
    pub(crate) fn check(&self) {
        let expected: Vec<_> = (0..self.sums.len()).map(|column| self.oracle(column)).collect();
        assert_eq!(self.decode_each(), expected, "{:?} {}", self.numbers, self.threshold);
        let all: Option<Vec<_>> = expected.into_iter().collect();
        let together = all.and_then(|columns| {
            let wrong = named(columns.iter().flat_map(|(wrong, _)| wrong.iter()));
            let few = usize::from(wrong.len()) <= (self.numbers.len() - usize::from(self.threshold)) / 2;
            few.then(|| (wrong, columns.iter().map(|(_, value)| *value).collect()))
        });
        assert_eq!(self.decode(), together.ok_or(Error::Inconsistent));
    }
}

fn element(rng: &mut ChaCha20Rng) -> Field64 {
    Field64::from_u64(rng.next_u64())
}

pub(crate) fn named(numbers: impl IntoIterator<Item = u8>) -> Quorum {
    numbers.into_iter().fold(Quorum::default(), Quorum::with)
}

/// `count` of `0 … of − 1`, ascending.
pub(crate) fn pick(of: usize, count: usize, rng: &mut ChaCha20Rng) -> Vec<usize> {
    let mut all: Vec<usize> = (0..of).collect();
    for i in 0..count {
        let other = i + rng.next_u64() as usize % (of - i);
        all.swap(i, other);
    }
    all.truncate(count);
    all.sort_unstable();
    all
}
