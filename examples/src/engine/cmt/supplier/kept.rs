//! What the supplier has on disk.

use anyhow::{Context as _, bail};
use cmt_ring::Supplier;
use meter_link::frame::Reader;
use meter_link::mark::check;
use meter_link::roster::Roster;
use meter_link::set::Members;
use meter_link::{LinkSecret, Round};
use zeroize::{Zeroize as _, Zeroizing};

use super::super::group::{Group, put, take};
use super::Supplying;
use crate::engine::seat::Keys;

/// What a restart begins with.
pub(super) struct Kept {
    pub(super) link: LinkSecret,
    pub(super) supplier: Supplier,
    pub(super) stored: bool,
    pub(super) ring: Option<Members>,
    pub(super) lost: bool,
    pub(super) accounted: Option<Round>,
}

const VERSION: u8 = 1;
/// Of a record of ours, among the supplier's 21 and 27: `192 ‖ round u32 ‖ lost u8 ‖ check 4`, a round that is done.
const DONE: u8 = 192;
const ACCOUNTED: u8 = 1;
const LOST: u8 = 2;
const RING: u8 = 4;

/// That a round has a sum or is lost; `lost` says whether the present ring has lost one.
pub(super) fn record(round: Round, lost: bool) -> Vec<u8> {
    let mut out = vec![DONE];
    out.extend(round.to_u32().to_le_bytes());
    out.push(lost.into());
    let check = check(&out);
    out.extend(check);
    out
}

/// `1 ‖ flags u8 ‖ last round that is done u32 ‖ link secret 32 ‖ supplier's state ‖ members of the ring`.
pub(super) fn state(role: &Supplying) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let supplier = role.supplier.to_bytes()?;
    let ring = role.ring.as_ref().map(Members::to_bytes).transpose()?.unwrap_or_default();
    let flags = [(role.accounted.is_some(), ACCOUNTED), (role.lost, LOST), (role.ring.is_some(), RING)];
    let flags = flags.iter().filter(|(set, _)| *set).fold(0, |flags, (_, bit)| flags | bit);
    // Room for all at once: no copy of a key stays in freed memory.
    let room = supplier.len().saturating_add(ring.len()).saturating_add(64);
    let mut out = Zeroizing::new(Vec::with_capacity(room));
    out.extend([VERSION, flags]);
    out.extend(role.accounted.map_or(0, Round::to_u32).to_le_bytes());
    out.extend_from_slice(&*role.link.to_bytes());
    put(&mut out, &supplier)?;
    put(&mut out, &ring)?;
    Ok(out)
}

pub(super) fn restore(group: &Group, roster: &Roster, keys: Keys) -> anyhow::Result<Kept> {
    let kept = match keys {
        Keys::Fresh(link) => {
            let supplier = Supplier::new(&group.params, &group.view, roster, link.twin())?;
            return Ok(Kept { link, supplier, stored: false, ring: None, lost: false, accounted: None });
        }
        Keys::Stored(kept) => kept,
    };
    let state = kept.state.context("the supplier's state is not there")?;
    let mut reader = Reader::new(&state);
    if reader.u8()? != VERSION {
        bail!("the supplier's state is of another version");
    }
    let flags = reader.u8()?;
    let accounted = Round::from(reader.u32()?);
    let mut secret = *reader.array::<32>()?;
    let link = LinkSecret::from_bytes(&mut secret);
    secret.zeroize();
    let bytes = take(&mut reader)?;
    let mut supplier = Supplier::from_bytes(&group.params, &group.view, roster, Some(link.twin()), bytes)?;
    // Who was silent before, nobody knows any more.
    group.entries.iter().try_for_each(|entry| supplier.readmit(entry.member.id))?;
    let mut ring = Reader::new(take(&mut reader)?);
    let ring = (flags & RING != 0).then(|| Members::read(&mut ring, group.view.meters())).transpose()?;
    reader.end()?;
    let mut accounted = (flags & ACCOUNTED != 0).then_some(accounted);
    let mut lost = flags & LOST != 0;
    for record in &kept.records {
        match record.split_last_chunk::<4>() {
            Some(([DONE, a, b, c, d, broken], stored)) => {
                if check(&[DONE, *a, *b, *c, *d, *broken]) != *stored {
                    bail!("a record of the supplier is damaged");
                }
                accounted = accounted.max(Some(Round::from(u32::from_le_bytes([*a, *b, *c, *d]))));
                lost = *broken != 0;
            }
            _ => supplier.replay(record)?,
        }
    }
    Ok(Kept { link, supplier, stored: true, ring, lost, accounted })
}
