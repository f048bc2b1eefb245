//! The supplier (the energy supplier of the paper): party 0, who learns sums. It knows meters by token only.

mod claims;
mod collecting;
mod healed;
mod registry;
mod state;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::{Kind, Reader, Writer};
use meter_link::key::{Label, Link, LinkSecret, PairKey};
use meter_link::roster::Roster;
use meter_link::{EpochView, Fault as LinkFault, Identity, LinkPublic, PartyId, Peer, Prepared, Round};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use collecting::Collecting;
pub use registry::LicenceRecord;
pub use state::RoundRecord;

use claims::Claims;
use registry::Registry;

use crate::error::{Error, Fault, Misuse};
use crate::generation::{Generation, Latest, Purpose};
use crate::lost::Lost;
use crate::message::{LINK, START_LEN, Sealed};
use crate::params::Params;
use crate::token::{Token, link_gives_key};

/// The supplier of one epoch.
///
/// # Security
/// Every generation brings new tokens with link keys of their own, so the epoch's link secret stays until
/// [`Supplier::wipe_link`]. It opens all GroupKey frames since the epoch began; of what meters send each other, nothing.
pub struct Supplier {
    params: Params,
    view: EpochView,
    link: Option<LinkSecret>,
    registry: Registry,
    claims: Claims,
    /// The highest generation that was registered.
    latest: Latest,
    ring: Option<Arc<Ring>>,
    /// Names of the tokens of the generation before.
    retired: Arc<[PartyId]>,
    /// The last round that was opened.
    last: Option<Round>,
    /// Whether the present ring has lost a round.
    lost: bool,
}

/// What the supplier knows of a generation.
pub(crate) struct Ring {
    pub(crate) generation: Generation,
    /// The generation as which it was formed; the same, if it was never healed.
    root: Generation,
    from: Round,
    /// The first round after the term, in groups with terms.
    until: Option<Round>,
    pub(crate) group_key: Zeroizing<Vec<u64>>,
    /// Names of the tokens and the tag keys that they were formed with, in the order of the GroupKey frame.
    pub(crate) members: Vec<Link>,
    /// Names of tokens that healings have taken out, ascending.
    pub(crate) cut: Vec<PartyId>,
    concentrator: PartyId,
    start_key: PairKey,
    /// Of concentrator and supplier.
    heal_key: PairKey,
    /// SHA-256 of the frame that it was made of.
    frame: [u8; 32],
}

impl Ring {
    /// The place of a token among the members. Tokens ascend as strings, names are numbers.
    pub(crate) fn place(&self, name: PartyId) -> Option<usize> {
        self.members.binary_search_by_key(&name.0.swap_bytes(), |member| member.peer.0.swap_bytes()).ok()
    }

    /// The present tag key of a member.
    pub(crate) fn tag_key(&self, member: &Link) -> Result<PairKey, Error> {
        if self.generation == self.root {
            return Ok(PairKey::from_bytes(&member.key.to_bytes()));
        }
        self.generation.healed_token_key(&member.key)
    }
}

impl Supplier {
    /// A supplier that knows no ring yet. `roster` is the one that the epoch's context was made with.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongSession`] for an epoch of other parameters or another roster;
    /// [`meter_link::Misuse::WrongRole`] if `link` is not the supplier's.
    pub fn new(params: &Params, view: &EpochView, roster: &Roster, link: LinkSecret) -> Result<Self, Error> {
        Self::check(params, view, roster, Some(&link))?;
        Ok(Self::without_ring(params, view, roster, Some(link)))
    }

    fn check(
        params: &Params,
        view: &EpochView,
        roster: &Roster,
        link: Option<&LinkSecret>,
    ) -> Result<(), Error> {
        params.check(view)?;
        if roster.roster_root() != view.epoch().roster_root {
            return Err(meter_link::Misuse::WrongSession.into());
        }
        if link.is_some_and(|link| link.public() != view.utility().link) {
            return Err(meter_link::Misuse::WrongRole.into());
        }
        Ok(())
    }

    fn without_ring(params: &Params, view: &EpochView, roster: &Roster, link: Option<LinkSecret>) -> Self {
        Supplier {
            params: *params,
            view: *view,
            link,
            registry: Registry::new(roster),
            claims: Claims::default(),
            latest: Latest::none(params),
            ring: None,
            retired: Arc::new([]),
            last: None,
            lost: false,
        }
    }

    /// The generation whose ciphertexts are taken.
    pub fn generation(&self) -> Option<Generation> {
        self.ring.as_ref().map(|ring| ring.generation)
    }

    /// The first round that the generation's term does not reach, in groups with terms.
    pub fn until(&self) -> Option<Round> {
        self.ring.as_ref()?.until
    }

    /// The concentrator of that generation.
    pub fn concentrator(&self) -> Option<PartyId> {
        self.ring.as_ref().map(|ring| ring.concentrator)
    }

    /// Takes the GroupKey frame of `concentrator`: from now on rounds are of its generation, and ciphertexts
    /// of earlier ones are refused. The same frame again changes nothing. Whom to expect is the caller's to
    /// know: a concentrator can make up a whole ring. In groups with terms it is a claim's ([`Supplier::claimed`]), and
    /// licences of the meters that the claim has left out are void from here on.
    ///
    /// Store the state ([`Supplier::to_bytes`]) before a round is opened. Until then a power cut forgets the frame, and
    /// the concentrator has to send it again.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: not `concentrator`, a wrong seal, a round
    /// far from now or outside the epoch, a generation that is not new or too far ahead
    /// ([`Generation::WINDOW`]), too small a ring, tokens out of order or with an id of the roster, a token's
    /// link key that gives no key; in groups with terms also [`Fault::NotConcentrator`] without a claim to the generation
    /// that was taken, [`LinkFault::NotExpected`] while one to a lower generation is held, another first round or count than
    /// the claim's, and [`Fault::BadLicence`] blaming a member that was expelled since.
    /// [`meter_link::Misuse::UnknownParty`] for a `concentrator` that is no meter of the roster,
    /// [`meter_link::Misuse::OutOfOrder`] once the link secret is wiped. Nothing has changed then.
    pub fn register(&mut self, now: Round, concentrator: PartyId, frame: &[u8]) -> Result<Generation, Error> {
        let peer = self.meter(concentrator).ok_or(meter_link::Misuse::UnknownParty)?;
        let (generation, sealed) = Sealed::of_generation(frame, &self.view.expect(Kind::GroupKey, 0))?;
        let header = *sealed.header();
        if header.sender != concentrator {
            return Err(LinkFault::UnknownSender.of(header.sender).into());
        }
        let digest: [u8; 32] = Sha256::digest(frame).into();
        if self.ring.as_ref().is_some_and(|ring| ring.frame == digest) {
            return Ok(generation);
        }
        let pair = self.pair_key(Label::Seal, &peer)?;
        let mut message = Zeroizing::new(alloc::vec![0u8; sealed.len()]);
        sealed.open(&generation.key(Purpose::Seal, &pair)?, PartyId::UTILITY, &mut message)?;
        self.view.check_received_round(now, &header)?;
        if !self.latest.admits(&self.view, generation, header.round) {
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

        let [start_key, heal_key] =
            [generation.key(Purpose::Tag, &pair)?, generation.key(Purpose::Heal, &pair)?];
        let until = self.settle_claim(now, concentrator, generation, header.round, holders.len())?;
        self.begin(Ring {
            generation,
            root: generation,
            from: header.round,
            until,
            group_key,
            members: holders,
            cut: Vec::new(),
            concentrator,
            start_key,
            heal_key,
            frame: digest,
        });
        Ok(generation)
    }

    /// Rounds are of this ring from here on. Claims were taken for the time after the one before.
    fn begin(&mut self, ring: Ring) {
        self.claims = Claims::default();
        let members = self.ring.iter().flat_map(|ring| &ring.members);
        self.retired = members.map(|member| member.peer).collect();
        self.latest.take(ring.generation);
        self.lost = false;
        self.ring = Some(Arc::new(ring));
    }

    /// Drops the epoch's link secret: no further generation can be registered, and what earlier ones sent cannot be
    /// opened. The present ring goes on.
    pub fn wipe_link(&mut self) {
        self.link = None;
    }

    /// A key with another party.
    fn pair_key(&self, label: Label, other: &Peer) -> Result<PairKey, Error> {
        let link = self.link.as_ref().ok_or(meter_link::Misuse::OutOfOrder)?;
        Ok(link.pair_key(label, self.view.context(), PartyId::UTILITY, other, &[])?)
    }

    /// A meter of the roster.
    fn meter(&self, id: PartyId) -> Option<Peer> {
        self.registry.find(id).map(|meter| meter.entry.member.peer())
    }

    fn check_identity(&self, identity: &Identity) -> Result<(), Error> {
        let own = identity.public() == self.view.utility().identity;
        if own { Ok(()) } else { Err(meter_link::Misuse::WrongRole.into()) }
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
            let pair = self.pair_key(Label::Frame, &holder)?;
            members.push(Link { peer: token.sender(), key: generation.token_key(&token, &pair)? });
        }
        Ok(members)
    }

    /// Opens a round of the present generation. Each round is opened once, in ascending order: store
    /// [`Supplier::progress`] before Start leaves or a ciphertext is taken. A round that is open when the supplier stops
    /// is lost.
    ///
    /// # Errors
    /// [`Misuse::NoRing`]; [`meter_link::Misuse::RoundOutsideEpoch`],
    /// [`meter_link::Misuse::RoundFarFromNow`]; [`meter_link::Misuse::OutOfOrder`] for a round that is not
    /// after the last one, or is before the generation; [`Misuse::TermOver`].
    pub fn open(&mut self, now: Round, round: Round) -> Result<Collecting, Error> {
        let ring = self.ring.as_ref().ok_or(Misuse::NoRing)?;
        self.view.check_own_round(now, round)?;
        if self.last.is_some_and(|last| round <= last) || round < ring.from {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        if ring.until.is_some_and(|until| round >= until) {
            return Err(Misuse::TermOver.into());
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

    /// Gives a round up. Its ciphertexts are gone, and the Lost frame names the tokens whose had not come: their
    /// concentrator knows whom to do without, and in groups with terms meters and supplier take another generation before
    /// the present one's term is over. The record is to be stored before the frame can be had.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongRole`] if `identity` is not the supplier's: the round is lost all the same.
    pub fn discard(
        &mut self,
        identity: &Identity,
        collecting: Collecting,
    ) -> Result<Prepared<Vec<u8>, RoundRecord>, Error> {
        let (generation, round) = (collecting.generation(), collecting.round());
        let mut names: Vec<PartyId> = collecting.missing().collect();
        names.sort_unstable();
        self.lose(identity, generation, round, &names)
    }

    /// The same for a round of the present generation that is no more: its sum was impossible
    /// ([`Error::Inconsistent`]), or it was open when the supplier stopped. Nobody is named.
    ///
    /// # Errors
    /// [`Misuse::NoRing`]; [`meter_link::Misuse::OutOfOrder`] for a round that was not opened in this generation;
    /// [`meter_link::Misuse::WrongRole`] if `identity` is not the supplier's.
    pub fn lost(
        &mut self,
        identity: &Identity,
        round: Round,
    ) -> Result<Prepared<Vec<u8>, RoundRecord>, Error> {
        let ring = self.ring.as_ref().ok_or(Misuse::NoRing)?;
        if round < ring.from || self.last.is_none_or(|last| round > last) {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        self.lose(identity, ring.generation, round, &[])
    }

    fn lose(
        &mut self,
        identity: &Identity,
        generation: Generation,
        round: Round,
        names: &[PartyId],
    ) -> Result<Prepared<Vec<u8>, RoundRecord>, Error> {
        self.check_identity(identity)?;
        let frame = Lost::write(identity, &self.view, round, generation, names)?;
        self.lost |= self.generation() == Some(generation);
        Ok(Prepared::new(self.progress()?, frame))
    }
}

impl fmt::Debug for Supplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supplier").field("generation", &self.generation()).finish_non_exhaustive()
    }
}
