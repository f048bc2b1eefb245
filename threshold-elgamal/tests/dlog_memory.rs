//! What tables of logarithms, building them and searching take is known beforehand.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use curve25519_dalek::{RistrettoPoint, Scalar};
use threshold_elgamal::DlogTable;

/// Counts what a thread holds, and the most that it held.
struct Counting;

thread_local! {
    // Well above zero: a thread frees what others gave it, too.
    static HELD: Cell<(usize, usize)> = const { Cell::new((1 << 40, 1 << 40)) };
}

// SAFETY: does what `System` does.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.with(|held| {
            let (now, most) = held.get();
            let now = now.wrapping_add(layout.size());
            held.set((now, most.max(now)));
        });
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.with(|held| {
            let (now, most) = held.get();
            held.set((now.wrapping_sub(layout.size()), most));
        });
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What is held when the work is done, and the most that was held meanwhile.
fn taken<T>(work: impl FnOnce() -> T) -> (T, usize, usize) {
    let (before, _) = HELD.get();
    HELD.set((before, before));
    let out = work();
    let (now, most) = HELD.get();
    (out, now - before, most - before)
}

#[test]
fn no_more_than_was_said() {
    let builds = [DlogTable::build as fn(_) -> _, DlogTable::build_without_lanes];
    for (bits, build) in [8, 13, 18].into_iter().flat_map(|bits| builds.map(|build| (bits, build))) {
        let (table, kept, most): (DlogTable, _, _) = taken(|| build(bits).unwrap());
        let (size, building) = (DlogTable::size(bits), DlogTable::building(bits));
        assert!(kept <= size && size - kept <= 1024, "{bits}: {kept} of {size}");
        assert!(most <= size + building, "{bits}: {most} of {size} and {building}");

        let bytes = table.to_bytes();
        let (_, kept, most) = taken(|| DlogTable::from_bytes(&bytes).unwrap());
        assert!(kept <= size && most <= size + building, "{bits}: {most} to load {size}");

        let stride = 2i64 << bits;
        let point = |m: i64| RistrettoPoint::mul_base(&Scalar::from(m.unsigned_abs()));
        for giants in [0, 1, 30, 100, 1000, 1500, 2222, 4000, 9000, 20_000] {
            for targets in [1, 2, 7, 64, 65] {
                let last = stride * giants / targets + 5;
                let targets: Vec<_> = (1..=targets).map(|i| point(last + i)).collect();
                let results = targets.len() * 24;
                let (_, _, most) = taken(|| table.solve_many(&targets, 0..=last).unwrap());
                let scratch = DlogTable::SCRATCH + results;
                assert!(most <= scratch, "{bits} {giants} {}: {most} of {scratch}", targets.len());
            }
        }
    }
}
