//! Multiples of one public point for multiplications in constant time: for each digit's place the multiples
//! 1 … 16.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hint::black_box;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use super::digits::{DIGITS, Digits, HALF};
use super::field::Fe;
use super::point::{Extended, Niels};

const MULTIPLES: usize = HALF as usize;

/// The limbs of y + x, y − x and 2dxy of 1·32^i·P … 16·32^i·P.
type Window = [[u64; 15]; MULTIPLES];

pub(super) struct Table(Box<[Window]>);

impl Table {
    /// Bytes.
    pub(super) const SIZE: usize = DIGITS * size_of::<Window>();

    /// Of the point with a given encoding.
    pub(super) fn new(encoding: &[u8; 32]) -> Self {
        let mut at = Extended::decode(encoding);
        let windows = (0..DIGITS).map(|_| {
            let step = at.cached();
            let (mut points, mut product) = ([(Extended::IDENTITY, Fe::ONE); MULTIPLES], Fe::ONE);
            for (point, before) in &mut points {
                (*point, *before) = (at, product);
                product = product.mul(at.z());
                at.add(&step);
            }
            if let Some((sixteenth, _)) = points.last() {
                at = *sixteenth;
                at.add(&sixteenth.cached());
            }
            let mut inverse = product.invert();
            let mut window = [[0; 15]; MULTIPLES];
            for (entry, (point, before)) in window.iter_mut().zip(&points).rev() {
                let parts = point.summand(&inverse.mul(before));
                for (place, limb) in entry.iter_mut().zip(parts.iter().flat_map(Fe::limbs)) {
                    *place = *limb;
                }
                inverse = inverse.mul(point.z());
            }
            window
        });
        Table(windows.collect::<Vec<_>>().into_boxed_slice())
    }

    /// Adds a multiple given by its lowest digits.
    pub(super) fn add_multiple(&self, sum: &mut Extended, shifted: &[u8; 32], digits: usize) {
        let mut rest = Digits::new(shifted);
        for window in self.0.iter().take(digits) {
            sum.add_niels(&pick(window, rest.next()));
        }
    }
}

/// The multiple for a shifted digit 0 … 31. Reads the whole window.
fn pick(window: &Window, shifted: u8) -> Niels {
    let digit = shifted.wrapping_sub(HALF);
    let negative = Choice::from(digit >> 7);
    let size = u8::conditional_select(&digit, &digit.wrapping_neg(), negative);
    let mut limbs = [0u64; 15];
    let wanted = black_box(u64::from(size));
    for (entry, number) in window.iter().zip(1u64..) {
        // All ones if they are the same: both are below 2^63.
        let mask = ((number ^ wanted).wrapping_sub(1) >> 63).wrapping_neg();
        for (limb, other) in limbs.iter_mut().zip(entry) {
            *limb |= other & mask;
        }
    }
    // 0 has no entry: y + x = y − x = 1, 2dxy = 0
    let one = u64::from(size.ct_eq(&0).unwrap_u8());
    let mut parts = [Fe::ZERO; 3];
    for (part, limbs) in parts.iter_mut().zip(limbs.as_chunks::<5>().0) {
        *part.limbs_mut() = *limbs;
    }
    limbs.zeroize();
    let [mut plus, mut minus, xy2d] = parts;
    for part in [&mut plus, &mut minus] {
        let [low, ..] = part.limbs_mut();
        *low |= one;
    }
    Fe::conditional_swap(&mut plus, &mut minus, negative);
    Niels { plus, minus, xy2d: xy2d.loose().select(&xy2d.neg(), mask(negative)) }
}

fn mask(choice: Choice) -> u64 {
    u64::from(choice.unwrap_u8()).wrapping_neg()
}
