//! The secret behind shares.

use meter_link::answer::Quorum;
use meter_link::field::add_scaled;
use meter_link::{Error, Field64, Misuse};

/// Lagrange coefficients of one quorum, for any number of vectors that it shares.
///
/// # Security
/// Shares of too few parties, or wrong ones, give a wrong secret without notice.
#[derive(Clone, Debug)]
pub struct Reconstruction {
    coefficients: [Field64; 255],
    parties: usize,
}

impl Reconstruction {
    /// For the parties of these numbers, in this order.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`] for no number, 0, or a number twice.
    pub fn new(numbers: &[u8]) -> Result<Self, Error> {
        Self::of(numbers.iter().copied())
    }

    fn of(numbers: impl Iterator<Item = u8> + Clone) -> Result<Self, Error> {
        let mut quorum = Quorum::default();
        for number in numbers.clone() {
            if number == 0 || quorum.contains(number) {
                return Err(Misuse::BadQuorum.into());
            }
            quorum = quorum.with(number);
        }
        if quorum.is_empty() {
            return Err(Misuse::BadQuorum.into());
        }
        let mut coefficients = [Field64::ZERO; 255];
        for (coefficient, number) in coefficients.iter_mut().zip(numbers) {
            *coefficient = quorum.coefficient(number)?;
        }
        Ok(Reconstruction { coefficients, parties: quorum.len().into() })
    }

    /// The secret, from one share of each party in the order of their numbers.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] for another number of shares, or a share whose length is not that of `out`.
    /// Nothing was written then.
    pub fn combine(&self, shares: &[&[Field64]], out: &mut [Field64]) -> Result<(), Error> {
        if shares.len() != self.parties {
            return Err(Misuse::WrongLength.into());
        }
        self.add_up(shares.iter().copied(), out)
    }

    fn add_up<'a>(
        &self,
        shares: impl Iterator<Item = &'a [Field64]> + Clone,
        out: &mut [Field64],
    ) -> Result<(), Error> {
        if shares.clone().any(|share| share.len() != out.len()) {
            return Err(Misuse::WrongLength.into());
        }
        // Piece by piece, so that what is summed stays in the nearest cache.
        for (start, out) in (0..).step_by(PIECE).zip(out.chunks_mut(PIECE)) {
            out.fill(Field64::ZERO);
            for (coefficient, share) in self.coefficients.iter().zip(shares.clone()) {
                add_scaled(out, *coefficient, share.get(start..).unwrap_or_default());
            }
        }
        Ok(())
    }
}

const PIECE: usize = 1024;

/// The secret behind shares of at least t parties, `(number, share)` in any order. A [`Reconstruction`] does
/// the same for many vectors of one quorum.
///
/// # Errors
/// [`Misuse::BadQuorum`] for no share, number 0 or a number twice; [`Misuse::WrongLength`] for a share whose
/// length is not that of `out`. Nothing was written then.
///
/// # Security
/// Shares of too few parties, or wrong ones, give a wrong secret without notice.
pub fn combine(shares: &[(u8, &[Field64])], out: &mut [Field64]) -> Result<(), Error> {
    let reconstruction = Reconstruction::of(shares.iter().map(|(number, _)| *number))?;
    reconstruction.add_up(shares.iter().map(|(_, share)| *share), out)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::polynomial::split;
    use alloc::vec;
    use alloc::vec::Vec;
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn one_quorum_reconstructs_many_vectors() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let quorum = [4u8, 1, 5];
        let reconstruction = Reconstruction::new(&quorum).unwrap();
        for n in [0u64, 1, 7, 8, 100, 1024, 3000] {
            let secret: Vec<Field64> = (0..n).map(|i| Field64::from_i64(7 - 40_000 * i as i64)).collect();
            let mut shares = vec![vec![Field64::ZERO; secret.len()]; 5];
            let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
            split(&secret, 3, &mut places, &mut rng).unwrap();
            let share = |number: u8| shares[usize::from(number) - 1].as_slice();
            let mut out = vec![Field64::ONE; secret.len()];
            reconstruction.combine(&quorum.map(share), &mut out).unwrap();
            assert_eq!(out, secret);
            combine(&quorum.map(|number| (number, share(number))), &mut out).unwrap();
            assert_eq!(out, secret);
            if n > 0 {
                reconstruction.combine(&[share(1), share(4), share(5)], &mut out).unwrap();
                assert_ne!(out, secret, "the order counts");
            }
        }
    }

    #[test]
    fn refuses_what_is_no_quorum() {
        for numbers in [&[][..], &[0, 1], &[1, 2, 1]] {
            assert_eq!(Reconstruction::new(numbers).unwrap_err(), Misuse::BadQuorum.into());
        }
        let reconstruction = Reconstruction::new(&[1, 2]).unwrap();
        let (one, two) = ([Field64::ONE; 1], [Field64::ONE; 2]);
        let mut out = [Field64::ZERO; 2];
        for shares in [&[&two[..]][..], &[&two, &two, &two], &[&two, &one], &[&one, &one]] {
            assert_eq!(reconstruction.combine(shares, &mut out), Err(Misuse::WrongLength.into()));
        }
        assert_eq!(out, [Field64::ZERO; 2]);
        assert!(Reconstruction::new(&(1..=255).collect::<Vec<_>>()).is_ok());
    }
}
