//! Somebody who has all keys: frames of any kind and content, in anybody's name, with the trailer that belongs there.

use cmt_ring::Generation;
use cmt_ring::generation::Purpose;
use meter_link::frame::{Flags, Writer};
use meter_link::{Header, Kind, Label, PairKey, PartyId, Round};

use super::super::input::Input;
use super::super::sealing::finish;
use super::super::world::METERS;
use super::{Game, Post, Ring, SUPPLIER};

const KINDS: [Kind; 16] = [
    Kind::Token,
    Kind::FirstKey,
    Kind::Seat,
    Kind::GroupKey,
    Kind::Start,
    Kind::Delta,
    Kind::Contribution,
    Kind::LicenceRequest,
    Kind::Licence,
    Kind::Hello,
    Kind::Claim,
    Kind::Lost,
    Kind::HandOver,
    Kind::Heal,
    Kind::Healed,
    Kind::SetEcho,
];

impl Game<'_> {
    /// `kind ‖ sender ‖ receiver ‖ round ‖ generation ‖ form ‖ members u16 ‖ up to 40 bytes`.
    pub fn forge(&mut self, input: &mut Input<'_>) {
        let kind = KINDS[input.index(KINDS.len())];
        let [sender, to] = [input.index(METERS + 1), input.index(METERS + 1)];
        let (ahead, number, form) = (input.u8(), input.u8(), input.u8());
        let marks = input.marks(METERS);
        let round = Round::from((self.now + u32::from(ahead % 8)).saturating_sub(3));
        let id = |index: usize| if index == SUPPLIER { PartyId::UTILITY } else { self.world.id(index) };
        let generation = Generation((self.generation + 2).saturating_sub(u32::from(number % 5)));
        let flags = if kind == Kind::Contribution { Flags::TRANSMISSION } else { 0 };
        let header = self.world.view.header(kind, flags, id(sender), round);
        let mut frame = header.to_bytes().to_vec();
        if form & 1 == 0 {
            frame.extend(generation.0.to_le_bytes());
        }
        if form & 2 == 2 {
            let mut place = [0; 64];
            let mut writer = Writer::new(&mut place);
            meter_link::set::write(&mut writer, &marks).unwrap();
            frame.extend(writer.written());
        }
        frame.extend(input.upto(usize::from(form >> 2) % 41));
        let signed = matches!(
            kind,
            Kind::LicenceRequest | Kind::Licence | Kind::Hello | Kind::Claim | Kind::Lost | Kind::SetEcho
        );
        frame.resize(frame.len() + if signed { 64 } else { 16 }, 0);
        let link = self.link_for(id(to), &header);
        finish(self.world, &mut frame, id(to), link.as_ref());
        self.lied_to |= self.deliver(&Post { to, frame });
        self.seen.believed += u32::from(self.lied_to);
    }

    /// The key of a frame that hangs on the ring.
    pub fn link_for(&self, receiver: PartyId, header: &Header) -> Option<PairKey> {
        let member = if receiver == PartyId::UTILITY { header.sender } else { receiver };
        let generation = self.devices[self.world.index(member)?].meter.generation()?;
        self.link_in(generation, receiver, header)
    }

    /// The same in another generation than the present one.
    pub fn link_in(&self, generation: Generation, receiver: PartyId, header: &Header) -> Option<PairKey> {
        let world = self.world;
        let Ring { order, from, root } = self.rings.get(&generation.0)?;
        let pair = || world.pair(Label::Seal, header.sender, receiver);
        match header.kind {
            Kind::Heal | Kind::Start => Generation(*root).key(Purpose::Tag, &pair()?).ok(),
            Kind::Healed => {
                let heal = Generation(*root).key(Purpose::Heal, &pair()?).ok()?;
                generation.healed_seal_key(&heal).ok()
            }
            Kind::Delta => {
                let first = self.rings.get(root)?;
                let ends = [header.sender, receiver];
                let (round, formed) = (header.round.to_u32(), Generation(*root));
                if root == &generation.0 {
                    return world.ring_link(ends, formed, &first.order, [*from, round]);
                }
                let link = world.ring_link(ends, formed, &first.order, [first.from, round])?;
                generation.healed_link(&world.digest(order), &link).ok()
            }
            _ => None,
        }
    }
}
