//! Noise that the meters add themselves: the sum of a round is differentially private towards who opens it.
//!
//! Every meter adds NB(1/m, p) − NB(1/m, p), p = e^(−ε/Δ), where NB is the negative binomial (Pólya) distribution and
//! m the honest meters that every sum is promised to contain. The noise of m of them adds up to **discrete Laplace**
//! noise, P(k) = (1 − p)/(1 + p) · p^|k|, of which the sum is (ε, 0)-differentially private for one reading of at most
//! Δ in size. Nobody knows that noise, not even the meters, as long as m of them keep their shares to themselves.
//!
//! The difference of two NB(r, p) is a Poisson number, with mean 2r·c and c = −ln(1 − p), of jumps of log-series(p) size
//! and either sign. So it is drawn: the Poisson number by its distribution function, sizes by Kemp's method, all in
//! integers. As many jumps as the table allows are always drawn, and those beyond the Poisson number are masked:
//! **a share takes a fixed number of random words, and no branch, index or division depends on them.**
//!
//! Sources: G. Ács, C. Castelluccia, *I have a DREAM! (DIffeRentially privatE smArt Metering)*, IH 2011 (shares of
//! Laplace noise by meters); S. Goryczka, L. Xiong, *A comprehensive comparison of multiparty secure additions with
//! differential privacy*, IEEE TDSC 14(5), 2017 (integers: Pólya shares of geometric noise); B. Balle, J. Bell,
//! A. Gascón, K. Nissim, *Private summation in the multi-message shuffle model*, CCS 2020, and E. Bagdasaryan and
//! others, *Towards sparse federated analytics*, PoPETs 2022(4) (the same shares under secure aggregation);
//! C. Harrison, P. Manurangsi, *Infinitely divisible noise for differential privacy*, FORC 2025 (what is left when shares
//! are missing); A. W. Kemp, *Efficient generation of logarithmically distributed pseudo-random variables*, Applied
//! Statistics 30(3), 1981; C. Dwork and others, *Our data, ourselves*, EUROCRYPT 2006 (digits of geometric noise).
//! docs/noise.md has figures: shortfall, many rounds, what it does to sums.

mod count;
mod fixed;
mod series;

use meter_link::{Error, Misuse};
use rand_core::CryptoRng;
use subtle::{ConditionallySelectable, ConstantTimeGreater};

use count::Count;
use series::Series;

/// What the meters of a group agree on for their noise, before it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoiseConfig {
    /// ε of one round, in thousandths.
    pub epsilon_permille: u32,
    /// Δ: the largest size of a reading that is protected, in the unit of the readings.
    pub sensitivity: u64,
    /// m: honest meters that every sum contains; `SetRules::min_honest` or fewer.
    pub honest: u32,
}

/// Shares of discrete Laplace noise. Holds nothing secret; made once, about 1.5 kB.
#[derive(Clone, Debug)]
pub struct Noise {
    config: NoiseConfig,
    decay: u128,
    count: Count,
    series: Series,
}

/// ln 2 to 120 bits, rounded up.
const LN_2: u128 = 921_350_637_599_661_305_226_344_307_672_478_454 + 1;

impl Noise {
    /// Bytes of [`Noise::to_bytes`].
    pub const LEN: usize = 16;
    /// What clipping may change in `add`: 2^−64 in the chance of anything.
    const CLIPPED: u32 = 64;

    /// Makes the table. Costs about 10^4 multiplications.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for ε, Δ of zero, Δ/ε beyond 2^32, ε/Δ beyond 32 (that is no noise), fewer than two
    /// honest meters or more than 2^24.
    ///
    /// # Security
    /// **Exactness.** With everything done in finite digits, the sum of m shares is at most
    /// `2^−64 + 2^−70 + 2c·(D·2^−62.3 + c·2^−66 + 2^−64)` from discrete Laplace noise in statistical distance: the first
    /// two for all Poisson tables, the rest for the 2c jumps that the m shares together have on average, of D binary
    /// digits with a coin each (2^−62.4 a coin), from a U of 64 bits. D = ⌈log2(45·Δ/ε)⌉ ≤ 38 and c ≤ 22.2, so it is
    /// **below 2^−51** whatever is accepted, whatever m is; for Δ/ε = 10,000, 2^−53. That is what δ comes to in
    /// (ε, δ), times 1 + e^ε.
    ///
    /// **Neighbours** are two groups of readings that differ in one meter's reading, which is zero or absent in
    /// one of them; where a reading may become any other, of the other sign too, Δ is twice its bound.
    ///
    /// **Fewer honest meters** than m weaken it, and it does not fail at once: docs/noise.md, section 3.
    pub fn new(config: NoiseConfig) -> Result<Self, Error> {
        let NoiseConfig { epsilon_permille, sensitivity, honest } = config;
        let epsilon = u128::from(epsilon_permille);
        let scale = u128::from(sensitivity).wrapping_mul(1000);
        let fits = epsilon > 0
            && scale > 0
            && scale <= epsilon << 32
            && epsilon <= scale.wrapping_mul(32)
            && (2..=1 << 24).contains(&honest);
        if !fits {
            return Err(Misuse::BadParameter.into());
        }
        let decay = fixed::ratio_vartime(epsilon, scale);
        let rate = fixed::neg_ln_vartime(fixed::ONE.wrapping_sub(fixed::exp_neg(decay)));
        let mean = (rate << 1).checked_div(honest.into()).unwrap_or_default();
        let count = Count::new(mean, honest)?;
        Ok(Noise { config, decay, count, series: Series::new(rate, decay) })
    }

    /// What it was made from.
    pub fn config(&self) -> NoiseConfig {
        self.config
    }

    /// `ε in thousandths u32 ‖ honest u32 ‖ Δ u64`, for the parameters of a session: all meters must agree.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let NoiseConfig { epsilon_permille, sensitivity, honest } = self.config;
        let number = u128::from(sensitivity) << 64 | u128::from(honest) << 32 | u128::from(epsilon_permille);
        number.to_le_bytes()
    }

    /// Random 64-bit words that a share takes, always the same number.
    pub fn words(&self) -> u32 {
        let jumps = u32::from(self.count.most());
        jumps.wrapping_mul(u32::from(self.series.digits()).wrapping_add(1)).wrapping_add(4)
    }

    /// One meter's share, for one channel and one round. Its variance is `2p / (m (1 − p)²)`, about 2 (Δ/ε)² / m.
    ///
    /// # Security
    /// The share is as secret as the reading, and drawn once: a meter that sends the same reading with two
    /// shares halves what protects it. Constant time where multiplication is (Cortex-M4 is, M3 is not).
    pub fn share<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> i64 {
        let count = self.count.draw(rng);
        let mut signs = u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
        let mut share = 0i64;
        for jump in 0..self.count.most() {
            let size = self.series.draw(rng).cast_signed();
            let signed = i64::conditional_select(&size, &size.wrapping_neg(), ((signs & 1) as u8).into());
            let counted = i64::conditional_select(&0, &signed, count.ct_gt(&jump));
            share = share.wrapping_add(counted); // at most 88 · 2^38
            signs >>= 1;
        }
        share
    }

    /// A bound that a share exceeds in size with a chance of at most 2^−`bits`: the least B with
    /// `2 p^(B + 1) ≤ 2^−bits`, since NB(1/m, p) is never more likely to be large than the geometric NB(1, p).
    /// About 0.7 (bits + 1) Δ/ε.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for more than 127 bits.
    pub fn head_room(&self, bits: u32) -> Result<u64, Error> {
        let power = u128::from(bits).wrapping_add(1).wrapping_mul(LN_2);
        let over = (bits <= 127).then(|| power.div_ceil(self.decay).saturating_sub(1));
        over.and_then(|bound| u64::try_from(bound).ok()).ok_or(Misuse::BadParameter.into())
    }

    /// That readings of up to Δ with their shares fit a group's `max_reading`.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if not `Δ + head_room(64) ≤ max_reading`.
    pub fn fits(&self, max_reading: u64) -> Result<(), Error> {
        let room = self.head_room(Self::CLIPPED)?;
        match self.config.sensitivity.checked_add(room) {
            Some(most) if most <= max_reading && i64::try_from(max_reading).is_ok() => Ok(()),
            _ => Err(Misuse::BadParameter.into()),
        }
    }

    /// What a meter contributes in place of `reading`: it and a share. One call a channel and round; the result
    /// is what is stored and sent, byte for byte, however often.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] as [`Noise::fits`]; [`Misuse::ReadingTooLarge`] for a reading beyond Δ, which would
    /// have less protection than ε: fit it by `Carry` to Δ, not to `max_reading`. Neither depends on the share.
    ///
    /// # Security
    /// Sums of clipped shares are not discrete Laplace. So this refuses parameters under which a share is
    /// clipped with a chance above 2^−64, a reading; when it is, the result is ±`max_reading`.
    pub fn add<R: CryptoRng + ?Sized>(
        &self,
        reading: i64,
        max_reading: u64,
        rng: &mut R,
    ) -> Result<i64, Error> {
        self.fits(max_reading)?;
        if reading.unsigned_abs() > self.config.sensitivity {
            return Err(Misuse::ReadingTooLarge.into());
        }
        let sum = reading.wrapping_add(self.share(rng)); // below 2^63: `fits` bounds the reading, and the share is small
        let sign = sum >> 63; // −1 where negative, else 0
        let bound = (max_reading.cast_signed() ^ sign).wrapping_sub(sign);
        Ok(i64::conditional_select(&sum, &bound, sum.unsigned_abs().ct_gt(&max_reading)))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "small numbers of tests")]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Adds `times · of`, shifted and cut, to `to`.
    fn convolve(a: &[f64], b: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; a.len()];
        for (i, a) in a.iter().enumerate() {
            for (sum, b) in sum.iter_mut().skip(i).zip(b) {
                *sum += a * b;
            }
        }
        sum
    }

    /// The distribution that the tables give, without a draw: jumps, folded as often as the count says, thinned by
    /// halves to those of one sign. It is NB(1/m, p).
    #[test]
    fn tables_give_negative_binomial_shares() {
        for (epsilon_permille, sensitivity, honest) in
            [(1000, 10, 10), (3000, 2, 2), (500, 20, 1000), (2000, 1, 3)]
        {
            let noise = Noise::new(NoiseConfig { epsilon_permille, sensitivity, honest }).unwrap();
            const MOST: usize = 600;
            let mut jump = noise.series.chances(MOST - 1);
            jump.insert(0, 0.0);
            jump.truncate((1 << noise.series.digits()) + 1);
            jump.resize(MOST, 0.0);
            // Jumps of one sign: each of N is there with a chance of ½, else 0.
            let mut half: Vec<f64> = jump.iter().map(|chance| chance / 2.0).collect();
            half[0] = 0.5;
            let mut power = vec![0.0; MOST];
            power[0] = 1.0;
            let mut share = vec![0.0; MOST];
            for chance in noise.count.chances() {
                share.iter_mut().zip(&power).for_each(|(share, power)| *share += chance * power);
                power = convolve(&power, &half);
            }
            let (p, r) = (
                f64::exp(-f64::from(epsilon_permille) / 1000.0 / sensitivity as f64),
                1.0 / f64::from(honest),
            );
            let mut exact = (1.0 - p).powf(r);
            for (k, share) in share.iter().enumerate() {
                assert!(
                    (share - exact).abs() < 1e-12,
                    "{epsilon_permille} {sensitivity} {honest}, {k}: {share} {exact}"
                );
                exact *= p * (k as f64 + r) / (k as f64 + 1.0);
            }
        }
    }

    #[test]
    fn ln_2_is_rounded_up() {
        assert!(fixed::exp_neg(LN_2 - (1 << 20)) > fixed::ONE / 2);
        assert!(fixed::exp_neg(LN_2 + (1 << 20)) < fixed::ONE / 2);
        assert!(LN_2.abs_diff((core::f64::consts::LN_2 * fixed::ONE as f64) as u128) < 1 << 68);
    }
}
