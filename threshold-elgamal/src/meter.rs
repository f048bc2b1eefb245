//! The meter: one signed ciphertext with its proof of knowledge a round, and nothing else.

#[cfg(all(feature = "alloc", feature = "tables"))]
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;

use meter_link::frame::{Flags, Kind, Writer};
use meter_link::mark::MarkRecord;
use meter_link::{Channels, EpochView, HighWater, Identity, PartyId, Prepared, Round};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::ciphertext::{Ciphertext, KeyMultiples};
use crate::error::Error;
use crate::keys::GroupKey;
#[cfg(all(feature = "alloc", feature = "tables"))]
use crate::keys::GroupTable;
use crate::nonce::{DeviceSecret, Nonces};
use crate::params::Params;
use crate::proof::{Place, Witness};

/// A meter of one epoch. It shares no key with anybody: the device's identity signs for it, which it owns or
/// borrows (`I`).
pub struct Meter<I> {
    params: Params,
    view: EpochView,
    id: PartyId,
    channels: Channels,
    identity: I,
    secret: DeviceSecret,
    key: GroupKey,
    #[cfg(all(feature = "alloc", feature = "tables"))]
    table: Option<Arc<GroupTable>>,
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
            view: *view,
            id,
            channels,
            identity,
            secret,
            key: *key,
            #[cfg(all(feature = "alloc", feature = "tables"))]
            table: None,
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
        self.view.check_own_round(now, round)?;
        let group = self.view.group();
        group.check_reading(reading)?;
        let len = self.params.contribution_len();
        let out = out.get_mut(..len).ok_or(meter_link::Misuse::WrongLength)?;
        // From here on the interval is spent, whatever happens.
        let record = mark.take(self.channels, &group.schedule, round)?;
        let header = self.view.header(Kind::Contribution, Flags::TRANSMISSION, self.id, round);
        let mut writer = Writer::frame(out, &header)?;
        for (channel, value) in (0u16..).zip(reading) {
            self.channel(&mut writer, round, channel, *value, rng)?;
        }
        let frame: &[u8] = writer.finish_signed(&header, self.identity.borrow(), &self.view.scope())?;
        Ok(Prepared::new(record, frame))
    }

    fn channel<R: CryptoRng + ?Sized>(
        &self,
        writer: &mut Writer<'_>,
        round: Round,
        channel: u16,
        reading: i64,
        rng: &mut R,
    ) -> Result<(), Error> {
        let mut random = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(random.as_mut_slice());
        let (context, id) = (self.view.context(), self.id);
        let (secret, key_set) = (&self.secret, self.key.key_set());
        let nonces = Nonces { secret, random, context, key_set, id, round, channel, reading };
        let blinding = nonces.scalar(Nonces::BLINDING);
        let bits = u64::BITS.wrapping_sub(self.view.group().max_reading.leading_zeros());
        let key = self.multiples();
        let ciphertext = Ciphertext::encrypt_bounded(&key, reading, bits, &blinding).to_bytes();
        writer.bytes(&ciphertext)?;
        if self.params.knowledge() {
            let of_blinding = nonces.scalar(Nonces::OF_BLINDING);
            let of_reading = nonces.scalar(Nonces::OF_READING);
            let witness =
                Witness { blinding: &blinding, reading, of_blinding: &of_blinding, of_reading: &of_reading };
            let knowledge = witness.prove(&Place { context, round, id, channel }, &key, &ciphertext);
            writer.bytes(&knowledge.to_bytes())?;
        }
        Ok(())
    }
}

impl<I> fmt::Debug for Meter<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("id", &self.id).finish_non_exhaustive()
    }
}
