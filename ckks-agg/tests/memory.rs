//! What operations allocate, and what they leave in memory that they give back.
#![allow(unsafe_code)] // an allocator that counts and looks
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use ckks_agg::{Ciphertext, Encoder, Evaluator, Preset, Ring, Scale, SecretKey, Total, Use, Workspace};

/// What the secret seed consists of.
const MARK: u8 = 0xa7;

struct Looking;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
/// Whether freed blocks are searched.
static SEARCH: AtomicBool = AtomicBool::new(false);
static FOUND: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all memory is the system allocator's; blocks are but read before they go back to it.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if SEARCH.load(Ordering::Relaxed) {
            // SAFETY: the block is whole and zeroed at first, since this allocator made it.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            if bytes.windows(16).any(|window| window.iter().all(|byte| *byte == MARK)) {
                FOUND.fetch_add(1, Ordering::Relaxed);
            }
        }
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static GLOBAL: Looking = Looking;

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    work();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// Both in one test: another thread's allocations would be counted, too.
#[test]
fn operations_allocate_nothing_and_secrets_do_not_stay() {
    let rng = &mut ChaCha20Rng::from_seed([1; 32]);
    let ring = Ring::new(Preset::Depth2);
    let (encoder, secret) = (Encoder::new(&ring), SecretKey::generate(&ring, rng));
    let public = secret.public_key();
    let keys = secret.relinearisation_key(rng).unwrap().join(secret.slot_sum_keys(32, rng).unwrap()).unwrap();
    let mut e = Evaluator::new(public).with_keys(Arc::new(keys)).unwrap();
    let plaintext = encoder.reals(&[0.5; 4096], Scale::power_of_two(40), 1.0).unwrap();
    let mut workspace = Workspace::new(&ring);
    let [mut seeded, mut pair, mut acc] = [(); 3].map(|()| Ciphertext::empty(Preset::Depth2));
    let mut total = Total::new(&ring);
    let mut bytes = vec![0; 1 << 20];
    let mut counter = 0;
    let mut round = |count: &mut [(&'static str, usize)]| {
        let mut step = 0;
        let mut note = |name, allocated| {
            count[step] = (name, allocated);
            step += 1;
        };
        counter += 1;
        let of = Use { meter: 1, round: 1, counter };
        note(
            "encrypt",
            allocations(|| secret.encrypt_into(&plaintext, of, &mut workspace, &mut seeded, rng).unwrap()),
        );
        note(
            "encrypt",
            allocations(|| {
                public.encrypt_into(&plaintext, &[3; 32], of, &mut workspace, &mut pair, rng).unwrap()
            }),
        );
        note("total", allocations(|| total.accept(&seeded).unwrap()));
        let len = seeded.write_to(&mut bytes).unwrap();
        note("bytes", allocations(|| total.accept_bytes(&bytes[..len]).unwrap()));
        public.encrypt_into(&plaintext, &[3; 32], of, &mut workspace, &mut acc, rng).unwrap();
        note("add", allocations(|| e.add(&mut acc, &pair).unwrap()));
        note("sub", allocations(|| e.sub(&mut acc, &seeded).unwrap()));
        note("negate", allocations(|| e.negate(&mut acc).unwrap()));
        note("integer", allocations(|| e.times_integer(&mut acc, 3).unwrap()));
        note("mean", allocations(|| e.mean(&mut acc, 1).unwrap()));
        note("plain", allocations(|| e.add_plain(&mut acc, &plaintext).unwrap()));
        note("rotate", allocations(|| e.rotate(&mut acc, 4).unwrap()));
        note("slots", allocations(|| e.slot_sum(&mut acc, 32).unwrap()));
        note("slots", allocations(|| e.slot_sum(&mut acc, 7).unwrap()));
        note("scalar", allocations(|| e.times_scalar(&mut acc, 0.1).unwrap()));
        note("square", allocations(|| e.square(&mut pair).unwrap()));
        note("rescale", allocations(|| e.rescale(&mut pair).unwrap()));
        note("plain", allocations(|| e.times_plain(&mut pair, &plaintext).unwrap()));
        note("drop", allocations(|| e.drop_to(&mut acc, 0).unwrap()));
        step
    };
    let mut first = [("", 0); 20];
    let steps = round(&mut first);
    for _ in 0..3 {
        let mut again = [("", 0); 20];
        round(&mut again);
        for (name, allocated) in &again[..steps] {
            assert_eq!(*allocated, 0, "{name}");
        }
    }
    assert!(first.iter().any(|(_, allocated)| *allocated > 0), "the counter counts");

    // A seed of one byte's repetitions would be seen in what is freed.
    SEARCH.store(true, Ordering::Relaxed);
    drop(Box::new([MARK; 64]));
    assert_eq!(FOUND.swap(0, Ordering::Relaxed), 1, "the allocator sees marks");
    let mut seed = [MARK; 32];
    let secret = SecretKey::from_seed(&ring, &mut seed, [2; 32]);
    assert_eq!(seed, [0; 32]);
    let of = Use { meter: 1, round: 2, counter: 0 };
    let seeded = secret.encrypt(&plaintext, of, rng).unwrap();
    let _ = secret.relinearisation_key(rng).unwrap();
    drop(secret.decrypt_private(&seeded).unwrap());
    let bytes = secret.to_bytes();
    drop(Box::new(SecretKey::from_bytes(&ring, &mut { *bytes }).unwrap()));
    drop(Box::new(bytes));
    drop(Box::new(secret));
    SEARCH.store(false, Ordering::Relaxed);
    assert_eq!(FOUND.load(Ordering::Relaxed), 0);
}
