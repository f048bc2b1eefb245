//! What a trustee needs to go on after a restart without its link secret.

use alloc::vec::Vec;

use meter_link::frame::Reader;
use meter_link::mark::check;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Malformed, PairKey, Role};
use zeroize::Zeroizing;

use super::Trustee;
use crate::desk::Desk;
use crate::error::Error;
use crate::joint::JointSecret;
use crate::keys::PublicKey;
use crate::params::Params;

const STATE_VERSION: u8 = 36;

impl Trustee {
    /// Its key with the utility, digests, counts, list and ledger, all at once: secret. Neither its share nor its
    /// identity, which are kept apart.
    ///
    /// `36 u8 ‖ context 32 ‖ key id 16 ‖ id u32 ‖ frame key 32 ‖ agreement ‖ list ‖ ledger ‖ check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut rest = Vec::new();
        self.desk.save(&mut rest)?;
        self.ledger.save(&mut rest);
        // Room for all at once: no copy of the key stays in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(rest.len().saturating_add(128)));
        out.push(STATE_VERSION);
        out.extend(self.desk.view().context().as_bytes());
        out.extend(self.desk.verifier.key().0);
        out.extend(self.desk.id.0.to_le_bytes());
        out.extend_from_slice(&*self.frame_key.to_bytes());
        out.extend(rest);
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }

    /// Goes on from [`Trustee::to_bytes`]. Then [`Trustee::replay`] the records stored since; a set that was signed and not
    /// answered is agreed to once more before it is answered.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged, or another trustee's, epoch's or key's; else as [`Trustee::new`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        secret: JointSecret,
        key: &PublicKey,
        roster: Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        let desk = Desk::new(params, view, identity, None, Role::Trustee, key, roster)?;
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
        let frame_key = head().map_err(|_| bad)?;
        let mut trustee = Self::with(desk, secret, key, frame_key)?;
        let mut load = || -> Result<(), Error> {
            trustee.desk.load(&mut reader)?;
            trustee.ledger.load(&mut reader)?;
            Ok(reader.end()?)
        };
        load().map_err(|_| bad)?;
        Ok(trustee)
    }
}
