//! Fans of sums around points: u(C + i·P) and u(C − i·P) for many C and i, with one inversion for all.
//!
//! On curve25519, v² = u³ + A·u² + u, the line through C and ±Q has the slope λ = (±v_Q − v_C)/(u_Q − u_C) and
//! u(C ± Q) = λ² − A − u_C − u_Q: one denominator for both sums. Montgomery's trick takes three
//! multiplications for its inverse, so that two sums cost five multiplications and two squarings.

use alloc::vec::Vec;

use super::field::Fe;
use super::lanes::Lanes;
#[cfg(target_arch = "x86_64")]
use super::lanes::Products;
use super::point::{Point, Projective, settle};

/// Offsets that a fan has on each side of its centre.
pub(super) const REACH: usize = 512;

/// i·P for i = 1 … [`REACH`].
pub(super) struct Fan {
    offsets: Vec<Point>,
}

/// Reusable room for the sums around points, and the keys of the sums of the last spread.
#[derive(Default)]
pub(super) struct Keys {
    before: Vec<Fe>,
    #[cfg(target_arch = "x86_64")]
    products: Products,
    /// Of C + i·P: for each C, all i of the spread.
    pub(super) ahead: Vec<u64>,
    /// Of C − i·P.
    pub(super) behind: Vec<u64>,
}

/// C = ±i·P: the sums cannot be had this way, and need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Met {
    /// Which C, from 0.
    pub(super) centre: usize,
    /// i, from 1.
    pub(super) offset: usize,
}

impl Fan {
    pub(super) const SIZE: usize = REACH * size_of::<Point>();

    pub(super) fn new(point: &Point) -> Fan {
        Fan { offsets: point.multiples(REACH) }
    }

    /// i·P for i = 1 … [`REACH`].
    pub(super) fn offsets(&self) -> &[Point] {
        &self.offsets
    }

    /// (2·reach + 1)·P: from one centre of fans to `reach` < [`REACH`] to the next, without gap or overlap.
    pub(super) fn step(&self, reach: usize) -> Point {
        let of = |number: usize| number.checked_sub(1).and_then(|i| self.offsets.get(i));
        let (a, b) = (of(reach), of(reach.wrapping_add(1)));
        let sum = a.unwrap_or(&Point::IDENTITY).add(b.unwrap_or(&Point::IDENTITY));
        settle(&[sum]).first().copied().unwrap_or(Point::IDENTITY)
    }

    /// C + i·P, or C − i·P.
    pub(super) fn sum(&self, centre: &Point, offset: usize, behind: bool) -> Projective {
        let point = offset.checked_sub(1).and_then(|i| self.offsets.get(i)).copied();
        let point = point.unwrap_or(Point::IDENTITY);
        centre.add(&if behind { point.neg() } else { point })
    }

    /// The sums around all centres for first ≤ i ≤ last, by lanes where there are some.
    pub(super) fn spread(
        &self,
        centres: &[Point],
        first: usize,
        last: usize,
        lanes: &mut Option<Lanes>,
        keys: &mut Keys,
    ) -> Result<(), Met> {
        let offsets = self.offsets.get(first.saturating_sub(1)..last).unwrap_or_default();
        let good = match lanes {
            Some(lanes) => lanes.spread(&self.offsets, centres, first, last, keys),
            None => one_by_one(offsets, centres, keys),
        };
        // Lanes may have met an offset that was not asked for.
        if good { Ok(()) } else { Err(met(centres, &self.offsets)) }
    }
}

impl Keys {
    /// Bytes of the keys that so many denominators give, and of what they take meanwhile.
    pub(super) const fn bytes(denominators: usize) -> usize {
        denominators.saturating_mul(size_of::<(Fe, [u64; 2])>())
    }

    #[cfg(target_arch = "x86_64")]
    pub(super) fn room(&mut self, sums: usize) -> (&mut Products, &mut [u64], &mut [u64]) {
        let Keys { products, ahead, behind, .. } = self;
        for keys in [&mut *ahead, &mut *behind] {
            keys.clear();
            keys.reserve_exact(sums);
            keys.resize(sums, 0);
        }
        (products, ahead, behind)
    }
}

/// False if a centre is one of the offsets.
fn one_by_one(offsets: &[Point], centres: &[Point], keys: &mut Keys) -> bool {
    let count = offsets.len().saturating_mul(centres.len());
    let Keys { before, ahead, behind, .. } = keys;
    before.clear();
    before.reserve_exact(count);
    for sums in [&mut *ahead, &mut *behind] {
        sums.clear();
        sums.reserve_exact(count);
        sums.resize(count, 0);
    }
    let mut product = Fe::ONE;
    for centre in centres {
        for offset in offsets {
            before.push(product);
            product = product.mul_loose(&offset.u.minus(&centre.u));
        }
    }
    if product.is_zero() {
        return false;
    }
    let mut inverse = product.invert();
    let mut sums = before.iter().zip(ahead).zip(behind).rev();
    for centre in centres.iter().rev() {
        let (v_neg, a_u) = (centre.v.neg(), Fe::A.add(&centre.u));
        for offset in offsets.iter().rev() {
            let Some(((before, ahead), behind)) = sums.next() else { break };
            let own = inverse.mul(before);
            inverse = inverse.mul_loose(&offset.u.minus(&centre.u));
            let rest = a_u.plus(&offset.u);
            *ahead = own.mul_loose(&offset.v.plus(&v_neg)).square().low_minus(&rest);
            // The slope's sign does not matter.
            *behind = own.mul_loose(&offset.v.plus(&centre.v)).square().low_minus(&rest);
        }
    }
    true
}

fn met(centres: &[Point], offsets: &[Point]) -> Met {
    let places = centres.iter().zip(0..).find_map(|(c, centre)| {
        let mut numbered = offsets.iter().zip(1..);
        numbered.find(|(offset, _)| offset.u == c.u).map(|(_, offset)| Met { centre, offset })
    });
    places.unwrap_or(Met { centre: 0, offset: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::ristretto::RistrettoPoint;
    use curve25519_dalek::scalar::Scalar;

    fn of(factor: u64) -> Point {
        let point = RistrettoPoint::mul_base(&Scalar::from(factor)).compress();
        settle(&[Projective::quadruple_of(point.to_bytes()).unwrap()])[0]
    }

    #[test]
    fn all_sums_of_some_centres() {
        let (fan, mut keys) = (Fan::new(&of(3)), Keys::default());
        let factors = [1u64, 5, 1 << 40, 2000, 3 * 31];
        let centres = factors.map(of);
        fan.spread(&centres, 7, 30, &mut None, &mut keys).unwrap();
        let mut sums = keys.ahead.iter().zip(&keys.behind);
        for (factor, centre) in factors.iter().zip(&centres) {
            for i in 7..=30usize {
                let (ahead, behind) = sums.next().unwrap();
                let (plus, minus) = (of(factor + 3 * i as u64), of(factor.abs_diff(3 * i as u64)));
                assert_eq!((*ahead, *behind), (plus.key(), minus.key()));
                let points = [fan.sum(centre, i, false), fan.sum(centre, i, true)];
                let points = settle(&points);
                assert!(points[0].u == plus.u && points[1].u == minus.u);
            }
        }
        assert!(sums.next().is_none());
    }

    #[test]
    fn steps_leave_no_gap() {
        let fan = Fan::new(&of(3));
        for reach in [0usize, 1, 2, 511] {
            assert!(fan.step(reach).v == of(3 * (2 * reach as u64 + 1)).v);
        }
    }

    #[test]
    fn a_centre_that_is_an_offset_is_met() {
        let (fan, mut keys) = (Fan::new(&of(3)), Keys::default());
        let near = [of(1), of(2), of(3 * 9), of(4)];
        assert_eq!(fan.spread(&near, 5, 20, &mut None, &mut keys), Err(Met { centre: 2, offset: 9 }));
        assert_eq!(fan.spread(&near, 10, 20, &mut None, &mut keys), Ok(()));
        assert_eq!(
            fan.spread(&near.map(|p| p.neg()), 5, 20, &mut None, &mut keys),
            Err(Met { centre: 2, offset: 9 })
        );
    }
}
