//! Transforms with plain integers: Harvey's butterflies, which leave residues unreduced between stages.

use crate::modulus::{Factor, Modulus};

/// Residues in, residues out. Between stages they are below 4q.
pub(super) fn forward(modulus: &Modulus, roots: &[Factor], values: &mut [u64]) {
    let twice = modulus.q().wrapping_mul(2);
    let (mut blocks, mut half) = (1usize, values.len().unbounded_shr(1));
    while half > 0 {
        let roots = roots.get(blocks..).unwrap_or_default();
        for (block, root) in values.chunks_exact_mut(half.wrapping_mul(2)).zip(roots) {
            let (low, high) = block.split_at_mut(half);
            for (x, y) in low.iter_mut().zip(high) {
                let left = Modulus::less(*x, twice);
                let right = modulus.times_lazy(*y, *root);
                *x = left.wrapping_add(right);
                *y = left.wrapping_add(twice).wrapping_sub(right);
            }
        }
        blocks = blocks.wrapping_mul(2);
        half = half.unbounded_shr(1);
    }
    for value in values {
        *value = Modulus::less(Modulus::less(*value, twice), modulus.q());
    }
}

/// Residues in, residues out. Between stages they are below 2q. The last stage divides by N.
pub(super) fn inverse(modulus: &Modulus, roots: &[Factor], last: [Factor; 2], values: &mut [u64]) {
    let twice = modulus.q().wrapping_mul(2);
    let (mut blocks, mut half) = (values.len().unbounded_shr(1), 1usize);
    while blocks > 1 {
        let roots = roots.get(blocks..).unwrap_or_default();
        for (block, root) in values.chunks_exact_mut(half.wrapping_mul(2)).zip(roots) {
            let (low, high) = block.split_at_mut(half);
            for (x, y) in low.iter_mut().zip(high) {
                let (left, right) = (*x, *y);
                *x = Modulus::less(left.wrapping_add(right), twice);
                *y = modulus.times_lazy(left.wrapping_add(twice).wrapping_sub(right), *root);
            }
        }
        blocks = blocks.unbounded_shr(1);
        half = half.wrapping_mul(2);
    }
    let (low, high) = values.split_at_mut(half);
    let [whole, rotated] = last;
    for (x, y) in low.iter_mut().zip(high) {
        let (left, right) = (*x, *y);
        *x = modulus.times(left.wrapping_add(right), whole);
        *y = modulus.times(left.wrapping_add(twice).wrapping_sub(right), rotated);
    }
}
