//! The kernel of the lanes, and the only file of the logarithms with `unsafe`: the call into it, after the CPU
//! was asked.
#![allow(unsafe_code)]

use super::super::fan::Keys;
use super::super::field::Fe;
use super::super::point::Point;
use super::{Eight, Products, keys, least, plus};
use crate::lanes::field::Fe8;
use crate::lanes::x86::Ifma;

/// What to add to what.
pub(super) struct Sums<'a> {
    pub(super) pairs: &'a [[Eight; 2]],
    pub(super) centres: &'a [Point],
    /// Offsets of the first pair that are not asked for, and how many are after them.
    pub(super) skip: usize,
    pub(super) count: usize,
}

pub(super) fn spread(_: Ifma, sums: &Sums<'_>, keys: &mut Keys) -> bool {
    // SAFETY: an `Ifma` exists, so the CPU has AVX-512 F and IFMA.
    unsafe { run(sums, keys) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn run(sums: &Sums<'_>, out: &mut Keys) -> bool {
    let Sums { pairs, centres, skip, count } = *sums;
    let (Products(before), ahead, behind) = out.room(centres.len().saturating_mul(count));
    before.clear();
    before.reserve_exact(centres.len().saturating_mul(pairs.len()));
    let mut products = [Fe8::small(1); 2];
    for centre in centres {
        let u_neg = least(&centre.u.neg());
        for pair in pairs {
            before.push(products);
            for (product, offsets) in products.iter_mut().zip(pair) {
                *product = product.mul(&Fe8::from_limbs(plus(&offsets.u, &u_neg)));
            }
        }
    }
    let [a, b] = products;
    let both = a.mul(&b);
    if both.is_zero() != 0 {
        return false;
    }
    let inverse = both.invert();
    let mut inverses = [inverse.mul(&b), inverse.mul(&a)];
    let sides = ahead.chunks_mut(count.max(1)).zip(behind.chunks_mut(count.max(1)));
    let mut before = before.iter().rev();
    for (centre, (ahead, behind)) in centres.iter().zip(sides).rev() {
        let (u_neg, v) = (least(&centre.u.neg()), least(&centre.v));
        let (v_neg, a_u) = (least(&centre.v.neg()), least(&Fe::A.add(&centre.u)));
        for (i, pair) in pairs.iter().enumerate().rev() {
            let Some(products) = before.next() else { break };
            for (j, ((inverse, product), offsets)) in inverses.iter_mut().zip(products).zip(pair).enumerate()
            {
                let own = inverse.mul(product);
                *inverse = inverse.mul(&Fe8::from_limbs(plus(&offsets.u, &u_neg)));
                let rest = plus(&offsets.u, &a_u);
                let slope = |v| own.mul(&Fe8::from_limbs(plus(&offsets.v, v))).square().to_limbs();
                let place = i.wrapping_mul(16).wrapping_add(j.wrapping_mul(8));
                put(ahead, place, skip, &keys(&slope(&v_neg), &rest));
                put(behind, place, skip, &keys(&slope(&v), &rest));
            }
        }
    }
    true
}

/// Eight keys to their places, those that are asked for.
#[inline(always)]
fn put(out: &mut [u64], place: usize, skip: usize, keys: &[u64; 8]) {
    let late = skip.saturating_sub(place);
    let keys = keys.get(late..).unwrap_or_default();
    let out = out.get_mut(place.saturating_sub(skip)..).unwrap_or_default();
    for (out, key) in out.iter_mut().zip(keys) {
        *out = *key;
    }
}
