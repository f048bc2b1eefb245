//! The supplier (the energy supplier of the paper): party 0, who learns sums. It knows meters by token only.

mod collecting;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::{Kind, Reader, Writer};
use meter_link::key::{Label, Link, LinkSecret, PairKey};
use meter_link::roster::Roster;
use meter_link::{EpochView, Fault as LinkFault, LinkPublic, PartyId, Peer, Round};
use zeroize::Zeroizing;

pub use collecting::Collecting;

use crate::error::{Error, Fault, Misuse};
use crate::generation::{Generation, Latest, Purpose};
use crate::message::{LINK, START_LEN, Sealed};
use crate::params::Params;
use crate::token::{Token, link_gives_key};

/// The supplier of one epoch. It keeps the epoch's link secret, since every generation brings new tokens with
/// link keys of their own.
pub struct Supplier {
    params: Params,
    view: EpochView,
    link: LinkSecret,
    meters: Vec<Peer>,
    ring: Option<Arc<Ring>>,
    /// Names of the tokens of the generation before.
    retired: Arc<[PartyId]>,
    last: Option<Round>,
}

/// What the supplier knows of a generation.
pub(crate) struct Ring {
    pub(crate) generation: Generation,
    from: Round,
    pub(crate) group_key: Zeroizing<Vec<u64>>,
    /// Names of the tokens and their tag keys, in the order of the GroupKey frame.
    pub(crate) members: Vec<Link>,
    concentrator: PartyId,
    start_key: PairKey,
    frame: Vec<u8>,
}

impl Ring {
    /// The place of a token among the members. Tokens ascend as strings, names are numbers.
    pub(crate) fn place(&self, name: PartyId) -> Option<usize> {
        self.members.binary_search_by_key(&name.0.swap_bytes(), |member| member.peer.0.swap_bytes()).ok()
    }
}

impl Supplier {
    /// A supplier that knows no ring yet. `roster` is the one that the epoch's context was made with.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongSession`] for an epoch of other parameters or another roster;
    /// [`meter_link::Misuse::WrongRole`] if `link` is not the supplier's.
    pub fn new(params: &Params, view: &EpochView, roster: &Roster, link: LinkSecret) -> Result<Self, Error> {
        params.check(view)?;
        if roster.roster_root() != view.epoch().roster_root {
            return Err(meter_link::Misuse::WrongSession.into());
        }
        if link.public() != view.utility().link {
            return Err(meter_link::Misuse::WrongRole.into());
        }
        let meters = roster.meters().iter().map(|meter| meter.peer()).collect();
        Ok(Supplier {
            params: *params,
            view: *view,
            link,
            meters,
            ring: None,
            retired: Arc::new([]),
            last: None,
        })
    }

    /// The generation whose ciphertexts are taken.
    pub fn generation(&self) -> Option<Generation> {
        self.ring.as_ref().map(|ring| ring.generation)
    }

    /// The concentrator of that generation.
    pub fn concentrator(&self) -> Option<PartyId> {
        self.ring.as_ref().map(|ring| ring.concentrator)
    }

    /// Takes the GroupKey frame of `concentrator`: from now on rounds are of its generation, and ciphertexts
    /// of earlier ones are refused. The same frame again changes nothing. Whom to expect is the caller's to
    /// know: a concentrator can make up a whole ring.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: not `concentrator`, a wrong seal, a round
    /// far from now or outside the epoch, a generation that is not new or too far ahead
    /// ([`Generation::WINDOW`]), too small a ring, tokens out of order or with an id of the roster, a token's
    /// link key that gives no key; [`meter_link::Misuse::UnknownParty`] for a `concentrator` that is no meter
    /// of the roster. Nothing has changed then.
    pub fn register(&mut self, now: Round, concentrator: PartyId, frame: &[u8]) -> Result<Generation, Error> {
        let peer = self.meter(concentrator).ok_or(meter_link::Misuse::UnknownParty)?;
        let (generation, sealed) = Sealed::of_generation(frame, &self.view.expect(Kind::GroupKey, 0))?;
        let header = *sealed.header();
        if header.sender != concentrator {
            return Err(LinkFault::UnknownSender.of(header.sender).into());
        }
        if self.ring.as_ref().is_some_and(|ring| ring.frame == frame) {
            return Ok(generation);
        }
        let pair = self.link.pair_key(Label::Seal, self.view.context(), PartyId::UTILITY, peer, &[])?;
        let mut message = Zeroizing::new(alloc::vec![0u8; sealed.len()]);
        sealed.open(&generation.key(Purpose::Seal, &pair)?, PartyId::UTILITY, &mut message)?;
        self.view.check_received_round(now, &header)?;
        let latest = self.generation().map_or(Latest::NONE, Latest);
        if !latest.admits(&self.view, generation, header.round) {
            return Err(Fault::WrongGeneration.of(concentrator));
        }
        let mut reader = Reader::new(&message);
        // Room for all at once, here and below: a vector that grows leaves secrets in freed memory.
        let mut group_key = Zeroizing::new(Vec::with_capacity(self.params.channels()));
        for _ in 0..self.params.channels() {
            group_key.push(self.params.modulus().residue(reader.u64()?)?);
        }
        let holders = self.holders(generation, concentrator, &mut reader)?;
        reader.end()?;

        let start_key = generation.key(Purpose::Tag, &pair)?;
        let members = self.ring.iter().flat_map(|ring| &ring.members);
        self.retired = members.map(|member| member.peer).collect();
        self.ring = Some(Arc::new(Ring {
            generation,
            from: header.round,
            group_key,
            members: holders,
            concentrator,
            start_key,
            frame: frame.to_vec(),
        }));
        Ok(generation)
    }

    /// A meter of the roster.
    fn meter(&self, id: PartyId) -> Option<&Peer> {
        let place = self.meters.binary_search_by_key(&id, |meter| meter.id).ok()?;
        self.meters.get(place)
    }

    /// Reads the tokens and makes their tag keys.
    fn holders(
        &self,
        generation: Generation,
        concentrator: PartyId,
        reader: &mut Reader<'_>,
    ) -> Result<Vec<Link>, Error> {
        let count = reader.u32()?;
        if count < self.params.min_ring() {
            return Err(LinkFault::SetTooSmall.of(concentrator).into());
        }
        if count > self.view.meters() {
            return Err(crate::Malformed::BadField.into());
        }
        let (mut members, mut last) = (Vec::with_capacity(count as usize), [0u8; 4]);
        for _ in 0..count {
            let token = Token::from_bytes(*reader.array::<{ Token::LEN }>()?);
            let link = LinkPublic(*reader.array::<LINK>()?);
            let [a, b, c, d, ..] = *token.as_bytes();
            // Ascending from above zero: no name is the supplier's, and none comes twice.
            if [a, b, c, d] <= last {
                return Err(Fault::BadToken.of(concentrator));
            }
            last = [a, b, c, d];
            if self.meter(token.sender()).is_some() {
                return Err(Fault::BadToken.of(concentrator));
            }
            if !link_gives_key(&self.view, &link) {
                return Err(Fault::BadTokenLink.of(concentrator));
            }
            let holder = Peer { id: token.sender(), link };
            let pair =
                self.link.pair_key(Label::Frame, self.view.context(), PartyId::UTILITY, &holder, &[])?;
            members.push(Link { peer: token.sender(), key: generation.token_key(&token, &pair)? });
        }
        Ok(members)
    }

    /// Opens a round of the present generation. Each round is opened once, in ascending order.
    ///
    /// # Errors
    /// [`Misuse::NoRing`]; [`meter_link::Misuse::RoundOutsideEpoch`],
    /// [`meter_link::Misuse::RoundFarFromNow`]; [`meter_link::Misuse::OutOfOrder`] for a round that is not
    /// after the last one, or is before the generation.
    pub fn open(&mut self, now: Round, round: Round) -> Result<Collecting, Error> {
        let ring = self.ring.as_ref().ok_or(Misuse::NoRing)?;
        self.view.check_own_round(now, round)?;
        if self.last.is_some_and(|last| round <= last) || round < ring.from {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        let mut start = [0u8; START_LEN];
        let header = self.view.header(Kind::Start, 0, PartyId::UTILITY, round);
        let mut writer = Writer::frame(&mut start, &header)?;
        writer.u32(ring.generation.0)?;
        writer.finish_tagged(&header, &ring.start_key)?;
        let collecting = Collecting::new(&self.params, &self.view, ring, &self.retired, round, start);
        self.last = Some(round);
        Ok(collecting)
    }
}

impl fmt::Debug for Supplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supplier").field("generation", &self.generation()).finish_non_exhaustive()
    }
}
