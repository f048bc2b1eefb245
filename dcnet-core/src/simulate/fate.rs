//! Who falls silent, and when.

use alloc::vec::Vec;

use rand_core::CryptoRng;

/// What becomes of a meter in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Does all that it is asked for.
    Stays,
    /// Named absent by the Open: the utility knows that it is gone.
    Absent,
    /// Named present, but sends nothing.
    SilentFromOpen,
    /// Sends its contribution and nothing more.
    SilentFromFirstClose,
    /// Makes its repair of the first Close, if it is asked, and nothing more.
    SilentFromSecondClose,
}

/// How often meters fail, each on its own, anew in every round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Probability that the Open names a meter absent.
    pub absent: f64,
    /// Probability that a meter which the Open names present is silent from some step of the round on: with a third
    /// of it each from the contribution, from the repair of the first Close or from that of the second.
    pub lost: f64,
}

impl Rates {
    /// Probability that a present meter falls silent at a certain one of the three steps.
    pub(super) fn a_step(&self) -> f64 {
        self.lost / 3.0
    }

    /// A round's fates, by position.
    pub fn draw<R: CryptoRng + ?Sized>(&self, meters: u32, rng: &mut R) -> Vec<Fate> {
        let mut uniform = || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let mut fate = || {
            if uniform() < self.absent {
                return Fate::Absent;
            }
            match uniform() / self.a_step() {
                x if x < 1.0 => Fate::SilentFromOpen,
                x if x < 2.0 => Fate::SilentFromFirstClose,
                x if x < 3.0 => Fate::SilentFromSecondClose,
                _ => Fate::Stays,
            }
        };
        (0..meters).map(|_| fate()).collect()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn fates_have_the_rates_that_were_asked_for() {
        let draw = |absent, lost| {
            let fates = Rates { absent, lost }.draw(100_000, &mut ChaCha20Rng::seed_from_u64(1));
            let count = |fate| fates.iter().filter(|f| **f == fate).count();
            let silent = [Fate::SilentFromOpen, Fate::SilentFromFirstClose, Fate::SilentFromSecondClose];
            (count(Fate::Absent), silent.map(count), count(Fate::Stays))
        };
        let (absent, silent, stay) = draw(0.05, 0.3);
        assert!((4700..5300).contains(&absent), "{absent}");
        assert!(silent.iter().all(|n| (9200..9800).contains(n)), "{silent:?}");
        assert_eq!(absent + silent.iter().sum::<usize>() + stay, 100_000);
        assert_eq!(draw(0.0, 0.0), (0, [0; 3], 100_000));
        assert_eq!(draw(1.0, 0.5), (100_000, [0; 3], 0));
    }
}
