//! Frames: a header, a payload, and a tag or a signature over both. Layouts: docs/wire.md.

mod bytes;
mod poly1305;
mod tag;

pub use bytes::{Reader, Writer};
pub use tag::Tag;
#[cfg(feature = "alloc")]
pub(crate) use tag::{LANES, one_time_keys, right_tags};

use crate::epoch::WIRE_VERSION;
use crate::error::{Error, Fault, Malformed};
use crate::id::{GroupId, PartyId, Protocol, Round};
use crate::identity::{Identity, IdentityKey, Scope};
use crate::key::PairKey;

/// What a frame, and a signature over it, is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// dcnet-core, grown graph: a meter offers another a key, or answers.
    Join = 1,
    /// dcnet-core: an edge is confirmed, or a meter tells the utility that it is there.
    Entered = 2,
    /// dcnet-core, grown graph: a meter leaves, has no such edge, or is left alone.
    Exit = 3,
    /// dcnet-core: the signed sum of a meter's pads with missing neighbours.
    Repair = 4,
    /// A meter's masked reading, corrections or ciphertext of one round.
    Contribution = 5,
    /// An answerer's bound answer, to the utility.
    Answer = 6,
    /// An answerer's raw answer to what t answerers have signed, to the utility.
    RawAnswer = 7,
    /// A party's link key of an epoch.
    LinkKey = 16,
    /// The utility's commitment to roster and answerers of an epoch.
    RosterRoot = 17,
    /// Who is present in a round.
    Open = 18,
    /// The set that a round is summed over.
    Close = 19,
    /// An answerer's signature on the one set that it answers in a round.
    SetStatement = 20,
    /// Whose bills of a window the utility asks for.
    WindowQuery = 21,
    /// The end of an answerer's log.
    LogHead = 22,
    /// An answerer's signature on the one query that it answers for a window.
    WindowStatement = 23,
    /// cmt-ring: a meter asks the supplier for a licence.
    LicenceRequest = 32,
    /// cmt-ring: the supplier's signature on a meter's licence.
    Licence = 33,
    /// cmt-ring: a licensed meter tells those around it that it is there for a generation.
    Hello = 34,
    /// cmt-ring: a meter says that it is the concentrator of a generation, and who its members are.
    Claim = 35,
    /// cmt-ring: a member's token of a generation, sealed, from the concentrator.
    Token = 36,
    /// cmt-ring: a member's first key and its token's link key, sealed for the concentrator.
    FirstKey = 37,
    /// cmt-ring: who the members of a generation are, from the concentrator to each of them.
    Seat = 38,
    /// cmt-ring: the sum of first keys, the count and the tokens, from concentrator to supplier.
    GroupKey = 39,
    /// cmt-ring: a ring round begins.
    Start = 40,
    /// cmt-ring: δ, sealed for the successor.
    Delta = 41,
    /// cmt-ring: whom the concentrator knows, for the one that is drawn after it.
    HandOver = 42,
    /// cmt-ring: the supplier says that a round is lost, and whose ciphertexts were missing, by token.
    Lost = 43,
    /// cmt-ring: members that fell silent are cut out of the ring, from the concentrator to each of the others.
    Heal = 44,
    /// cmt-ring: the group key of a ring that was healed, from concentrator to supplier.
    Healed = 45,
    /// cmt-ring: a member's signature on the set of members that it joins under.
    SetEcho = 46,
    /// threshold-elgamal, key ceremony: a party's keys, and a dealer's commitments to its polynomial.
    Commitments = 48,
    /// threshold-elgamal, key ceremony: whose commitments a party has seen.
    Echo = 49,
    /// threshold-elgamal, key ceremony: a dealer's shares, each sealed for its receiver.
    SealedShares = 50,
    /// threshold-elgamal, key ceremony: a share that does not lie on its commitments.
    Complaint = 51,
    /// threshold-elgamal, key ceremony: what a member ends it with.
    Confirmation = 52,
    /// threshold-elgamal: a decryption share.
    DecryptionShare = 53,
    /// threshold-elgamal: a trustee's decryption share with its proof.
    ProvenShare = 54,
    /// threshold-elgamal: a trustee's decryption shares of a window's bills, with one proof.
    WindowShare = 55,
    /// threshold-elgamal: a trustee's signature on the key set that it has a share of.
    KeyStatement = 56,
    /// threshold-elgamal: a participant's own key, of which the group key is the sum, with its proof of possession.
    OwnKey = 57,
    /// ckks-agg: a meter's commitment to the second parts of all its ciphertexts of an epoch.
    CiphertextCommitment = 64,
    /// ckks-agg: the commitments of an epoch's meters, from the utility.
    CommitmentList = 65,
    /// ckks-agg: an answerer's signature on the one list of commitments that it goes by in the epoch.
    ListStatement = 66,
    /// ckks-agg: a round's sums, sealed, from the holder of the whole key.
    OpenedSum = 67,
    /// ckks-agg: a trustee's share of a decrypted polynomial.
    PolynomialShare = 68,
    /// ckks-agg, key ceremony: the hash of a trustee's part of the public key.
    KeyCommitment = 69,
    /// ckks-agg, key ceremony: a trustee's part of the public key.
    KeyPart = 70,
    /// ckks-agg, key ceremony: a trustee's secret key, shared, for one other trustee, sealed.
    SecretPolynomial = 71,
    /// ckks-agg: an answerer's signature on the public key.
    PublicKeyStatement = 72,
}

impl TryFrom<u8> for Kind {
    type Error = Error;

    fn try_from(byte: u8) -> Result<Self, Error> {
        Ok(match byte {
            1 => Kind::Join,
            2 => Kind::Entered,
            3 => Kind::Exit,
            4 => Kind::Repair,
            5 => Kind::Contribution,
            6 => Kind::Answer,
            7 => Kind::RawAnswer,
            16 => Kind::LinkKey,
            17 => Kind::RosterRoot,
            18 => Kind::Open,
            19 => Kind::Close,
            20 => Kind::SetStatement,
            21 => Kind::WindowQuery,
            22 => Kind::LogHead,
            23 => Kind::WindowStatement,
            32 => Kind::LicenceRequest,
            33 => Kind::Licence,
            34 => Kind::Hello,
            35 => Kind::Claim,
            36 => Kind::Token,
            37 => Kind::FirstKey,
            38 => Kind::Seat,
            39 => Kind::GroupKey,
            40 => Kind::Start,
            41 => Kind::Delta,
            42 => Kind::HandOver,
            43 => Kind::Lost,
            44 => Kind::Heal,
            45 => Kind::Healed,
            46 => Kind::SetEcho,
            48 => Kind::Commitments,
            49 => Kind::Echo,
            50 => Kind::SealedShares,
            51 => Kind::Complaint,
            52 => Kind::Confirmation,
            53 => Kind::DecryptionShare,
            54 => Kind::ProvenShare,
            55 => Kind::WindowShare,
            56 => Kind::KeyStatement,
            57 => Kind::OwnKey,
            64 => Kind::CiphertextCommitment,
            65 => Kind::CommitmentList,
            66 => Kind::ListStatement,
            67 => Kind::OpenedSum,
            68 => Kind::PolynomialShare,
            69 => Kind::KeyCommitment,
            70 => Kind::KeyPart,
            71 => Kind::SecretPolynomial,
            72 => Kind::PublicKeyStatement,
            _ => return Err(Malformed::WrongKind.into()),
        })
    }
}

/// The flag byte of a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// Bit 0, the transmission bit: the payload carries pads of the round.
    pub const TRANSMISSION: u8 = 1;
    /// Bits 1 and 2: the pass of a Close, and of the repair that answers it, less one; of kinds 1 to 3 the form.
    pub const PASS_SHIFT: u8 = 1;
    /// Bit 3: the final Close.
    pub const FINAL: u8 = 8;
}

/// The first 16 bytes of every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which protocol.
    pub protocol: Protocol,
    /// What it is.
    pub kind: Kind,
    /// See [`Flags`].
    pub flags: Flags,
    /// Which group.
    pub group: GroupId,
    /// Who sends. (cmt-ring: the first four bytes of a token, never an id.)
    pub sender: PartyId,
    /// Which round; it tells the epoch.
    pub round: Round,
}

impl Header {
    /// Bytes of a header.
    pub const LEN: usize = 16;

    /// The header's bytes.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let [g0, g1, g2, g3] = self.group.0.to_le_bytes();
        let [s0, s1, s2, s3] = self.sender.0.to_le_bytes();
        let [r0, r1, r2, r3] = self.round.to_u32().to_le_bytes();
        let (protocol, kind) = (self.protocol as u8, self.kind as u8);
        [protocol, WIRE_VERSION, kind, self.flags.0, g0, g1, g2, g3, s0, s1, s2, s3, r0, r1, r2, r3]
    }

    /// Reads the first 16 bytes of a frame.
    ///
    /// # Errors
    /// [`Malformed`] with the first field that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let protocol = Protocol::try_from(reader.u8()?)?;
        if reader.u8()? != WIRE_VERSION {
            return Err(Malformed::UnknownVersion.into());
        }
        Ok(Header {
            protocol,
            kind: Kind::try_from(reader.u8()?)?,
            flags: Flags(reader.u8()?),
            group: GroupId(reader.u32()?),
            sender: PartyId(reader.u32()?),
            round: Round::from(reader.u32()?),
        })
    }
}

/// What a receiver expects of a header before it looks for a key.
#[derive(Clone, Copy, Debug)]
pub struct Expect {
    /// The protocol of the session.
    pub protocol: Protocol,
    /// The kind that this step takes.
    pub kind: Kind,
    /// The group of the session.
    pub group: GroupId,
    /// Flag bits that may be set; all others must be zero.
    pub flags: u8,
}

impl Expect {
    /// The header of a frame that has all that is expected, at a glance.
    #[inline]
    fn met(&self, body: &[u8]) -> Option<Header> {
        let [protocol, version, kind, flags, rest @ ..] = body.first_chunk::<{ Header::LEN }>()?;
        let [g0, g1, g2, g3, s0, s1, s2, s3, r0, r1, r2, r3] = *rest;
        let [group, sender, round] =
            [[g0, g1, g2, g3], [s0, s1, s2, s3], [r0, r1, r2, r3]].map(u32::from_le_bytes);
        let right = [*protocol, *version, *kind] == [self.protocol as u8, WIRE_VERSION, self.kind as u8]
            && *flags & !self.flags == 0
            && group == self.group.0;
        right.then_some(Header {
            protocol: self.protocol,
            kind: self.kind,
            flags: Flags(*flags),
            group: self.group,
            sender: PartyId(sender),
            round: Round::from(round),
        })
    }
}

/// A frame as received: its header can be read, its payload only through a check.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a, const TRAILER: usize> {
    header: Header,
    body: &'a [u8],
    trailer: &'a [u8; TRAILER],
}

/// A frame that ends in a tag between its sender and the utility.
pub type TaggedFrame<'a> = Frame<'a, { Tag::LEN }>;
/// A frame that ends in an Ed25519 signature.
pub type SignedFrame<'a> = Frame<'a, { Identity::SIGNATURE_LEN }>;

impl<'a, const TRAILER: usize> Frame<'a, TRAILER> {
    /// Splits bytes into header, payload and trailer, and compares the header with what is expected.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault::WrongGroup`] blaming the claimed sender.
    #[inline]
    pub fn parse(bytes: &'a [u8], expect: &Expect) -> Result<Self, Error> {
        let (body, trailer) = bytes.split_last_chunk::<TRAILER>().ok_or(Malformed::Truncated)?;
        if let Some(header) = expect.met(body) {
            return Ok(Frame { header, body, trailer });
        }
        // Something is wrong: what?
        let header = Header::parse(body)?;
        if header.protocol != expect.protocol {
            return Err(Malformed::WrongProtocol.into());
        }
        if header.kind != expect.kind {
            return Err(Malformed::WrongKind.into());
        }
        if header.flags.0 & !expect.flags != 0 {
            return Err(Malformed::UnknownFlags.into());
        }
        if header.group != expect.group {
            return Err(Fault::WrongGroup.of(header.sender));
        }
        Ok(Frame { header, body, trailer })
    }

    /// What the frame says of itself. Nothing of it is proven before a check.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The whole payload before any check, for what the check itself depends on.
    pub(crate) fn claimed(&self) -> Reader<'a> {
        Reader::new(self.body.get(Header::LEN..).unwrap_or_default())
    }
}

impl<'a> TaggedFrame<'a> {
    /// The payload, if the tag is right under the key that sender and utility share.
    ///
    /// # Errors
    /// [`Fault::BadTag`] blaming the claimed sender.
    pub fn verify(&self, key: &PairKey) -> Result<Reader<'a>, Error> {
        Tag::compute(key, &self.header, self.body).verify(self.header.sender, self.trailer)?;
        Ok(self.claimed())
    }

    /// How many frames [`TaggedFrame::verify_together`] takes.
    #[cfg(feature = "alloc")]
    pub const TOGETHER: usize = LANES;

    /// The payloads of at most 16 frames of one round and one length whose tags are right, made side by side in lanes; none
    /// of those that have another round or length than the first. Of what has none, [`TaggedFrame::verify`] tells why.
    #[cfg(feature = "alloc")]
    pub fn verify_together<'k>(
        frames: impl Iterator<Item = (Self, &'k PairKey)> + Clone,
    ) -> [Option<Reader<'a>>; LANES] {
        let mut payloads = [const { None }; LANES];
        let Some((first, _)) = frames.clone().next() else { return payloads };
        let mut one_time = zeroize::Zeroizing::new([[0u8; 32]; LANES]);
        let keys = frames.clone().map(|(frame, key)| (key, frame.header));
        if one_time_keys(keys, first.header.round, &mut one_time).is_err() {
            return payloads; // no key is better than a wrong one
        }
        let right = right_tags(&one_time, frames.clone().map(|(frame, _)| (frame.body, frame.trailer)));
        for ((payload, right), (frame, _)) in payloads.iter_mut().zip(right).zip(frames) {
            *payload = (right && frame.header.round == first.header.round).then(|| frame.claimed());
        }
        payloads
    }
}

impl<'a> SignedFrame<'a> {
    /// The payload, if the signature is right under the sender's identity.
    ///
    /// # Errors
    /// [`Fault::BadSignature`] blaming the claimed sender.
    pub fn verify(&self, identity: &IdentityKey, scope: &Scope<'_>) -> Result<Reader<'a>, Error> {
        identity.verify(self.header.sender, self.header.kind, scope, self.body, self.trailer)?;
        Ok(self.claimed())
    }

    /// What is signed, and the signature.
    #[cfg(feature = "alloc")]
    pub(crate) fn signed(&self) -> (&'a [u8], &'a [u8; Identity::SIGNATURE_LEN]) {
        (self.body, self.trailer)
    }
}

impl<'a> Writer<'a> {
    /// Starts a frame with its header.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`](crate::Misuse::WrongLength) if the buffer is too small.
    pub fn frame(out: &'a mut [u8], header: &Header) -> Result<Self, Error> {
        let mut writer = Writer::new(out);
        writer.bytes(&header.to_bytes())?;
        Ok(writer)
    }

    /// Ends a frame with its tag.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`](crate::Misuse::WrongLength) if the buffer is too small.
    pub fn finish_tagged(mut self, header: &Header, key: &PairKey) -> Result<&'a mut [u8], Error> {
        let tag = Tag::compute(key, header, self.written());
        self.bytes(tag.as_bytes())?;
        Ok(self.finish())
    }

    /// Ends a frame with a signature.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`](crate::Misuse::WrongLength) if the buffer is too small.
    pub fn finish_signed(
        mut self,
        header: &Header,
        identity: &Identity,
        scope: &Scope<'_>,
    ) -> Result<&'a mut [u8], Error> {
        let signature = identity.sign(header.kind, scope, self.written());
        self.bytes(&signature)?;
        Ok(self.finish())
    }
}
