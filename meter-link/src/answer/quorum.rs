//! The answerers of a query.

use crate::error::{Error, Malformed, Misuse};
use crate::frame::{Reader, Writer};

/// Answerer numbers, 1 … 255, strictly increasing by construction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Quorum([u64; 4]);

impl Quorum {
    /// From strictly increasing numbers, none of them 0.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`].
    pub fn new(numbers: &[u8]) -> Result<Self, Error> {
        let mut quorum = Quorum::default();
        let mut last = 0;
        for number in numbers {
            if *number <= last {
                return Err(Misuse::BadQuorum.into());
            }
            last = *number;
            quorum.insert(*number);
        }
        Ok(quorum)
    }

    fn insert(&mut self, number: u8) {
        if let Some(word) = self.0.get_mut(usize::from(number / 64)) {
            *word |= 1 << (number % 64);
        }
    }

    /// The same with one number more; 0 is never in.
    #[must_use]
    pub fn with(mut self, number: u8) -> Self {
        if number != 0 {
            self.insert(number);
        }
        self
    }

    /// Whether it is in.
    pub fn contains(&self, number: u8) -> bool {
        self.0.get(usize::from(number / 64)).is_some_and(|word| (word >> (number % 64)) & 1 == 1)
    }

    /// How many.
    pub fn len(&self) -> u8 {
        let count: u32 = self.0.iter().map(|word| word.count_ones()).sum();
        u8::try_from(count).unwrap_or(u8::MAX) // 0 is never in, so at most 255
    }

    /// Nobody.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// Ascending.
    pub fn iter(&self) -> impl Iterator<Item = u8> + Clone + use<> {
        let copy = *self;
        (1..=u8::MAX).filter(move |number| copy.contains(*number))
    }

    /// Bytes of the mask on the wire: bit a − 1 for number a.
    pub const fn mask_len(answerers: u8) -> usize {
        answerers.div_ceil(8) as usize
    }

    /// # Errors
    /// [`Misuse::BadQuorum`] for a number beyond `answerers`; [`Misuse::WrongLength`].
    pub fn write(&self, writer: &mut Writer<'_>, answerers: u8) -> Result<(), Error> {
        if self.iter().any(|number| number > answerers) {
            return Err(Misuse::BadQuorum.into());
        }
        let mut mask = [0u8; 32];
        for number in self.iter() {
            let bit = number.wrapping_sub(1); // 0 is never in
            if let Some(byte) = mask.get_mut(usize::from(bit / 8)) {
                *byte |= 1 << (bit % 8);
            }
        }
        writer.bytes(mask.get(..Self::mask_len(answerers)).unwrap_or_default())
    }

    /// # Errors
    /// [`Malformed::BadQuorum`] for a bit beyond `answerers`; [`Malformed::Truncated`].
    pub fn read(reader: &mut Reader<'_>, answerers: u8) -> Result<Self, Error> {
        let mask = reader.bytes(Self::mask_len(answerers))?;
        let mut quorum = Quorum::default();
        let bits = mask.iter().flat_map(|byte| (0..8).map(move |bit| (byte >> bit) & 1 == 1));
        for (set, number) in bits.zip(1u16..) {
            match u8::try_from(number) {
                Ok(number) if set && number <= answerers => quorum.insert(number),
                _ if set => return Err(Malformed::BadQuorum.into()),
                _ => {}
            }
        }
        Ok(quorum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn masks_come_back() {
        for (numbers, n) in [(&[1u8, 2, 3][..], 4u8), (&[2, 8, 9], 9), (&[1, 64, 65, 255], 255), (&[], 4)] {
            let quorum = Quorum::new(numbers).unwrap();
            assert_eq!(quorum.iter().collect::<Vec<_>>(), numbers);
            assert_eq!(quorum.len() as usize, numbers.len());
            let mut out = [0u8; 32];
            let mut writer = Writer::new(&mut out);
            quorum.write(&mut writer, n).unwrap();
            let bytes = writer.finish();
            assert_eq!(bytes.len(), Quorum::mask_len(n));
            assert_eq!(Quorum::read(&mut Reader::new(bytes), n), Ok(quorum));
        }
    }

    #[test]
    fn refuses_disorder_and_strangers() {
        for bad in [&[0u8, 1][..], &[2, 1], &[1, 1]] {
            assert_eq!(Quorum::new(bad), Err(Misuse::BadQuorum.into()));
        }
        assert_eq!(Quorum::read(&mut Reader::new(&[0x10]), 4), Err(Malformed::BadQuorum.into()));
        let mut out = [0u8; 1];
        let quorum = Quorum::new(&[5]).unwrap();
        assert_eq!(quorum.write(&mut Writer::new(&mut out), 4), Err(Misuse::BadQuorum.into()));
    }
}
