//! What a concentrator needs beside its [`Meter`](crate::Meter)'s state to go on with its ring after a reboot.

use alloc::vec::Vec;

use meter_link::frame::{Reader, Writer};
use meter_link::key::Peer;
use meter_link::mark::check;
use meter_link::set::SetView;
use meter_link::{EpochView, LinkPublic, Malformed, Misuse, PairKey, PartyId};
use zeroize::Zeroizing;

use super::{Book, Named, Sets};
use crate::error::Error;
use crate::generation::Generation;
use crate::order::{Listed, Order};
use crate::params::Params;

const VERSION: u8 = 29; // 23 is a meter's, 27 and 28 are records
const FIXED: usize = 1 + 32 + 4 * 4 + 32 + 4 + 4;
const MEMBER: usize = 3 * 4 + 3 * 32;

impl Book {
    /// Who the members are, and the keys with them; secret. `view` is the ring's epoch. Store it where the meter's state is
    /// stored, in one piece with it or *before* it, after [`Forming::close`](crate::Forming::close) and after each
    /// [`Book::heal`]; one that does not fit the meter's place is refused there.
    ///
    /// `29 u8 ‖ context 32 ‖ root generation u32 ‖ generation u32 ‖ …`: meter-link's docs/wire.md, section 8.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self, view: &EpochView) -> Result<Zeroizing<Vec<u8>>, Error> {
        let sets = self.sets.as_bytes();
        let len = self.members.len().saturating_mul(MEMBER).saturating_add(sets.len()).saturating_add(FIXED);
        // Room for all at once: no copy of a key stays in freed memory.
        let mut out = Zeroizing::new(alloc::vec![0u8; len]);
        let mut writer = Writer::new(&mut out);
        writer.u8(VERSION)?;
        writer.bytes(view.context().as_bytes())?;
        for field in [self.root.0, self.generation.0, self.step, self.own.0] {
            writer.u32(field)?;
        }
        writer.bytes(&*self.supplier.to_bytes())?;
        writer.bytes(sets)?;
        writer.u32(u32::try_from(self.members.len()).map_err(|_| Misuse::BadParameter)?)?;
        for Named { listed, name, tag_key, heal_key } in &self.members {
            writer.u32(listed.position)?;
            writer.u32(listed.peer.id.0)?;
            writer.bytes(&listed.peer.link.0)?;
            writer.u32(name.0)?;
            writer.bytes(&*tag_key.to_bytes())?;
            writer.bytes(&*heal_key.to_bytes())?;
        }
        let check = check(writer.written());
        writer.bytes(&check)?;
        let len = writer.finish().len();
        out.truncate(len);
        Ok(out)
    }

    /// Goes on from [`Book::to_bytes`].
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] for state that is damaged or another epoch's; as [`Supplier::new`](crate::Supplier::new)
    /// for an epoch of other parameters.
    pub fn from_bytes(params: &Params, view: &EpochView, state: &[u8]) -> Result<Self, Error> {
        params.check(view)?;
        Self::read(params, view, state).map_err(|_| Malformed::BadRecord.into())
    }

    fn read(params: &Params, view: &EpochView, state: &[u8]) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        let mut reader = Reader::new(body);
        let ours = check(body) == *stored && reader.u8()? == VERSION;
        if !ours || reader.array::<32>()? != view.context().as_bytes() {
            return Err(bad.into());
        }
        let (root, generation) = (Generation(reader.u32()?), Generation(reader.u32()?));
        let (step, own) = (reader.u32()?, PartyId(reader.u32()?));
        let supplier = PairKey::from_bytes(reader.array()?);
        let (sets, formed, left) = Sets::read(&mut reader, view.meters())?;
        let count = reader.u32()?;
        // One generation at least for each healing, and none without.
        let after = generation.0.checked_sub(root.0).ok_or(bad)?;
        let healings = u32::from(sets.healings());
        if after < healings || (after > 0 && healings == 0) || step > view.last_step() {
            return Err(bad.into());
        }
        // All but the concentrator.
        if count.checked_add(1) != Some(formed.count()) {
            return Err(bad.into());
        }
        let (rows, _) = reader.bytes((count as usize).saturating_mul(MEMBER))?.as_chunks::<MEMBER>();
        reader.end()?;
        let mut members: Vec<Named> = Vec::with_capacity(rows.len());
        for row in rows {
            members.push(Named::read(row)?);
        }
        let rising = members.is_sorted_by(|a, b| a.listed.position < b.listed.position);
        if !rising || !members.iter().all(|member| formed.contains(member.listed.position)) {
            return Err(bad.into());
        }
        let order = Order::new(view.epoch(), root, formed.count());
        let marks = |set: SetView<'_>| (0..view.meters()).map(|position| set.contains(position)).collect();
        let (formed, left) = (marks(formed), marks(left));
        let mode = params.mode();
        Ok(Book { root, generation, mode, order, own, supplier, formed, left, sets, members, step })
    }
}

impl Named {
    fn read(row: &[u8; MEMBER]) -> Result<Self, Error> {
        let mut row = Reader::new(row);
        let (position, id) = (row.u32()?, PartyId(row.u32()?));
        let listed = Listed { position, peer: Peer { id, link: LinkPublic(*row.array()?) } };
        let name = PartyId(row.u32()?);
        let tag_key = PairKey::from_bytes(row.array()?);
        Ok(Named { listed, name, tag_key, heal_key: PairKey::from_bytes(row.array()?) })
    }
}
