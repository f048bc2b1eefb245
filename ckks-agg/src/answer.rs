//! What answerers store before an answer leaves, and the length of a share.

use meter_link::answer::AnswererRecord;
use meter_link::frame::{Header, Tag};

use crate::desk::Desk;
use crate::error::Error;
use crate::joint::{Ledger, LedgerRecord};
use crate::params::Params;
use meter_link::answer::{Agreement, Quorum};

/// What is stored before an answer leaves: the log's entry of it, and the polynomial's in the ledger.
pub type AnswerRecord = [u8; LEN];

const LEN: usize = Agreement::RECORD_LEN + Ledger::RECORD_LEN;

pub(crate) fn both(logged: &AnswererRecord, entered: &LedgerRecord) -> AnswerRecord {
    let mut out = [0u8; LEN];
    for (place, byte) in out.iter_mut().zip(logged.iter().chain(entered)) {
        *place = *byte;
    }
    out
}

/// Takes a record of either kind into account.
pub(crate) fn replay(desk: &mut Desk, ledger: &mut Ledger, record: &[u8]) -> Result<(), Error> {
    if record.len() == LEN {
        let (logged, entered) = record.split_at_checked(Agreement::RECORD_LEN).unwrap_or_default();
        let mut copy = Ledger::new();
        copy.replay(entered)?;
        desk.agreement.replay(logged)?;
        return ledger.replay(entered);
    }
    Ok(desk.agreement.replay(record)?)
}

/// Bytes of a trustee's share: header, `digest 32 ‖ quorum mask ‖ residues u64 …`, tag.
pub(crate) fn share_len(params: &Params) -> usize {
    let residues = params.opened().wrapping_mul(params.preset().primes().len());
    let around = Header::LEN + 32 + Tag::LEN;
    residues.wrapping_mul(8).wrapping_add(around).wrapping_add(Quorum::mask_len(params.answerers()))
}
