//! Where there are no lanes to be had.

use super::fan::Keys;
use super::point::Point;

pub(super) enum Lanes {}

impl Lanes {
    pub(super) const fn bytes(_: usize) -> usize {
        0
    }

    pub(super) fn detect() -> Option<Lanes> {
        None
    }

    pub(super) fn spread(&mut self, _: &[Point], _: &[Point], _: usize, _: usize, _: &mut Keys) -> bool {
        match *self {}
    }
}
