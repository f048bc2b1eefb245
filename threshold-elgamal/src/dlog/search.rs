//! The search for many targets at once, all over one range.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};

use super::DlogTable;
use super::fan::Keys;
use super::lanes::Lanes;
use super::plan::Plan;
use super::point::{Point, Projective, settle};
use crate::error::Error;
use crate::window::scalar;

/// Targets of which fans are under way together.
const TOGETHER: usize = 64;
/// Denominators that share an inversion, unless a fan alone has more.
const DENOMINATORS: usize = 4096;
/// Rings whose centres share an inversion.
const RINGS: usize = 8;

/// A point that giant steps are taken around: eight times the target less `index` strides.
#[derive(Clone, Copy)]
struct Centre {
    target: usize,
    index: i64,
    point: Point,
}

/// What is asked of the table, and what is known.
pub(super) struct Search<'a> {
    table: &'a DlogTable,
    plan: Plan,
    /// The targets as distances from the middle of the range.
    targets: Vec<RistrettoPoint>,
    results: Vec<Option<Result<i64, Error>>>,
    lanes: Option<Lanes>,
    keys: Keys,
    suspects: Vec<u32>,
    /// Keys that were looked up.
    pub(super) steps: u64,
}

impl<'a> Search<'a> {
    /// Bytes that a search takes at most, beside the table and its results.
    pub(super) const SCRATCH: usize = {
        let keys = Keys::bytes(DENOMINATORS).saturating_add(DENOMINATORS * size_of::<u32>());
        let keys = keys.saturating_add(Lanes::bytes(DENOMINATORS));
        // As targets, results, encodings, sums, points and centres.
        keys.saturating_add((2 * TOGETHER).saturating_mul(8 * size_of::<Centre>()))
    };

    pub(super) fn new(table: &'a DlogTable, plan: Plan) -> Self {
        Search {
            table,
            plan,
            targets: Vec::new(),
            results: Vec::new(),
            lanes: table.lanes(),
            keys: Keys::default(),
            suspects: Vec::new(),
            steps: 0,
        }
    }

    pub(super) fn run(&mut self, targets: &[RistrettoPoint]) -> Vec<Result<i64, Error>> {
        let middle = match self.plan.middle {
            0 => RistrettoPoint::default(),
            middle => RistrettoPoint::mul_base(&scalar(middle)),
        };
        let mut out = Vec::with_capacity(targets.len());
        for some in targets.chunks(TOGETHER) {
            self.targets = some.iter().map(|target| target - middle).collect();
            self.results = alloc::vec![None; some.len()];
            self.together();
            // A target that no step met lies outside.
            out.extend(self.results.drain(..).map(|result| result.unwrap_or(Err(Error::Inconsistent))));
        }
        out
    }

    fn together(&mut self) {
        let doubled = RistrettoPoint::double_and_compress_batch(&self.targets);
        let octuple = |code: &CompressedRistretto| Projective::quadruple_of(code.to_bytes());
        let Some(points) = doubled.iter().map(octuple).collect::<Option<Vec<_>>>() else { return };
        let points = settle(&points).into_iter().enumerate();
        let mut centres: Vec<Centre> =
            points.map(|(target, point)| Centre { target, index: 0, point }).collect();
        self.at(&centres);
        let mut done = 0usize;
        // The nearest first: where a guess was good, the work is small.
        while done < self.plan.fan {
            let last = done.saturating_mul(4).saturating_add(32).min(self.plan.fan);
            centres.retain(|centre| self.pending(centre));
            self.around(&centres, done.saturating_add(1), last);
            done = last;
        }
        centres.retain(|centre| self.pending(centre));
        if !centres.is_empty() && self.plan.rings != 0 {
            self.rings(centres);
        }
    }

    /// From the middle outwards on both sides: one ring, then two, four and eight at a time.
    fn rings(&mut self, middles: Vec<Centre>) {
        let count = usize::try_from(self.plan.rings).unwrap_or(usize::MAX).min(RINGS);
        let steps = self.table.giants.step(self.plan.fan).multiples(count);
        let mut sides: Vec<[Centre; 2]> = middles.into_iter().map(|centre| [centre; 2]).collect();
        let (mut left, mut now) = (self.plan.rings, 1usize);
        while left > 0 && !sides.is_empty() {
            let some = now.min(TOGETHER.checked_div(sides.len()).unwrap_or(0)).max(1);
            let some = usize::try_from(left).unwrap_or(usize::MAX).min(some);
            let steps = steps.get(..some).unwrap_or_default();
            let centres = self.beyond(&sides, steps);
            self.visit(&centres);
            let furthest = centres.as_chunks::<2>().0;
            sides = furthest.get(furthest.len().saturating_sub(sides.len())..).unwrap_or_default().to_vec();
            sides.retain(|[centre, _]| self.pending(centre));
            left = left.saturating_sub(some as u64);
            now = now.saturating_mul(2).min(RINGS);
        }
    }

    /// The centres of the next rings, ring by ring.
    fn beyond(&self, sides: &[[Centre; 2]], steps: &[Point]) -> Vec<Centre> {
        let (mut places, mut sums) = (Vec::new(), Vec::new());
        for (ring, step) in (1i64..).zip(steps) {
            let distance = self.plan.spacing().wrapping_mul(ring);
            for [above, below] in sides {
                // Numbers grow as points come down towards the identity.
                sums.extend([above.point.add(&step.neg()), below.point.add(step)]);
                places.push((above.target, above.index.wrapping_add(distance)));
                places.push((below.target, below.index.wrapping_sub(distance)));
            }
        }
        let points = places.iter().zip(settle(&sums));
        points.map(|(&(target, index), point)| Centre { target, index, point }).collect()
    }

    fn visit(&mut self, centres: &[Centre]) {
        for some in centres.chunks(DENOMINATORS.checked_div(self.plan.fan).unwrap_or(0).max(2)) {
            let some: Vec<Centre> = some.iter().copied().filter(|centre| self.pending(centre)).collect();
            self.at(&some);
            self.around(&some, 1, self.plan.fan);
        }
    }

    fn pending(&self, centre: &Centre) -> bool {
        self.results.get(centre.target).is_some_and(Option::is_none)
    }

    /// Looks up the centres themselves.
    fn at(&mut self, centres: &[Centre]) {
        for centre in centres {
            self.steps = self.steps.wrapping_add(1);
            self.consider(centre, 0, false, centre.point.key());
        }
    }

    /// Looks up what lies `first` to `last` giant steps from the centres.
    fn around(&mut self, centres: &[Centre], first: usize, last: usize) {
        let fan = last.saturating_add(1).saturating_sub(first);
        for some in centres.chunks(DENOMINATORS.checked_div(fan).unwrap_or(0).max(1)) {
            let mut some: Vec<Centre> = some.iter().copied().filter(|centre| self.pending(centre)).collect();
            let mut points: Vec<Point> = some.iter().map(|centre| centre.point).collect();
            let mut keys = core::mem::take(&mut self.keys);
            // A centre that is an offset has told its number; the others start again.
            while let Err(met) = self.table.giants.spread(&points, first, last, &mut self.lanes, &mut keys) {
                if met.centre < some.len() {
                    let centre = some.remove(met.centre);
                    points.remove(met.centre);
                    let giants = i64::try_from(met.offset).unwrap_or(0);
                    self.settle(&centre, &[giants, giants.wrapping_neg()].map(|giants| (giants, 0)));
                } else {
                    break;
                }
            }
            self.steps = self.steps.wrapping_add((keys.ahead.len() as u64).wrapping_mul(2));
            for (sums, behind) in [(&keys.ahead, false), (&keys.behind, true)] {
                let mut suspects = core::mem::take(&mut self.suspects);
                self.table.table.suspects(sums, &mut suspects);
                for place in &suspects {
                    let place = *place as usize;
                    let centre = place.checked_div(fan).and_then(|i| some.get(i));
                    let offset = place.checked_rem(fan).unwrap_or(0).wrapping_add(first);
                    if let (Some(centre), Some(key)) = (centre, sums.get(place)) {
                        self.consider(centre, offset, behind, *key);
                    }
                }
                self.suspects = suspects;
            }
            self.keys = keys;
        }
    }

    /// The sum of a centre and an offset has this key: is it in the table, and is it the target's?
    fn consider(&mut self, centre: &Centre, offset: usize, behind: bool, key: u64) {
        let table = self.table;
        for page in table.table.candidates(key) {
            if !self.pending(centre) {
                return;
            }
            let sum = table.giants.sum(&centre.point, offset, behind);
            let giants = i64::try_from(offset).unwrap_or(0);
            let giants = if behind { giants } else { giants.wrapping_neg() };
            let numbers = table.near.numbers_of(&sum, page);
            self.settle(centre, &numbers.into_iter().map(|number| (giants, number)).collect::<Vec<_>>());
        }
    }

    /// The result, if the target is so many giant steps from the centre, and so many baby steps more.
    fn settle(&mut self, centre: &Centre, places: &[(i64, i64)]) {
        let (Some(target), Some(result)) =
            (self.targets.get(centre.target), self.results.get_mut(centre.target))
        else {
            return;
        };
        for (giants, babies) in places {
            let giants = centre.index.wrapping_add(*giants);
            let distance = giants.wrapping_mul(self.table.stride()).wrapping_add(*babies);
            if result.is_none() && RistrettoPoint::mul_base(&scalar(distance)) == *target {
                *result = Some(self.plan.number(distance).ok_or(Error::Inconsistent));
            }
        }
    }
}
