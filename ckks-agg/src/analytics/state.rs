//! What the utility needs to go on after a restart without its link secret.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use meter_link::frame::Reader;
use meter_link::head::Head;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Malformed, PairKey};
use zeroize::Zeroizing;

use super::Analytics;
use crate::encode::Encoder;
use crate::error::Error;
use crate::keys::PublicKey;
use crate::list::List;
use crate::params::{Opening, Params};
use crate::verify::Verifier;

impl Analytics {
    /// Keys, progress, counts, commitments and their list, all but rounds that are open: secret. As [`Head::to_bytes`], with
    /// `39 u8 ‖ key id 16 ‖ seal key 32, zero without a holder ‖ (0 u8, or 1 u8 ‖ root 32) of each meter ‖ list's length u32 ‖
    /// list ‖ statements u8 ‖ statement 112 …` of its own. Stored before a list or a Close is sent, nothing is lost by a
    /// restart.
    ///
    /// # Errors
    /// As [`Head::to_bytes`].
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let list = self.verifier.list().map(|list| list.frame()).unwrap_or_default();
        let statements = self.statements.len().saturating_mul(crate::statement::STATEMENT_LEN);
        let len = list.len().saturating_add(statements).saturating_add(self.roots.len().saturating_mul(33));
        let mut own = Zeroizing::new(Vec::with_capacity(len.saturating_add(128)));
        own.push(VERSION);
        own.extend(self.verifier.key().0);
        match &self.seal {
            Some(key) => own.extend_from_slice(&*key.to_bytes()),
            None => own.extend([0; 32]),
        }
        for root in &self.roots {
            match root {
                Some(root) => {
                    own.push(1);
                    own.extend(root);
                }
                None => own.push(0),
            }
        }
        own.extend(u32::try_from(list.len()).map_err(|_| meter_link::Misuse::WrongLength)?.to_le_bytes());
        own.extend(list);
        own.push(u8::try_from(self.statements.len()).unwrap_or(u8::MAX));
        self.statements.values().for_each(|statement| own.extend(statement));
        Ok(self.head.to_bytes(&own)?)
    }

    /// Goes on from [`Analytics::to_bytes`], without the link secret.
    ///
    /// # Errors
    /// As [`Head::from_bytes`], also for a state of another key; as [`Verifier::new`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        key: &PublicKey,
        encoder: &Arc<Encoder>,
        roster: Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        let verifier = Arc::new(Verifier::new(params, view, &roster, key)?);
        let (head, mut reader) = Head::from_bytes(view, identity, roster, state)?;
        let (roots, statements) = (vec![None; view.meters() as usize], BTreeMap::new());
        let encoder = Arc::clone(encoder);
        let mut utility = Analytics { head, verifier, encoder, seal: None, roots, statements };
        utility.load(&mut reader).map_err(|_| Malformed::BadRecord)?;
        Ok(utility)
    }

    fn load(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let bad = Malformed::BadRecord;
        if reader.u8()? != VERSION || *reader.array::<16>()? != self.verifier.key().0 {
            return Err(bad.into());
        }
        let seal = PairKey::from_bytes(reader.array()?);
        if self.verifier.params().opening() == Opening::Holder {
            self.seal = Some(seal);
        }
        for root in &mut self.roots {
            *root = match reader.u8()? {
                0 => None,
                1 => Some(*reader.array()?),
                _ => return Err(bad.into()),
            };
        }
        let len = reader.u32()? as usize;
        if len > 0 {
            let list = List::verify(self.head.view(), reader.bytes(len)?)?;
            self.verifier = Arc::new(self.verifier.with_list(&Arc::new(list)));
        }
        for _ in 0..reader.u8()? {
            let frame = reader.array::<{ crate::statement::STATEMENT_LEN }>()?;
            self.accept_list_statement(frame)?;
        }
        Ok(reader.end()?)
    }
}

const VERSION: u8 = 39;
