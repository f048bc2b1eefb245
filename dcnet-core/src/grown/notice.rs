//! The notifications, to the bit: kinds 1, 2 and 3. meter-link's docs/wire.md, section 2.14.

use meter_link::frame::{Flags, Kind, Reader, SignedFrame, Writer};
use meter_link::{EpochTerms, Error, Fault, Header, Identity, LinkPublic, Malformed, PartyId, Round, sealed};
use sha2::{Digest, Sha256};

use super::{Listed, MOST_SLOTS};

/// What a frame of kinds 1 to 3 is, by kind and flag bits 1 and 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Meter to meter, signed.
    Offer,
    /// Meter to meter, signed.
    Answer,
    /// Meter to meter, signed.
    Confirmation,
    /// To the utility, tagged: the edges from a round on.
    Statement,
    /// To the utility, tagged.
    Return,
    /// To all neighbours and the utility, signed.
    Exit,
    /// Meter to meter, signed: there is no such edge here.
    Refusal,
    /// To the utility, tagged.
    Emergency,
}

impl Form {
    const ALL: [Form; 8] = [
        Form::Offer,
        Form::Answer,
        Form::Confirmation,
        Form::Statement,
        Form::Return,
        Form::Exit,
        Form::Refusal,
        Form::Emergency,
    ];

    pub(crate) const fn kind(self) -> Kind {
        match self {
            Form::Offer | Form::Answer => Kind::Join,
            Form::Confirmation | Form::Statement | Form::Return => Kind::Entered,
            Form::Exit | Form::Refusal | Form::Emergency => Kind::Exit,
        }
    }

    pub(crate) const fn flags(self) -> u8 {
        let form = match self {
            Form::Offer | Form::Confirmation | Form::Exit => 0,
            Form::Answer | Form::Statement | Form::Refusal => 1,
            Form::Return | Form::Emergency => 2,
        };
        form << Flags::PASS_SHIFT
    }

    /// What a frame says it is.
    pub(crate) fn of(header: &Header) -> Result<Self, Error> {
        if !matches!(header.kind, Kind::Join | Kind::Entered | Kind::Exit) {
            return Err(Malformed::WrongKind.into());
        }
        let mut all = Self::ALL.into_iter();
        let found = all.find(|form| form.kind() == header.kind && form.flags() == header.flags.0);
        found.ok_or(Malformed::UnknownFlags.into())
    }
}

/// Names an edge: SHA-256 of the offer that it began with, the whole frame.
pub(crate) type EdgeId = [u8; 32];

pub(crate) fn edge_id(offer: &[u8]) -> EdgeId {
    Sha256::digest(offer).into()
}

/// What both ends of an edge seal: they have the same keys, made of the same offer and answer.
pub(crate) fn transcript(edge: &EdgeId, answer: &LinkPublic) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"wattsum v1 dcnet edge").chain_update(edge);
    hash.chain_update(answer.0).finalize().into()
}

/// The sealed transcript.
pub(crate) type Proof = [u8; PROOF_LEN];
pub(crate) const PROOF_LEN: usize = 32 + sealed::OVERHEAD;

/// Longest frame between two meters but an exit: an answer.
pub(crate) const NOTICE_LEN: usize = Header::LEN + 4 + 32 + 32 + PROOF_LEN + Identity::SIGNATURE_LEN;

/// Bytes of an exit that lists so many neighbours.
pub(crate) const fn exit_len(neighbours: usize) -> usize {
    (Header::LEN + 2 + Identity::SIGNATURE_LEN).wrapping_add(neighbours.wrapping_mul(4))
}

/// A checked frame between meters.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Notice<'a> {
    Offer { key: LinkPublic },
    Answer { edge: &'a EdgeId, key: LinkPublic, proof: &'a Proof },
    Confirmation { edge: &'a EdgeId, proof: &'a Proof },
    Refusal { edge: &'a EdgeId },
    Exit { neighbours: &'a [[u8; 4]] },
}

/// Whom a frame between meters is for; an exit is for all whom it lists, and names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Meter(PartyId),
    Neighbours,
}

/// A frame between meters whose signature holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) header: Header,
    pub(crate) to: Address,
    pub(crate) notice: Notice<'a>,
}

impl<'a> Signed<'a> {
    /// Checks form, epoch and signature. Times are the receiver's to check.
    pub(crate) fn verify(frame: &'a [u8], view: &EpochTerms, from: &Listed) -> Result<Self, Error> {
        let form = Form::of(&Header::parse(frame)?)?;
        if matches!(form, Form::Statement | Form::Return | Form::Emergency) {
            return Err(Malformed::UnknownFlags.into());
        }
        let frame = SignedFrame::parse(frame, &view.expect(form.kind(), form.flags()))?;
        let header = *frame.header();
        if header.sender != from.id() {
            return Err(Fault::UnknownSender.of(header.sender));
        }
        if !view.contains(header.round) {
            return Err(Fault::WrongEpoch.of(header.sender));
        }
        let mut payload = frame.verify(&from.member().identity, &view.scope())?;
        let (to, notice) = read(form, &mut payload, view, header.sender)?;
        payload.end()?;
        Ok(Signed { header, to, notice })
    }
}

fn read<'a>(
    form: Form,
    payload: &mut Reader<'a>,
    view: &EpochTerms,
    sender: PartyId,
) -> Result<(Address, Notice<'a>), Error> {
    if form == Form::Exit {
        let count = usize::from(payload.u16()?);
        let list = payload.bytes(count.saturating_mul(4))?.as_chunks::<4>().0;
        let ascending = list.iter().zip(list.iter().skip(1)).all(|(a, b)| place(a) < place(b));
        if count > MOST_SLOTS || !ascending || list.last().is_some_and(|last| place(last) >= view.meters()) {
            return Err(Malformed::BadField.into());
        }
        return Ok((Address::Neighbours, Notice::Exit { neighbours: list }));
    }
    let to = Address::Meter(PartyId(payload.u32()?));
    let notice = match form {
        Form::Offer => Notice::Offer { key: key(payload, sender)? },
        Form::Answer => {
            Notice::Answer { edge: payload.array()?, key: key(payload, sender)?, proof: payload.array()? }
        }
        Form::Confirmation => Notice::Confirmation { edge: payload.array()?, proof: payload.array()? },
        _ => Notice::Refusal { edge: payload.array()? },
    };
    Ok((to, notice))
}

/// A position as an exit lists it.
pub(crate) fn place(bytes: &[u8; 4]) -> u32 {
    u32::from_le_bytes(*bytes)
}

fn key(payload: &mut Reader<'_>, sender: PartyId) -> Result<LinkPublic, Error> {
    let key = LinkPublic(*payload.array()?);
    if !key.is_canonical() {
        return Err(Malformed::BadField.into());
    }
    if key.is_low_order() {
        return Err(Fault::LowOrderKey.of(sender));
    }
    Ok(key)
}

/// Writes a signed frame of a form.
pub(crate) fn sign<'o>(
    view: &EpochTerms,
    form: Form,
    round: Round,
    from: PartyId,
    identity: &Identity,
    out: &'o mut [u8],
    fill: impl FnOnce(&mut Writer<'o>, &Header) -> Result<(), Error>,
) -> Result<&'o [u8], Error> {
    let header = view.header(form.kind(), form.flags(), from, round);
    let mut writer = Writer::frame(out, &header)?;
    fill(&mut writer, &header)?;
    writer.finish_signed(&header, identity, &view.scope()).map(|frame| &*frame)
}
