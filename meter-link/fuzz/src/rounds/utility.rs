//! What an honest utility makes is what an answerer takes, also after restarts of both.

use meter_link::answer::{Agreement, Quorum};
use meter_link::frame::Reader;
use meter_link::head::Head;
use meter_link::log::Form;
use meter_link::round::{CloseFields, Open, frame_hash};
use meter_link::set::Members;
use meter_link::{PartyId, Round};

use super::super::input::Input;
use super::super::world::{FIRST, METERS, THRESHOLD, World};

/// Steps and rounds of an input.
const STEPS: u32 = 40;
const ALL: [bool; METERS as usize] = [true; METERS as usize];

struct Pair<'w> {
    world: &'w World,
    head: Head,
    agreement: Agreement,
    opened: Option<u32>,
    agreed: u32,
}

/// How many rounds both have agreed to.
pub fn run(world: &World, input: &mut Input<'_>) -> u32 {
    let mut pair = Pair { world, head: world.head(), agreement: fresh(world), opened: None, agreed: 0 };
    let (mut now, mut steps) = (FIRST, 0);
    while !input.is_empty() && steps < STEPS {
        steps += 1;
        match input.u8() % 8 {
            0 => now += u32::from(input.u8()),
            1 => pair.restart_head(),
            2 => pair.restart_agreement(),
            3 => {
                let (times, meter) = (input.u8() % 20, input.index(METERS as usize));
                steps += u32::from(times);
                for turn in 0..times {
                    let mut set = ALL;
                    set[meter] = turn % 2 == 0;
                    now += 1;
                    pair.round(now, now, &ALL, &set);
                }
            }
            _ => {
                let choice = input.u8();
                let (present, set) = (input.marks(METERS as usize), input.marks(METERS as usize));
                pair.round(now, (now + u32::from(choice & 7)).saturating_sub(3), &present, &set);
                now += u32::from(choice >> 6);
            }
        }
    }
    pair.agreed
}

fn fresh(world: &World) -> Agreement {
    Agreement::new(&world.view, world.post(1).id, 1, THRESHOLD).unwrap()
}

impl Pair<'_> {
    fn restart_head(&mut self) {
        let state = self.head.to_bytes(b"own").unwrap();
        let (identity, roster) = (self.world.identity(PartyId::UTILITY), self.world.roster.clone());
        let (again, own) = Head::from_bytes(&self.world.view, identity, roster, &state).unwrap();
        assert_eq!(own.rest(), b"own");
        assert_eq!(again.to_bytes(b"own").unwrap(), state);
        self.head = again;
    }

    fn restart_agreement(&mut self) {
        let mut state = Vec::new();
        self.agreement.save(&mut state).unwrap();
        self.agreement = fresh(self.world);
        self.agreement.load(&mut Reader::new(&state)).unwrap();
    }

    /// One round as a utility plays it: the set is within those whom the Open names present.
    fn round(&mut self, now: u32, round: u32, present: &[bool], set: &[bool]) {
        let (now, at) = (Round::from(now), Round::from(round));
        let before = self.head.to_bytes(&[]).unwrap();
        let Ok((open, named)) = self.head.open_frame(now, at, present) else {
            assert_eq!(self.head.to_bytes(&[]).unwrap(), before);
            return;
        };
        // Never two Opens of a round.
        assert!(self.opened.is_none_or(|last| last < round));
        self.opened = Some(round);
        assert!(named.iter().zip(present).all(|(named, asked)| !named || *asked));
        assert_eq!(self.agreement.open(now, &open), Ok(at));
        let seen = Open::verify(&open, &self.world.view, now).unwrap();
        assert_eq!(Members::from(seen.present).to_marks(), named);
        let set: Vec<bool> = set.iter().zip(&named).map(|(member, named)| *member && *named).collect();
        for (nth, numbers) in [[1, 2, 4], [1, 3, 4]].iter().enumerate() {
            let quorum = Quorum::new(numbers).unwrap();
            let (previous, quorum, is_final) = (frame_hash(&open), Some(quorum), true);
            let fields = CloseFields { round: at, pass: 1, previous, quorum, is_final, set: &set };
            let before = self.head.to_bytes(&[]).unwrap();
            let Ok(frame) = self.head.close(&fields, &named) else {
                assert!(nth == 0, "the same set for another quorum");
                assert_eq!(self.head.to_bytes(&[]).unwrap(), before);
                return;
            };
            let (close, asked) = self.agreement.close(now, &frame).unwrap();
            assert_eq!((Some(asked), close.round), (quorum, at));
            self.agreement.fix(&close, self.head.digest(&set), Form::Bound, &[nth as u8]).unwrap();
        }
        self.agreed += 1;
    }
}
