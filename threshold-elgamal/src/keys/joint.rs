//! A group key of all participants: Y = Σ Y_i, and nobody is left out of an opening.
//!
//! Who could choose its Y_i as a function of the others' would take Y for itself (the rogue-key attack: Y_i = k·B −
//! Σ Y_j). So each shows that it knows the logarithm of its own, by Schnorr's proof bound to epoch and id
//! (Ristenpart and Yilek, "The power of proofs-of-possession", 2007): the proof of [`crate::equality`] over no
//! further points.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use meter_link::answer::Threshold;
use meter_link::frame::{Header, Kind, Reader, SignedFrame, Writer};
use meter_link::roster::Roster;
use meter_link::{Context, EpochView, Identity, PartyId};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use super::{GroupKey, KeySet, SecretShare, decode};
use crate::equality::{Encoded, Equality, Statement};
use crate::error::{Error, Fault, Malformed, Misuse};

/// Why the keys of a joint set may be added: a proof of each participant, made in this context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Possession {
    context: Context,
    proofs: Vec<(PartyId, Equality)>,
}

/// Bytes of a frame that announces an own key: header, `Y_i 32 ‖ proof 64`, signature.
const OWN_KEY_LEN: usize = Header::LEN + 32 + Equality::LEN + Identity::SIGNATURE_LEN;

impl SecretShare {
    /// An own key, of a participant with this number, for a joint key set: `SHA-512("wattsum v1 elgamal own key" ‖ 32 RNG
    /// bytes ‖ a signature that never leaves the device) mod q`, so that a generator that is stuck still gives a key
    /// that nobody else can make. **Store it before it is announced**: who has announced two keys in an epoch is to
    /// blame for it, and a key of all that lacks one share opens nothing any more.
    ///
    /// # Errors
    /// [`Malformed::BadKeys`] for number 0.
    pub fn generate<R: CryptoRng + ?Sized>(
        number: u8,
        view: &EpochView,
        identity: &Identity,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let mut random = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(random.as_mut_slice());
        // No frame has this body: a frame's first byte is a protocol number.
        let device = identity.sign(Kind::OwnKey, &view.scope(), b"wattsum v1 elgamal own key secret");
        let device = Zeroizing::new(device);
        let mut hash = Sha512::new();
        hash.update(b"wattsum v1 elgamal own key");
        hash.update(random.as_slice());
        hash.update(device.as_slice());
        let mut wide = Zeroizing::new([0u8; 64]);
        hash.finalize_into((&mut *wide).into());
        let value = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
        if number == 0 || *value == Scalar::ZERO {
            return Err(Malformed::BadKeys.into());
        }
        Ok(SecretShare::new(number, *value))
    }

    /// Announces Y_i = s·B for the epoch, with the proof that the secret is known. Deterministic: the same again
    /// is byte for byte the same.
    ///
    /// # Errors
    /// None in practice.
    pub fn announce(&self, view: &EpochView, identity: &Identity, id: PartyId) -> Result<Vec<u8>, Error> {
        let public = Encoded::from(RistrettoPoint::mul_base(self.scalar()));
        let mut hash = Sha512::new();
        hash.update(b"wattsum v1 elgamal own key nonce");
        hash.update(self.to_bytes().as_slice());
        with_domain(view.context(), id, |domain| domain.iter().for_each(|part| hash.update(part)));
        let mut wide = Zeroizing::new([0u8; 64]);
        hash.finalize_into((&mut *wide).into());
        let nonce = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
        let proof = with_domain(view.context(), id, |domain| {
            let statement = Statement { domain, public: &public, inputs: &[], outputs: &[] };
            Equality::prove(&statement, self.scalar(), &nonce)
        })?;
        let mut out = alloc::vec![0u8; OWN_KEY_LEN];
        let header = view.header(Kind::OwnKey, 0, id, view.epoch().first_round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.bytes(public.bytes())?;
        writer.bytes(&proof.to_bytes())?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }
}

impl KeySet {
    /// The key set of all participants together, from one announcement of each of the epoch's trustees, in any
    /// order. `threshold` is [`Threshold::all_of`] them.
    ///
    /// # Errors
    /// [`Misuse::WrongKeySet`] for another threshold; as [`EpochView::check_roster`];
    /// [`Malformed`]; [`Fault`] blaming a participant: unknown, wrong signature or round, another key than it
    /// announced before, no point, a proof that does not hold ([`Fault::BadEquality`]); [`Error::Quorum`] while
    /// announcements are missing, which is all that is wrong with one good one alone: so a frame can be tried
    /// before it is kept. What nobody has signed ([`Malformed`], unknown sender, wrong signature) proves nothing against
    /// anybody.
    pub fn joint(
        view: &EpochView,
        threshold: Threshold,
        roster: &Roster,
        announcements: &[&[u8]],
    ) -> Result<Self, Error> {
        let trustees = roster.answerers();
        if trustees.len() != usize::from(threshold.answerers()) {
            return Err(Misuse::WrongKeySet.into());
        }
        view.check_roster(roster)?;
        let mut keys: Vec<Option<([u8; 32], Equality)>> = alloc::vec![None; trustees.len()];
        for frame in announcements {
            let frame = SignedFrame::parse(frame, &view.expect(Kind::OwnKey, 0))?;
            let (sender, round) = (frame.header().sender, frame.header().round);
            let blame = |fault| Fault::Link(fault).of(sender);
            let place = trustees.iter().position(|member| member.id == sender);
            let place = place.ok_or(blame(meter_link::Fault::UnknownSender))?;
            let member = trustees.get(place).ok_or(blame(meter_link::Fault::UnknownSender))?;
            let mut payload = frame.verify(&member.identity, &view.scope())?;
            if round != view.epoch().first_round {
                return Err(blame(meter_link::Fault::WrongRound));
            }
            let key = *payload.array()?;
            let proof = Equality::from_bytes(payload.array()?).map_err(|fault| fault.of(sender))?;
            payload.end()?;
            let slot = keys.get_mut(place).ok_or(blame(meter_link::Fault::UnknownSender))?;
            if slot.is_some_and(|earlier| earlier != (key, proof)) {
                return Err(blame(meter_link::Fault::Contradiction));
            }
            *slot = Some((key, proof));
        }
        let announced: Vec<_> =
            trustees.iter().zip(&keys).filter_map(|(m, k)| k.map(|k| (m.id, k.0, k.1))).collect();
        let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
        if announced.len() != trustees.len() {
            return Err(Error::Quorum { have: count(announced.len()), need: count(trustees.len()) });
        }
        Self::of_all(threshold, *view.context(), &announced)
    }

    fn of_all(
        threshold: Threshold,
        context: Context,
        announced: &[(PartyId, [u8; 32], Equality)],
    ) -> Result<Self, Error> {
        if threshold.threshold() != threshold.answerers()
            || announced.len() != usize::from(threshold.answerers())
        {
            return Err(Misuse::WrongKeySet.into());
        }
        let mut sum = RistrettoPoint::default();
        for (id, key, proof) in announced {
            let public = Encoded::from(decode(*key).map_err(|_| Fault::NotAPoint.of(*id))?);
            let holds = with_domain(&context, *id, |domain| {
                proof.verify(&Statement { domain, public: &public, inputs: &[], outputs: &[] })
            });
            holds.map_err(|fault| fault.of(*id))?;
            sum += public.point();
        }
        let members: Vec<[u8; 32]> = announced.iter().map(|(_, key, _)| *key).collect();
        let encoding = sum.compress().to_bytes();
        let group = GroupKey::new(encoding, hash(&encoding, &members))?;
        let proofs = announced.iter().map(|(id, _, proof)| (*id, *proof)).collect();
        Ok(KeySet { threshold, members, group, possession: Some(Possession { context, proofs }) })
    }
}

impl Possession {
    pub(super) const VERSION: u8 = 2;

    pub(super) fn write(&self, members: &[[u8; 32]]) -> Vec<u8> {
        let count = u8::try_from(members.len()).unwrap_or(u8::MAX);
        let mut out = alloc::vec![Self::VERSION, count];
        out.extend(self.context.as_bytes());
        for ((id, proof), key) in self.proofs.iter().zip(members) {
            out.extend(id.0.to_le_bytes());
            out.extend(key);
            out.extend(proof.to_bytes());
        }
        out
    }

    pub(super) fn read(threshold: Threshold, reader: &mut Reader<'_>) -> Result<KeySet, Error> {
        let bad = Malformed::BadKeys;
        if *reader.array()? != [Self::VERSION, threshold.answerers()] {
            return Err(bad.into());
        }
        let context = Context(*reader.array()?);
        let mut announced = Vec::with_capacity(threshold.answerers().into());
        for _ in 0..threshold.answerers() {
            let (id, key) = (PartyId(reader.u32()?), *reader.array()?);
            announced.push((id, key, Equality::from_bytes(reader.array()?).map_err(|_| bad)?));
        }
        reader.end()?;
        KeySet::of_all(threshold, context, &announced).map_err(|error| match error {
            Error::Fault { .. } => bad.into(),
            other => other,
        })
    }
}

/// `"wattsum v1 elgamal own key" ‖ context ‖ id u32`.
fn with_domain<T>(context: &Context, id: PartyId, take: impl FnOnce(&[&[u8]]) -> T) -> T {
    take(&[b"wattsum v1 elgamal own key", context.as_bytes(), &id.0.to_le_bytes()])
}

/// `SHA-256("wattsum v1 elgamal joint key set" ‖ n u8 ‖ Y ‖ Y_1 … Y_n)`.
fn hash(group: &[u8; 32], members: &[[u8; 32]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"wattsum v1 elgamal joint key set");
    hash.update([u8::try_from(members.len()).unwrap_or(u8::MAX)]);
    hash.update(group);
    members.iter().for_each(|member| hash.update(member));
    hash.finalize().into()
}
