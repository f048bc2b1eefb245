//! What the supplier of a group with terms is sent: licence requests, claims, and GroupKeys and ciphertexts of rings made
//! by hand, whose δ are all zero. The supplier knows no difference.
#![allow(dead_code)] // each test file uses its part

use cmt_ring::generation::Purpose;
use cmt_ring::order::Order;
use cmt_ring::{Claim, Entry, Error, Generation, Licence, Mode, Params, Token};
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::key::Label;
use meter_link::{LinkSecret, PairKey, PartyId, Round, sealed};

use crate::ring::{World, params, round};

/// Rounds of a term on average.
pub(crate) const MEAN: u32 = 10;

/// A ring whose members are numbers.
pub(crate) struct Hand {
    pub(crate) generation: Generation,
    pub(crate) lead: PartyId,
    pub(crate) group_key: Vec<u8>,
    /// Ascending by token, as the supplier lists them: name, tag key, k₁.
    pub(crate) holders: Vec<(PartyId, PairKey, u64)>,
}

/// `count` meters of a group with terms and derived δ.
pub(crate) fn desk(count: usize, seed: u64) -> World {
    World::with(with_terms(), count, seed)
}

pub(crate) fn with_terms() -> Params {
    params(Mode::Derived, 1).with_terms(MEAN).unwrap()
}

pub(crate) fn all(world: &World) -> Vec<usize> {
    (0..world.members.len()).collect()
}

impl World {
    pub(crate) fn entry(&self, index: usize) -> Entry {
        Entry { position: index as u32, member: self.roster.meters()[index] }
    }

    pub(crate) fn id(&self, index: usize) -> PartyId {
        self.members[index].listed.peer.id
    }

    pub(crate) fn request(&self, index: usize, now: u32, number: u32) -> [u8; Licence::REQUEST_LEN] {
        let member = &self.members[index];
        Licence::request(&member.identity, &self.view, &member.listed, round(now), number).unwrap()
    }

    /// The supplier's answer to a frame.
    pub(crate) fn ask(&mut self, now: u32, request: &[u8]) -> Result<Vec<u8>, Error> {
        let prepared = self.supplier.licence(&self.identity, round(now), request)?;
        Ok(prepared.stored().to_vec())
    }

    /// Asks, and takes the answer as the meter.
    pub(crate) fn licensed(&mut self, index: usize, now: u32, number: u32) -> Result<Licence, Error> {
        let request = self.request(index, now, number);
        let frame = self.ask(now, &request)?;
        Licence::accept(&self.view, &self.members[index].listed, round(now), number, &frame)
    }

    pub(crate) fn license_all(&mut self, now: u32) {
        for index in all(self) {
            self.licensed(index, now, 1).unwrap();
        }
    }

    /// Who is drawn of these members (ascending).
    pub(crate) fn drawn(&self, generation: u32, members: &[usize]) -> usize {
        let order = Order::new(self.view.epoch(), Generation(generation), members.len() as u32);
        members[order.rank(0).unwrap() as usize]
    }

    /// The claim of the one who is drawn.
    pub(crate) fn claim(&self, generation: u32, from: u32, members: &[usize]) -> Vec<u8> {
        let entry = self.entry(self.drawn(generation, members));
        let identity = &self.members[entry.position as usize].identity;
        let marks: Vec<bool> = (0..self.members.len()).map(|i| members.contains(&i)).collect();
        let mut out = vec![0u8; Claim::max_len(self.members.len() as u32)];
        let (generation, from) = (Generation(generation), round(from));
        let signed =
            Claim::sign(&self.params, &self.view, identity, &entry, generation, from, &marks, &mut out);
        signed.unwrap().1.to_vec()
    }

    /// The GroupKey of a ring of so many members, and what they send with.
    pub(crate) fn hand(&mut self, generation: u32, from: u32, lead: usize, count: usize) -> Hand {
        let generation = Generation(generation);
        let utility = self.view.utility().peer();
        let mut holders: Vec<(Token, LinkSecret, u64)> = (0..count)
            .map(|n| (Token::draw(&mut self.rng), LinkSecret::generate(&mut self.rng), 1_000 + n as u64))
            .collect();
        holders.sort_by_key(|(token, ..)| *token.as_bytes());
        let sum = holders.iter().map(|(_, _, first)| first).sum::<u64>();
        let mut message = [&sum.to_le_bytes()[..], &(count as u32).to_le_bytes()].concat();
        for (token, link, _) in &holders {
            message.extend([&token.as_bytes()[..], &link.public().0].concat());
        }
        let sender = &self.members[lead];
        let me = sender.listed.peer.id;
        let pair = sender.link.pair_key(Label::Seal, self.view.context(), me, &utility, &[]).unwrap();
        let key = generation.key(Purpose::Seal, &pair).unwrap();
        let header = self.view.header(Kind::GroupKey, 0, me, round(from));
        let seal = sealed::seal(&key, &header, utility.id, &mut message).unwrap();
        let group_key = [&header.to_bytes()[..], &generation.0.to_le_bytes(), &message, &seal].concat();
        let holders = holders.into_iter().map(|(token, link, first)| {
            let name = token.sender();
            let pair = link.pair_key(Label::Frame, self.view.context(), name, &utility, &[]).unwrap();
            (name, generation.token_key(&token, &pair).unwrap(), first)
        });
        Hand { generation, lead: me, group_key, holders: holders.collect() }
    }

    /// A ring that was claimed and registered.
    pub(crate) fn begin(&mut self, generation: u32, from: u32, members: &[usize]) -> Hand {
        let claim = self.claim(generation, from, members);
        self.supplier.claimed(round(from), &claim).unwrap();
        let hand = self.hand(generation, from, self.drawn(generation, members), members.len());
        self.supplier.register(round(from), hand.lead, &hand.group_key).unwrap();
        hand
    }

    /// The ciphertext of a holder.
    pub(crate) fn sent(&self, hand: &Hand, holder: usize, r: u32, reading: i64) -> Vec<u8> {
        let (name, key, first) = &hand.holders[holder];
        let header = self.view.header(Kind::Contribution, Flags::TRANSMISSION, *name, round(r));
        let mut out = [0u8; 40];
        let mut writer = Writer::frame(&mut out, &header).unwrap();
        writer.u64(reading.cast_unsigned().wrapping_add(*first)).unwrap();
        writer.finish_tagged(&header, key).unwrap().to_vec()
    }

    /// A round in which the holders at these places are silent: the Lost frame, or nothing.
    pub(crate) fn hand_round(&mut self, hand: &Hand, r: u32, silent: &[usize]) -> Option<Vec<u8>> {
        let mut collecting = self.supplier.open(round(r), round(r)).unwrap();
        let mut truth = 0;
        for holder in (0..hand.holders.len()).filter(|n| !silent.contains(n)) {
            let reading = 10 * r as i64 + holder as i64;
            truth += reading;
            collecting.accept(&self.sent(hand, holder, r, reading)).unwrap();
        }
        if silent.is_empty() {
            assert_eq!(collecting.close().unwrap().values, [truth]);
            return None;
        }
        Some(self.supplier.discard(&self.identity, collecting).unwrap().stored())
    }

    /// The Healed frame that cuts one holder out, who was the meter at a position. Its group key is of no sum.
    pub(crate) fn healed(&self, hand: &Hand, g: u32, from: u32, holder: usize, position: u32) -> Vec<u8> {
        let sender = &self.members[self.index(hand.lead)];
        let utility = self.view.utility().peer();
        let pair = sender.link.pair_key(Label::Seal, self.view.context(), hand.lead, &utility, &[]).unwrap();
        let heal_key = hand.generation.key(Purpose::Heal, &pair).unwrap();
        let key = Generation(g).healed_seal_key(&heal_key).unwrap();
        let header = self.view.header(Kind::Healed, 0, hand.lead, round(from));
        let mut message = vec![0; 8];
        [1, hand.holders[holder].0.0, 1, position].iter().for_each(|n| message.extend(n.to_le_bytes()));
        let seal = sealed::seal(&key, &header, utility.id, &mut message).unwrap();
        [&header.to_bytes()[..], &g.to_le_bytes(), &message, &seal].concat()
    }

    /// First round after the term of a generation that begins with `from`.
    pub(crate) fn until(&self, generation: u32, from: u32) -> u32 {
        from + Generation(generation).term(self.view.epoch(), MEAN)
    }
}

/// Round 0 … of the world's epoch.
pub(crate) fn rounds() -> impl Iterator<Item = Round> {
    (0..1000).map(round)
}
