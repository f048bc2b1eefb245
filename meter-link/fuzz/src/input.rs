//! Takes choices off a fuzzer's bytes. Past their end everything is zero.

#[derive(Clone, Copy, Debug)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Input(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn u8(&mut self) -> u8 {
        self.upto(1).first().copied().unwrap_or(0)
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.u8(), self.u8()])
    }

    pub fn u32(&mut self) -> u32 {
        u32::from(self.u16()) | (u32::from(self.u16()) << 16)
    }

    pub fn u64(&mut self) -> u64 {
        u64::from(self.u32()) | (u64::from(self.u32()) << 32)
    }

    /// One of `len`, which is not zero.
    pub fn index(&mut self, len: usize) -> usize {
        usize::from(self.u8()) % len
    }

    /// At most `len` bytes.
    pub fn upto(&mut self, len: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        head
    }

    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// One bool for each of `len` positions, from two bytes: bit 15 turns them round, so that zeros mean all.
    pub fn marks(&mut self, len: usize) -> Vec<bool> {
        let bits = self.u16();
        (0..len).map(|i| ((bits >> (i % 15)) & 1 == 1) == (bits >> 15 == 1)).collect()
    }
}
