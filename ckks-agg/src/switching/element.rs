//! Which polynomial a switching key is for.

use crate::preset::Preset;

/// g of s(X^g), or 0 for s².
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Element(pub(crate) u32);

impl Element {
    pub(crate) const SQUARE: Element = Element(0);

    /// Whether there is such a polynomial, other than s.
    pub(crate) const fn exists(self, preset: Preset) -> bool {
        self.0 == 0 || (self.0 != 1 && self.0 % 2 == 1 && (self.0 as usize) < preset.degree().wrapping_mul(2))
    }
}

/// 5^steps modulo 2N: slots turned to the left; `None` where that is no turn at all.
pub(crate) fn rotation(preset: Preset, steps: i32) -> Option<Element> {
    #[allow(clippy::cast_possible_truncation)] // at most 2¹⁴
    let (slots, whole) = (preset.slots() as u32, preset.degree() as u32);
    let mask = whole.wrapping_mul(2).wrapping_sub(1);
    let mut exponent = steps.cast_unsigned() & slots.wrapping_sub(1);
    if exponent == 0 {
        return None;
    }
    let (mut power, mut base) = (1u32, 5u32);
    while exponent != 0 {
        if exponent & 1 == 1 {
            power = power.wrapping_mul(base) & mask;
        }
        base = base.wrapping_mul(base) & mask;
        exponent >>= 1;
    }
    Some(Element(power))
}

/// 2N − 1.
pub(crate) const fn conjugation(preset: Preset) -> Element {
    #[allow(clippy::cast_possible_truncation)] // at most 2¹⁴
    Element((preset.degree() as u32).wrapping_mul(2).wrapping_sub(1))
}
