//! A ceremony of four through a relay that drops, doubles and reorders frames, with power cuts: members 1 and 2 are
//! honest, 4 and perhaps 3 sign whatever is wanted, two things at once too.
//!
//! `who and what u8 ‖ steps`. Whatever happens: nobody panics; a step that fails changes nothing; nobody honest signs two
//! frames of a kind or is blamed by anything that proves it to others; honest members that finish have one key set,
//! and shares on it that open.

mod adversary;
mod member;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::{Kind, PartyId};
use threshold_elgamal::ceremony::{Agreed, Ceremony, hold};
use threshold_elgamal::{Ciphertext, Error, Fault, KeySet};

use self::adversary::Adversary;
use self::member::Member;
use super::input::Input;
use super::setting::{Person, params, people, rng, seats};
use super::world::opened;

/// Steps of an input.
const STEPS: usize = 60;
pub const MEMBERS: usize = 4;
pub const THRESHOLD: u8 = 3;

/// What came about: a corpus that reaches none of it would find nothing.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub finished: u32,
    pub opened: u32,
    pub complaints: u32,
    pub verdicts: u32,
    pub contradictions: u32,
    pub disputes: u32,
    pub restarts: u32,
}

/// Keys of before, and the ceremonies that are held.
struct Setting {
    people: Vec<Person>,
    shares: Vec<[u8; 32]>,
    generation: Ceremony,
    refresh: Ceremony,
    /// Frames of a ceremony that is over.
    old: Vec<Vec<u8>>,
}

fn setting() -> &'static Setting {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    SETTING.get_or_init(|| {
        let people = people(MEMBERS as u32, 1);
        let (params, seats) = (params(MEMBERS as u8, THRESHOLD), seats(&people));
        let first = Ceremony::generate(&params, 1, &seats).unwrap();
        let (keys, shares, _) = hold(&first, people.iter().map(Person::bare), &mut rng(3)).unwrap();
        let old = Member::begin(&first, people[0].bare(), 9).frames;
        Setting {
            generation: Ceremony::generate(&params, 2, &seats).unwrap(),
            refresh: Ceremony::refresh(&params, 2, &seats, &keys).unwrap(),
            shares: shares.iter().map(|share| *share.to_bytes()).collect(),
            people,
            old,
        }
    })
}

pub struct Game {
    ceremony: Ceremony,
    honest: Vec<Member>,
    adversaries: Vec<Adversary>,
    /// All that was ever sent.
    frames: Vec<Vec<u8>>,
    seen: Seen,
}

pub fn run(data: &[u8]) {
    play(data);
}

pub fn play(data: &[u8]) -> Seen {
    let mut input = Input::new(data);
    let mut game = Game::new(input.u8());
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        game.step(&mut input);
    }
    game.judge_all();
    game.compare();
    game.seen
}

impl Game {
    /// Bit 0: member 3 is not honest either; bit 1: a refresh; the rest is what is drawn.
    fn new(choice: u8) -> Self {
        let setting = setting();
        let refresh = choice & 2 == 2;
        let ceremony = if refresh { &setting.refresh } else { &setting.generation };
        let count = MEMBERS - 1 - usize::from(choice & 1);
        let share = |place: usize| refresh.then(|| setting.shares[place]);
        let honest = (0..count).map(|place| {
            let participant = member::participant(&setting.people[place], place, share(place));
            Member::begin(ceremony, participant, choice.into()).with(
                &setting.people[place],
                place,
                share(place),
            )
        });
        let honest: Vec<Member> = honest.collect();
        let adversaries = (count..MEMBERS)
            .map(|place| Adversary::new(ceremony, &setting.people[place], place, share(place)))
            .collect();
        let mut frames = setting.old.clone();
        frames.extend(honest.iter().flat_map(|member| member.frames.iter().cloned()));
        Game { ceremony: ceremony.clone(), honest, adversaries, frames, seen: Seen::default() }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.u8() % 12 {
            // Some frame to some member, perhaps changed on its way.
            0 | 1 => {
                let (to, which, flip) = (input.index(self.honest.len()), input.u8(), input.u8());
                let mut frame = self.frames[usize::from(which) % self.frames.len()].clone();
                if flip & 1 == 1 {
                    let at = usize::from(flip >> 1) * 7 % frame.len();
                    frame[at] ^= 1 << (which & 7);
                }
                self.tell(to, &frame);
            }
            2 => self.close(input.u8()),
            3 => {
                let (to, keep) = (input.index(self.honest.len()), input.u8());
                self.honest[to].restart(&self.ceremony, keep);
                self.seen.restarts += 1;
            }
            4..=6 => self.forge(input),
            // All that was sent reaches all, but for what this lot takes out.
            7 => {
                let lost = input.u8();
                self.spread(lost);
            }
            8 => self.whole(input.u8()),
            9 => self.judge(input.u8()),
            10 => self.contradict(input.u8(), input.u8()),
            _ => self.agree(input.u8()),
        }
    }

    fn is_honest(&self, id: PartyId) -> bool {
        self.honest.iter().any(|member| member.id == id)
    }

    fn tell(&mut self, to: usize, frame: &[u8]) {
        let refused = self.honest[to].tell(frame);
        if let Err(Error::Fault { culprit, fault }) = refused {
            // What proves nothing to others may name anybody; the rest does not.
            let proof = !matches!(
                fault,
                Fault::Link(
                    meter_link::Fault::BadSignature
                        | meter_link::Fault::UnknownSender
                        | meter_link::Fault::WrongGroup
                )
            );
            assert!(!proof || !self.is_honest(culprit), "{culprit:?} is blamed: {fault:?}");
        }
    }

    fn spread(&mut self, lost: u8) {
        for place in 0..self.frames.len() {
            for to in 0..self.honest.len() {
                if lost == 0 || (place * 3 + to * 5 + usize::from(lost)) % 7 != 0 {
                    let frame = self.frames[place].clone();
                    self.tell(to, &frame);
                }
            }
        }
    }

    /// The next step of some members.
    fn close(&mut self, mask: u8) {
        for (place, member) in self.honest.iter_mut().enumerate() {
            if mask >> place & 1 == 0 && member.close() {
                self.frames.extend(member.frames.last().cloned());
                self.seen.finished += u32::from(member.outcome().is_some());
            }
            self.frames.extend(member.complaints());
            self.seen.disputes += member.disputes();
        }
        let mut seen = BTreeSet::new();
        self.frames.retain(|frame| seen.insert(frame.clone()));
    }

    /// From here on everybody does as told, if it is not too late. Bits say what adversaries do instead.
    fn whole(&mut self, how: u8) {
        for step in 0..4u8 {
            for adversary in &mut self.adversaries {
                self.frames.extend(adversary.step(step, &self.frames, how));
            }
            self.spread(0);
            self.close(0);
        }
        self.spread(0);
        self.close(0);
    }

    fn forge(&mut self, input: &mut Input<'_>) {
        let who = input.index(self.adversaries.len());
        let frame = self.adversaries[who].forge(&self.frames, input);
        self.frames.extend(frame.filter(|frame| !self.frames.contains(frame)));
    }

    /// What anybody who has agreed makes of a complaint.
    fn judge(&mut self, which: u8) {
        let frame = self.frames[usize::from(which) % self.frames.len()].clone();
        for place in 0..self.honest.len() {
            let Some(Ok(verdict)) = self.honest[place].judge(&frame) else { continue };
            assert!(!self.is_honest(verdict.culprit), "{verdict:?}");
            self.seen.verdicts += 1;
        }
    }

    /// Nor is anybody honest blamed by somebody who was not there, and judges by the frames.
    fn judge_all(&mut self) {
        let complaint = |frame: &Vec<u8>| frame[2] == Kind::Complaint as u8;
        self.seen.complaints += self.frames.iter().filter(|frame| complaint(frame)).count() as u32;
        let places = 0..self.frames.len().min(250);
        let complaints: Vec<usize> = places.filter(|which| complaint(&self.frames[*which])).collect();
        for which in complaints {
            self.judge(which as u8);
        }
        if let Some(agreed) = self.outsider(0) {
            let judged = self
                .frames
                .iter()
                .filter(|frame| complaint(frame))
                .filter_map(|frame| agreed.judge(frame).ok());
            let mut verdicts = 0;
            judged.for_each(|verdict| {
                assert!(!self.is_honest(verdict.culprit), "{verdict:?}");
                verdicts += 1;
            });
            self.seen.verdicts += verdicts;
        }
    }

    fn contradict(&mut self, one: u8, other: u8) {
        let frame = |which: u8| &self.frames[usize::from(which) % self.frames.len()];
        if let Ok(verdict) = self.ceremony.contradiction(frame(one), frame(other)) {
            assert!(!self.is_honest(verdict.culprit), "{verdict:?}");
            self.seen.contradictions += 1;
        }
    }

    /// Somebody who was not there, with one announcement and echo of each.
    fn outsider(&self, skip: u8) -> Option<Agreed> {
        let of = |kind: Kind| -> Vec<&[u8]> {
            let mut senders = BTreeSet::new();
            let frames = self.frames[1..].iter().skip(usize::from(skip % 8));
            let frames = frames.filter(|frame| frame[2] == kind as u8);
            frames.filter(|frame| senders.insert(frame[8..12].to_vec())).map(Vec::as_slice).collect()
        };
        Agreed::new(&self.ceremony, &of(Kind::Commitments), &of(Kind::Echo)).ok()
    }

    fn agree(&mut self, skip: u8) {
        if let Some(agreed) = self.outsider(skip) {
            for digest in self.honest.iter().filter_map(Member::agreed) {
                assert_eq!(digest, *agreed.digest());
            }
            let _ = agreed.keys();
        }
    }

    /// One key set, with shares on it that open.
    fn compare(&mut self) {
        let outcomes: Vec<_> = self.honest.iter().filter_map(Member::outcome).collect();
        let Some(first) = outcomes.first() else { return };
        for outcome in &outcomes {
            assert_eq!(outcome.keys, first.keys);
            let share = outcome.share.as_ref().unwrap();
            assert_eq!(outcome.keys.member(share.number()), Some(&share.public()));
            let seat = self.ceremony.seats().nth(usize::from(share.number()) - 1);
            assert_eq!(seat.map(|seat| seat.identity), Some(outcome.identity.public()));
        }
        if let Some(old) = self.ceremony.old() {
            assert_eq!(old.group_key().encoding(), first.keys.group_key().encoding());
        }
        if outcomes.len() >= THRESHOLD.into() {
            let (ciphertext, message) = ciphertext(&first.keys);
            let shares = outcomes.iter().filter_map(|outcome| outcome.share.as_ref());
            let shares: Vec<(u8, RistrettoPoint)> =
                shares.map(|share| (share.number(), share.decryption_share(ciphertext.r()))).collect();
            assert_eq!(opened(&ciphertext, &shares), message);
            self.seen.opened += 1;
        }
    }
}

/// Of 4711, and 4711·B.
fn ciphertext(keys: &KeySet) -> (Ciphertext, RistrettoPoint) {
    let (r, message) = (Scalar::from(987_654_321u64), RistrettoPoint::mul_base(&Scalar::from(4711u32)));
    let y = super::forger::point(keys.group_key().encoding());
    let bytes = [RistrettoPoint::mul_base(&r), message + y * r].map(|point| point.compress().to_bytes());
    (Ciphertext::from_bytes(bytes.as_flattened().try_into().unwrap()).unwrap(), message)
}
