//! The utility's key in other hands, the last meter's, and the last answerer's: everything is validly signed.

use meter_link::answer::Stated;
use meter_link::round::{CloseFields, OpenFields, frame_hash};
use meter_link::{Header, Identity, Kind, PartyId, Round};

use super::super::input::Input;
use super::super::world::METERS;
use super::{Game, Shut, from_end};

impl Game {
    fn near(&self, choice: u8) -> Round {
        Round::from((self.now + u32::from(choice % 8)).saturating_sub(3))
    }

    pub fn forge_open(&mut self, input: &mut Input<'_>) {
        let (round, choice) = (self.near(input.u8()), input.u8());
        let previous = from_end(&self.closes, choice >> 2).filter(|_| choice & 1 == 1);
        let previous =
            previous.map(|shut| (Header::parse(&shut.frame).unwrap().round, frame_hash(&shut.frame)));
        let present = input.marks(METERS);
        let mut out = vec![0; OpenFields::max_len(METERS as u32)];
        let fields = OpenFields { round, previous, present: &present };
        let identity = self.world.keyring.signer(PartyId::UTILITY);
        let Ok(frame) = fields.sign(&self.world.view, identity, &mut out) else { return };
        let frame = frame.to_vec();
        self.opens.push(frame.clone());
        self.told(input.u8()).for_each(|number| self.follow(number, &frame));
    }

    /// A Close over any set, with what its meters have sent in the round: the last of them one thing or another.
    pub fn forge_close(&mut self, input: &mut Input<'_>) {
        let Some(open) = from_end(&self.opens, input.u8()) else { return };
        let (mask, flags, away, set) = (input.u8(), input.u8(), input.u8(), input.marks(METERS));
        let round = match flags & 8 {
            0 => Header::parse(&open).unwrap().round,
            _ => self.near(flags),
        };
        let is_final = flags & 1 == 0;
        let quorum = is_final.then(|| self.quorum(mask));
        let pass = 1 + (flags >> 1 & 1);
        let fields = CloseFields { round, pass, previous: frame_hash(&open), quorum, is_final, set: &set };
        let mut out = vec![0; CloseFields::max_len(METERS as u32, self.world.params.answerers())];
        let identity = self.world.keyring.signer(PartyId::UTILITY);
        let Ok(frame) = fields.sign(&self.world.view, identity, &mut out) else { return };
        let frame = frame.to_vec();
        let other = |meter: usize| meter + 1 == METERS && flags & 4 != 0;
        let members = (0..METERS).filter(|meter| set[*meter]);
        let list: Option<Vec<Vec<u8>>> =
            members.map(|meter| self.world.sent(meter, round.to_u32(), other(meter))).collect();
        let mut list = list.unwrap_or_default();
        if let Some(forged) = from_end(&self.forged, flags >> 5).filter(|_| flags & 16 != 0) {
            list.pop();
            list.push(forged);
        }
        let shut = Shut { frame, list };
        self.closes.push(shut.clone());
        for number in self.told(away) {
            self.shut(number, &shut);
        }
    }

    /// The last answerer states whatever is wanted of it.
    pub fn forge_statement(&mut self, input: &mut Input<'_>) {
        let choice = input.u8();
        let (mut round, mut digest) = (self.near(input.u8()), [choice; 32]);
        let mut kind = if choice & 2 == 0 { Kind::SetStatement } else { Kind::ListStatement };
        if let Some(like) = from_end(&self.statements, choice >> 2).filter(|_| choice & 1 == 0) {
            let header = Header::parse(&like).unwrap();
            (round, kind) = (header.round, header.kind);
            digest = like[Header::LEN..Header::LEN + 32].try_into().unwrap();
        }
        let id = self.world.answerer_id(self.world.params.answerers());
        let stated = Stated { kind, round, digest };
        if let Ok(frame) = stated.sign(&self.world.view, self.world.keyring.signer(id), id) {
            let _ = self.utility.accept_list_statement(&frame);
            self.statements.push(frame);
        }
    }

    /// The last answerer gives something else, for the honest utility to take.
    pub fn lie(&mut self, input: &mut Input<'_>) {
        let (back, at, by) = (input.u8(), input.u16(), input.u8());
        let liar = self.world.answerer_id(self.world.params.answerers());
        let own = |share: &&Vec<u8>| share.get(8..12) == Some(&liar.0.to_le_bytes());
        let own: Vec<Vec<u8>> = self.shares.iter().filter(own).cloned().collect();
        let Some(mut frame) = from_end(&own, back) else { return };
        // The numbers behind header, digest and quorum.
        let range = Header::LEN..frame.len() - 16;
        let at = range.start + usize::from(at) % range.len();
        frame[at] ^= by;
        if self.world.keyring.tag(&mut frame).is_some() {
            self.shares.push(frame.clone());
            if self.take(&frame) {
                (self.honest, self.seen.lies) = (self.honest && by == 0, self.seen.lies + 1);
            }
            self.check();
        }
    }

    /// The last meter signs another ciphertext: one that it has not committed to, constants in place of c₁, another c₀,
    /// or another's.
    pub fn forge_contribution(&mut self, input: &mut Input<'_>) {
        let (how, at, by) = (input.u8(), input.u16(), input.u8());
        let round = self.collecting.as_ref().map_or(self.now, |(round, _)| *round);
        let sent = |meter: usize| self.world.sent(meter, round, false);
        let (Some(mut frame), Some(other)) = (sent(METERS - 1), sent(usize::from(how >> 4) % METERS)) else {
            return;
        };
        let end = frame.len() - Identity::SIGNATURE_LEN;
        let start = other.len() - Identity::SIGNATURE_LEN - 2 * self.polynomial_len();
        let half = start + self.polynomial_len();
        match how % 8 {
            0 => frame[half..end].copy_from_slice(&other[half..end]),
            1 => frame[start..half].copy_from_slice(&other[start..half]),
            2 => frame[start..end].fill(by),
            3 => frame[half..end].fill(0),
            4 => frame[start..half].fill(0),
            5 => frame[start + usize::from(at) % (half - start)] ^= by,
            6 => frame[Header::LEN + usize::from(at) % (start - Header::LEN)] ^= by,
            _ => frame.truncate(Header::LEN + usize::from(at) % (end - Header::LEN)),
        }
        self.world.keyring.sign(&mut frame);
        self.forged.push(frame.clone());
        let honest = Some(&frame) == self.world.sent(METERS - 1, round, false).as_ref();
        if self.put(&frame) && !honest {
            self.honest = false;
        }
    }

    /// Packed bytes of one.
    fn polynomial_len(&self) -> usize {
        let preset = self.world.params.preset();
        preset.primes().iter().map(|q| preset.degree() / 8 * (64 - q.leading_zeros() as usize)).sum()
    }
}
