//! Decryption shares, and what they give together.
//!
//! ```text
//! share of x in the active set A = c₁·λₓ·Sₓ + floodₓ + Σ_(y ∈ A, y > x) pad_xy − Σ_(y ∈ A, y < x) pad_xy
//! c₀ + Σ shares = m + e + Σ floods
//! ```
//! The pads of two parties cancel. Without them a single share would be a *fraction* of c₁·s and what a coalition of t − 1
//! knows (3/2 of it, say), whose noise no flood covers; with them only the sum over the active set can be seen, and where one
//! member of the set does not answer, nothing.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use meter_link::answer::Quorum;
use meter_link::frame::Reader;
use meter_link::{Context, PairKey, Prepared, Round};
use rand_core::CryptoRng;
use sha2::digest::FixedOutput;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::ledger::{Ledger, LedgerRecord};
use super::secret::JointSecret;
use super::shamir;
use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::decrypt::phase::Phase;
use crate::decrypt::{Decrypted, error, flooded};
use crate::error::{Error, Malformed, Misuse};
use crate::flood::Flood;
use crate::plaintext::{Coefficients, Packing};
use crate::preset::Preset;
use crate::ring::Ring;
use crate::room;
use crate::sample::{self, label};
use crate::wire::Form;

/// The stream of pads between two trustees.
const PAD: u64 = 14;

/// What a share is for; its pads fit no other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) context: &'a Context,
    pub(crate) round: Round,
    pub(crate) digest: &'a [u8; 32],
    pub(crate) quorum: &'a Quorum,
}

impl Query<'_> {
    /// `HMAC-SHA256(pair key, "wattsum v1 ckks answer" ‖ context ‖ round u64 ‖ digest ‖ t u8 ‖ numbers of the set)`.
    fn pad_key(&self, pair: &PairKey) -> Result<Zeroizing<[u8; 32]>, Error> {
        let pair = pair.to_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(pair.as_slice()).map_err(|_| Misuse::WrongKey)?;
        mac.update(b"wattsum v1 ckks answer");
        mac.update(self.context.as_bytes());
        mac.update(&self.round.get().to_le_bytes());
        mac.update(self.digest);
        mac.update(&[self.quorum.len()]);
        for number in self.quorum.iter() {
            mac.update(&[number]);
        }
        let mut key = Zeroizing::new([0; 32]);
        mac.finalize_into((&mut *key).into());
        Ok(key)
    }
}

/// `SHA-256("wattsum v1 ckks polynomial" ‖ key id ‖ level u8 ‖ c₁ as u64 …)`: what a ledger knows a polynomial by.
pub(crate) fn polynomial_digest(ciphertext: &Ciphertext) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"wattsum v1 ckks polynomial");
    hash.update(ciphertext.key_id().0);
    hash.update([ciphertext.level()]);
    let [_, c1, _] = &ciphertext.parts;
    c1.iter().for_each(|residue| hash.update(residue.to_le_bytes()));
    hash.finalize().into()
}

impl JointSecret {
    /// The first `values` coefficients of the share, for each prime of the ciphertext's level.
    pub(crate) fn residues(
        &self,
        query: &Query<'_>,
        ciphertext: &Ciphertext,
        values: usize,
        sigma: f64,
        flood: &[u8; 32],
    ) -> Result<Vec<u64>, Error> {
        let ring = &self.part.ring;
        let degree = ring.preset().degree();
        self.check(ciphertext, query.quorum)?;
        let mut noise = Zeroizing::new(vec![0i128; degree]);
        sample::gaussian(flood, label::FLOOD, 0, sigma, &mut noise);
        let [_, c1, _] = &ciphertext.parts;
        let (mut work, mut pad) = (Zeroizing::new(vec![0u64; degree]), Zeroizing::new(vec![0u64; values]));
        let mut out =
            Vec::with_capacity(values.wrapping_mul(usize::from(ciphertext.level()).wrapping_add(1)));
        let polys = c1.chunks_exact(degree).zip(self.share.chunks_exact(degree));
        for ((place, prime), (c1, share)) in (0u32..).zip(ring.primes()).zip(polys) {
            prime.mul_into(&mut work, c1, share);
            if self.threshold < self.parties() {
                prime.mul_scalar(&mut work, shamir::weight(prime, query.quorum, self.number));
            }
            prime.inverse(&mut work);
            let mut reduced = Zeroizing::new(vec![0u64; degree]);
            prime.reduce_i128(&mut reduced, &noise);
            prime.add(&mut work, &reduced);
            let own = work.get_mut(..values).ok_or(Misuse::WrongPacking)?;
            for other in query.quorum.iter().filter(|other| *other != self.number) {
                let fellow = self.fellows.get(usize::from(other).wrapping_sub(1)).and_then(Option::as_ref);
                let key = query.pad_key(fellow.ok_or(Misuse::WrongParty)?)?;
                sample::uniform(&key, PAD, place, prime, &mut pad);
                if other > self.number { prime.add(own, &pad) } else { prime.sub(own, &pad) }
            }
            out.extend_from_slice(own);
        }
        Ok(out)
    }

    fn check(&self, ciphertext: &Ciphertext, quorum: &Quorum) -> Result<(), Error> {
        ciphertext.check_ring(&self.part.ring)?;
        if ciphertext.key_id() != self.id {
            return Err(Misuse::WrongKey.into());
        }
        if ciphertext.form() != Form::Pair {
            return Err(Misuse::WrongForm.into());
        }
        let known = quorum.iter().all(|number| number <= self.parties());
        if quorum.len() != self.threshold || !quorum.contains(self.number) || !known {
            return Err(Misuse::WrongParty.into());
        }
        Ok(())
    }

    /// This party's share of a decryption by exactly the t parties of `quorum`. The record is to be stored before the share can
    /// be had.
    ///
    /// # Errors
    /// [`Misuse::AnsweredBefore`] for a polynomial that the ledger has; [`Misuse::BadFlood`] when all answers have been given;
    /// [`Misuse::WrongKey`], [`Misuse::MixedPresets`]; [`Misuse::WrongForm`] for three polynomials; [`Misuse::WrongParty`] unless
    /// `quorum` is t parties with this one among them; [`Misuse::MessageBeyondModulus`] where the floods do not fit any more.
    ///
    /// # Security
    /// **Only for a ciphertext whose every part is known to have come from who followed the encryption**, and of which no other
    /// one that depends on it is ever asked: the roles of this crate see to that, other callers have to. Shares of other
    /// protocols than theirs need another epoch's keys. t − 1 parties that collude make a quorum with each of the others, and see
    /// one polynomial with n − t + 1 floods: a [`Flood`] of t of n parties is for that many times the answers.
    pub fn decryption_share<R: CryptoRng + ?Sized>(
        &self,
        ciphertext: &Ciphertext,
        quorum: &Quorum,
        flood: &Flood,
        ledger: &mut Ledger,
        rng: &mut R,
    ) -> Result<Prepared<DecryptionShare, LedgerRecord>, Error> {
        self.check(ciphertext, quorum)?;
        let added = added(ciphertext, quorum, flood);
        room::check_opened(ciphertext.preset(), ciphertext.level(), &ciphertext.bound().plus(added))?;
        let digest = polynomial_digest(ciphertext);
        let context = Context(self.common);
        let query = Query { context: &context, round: Round::from(0), digest: &digest, quorum };
        let mut random = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(random.as_mut_slice());
        let key = self.part.derive(b"wattsum v1 ckks flood", &[random.as_slice(), &digest])?;
        let sigma = flood.sigma(noise(ciphertext));
        if ledger.contains(&digest) {
            return Err(Misuse::AnsweredBefore.into());
        }
        let residues = self.residues(&query, ciphertext, ciphertext.preset().degree(), sigma, &key)?;
        let record = ledger.take(&digest, flood.answers())?;
        let (preset, level) = (self.preset(), ciphertext.level());
        Ok(Prepared::new(record, DecryptionShare { preset, level, number: self.number, digest, residues }))
    }

    /// 32 bytes for the flood of a round's answer.
    pub(crate) fn flood_key(
        &self,
        digest: &[u8; 32],
        random: &[u8; 32],
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        self.part.derive(b"wattsum v1 ckks flood", &[random.as_slice(), digest])
    }
}

/// A party's share of a decryption: all coefficients.
#[derive(Clone, PartialEq)]
pub struct DecryptionShare {
    preset: Preset,
    level: u8,
    number: u8,
    digest: [u8; 32],
    residues: Vec<u64>,
}

impl DecryptionShare {
    const VERSION: u8 = 1;

    /// Whose it is.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// `1 u8 ‖ preset u8 ‖ level u8 ‖ number u8 ‖ digest of the polynomial 32 ‖ residues of the coefficients, packed`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![Self::VERSION, self.preset as u8, self.level, self.number];
        out.extend(self.digest);
        let at = out.len();
        out.resize(at.wrapping_add(crate::wire::packed_len(self.preset, self.level)), 0);
        crate::wire::pack(self.preset, &self.residues, out.get_mut(at..).unwrap_or_default());
        out
    }

    /// # Errors
    /// [`Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let [version, preset, level, number] = *reader.array()?;
        let preset = Preset::try_from(preset)?;
        if version != Self::VERSION || level > preset.top_level() || number == 0 {
            return Err(Malformed::BadHeader.into());
        }
        let digest = *reader.array()?;
        let packed = reader.bytes(crate::wire::packed_len(preset, level))?;
        reader.end()?;
        let mut residues = vec![0; usize::from(level).wrapping_add(1).wrapping_mul(preset.degree())];
        crate::wire::unpack(preset, packed, &mut residues)?;
        Ok(DecryptionShare { preset, level, number, digest, residues })
    }
}

impl fmt::Debug for DecryptionShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionShare").field("number", &self.number).finish_non_exhaustive()
    }
}

/// What the shares of an active set give: the values with the floods of all of them.
///
/// # Errors
/// [`Misuse::WrongParty`] unless there is one share of each party of `quorum`, of this ciphertext; [`Misuse::MixedPresets`],
/// [`Misuse::WrongForm`].
pub fn combine(
    ring: &Ring,
    ciphertext: &Ciphertext,
    quorum: &Quorum,
    shares: &[DecryptionShare],
    flood: &Flood,
) -> Result<Decrypted, Error> {
    ciphertext.check_ring(ring)?;
    let digest = polynomial_digest(ciphertext);
    let own = |share: &&DecryptionShare| {
        quorum.contains(share.number)
            && share.digest == digest
            && (share.preset, share.level) == (ciphertext.preset(), ciphertext.level())
    };
    let by_number: BTreeMap<u8, &[u64]> =
        shares.iter().filter(own).map(|share| (share.number, share.residues.as_slice())).collect();
    if by_number.len() != usize::from(quorum.len()) || shares.len() != by_number.len() {
        return Err(Misuse::WrongParty.into());
    }
    let added = added(ciphertext, quorum, flood);
    combined(ring, ciphertext, ciphertext.preset().degree(), by_number.values().copied(), added)
}

/// As [`combine`], rounded to the integers that are in the ciphertext.
///
/// # Errors
/// As [`combine`]; [`Misuse::WrongPacking`] unless they are integers; [`Misuse::NoiseBeyondGrid`] where error and floods together
/// can be half a step or more; [`Error::Inconsistent`] for a value beyond 64 bits, which a lying party brings about.
pub fn combine_exact(
    ring: &Ring,
    ciphertext: &Ciphertext,
    quorum: &Quorum,
    shares: &[DecryptionShare],
    flood: &Flood,
) -> Result<Vec<i64>, Error> {
    if ciphertext.packing() != Packing::Integers {
        return Err(Misuse::WrongPacking.into());
    }
    let bits = ciphertext.scale().log2().and_then(|bits| u32::try_from(bits).ok()).unwrap_or(0);
    let bound = ciphertext.bound().plus(added(ciphertext, quorum, flood));
    if bound.coefficient + 1.0 >= libm::ldexp(0.5, i32::try_from(bits).unwrap_or(0)) {
        let (have, most) =
            (room::bits(bound.coefficient), u16::try_from(bits).unwrap_or(0).saturating_sub(1));
        return Err(Misuse::NoiseBeyondGrid { have, most }.into());
    }
    rounded(&combine(ring, ciphertext, quorum, shares, flood)?, bits)
}

/// What is nearest to each coefficient over 2^bits.
pub(crate) fn rounded(decrypted: &Decrypted, bits: u32) -> Result<Vec<i64>, Error> {
    let half = 1i128.wrapping_shl(bits.saturating_sub(1));
    let round =
        |value: i128| i64::try_from(value.wrapping_add(half) >> bits).map_err(|_| Error::Inconsistent);
    match &decrypted.coefficients {
        Coefficients::Narrow(values) => values.iter().map(|value| round((*value).into())).collect(),
        Coefficients::Wide(values) => values.iter().map(|value| round(*value)).collect(),
    }
}

/// What a flood has to hide: no ciphertext has less noise than a fresh one, whatever it says of itself.
fn noise(ciphertext: &Ciphertext) -> f64 {
    ciphertext.bound().noise.max(Bound::fresh_seeded(ciphertext.preset()).noise)
}

/// The bound of all floods of an active set together.
fn added(ciphertext: &Ciphertext, quorum: &Quorum, flood: &Flood) -> Bound {
    let one = flooded(ciphertext.preset(), flood.sigma(noise(ciphertext)));
    one.times_integer(quorum.len().into())
}

/// c₀ and the shares' first coefficients together, as integers; the other coefficients are zero.
pub(crate) fn combined<'s>(
    ring: &Ring,
    ciphertext: &Ciphertext,
    values: usize,
    shares: impl Iterator<Item = &'s [u64]> + Clone,
    added: Bound,
) -> Result<Decrypted, Error> {
    if ciphertext.form() != Form::Pair {
        return Err(Misuse::WrongForm.into());
    }
    let bound = ciphertext.bound().plus(added);
    room::check_opened(ciphertext.preset(), ciphertext.level(), &bound)?;
    let most = room::largest(&bound);
    let mut phase = Phase::new(ring, ciphertext.level(), most);
    let degree = ciphertext.preset().degree();
    let [c0, ..] = &ciphertext.parts;
    for (place, (prime, out)) in phase.residues(ring).enumerate() {
        out.copy_from_slice(c0.chunks_exact(degree).nth(place).ok_or(Error::Inconsistent)?);
        prime.inverse(out);
        let (own, rest) = out.split_at_mut_checked(values).ok_or(Misuse::WrongPacking)?;
        rest.fill(0);
        for share in shares.clone() {
            prime.add(own, share.chunks_exact(values.max(1)).nth(place).ok_or(Error::Inconsistent)?);
        }
        prime.forward(out);
    }
    let (preset, packing, scale) = (ciphertext.preset(), ciphertext.packing(), ciphertext.scale());
    let error = error(packing, &ciphertext.bound(), &added) / scale.to_f64(preset);
    Ok(Decrypted { preset, packing, scale, error, coefficients: phase.integers(ring, most) })
}
