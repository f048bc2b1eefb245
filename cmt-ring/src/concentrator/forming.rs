//! A generation in the making.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::{Header, Kind, Tag, Writer};
use meter_link::key::{Label, LinkSecret, PairKey};
use meter_link::pad::Stream;
use meter_link::{EpochView, Fault as LinkFault, LinkPublic, PartyId, Prepared, Round, set};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::book::{Book, Named};
use crate::error::{Error, Fault, Misuse};
use crate::generation::{self, Generation, GenerationRecord, Purpose};
use crate::key::Words;
use crate::message::{self, LINK, Sealed, TOKEN_LEN, WORD};
use crate::meter::{Meter, Share};
use crate::neighbours::Neighbours;
use crate::order::{Listed, Order};
use crate::params::Params;
use crate::seat::{Lead, Members, Seat};
use crate::token::{Token, link_gives_key};

/// Issues tokens and gathers first keys. A generation that misses a first key at the caller's deadline is
/// dropped; the next one leaves that member out.
pub struct Forming<const C: usize = 1> {
    params: Params,
    view: EpochView,
    me: PartyId,
    generation: Generation,
    from: Round,
    set: Vec<bool>,
    group_key: Words<C>,
    supplier_seal: PairKey,
    supplier_heal: PairKey,
    /// Ascending by id; not the concentrator itself.
    members: Vec<Member>,
    own: (Token, LinkPublic),
    seat: Seat<C>,
}

struct Member {
    listed: Listed,
    token: Token,
    token_frame: [u8; TOKEN_LEN],
    seal_key: PairKey,
    tag_key: PairKey,
    heal_key: PairKey,
    answer: Option<Answer>,
}

/// What is kept of a FirstKey frame; k_1 goes into K at once.
struct Answer {
    seal: [u8; Tag::LEN],
    token_link: LinkPublic,
}

/// A formed ring's frames, to be sent.
pub struct Formed {
    /// To the supplier.
    pub group_key: Vec<u8>,
    /// To each member but the concentrator.
    pub seats: Vec<(PartyId, Vec<u8>)>,
    /// Stays with the concentrator: who the members are, and what heals the ring.
    pub book: Book,
}

impl<const C: usize> Forming<C> {
    /// Begins a generation from round `from` on with these members, who include the concentrator `meter`. Its
    /// tokens can be had once the record is stored.
    ///
    /// # Errors
    /// [`Misuse::GenerationUsed`]; [`Misuse::RingTooSmall`]; [`meter_link::Misuse::UnknownParty`] unless the
    /// members ascend by position within the roster and include the meter;
    /// [`meter_link::Misuse::WrongRole`] if the draw makes another member concentrator (see
    /// [`Order`]), or `link` is not the meter's; [`meter_link::Misuse::RoundOutsideEpoch`],
    /// [`meter_link::Misuse::RoundFarFromNow`]; in groups with terms [`Misuse::NoClaim`] unless the meter follows its own
    /// claim to this generation, with these members ([`Meter::claim`]); [`Fault`] blaming a member for its key.
    #[allow(clippy::too_many_arguments)] // a step takes what it needs, and nothing of it belongs together
    pub fn open<R: CryptoRng + ?Sized>(
        meter: &mut Meter<C>,
        link: &LinkSecret,
        now: Round,
        from: Round,
        generation: Generation,
        members: &[Listed],
        rng: &mut R,
    ) -> Result<Prepared<Self, GenerationRecord>, Error> {
        meter.check_link(link)?;
        let (view, params, me) = (meter.view, meter.params, meter.me);
        view.check_own_round(now, from)?;
        if !meter.latest.admits(&view, generation, from) {
            return Err(Misuse::GenerationUsed.into());
        }
        let around = around(&params, &view, generation, members, &me)?;
        let positions = members.iter().map(|member| member.position);
        let count = u32::try_from(members.len()).map_err(|_| meter_link::Misuse::BadParameter)?;
        let digest = generation::set_digest(view.epoch(), count, positions);
        let until = meter.check_own_claim(generation, from, &digest)?;
        let mut set = alloc::vec![false; view.meters() as usize];
        for member in members {
            *set.get_mut(member.position as usize).ok_or(meter_link::Misuse::UnknownParty)? = true;
        }
        let mut names: BTreeSet<PartyId> = members.iter().map(|member| member.peer.id).collect();
        let mut token = || loop {
            let token = Token::draw(rng);
            if names.insert(token.sender()) {
                break token;
            }
        };
        let own_token = token();
        // Room for all at once: a vector that grows leaves keys in freed memory.
        let mut joining = Vec::with_capacity(members.len());
        for other in members.iter().filter(|other| other.position != me.position) {
            let pair = link.pair_key(Label::Seal, view.context(), me.peer.id, &other.peer, &[])?;
            let header = view.header(Kind::Token, 0, me.peer.id, from);
            joining.push(Member::new(generation, &pair, &header, other, token())?);
        }
        let utility = view.utility().peer();
        let supplier = link.pair_key(Label::Seal, view.context(), me.peer.id, &utility, &[])?;
        let supplier_seal = generation.key(Purpose::Seal, &supplier)?;
        let supplier_heal = generation.key(Purpose::Heal, &supplier)?;
        let lead = Lead { supplier: generation.key(Purpose::Tag, &supplier)?, circling: None };
        let mut own = Share::draw(&params, &view, generation, &own_token, rng)?;
        for Member { seal_key, .. } in &joining {
            own.first.hedge(seal_key, from, Stream::Share, view.channels());
        }
        let mut group_key = Words::zero(params.modulus());
        group_key.add(own.first.iter());
        let own_link = own.token_link;
        let links = meter.ring_links(link, generation, &digest, &around)?;
        let members = Members { count, digest };
        let seat = Seat { until, lead: Some(lead), ..Seat::new(generation, from, members, own, links, None) };
        let record = generation::encode(&view, generation)?;

        meter.latest.take(generation);
        let forming = Forming {
            params,
            view,
            me: me.peer.id,
            generation,
            from,
            set,
            group_key,
            supplier_seal,
            supplier_heal,
            members: joining,
            own: (own_token, own_link),
            seat,
        };
        Ok(Prepared::new(record, forming))
    }

    /// The Token frame for each member.
    pub fn tokens(&self) -> impl Iterator<Item = (PartyId, &[u8])> {
        self.members.iter().map(|member| (member.id(), member.token_frame.as_slice()))
    }

    /// Members whose first key has not come.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        self.members.iter().filter(|member| member.answer.is_none()).map(Member::id)
    }

    /// Takes a FirstKey frame; the same frame again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: no member, another generation, a wrong
    /// seal, a second and different frame, a link key of which the supplier could make none. Nothing has
    /// changed then.
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        let (generation, frame) = Sealed::of_generation(frame, &self.view.expect(Kind::FirstKey, 0))?;
        let sender = frame.header().sender;
        let unknown = LinkFault::UnknownSender.of(sender);
        let place = self.members.binary_search_by_key(&sender, Member::id).map_err(|_| unknown)?;
        let member = self.members.get_mut(place).ok_or(unknown)?;
        if generation != self.generation || frame.header().round != self.from {
            return Err(Fault::WrongGeneration.of(sender));
        }
        let words = self.params.channels().wrapping_mul(WORD);
        let mut message = Zeroizing::new(alloc::vec![0u8; words.wrapping_add(LINK)]);
        frame.open(&member.seal_key, self.me, &mut message)?;
        if let Some(earlier) = &member.answer {
            let same = earlier.seal == *frame.seal();
            return if same { Ok(sender) } else { Err(LinkFault::Contradiction.of(sender).into()) };
        }
        let (first, link) = message.split_last_chunk::<LINK>().ok_or(crate::Malformed::Truncated)?;
        let token_link = LinkPublic(*link);
        if !link_gives_key(&self.view, &token_link) {
            return Err(Fault::BadTokenLink.of(sender));
        }
        let modulus = self.params.modulus();
        let words = || first.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
        words().try_for_each(|word| modulus.residue(word).map(|_| ()))?;
        self.group_key.add(words());
        member.answer = Some(Answer { seal: *frame.seal(), token_link });
        Ok(sender)
    }

    /// Ends the joining interval. `meter`, the one that opened, takes its place as concentrator; the frames
    /// are to be sent.
    ///
    /// ```compile_fail
    /// # use cmt_ring::{Forming, Meter};
    /// fn twice(forming: Forming, meter: &mut Meter) {
    ///     let _ = forming.close(meter);
    ///     let _ = forming.close(meter);
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Quorum`] while first keys are missing: the generation is lost, the next leaves the missing
    /// out. [`meter_link::Misuse::WrongRole`] for another meter; [`Misuse::GenerationUsed`] if the meter has gone on to a later
    /// one since; [`Misuse::NoClaim`] if it has given its claim up.
    pub fn close(self, meter: &mut Meter<C>) -> Result<Formed, Error> {
        if meter.id() != self.me {
            return Err(meter_link::Misuse::WrongRole.into());
        }
        if meter.latest.0 != self.generation {
            return Err(Misuse::GenerationUsed.into());
        }
        if self.seat.until.is_some() && !meter.leads(self.generation) {
            return Err(Misuse::NoClaim.into());
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
        let need = count(self.members.len());
        let have = need.saturating_sub(count(self.missing().count()).saturating_sub(1));
        if have < need {
            return Err(Error::Quorum { have, need });
        }
        let group_key = self.group_key_frame(need)?;
        let seats = self.members.iter().map(|member| Ok((member.id(), self.seat_frame(&member.tag_key)?)));
        let seats = seats.collect::<Result<Vec<_>, Error>>()?;
        // Copied, not moved: what is left behind is wiped with the list.
        let copy = |key: &PairKey| PairKey::from_bytes(&key.to_bytes());
        let named = self.members.iter().map(|member| Named {
            listed: member.listed,
            name: member.token.sender(),
            tag_key: copy(&member.tag_key),
            heal_key: copy(&member.heal_key),
        });
        let (own, mode, generation) = (self.own.0.sender(), self.params.mode(), self.generation);
        let order = Order::new(self.view.epoch(), generation, need);
        let named = named.collect();
        let book = Book::new(generation, mode, order, (own, self.supplier_heal), self.set, named)?;
        meter.joining = None;
        meter.begin_term();
        meter.seat = Some(self.seat);
        Ok(Formed { group_key, seats, book })
    }

    /// K, n and all tokens, in an order that says nothing about the ring.
    fn group_key_frame(&self, count: u32) -> Result<Vec<u8>, Error> {
        let answered = self.members.iter().filter_map(|m| Some((&m.token, m.answer.as_ref()?.token_link)));
        let mut entries: Vec<_> = answered.chain([(&self.own.0, self.own.1)]).collect();
        entries.sort_unstable_by_key(|(token, _)| *token.as_bytes());
        let words = self.group_key.to_bytes();
        let used = self.params.channels().wrapping_mul(WORD);
        let n = count.to_le_bytes();
        let mut parts: Vec<&[u8]> = alloc::vec![words.as_flattened().get(..used).unwrap_or_default(), &n];
        for (token, link) in &entries {
            parts.push(token.as_bytes());
            parts.push(&link.0);
        }
        let mut out = alloc::vec![0u8; self.params.group_key_len(entries.len())];
        let header = self.view.header(Kind::GroupKey, 0, self.me, self.from);
        let clear = self.generation.0.to_le_bytes();
        message::seal(&mut out, &header, &clear, PartyId::UTILITY, &self.supplier_seal, &parts)?;
        Ok(out)
    }

    /// Who the members are: every one draws the order from that.
    fn seat_frame(&self, key: &PairKey) -> Result<Vec<u8>, Error> {
        let most = message::START_LEN.wrapping_add(set::max_len(self.view.meters()));
        let mut out = alloc::vec![0u8; most];
        let header = self.view.header(Kind::Seat, 0, self.me, self.from);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(self.generation.0)?;
        set::write(&mut writer, &self.set)?;
        let len = writer.finish_tagged(&header, key)?.len();
        out.truncate(len);
        Ok(out)
    }
}

impl Member {
    fn new(
        generation: Generation,
        pair: &PairKey,
        header: &Header,
        listed: &Listed,
        token: Token,
    ) -> Result<Self, Error> {
        let seal_key = generation.key(Purpose::Seal, pair)?;
        let tag_key = generation.key(Purpose::Tag, pair)?;
        let heal_key = generation.key(Purpose::Heal, pair)?;
        let mut token_frame = [0u8; TOKEN_LEN];
        let clear = generation.0.to_le_bytes();
        message::seal(&mut token_frame, header, &clear, listed.peer.id, &seal_key, &[token.as_bytes()])?;
        Ok(Member { listed: *listed, token, token_frame, seal_key, tag_key, heal_key, answer: None })
    }

    fn id(&self) -> PartyId {
        self.listed.peer.id
    }
}

/// The ring neighbours of the concentrator, after all checks of the list of members.
fn around(
    params: &Params,
    view: &EpochView,
    generation: Generation,
    members: &[Listed],
    me: &Listed,
) -> Result<Neighbours<Listed>, Error> {
    let ascending = members.is_sorted_by(|a, b| a.position < b.position && a.peer.id < b.peer.id);
    let inside = members.last().is_some_and(|last| last.position < view.meters());
    let rank = members.iter().position(|member| member == me);
    let (Some(rank), true, true) = (rank, ascending, inside) else {
        return Err(meter_link::Misuse::UnknownParty.into());
    };
    let wide = |n: usize| u32::try_from(n).map_err(|_| meter_link::Misuse::BadParameter);
    let (rank, count) = (wide(rank)?, wide(members.len())?);
    if count < params.min_ring() {
        return Err(Misuse::RingTooSmall.into());
    }
    let order = Order::new(view.epoch(), generation, count);
    if order.rank(0)? != rank {
        return Err(meter_link::Misuse::WrongRole.into());
    }
    let at = |rank: u32| members.get(rank as usize).copied().ok_or(meter_link::Misuse::UnknownParty);
    Ok(order.neighbours(rank, params.second_ring())?.try_map(at)?)
}

impl<const C: usize> fmt::Debug for Forming<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forming").field("generation", &self.generation).finish_non_exhaustive()
    }
}

impl fmt::Debug for Formed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Formed").field("members", &self.seats.len().saturating_add(1)).finish_non_exhaustive()
    }
}
