//! The smallest block of readings that sums over meters and sums over time open together.

use alloc::vec::Vec;

/// The least number of readings whose signed sum follows from the sums over `sets`, one a round, together with
/// the sums over time of the meters in `billed`, each over exactly the rounds whose set contains it. 0 if there
/// is no reading at all. One bool a meter position, everywhere.
///
/// All that follows from the sums is their linear span: the cut space of the graph that [the module](super)
/// describes. Its members of least support are cuts, so the answer is the smallest cut that is not empty: the edge
/// connectivity of the worst connected component. Stoer and Wagner, "A simple min-cut algorithm" (1997); time grows
/// with the third power of meters and rounds, about a second for 240 meters and a week: for analysis and tests, not
/// for the rules that answerers enforce.
pub fn window_connectivity(sets: &[&[bool]], billed: &[bool]) -> u32 {
    let ground = billed.len().saturating_add(sets.len());
    let mut graph = Graph::new(ground.saturating_add(1));
    for (round, set) in (billed.len()..).zip(sets) {
        for (meter, _) in set.iter().enumerate().filter(|(_, member)| **member) {
            let end = if billed.get(meter).copied().unwrap_or(false) { meter } else { ground };
            graph.join(end, round);
        }
    }
    graph.components().into_iter().filter_map(|component| graph.smallest_cut(component)).min().unwrap_or(0)
}

/// Weights between vertices.
struct Graph {
    size: usize,
    weights: Vec<u32>,
}

impl Graph {
    fn new(size: usize) -> Self {
        Graph { size, weights: alloc::vec![0; size.saturating_mul(size)] }
    }

    fn weight(&self, a: usize, b: usize) -> u32 {
        self.weights.get(a.wrapping_mul(self.size).wrapping_add(b)).copied().unwrap_or(0)
    }

    fn add(&mut self, a: usize, b: usize, weight: u32) {
        for at in [a.wrapping_mul(self.size).wrapping_add(b), b.wrapping_mul(self.size).wrapping_add(a)] {
            if let Some(place) = self.weights.get_mut(at) {
                *place = place.saturating_add(weight);
            }
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        self.add(a, b, 1);
    }

    /// Vertices that are connected, one list a component.
    fn components(&self) -> Vec<Vec<usize>> {
        let mut left: Vec<usize> = (0..self.size).collect();
        let mut components = Vec::new();
        while let Some(start) = left.pop() {
            let mut component = alloc::vec![start];
            let mut done = 0;
            while let Some(vertex) = component.get(done).copied() {
                done = done.saturating_add(1);
                let (near, far) = left.iter().partition(|other| self.weight(vertex, **other) > 0);
                component.extend::<Vec<usize>>(near);
                left = far;
            }
            components.push(component);
        }
        components
    }

    /// Stoer–Wagner on one component; None for a single vertex. Merges its vertices.
    fn smallest_cut(&mut self, mut alive: Vec<usize>) -> Option<u32> {
        let mut smallest = None;
        while alive.len() > 1 {
            let mut pull: Vec<(usize, u32)> = alive.iter().map(|v| (*v, 0)).collect();
            let (mut before, mut last, mut cut) = (None, None, 0);
            while let Some(at) = (0..pull.len()).max_by_key(|i| pull.get(*i).map(|(_, w)| *w)) {
                let (vertex, weight) = pull.swap_remove(at);
                (before, last, cut) = (last, Some(vertex), weight);
                for (other, weight) in &mut pull {
                    *weight = weight.saturating_add(self.weight(vertex, *other));
                }
            }
            smallest = Some(smallest.unwrap_or(cut).min(cut));
            let (Some(kept), Some(merged)) = (before, last) else { break };
            alive.retain(|v| *v != merged);
            for other in &alive {
                let weight = self.weight(merged, *other);
                if *other != kept && weight > 0 {
                    self.add(kept, *other, weight);
                }
            }
        }
        smallest
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::super::{Book, Window};
    use super::*;
    use crate::id::Round;
    use crate::set::Members;
    use alloc::vec;
    use proptest::prelude::*;

    /// Every set of vertices on one side: the obvious definition.
    fn by_hand(sets: &[Vec<bool>], billed: &[bool]) -> u32 {
        let (meters, ground) = (billed.len(), billed.len() + sets.len());
        let cut = |side: u32| {
            let on = |v: usize| side >> v & 1 == 1;
            let cells = sets.iter().enumerate().flat_map(|(r, set)| (0..meters).map(move |i| (r, i, set[i])));
            let across = cells.filter(|(r, i, member)| {
                *member && on(meters + r) != on(if billed[*i] { *i } else { ground })
            });
            across.count() as u32
        };
        (0..1u32 << (ground + 1)).map(cut).filter(|n| *n > 0).min().unwrap_or(0)
    }

    fn connectivity(sets: &[Vec<bool>], billed: &[bool]) -> u32 {
        window_connectivity(&sets.iter().map(Vec::as_slice).collect::<Vec<_>>(), billed)
    }

    proptest! {
        #[test]
        fn agrees_with_all_cuts(
            sets in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 5), 1..6),
            billed in proptest::collection::vec(any::<bool>(), 5),
        ) {
            prop_assert_eq!(connectivity(&sets, &billed), by_hand(&sets, &billed));
        }

        /// The rules that answerers enforce are enough.
        #[test]
        fn what_the_rules_permit_hides_kappa_readings(
            kappa in 4u32..7, absent in proptest::collection::vec((0usize..40, 0usize..40), 0..160),
            meters in 8usize..24, rounds in 6usize..24, outsiders in 0usize..7,
            alone in proptest::collection::vec(0usize..24, 0..3),
        ) {
            let meters = meters + outsiders;
            let mut sets = vec![vec![true; meters]; rounds];
            for (round, meter) in absent {
                sets[round % rounds][meter % meters] = false;
            }
            // Outsiders are hardly ever there.
            for (r, set) in sets.iter_mut().enumerate() {
                set.iter_mut().take(outsiders).enumerate().for_each(|(i, m)| *m &= (r + i).is_multiple_of(5));
            }
            // And sometimes they are there alone.
            for round in alone.into_iter().filter(|_| outsiders > 0) {
                sets[round % rounds] = (0..meters).map(|i| i < outsiders).collect();
            }
            let window = Window { first: Round::from(0), last: Round::from(rounds as u32 - 1) };
            let mut book = Book::new(window, kappa, meters as u32);
            for (round, set) in (0u32..).zip(&sets) {
                // Sets below the minimum are refused before they come to a window.
                let set = Members::marked(set).unwrap();
                prop_assume!(set.count() >= kappa);
                book.enter(Round::from(round), &[round as u8; 32], &set).unwrap();
            }
            let billed: Vec<bool> = (0..meters).map(|i| i >= outsiders).collect();
            if book.permits(&Members::marked(&billed).unwrap()) {
                prop_assert!(connectivity(&sets, &billed) >= kappa);
            }
            if let Some(billed) = book.billable() {
                prop_assert!(book.permits(&billed));
                prop_assert!(connectivity(&sets, &billed.to_marks()) >= kappa);
            }
        }
    }

    #[test]
    fn known_graphs() {
        let full = vec![vec![true; 6]; 9];
        assert_eq!(connectivity(&full, &[true; 6]), 6); // a round's readings
        assert_eq!(connectivity(&full[..4], &[true; 6]), 4); // a meter's
        assert_eq!(connectivity(&full, &[false; 6]), 6); // sums over meters alone
        assert_eq!(connectivity(&[], &[true; 6]), 0);
        // One late frame and bills over whole windows: the difference of all sums is that reading.
        let mut late = full.clone();
        late[3][2] = false;
        let mut with_ground = late.clone();
        with_ground.push(vec![false, false, true, false, false, false]);
        assert_eq!(connectivity(&with_ground, &[true; 6]), 1);
        assert_eq!(connectivity(&late, &[true; 6]), 5);
        // A meter that is not billed, in for one round: that reading is all the ground has.
        let mut guest = vec![vec![true, true, true, true, true, false]; 9];
        guest[4][5] = true;
        assert_eq!(connectivity(&guest, &[true, true, true, true, true, false]), 1);
    }

    /// protocols.md counts the cells outside B over all rounds. Then rounds without a billed meter hide a guest.
    #[test]
    fn a_round_of_guests_alone_does_not_hide_one_of_them_elsewhere() {
        let (meters, rounds, kappa) = (14, 12, 4);
        let billed: Vec<bool> = (0..meters).map(|i| i < 10).collect();
        let mut sets = vec![billed.clone(); rounds];
        sets[11] = (0..meters).map(|i| i >= 10).collect();
        let permitted = |sets: &[Vec<bool>]| {
            let mut book = Book::new(Window { first: Round::from(0), last: Round::from(11) }, kappa, 14);
            for (round, set) in (0u32..).zip(sets) {
                book.enter(Round::from(round), &[round as u8; 32], &Members::marked(set).unwrap()).unwrap();
            }
            book.permits(&Members::marked(&billed).unwrap())
        };
        assert!(permitted(&sets));
        assert_eq!(connectivity(&sets, &billed), 4);
        sets[3][10] = true;
        assert_eq!(connectivity(&sets, &billed), 1);
        assert!(!permitted(&sets));
    }
}
