//! What must be reported, each kind by itself: steps as one could have written them. Linked as the library is, compiled
//! as it is, and called by leaky.c.
#![no_std]
#![allow(unsafe_code)] // exports

/// A branch: one bit of a key.
#[unsafe(no_mangle)]
pub extern "C" fn leaky_branch(key: &[u8; 32]) -> u32 {
    if key[0] & 1 == 1 { crossing(key[1]) } else { 0 }
}

// Out of line, so that no conditional move takes the place of the jump.
#[inline(never)]
fn crossing(byte: u8) -> u32 {
    core::hint::black_box(u32::from(byte)).wrapping_mul(3)
}

/// An index: a byte of a key looks up a table, as S-boxes and windows of scalar multiplications do.
#[unsafe(no_mangle)]
pub extern "C" fn leaky_index(key: &[u8; 32], table: &[u32; 256]) -> u32 {
    table[usize::from(key[0])]
}

/// A real step: a contribution's check of its reading, which stops at the first channel that is too large. What the
/// crates do instead is GroupParams::check_reading.
#[unsafe(no_mangle)]
pub extern "C" fn leaky_check(reading: &[i64; 4], most: u64) -> bool {
    reading.iter().all(|value| core::hint::black_box(value.unsigned_abs()) <= most)
}

/// A real step: comparing a tag with the right one, up to the first byte that differs.
#[unsafe(no_mangle)]
pub extern "C" fn leaky_tag(right: &[u8; 16], received: &[u8; 16]) -> bool {
    right.iter().zip(received).all(|(a, b)| core::hint::black_box(a ^ b) == 0)
}

/// NOT reported: memcheck does not know that a division takes longer for some numbers than for others. (One of 64 bits
/// begins with a jump around a shorter division, which is reported.)
#[unsafe(no_mangle)]
pub extern "C" fn leaky_division(key: &[u8; 32], by: u32) -> u32 {
    let [a, b, c, d, ..] = *key;
    u32::from_le_bytes([a, b, c, d]).checked_div(by).unwrap_or(0)
}

/// And what must not be reported: the choice of `leaky_branch`, by a mask.
#[unsafe(no_mangle)]
pub extern "C" fn constant_choice(key: &[u8; 32]) -> u32 {
    let mask = core::hint::black_box(u32::from(key[0] & 1)).wrapping_neg();
    crossing(key[1]) & mask
}
