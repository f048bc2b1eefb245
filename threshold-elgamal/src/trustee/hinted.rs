//! Agreeing with the utility's hints.

use alloc::vec::Vec;

use meter_link::answer::AnswererRecord;
use meter_link::{Prepared, Round};

use super::Trustee;
use crate::error::Error;

impl Trustee {
    /// As [`Trustee::agree`], with the same outcome and sooner, by [`Closed::hints`](crate::Closed::hints).
    ///
    /// # Errors
    /// As [`Trustee::agree`].
    ///
    /// # Security
    /// Hints need not be trusted ([`Verifier::verify_hinted`](crate::Verifier::verify_hinted)).
    pub fn agree_hinted(
        &mut self,
        now: Round,
        close: &[u8],
        contributions: &[&[u8]],
        hints: &[u8],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let (close, _) = self.agreement.close(now, close)?;
        let list = self.verified(&close, contributions, hints)?;
        self.agree_to(&close, &list)
    }

    /// As [`Trustee::follow`], in the same way.
    ///
    /// # Errors
    /// As [`Trustee::follow`].
    pub fn follow_hinted(
        &mut self,
        now: Round,
        close: &[u8],
        contributions: &[&[u8]],
        hints: &[u8],
    ) -> Result<Prepared<(), AnswererRecord>, Error> {
        let close = self.agreement.follow(now, close)?;
        let list = self.verified(&close, contributions, hints)?;
        self.agree_silently(&close, &list)
    }
}
