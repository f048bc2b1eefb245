//! Residues of as many bits as their prime has, least significant bit first, without gaps.

/// Puts residues into bytes, a word of 32 bits at a time.
pub(super) struct Packer<T> {
    take: T,
    bits: u32,
    /// Bits that are not yet written, and how many: less than 32.
    pending: u32,
    count: u32,
}

/// Takes residues from bytes.
pub(super) struct Unpacker<'i> {
    bytes: core::slice::Iter<'i, [u8; 4]>,
    bits: u32,
    pending: u32,
    count: u32,
}

impl Packer<()> {
    /// Into `out`, which has room for all of them.
    pub(super) fn into(bits: u32, out: &mut [u8]) -> Packer<impl FnMut([u8; 4])> {
        let mut words = out.as_chunks_mut().0.iter_mut();
        Packer::new(bits, move |word| {
            if let Some(place) = words.next() {
                *place = word;
            }
        })
    }
}

impl<T: FnMut([u8; 4])> Packer<T> {
    /// Of `bits` bits each, 26 or 27: a multiple of 32 of them.
    pub(super) fn new(bits: u32, take: T) -> Self {
        Packer { take, bits, pending: 0, count: 0 }
    }

    #[inline(always)]
    pub(super) fn put(&mut self, residue: u32) {
        self.pending |= residue.wrapping_shl(self.count);
        self.count = self.count.wrapping_add(self.bits);
        if self.count >= 32 {
            (self.take)(self.pending.to_le_bytes());
            self.count = self.count.wrapping_sub(32);
            self.pending = residue.wrapping_shr(self.bits.wrapping_sub(self.count));
        }
    }
}

impl<'i> Unpacker<'i> {
    /// Of `bits` bits each, 26 or 27: a multiple of 32 of them.
    pub(super) fn new(bits: u32, bytes: &'i [u8]) -> Self {
        Unpacker { bytes: bytes.as_chunks().0.iter(), bits, pending: 0, count: 0 }
    }

    /// The next; zeros follow the last.
    #[inline(always)]
    pub(super) fn next(&mut self) -> u32 {
        let mut residue = self.pending;
        if self.count < self.bits {
            let word = u32::from_le_bytes(self.bytes.next().copied().unwrap_or_default());
            residue |= word.wrapping_shl(self.count);
            self.pending = word.wrapping_shr(self.bits.wrapping_sub(self.count));
            self.count = self.count.wrapping_add(32);
        } else {
            self.pending = self.pending.wrapping_shr(self.bits);
        }
        self.count = self.count.wrapping_sub(self.bits);
        residue & !u32::MAX.wrapping_shl(self.bits)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_follow_each_other(residues in proptest::collection::vec(0u32..1 << 26, 64), bits in 26u32..28) {
            let mut bytes = alloc::vec![0; 64 * bits as usize / 8];
            let mut packer = Packer::into(bits, &mut bytes);
            residues.iter().for_each(|residue| packer.put(*residue));
            drop(packer);
            let bit = |at: usize| bytes[at / 8] >> (at % 8) & 1;
            for (i, residue) in residues.iter().enumerate() {
                for b in 0..bits as usize {
                    prop_assert_eq!(u32::from(bit(i * bits as usize + b)), residue >> b & 1);
                }
            }
            let mut unpacker = Unpacker::new(bits, &bytes);
            let again: Vec<u32> = residues.iter().map(|_| unpacker.next()).collect();
            prop_assert_eq!(again, residues);
        }
    }
}
