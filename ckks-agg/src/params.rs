//! What a group of ckks-agg agrees on.

use meter_link::answer::Threshold;
use meter_link::{EpochView, GroupParams, Protocol, Session};

use crate::bound::Bound;
use crate::error::{Error, Misuse};
use crate::flood::Flood;
use crate::preset::Preset;

/// Who opens sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// One party with the whole secret key: the answerer number 1, a [`Role::Holder`](meter_link::Role::Holder). It could
    /// read every meter, and is trusted not to, and not to collude with the utility.
    Holder,
    /// t of n trustees, each with a share of a key that nobody has.
    Trustees(Threshold),
}

/// What meters send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Values {
    /// Readings as they are. Sums are exact.
    Integers = 1,
    /// Readings over `max_reading`, as approximate numbers. Sums have a small error.
    Reals = 2,
}

/// Checked parameters; their bytes make the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    opening: Opening,
    preset: Preset,
    values: Values,
    squares: bool,
    trusting: bool,
    flooding: Flood,
    scale: u8,
}

impl Params {
    /// Bytes of an answer's flood beyond σ: |flood| > 14σ happens but with probability 2^-128.
    const TAIL: u128 = 14;
    /// What is left of the largest modulus where coefficients are 128 bits wide.
    const MOST_BITS: u32 = 126;
    /// Least bits between the error and 1 where readings are approximate.
    const LEAST_PRECISION: u32 = 20;

    /// The scale is the largest power of two at which no sum of `max_meters` readings leaves the modulus.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] if the group is not one of [`Protocol::Ckks`]; [`Misuse::TooManyValues`] for more
    /// than N/2 values a meter (N/4 reals); [`Misuse::MessageBeyondModulus`] if no scale of the preset leaves room for the
    /// sums; [`Misuse::NoiseBeyondGrid`] if error and flood could not be rounded away, or reals would have less than
    /// 20 bits after the point: take a preset with a larger modulus, or a smaller `max_reading × max_meters`.
    pub fn new(group: GroupParams, opening: Opening, preset: Preset, values: Values) -> Result<Self, Error> {
        if group.protocol != Protocol::Ckks {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        let flooding = Flood::DEFAULT;
        let params =
            Params { group, opening, preset, values, squares: false, trusting: false, flooding, scale: 0 };
        params.scaled()
    }

    /// The same where each meter sends the squares of its readings, too: for variances. As many further values.
    ///
    /// # Errors
    /// As [`Params::new`].
    pub fn with_squares(self) -> Result<Self, Error> {
        Params { squares: true, ..self }.scaled()
    }

    /// The same with other floods.
    ///
    /// # Errors
    /// As [`Params::new`].
    pub fn with_flooding(self, flooding: Flood) -> Result<Self, Error> {
        Params { flooding, ..self }.scaled()
    }

    /// The same without commitments, and without Merkle paths in contributions.
    ///
    /// # Security
    /// **One colluding meter then reads any other**: it sends the sum of all ciphertexts but the victim's, negated
    /// (`tests/attacks/meters.rs`, `rogue_ciphertext`). Only where every meter is trusted.
    #[must_use]
    pub fn trust_all_meters(self) -> Self {
        Params { trusting: true, ..self }
    }

    fn scaled(self) -> Result<Self, Error> {
        let room = match self.values {
            Values::Integers => self.preset.degree() / 2,
            // A real takes a slot of two coefficients; half of the slots stay empty.
            Values::Reals => self.preset.degree() / 4,
        };
        if self.count() > room {
            let [have, most] = [self.count(), room].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            return Err(Misuse::TooManyValues { have, most }.into());
        }
        let most = match self.values {
            Values::Integers if self.squares => self.group.max_reading.checked_mul(self.group.max_reading),
            Values::Integers => Some(self.group.max_reading),
            Values::Reals => Some(1),
        };
        let sum = most.and_then(|most| u128::from(most).checked_mul(self.group.max_meters.into()));
        let sum = sum.filter(|sum| sum >> 63 == 0).ok_or(meter_link::Misuse::SumCouldOverflow)?;
        let error = self.error(self.group.max_meters);
        let half = self.modulus() / 2;
        let range = self.preset.scales();
        let fits = |bits: &u32| {
            let message = sum.checked_mul(1u128.checked_shl(*bits)?).filter(|m| m.leading_zeros() > 1)?;
            // Room for what encoding rounds.
            let message = message.checked_add(message >> 30)?;
            message.checked_add(error).filter(|all| *all < half)
        };
        let scale = range.clone().rev().find(|bits| fits(bits).is_some());
        let width = |x: u128| u16::try_from(u128::BITS.wrapping_sub(x.leading_zeros())).unwrap_or(u16::MAX);
        let Some(scale) = scale else {
            let have = width(sum).saturating_add(u16::try_from(*range.start()).unwrap_or(u16::MAX));
            let level = self.preset.top_level();
            return Err(Misuse::MessageBeyondModulus { have, most: width(half), level }.into());
        };
        let spare = match (self.values, self.opening) {
            // What a holder lets pass is within the error of the grid, and must not get from one step to the next: four
            // times the error, and a bit more.
            (Values::Integers, Opening::Holder) => 3,
            (Values::Integers, Opening::Trustees(_)) => 1,
            (Values::Reals, _) => Self::LEAST_PRECISION,
        };
        if u32::from(width(error)).saturating_add(spare) > scale {
            let most = u16::try_from(scale.saturating_sub(spare)).unwrap_or(0);
            return Err(Misuse::NoiseBeyondGrid { have: width(error), most }.into());
        }
        Ok(Params { scale: u8::try_from(scale).unwrap_or(u8::MAX), ..self })
    }

    /// The product of all primes of a fresh ciphertext, or 2^127 if that is less.
    fn modulus(&self) -> u128 {
        let primes = self.preset.primes().iter();
        primes.fold(1u128, |product, q| product.saturating_mul((*q).into())).min(2 << Self::MOST_BITS)
    }

    /// The largest size that error and floods together can have in a coefficient of a sum of so many ciphertexts.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // bounds are whole and far below 2^100
    fn error(&self, meters: u32) -> u128 {
        let fresh = self.fresh().times_integer(meters.into());
        let floods = match self.opening {
            Opening::Holder if self.values == Values::Integers => 0,
            Opening::Holder => 1,
            Opening::Trustees(threshold) => u128::from(threshold.threshold()),
        };
        let flood = 1u128.checked_shl(self.flood_bits(fresh.noise)).unwrap_or(u128::MAX);
        let floods = flood.saturating_mul(Self::TAIL).saturating_mul(floods);
        (fresh.coefficient as u128).saturating_add(floods).saturating_add(1)
    }

    /// log₂ of √(12τ)·2^(s/2)·t, rounded up generously.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a bound below 2^100
    fn flood_bits(&self, noise: f64) -> u32 {
        let width = |x: u128| u128::BITS.wrapping_sub(x.leading_zeros());
        let answers = u128::from(self.flooding.answers()).saturating_mul(self.openings().into());
        let answers = width(answers.saturating_mul(12));
        let square = answers.saturating_add(self.flooding.statistical_bits().into());
        square.div_ceil(2).saturating_add(width(noise as u128))
    }

    /// How often one sum can be seen, each time with another flood: t − 1 trustees that collude with the utility make a
    /// quorum with each of the others, which answers once.
    fn openings(&self) -> u8 {
        self.answerers().saturating_sub(self.threshold()).saturating_add(1)
    }

    /// σ of an answer's flood, for an error of `noise` at most.
    #[cfg(feature = "alloc")]
    pub(crate) fn sigma(&self, noise: f64) -> f64 {
        self.flooding.sigma(noise) * libm::sqrt(self.openings().into())
    }

    /// Bounds of one fresh ciphertext's error.
    pub(crate) fn fresh(&self) -> Bound {
        Bound::fresh_public(self.preset, self.parties().into())
    }

    /// Who has a part of the secret key.
    pub(crate) fn parties(&self) -> u16 {
        match self.opening {
            Opening::Holder => 1,
            Opening::Trustees(threshold) => threshold.answerers().into(),
        }
    }

    /// The common part.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// Who opens sums.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// Which ring.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// What meters send.
    pub fn values(&self) -> Values {
        self.values
    }

    /// Whether meters send squares, too.
    pub fn squares(&self) -> bool {
        self.squares
    }

    /// Whether contributions come without commitments.
    pub fn trusts_all_meters(&self) -> bool {
        self.trusting
    }

    /// How much floods hide.
    pub fn flooding(&self) -> Flood {
        self.flooding
    }

    /// log₂ of the scale that all plaintexts have.
    pub fn scale_bits(&self) -> u32 {
        self.scale.into()
    }

    /// Values of a ciphertext: one a channel, and as many squares behind them.
    pub fn count(&self) -> usize {
        usize::from(self.group.channels).wrapping_mul(if self.squares { 2 } else { 1 })
    }

    /// The largest |value| of a plaintext.
    #[cfg(feature = "alloc")]
    #[allow(clippy::cast_precision_loss)] // rounded up a little below
    pub(crate) fn most_value(&self) -> f64 {
        let most = self.group.max_reading as f64;
        match self.values {
            Values::Reals => 1.0,
            Values::Integers if self.squares => most * most,
            Values::Integers => most,
        }
    }

    /// Coefficients that a trustee opens: those of the values, or all where values are in slots.
    #[cfg(feature = "alloc")]
    pub(crate) fn opened(&self) -> usize {
        match self.values {
            Values::Integers => self.count(),
            Values::Reals => self.preset.degree(),
        }
    }

    /// How many answerers' statements make a certificate, and how many answers open a sum.
    pub fn threshold(&self) -> u8 {
        match self.opening {
            Opening::Holder => 1,
            Opening::Trustees(threshold) => threshold.threshold(),
        }
    }

    /// How many answerers there are.
    pub fn answerers(&self) -> u8 {
        match self.opening {
            Opening::Holder => 1,
            Opening::Trustees(threshold) => threshold.answerers(),
        }
    }

    /// The session: common bytes, then `opening u8 (1 holder, 2 trustees) ‖ n u8 ‖ t u8 ‖ f u8 ‖ preset u8 ‖ values u8 ‖
    /// bit 0 squares, bit 1 trusting u8 ‖ scale u8 ‖ statistical bits u8 ‖ answers u32`.
    pub fn session(&self) -> Session {
        let (kind, [n, t, f]) = match self.opening {
            Opening::Holder => (1, [1, 1, 0]),
            Opening::Trustees(threshold) => (2, threshold.to_bytes()),
        };
        let flags = u8::from(self.squares) | (u8::from(self.trusting) << 1);
        let [a, b, c, d] = self.flooding.answers().to_le_bytes();
        let (preset, values) = (self.preset as u8, self.values as u8);
        let bits = self.flooding.statistical_bits();
        self.group.session(&[kind, n, t, f, preset, values, flags, self.scale, bits, a, b, c, d])
    }

    /// That an epoch belongs to these parameters.
    pub(crate) fn check(&self, view: &EpochView) -> Result<(), Error> {
        let fits = view.epoch().session == self.session()
            && *view.group() == self.group
            && view.answerers() == self.answerers();
        if fits { Ok(()) } else { Err(meter_link::Misuse::WrongSession.into()) }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use meter_link::{GroupConfig, GroupId, Protocol};

    /// With t − 1 colluders each of the n − t + 1 others answers for a quorum of its own: the mean of so many floods is as wide
    /// as one that was asked for.
    #[test]
    fn floods_are_wide_enough_for_every_quorum_that_colluders_can_name() {
        let config = GroupConfig {
            max_meters: 100,
            max_reading: 1000,
            ..GroupConfig::new(Protocol::Ckks, GroupId(1))
        };
        for (n, t, seen) in [(5, 3, 3.0), (4, 4, 1.0), (7, 2, 6.0)] {
            let threshold = Threshold::trusting_the_utility_not_to_equivocate(n, t).unwrap();
            let group = GroupParams::new(config).unwrap();
            let params =
                Params::new(group, Opening::Trustees(threshold), Preset::Shared, Values::Integers).unwrap();
            let mean = params.sigma(1e6).powi(2) / seen;
            let asked = params.flooding().sigma(1e6).powi(2);
            assert!((mean / asked - 1.0).abs() < 1e-9, "{n} {t}");
        }
    }
}
