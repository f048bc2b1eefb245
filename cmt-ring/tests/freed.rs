//! Keys in memory that was given back: what a supplier that heals its ring leaves there.
#![allow(unsafe_code)] // an allocator that looks at what is freed
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/ring.rs"]
mod ring;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cmt_ring::Mode;
use ring::{World, round};

static LOOKS: AtomicBool = AtomicBool::new(false);
static FOUND: AtomicUsize = AtomicUsize::new(0);
static KEY: Mutex<[u8; 32]> = Mutex::new([0; 32]);

struct Looking;

// SAFETY: all blocks are the system's, and zeroed, so that whatever is read of them was written.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if LOOKS.load(Ordering::SeqCst) {
            // SAFETY: a block of this length that nobody else has any more.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            let key = *KEY.lock().unwrap();
            FOUND.fetch_add(bytes.windows(32).filter(|window| **window == key).count(), Ordering::SeqCst);
        }
        // SAFETY: the caller's block.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static LOOKING: Looking = Looking;

/// How often a key stands in what is freed meanwhile.
fn freed<T>(key: [u8; 32], step: impl FnOnce() -> T) -> (T, usize) {
    *KEY.lock().unwrap() = key;
    FOUND.store(0, Ordering::SeqCst);
    LOOKS.store(true, Ordering::SeqCst);
    let out = step();
    LOOKS.store(false, Ordering::SeqCst);
    (out, FOUND.load(Ordering::SeqCst))
}

#[test]
fn a_supplier_that_heals_leaves_no_token_key_behind() {
    let mut world = World::new(12, Mode::Derived, 1, 5);
    world.form_all(1, 0);
    let silent = world.ring[4];
    let healing = world.cut(2, 1, &[silent]).unwrap();
    // The token keys behind the fixed part of the state: wire.md, section 8.
    let state = world.supplier.to_bytes().unwrap();
    let rows = 1 + 32 + 4 + 1 + 4 + 13 * 12 + 4 + 5 * 4 + 3 * 32 + 8;
    assert_eq!(state[rows..rows + 4], 12u32.to_le_bytes());
    let key: [u8; 32] = state[rows + 8..rows + 40].try_into().unwrap();
    assert_eq!(freed(key, || drop(key.to_vec())).1, 1);
    let (healed, found) = freed(key, || world.supplier.heal(round(1), &healing.supplier));
    assert_eq!((healed.unwrap(), found), (cmt_ring::Generation(2), 0));
}
