//! Holders drawn from the roster.

use core::f64::consts::LN_2;

use meter_link::answer::Threshold;
use meter_link::{Error, Misuse};

use super::tail::ln_binomial_from;

/// Largest share of colluders at which a committee is drawn: it grows to 238 holders there.
pub const MOST_COLLUDING: f64 = 0.15;

/// Holders drawn from a roster of which `colluding` (γ) collude with the utility: the smallest committee of
/// c = 3f + 1 holders of whom t = 2f + 1 open a sum, with more than f colluding in at most 2^−`security` of the
/// epochs. The same number of silent holders stops nothing.
///
/// The colluders in it are hypergeometric, hence a sum of independent indicators of mean cγ, whose tail beyond
/// cγ + 1 is at most that of the binomial (Hoeffding, *On the distribution of the number of successes in
/// independent trials*, 1956); that holds for rosters of every size.
///
/// # Errors
/// [`Misuse::BadParameter`] unless 0 ≤ γ ≤ [`MOST_COLLUDING`], `security` is 1 … [`MOST_BITS`](super::MOST_BITS),
/// and 255 holders are enough.
pub fn committee(colluding: f64, security: u32) -> Result<Threshold, Error> {
    if !(0.0..=MOST_COLLUDING).contains(&colluding) || !(1..=super::MOST_BITS).contains(&security) {
        return Err(Misuse::BadParameter.into());
    }
    for f in 1..=84u8 {
        let open = f.wrapping_mul(2).wrapping_add(1); // 3f + 1 ≤ 253
        let holders = open.wrapping_add(f);
        if ln_too_many(holders, f, colluding) <= -f64::from(security) * LN_2 {
            return Threshold::new(holders, open, f);
        }
    }
    Err(Misuse::BadParameter.into())
}

/// Share of epochs in which more than `most` of `holders` drawn ones collude, as a bound for every roster.
pub fn committee_fails(holders: u8, most: u8, colluding: f64) -> f64 {
    libm::exp(ln_too_many(holders, most, colluding))
}

fn ln_too_many(holders: u8, most: u8, colluding: f64) -> f64 {
    ln_binomial_from(holders.into(), colluding, f64::from(most) + 1.0)
}
