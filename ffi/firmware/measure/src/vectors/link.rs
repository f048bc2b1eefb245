//! Section `link` of the reference, signatures of "Taming the many EdDSAs", products of IETF VDAF's Field64.

use alloc::vec;
use alloc::vec::Vec;

use meter_link::field::add_assign;
use meter_link::frame::Reader;
use meter_link::{
    Epoch, Field64, IdentityKey, Label, LinkPublic, LinkSecret, Misuse, PairKey, PartyId, Peer, Round,
    Session, Stream, pad, set,
};

use super::{Computed, elements, encoded, ids, list, ok, round};

pub(super) fn context(input: &mut Reader<'_>) -> Computed {
    let epoch = Epoch {
        session: Session(*input.array()?),
        epoch: input.u32()?,
        first_round: round(input)?,
        last_round: round(input)?,
        roster_root: *input.array()?,
        answerers_root: *input.array()?,
        beacon: *input.array()?,
    };
    ok(epoch.context().as_bytes())
}

fn secret(input: &mut Reader<'_>) -> Result<LinkSecret, meter_link::Error> {
    Ok(LinkSecret::from_bytes(&mut { *input.array()? }))
}

pub(super) fn public(input: &mut Reader<'_>) -> Computed {
    ok(&secret(input)?.public().0)
}

pub(super) fn pair_key(input: &mut Reader<'_>) -> Computed {
    let labels =
        [Label::DcnetPair, Label::DcnetHolder, Label::Answer, Label::Shamir, Label::Cmt, Label::Frame];
    let label = labels.get(usize::from(input.u8()?)).ok_or(Misuse::BadParameter)?;
    let context = meter_link::Context(*input.array()?);
    let (me, secret) = (PartyId(input.u32()?), secret(input)?);
    let peer = Peer { id: PartyId(input.u32()?), link: LinkPublic(*input.array()?) };
    ok(&*secret.pair_key(*label, &context, me, &peer, &[])?.to_bytes())
}

/// All elements at once, the same block by block, and a signed sum of one.
pub(super) fn pads(input: &mut Reader<'_>) -> Computed {
    let (key, round): (PairKey, Round) = (PairKey::from_bytes(input.array()?), round(input)?);
    let streams = [Stream::Mask, Stream::Share, Stream::Delta, Stream::Zero];
    let stream = *streams.get(usize::from(input.u8()?)).ok_or(Misuse::BadParameter)?;
    let mut all = vec![Field64::ZERO; usize::from(input.u16()?)];
    pad::pad(&key, round, stream, &mut all);
    let mut sum = vec![Field64::ZERO; all.len()];
    pad::signed_sum([(&key, false)], round, stream, &mut sum);
    let blocks: Vec<Field64> =
        (0..).flat_map(|n| pad::block(&key, round, stream, n)).take(all.len()).collect();
    if blocks != all || sum.iter().zip(&all).any(|(minus, plus)| -*minus != *plus) {
        return Err(Misuse::BadParameter.into());
    }
    ok(&encoded(&all))
}

pub(super) fn ratchet(input: &mut Reader<'_>) -> Computed {
    let mut key = PairKey::from_bytes(input.array()?);
    key.ratchet();
    ok(&*key.to_bytes())
}

pub(super) fn set_digest(input: &mut Reader<'_>) -> Computed {
    let root = input.array()?;
    let members = ids(input)?;
    let count = u32::try_from(members.len()).map_err(|_| Misuse::WrongLength)?;
    ok(&set::digest(root, count, members.into_iter()))
}

/// One byte: whether key, message of 32 bytes and signature hold.
pub(super) fn accepts(input: &mut Reader<'_>) -> Computed {
    let (key, message, signature) = (IdentityKey(*input.array()?), input.bytes(32)?, input.array()?);
    ok(&[u8::from(key.check().is_some_and(|key| key.accepts(&[message], signature)))])
}

/// Σ w_2j · w_(2j+1), of the sum of all rows.
pub(super) fn product(input: &mut Reader<'_>) -> Computed {
    let rows = list(input, elements)?;
    let mut wires = vec![Field64::ZERO; rows.first().map_or(0, Vec::len)];
    rows.iter().for_each(|row| add_assign(&mut wires, row));
    let (pairs, _) = wires.as_chunks::<2>();
    ok(&pairs.iter().map(|[a, b]| *a * *b).sum::<Field64>().to_bytes())
}
