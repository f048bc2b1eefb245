//! What a device encrypts with.

use core::fmt;

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::encrypt::{self, Header};
use super::pack::Unpacker;
use super::prime::PRIMES;
use super::stream::Label;
use super::{DEGREE, FIRST_LEN, PACKED_LEN, PAIR_LEN, Readings, SEEDED_LEN, Workspace};
use crate::bound::Bound;
use crate::derive::{KeyId, Use};
use crate::error::{Error, Malformed};
use crate::preset::Preset;

/// A public key where it lies.
#[derive(Clone, Copy)]
pub struct PublicKey<'b> {
    pub(super) seed: &'b [u8; 32],
    /// Of the stream that a is made from.
    pub(super) label: Label,
    pub(super) packed: &'b [u8; PACKED_LEN],
    parties: u16,
    id: KeyId,
}

impl<'b> PublicKey<'b> {
    /// Of the bytes of a public key, one's ([`PUBLIC_KEY_LEN`](super::PUBLIC_KEY_LEN)) or several parties' together
    /// ([`JOINT_KEY_LEN`](super::JOINT_KEY_LEN)). Whether it is the right one its [name](PublicKey::id) says, by another way.
    ///
    /// # Errors
    /// [`Malformed`]: another version or preset, a wrong length, a residue beyond its prime, a joint key of no party.
    pub fn from_bytes(bytes: &'b [u8]) -> Result<Self, Error> {
        let (version, rest) = bytes.split_first().ok_or(truncated(bytes, super::PUBLIC_KEY_LEN))?;
        let need = match version {
            1 => super::PUBLIC_KEY_LEN,
            2 => super::JOINT_KEY_LEN,
            _ => return Err(Malformed::BadHeader.into()),
        };
        let (preset, rest) = rest.split_first().ok_or(truncated(bytes, need))?;
        Preset::try_from(*preset)?.read_for(Preset::Small)?;
        let (label, parties, rest) = match version {
            1 => (Label::PublicKey, 1, rest),
            _ => {
                let (parties, rest) = rest.split_first_chunk().ok_or(truncated(bytes, need))?;
                (Label::Joint, u16::from_le_bytes(*parties), rest)
            }
        };
        let (seed, rest) = rest.split_first_chunk().ok_or(truncated(bytes, need))?;
        let (packed, rest) = rest.split_first_chunk().ok_or(truncated(bytes, need))?;
        if !rest.is_empty() {
            return Err(Malformed::TrailingBytes.into());
        }
        if parties == 0 {
            return Err(Malformed::BadHeader.into());
        }
        for ((place, prime), bytes) in (0..).zip(&PRIMES).zip(by_prime(packed)) {
            let mut residues = Unpacker::new(prime.bits, bytes);
            if (0..DEGREE).any(|_| residues.next() >= prime.q) {
                return Err(Malformed::NotReduced { prime: place }.into());
            }
        }
        Ok(PublicKey { seed, label, packed, parties, id: KeyId::of(Preset::Small, seed, packed) })
    }

    /// Its name, which ciphertexts carry: a hash of all of it.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// A ciphertext.
    ///
    /// `secret` is the device's own, for no other use than this; or 32 fresh bytes where there is none.
    ///
    /// # Errors
    /// None that happens: HMAC takes keys of any length.
    ///
    /// # Security
    /// No two calls may have one `of`; if it happens nevertheless, fresh bytes of `rng` keep them apart.
    pub fn encrypt<V: Copy + Into<i64>, R: CryptoRng + ?Sized>(
        &self,
        readings: &Readings<'_, V>,
        of: Use,
        secret: &[u8; 32],
        workspace: &mut Workspace,
        out: &mut [u8; PAIR_LEN],
        rng: &mut R,
    ) -> Result<(), Error> {
        let mut fresh = [0; 32];
        rng.fill_bytes(&mut fresh);
        let noise_key = of.noise_key(secret, &self.id, &fresh, |point| readings.digest(point));
        fresh.zeroize();
        self.encrypt_with(readings, &*noise_key?, workspace, out);
        Ok(())
    }

    /// [`PublicKey::encrypt`] with this noise key: for one that is derived and never used twice, and for tests.
    #[doc(hidden)]
    pub fn encrypt_with<V: Copy + Into<i64>>(
        &self,
        readings: &Readings<'_, V>,
        noise_key: &[u8; 32],
        workspace: &mut Workspace,
        out: &mut [u8; PAIR_LEN],
    ) {
        let fresh = Bound::fresh_public(Preset::Small, self.parties.into());
        let header =
            Header { form: 2, scale_bits: readings.scale_bits(), id: self.id, bound: readings.with(fresh) };
        if let Some((head, body)) = out.split_first_chunk_mut() {
            header.write(head);
            encrypt::pair(self, readings, noise_key, workspace, body);
        }
    }

    /// The second polynomial of a ciphertext alone, which does not depend on what is encrypted: what a commitment to the
    /// noise key is made of. Its bytes are handed to `take` in their order, a word at a time.
    #[doc(hidden)]
    pub fn mask_with(&self, noise_key: &[u8; 32], workspace: &mut Workspace, take: impl FnMut([u8; 4])) {
        encrypt::mask(self, noise_key, workspace, take);
    }
}

impl fmt::Debug for PublicKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("id", &self.id)
            .field("parties", &self.parties)
            .finish_non_exhaustive()
    }
}

/// The secret key of a group whose meters have all of it.
///
/// # Security
/// Who has it decrypts every ciphertext of the group. This is for groups in which all meters are trusted with all
/// readings.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretKey {
    pub(super) seed: [u8; 32],
    #[zeroize(skip)]
    id: KeyId,
}

impl SecretKey {
    /// Of its 32 bytes, which are wiped where they lay, and the name of its public key.
    #[must_use]
    pub fn from_seed(seed: &mut [u8; 32], id: KeyId) -> Self {
        let key = SecretKey { seed: *seed, id };
        seed.zeroize();
        key
    }

    /// The name of its public key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// A seeded ciphertext. The key's own seed is the secret that [`PublicKey::encrypt`] takes.
    ///
    /// # Errors
    /// None that happens: HMAC takes keys of any length.
    ///
    /// # Security
    /// As [`PublicKey::encrypt`]. Two ciphertexts with one public seed give away the difference of their readings.
    pub fn encrypt<V: Copy + Into<i64>, R: CryptoRng + ?Sized>(
        &self,
        readings: &Readings<'_, V>,
        of: Use,
        workspace: &mut Workspace,
        out: &mut [u8; SEEDED_LEN],
        rng: &mut R,
    ) -> Result<(), Error> {
        let mut fresh = [0; 32];
        rng.fill_bytes(&mut fresh);
        let noise_key = of.noise_key(&self.seed, &self.id, &fresh, |point| readings.digest(point));
        rng.fill_bytes(&mut fresh);
        let public_seed = of.public_seed(&self.id, &fresh);
        fresh.zeroize();
        self.encrypt_with(readings, &*noise_key?, &public_seed, workspace, out);
        Ok(())
    }

    /// [`SecretKey::encrypt`] with these seeds, for tests.
    #[doc(hidden)]
    pub fn encrypt_with<V: Copy + Into<i64>>(
        &self,
        readings: &Readings<'_, V>,
        noise_key: &[u8; 32],
        public_seed: &[u8; 32],
        workspace: &mut Workspace,
        out: &mut [u8; SEEDED_LEN],
    ) {
        let bound = readings.with(Bound::fresh_seeded(Preset::Small));
        let header = Header { form: 1, scale_bits: readings.scale_bits(), id: self.id, bound };
        if let Some((head, body)) = out.split_first_chunk_mut() {
            header.write(head);
            encrypt::seeded(self, readings, (noise_key, public_seed), workspace, body);
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The residues of each prime.
pub(super) fn by_prime(packed: &[u8; PACKED_LEN]) -> [&[u8]; 2] {
    let (first, second) = packed.split_at(FIRST_LEN);
    [first, second]
}

fn truncated(bytes: &[u8], need: usize) -> Error {
    let [have, need] = [bytes.len(), need].map(|len| u32::try_from(len).unwrap_or(u32::MAX));
    Malformed::Truncated { have, need }.into()
}
