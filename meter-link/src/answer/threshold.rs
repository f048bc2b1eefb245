//! How many answerers there are, how many it takes, and how many may collude.

use crate::error::{Error, Misuse};

/// n answerers, of whom t open a sum and f may collude with the utility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    answerers: u8,
    threshold: u8,
    colluding: Option<u8>,
}

impl Threshold {
    /// Bytes in the session parameters.
    pub const LEN: usize = 3;

    /// Safe against a utility that shows different sets to different answerers: t > (n + f)/2, so any two
    /// quorums share an honest answerer, and t ≤ n − f, so f silent ones stop nothing; hence n ≥ 3f + 1.
    ///
    /// # Errors
    /// [`Misuse::BadThreshold`].
    pub const fn new(answerers: u8, threshold: u8, colluding: u8) -> Result<Self, Error> {
        let (n, t, f) = (answerers as u16, threshold as u16, colluding as u16);
        // Below 2^10, so nothing wraps.
        if f == 0 || t.wrapping_mul(2) <= n.wrapping_add(f) || t.wrapping_add(f) > n {
            return Err(Error::Misuse(Misuse::BadThreshold));
        }
        Ok(Threshold { answerers, threshold, colluding: Some(colluding) })
    }

    /// 4 answerers of whom 3 open and 1 may collude.
    pub const DEFAULT: Threshold = Threshold { answerers: 4, threshold: 3, colluding: Some(1) };

    /// All of n ≥ 2 open a sum, so that n − 1 may collude with a utility of any kind: each honest one answers one set a
    /// round. **One that is silent stops everything.**
    ///
    /// # Errors
    /// [`Misuse::BadThreshold`].
    pub const fn all_of(answerers: u8) -> Result<Self, Error> {
        if answerers < 2 {
            return Err(Error::Misuse(Misuse::BadThreshold));
        }
        let colluding = Some(answerers.wrapping_sub(1)); // at least 1
        Ok(Threshold { answerers, threshold: answerers, colluding })
    }

    /// Any 2 ≤ t ≤ n, **for a caller who trusts the utility not to show different sets to different
    /// answerers**. Against such a utility that is passive otherwise, t − 1 answerers may collude with it.
    ///
    /// # Errors
    /// [`Misuse::BadThreshold`].
    pub const fn trusting_the_utility_not_to_equivocate(answerers: u8, threshold: u8) -> Result<Self, Error> {
        if threshold < 2 || threshold > answerers {
            return Err(Error::Misuse(Misuse::BadThreshold));
        }
        Ok(Threshold { answerers, threshold, colluding: None })
    }

    /// n.
    pub const fn answerers(&self) -> u8 {
        self.answerers
    }

    /// t.
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// f, unless the utility is trusted.
    pub const fn colluding(&self) -> Option<u8> {
        self.colluding
    }

    /// `n u8 ‖ t u8 ‖ f u8`, f = 0 where the utility is trusted.
    pub const fn to_bytes(&self) -> [u8; Self::LEN] {
        let f = match self.colluding {
            Some(f) => f,
            None => 0,
        };
        [self.answerers, self.threshold, f]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_two_quorums_share_an_honest_answerer() {
        for n in 1..=20u8 {
            for t in 0..=n {
                for f in 1..=n {
                    // Two quorums of t among n share at least 2t − n, which must exceed the f liars.
                    let safe = 2 * i32::from(t) - i32::from(n) > i32::from(f) && t + f <= n;
                    assert_eq!(Threshold::new(n, t, f).is_ok(), safe, "{n} {t} {f}");
                    assert!(!safe || n > 3 * f);
                }
            }
        }
        assert_eq!(Threshold::new(4, 3, 1), Ok(Threshold::DEFAULT));
    }

    #[test]
    fn all_of_them_share_an_honest_one_if_there_is_one() {
        for n in 2..=255u8 {
            assert_eq!(Threshold::all_of(n).map(|all| all.to_bytes()), Ok([n, n, n - 1]));
        }
        assert_eq!(Threshold::all_of(1), Err(Misuse::BadThreshold.into()));
    }

    #[test]
    fn trust_has_to_be_named() {
        assert!(Threshold::new(5, 3, 0).is_err());
        assert!(Threshold::trusting_the_utility_not_to_equivocate(5, 3).is_ok());
        for (n, t) in [(3, 1), (2, 3), (0, 0)] {
            assert_eq!(
                Threshold::trusting_the_utility_not_to_equivocate(n, t),
                Err(Misuse::BadThreshold.into())
            );
        }
    }
}
