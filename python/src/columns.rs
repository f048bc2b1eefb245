//! Exact sums of columns, in one pass over memory.
//!
//! The sum of at most 2^31 words of 64 bits follows from two others: W = Σ v mod 2^64, and H = Σ ⌊v / 2^32⌋,
//! which does not overflow. What is left, L = Σ (v mod 2^32) < 2^63, is W − 2^32·H mod 2^64. So a word costs
//! two additions and a shift, and the compiler makes vectors of them.

use meter_link::Field64;
use pulp::{Arch, NullaryFnOnce};

/// How what lies in an array is a word.
pub(crate) trait Kind {
    /// What lies in the array.
    type Raw: Copy + Send + Sync;
    /// Words above it are refused.
    const LARGEST: u64 = u64::MAX;

    /// As a word.
    fn word(raw: Self::Raw) -> u64;

    /// ⌊v / 2^32⌋.
    #[inline(always)]
    fn high(word: u64) -> u64 {
        word >> 32
    }
}

/// Whole numbers without a sign.
pub(crate) struct Unsigned;

/// Whole numbers with a sign.
pub(crate) struct Signed;

/// Elements of Field64, which are below p.
pub(crate) struct Element;

/// The same as bytes, little-endian.
pub(crate) struct ElementBytes;

impl Kind for Unsigned {
    type Raw = u64;

    #[inline(always)]
    fn word(raw: u64) -> u64 {
        raw
    }
}

impl Kind for Signed {
    type Raw = i64;

    #[inline(always)]
    fn word(raw: i64) -> u64 {
        raw.cast_unsigned()
    }

    #[inline(always)]
    fn high(word: u64) -> u64 {
        (word.cast_signed() >> 32).cast_unsigned()
    }
}

impl Kind for Element {
    type Raw = u64;
    const LARGEST: u64 = Field64::MODULUS - 1;

    #[inline(always)]
    fn word(raw: u64) -> u64 {
        raw
    }
}

impl Kind for ElementBytes {
    type Raw = [u8; 8];
    const LARGEST: u64 = Element::LARGEST;

    #[inline(always)]
    fn word(raw: [u8; 8]) -> u64 {
        u64::from_le_bytes(raw)
    }
}

/// Sums of columns side by side.
#[derive(Clone, Copy)]
pub(crate) struct Sums<'a> {
    wrapped: &'a [u64],
    high: &'a [u64],
}

impl<'a> Sums<'a> {
    pub(crate) fn iter(self) -> impl ExactSizeIterator<Item = Sum> + use<'a> {
        let sum = |(wrapped, high): (&u64, &u64)| Sum { wrapped: *wrapped, high: *high };
        self.wrapped.iter().zip(self.high).map(sum)
    }
}

/// The sum of a column: W and H.
#[derive(Clone, Copy)]
pub(crate) struct Sum {
    wrapped: u64,
    high: u64,
}

impl Sum {
    /// ⌊S / 2^32⌋ and S mod 2^32.
    #[inline(always)]
    fn parts(self) -> (u64, u64) {
        let low = self.wrapped.wrapping_sub(self.high << 32);
        (self.high.wrapping_add(low >> 32), low & HALF)
    }

    /// Of [`Unsigned`].
    #[inline(always)]
    pub(crate) fn unsigned(self) -> i128 {
        let (upper, lower) = self.parts();
        i128::from(upper) << 32 | i128::from(lower)
    }

    /// Of [`Signed`].
    #[inline(always)]
    pub(crate) fn signed(self) -> i128 {
        let (upper, lower) = self.parts();
        i128::from(upper.cast_signed()) << 32 | i128::from(lower)
    }

    /// Of elements.
    #[inline(always)]
    pub(crate) fn element(self) -> Field64 {
        // 2^64·a + 2^32·b + c ≡ (2^32 − 1)·a + (2^32·b + c), and a < 2^31.
        let (upper, lower) = self.parts();
        let a = upper >> 32;
        Field64::from_u64(upper << 32 | lower) + Field64::from_u64((a << 32).wrapping_sub(a))
    }
}

const HALF: u64 = 0xffff_ffff;

/// Why there is no sum.
#[derive(Debug)]
pub(crate) enum NoSum {
    /// A value is above the largest.
    Refused,
    /// More than [`MOST_ROWS`].
    TooMany,
}

/// Most values in a sum.
const MOST_ROWS: usize = 1 << 31;
/// Shorter rows are added up several at a time.
const NARROW: usize = 64;
/// Columns whose sums stay in the nearest cache.
const TILE: usize = 512;

/// Gives the sums of the columns of a table, whose rows are `width` long, to `emit`: some at a time, in order.
pub(crate) fn columns<K: Kind>(
    table: &[K::Raw],
    width: usize,
    mut emit: impl FnMut(Sums<'_>),
) -> Result<(), NoSum> {
    if table.len().checked_div(width).unwrap_or_default() > MOST_ROWS {
        return Err(NoSum::TooMany);
    }
    let mut largest = 0;
    if width == 0 {
        return Ok(());
    }
    if width == 1 {
        let sum = Arch::new().dispatch(AddUp::<K> { values: table, largest: &mut largest });
        emit(Sums { wrapped: &[sum.wrapped], high: &[sum.high] });
    } else if width < NARROW {
        let (mut wrapped, mut high) = ([0; TILE], [0; TILE]);
        // As many rows as fit into a wide one, which is folded in the end.
        let wide = if table.len() < TILE.wrapping_mul(8) { NARROW } else { TILE };
        let wide = wide.wrapping_sub(wide.checked_rem(width).unwrap_or_default());
        if let (Some(wrapped), Some(high)) = (wrapped.get_mut(..wide), high.get_mut(..wide)) {
            let whole = table.len().wrapping_sub(table.len().checked_rem(wide).unwrap_or_default());
            let (whole, rest) = table.split_at_checked(whole).unwrap_or_default();
            add_table::<K>(whole, wide, 0, wrapped, high, &mut largest);
            add_table::<K>(rest, width, 0, wrapped.get_mut(..width).unwrap_or_default(), high, &mut largest);
            fold(wrapped, width);
            fold(high, width);
            let (wrapped, high) = (wrapped.get(..width), high.get(..width));
            emit(Sums { wrapped: wrapped.unwrap_or_default(), high: high.unwrap_or_default() });
        }
    } else {
        for start in (0..width).step_by(TILE) {
            let (mut wrapped, mut high) = ([0; TILE], [0; TILE]);
            let size = width.wrapping_sub(start).min(TILE);
            let (Some(wrapped), Some(high)) = (wrapped.get_mut(..size), high.get_mut(..size)) else { break };
            add_table::<K>(table, width, start, wrapped, high, &mut largest);
            emit(Sums { wrapped, high });
        }
    }
    if largest <= K::LARGEST { Ok(()) } else { Err(NoSum::Refused) }
}

/// Adds up pieces of `width` into the first.
fn fold(words: &mut [u64], width: usize) {
    let (sums, rest) = words.split_at_mut_checked(width).unwrap_or_default();
    for piece in rest.chunks_exact(width.max(1)) {
        sums.iter_mut().zip(piece).for_each(|(sum, word)| *sum = sum.wrapping_add(*word));
    }
}

/// A column that lies in one piece.
struct AddUp<'a, K: Kind> {
    values: &'a [K::Raw],
    largest: &'a mut u64,
}

impl<K: Kind> NullaryFnOnce for AddUp<'_, K> {
    type Output = Sum;

    #[inline(always)]
    fn call(self) -> Sum {
        let (mut wrapped, mut high, mut largest) = (0u64, 0u64, 0);
        for raw in self.values {
            let word = K::word(*raw);
            if K::LARGEST < u64::MAX {
                largest = word.max(largest);
            }
            wrapped = wrapped.wrapping_add(word);
            high = high.wrapping_add(K::high(word));
        }
        *self.largest = largest;
        Sum { wrapped, high }
    }
}

/// Adds the words from `start` on of each row, in the widest vectors that the machine has. (Plain Rust, which
/// pulp has compiled for several of them.)
fn add_table<K: Kind>(
    table: &[K::Raw],
    width: usize,
    start: usize,
    wrapped: &mut [u64],
    high: &mut [u64],
    largest: &mut u64,
) {
    Arch::new().dispatch(AddTable::<K> { table, width, start, wrapped, high, largest });
}

struct AddTable<'a, K: Kind> {
    table: &'a [K::Raw],
    width: usize,
    start: usize,
    wrapped: &'a mut [u64],
    high: &'a mut [u64],
    largest: &'a mut u64,
}

impl<K: Kind> NullaryFnOnce for AddTable<'_, K> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let AddTable { table, width, start, wrapped, high, largest } = self;
        let end = start.wrapping_add(wrapped.len());
        let part = |row| <[K::Raw]>::get(row, start..end).unwrap_or_default();
        let mut blocks = table.chunks_exact(width.saturating_mul(4));
        for block in &mut blocks {
            let mut rows = block.chunks_exact(width).map(part);
            if let (Some(a), Some(b), Some(c), Some(d)) = (rows.next(), rows.next(), rows.next(), rows.next())
            {
                add_four::<K>([a, b, c, d], wrapped, high, largest);
            }
        }
        let rest = blocks.remainder().chunks_exact(width).map(part);
        rest.for_each(|row| add_one::<K>(row, wrapped, high, largest));
    }
}

/// Four rows, so that their sums are loaded and stored once.
#[inline(always)]
fn add_four<K: Kind>([a, b, c, d]: [&[K::Raw]; 4], wrapped: &mut [u64], high: &mut [u64], largest: &mut u64) {
    let mut most = *largest;
    let rows = a.iter().zip(b).zip(c).zip(d);
    for ((wrapped, high), (((a, b), c), d)) in wrapped.iter_mut().zip(high).zip(rows) {
        let [a, b, c, d] = [K::word(*a), K::word(*b), K::word(*c), K::word(*d)];
        if K::LARGEST < u64::MAX {
            most = most.max(a).max(b).max(c.max(d));
        }
        let sum = a.wrapping_add(b).wrapping_add(c.wrapping_add(d));
        let halves = K::high(a).wrapping_add(K::high(b)).wrapping_add(K::high(c).wrapping_add(K::high(d)));
        *wrapped = wrapped.wrapping_add(sum);
        *high = high.wrapping_add(halves);
    }
    *largest = most;
}

#[inline(always)]
fn add_one<K: Kind>(row: &[K::Raw], wrapped: &mut [u64], high: &mut [u64], largest: &mut u64) {
    for ((wrapped, high), raw) in wrapped.iter_mut().zip(high).zip(row) {
        let word = K::word(*raw);
        *largest = word.max(*largest);
        *wrapped = wrapped.wrapping_add(word);
        *high = high.wrapping_add(K::high(word));
    }
}
