//! Whether what was summed are encryptions.
//!
//! A meter can send (0, K) with a constant K in place of a·v + e₁; the sum then opens to Σm + K·s, and who sees it reads the
//! key. Values lie in at most half of the coefficients (slots), and the other half holds nothing but error: what is there must
//! keep to the error's bound. All rows of the negacyclic matrix of a polynomial have the same entries, so that who makes K·s (or
//! any c₁·s, c₁ no encryption of its own) small on the unused positions makes it small on the used ones. And where values are
//! integers, those must lie that near to the grid, too: what lies between two steps would be rounded up or down with K·s
//! (docs/protocol.md, section 6).

use super::KeyHolder;
use crate::ciphertext::Ciphertext;
use crate::desk::Asked;
use crate::error::{Error, Fault};
use crate::params::Values;

impl KeyHolder {
    /// # Errors
    /// [`Fault::BadCiphertext`] blaming a meter, which is refused from then on; [`Error::Inconsistent`] where no single one is to
    /// blame.
    pub(super) fn check_form(&mut self, asked: &Asked<'_>) -> Result<(), Error> {
        if self.keeps_to_bound(&asked.aggregate.sum)? {
            return Ok(());
        }
        // No reading is looked at: positions without one, and how far values are from whole ones.
        for contribution in &asked.list {
            let one = self.desk.verifier.ciphertext(contribution)?;
            if !self.keeps_to_bound(&one)? {
                self.refused.insert(contribution.meter());
                return Err(Fault::BadCiphertext.of(contribution.meter()));
            }
        }
        Err(Error::Inconsistent)
    }

    /// Whether all unused positions are within the error's bound, and integers as near to whole ones: no reading is in that.
    #[allow(clippy::cast_precision_loss)] // the bound is far below 2^53
    fn keeps_to_bound(&self, ciphertext: &Ciphertext) -> Result<bool, Error> {
        let params = self.desk.params();
        let decrypted = self.key.decrypt_private(ciphertext)?;
        let bound = ciphertext.bound();
        let kept = |value: i128| value.unsigned_abs() as f64 <= bound.coefficient;
        Ok(match params.values() {
            Values::Integers => {
                let step = 1i128.unbounded_shl(params.scale_bits());
                let (mask, half) = (step.wrapping_sub(1), step >> 1);
                let off = |value: i128| (value.wrapping_add(half) & mask).wrapping_sub(half);
                let all = decrypted.coefficients.iter().enumerate();
                all.fold(true, |all, (place, value)| {
                    all & kept(if place < params.count() { off(value) } else { value })
                })
            }
            Values::Reals => {
                let odd = decrypted.coefficients.iter().skip(1).step_by(2);
                odd.fold(true, |all, value| all & kept(value))
            }
        })
    }
}
