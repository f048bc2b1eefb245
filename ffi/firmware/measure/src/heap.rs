//! Memory for the vectors: pieces one after the other. The last one is free again when it is given back, and everything
//! when all are.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;

const SIZE: usize = 48 << 10;

#[repr(align(16))]
struct Bytes(#[allow(dead_code)] [u8; SIZE]);

struct Heap {
    bytes: UnsafeCell<Bytes>,
    used: UnsafeCell<usize>,
    pieces: UnsafeCell<usize>,
}

// SAFETY: the device has one thread, and its interrupt takes no memory.
unsafe impl Sync for Heap {}

// SAFETY: pieces lie within `bytes`, aligned, beyond all that were given out since the heap was last empty.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: nobody else has the two numbers; `from + size` was compared with the length.
        unsafe {
            let from = (*self.used.get()).next_multiple_of(layout.align());
            let Some(to) = from.checked_add(layout.size()).filter(|to| *to <= SIZE && layout.align() <= 16)
            else {
                return core::ptr::null_mut();
            };
            *self.used.get() = to;
            *self.pieces.get() += 1;
            self.bytes.get().cast::<u8>().add(from)
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: as above; each piece is given back once.
        unsafe {
            let from = piece.addr() - self.bytes.get().addr();
            if from + layout.size() == *self.used.get() {
                *self.used.get() = from;
            }
            *self.pieces.get() -= 1;
            if *self.pieces.get() == 0 {
                *self.used.get() = 0;
            }
        }
    }
}

#[global_allocator]
static HEAP: Heap =
    Heap { bytes: UnsafeCell::new(Bytes([0; SIZE])), used: UnsafeCell::new(0), pieces: UnsafeCell::new(0) };
