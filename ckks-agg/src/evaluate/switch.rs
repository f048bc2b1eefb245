//! From one polynomial to another: what makes products and rotations ciphertexts under the key again.

use super::arena::{Arena, DIGITS};
use super::rescale::{divide, len_at};
use crate::ring::{Ring, Term};
use crate::switching::SwitchingKey;

/// Σ digit·(b, a) of a polynomial `c` at a level into `arena.sums`, times the special prime: for the level's primes, and the
/// special one behind them.
pub(super) fn products(ring: &Ring, key: &SwitchingKey, level: u8, c: &[u64], arena: &mut Arena) {
    let Arena { degree, digits, reduced, sums: [sum0, sum1], .. } = arena;
    let degree = *degree;
    let count = usize::from(level).wrapping_add(1);
    for ((prime, digit), c) in
        ring.primes().iter().zip(digits.chunks_exact_mut(degree)).zip(c.chunks_exact(degree))
    {
        digit.copy_from_slice(c);
        prime.inverse(digit);
    }
    let special = ring.primes().len();
    let places = (0..count).chain([special]);
    let sums = sum0.chunks_exact_mut(degree).zip(sum1.chunks_exact_mut(degree));
    for (place, (sum0, sum1)) in places.zip(sums) {
        let Some(prime) = ring.prime(place) else { continue };
        let all = digits.chunks_exact(degree).zip(reduced.chunks_exact_mut(degree));
        for (_, (digit, out)) in all.enumerate().take(count).filter(|(number, _)| *number != place) {
            prime.reduce_from(out, digit);
            prime.forward(out);
        }
        let terms: [Term<'_>; DIGITS] = core::array::from_fn(|number| {
            // What is taken modulo its own prime is what it was.
            let from: &[u64] = if number == place { c } else { reduced };
            let digit = from.chunks_exact(degree).nth(number).unwrap_or_default();
            Term { digit, keys: key.at(ring, number, place) }
        });
        prime.inner([sum0, sum1], terms.get(..count).unwrap_or_default());
    }
}

/// Divides one of `arena.sums` by the special prime; the result stands in front.
pub(super) fn divide_special(ring: &Ring, level: u8, which: usize, arena: &mut Arena) {
    let Arena { degree, sums, poly, .. } = arena;
    let len = len_at(level, *degree).wrapping_add(*degree);
    let (Some(sum), Some(special)) = (sums.get_mut(which).and_then(|sum| sum.get_mut(..len)), ring.special())
    else {
        return;
    };
    divide(ring, special, sum, poly);
}
