//! What a ring agrees on.

use core::num::NonZeroU32;

use meter_link::{EpochView, GroupConfig, GroupId, GroupParams, Protocol, Session, SetRules};

use crate::error::{Error, Misuse};
use crate::modulus::Modulus;

/// Where δ comes from. Part of the session: the two do not understand each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// The paper's: each meter draws its δ and passes it on, sealed; a round goes once around the ring.
    Drawn = 0,
    /// Both ends of a ring link derive δ from their key: no message between meters, no ring latency.
    Derived = 1,
}

/// Checked parameters; their bytes make the session. One ring is one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    mode: Mode,
    second: bool,
    mean_term: Option<NonZeroU32>,
    modulus: Modulus,
    agreement: bool,
}

const SECOND_RING: u8 = 2;
const TERMS: u8 = 4;
const MODULUS: u8 = 8;
const AGREEMENT: u8 = 16;

impl Params {
    /// The fewest members of any ring: a meter, its two neighbours, and two more, so that neither the
    /// neighbours' neighbours nor the neighbours coincide.
    pub const LEAST_RING: u32 = 5;

    /// The common choices, with the least ring as the smallest set. Nobody may be missing from a sum.
    pub const fn config(group: GroupId) -> GroupConfig {
        let rules = SetRules { min_honest: Self::LEAST_RING, max_colluding: 0, max_missing_permille: 0 };
        GroupConfig { rules, ..GroupConfig::new(Protocol::Cmt, group) }
    }

    /// One ring modulo 2^64 whose generations last until the caller makes the next. Checks that the group is one of
    /// this protocol and large enough for a ring.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] if the group is not one of [`Protocol::Cmt`];
    /// [`Misuse::RingTooSmall`] if its rules allow fewer than [`Params::LEAST_RING`] members.
    pub fn new(group: GroupParams, mode: Mode) -> Result<Self, Error> {
        Self::with_rings_of(Self::LEAST_RING, group, mode)
    }

    /// As [`Params::new`], for rings of three and more. **Unsafe**: a member's neighbours are all others.
    #[cfg(feature = "small-rings")]
    #[doc(hidden)]
    pub fn unsafe_small(group: GroupParams, mode: Mode) -> Result<Self, Error> {
        Self::with_rings_of(3, group, mode)
    }

    fn with_rings_of(least: u32, group: GroupParams, mode: Mode) -> Result<Self, Error> {
        if group.protocol != Protocol::Cmt {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        if group.rules.min_meters() < least {
            return Err(Misuse::RingTooSmall.into());
        }
        Ok(Params { group, mode, second: false, mean_term: None, modulus: Modulus::WORD, agreement: false })
    }

    /// A second ring beside the first, whose links join places two apart: four neighbours of a meter must collude.
    ///
    /// # Errors
    /// [`Misuse::WrongMode`] unless δ is derived: drawn δ of both rings would wait for each other.
    pub fn with_second_ring(self) -> Result<Self, Error> {
        self.require(Mode::Derived)?;
        Ok(Params { second: true, ..self })
    }

    /// Terms of office: every generation ends by itself after a number of rounds that is drawn for it, `mean` of
    /// them on average, and a meter follows another concentrator only then, or when its ring is broken. Members need licences.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] for a mean of 0 or above 2^31.
    pub fn with_terms(self, mean: u32) -> Result<Self, Error> {
        let mean_term = NonZeroU32::new(mean).filter(|mean| mean.get() <= 1 << 31);
        if mean_term.is_none() {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        Ok(Params { mean_term, ..self })
    }

    /// Members take their places only when all of them have signed the set that they were shown.
    ///
    /// # Errors
    /// [`Misuse::NoTerms`] without terms, since it is claims that they sign.
    pub fn with_agreement(self) -> Result<Self, Error> {
        self.mean_term.ok_or(Misuse::NoTerms)?;
        Ok(Params { agreement: true, ..self })
    }

    /// Another modulus than 2^64.
    ///
    /// # Errors
    /// [`meter_link::Misuse::SumCouldOverflow`] unless `max_meters × max_reading` is below half of it.
    pub fn with_modulus(self, modulus: Modulus) -> Result<Self, Error> {
        let most = u128::from(self.group.max_meters).wrapping_mul(self.group.max_reading.into());
        if most >= modulus.get() / 2 {
            return Err(meter_link::Misuse::SumCouldOverflow.into());
        }
        Ok(Params { modulus, ..self })
    }

    /// The common part.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// Where δ comes from.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether there is a second ring.
    pub fn second_ring(&self) -> bool {
        self.second
    }

    /// Mean rounds of a term, if generations end by themselves.
    pub fn mean_term(&self) -> Option<u32> {
        self.mean_term.map(NonZeroU32::get)
    }

    /// Whether members sign the set.
    pub fn agreement(&self) -> bool {
        self.agreement
    }

    /// M.
    pub fn modulus(&self) -> Modulus {
        self.modulus
    }

    /// Fewest members of a ring of this group.
    pub fn min_ring(&self) -> u32 {
        self.group.rules.min_meters()
    }

    /// The session: common bytes, then `mode u8`, of which bit 0 says that δ is derived, bit 1 that there is a second
    /// ring, bit 2 that `mean term u32` follows, bit 3 that `modulus u64` follows,
    /// bit 4 that members sign the set.
    pub fn session(&self) -> Session {
        let mut bytes = [0u8; 1 + 4 + 8];
        let mut options = self.mode as u8;
        let mut len = 1usize;
        let mut push = |part: &[u8]| {
            let end = len.wrapping_add(part.len());
            if let Some(place) = bytes.get_mut(len..end) {
                place.copy_from_slice(part);
            }
            len = end;
        };
        if self.second {
            options |= SECOND_RING;
        }
        if let Some(mean) = self.mean_term {
            options |= TERMS;
            push(&mean.get().to_le_bytes());
        }
        if let Some(modulus) = self.modulus.below_word() {
            options |= MODULUS;
            push(&modulus.to_le_bytes());
        }
        if self.agreement {
            options |= AGREEMENT;
        }
        if let Some(first) = bytes.first_mut() {
            *first = options;
        }
        self.group.session(bytes.get(..len).unwrap_or_default())
    }

    pub(crate) fn channels(&self) -> usize {
        self.group.channels.into()
    }

    /// That an epoch belongs to these parameters.
    pub(crate) fn check(&self, view: &EpochView) -> Result<(), Error> {
        let fits =
            view.epoch().session == self.session() && *view.group() == self.group && view.answerers() == 0;
        if fits { Ok(()) } else { Err(meter_link::Misuse::WrongSession.into()) }
    }

    pub(crate) fn require(&self, mode: Mode) -> Result<(), Error> {
        if self.mode == mode { Ok(()) } else { Err(Misuse::WrongMode.into()) }
    }
}
