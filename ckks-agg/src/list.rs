//! The list of commitments of an epoch.

use alloc::vec;
use alloc::vec::Vec;

use meter_link::frame::{Header, SignedFrame, Writer};
use meter_link::set::{self, SetView};
use meter_link::{EpochView, Identity, Kind, Malformed, PartyId};

use crate::commitment::{Hash, list_digest};
use crate::error::{Error, Fault};

/// Whose commitments count in an epoch, as the utility signed it (kind 65).
#[derive(Clone, Debug)]
pub(crate) struct List {
    frame: Vec<u8>,
    digest: Hash,
    /// By position.
    roots: Vec<Option<Hash>>,
}

impl List {
    /// Header, `set ‖ root 32 of each member`, signature.
    pub(crate) fn sign(view: &EpochView, utility: &Identity, roots: &[Option<Hash>]) -> Result<Self, Error> {
        let members: Vec<bool> = roots.iter().map(Option::is_some).collect();
        let count = roots.iter().flatten().count();
        let len = set::max_len(view.meters())
            .wrapping_add(count.wrapping_mul(32))
            .wrapping_add(crate::message::SIGNED);
        let mut out = vec![0; len];
        let header = view.header(Kind::CommitmentList, 0, PartyId::UTILITY, view.epoch().first_round);
        let mut writer = Writer::frame(&mut out, &header)?;
        set::write(&mut writer, &members)?;
        for root in roots.iter().flatten() {
            writer.bytes(root)?;
        }
        let len = writer.finish_signed(&header, utility, &view.scope())?.len();
        out.truncate(len);
        Self::verify(view, &out)
    }

    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the utility.
    pub(crate) fn verify(view: &EpochView, bytes: &[u8]) -> Result<Self, Error> {
        let utility = PartyId::UTILITY;
        let frame = SignedFrame::parse(bytes, &view.expect(Kind::CommitmentList, 0))?;
        if frame.header().sender != utility {
            return Err(Fault::Link(meter_link::Fault::UnknownSender).of(frame.header().sender));
        }
        let mut payload = frame.verify(&view.utility().identity, &view.scope())?;
        if frame.header().round != view.epoch().first_round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(utility));
        }
        let digest = list_digest(view.context(), payload.rest());
        let members = SetView::read(&mut payload, view.meters())?;
        let mut roots = vec![None; view.meters() as usize];
        for place in members.positions() {
            let root = *payload.array()?;
            *roots.get_mut(place as usize).ok_or(Malformed::BadSet)? = Some(root);
        }
        payload.end()?;
        Ok(List { frame: bytes.to_vec(), digest, roots })
    }

    pub(crate) fn frame(&self) -> &[u8] {
        &self.frame
    }

    pub(crate) fn digest(&self) -> &Hash {
        &self.digest
    }

    pub(crate) fn root(&self, position: usize) -> Option<&Hash> {
        self.roots.get(position)?.as_ref()
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.roots.iter().flatten().count()).unwrap_or(u32::MAX)
    }
}

/// A meter's signed commitment (kind 64): its position, and its root.
pub(crate) fn commitment(
    view: &EpochView,
    meters: &[meter_link::roster::Member],
    bytes: &[u8],
) -> Result<(PartyId, usize, Hash), Error> {
    let frame = SignedFrame::parse(bytes, &view.expect(Kind::CiphertextCommitment, 0))?;
    let Header { sender, round, .. } = *frame.header();
    let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(sender);
    let position = meters.binary_search_by_key(&sender, |m| m.id).map_err(|_| unknown)?;
    let member = meters.get(position).ok_or(unknown)?;
    let mut payload = frame.verify(&member.identity, &view.scope())?;
    if round != view.epoch().first_round {
        return Err(Fault::Link(meter_link::Fault::WrongRound).of(sender));
    }
    let root = *payload.array()?;
    payload.end()?;
    Ok((sender, position, root))
}
