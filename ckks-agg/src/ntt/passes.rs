//! Transforms in lanes, whatever residues are between stages ([`Arithmetic`]).
//!
//! Stages go in passes of two (once three, for N = 4096), so that a residue is loaded and stored once for each pass: first over
//! everything, then over blocks of 512, which stay in the nearest cache. The last three are within two vectors. (Passes of
//! three stages on blocks are no faster: a machine's queue holds too few of their long chains.)

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Direction;
use crate::modulus::{Factor, Modulus};

mod forward;
mod inverse;

/// What residues are between the stages of a transform: integers that are congruent to them, within bounds.
///
/// Bounds are multiples of q. Passes say what doubles need; words are within 4 going forward, within 2 going back, and all
/// of `centre`, `nearer` and `nearer_twice` leaves them alone.
pub(crate) trait Arithmetic<const W: usize>: Copy {
    type Value: Copy;

    /// A factor w < q.
    fn twiddle(modulus: &Modulus, w: u64) -> Twiddle;

    /// Of residues.
    fn take(&self, residues: &[u64; W]) -> Self::Value;
    /// As residues; of what is within 1.
    fn give(&self, x: Self::Value, residues: &mut [u64; W]);
    /// Between passes.
    fn load(&self, words: &[u64; W]) -> Self::Value;
    fn store(&self, x: Self::Value, words: &mut [u64; W]);

    fn times(&self, x: Self::Value, twiddle: &Twiddle) -> Self::Value;
    fn times_lanes(&self, x: Self::Value, twiddles: [&[u64; W]; 2]) -> Self::Value;
    /// x + y·w and x − y·w, given the product.
    fn spread(&self, x: Self::Value, product: Self::Value) -> [Self::Value; 2];
    /// x + y, x − y.
    fn fold(&self, x: Self::Value, y: Self::Value) -> [Self::Value; 2];

    /// To within 1/2 and a little.
    fn centre(&self, x: &mut Self::Value);
    /// From within b to within the larger of 1 and b − 1.
    fn nearer(&self, x: &mut Self::Value);
    /// From within b to within the larger of 2 and b − 2.
    fn nearer_twice(&self, x: &mut Self::Value);

    /// Of 2·W values, x first: those at places with 4 not in them, and those with. Its own inverse, as the next two.
    fn swap4(&self, x: Self::Value, y: Self::Value) -> (Self::Value, Self::Value);
    fn swap2(&self, x: Self::Value, y: Self::Value) -> (Self::Value, Self::Value);
    fn swap1(&self, x: Self::Value, y: Self::Value) -> (Self::Value, Self::Value);
    /// x₀ y₀ x₁ y₁ …, undoing what swap4, swap2 and swap1 after each other did.
    fn interleave(&self, x: Self::Value, y: Self::Value) -> (Self::Value, Self::Value);
    fn deinterleave(&self, x: Self::Value, y: Self::Value) -> (Self::Value, Self::Value);
}

/// A factor and it over q, in the form that the arithmetic takes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Twiddle {
    pub(crate) w: u64,
    pub(crate) per: u64,
}

/// Factors in the order in which the passes take them.
pub(crate) struct Tables {
    degree: usize,
    /// Of passes of two stages: the first of them over everything, if log₂ N − 9 is 2 or 4; then those of its quarters, if 4.
    twos: Box<[[Twiddle; 3]]>,
    /// Of three stages over everything, if log₂ N − 9 is 3.
    three: [Twiddle; 7],
    /// Of two stages on blocks of 512, of 128, and of 32.
    blocks: [Box<[[Twiddle; 3]]>; 3],
    /// Of the last three, for every 16 residues: on halves of 4, 2 and 1.
    last: Box<[[Lines; 3]]>,
    /// 1/N, or 1.
    whole: Twiddle,
}

/// Factors as lanes take them: w, and over q.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lines([[u64; 8]; 2]);

/// Factors of a pair of vectors on halves of 4, 2 and 1.
struct Last<'a, const W: usize> {
    on4: [&'a [u64; W]; 2],
    on2: [&'a [u64; W]; 2],
    on1: [&'a [u64; W]; 2],
}

/// Those of the two pairs at `place`.
#[inline(always)]
fn factors<const W: usize>(lines: &[[Lines; 3]], place: usize) -> Option<[Last<'_, W>; 2]> {
    let first = place.wrapping_mul(2);
    Some([last(lines, first)?, last(lines, first.wrapping_add(1))?])
}

#[inline(always)]
#[allow(clippy::arithmetic_side_effects)] // W is 4 or 8
fn last<const W: usize>(lines: &[[Lines; 3]], pair: usize) -> Option<Last<'_, W>> {
    let [Lines([w4, p4]), Lines([w2, p2]), Lines([w1, p1])] = lines.get(pair * W / 8)?;
    let part = pair % (8 / W);
    Some(Last {
        on4: [w4.as_chunks().0.get(part)?, p4.as_chunks().0.get(part)?],
        on2: [w2.as_chunks().0.get(part)?, p2.as_chunks().0.get(part)?],
        on1: [w1.as_chunks().0.get(part)?, p1.as_chunks().0.get(part)?],
    })
}

impl Tables {
    /// Of ψ^±brv(k) at k.
    #[allow(clippy::arithmetic_side_effects)] // indexes below 2N
    pub(crate) fn new<const W: usize, A: Arithmetic<W>>(
        modulus: &Modulus,
        roots: &[Factor],
        direction: Direction,
    ) -> Self {
        let degree = roots.len();
        let root = |k: usize| roots.get(k).map_or(1, |factor| factor.value);
        let twiddle = |k: usize| A::twiddle(modulus, root(k));
        // The stages below the k-th node of the tree, whose own factor is at k.
        let two = |k: usize| [k, 2 * k, 2 * k + 1].map(twiddle);
        let three = |k: usize| [k, 2 * k, 2 * k + 1, 4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3].map(twiddle);
        let twos: Vec<usize> = match degree / 512 {
            16 => Vec::from([1, 4, 5, 6, 7]),
            _ => Vec::from([1]),
        };
        // After the swaps, a lane works on a residue of the block of 2·half that stands at lane/half.
        let lines = |place: usize, half: usize| {
            let first = (degree + 16 * place) / (2 * half);
            let lanes: [Twiddle; 8] = core::array::from_fn(|lane| twiddle(first + lane / half));
            Lines([lanes.map(|lane| lane.w), lanes.map(|lane| lane.per)])
        };
        let whole = match direction {
            Direction::Forward => 1,
            Direction::Inverse => modulus.inverse_vartime(degree as u64),
        };
        let mut tables = Tables {
            degree,
            twos: twos.into_iter().map(two).collect(),
            three: three(1),
            blocks: [512, 128, 32].map(|size| (degree / size..2 * (degree / size)).map(two).collect()),
            last: (0..degree / 16).map(|place| [4, 2, 1].map(|half| lines(place, half))).collect(),
            whole: A::twiddle(modulus, whole),
        };
        if direction == Direction::Inverse {
            // The stage that comes last divides by N.
            let top = A::twiddle(modulus, modulus.mul(whole, root(1)));
            if let Some([first, ..]) = tables.twos.first_mut() {
                *first = top;
            }
            let [first, ..] = &mut tables.three;
            *first = top;
        }
        tables
    }
}
