//! The meter: takes a place in each generation of its ring, then sends one ciphertext a round.

mod follow;
mod healed;
mod round;
mod state;

use core::fmt;

use meter_link::frame::{Kind, TaggedFrame};
use meter_link::key::{Label, LinkSecret, PairKey};
use meter_link::pad::Stream;
use meter_link::set::SetView;
use meter_link::{Channels, EpochView, Fault as LinkFault, Link, PartyId, Prepared, Round};
use rand_core::CryptoRng;

use crate::error::{Error, Fault, Misuse};
use crate::generation::{self, Generation, GenerationRecord, Latest, Purpose};
use crate::key::Words;
use crate::message::{self, Sealed};
use crate::neighbours::Neighbours;
use crate::order::{Listed, Order};
use crate::params::Params;
use crate::seat::{self, Follows, Members, Seat};
use crate::token::Token;

pub(crate) use follow::Standing;
pub use round::Sent;

/// A meter of one epoch, without a heap. `C` is how many channels it has room for.
///
/// ```text
/// join(Token)  →  FirstKey        neighbours(Seat), seat(Seat)        relay(δ) or contribute()  →  ciphertext
/// ```
///
/// # Security
/// Ring neighbours change with the generation, so each one needs the epoch's link secret again. The meter
/// does not keep it: the caller lends it to [`Meter::join`] and [`Meter::seat`], and drops it when no further
/// generation of the epoch is to be joined. Who takes the device while the secret exists can open what this
/// meter was sent and sent to other meters since the epoch began, and with it read its own past ciphertexts.
pub struct Meter<const C: usize = 1> {
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) me: Listed,
    pub(crate) channels: Channels,
    pub(crate) latest: Latest,
    pub(crate) standing: Standing,
    pub(crate) joining: Option<Joining<C>>,
    pub(crate) seat: Option<Seat<C>>,
}

/// Between the token and the ring.
pub(crate) struct Joining<const C: usize> {
    pub(crate) generation: Generation,
    from: Round,
    concentrator: Listed,
    /// Whether all members have signed the set, where they must.
    pub(crate) agreed: bool,
    follows: Follows,
    own: Share<C>,
}

/// What a member has of its own in a generation, and the public link key of its token.
pub(crate) struct Share<const C: usize> {
    pub(crate) sender: PartyId,
    pub(crate) token_key: PairKey,
    pub(crate) first: Words<C>,
    pub(crate) token_link: meter_link::LinkPublic,
}

impl<const C: usize> Share<C> {
    /// Draws the first key, and makes the token's key with the supplier.
    pub(crate) fn draw<R: CryptoRng + ?Sized>(
        params: &Params,
        view: &EpochView,
        generation: Generation,
        token: &Token,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let link = LinkSecret::generate(rng);
        let sender = token.sender();
        let pair = link.pair_key(Label::Frame, view.context(), sender, &view.utility().peer(), &[])?;
        let token_key = generation.token_key(token, &pair)?;
        let first = Words::draw(params.modulus(), view.channels(), rng);
        Ok(Share { sender, token_key, first, token_link: link.public() })
    }
}

impl<const C: usize> Meter<C> {
    /// A meter in no ring yet. `me` is its own entry of the roster; `channels` says which of the device's
    /// channels this session reads.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongSession`] for an epoch of other parameters;
    /// [`meter_link::Misuse::WrongChannels`] if `channels` has another count than the parameters, or more
    /// than `C`; [`meter_link::Misuse::UnknownParty`] for a position beyond the roster.
    pub fn new(params: &Params, view: &EpochView, me: &Listed, channels: Channels) -> Result<Self, Error> {
        params.check(view)?;
        if channels.count != params.group().channels || params.channels() > C {
            return Err(meter_link::Misuse::WrongChannels.into());
        }
        if me.position >= view.meters() || me.peer.id == PartyId::UTILITY {
            return Err(meter_link::Misuse::UnknownParty.into());
        }
        Ok(Meter {
            params: *params,
            view: *view,
            me: *me,
            channels,
            latest: Latest::none(params),
            standing: Standing::NEW,
            joining: None,
            seat: None,
        })
    }

    /// Who this meter is.
    pub fn id(&self) -> PartyId {
        self.me.peer.id
    }

    /// The generation that this meter has a place in.
    pub fn generation(&self) -> Option<Generation> {
        self.seat.as_ref().map(|seat| seat.generation)
    }

    /// Whether this meter is its ring's concentrator.
    pub fn is_concentrator(&self) -> bool {
        self.seat.as_ref().is_some_and(|seat| seat.lead.is_some())
    }

    /// Takes a stored [`GenerationRecord`] or [`ClaimRecord`](crate::ClaimRecord) into account after a reboot, in any
    /// order, and after [`Meter::from_bytes`] if there is a state. Without one the meter is in no ring until the next
    /// generation. What an older state had begun is dropped where a record tells of a later generation.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`](crate::Malformed::BadRecord).
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        if record.first() == Some(&generation::CLAIMED) {
            let claimed = generation::decode(&self.view, generation::CLAIMED, record)?;
            self.standing.claimed = self.standing.claimed.max(claimed.unwrap_or(Generation(0)));
            return Ok(());
        }
        let known = self.latest.0;
        self.latest.replay(&self.view, record)?;
        if self.latest.0 > known {
            self.outdated();
        }
        Ok(())
    }

    /// Takes a concentrator's Token frame, draws the first key of the generation, and writes the FirstKey
    /// frame for it to `out` ([`Params::first_key_len`]). The record is to be stored before the frame can be
    /// had: a generation that is joined twice would use a nonce twice.
    ///
    /// The place in the present generation, if any, stays until [`Meter::seat`].
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: not `concentrator`, a wrong seal, a round
    /// far from now or outside the epoch, a generation that is not new or too far ahead
    /// ([`Generation::WINDOW`]), a token of the supplier's name; in groups with terms also a generation, first round or
    /// concentrator that is not the followed claim's ([`Meter::follow`]);
    /// [`meter_link::Misuse::WrongRole`] if `link` is not this meter's; [`meter_link::Misuse::WrongLength`].
    pub fn join<'o, R: CryptoRng + ?Sized>(
        &mut self,
        link: &LinkSecret,
        now: Round,
        concentrator: &Listed,
        frame: &[u8],
        out: &'o mut [u8],
        rng: &mut R,
    ) -> Result<Prepared<&'o [u8], GenerationRecord>, Error> {
        self.check_link(link)?;
        let out = out.get_mut(..self.params.first_key_len()).ok_or(meter_link::Misuse::WrongLength)?;
        let (generation, frame) = Sealed::of_generation(frame, &self.view.expect(Kind::Token, 0))?;
        let (sender, from) = (frame.header().sender, frame.header().round);
        if sender != concentrator.peer.id {
            return Err(LinkFault::UnknownSender.of(sender).into());
        }
        let me = self.id();
        let pair = link.pair_key(Label::Seal, self.view.context(), me, &concentrator.peer, &[])?;
        let seal_key = generation.key(Purpose::Seal, &pair)?;
        let mut token = [0u8; Token::LEN];
        frame.open(&seal_key, me, &mut token)?;
        self.view.check_received_round(now, frame.header())?;
        if !self.latest.admits(&self.view, generation, from) {
            return Err(Fault::WrongGeneration.of(sender));
        }
        self.check_followed(concentrator, generation, from)?;
        let token = Token::from_bytes(token);
        if token.sender() == PartyId::UTILITY {
            return Err(Fault::BadToken.of(sender));
        }
        let mut own = Share::draw(&self.params, &self.view, generation, &token, rng)?;
        own.first.hedge(&seal_key, from, Stream::Mask, self.view.channels());
        let record = generation::encode(&self.view, generation)?;
        let [tag_key, heal_key] =
            [generation.key(Purpose::Tag, &pair)?, generation.key(Purpose::Heal, &pair)?];

        // From here on the generation is spent, whatever happens.
        self.latest.take(generation);
        let header = self.view.header(Kind::FirstKey, 0, me, from);
        let first = own.first.to_bytes();
        let first = first.as_flattened().get(..seat::used::<C>(&self.view)).unwrap_or_default();
        let parts = [first, &own.token_link.0];
        let answer = message::seal(out, &header, &generation.0.to_le_bytes(), sender, &seal_key, &parts)?;
        let follows = Follows { id: sender, tag_key, heal_key };
        self.joining =
            Some(Joining { generation, from, concentrator: *concentrator, agreed: false, follows, own });
        Ok(Prepared::new(record, answer))
    }

    /// Reads in the concentrator's Seat frame who the neighbours are: the set of members comes from the
    /// concentrator, the order from the draw. [`Meter::seat`] wants their roster entries.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: not the concentrator or generation that
    /// this meter is joining, a wrong tag, a set that is too small or without this meter, a concentrator that
    /// the draw does not make one; in groups with terms also [`Fault::WrongMembers`] for another set than was claimed.
    pub fn neighbours(&self, frame: &[u8]) -> Result<Neighbours, Error> {
        Ok(self.read_seat(frame)?.0)
    }

    /// The neighbours, and what is to be known of the set.
    fn read_seat(&self, frame: &[u8]) -> Result<(Neighbours, Members), Error> {
        let frame = TaggedFrame::parse(frame, &self.view.expect(Kind::Seat, 0))?;
        let sender = frame.header().sender;
        let joining = self.joining.as_ref().ok_or(Fault::WrongGeneration.of(sender))?;
        if sender != joining.concentrator.peer.id {
            return Err(LinkFault::UnknownSender.of(sender).into());
        }
        let mut payload = frame.verify(&joining.follows.tag_key)?;
        if Generation(payload.u32()?) != joining.generation || frame.header().round != joining.from {
            return Err(Fault::WrongGeneration.of(sender));
        }
        let set = SetView::read(&mut payload, self.view.meters())?;
        payload.end()?;
        if set.count() < self.params.min_ring() {
            return Err(LinkFault::SetTooSmall.of(sender).into());
        }
        if !set.contains(self.me.position) {
            return Err(LinkFault::NotInSet.of(sender).into());
        }
        let order = Order::new(self.view.epoch(), joining.generation, set.count());
        let outside = LinkFault::NotInSet.of(sender);
        let at = |rank: u32| set.positions().nth(rank as usize).ok_or(outside);
        if at(order.rank(0)?)? != joining.concentrator.position {
            return Err(Fault::NotConcentrator.of(sender));
        }
        let rank = set.positions().take_while(|position| *position < self.me.position).count();
        let rank = u32::try_from(rank).map_err(|_| meter_link::Misuse::BadParameter)?;
        let around = order.neighbours(rank, self.params.second_ring())?;
        let digest = generation::set_digest(self.view.epoch(), set.count(), set.positions());
        self.check_claimed(sender, &digest)?;
        Ok((around.try_map(at)?, Members { count: set.count(), digest }))
    }

    /// Takes the place that the Seat frame gives, among the neighbours that it names. The place in an
    /// earlier generation is gone from here on.
    ///
    /// # Errors
    /// As [`Meter::neighbours`]; [`meter_link::Misuse::UnknownParty`] for other entries than it named;
    /// [`meter_link::Misuse::WrongRole`] if `link` is not this meter's; [`Fault`] blaming a neighbour for its
    /// key.
    pub fn seat(
        &mut self,
        link: &LinkSecret,
        frame: &[u8],
        around: &Neighbours<Listed>,
    ) -> Result<(), Error> {
        self.check_link(link)?;
        let (expected, members) = self.read_seat(frame)?;
        if around.map(|entry| entry.position) != expected {
            return Err(meter_link::Misuse::UnknownParty.into());
        }
        if self.params.agreement() && !self.joining.as_ref().is_some_and(|joining| joining.agreed) {
            return Err(Misuse::NotAgreed.into());
        }
        // `read_seat` has seen that there is one.
        let generation = self.joining.as_ref().map_or(Generation(0), |joining| joining.generation);
        let links = self.ring_links(link, generation, &members.digest, around)?;
        if let Some(Joining { from, own, follows, .. }) = self.joining.take() {
            let until = self.begin_term();
            self.seat =
                Some(Seat { until, ..Seat::new(generation, from, members, own, links, Some(follows)) });
        }
        Ok(())
    }

    /// The links to the ring neighbours in a generation of the members with this digest.
    pub(crate) fn ring_links(
        &self,
        link: &LinkSecret,
        generation: Generation,
        set: &[u8; 32],
        around: &Neighbours<Listed>,
    ) -> Result<Neighbours<Link>, Error> {
        let pair =
            |other: &Listed| link.pair_key(Label::Cmt, self.view.context(), self.id(), &other.peer, &[]);
        let first = |other: &Listed| {
            let key = generation.ring_link(set, &pair(other)?)?;
            Ok::<_, Error>(Link { peer: other.peer.id, key })
        };
        let second = |other: &Listed| {
            let key = generation.second_ring_link(set, &pair(other)?)?;
            Ok::<_, Error>(Link { peer: other.peer.id, key })
        };
        let across = match &around.second {
            Some((before, after)) => Some((second(before)?, second(after)?)),
            None => None,
        };
        let (predecessor, successor) = (first(&around.predecessor)?, first(&around.successor)?);
        Ok(Neighbours { predecessor, successor, second: across })
    }

    pub(crate) fn check_link(&self, link: &LinkSecret) -> Result<(), Error> {
        let own = link.public() == self.me.peer.link;
        if own { Ok(()) } else { Err(meter_link::Misuse::WrongRole.into()) }
    }

    pub(crate) fn seated(&self) -> Result<&Seat<C>, Error> {
        self.seat.as_ref().ok_or(Misuse::NotSeated.into())
    }
}

impl<const C: usize> fmt::Debug for Meter<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Meter");
        out.field("id", &self.id()).field("generation", &self.generation()).finish_non_exhaustive()
    }
}
