//! The meter: a commitment an epoch, one signed ciphertext a round, and nothing else.

#[cfg(feature = "alloc")]
mod encryptor;
mod noise;
mod small;

#[cfg(feature = "alloc")]
pub use encryptor::Encryptor;
pub use noise::NoiseSecret;
pub use small::SmallEncryptor;

use core::borrow::Borrow;
use core::fmt;

use meter_link::frame::{Flags, Header, Writer};
use meter_link::mark::MarkRecord;
use meter_link::roster::Member;
use meter_link::{Channels, EpochTerms, EpochView, HighWater, Identity, Kind, PartyId, Prepared, Round};

use crate::commitment::{Hash, Leaf, Rounds};
use crate::derive::KeyId;
use crate::error::{Error, Misuse};
use crate::message;
use crate::params::Params;
use crate::preset::Preset;
use crate::statement;

/// What a meter encrypts with: `Encryptor`, or for [`Preset::Small`] and integers without a heap [`SmallEncryptor`].
pub trait Encrypt {
    /// Whose ring it is in.
    fn preset(&self) -> Preset;

    /// That it makes the ciphertexts of these parameters.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`] for a key of another preset; [`Misuse::WrongPacking`] for values that it does not encrypt.
    fn check(&self, params: &Params) -> Result<(), Error> {
        let (have, other) = (params.preset(), self.preset());
        if have == other { Ok(()) } else { Err(Misuse::MixedPresets { have, other }.into()) }
    }

    /// The key's name.
    fn key_id(&self) -> KeyId;

    /// Writes `c₀ ‖ c₁`, packed, of a reading at the end of `out`, in front of which there are
    /// [`HEADROOM`](crate::HEADROOM) bytes to work in: v, e₀ and e₁ are made from the noise key alone. What is
    /// encrypted: one value a channel, and their squares where the parameters say so.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongLength`] unless `out` has as many bytes as all takes; a value beyond the bound.
    fn encrypt(
        &mut self,
        params: &Params,
        reading: &[i64],
        noise: &[u8; 32],
        out: &mut [u8],
    ) -> Result<(), Error>;

    /// Gives the bytes of c₁, packed, in order.
    ///
    /// # Errors
    /// None in practice.
    fn mask(&mut self, params: &Params, noise: &[u8; 32], take: &mut dyn FnMut(&[u8])) -> Result<(), Error>;
}

/// Bytes in front of a body that encryption works in.
pub const HEADROOM: usize = 54;

/// Bytes of a commitment's frame: header, `root 32`, signature.
const COMMITMENT_LEN: usize = message::SIGNED + 32;

/// A meter of one epoch. Its identity signs for it, which it owns or borrows (`I`); `K` encrypts; `L` has room for the
/// commitments, 32 bytes for each round of the epoch, and none where all meters are trusted.
pub struct Meter<I, K, L> {
    params: Params,
    view: EpochTerms,
    rounds: Rounds,
    id: PartyId,
    channels: Channels,
    identity: I,
    secret: NoiseSecret,
    key: K,
    leaves: L,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Committed,
    Certified,
}

impl<I: Borrow<Identity>, K: Encrypt, L: AsRef<[Hash]> + AsMut<[Hash]>> Meter<I, K, L> {
    /// `channels` says which of the device's channels this session reads. The key is the one that answerers have
    /// [stated](crate::certified); the secret is of this epoch and stored.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongSession`]; [`meter_link::Misuse::WrongChannels`] if `channels` has another count than the
    /// parameters; as [`Encrypt::check`]; [`meter_link::Misuse::WrongLength`] if `leaves` has
    /// not as many places as the epoch has rounds.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        channels: Channels,
        identity: I,
        secret: NoiseSecret,
        key: K,
        leaves: L,
    ) -> Result<Self, Error> {
        params.check(view)?;
        if channels.count != params.group().channels {
            return Err(meter_link::Misuse::WrongChannels.into());
        }
        // Not when the round's mark is taken already.
        key.check(params)?;
        let rounds = Rounds::of(view)?;
        if !params.trusts_all_meters() && leaves.as_ref().len() != rounds.count() {
            return Err(meter_link::Misuse::WrongLength.into());
        }
        let stage = if params.trusts_all_meters() { Stage::Certified } else { Stage::New };
        let (params, view) = (*params, *view.terms());
        Ok(Meter { params, view, rounds, id, channels, identity, secret, key, leaves, stage })
    }

    /// Bytes that [`Meter::contribute`] works in.
    pub fn buffer_len(&self) -> usize {
        self.contribution_len().wrapping_add(HEADROOM)
    }

    /// Bytes of a contribution.
    pub fn contribution_len(&self) -> usize {
        message::contribution_len(&self.params, self.rounds.depth())
    }

    /// Makes the second polynomials of all rounds, keeps their hashes, and signs the commitment (kind 64) to them: for
    /// the utility, before the epoch's first round. As many encryptions as there are rounds. The same again, also after
    /// a restart, gives the same bytes.
    ///
    /// # Errors
    /// [`meter_link::Misuse::OutOfOrder`] where all meters are trusted.
    pub fn commit(&mut self) -> Result<[u8; COMMITMENT_LEN], Error> {
        if self.params.trusts_all_meters() {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        for (round, slot) in self.rounds.iter().zip(self.leaves.as_mut()) {
            let noise = self.secret.noise_key(&self.key.key_id(), self.view.context(), self.id, round)?;
            let mut leaf = Leaf::new(self.view.context(), round, self.id);
            self.key.mask(&self.params, &noise, &mut |bytes| leaf.update(bytes))?;
            *slot = leaf.finish();
        }
        let first = self.rounds.iter().next().ok_or(Error::Inconsistent)?;
        let header = self.view.header(Kind::CiphertextCommitment, 0, self.id, first);
        let mut frame = [0u8; COMMITMENT_LEN];
        let mut writer = Writer::frame(&mut frame, &header)?;
        writer.bytes(&self.rounds.root(self.leaves.as_ref()))?;
        writer.finish_signed(&header, self.identity.borrow(), &self.view.scope())?;
        if self.stage == Stage::New {
            self.stage = Stage::Committed;
        }
        Ok(frame)
    }

    /// Takes the statements (kind 66) of as many answerers as it takes on one list of commitments: **only from then on
    /// nobody can change its commitment any more, and this meter contributes**. That its own commitment is in the list is the
    /// utility's interest, not its own.
    ///
    /// # Errors
    /// [`meter_link::Misuse::OutOfOrder`] before [`Meter::commit`]; as [`certified`](crate::certified).
    pub fn certify(
        &mut self,
        view: &EpochView,
        answerers: &[Member],
        statements: &[&[u8]],
    ) -> Result<Hash, Error> {
        if self.stage == Stage::New || view.context() != self.view.context() {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        let list = statement::certified(&self.params, view, Kind::ListStatement, answerers, statements)?;
        self.stage = Stage::Certified;
        Ok(list)
    }

    /// Whether it may contribute.
    pub fn is_certified(&self) -> bool {
        self.stage == Stage::Certified
    }

    /// Makes the round's one contribution in `out`, whose length is at least [`Meter::buffer_len`]. The record is to
    /// be stored before the frame can be had; a retransmission is that frame, byte for byte.
    ///
    /// # Errors
    /// [`meter_link::Misuse`]: before the list is certified, the round outside the epoch or far from now, a wrong number of
    /// channels, a reading beyond the bound, a short buffer, an interval that is spent. Neither `out` nor the mark has
    /// changed then.
    ///
    /// # Security
    /// The noise of a round is fixed by the commitment: two contributions of one round with two readings give their
    /// difference to anybody who sees both. The mark lets a round pass once; who has lost the mark must take a new secret,
    /// in the next epoch.
    pub fn contribute<'o, const CHANNELS: usize>(
        &mut self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &'o mut [u8],
    ) -> Result<Prepared<&'o [u8], MarkRecord>, Error> {
        if self.stage != Stage::Certified {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        self.view.check_own_round(now, round)?;
        self.view.group().check_reading(reading)?;
        let len = self.contribution_len();
        let short = meter_link::Misuse::WrongLength;
        let out = out.get_mut(..self.buffer_len()).ok_or(short)?;
        let body_len = message::body_len(self.params.preset());
        let noise = self.secret.noise_key(&self.key.key_id(), self.view.context(), self.id, round)?;
        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.channels, &self.view.group().schedule, round)?;

        // First the body, since encryption works in the bytes before it.
        let end = out.len().saturating_sub(Identity::SIGNATURE_LEN);
        let start = end.saturating_sub(body_len).saturating_sub(HEADROOM);
        self.key.encrypt(&self.params, reading, &noise, out.get_mut(start..end).ok_or(short)?)?;

        let header = self.view.header(Kind::Contribution, Flags::TRANSMISSION, self.id, round);
        let out = out.get_mut(HEADROOM..).ok_or(short)?;
        debug_assert_eq!(out.len(), len);
        let (signed, signature) = out.split_last_chunk_mut::<{ Identity::SIGNATURE_LEN }>().ok_or(short)?;
        let (head, payload) = signed.split_first_chunk_mut::<{ Header::LEN }>().ok_or(short)?;
        *head = header.to_bytes();
        let path_len = payload.len().saturating_sub(body_len);
        let (path, _) = payload.split_at_mut_checked(path_len).ok_or(short)?;
        if !self.params.trusts_all_meters() {
            let mut places = path.as_chunks_mut::<32>().0.iter_mut();
            self.rounds.path(self.leaves.as_ref(), round, |hash| {
                *places.next().ok_or(short)? = *hash;
                Ok(())
            })?;
        }
        *signature = self.identity.borrow().sign(Kind::Contribution, &self.view.scope(), signed);
        Ok(Prepared::new(record, out))
    }
}

impl<I, K, L> fmt::Debug for Meter<I, K, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("id", &self.id).finish_non_exhaustive()
    }
}
