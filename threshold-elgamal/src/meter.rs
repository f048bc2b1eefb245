//! The meter: one signed ciphertext with its proof of knowledge a round, and nothing else.

mod pair;

pub use pair::Pair;

#[cfg(any(feature = "range", all(feature = "alloc", feature = "tables")))]
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;

use meter_link::frame::{Flags, Kind, Writer};
use meter_link::mark::MarkRecord;
use meter_link::{Channels, EpochTerms, EpochView, HighWater, Identity, PartyId, Prepared, Round};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::ciphertext::KeyMultiples;
use crate::error::Error;
use crate::keys::GroupKey;
#[cfg(all(feature = "alloc", feature = "tables"))]
use crate::keys::GroupTable;
use crate::nonce::{DeviceSecret, Nonces};
use crate::params::Params;
use crate::proof::Place;
#[cfg(feature = "range")]
use crate::range::{Bounds, Generators};

/// A meter of one epoch. It shares no key with anybody: the device's identity signs for it, which it owns or
/// borrows (`I`).
pub struct Meter<I> {
    params: Params,
    view: EpochTerms,
    id: PartyId,
    channels: Channels,
    identity: I,
    secret: DeviceSecret,
    key: GroupKey,
    #[cfg(all(feature = "alloc", feature = "tables"))]
    table: Option<Arc<GroupTable>>,
    #[cfg(feature = "range")]
    generators: Option<Arc<Generators>>,
}

impl<I: Borrow<Identity>> Meter<I> {
    /// `channels` says which of the device's channels this session reads.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongSession`]; [`meter_link::Misuse::WrongChannels`] if `channels` has another
    /// count than the parameters.
    pub fn new(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        channels: Channels,
        identity: I,
        key: &GroupKey,
    ) -> Result<Self, Error> {
        params.check(view)?;
        if channels.count != params.group().channels {
            return Err(meter_link::Misuse::WrongChannels.into());
        }
        let secret = DeviceSecret::new(identity.borrow(), view.context());
        Ok(Meter {
            params: *params,
            view: *view.terms(),
            id,
            channels,
            identity,
            secret,
            key: *key,
            #[cfg(all(feature = "alloc", feature = "tables"))]
            table: None,
            #[cfg(feature = "range")]
            generators: None,
        })
    }

    /// Uses a table of the group key's multiples: the same bytes, sooner.
    ///
    /// # Errors
    /// [`Misuse::WrongTable`](crate::Misuse::WrongTable) if it is another key's.
    #[cfg(all(feature = "alloc", feature = "tables"))]
    pub fn with_table(self, table: Arc<GroupTable>) -> Result<Self, Error> {
        if *table.key() != self.key {
            return Err(crate::Misuse::WrongTable.into());
        }
        Ok(Meter { table: Some(table), ..self })
    }

    /// Keeps the generators of its range proofs, which are made anew for each contribution otherwise: the same bytes,
    /// sooner.
    ///
    /// # Errors
    /// [`Misuse::WrongTable`](crate::Misuse::WrongTable) if they are of another width.
    #[cfg(feature = "range")]
    pub fn with_generators(self, generators: Arc<Generators>) -> Result<Self, Error> {
        if self.params.proven_range().map(Bounds::width) != Some(generators.width()) {
            return Err(crate::Misuse::WrongTable.into());
        }
        Ok(Meter { generators: Some(generators), ..self })
    }

    /// For contributions that prove a range.
    #[cfg(feature = "range")]
    fn generators(&self) -> Option<(Arc<Generators>, &Bounds)> {
        let bounds = self.params.proven_range()?;
        let own = || Arc::new(Generators::new(bounds.width()));
        Some((self.generators.clone().unwrap_or_else(own), bounds))
    }

    #[cfg(all(feature = "alloc", feature = "tables"))]
    fn multiples(&self) -> KeyMultiples<'_> {
        self.table.as_deref().map_or(KeyMultiples::of(&self.key), KeyMultiples::with)
    }

    #[cfg(not(all(feature = "alloc", feature = "tables")))]
    fn multiples(&self) -> KeyMultiples<'_> {
        KeyMultiples::of(&self.key)
    }

    /// Makes the round's one contribution in `out`, whose length is at least [`Params::contribution_len`]. The
    /// record is to be stored before the frame can be had; a retransmission is that frame, byte for byte.
    ///
    /// # Errors
    /// [`meter_link::Misuse`]: the round outside the epoch or far from now, a wrong number of channels, a
    /// reading beyond the bound, a short buffer, an interval that is spent. Neither `out` nor the mark has
    /// changed then.
    ///
    /// # Security
    /// Blinding and nonces hash 32 bytes of `rng` with a secret of the device and the reading itself: a
    /// generator that repeats does not make two ciphertexts of one blinding.
    pub fn contribute<'o, const CHANNELS: usize, R: CryptoRng + ?Sized>(
        &self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &'o mut [u8],
        rng: &mut R,
    ) -> Result<Prepared<&'o [u8], MarkRecord>, Error> {
        self.check(now, round, reading)?;
        let out = self.frame_of(out)?;
        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.channels, &self.view.group().schedule, round)?;
        let pairs =
            (0u16..).zip(reading).map(|(channel, value)| self.pair(round, channel, Some(*value), rng));
        let frame = self.write(out, round, pairs.zip(reading))?;
        Ok(Prepared::new(record, frame))
    }

    /// Makes all of a channel's contribution to a round that does not depend on the reading: for
    /// [`Meter::contribute_with`], which then has little left to do.
    ///
    /// # Errors
    /// [`meter_link::Misuse::RoundOutsideEpoch`]; [`meter_link::Misuse::WrongChannels`] for a channel, from 0, that the
    /// session has not.
    ///
    /// # Security
    /// As a pair is made before the reading is known, it cannot be hedged with it: a generator that is stuck makes the
    /// same pair of a round and channel of the device again, and two contributions of one pair give both readings to
    /// anybody who sees them. It fits no other round or channel, and the device's mark lets a round pass once; who has
    /// lost the mark *and* has a stuck generator must not use pairs.
    pub fn prepare<R: CryptoRng + ?Sized>(
        &self,
        round: Round,
        channel: u16,
        rng: &mut R,
    ) -> Result<Pair, Error> {
        if !self.view.contains(round) {
            return Err(meter_link::Misuse::RoundOutsideEpoch.into());
        }
        if channel >= self.channels.count {
            return Err(meter_link::Misuse::WrongChannels.into());
        }
        Ok(self.pair(round, channel, None, rng))
    }

    /// As [`Meter::contribute`], with a pair for each channel, in their order, that [`Meter::prepare`] made. Pairs are
    /// gone with it, however it ends.
    ///
    /// # Errors
    /// As [`Meter::contribute`]; [`Misuse::WrongPair`](crate::Misuse::WrongPair) for a pair of another epoch, key,
    /// round or channel.
    pub fn contribute_with<'o, const CHANNELS: usize, const N: usize>(
        &self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        pairs: [Pair; N],
        out: &'o mut [u8],
    ) -> Result<Prepared<&'o [u8], MarkRecord>, Error> {
        self.check(now, round, reading)?;
        let context = self.view.context();
        let fits = N == reading.len()
            && (0u16..).zip(&pairs).all(|(channel, pair)| {
                let place = Place { context, round, id: self.id, channel };
                pair.is_for(&place, self.device_channel(channel), &self.key)
            });
        if !fits {
            return Err(crate::Misuse::WrongPair.into());
        }
        let out = self.frame_of(out)?;
        let record = mark.take(self.channels, &self.view.group().schedule, round)?;
        // One function for all N: firmware has several.
        let mut pairs = pairs.into_iter().zip(reading);
        let pairs: &mut dyn Iterator<Item = (Pair, &i64)> = &mut pairs;
        let frame = self.write(out, round, pairs)?;
        Ok(Prepared::new(record, frame))
    }

    fn device_channel(&self, channel: u16) -> u16 {
        self.channels.first.wrapping_add(channel)
    }

    fn check(&self, now: Round, round: Round, reading: &[i64]) -> Result<(), Error> {
        self.view.check_own_round(now, round)?;
        Ok(self.view.group().check_reading(reading)?)
    }

    fn frame_of<'o>(&self, out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
        let len = self.params.contribution_len();
        Ok(out.get_mut(..len).ok_or(meter_link::Misuse::WrongLength)?)
    }

    fn pair<R: CryptoRng + ?Sized>(
        &self,
        round: Round,
        channel: u16,
        reading: Option<i64>,
        rng: &mut R,
    ) -> Pair {
        let mut random = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(random.as_mut_slice());
        let (context, id) = (self.view.context(), self.id);
        let (secret, key_set) = (&self.secret, self.key.key_set());
        // The device's mark is by its own channels: so must be what the reading does not tell apart.
        let channel = if reading.is_some() { channel } else { self.device_channel(channel) };
        let nonces = Nonces { secret, random, context, key_set, id, round, channel, reading };
        Pair::new(&nonces, &self.multiples(), self.params.knowledge())
    }

    fn write<'o, 'r>(
        &self,
        out: &'o mut [u8],
        round: Round,
        channels: impl Iterator<Item = (Pair, &'r i64)>,
    ) -> Result<&'o [u8], Error> {
        let header = self.view.header(Kind::Contribution, Flags::TRANSMISSION, self.id, round);
        let mut writer = Writer::frame(out, &header)?;
        let bits = u64::BITS.wrapping_sub(self.view.group().max_reading.leading_zeros());
        let key = self.multiples();
        #[cfg(feature = "range")]
        let generators = self.generators();
        for (channel, (pair, reading)) in (0u16..).zip(channels) {
            let place = Place { context: self.view.context(), round, id: self.id, channel };
            #[cfg(feature = "range")]
            let opening = pair.opening();
            let (ciphertext, knowledge) = pair.encrypt(*reading, bits, &place, &key);
            writer.bytes(&ciphertext)?;
            if let Some(knowledge) = knowledge {
                writer.bytes(&knowledge.to_bytes())?;
            }
            #[cfg(feature = "range")]
            if let Some((generators, bounds)) = &generators {
                opening.prove_into(&mut writer, (generators, bounds), &place, &key, &ciphertext, *reading)?;
            }
        }
        Ok(writer.finish_signed(&header, self.identity.borrow(), &self.view.scope())?)
    }
}

impl<I> fmt::Debug for Meter<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("id", &self.id).finish_non_exhaustive()
    }
}
