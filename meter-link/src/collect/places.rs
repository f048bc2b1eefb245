//! Where in the roster a meter stands, faster than by halving the list.

use alloc::vec::Vec;

/// The ids of a list, ascending, in drawers of the same width: as many drawers as ids, or twice as many. Ids that lie
/// evenly are found by looking into one drawer with one id in it; ids that lie as badly as can be are all in one, and
/// are found by halving.
#[derive(Debug)]
pub(crate) struct Places {
    first: u32,
    shift: u32,
    /// Index of the first id of each drawer, and of the end.
    starts: Vec<u32>,
    ids: Vec<u32>,
}

impl Places {
    /// Of ascending ids.
    pub(crate) fn new(ids: impl IntoIterator<Item = u32>) -> Self {
        let ids: Vec<u32> = ids.into_iter().collect();
        let first = ids.first().copied().unwrap_or_default();
        let range = ids.last().copied().unwrap_or_default().saturating_sub(first);
        let room = ids.len().max(1);
        let shift = (0..32).find(|shift| (range >> shift) as usize / 2 < room).unwrap_or(31);
        let drawers = (range >> shift).wrapping_add(1);
        let mut starts = Vec::with_capacity((drawers as usize).saturating_add(1));
        let mut rest = (0u32..).zip(&ids).peekable();
        for drawer in 0..drawers {
            while rest.next_if(|(_, id)| id.wrapping_sub(first) >> shift < drawer).is_some() {}
            starts.push(rest.peek().map_or(ids.len(), |(index, _)| *index as usize));
        }
        starts.push(ids.len());
        let starts = starts.into_iter().map(|start| u32::try_from(start).unwrap_or(u32::MAX)).collect();
        Places { first, shift, starts, ids }
    }

    /// Index of an id.
    #[inline]
    pub(crate) fn find(&self, id: u32) -> Option<usize> {
        let drawer = (id.checked_sub(self.first)? >> self.shift) as usize;
        let [begin, end] = *self.starts.get(drawer..)?.first_chunk()?;
        let begin = begin as usize;
        match self.ids.get(begin..end as usize)? {
            [only] => (*only == id).then_some(begin),
            several => several.binary_search(&id).ok().map(|place| place.wrapping_add(begin)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn check(ids: &[u32], others: impl IntoIterator<Item = u32>) {
        let places = Places::new(ids.iter().copied());
        assert!(places.starts.len() <= 2 * ids.len() + 3, "{} for {}", places.starts.len(), ids.len());
        let near = ids.iter().flat_map(|id| [id.wrapping_sub(1), *id, id.wrapping_add(1)]);
        for id in near.chain(others).chain([0, 1, u32::MAX]) {
            assert_eq!(places.find(id), ids.binary_search(&id).ok(), "{id} in {ids:?}");
        }
    }

    #[test]
    fn lists_of_every_shape() {
        let far: Vec<u32> = (0..100).chain([u32::MAX - 1, u32::MAX]).collect();
        for ids in [vec![], vec![0], vec![7], vec![u32::MAX], vec![0, u32::MAX], vec![1, 2, 3], far] {
            check(&ids, []);
        }
        check(&(1..=1000).collect::<Vec<_>>(), 0..1100);
        check(&(0..1000).map(|i| 100 + 7 * i).collect::<Vec<_>>(), 0..8000);
    }

    proptest! {
        #[test]
        fn finds_what_halving_finds(
            ids in proptest::collection::btree_set(prop_oneof![any::<u32>(), 0..500u32], 0..200),
            others in proptest::collection::vec(any::<u32>(), 20),
        ) {
            check(&ids.into_iter().collect::<Vec<_>>(), others);
        }
    }
}
