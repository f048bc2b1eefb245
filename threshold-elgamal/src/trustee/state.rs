//! What a trustee needs to go on after a restart without its link secret.

use alloc::vec::Vec;

use meter_link::answer::{Agreement, AnswerKind};
use meter_link::frame::Reader;
use meter_link::mark::check;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Malformed, PairKey};
use zeroize::Zeroizing;

use super::{Trustee, fresh_tally, seat};
use crate::error::Error;
use crate::keys::{KeySet, SecretShare};
use crate::params::Params;
use crate::tally::Tally;
use crate::verify::Verifier;

/// First byte of a trustee's state.
const STATE_VERSION: u8 = 26; // 14 did not name the keys; the others are records and states of other roles

impl Trustee {
    /// Its key with the utility, digests and counts, all at once: secret. Neither its share nor its identity, which
    /// are kept apart, since they outlast the epoch.
    ///
    /// `26 u8 ‖ context 32 ‖ key set hash 32 ‖ id u32 ‖ frame key 32 ‖ agreement ‖ check 4`; in a group with windows books and sums stand
    /// before the check.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut agreement = Vec::new();
        self.agreement.save(&mut agreement)?;
        if let Some(tally) = &self.tally {
            tally.save(&mut agreement)?;
        }
        // Room for all at once: no copy of the key stays in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(agreement.len().saturating_add(160)));
        out.push(STATE_VERSION);
        out.extend(self.verifier.view().context().as_bytes());
        out.extend(self.verifier.key().key_set());
        out.extend(self.id.0.to_le_bytes());
        out.extend_from_slice(&*self.frame_key.to_bytes());
        out.extend(agreement);
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }

    /// Goes on from [`Trustee::to_bytes`]. Then [`Trustee::replay`] the records stored since, and
    /// [catch up](Trustee::catch_up) the rounds of the present window whose lists are not in; what was signed last is
    /// agreed to once more before it is answered.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged, or another trustee's, epoch's or key set's; else as
    /// [`Trustee::new`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        share: SecretShare,
        keys: &KeySet,
        roster: Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        let own = identity.public();
        let id = seat(|m| m.identity == own, &share, keys, params, &roster)?.id;
        let verifier = Verifier::new(params, view, &roster, keys.group_key())?;
        let mut agreement = Agreement::new(view, id, share.number(), params.threshold().threshold())?;
        let mut tally = fresh_tally(params, view);
        let bad = Malformed::BadRecord;
        let frame_key = read(view, keys.group_key().key_set(), id.0, &mut agreement, tally.as_mut(), state)
            .map_err(|error| match error {
            meter_link::Error::Malformed(_) => bad.into(),
            other => other,
        })?;
        Ok(Trustee { id, identity, roster, verifier, share, frame_key, agreement, tally, agreed: None })
    }
}

fn read(
    view: &EpochView,
    key_set: &[u8; 32],
    id: u32,
    agreement: &mut Agreement,
    tally: Option<&mut Tally>,
    state: &[u8],
) -> Result<PairKey, meter_link::Error> {
    let bad = Malformed::BadRecord;
    let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
    let mut reader = Reader::new(body);
    let own = check(body) == *stored
        && reader.u8()? == STATE_VERSION
        && reader.array::<32>()? == view.context().as_bytes()
        && reader.array::<32>()? == key_set
        && reader.u32()? == id;
    if !own {
        return Err(bad.into());
    }
    let frame_key = PairKey::from_bytes(reader.array()?);
    agreement.load(&mut reader)?;
    if let Some(tally) = tally {
        tally.load(&mut reader)?;
        // A list is in a book because it was agreed to.
        let agreed = |(round, digest)| agreement.fixed(AnswerKind::ElgamalRound, round) == Some(digest);
        if !tally.books().iter().flat_map(|book| book.rounds()).all(agreed) {
            return Err(bad.into());
        }
    }
    reader.end()?;
    Ok(frame_key)
}
