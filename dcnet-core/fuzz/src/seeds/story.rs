//! A round with a repair, in each world: what its frames and states look like.

use std::sync::OnceLock;

use dcnet_core::Closing;
use meter_link::Round;

use super::super::roles::{Game, start};
use super::super::world::{METERS, WORLDS, reading, state};

/// A round with a repair, and what each party has stored before and after its steps.
pub struct Story {
    pub now: Round,
    pub open: Vec<u8>,
    /// The Close after which neighbours repair, and the final one.
    pub first: Vec<u8>,
    pub close: Vec<u8>,
    /// The utility with the round open, and what it has taken in: of all but the last meter.
    pub utility: Vec<u8>,
    pub collecting: Vec<u8>,
    /// Meter 0 before the Open, behind it, and when it has sent.
    pub before: Vec<u8>,
    pub meter: Vec<u8>,
    pub meter_sent: Vec<u8>,
    pub close_record: Vec<u8>,
    /// Of the last meter, which is late.
    pub late: Vec<u8>,
    pub repairs: Vec<Vec<u8>>,
    /// Holder 1 before the Open, and its records behind the round.
    pub holder: Vec<u8>,
    pub holder_records: Vec<Vec<u8>>,
    /// Bound answers; statements; raw answers.
    pub answers: Vec<Vec<u8>>,
    pub statements: Vec<Vec<u8>>,
    pub raw: Vec<Vec<u8>>,
}

/// In the world that a mode of the target `bytes` names.
pub fn story(mode: u8) -> &'static Story {
    static STORIES: [OnceLock<Story>; WORLDS] = [const { OnceLock::new() }; WORLDS];
    let place = usize::from(mode >> 1 & 3) % WORLDS;
    STORIES[place].get_or_init(|| tell(place))
}

fn tell(place: usize) -> Story {
    let begin = start((place + WORLDS) as u8);
    let (mut bound, mut raw) = (Game::new(begin), Game::new(begin));
    let (world, now) = (bound.world, bound.round());
    let holder = begin.holders.first().map_or(Vec::new(), |(state, _)| state.clone());
    let mut collecting = bound.utility.open(now, now, &[true; METERS]).unwrap();
    let open = collecting.frame().to_vec();
    let before = state(&bound.devices[0].role);
    bound.spread(&open, &[true; METERS], 0, 0);
    let meter = state(&bound.devices[0].role);
    let mut late = Vec::new();
    for position in 0..METERS {
        let (reading, room) = (reading(position, now.to_u32()), world.params.contribution_len());
        late = bound.devices[position].contribute(now, now.to_u32(), &reading, room).unwrap();
        if position + 1 < METERS {
            collecting.accept(&late).unwrap();
        }
    }
    let meter_sent = state(&bound.devices[0].role);
    let utility = bound.utility.to_bytes().unwrap().to_vec();
    let rows = collecting.to_bytes().unwrap();
    let quorum = bound.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = bound.utility.close(collecting, &quorum).unwrap() else {
        unreachable!()
    };
    let first = repairing.frame().to_vec();
    let repairs: Vec<Vec<u8>> = (0..METERS - 1).map(|at| bound.hear(at, &first).unwrap()).collect();
    repairs.iter().for_each(|repair| assert!(repairing.accept(repair).is_ok()));
    let Closing::Final(closed) = bound.utility.close_again(repairing, &quorum).unwrap() else {
        unreachable!()
    };
    let close = closed.frame().to_vec();
    let certified = if world.liar() > 0 {
        let all = bound.quorum(0);
        bound.utility.certify(&closed, &all).unwrap().frame().to_vec()
    } else {
        Vec::new()
    };
    raw.spread(&open, &[false; METERS], 0, 0);
    let mut told: [Vec<Vec<u8>>; 3] = Default::default();
    for number in quorum.iter() {
        told[0].push(bound.receive(number, 1, &close).unwrap());
        told[1].push(raw.receive(number, 2, &certified).unwrap());
    }
    for number in quorum.iter() {
        let certificate = told[1][0].clone();
        told[2].push(raw.receive(number, 3, &certificate).unwrap());
    }
    let [answers, statements, answered] = told;
    let mut records = bound.members.first().map_or(Vec::new(), |member| member.records.clone());
    records.extend(raw.members.first().iter().flat_map(|member| member.records.clone()));
    Story {
        now,
        open,
        first,
        close,
        utility,
        collecting: rows,
        before,
        meter,
        meter_sent,
        close_record: bound.devices[0].closes[0].clone(),
        late,
        repairs,
        holder,
        holder_records: records,
        answers,
        statements,
        raw: answered,
    }
}
