//! What the key holder needs to go on after a restart without its link secret.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::frame::Reader;
use meter_link::mark::check;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Malformed, PairKey, PartyId, Role};
use zeroize::Zeroizing;

use super::KeyHolder;
use crate::desk::Desk;
use crate::encode::Encoder;
use crate::error::Error;
use crate::keys::SecretKey;
use crate::params::Params;

const STATE_VERSION: u8 = 37;

impl KeyHolder {
    /// Its key with the utility, digests, counts, list, ledger and whom it refuses, all at once: secret. Neither its secret
    /// key nor its identity, which are kept apart. Stored also when a meter was refused.
    ///
    /// `37 u8 ‖ context 32 ‖ key id 16 ‖ id u32 ‖ seal key 32 ‖ agreement ‖ list ‖ ledger ‖ count u32 ‖ refused ids u32 … ‖
    /// check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut rest = Vec::new();
        self.desk.save(&mut rest)?;
        self.ledger.save(&mut rest);
        rest.extend(u32::try_from(self.refused.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.refused.iter().for_each(|id| rest.extend(id.0.to_le_bytes()));
        // Room for all at once: no copy of the key stays in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(rest.len().saturating_add(128)));
        out.push(STATE_VERSION);
        out.extend(self.desk.view().context().as_bytes());
        out.extend(self.desk.verifier.key().0);
        out.extend(self.desk.id.0.to_le_bytes());
        out.extend_from_slice(&*self.seal.to_bytes());
        out.extend(rest);
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }

    /// Goes on from [`KeyHolder::to_bytes`]. Then [`KeyHolder::replay`] the records stored since.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged, or another epoch's or key's; else as [`KeyHolder::new`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        key: SecretKey,
        encoder: &Arc<Encoder>,
        roster: Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        let desk = Desk::new(params, view, identity, None, Role::Holder, key.public_key(), roster)?;
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let mut head = || -> Result<PairKey, Error> {
            let own = check(body) == *stored
                && reader.u8()? == STATE_VERSION
                && reader.array::<32>()? == view.context().as_bytes()
                && *reader.array::<16>()? == key.id().0
                && reader.u32()? == desk.id.0;
            if own { Ok(PairKey::from_bytes(reader.array()?)) } else { Err(bad.into()) }
        };
        let seal = head().map_err(|_| bad)?;
        let mut holder = Self::with(desk, key, encoder, seal)?;
        let mut load = || -> Result<(), Error> {
            holder.desk.load(&mut reader)?;
            holder.ledger.load(&mut reader)?;
            for _ in 0..reader.u32()? {
                holder.refused.insert(PartyId(reader.u32()?));
            }
            Ok(reader.end()?)
        };
        load().map_err(|_| bad)?;
        Ok(holder)
    }
}
