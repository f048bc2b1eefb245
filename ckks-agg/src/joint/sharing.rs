//! Third step, where t < n are to open: every trustee shares its secret key with the others.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::{Header, Writer};
use meter_link::{Identity, Kind, PartyId, sealed};
use zeroize::Zeroizing;

use super::ceremony::Own;
use super::secret::JointSecret;
use super::shamir;
use crate::error::{Error, Fault, Malformed};
use crate::keys::PublicKey;
use crate::message;
use crate::statement::{self, STATEMENT_LEN};
use crate::wire;

/// A trustee that gives the others their shares of its secret key, and collects theirs.
pub struct Sharing {
    own: Box<Own>,
    public: PublicKey,
    frames: Vec<(PartyId, Vec<u8>)>,
    heard: Vec<Option<Zeroizing<Vec<u64>>>>,
}

impl Sharing {
    pub(super) fn new(own: Box<Own>, public: PublicKey) -> Result<Self, Error> {
        let n = own.trustees.len();
        let mut sharing = Sharing { own, public, frames: Vec::new(), heard: (0..n).map(|_| None).collect() };
        let threshold = sharing.threshold();
        if usize::from(threshold) < n {
            for number in 1..=u8::try_from(n).unwrap_or(u8::MAX) {
                let share = shamir::share(&sharing.own.part, threshold, number);
                if number == sharing.own.number {
                    sharing.put(number, share)?;
                } else {
                    let frame = sharing.seal(number, &share)?;
                    sharing.frames.push(frame);
                }
            }
        }
        Ok(sharing)
    }

    fn threshold(&self) -> u8 {
        self.own.params.threshold()
    }

    fn put(&mut self, number: u8, share: Zeroizing<Vec<u64>>) -> Result<(), Error> {
        let slot = self.heard.get_mut(usize::from(number).wrapping_sub(1)).ok_or(Error::Inconsistent)?;
        *slot = Some(share);
        Ok(())
    }

    /// Header, `receiver u32 ‖ sealed: share, packed`, seal.
    fn seal(&self, number: u8, share: &[u64]) -> Result<(PartyId, Vec<u8>), Error> {
        let place = usize::from(number).wrapping_sub(1);
        let receiver = self.own.trustees.get(place).ok_or(Error::Inconsistent)?.id;
        let fellow = self.own.fellows.get(place).and_then(Option::as_ref).ok_or(Error::Inconsistent)?;
        let view = &self.own.view;
        let header = view.header(Kind::SecretPolynomial, 0, self.own.id, view.epoch().first_round);
        let preset = self.own.part.ring.preset();
        let mut packed = Zeroizing::new(vec![0; message::polynomial_len(preset)]);
        wire::pack(preset, share, &mut packed);
        let tag = sealed::seal(&fellow.seal, &header, receiver, &mut packed)?;
        let mut out = vec![0; frame_len(packed.len())];
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(receiver.0)?;
        writer.bytes(&packed)?;
        writer.bytes(&tag)?;
        Ok((receiver, out))
    }

    /// The joint public key: everybody's is the same, which their [statements](Sharing::statement) show.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The signed statement of the public key (kind 72), for meters and the utility. Deterministic.
    ///
    /// # Errors
    /// None in practice.
    pub fn statement(&self, identity: &Identity) -> Result<[u8; STATEMENT_LEN], Error> {
        let digest = statement::key_digest(&self.public.to_bytes());
        statement::sign(&self.own.view, Kind::PublicKeyStatement, self.own.id, identity, &digest)
    }

    /// What goes to each other trustee (kind 71), sealed for it; nothing where all are needed to open.
    pub fn frames(&self) -> impl Iterator<Item = (PartyId, &[u8])> {
        self.frames.iter().map(|(receiver, frame)| (*receiver, frame.as_slice()))
    }

    /// Takes another trustee's share for this one.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the sender: unknown, a wrong round, not for this trustee, a seal that does not hold, or
    /// [`Fault::BadShare`].
    ///
    /// # Security
    /// **Nothing shows that it is a share of the key whose public part the sender has shown.** Who lies here spoils every sum
    /// that the others open with it, and is not found out by name (docs/protocol.md).
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        let header = Header::parse(frame)?;
        let view = &self.own.view;
        let sender = header.sender;
        let (number, _) = self.own.trustee(sender)?;
        if header != view.header(Kind::SecretPolynomial, 0, sender, view.epoch().first_round) {
            return Err(Fault::Link(meter_link::Fault::NotExpected).of(sender));
        }
        let preset = self.own.part.ring.preset();
        let len = message::polynomial_len(preset);
        if frame.len() != frame_len(len) {
            let [have, need] = [frame.len(), frame_len(len)].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            return Err(Malformed::Truncated { have, need }.into());
        }
        let mut rest = meter_link::frame::Reader::new(frame);
        rest.bytes(Header::LEN)?;
        if rest.u32()? != self.own.id.0 {
            return Err(Fault::Link(meter_link::Fault::NotExpected).of(sender));
        }
        let fellow = self.own.fellows.get(usize::from(number).wrapping_sub(1)).and_then(Option::as_ref);
        let fellow = fellow.ok_or(Fault::Link(meter_link::Fault::NotExpected).of(sender))?;
        let mut packed = Zeroizing::new(rest.bytes(len)?.to_vec());
        sealed::open(&fellow.seal, &header, self.own.id, &mut packed, rest.array()?)?;
        let mut share = Zeroizing::new(vec![0; preset.primes().len().wrapping_mul(preset.degree())]);
        wire::unpack(preset, &packed, &mut share).map_err(|_| Fault::BadShare.of(sender))?;
        self.put(number, share)?;
        Ok(sender)
    }

    /// Whose share is not there.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        let all = usize::from(self.threshold()) == self.own.trustees.len();
        let slots = self.heard.iter().zip(&self.own.trustees);
        slots.filter(move |(slot, _)| !all && slot.is_none()).map(|(_, member)| member.id)
    }

    /// The trustee's part of the secret key, to be stored, and the public key.
    ///
    /// # Errors
    /// [`Error::Quorum`] if shares are missing; the state is gone then: look at [`Sharing::missing`] first.
    pub fn close(self) -> Result<(JointSecret, PublicKey), Error> {
        let n = self.own.trustees.len();
        let ring = &self.own.part.ring;
        let len = ring.primes().len().wrapping_mul(ring.preset().degree());
        let mut share = Zeroizing::new(vec![0; len]);
        if usize::from(self.threshold()) < n {
            let missing = self.missing().count();
            if missing > 0 {
                let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
                return Err(Error::Quorum { have: count(n.saturating_sub(missing)), need: count(n) });
            }
            for part in self.heard.iter().flatten() {
                shamir::add(ring, &mut share, part);
            }
        } else {
            let degree = ring.preset().degree();
            for (place, out) in share.chunks_exact_mut(degree).enumerate() {
                out.copy_from_slice(self.own.part.secret.at(place));
            }
        }
        let own = *self.own;
        let fellows = own.fellows.into_iter().map(|fellow| fellow.map(|fellow| fellow.answer)).collect();
        let secret = JointSecret {
            id: self.public.id(),
            common: own.common,
            number: own.number,
            threshold: own.params.threshold(),
            part: own.part,
            share,
            fellows,
        };
        Ok((secret, self.public))
    }
}

const fn frame_len(packed: usize) -> usize {
    packed.wrapping_add(Header::LEN + 4 + sealed::OVERHEAD)
}

impl fmt::Debug for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharing").field("id", &self.own.id).finish_non_exhaustive()
    }
}
