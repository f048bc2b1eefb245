//! What a fuzzer has written, read byte by byte. Behind its end there are zeros, which stand for what is right.

#[derive(Default)]
pub struct Tape {
    bytes: Vec<u8>,
    at: usize,
}

impl Tape {
    pub fn new(bytes: &[u8]) -> Self {
        Tape { bytes: bytes.to_vec(), at: 0 }
    }

    pub fn ended(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        byte
    }

    pub fn word(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        [(); N].map(|()| self.byte())
    }

    pub fn take(&mut self, len: usize) -> Vec<u8> {
        let len = len.min(self.bytes.len().saturating_sub(self.at));
        (0..len).map(|_| self.byte()).collect()
    }
}
