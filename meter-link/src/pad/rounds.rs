//! The twenty rounds of ChaCha20 (RFC 8439, section 2.3), on words and on vectors of words.
#![cfg_attr(target_arch = "arm", allow(dead_code, unused_macros, unused_imports))] // without vectors

/// Column and diagonal round on the state `$x`, four quarter rounds in step. The operations are arguments,
/// since a word is a `u32` here and a vector of them in `x86`.
macro_rules! double_round {
    ($x:ident, $add:path, $xor:path, $rot16:expr, $rot12:expr, $rot8:expr, $rot7:expr) => {
        double_round!(@both $x, ($add, $xor, $rot16, $rot12, $rot8, $rot7),
            { [0 4 8 12] [1 5 9 13] [2 6 10 14] [3 7 11 15] } { [0 5 10 15] [1 6 11 12] [2 7 8 13] [3 4 9 14] })
    };
    (@both $x:ident, $operations:tt, $columns:tt $diagonals:tt) => {
        double_round!(@one $x, $operations, $columns);
        double_round!(@one $x, $operations, $diagonals);
    };
    (@one $x:ident, ($add:path, $xor:path, $rot16:expr, $rot12:expr, $rot8:expr, $rot7:expr),
     { $([$a:literal $b:literal $c:literal $d:literal])* }) => {
        $($x[$a] = $add($x[$a], $x[$b]);)*
        $($x[$d] = $rot16($xor($x[$d], $x[$a]));)*
        $($x[$c] = $add($x[$c], $x[$d]);)*
        $($x[$b] = $rot12($xor($x[$b], $x[$c]));)*
        $($x[$a] = $add($x[$a], $x[$b]);)*
        $($x[$d] = $rot8($xor($x[$d], $x[$a]));)*
        $($x[$c] = $add($x[$c], $x[$d]);)*
        $($x[$b] = $rot7($xor($x[$b], $x[$c]));)*
    };
}
pub(super) use double_round;

/// [`double_round`] on words.
macro_rules! word_double_round {
    ($x:ident) => {
        double_round!(
            $x,
            u32::wrapping_add,
            core::ops::BitXor::bitxor,
            |word: u32| word.rotate_left(16),
            |word: u32| word.rotate_left(12),
            |word: u32| word.rotate_left(8),
            |word: u32| word.rotate_left(7)
        )
    };
}
pub(super) use word_double_round;

/// All rounds on one state.
#[cfg(not(target_arch = "arm"))]
#[inline(always)]
pub(super) fn rounds(mut x: [u32; 16]) -> [u32; 16] {
    for _ in 0..10 {
        word_double_round!(x);
    }
    x
}

/// Words 0 … 3 of what [`rounds`] gives.
#[cfg(not(target_arch = "arm"))]
#[cfg_attr(any(target_pointer_width = "64", target_feature = "sse2"), allow(dead_code))] // with vectors
#[inline(always)]
pub(super) fn first_words(x: [u32; 16]) -> [u32; 4] {
    let [a, b, c, d, ..] = rounds(x);
    [a, b, c, d]
}

#[cfg(target_arch = "arm")]
pub(super) use barrel::{first_words, rounds};

/// For processors that rotate an operand on its way into an addition. A rotation then costs nothing as long
/// as its result is not kept: the words b and d of a quarter round stay *before* their last rotation, by 7
/// and by 8, until they are used. (Elsewhere this is slower, since both forms of a word stay alive.)
#[cfg(any(target_arch = "arm", test))]
mod barrel {
    macro_rules! quarter_round {
        ($x:ident, $a:literal $b:literal $c:literal $d:literal) => {
            $x[$a] = $x[$a].wrapping_add($x[$b].rotate_left(7));
            $x[$d] = $x[$d].rotate_left(8) ^ $x[$a];
            $x[$c] = $x[$c].wrapping_add($x[$d].rotate_left(16));
            $x[$b] = $x[$b].rotate_left(7) ^ $x[$c];
            $x[$a] = $x[$a].wrapping_add($x[$b].rotate_left(12));
            $x[$d] = $x[$d].rotate_left(16) ^ $x[$a];
            $x[$c] = $x[$c].wrapping_add($x[$d].rotate_left(8));
            $x[$b] = $x[$b].rotate_left(12) ^ $x[$c];
        };
    }

    /// As far as the word a is concerned.
    macro_rules! last_quarter_round {
        ($x:ident, $a:literal $b:literal $c:literal $d:literal) => {
            $x[$a] = $x[$a].wrapping_add($x[$b].rotate_left(7));
            $x[$d] = $x[$d].rotate_left(8) ^ $x[$a];
            $x[$c] = $x[$c].wrapping_add($x[$d].rotate_left(16));
            $x[$b] = $x[$b].rotate_left(7) ^ $x[$c];
            $x[$a] = $x[$a].wrapping_add($x[$b].rotate_left(12));
        };
    }

    macro_rules! columns {
        ($x:ident) => {
            quarter_round!($x, 0 4 8 12);
            quarter_round!($x, 1 5 9 13);
            quarter_round!($x, 2 6 10 14);
            quarter_round!($x, 3 7 11 15);
        };
    }

    /// Backwards: fewest loads and stores of what does not fit into 14 registers.
    macro_rules! diagonals {
        ($x:ident, $quarter_round:ident) => {
            $quarter_round!($x, 3 4 9 14);
            $quarter_round!($x, 2 7 8 13);
            $quarter_round!($x, 1 6 11 12);
            $quarter_round!($x, 0 5 10 15);
        };
    }

    #[inline(always)]
    fn unrotated(mut x: [u32; 16]) -> [u32; 16] {
        (x[4], x[5]) = (x[4].rotate_right(7), x[5].rotate_right(7));
        (x[6], x[7]) = (x[6].rotate_right(7), x[7].rotate_right(7));
        (x[12], x[13]) = (x[12].rotate_right(8), x[13].rotate_right(8));
        (x[14], x[15]) = (x[14].rotate_right(8), x[15].rotate_right(8));
        x
    }

    /// What one element is made of, without the work that only the other twelve words need.
    #[inline(always)]
    pub(in crate::pad) fn first_words(x: [u32; 16]) -> [u32; 4] {
        let mut x = unrotated(x);
        for _ in 0..9 {
            columns!(x);
            diagonals!(x, quarter_round);
        }
        columns!(x);
        diagonals!(x, last_quarter_round);
        let [a, b, c, d, ..] = x;
        [a, b, c, d]
    }

    #[inline(always)]
    pub(in crate::pad) fn rounds(x: [u32; 16]) -> [u32; 16] {
        let mut x = unrotated(x);
        for _ in 0..10 {
            columns!(x);
            diagonals!(x, quarter_round);
        }
        (x[4], x[5]) = (x[4].rotate_left(7), x[5].rotate_left(7));
        (x[6], x[7]) = (x[6].rotate_left(7), x[7].rotate_left(7));
        (x[12], x[13]) = (x[12].rotate_left(8), x[13].rotate_left(8));
        (x[14], x[15]) = (x[14].rotate_left(8), x[15].rotate_left(8));
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn late_rotations_change_nothing(x: [u32; 16]) {
            let all = rounds(x);
            prop_assert_eq!(barrel::rounds(x), all);
            prop_assert_eq!(&barrel::first_words(x), &all[..4]);
            prop_assert_eq!(&first_words(x), &all[..4]);
        }
    }
}
