//! A round, up to its sum.

use std::sync::OnceLock;

use meter_link::answer::Quorum;
use meter_link::{PartyId, Round};

use super::super::world::{FIRST, METERS, World, held, reading, slices, world};

pub struct Story {
    pub now: Round,
    pub open: Vec<u8>,
    pub close: Vec<u8>,
    pub frames: Vec<Vec<u8>>,
    members: Vec<PartyId>,
    /// The utility with the round open, and what it has taken in.
    pub utility: Vec<u8>,
    pub progress: Vec<u8>,
    pub collecting: Vec<u8>,
    /// Of the trustees that are asked; of a holder its answer alone.
    pub statements: Vec<Vec<u8>>,
    pub shares: Vec<Vec<u8>>,
    /// Of the first one.
    pub records: Vec<Vec<u8>>,
    pub after: Vec<u8>,
}

pub const QUORUM: [u8; 3] = [1, 2, 4];

pub fn story() -> &'static Story {
    static STORY: OnceLock<Story> = OnceLock::new();
    STORY.get_or_init(|| tell(world(), &QUORUM))
}

pub fn story_of(of: &World) -> &'static Story {
    static STORY: OnceLock<Story> = OnceLock::new();
    if of.secrets.is_empty() { STORY.get_or_init(|| tell(held(), &[1])) } else { story() }
}

impl Story {
    /// Where a meter's frame is in the list.
    pub fn position(&self, meter: PartyId) -> Option<usize> {
        self.members.iter().position(|id| *id == meter)
    }
}

/// The third meter is away.
fn tell(world: &World, asked: &[u8]) -> Story {
    let now = Round::from(FIRST);
    let members: Vec<usize> = (0..METERS).filter(|meter| *meter != 2).collect();
    let mut utility = world.utility(&world.utility).unwrap();
    let mut collecting = utility.open(now, now, &[true; METERS]).unwrap();
    let open = collecting.frame().to_vec();
    for meter in &members {
        collecting.accept(&world.sent(*meter, FIRST, false).unwrap()).unwrap();
    }
    let state = utility.to_bytes().unwrap().to_vec();
    let (progress, stored) = (utility.progress().to_vec(), collecting.to_bytes().unwrap());
    let mut closed = utility.close(collecting, &Quorum::new(asked).unwrap()).unwrap();
    let frames: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let (mut statements, mut shares, mut records) = (Vec::new(), Vec::new(), Vec::new());
    let mut roles: Vec<_> =
        asked.iter().map(|n| world.answerer(*n, &world.answerers[usize::from(*n) - 1]).unwrap()).collect();
    for role in &mut roles {
        role.open(now, &open).unwrap();
        let (record, told) = role.shut(now, closed.frame(), &slices(&frames)).unwrap();
        records.push(record);
        if world.secrets.is_empty() { shares.push(told) } else { statements.push(told) }
    }
    records.truncate(1);
    for (place, role) in roles.iter_mut().enumerate() {
        if let Some(told) = role.share(&slices(&statements)) {
            let (record, share) = told.unwrap();
            shares.push(share);
            if place == 0 {
                records.push(record);
            }
        }
    }
    shares.iter().for_each(|share| assert!(closed.accept(share).is_ok()));
    let sums = closed.totals().unwrap().sums;
    for channel in 0..2 {
        let truth: i64 = members.iter().map(|meter| reading(*meter, FIRST, false)[channel]).sum();
        assert_eq!(sums.get(channel), Some(truth as f64));
    }
    Story {
        now,
        open,
        close: closed.frame().to_vec(),
        frames,
        members: members.iter().map(|meter| world.roster.meters()[*meter].id).collect(),
        utility: state,
        progress,
        collecting: stored,
        statements,
        shares,
        records,
        after: roles[0].to_bytes(),
    }
}
