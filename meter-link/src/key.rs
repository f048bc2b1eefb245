//! Link keys of an epoch, and the pairwise keys made from them.

use core::fmt;

use hkdf::{Hkdf, HkdfExtract};
use rand_core::CryptoRng;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::epoch::Context;
use crate::error::{Error, Fault, Misuse};
use crate::id::PartyId;

/// What a pair key is for. Keys of different labels are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Masks between two meters of dcnet-core.
    DcnetPair,
    /// Between a meter and a holder of dcnet-core.
    DcnetHolder,
    /// Between two answerers: zero-sum pads of bound answers.
    Answer,
    /// Between a meter and an aggregator of shamir-agg.
    Shamir,
    /// Between two ring neighbours of cmt-ring.
    Cmt,
    /// Tags between a party and the utility.
    Frame,
    /// Sealed messages between two parties.
    Seal,
}

impl Label {
    const fn bytes(self) -> &'static [u8] {
        match self {
            Label::DcnetPair => b"wattsum v1 dcnet pair",
            Label::DcnetHolder => b"wattsum v1 dcnet holder",
            Label::Answer => b"wattsum v1 answerers",
            Label::Shamir => b"wattsum v1 shamir aggregator",
            Label::Cmt => b"wattsum v1 cmt link",
            Label::Frame => b"wattsum v1 frame",
            Label::Seal => b"wattsum v1 seal",
        }
    }
}

/// A public X25519 link key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkPublic(pub [u8; 32]);

impl LinkPublic {
    /// Whether the coordinate is below 2^255 − 19. X25519 reduces others, so one key could be announced in
    /// two forms and pass for two keys.
    pub fn is_canonical(&self) -> bool {
        let [first, middle @ .., last] = &self.0;
        let not_reduced = *first >= 0xed && middle.iter().all(|byte| *byte == 0xff) && *last == 0x7f;
        *last < 0x80 && !not_reduced
    }

    /// Whether X25519 gives zero with every secret. As reduced coordinates, these five are all (RFC 7748,
    /// section 6.1: 0 and 1, −1, and two of order 8).
    pub fn is_low_order(&self) -> bool {
        const MINUS_ONE: [u8; 32] = {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (0xec, 0x7f);
            bytes
        };
        const OF_ORDER_8: [[u8; 32]; 2] = [
            [
                0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
                0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
                0xb8, 0x00,
            ],
            [
                0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
                0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
                0x11, 0x57,
            ],
        ];
        let [first, rest @ ..] = &self.0;
        (*first <= 1 && *rest == [0; 31]) || self.0 == MINUS_ONE || OF_ORDER_8.contains(&self.0)
    }
}

/// A party and its link key, as certified by the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who.
    pub id: PartyId,
    /// Its link key of the epoch.
    pub link: LinkPublic,
}

/// The own X25519 link key of an epoch. Drop it as soon as the pair keys exist: what it made can then
/// not be made again by whoever takes the device.
pub struct LinkSecret {
    secret: StaticSecret,
    public: LinkPublic,
}

impl ZeroizeOnDrop for LinkSecret {} // StaticSecret wipes itself

impl LinkSecret {
    /// A fresh key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0u8; 32];
        rng.fill_bytes(&mut bytes);
        Self::from_bytes(&mut bytes)
    }

    /// From 32 secret bytes, which are wiped where they lay.
    pub fn from_bytes(bytes: &mut [u8; 32]) -> Self {
        let secret = StaticSecret::from(*bytes);
        bytes.zeroize();
        let public = LinkPublic(PublicKey::from(&secret).to_bytes());
        LinkSecret { secret, public }
    }

    /// The public half.
    pub fn public(&self) -> LinkPublic {
        self.public
    }

    /// The secret itself, for the store of a role that needs it again within the epoch (cmt-ring, a grown graph), and
    /// [`LinkSecret::from_bytes`] after a reboot.
    ///
    /// # Security
    /// Whoever reads that store can open what was sent to this party since the epoch began. Overwrite it when the
    /// epoch is over; a role that needs no further pair keys keeps none of this.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.to_bytes())
    }

    /// The same secret once more, for the other role of a device that is meter and answerer at once. Each role
    /// wipes its own.
    #[must_use]
    pub fn twin(&self) -> Self {
        LinkSecret { secret: self.secret.clone(), public: self.public }
    }

    /// `HKDF-SHA256(salt = context, ikm = X25519(a, B) ‖ psk, info = label ‖ id_lo ‖ pk_lo ‖ id_hi ‖
    /// pk_hi)`: 32 bytes that `me` and `peer` share in this epoch for this label.
    ///
    /// `psk` is empty, or 32 bytes of a hybrid KEM where recorded traffic must stay private from a later
    /// quantum computer.
    ///
    /// # Errors
    /// [`Misuse::SelfAsPeer`] for the own id; [`Fault::CopiedKey`] for the own public key under another
    /// id; [`Fault::LowOrderKey`] where X25519 gives zero (RFC 7748, section 6.1); [`Misuse::WrongLength`]
    /// for a psk of neither 0 nor 32 bytes.
    pub fn pair_key(
        &self,
        label: Label,
        context: &Context,
        me: PartyId,
        peer: &Peer,
        psk: &[u8],
    ) -> Result<PairKey, Error> {
        if peer.id == me {
            return Err(Misuse::SelfAsPeer.into());
        }
        if peer.link == self.public {
            return Err(Fault::CopiedKey.of(peer.id));
        }
        if !matches!(psk.len(), 0 | 32) {
            return Err(Misuse::WrongLength.into());
        }
        let shared = self.secret.diffie_hellman(&PublicKey::from(peer.link.0));
        if !shared.was_contributory() {
            return Err(Fault::LowOrderKey.of(peer.id));
        }
        let mut extract = HkdfExtract::<Sha256>::new(Some(context.as_bytes()));
        extract.input_ikm(shared.as_bytes());
        extract.input_ikm(psk);
        let (mut prk, expand) = extract.finalize();
        prk.as_mut_slice().zeroize();
        let (lo, hi) = if me < peer.id {
            ((me, self.public), (peer.id, peer.link))
        } else {
            ((peer.id, peer.link), (me, self.public))
        };
        let info: [&[u8]; 5] =
            [label.bytes(), &lo.0.0.to_le_bytes(), &lo.1.0, &hi.0.0.to_le_bytes(), &hi.1.0];
        let mut okm = Zeroizing::new([0u8; 32]);
        expand.expand_multi_info(&info, okm.as_mut_slice()).map_err(|_| Misuse::WrongLength)?;
        Ok(PairKey::from_bytes(&okm))
    }

    /// The key of a device with itself, where it is meter and answerer at once: `HKDF-SHA256(salt = context, ikm =
    /// secret, info = "wattsum v1 self" ‖ label ‖ id)`. Both roles make it of the same link secret.
    pub fn own_key(&self, label: Label, context: &Context, me: PartyId) -> PairKey {
        let hkdf = Hkdf::<Sha256>::new(Some(context.as_bytes()), self.secret.as_bytes());
        let mut okm = Zeroizing::new([0u8; 32]);
        let info: [&[u8]; 3] = [b"wattsum v1 self", label.bytes(), &me.0.to_le_bytes()];
        // 32 bytes are one block of HKDF, which gives 255.
        let _ = hkdf.expand_multi_info(&info, okm.as_mut_slice());
        PairKey::from_bytes(&okm)
    }

    /// The key of a meter with an answerer that is a meter too, where `answerer` is the id of the one that answers:
    /// `HKDF-Expand(pair key, "wattsum v1 seat" ‖ answerer u32, 32)`, or [`LinkSecret::own_key`] with oneself.
    ///
    /// # Security
    /// Two devices that are both meter and answerer need a key for each direction. With one for both, the pads that
    /// members of a committee have with each other are a symmetric matrix, and so many linear combinations of
    /// their readings follow from corrections alone as corrections are sent
    /// (dcnet-core's `tests/attacks/committee.rs`, `one_key_for_both_directions`).
    ///
    /// # Errors
    /// As [`LinkSecret::pair_key`]; [`Misuse::SelfAsPeer`] if the own id goes with another link key.
    pub fn role_key(
        &self,
        label: Label,
        context: &Context,
        me: PartyId,
        peer: &Peer,
        answerer: PartyId,
    ) -> Result<PairKey, Error> {
        if peer.id == me && peer.link == self.public {
            return Ok(self.own_key(label, context, me));
        }
        let pair = self.pair_key(label, context, me, peer, &[])?.to_bytes();
        let mut okm = Zeroizing::new([0u8; 32]);
        let info: [&[u8]; 2] = [b"wattsum v1 seat", &answerer.0.to_le_bytes()];
        let expand = Hkdf::<Sha256>::from_prk(pair.as_slice()).map_err(|_| Misuse::WrongLength)?;
        expand.expand_multi_info(&info, okm.as_mut_slice()).map_err(|_| Misuse::WrongLength)?;
        Ok(PairKey::from_bytes(&okm))
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkSecret").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A key that two parties share for one label and one epoch.
#[derive(Zeroize, ZeroizeOnDrop)]
#[repr(transparent)]
pub struct PairKey([u32; 8]);

impl PairKey {
    /// From stored bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut words = [0u32; 8];
        for (word, chunk) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*chunk);
        }
        PairKey(words)
    }

    /// For storing: the only way out.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        for (chunk, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(self.0) {
            *chunk = word.to_le_bytes();
        }
        bytes
    }

    /// The key of the next ratchet step in place of this one:
    /// `HKDF-Expand(k, "wattsum v1 ratchet", 32)`. There is no way back.
    pub fn ratchet(&mut self) {
        let bytes = self.to_bytes();
        let mut next = Zeroizing::new([0u8; 32]);
        // Neither length can be wrong: the key is one SHA-256 output, and so is the result.
        if let Ok(expand) = Hkdf::<Sha256>::from_prk(bytes.as_slice())
            && expand.expand(b"wattsum v1 ratchet", next.as_mut_slice()).is_ok()
        {
            *self = PairKey::from_bytes(&next);
        }
    }

    /// Little-endian words, as ChaCha20 takes them.
    pub(crate) fn words(&self) -> &[u32; 8] {
        &self.0
    }
}

impl AsRef<PairKey> for PairKey {
    fn as_ref(&self) -> &PairKey {
        self
    }
}

impl ConstantTimeEq for PairKey {
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Debug for PairKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairKey(..)")
    }
}

/// One end of a pair: who is at the other end, and the key.
#[derive(Debug)]
pub struct Link {
    /// The other end.
    pub peer: PartyId,
    /// The key of the current ratchet step.
    pub key: PairKey,
}

impl AsRef<PairKey> for Link {
    fn as_ref(&self) -> &PairKey {
        &self.key
    }
}
