//! A meter's end of its links to the answerers, and the sharing it makes of their pads.

use core::borrow::Borrow;
use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, Misuse};
use crate::field::{Field64, newton};
use crate::id::{PartyId, Role, Round};
use crate::key::{Label, LinkSecret, PairKey};
use crate::pad::{self, Stream};
use crate::roster::Member;
use crate::view::EpochView;

/// Channels that one ChaCha20 block serves.
pub const BLOCK: usize = 4;

/// The link to one answerer, with room for one block of its pads, so that sharing needs no other memory.
pub struct AnswererLink {
    key: PairKey,
    pads: [Field64; BLOCK],
}

impl Default for AnswererLink {
    /// Room for a link.
    fn default() -> Self {
        AnswererLink { key: PairKey::from_bytes(&[0; 32]), pads: [Field64::ZERO; BLOCK] }
    }
}

impl AnswererLink {
    /// Fills `links` in the order of the answerers' numbers.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] if there are more or fewer members than links; [`Misuse::WrongRole`] for a
    /// member that is no `role`; as [`Member::check_distinct`] if a party or its key has two places in the list,
    /// or is the utility's; as [`LinkSecret::pair_key`] otherwise, and as [`LinkSecret::role_key`] where the answerers
    /// are meters, of whom one may be this device.
    ///
    /// # Security
    /// The threshold counts places. A party in t of them would open everything alone.
    pub fn make(
        links: &mut [AnswererLink],
        label: Label,
        view: &EpochView,
        me: PartyId,
        secret: &LinkSecret,
        role: Role,
        answerers: impl IntoIterator<Item: Borrow<Member>, IntoIter: Clone>,
    ) -> Result<(), Error> {
        if links.len() != usize::from(view.answerers()) {
            return Err(Misuse::WrongLength.into());
        }
        let answerers = answerers.into_iter();
        let mut links = links.iter_mut();
        for (place, member) in answerers.clone().enumerate() {
            let member = member.borrow();
            if member.role != role {
                return Err(Misuse::WrongRole.into());
            }
            member.check_distinct(view.utility())?;
            answerers.clone().take(place).try_for_each(|other| member.check_distinct(other.borrow()))?;
            let link = links.next().ok_or(Misuse::WrongLength)?;
            link.key = match role {
                Role::Meter => secret.role_key(label, view.context(), me, &member.peer(), member.id)?,
                _ => secret.pair_key(label, view.context(), me, &member.peer(), &[])?,
            };
        }
        if links.next().is_some() { Err(Misuse::WrongLength.into()) } else { Ok(()) }
    }

    /// The key, for stored state.
    pub fn key(&self) -> &PairKey {
        &self.key
    }

    /// The key, for the ratchet and for stored state.
    pub fn key_mut(&mut self) -> &mut PairKey {
        &mut self.key
    }

    /// Shares f, the polynomial of degree below `threshold` fixed by the answerers' own pads (stream
    /// share), for one block of channels. The value at 0 is `at_zero` where it is given (shamir-agg: the
    /// reading; then pads 1 … t−1 fix the rest) and otherwise follows from pads 1 … t (dcnet-core: the
    /// self-mask).
    ///
    /// Gives back f(0) per channel, for the caller to wipe, and hands to `correct` every answerer number a whose
    /// pad did not enter f, with `f(a) − pad_a` per channel.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the threshold is 0 or beyond the number of links.
    pub fn share_block(
        links: &mut [AnswererLink],
        threshold: u8,
        round: Round,
        counter: u32,
        at_zero: Option<[Field64; BLOCK]>,
        mut correct: impl FnMut(u8, [Field64; BLOCK]) -> Result<(), Error>,
    ) -> Result<[Field64; BLOCK], Error> {
        let t = usize::from(threshold);
        let given = t.checked_sub(usize::from(at_zero.is_some())).ok_or(Misuse::BadParameter)?;
        if t == 0 || t > links.len() || links.len() > 255 {
            return Err(Misuse::BadParameter.into());
        }
        for answerer in links.iter_mut() {
            answerer.pads = pad::block(&answerer.key, round, Stream::Share, counter);
        }
        let (fixing, corrected) = links.split_at_mut_checked(given).ok_or(Misuse::BadParameter)?;
        let first_number = threshold.wrapping_add(1).wrapping_sub(u8::from(at_zero.is_some()));
        let mut zeros = at_zero.unwrap_or_default();
        for (n, zero) in zeros.iter_mut().enumerate() {
            let value = Self::extend(at_zero.is_some().then_some(*zero), fixing, corrected, n);
            *zero = value;
        }
        let mut numbered = (first_number..=u8::MAX).zip(corrected.iter());
        let done = numbered.try_for_each(|(number, answerer)| correct(number, answerer.pads));
        for answerer in links.iter_mut() {
            answerer.pads.zeroize();
        }
        if done.is_err() {
            zeros.zeroize();
        }
        done.map(|()| zeros)
    }

    /// Turns the pads of `corrected` into corrections for channel n of the block, and returns f(0). The
    /// polynomial is fixed at 0 … t−1 where f(0) is given, else at 1 … t; either way the fixed points are
    /// consecutive and the corrected ones follow them.
    fn extend(
        at_zero: Option<Field64>,
        fixing: &mut [AnswererLink],
        corrected: &mut [AnswererLink],
        n: usize,
    ) -> Field64 {
        let mut first = at_zero.unwrap_or_default();
        let own = if at_zero.is_some() { Some(&mut first) } else { None };
        let mut table = Table { first: own, rest: fixing, n };
        let fixed = table.len();
        // From the last fixed point on, with the points in reverse, or by way of 0 where f(0) is wanted too.
        let zero = match at_zero {
            Some(zero) => {
                for from in 0..fixed {
                    newton::difference(table.column().rev().skip(from));
                }
                zero
            }
            None => {
                for from in 0..fixed {
                    newton::difference(table.column().skip(from));
                }
                let zero = newton::backward(table.column());
                for _ in 0..fixed {
                    newton::forward(table.column());
                }
                zero
            }
        };
        for answerer in corrected.iter_mut() {
            let value = match at_zero {
                Some(_) => newton::backward(table.column().rev()),
                None => newton::forward(table.column()),
            };
            if let Some(pad) = answerer.pads.get_mut(n) {
                *pad = value.minus(*pad);
            }
        }
        first.zeroize();
        zero
    }
}

/// The difference table of one channel, kept where the pads were.
struct Table<'a> {
    first: Option<&'a mut Field64>,
    rest: &'a mut [AnswererLink],
    n: usize,
}

impl Table<'_> {
    fn len(&self) -> usize {
        self.rest.len().saturating_add(usize::from(self.first.is_some()))
    }

    fn column(&mut self) -> impl DoubleEndedIterator<Item = &mut Field64> {
        let n = self.n;
        let rest = self.rest.iter_mut().filter_map(move |a| a.pads.get_mut(n));
        self.first.as_deref_mut().into_iter().chain(rest)
    }
}

impl Zeroize for AnswererLink {
    fn zeroize(&mut self) {
        self.key.zeroize();
        self.pads.zeroize();
    }
}

impl Drop for AnswererLink {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for AnswererLink {}

impl fmt::Debug for AnswererLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswererLink(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_are_wiped_however_a_block_ends() {
        let mut links =
            [1, 2, 3, 4].map(|n| AnswererLink { key: PairKey::from_bytes(&[n; 32]), ..Default::default() });
        for at_zero in [None, Some([Field64::ONE; BLOCK])] {
            for fails_at in [3, 4, 5] {
                let mut seen = 0;
                let done =
                    AnswererLink::share_block(&mut links, 3, Round::from(7), 0, at_zero, |number, row| {
                        seen += usize::from(row != [Field64::ZERO; BLOCK]);
                        if number == fails_at { Err(Misuse::WrongLength.into()) } else { Ok(()) }
                    });
                let corrected = 4 - 3 + usize::from(at_zero.is_some());
                let fails = fails_at < 5 && usize::from(fails_at) > 4 - corrected;
                assert_eq!(done.is_err(), fails);
                assert!(seen > 0);
                assert!(links.iter().all(|link| link.pads == [Field64::ZERO; BLOCK]));
            }
        }
    }
}
