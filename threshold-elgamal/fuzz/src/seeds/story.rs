//! A round behind a window, up to its sum, and the window's bills.

use std::sync::OnceLock;

use meter_link::Round;
use meter_link::answer::Quorum;
use threshold_elgamal::DlogTable;

use super::super::roles::{AGREE, AGREE_BILL, ANSWER, Game, OPEN, Shut, slices, starts};
use super::super::world::{FIRST, METERS, WINDOW, world};

pub struct Story {
    pub now: Round,
    pub open: Vec<u8>,
    pub close: Vec<u8>,
    pub frames: Vec<Vec<u8>>,
    pub hints: Vec<u8>,
    pub query: Vec<u8>,
    /// The utility with the round open, and what it has taken in.
    pub utility: Vec<u8>,
    pub collecting: Vec<u8>,
    pub partial: Vec<u8>,
    /// Of the trustees that are asked: statements and shares of the round, then of the bills.
    pub told: [Vec<Vec<u8>>; 4],
    /// Trustee 1 behind the window, and behind the bills.
    pub trustee: Vec<u8>,
    pub behind: Vec<u8>,
    /// The file of a table of 2^8 steps.
    pub table: Vec<u8>,
}

pub const ASKED: [u8; 3] = [1, 2, 4];

pub fn story() -> &'static Story {
    static STORY: OnceLock<Story> = OnceLock::new();
    STORY.get_or_init(tell)
}

impl Story {
    pub fn list(&self) -> Vec<&[u8]> {
        slices(&self.frames)
    }
}

fn tell() -> Story {
    let (world, start) = (world(), &starts()[5]);
    let (mut game, at) = (Game::new(start), FIRST + WINDOW);
    game.now = at;
    let now = Round::from(at);
    let trustee = game.members[0].role.to_bytes().unwrap().to_vec();
    let mut collecting = game.utility.open(now, now, &[true; METERS]).unwrap();
    for meter in (0..METERS).filter(|meter| *meter != 6) {
        collecting.accept(&world.sent(meter, at, false).unwrap()).unwrap();
    }
    let (utility, stored) = (game.utility.to_bytes().unwrap().to_vec(), collecting.to_bytes().unwrap());
    let open = collecting.frame().to_vec();
    let quorum = Quorum::new(&ASKED).unwrap();
    let closed = game.utility.close(collecting, &quorum).unwrap();
    let frames: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let shut = Shut { frame: closed.frame().to_vec(), list: frames.clone(), hints: closed.hints() };
    let mut told: [Vec<Vec<u8>>; 4] = Default::default();
    for number in ASKED {
        game.receive(number, OPEN, &open);
        told[0].push(game.shut(number, AGREE, &shut).unwrap());
    }
    let first = told[0][0].clone();
    told[1] = ASKED.map(|number| game.receive(number, ANSWER, &first).unwrap()).into();
    // The bills, asked for before the round.
    let mut game = Game::new(start);
    game.now = at;
    let meters = game.utility.billable(Round::from(FIRST)).unwrap();
    let billing = game.utility.bill(Round::from(FIRST), &meters, &quorum).unwrap();
    let query = billing.frame().to_vec();
    told[2] = ASKED.map(|number| game.receive(number, AGREE_BILL, &query).unwrap()).into();
    let first = told[2][0].clone();
    told[3] = ASKED.map(|number| game.receive(number, ANSWER, &first).unwrap()).into();
    Story {
        now,
        open,
        close: closed.frame().to_vec(),
        frames,
        hints: closed.hints(),
        query,
        utility,
        collecting: stored,
        partial: closed.partial().unwrap().to_bytes().unwrap(),
        told,
        trustee,
        behind: game.members[0].role.to_bytes().unwrap().to_vec(),
        table: DlogTable::build(8).unwrap().to_bytes(),
    }
}
