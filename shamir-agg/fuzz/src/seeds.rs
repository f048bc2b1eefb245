//! What a fuzzer begins with: one good input for every parser, and games that play by the rules.

use std::sync::OnceLock;

use meter_link::Round;
use meter_link::answer::Quorum;

use super::bytes::seed;
use super::roles::{Asked, Game, starts};
use super::world::{FIRST, METERS, WINDOW, world};

/// A round in the middle of a window, and the bills of a window.
pub struct Story {
    pub now: Round,
    pub open: Vec<u8>,
    pub close: Vec<u8>,
    pub query: Vec<u8>,
    /// The utility with the round open, and what it has taken in; the utility behind the window.
    pub utility: Vec<u8>,
    pub collecting: Vec<u8>,
    pub billed: Vec<u8>,
    /// Of aggregators 1, 2 and 4: bound answers; statements; raw answers; bound bills; their statements; raw bills.
    pub told: [Vec<Vec<u8>>; 6],
    /// Aggregator 1 with the round open, and behind the window.
    pub aggregator: [Vec<u8>; 2],
}

pub fn story() -> &'static Story {
    static STORY: OnceLock<Story> = OnceLock::new();
    STORY.get_or_init(tell)
}

const ASKED: [u8; 3] = [1, 2, 4];

fn tell() -> Story {
    let world = world();
    let mut told: [Vec<Vec<u8>>; 6] = Default::default();
    let mut bound = Game::new(world, &starts()[1]);
    let now = bound.round();
    // The round as `whole` plays it, up to its Close.
    let mut utility = world.utility(&starts()[1].utility).unwrap();
    let mut collecting = utility.open(now, now, &[true; METERS]).unwrap();
    for meter in 0..METERS {
        let frame = bound.frame_of(meter, now.to_u32()).unwrap();
        collecting.accept(&frame).unwrap();
    }
    let (state, rows) = (utility.to_bytes().unwrap().to_vec(), collecting.to_bytes().unwrap());
    let open = collecting.frame().to_vec();
    let quorum = Quorum::new(&ASKED).unwrap();
    let close = utility.close(collecting, &quorum).unwrap().frame().to_vec();
    bound.note(&[true; METERS]);
    let aggregator = bound.member(1).role.to_bytes().unwrap().to_vec();
    let mut raw = Game::new(world, &starts()[1]);
    raw.note(&[true; METERS]);
    for number in ASKED {
        bound.receive(number, 0, &open);
        raw.receive(number, 0, &open);
        told[0].push(bound.receive(number, 1, &close).unwrap());
        told[1].push(raw.receive(number, 3, &close).unwrap());
    }
    for number in ASKED {
        let certificate = told[1][0].clone();
        told[2].push(raw.receive(number, 6, &certificate).unwrap());
    }
    let (mut bound, mut raw) = (Game::new(world, &starts()[2]), Game::new(world, &starts()[2]));
    let first = Round::from(FIRST);
    let meters = bound.utility.billable(first).unwrap();
    let query = bound.utility.bill(first, &meters, &quorum).unwrap().frame().to_vec();
    for number in ASKED {
        told[3].push(bound.receive(number, 4, &query).unwrap());
        told[4].push(raw.receive(number, 5, &query).unwrap());
    }
    for number in ASKED {
        let certificate = told[4][0].clone();
        told[5].push(raw.receive(number, 6, &certificate).unwrap());
    }
    let behind = raw.member(1).role.to_bytes().unwrap().to_vec();
    Story {
        now,
        open,
        close,
        query,
        utility: state,
        collecting: rows,
        billed: starts()[2].utility.clone(),
        told,
        aggregator: [aggregator, behind],
    }
}

/// For the target `bytes`.
pub fn bytes() -> Vec<(String, Vec<u8>)> {
    let (world, story) = (world(), story());
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |name: &str, mode: u8, bytes: &[u8]| {
        let count = all.len();
        all.push((format!("{count:02}-{}", name.replace(' ', "-")), seed(name, mode, bytes)));
    };
    put("meter", 0, &world.meters[3]);
    put("meter", 34, &starts()[3].meters[0]);
    put("aggregator", 0, &world.aggregators[0]);
    put("aggregator", 0, &story.aggregator[0]);
    put("aggregator", 2, &story.aggregator[1]);
    put("utility", 16, &world.utility);
    put("utility", 24, &story.utility);
    put("utility", 16, &story.billed);
    put("reopen", 0, &story.collecting);
    put("reopen", 2, &story.collecting);
    put("progress", 0, &story.utility[33..33 + 46]);
    put("bound answer", 0, &story.told[0][2]);
    put("raw answer", 0, &story.told[1][0]);
    put("raw answer", 0, &story.told[2][1]);
    put("bills", 0, &story.told[3][0]);
    put("bills", 2, &story.told[4][2]);
    put("bills", 2, &story.told[5][1]);
    // Six answers to four columns of threshold 2, two of them wrong.
    let coefficients: Vec<u8> = (0..64u8).map(|i| i.wrapping_mul(37)).collect();
    let errors = [[&[1, 2][..], &[5; 8]].concat(), [&[4, 0][..], &[9; 8]].concat()].concat();
    put("decoder", 0, &[&[5, 1, 3][..], &[0; 6], &coefficients, &errors].concat());
    put(
        "decoder",
        2,
        &[&[6, 2, 0][..], &[255, 2, 70, 9, 128, 64, 65], &coefficients[..24], &errors].concat(),
    );
    put("sharing", 0, &[&[5, 3, 4][..], &coefficients, &[3; 64], &[1, 2, 3, 200]].concat());
    all
}

/// For the target `roles`: starts, whole rounds, bills, restarts, and what a forger does, one byte a choice.
pub fn roles() -> Vec<(String, Vec<u8>)> {
    let round = [0u8, 0, 0, 0, 0];
    let certified = [0u8, 4, 0, 0, 1];
    let tick = [23u8, 5];
    let raw = |number: u8| [4 + number % 4, (number - 1) | (6 << 2), 0, 0];
    let game = |parts: &[&[u8]]| parts.concat();
    let mut games = vec![
        ("rounds", game(&[&[0], &round, &certified, &round, &certified])),
        ("window", game(&[&[1], &round, &certified, &tick, &[18, 0, 0], &tick, &[18, 32, 0]])),
        ("bills", game(&[&[2], &[18, 32, 0], &[15, 0, 7, 1], &[18, 0, 8]])),
        (
            "restarts",
            game(&[&[1], &round, &[20, 0, 0], &[16, 0, 0, 0], &[20, 1, 1], &[21, 22, 3], &certified]),
        ),
        (
            "steps",
            game(&[&[0], &[1, 0, 0, 3, 0], &[2, 0, 0, 0, 0], &[3, 8, 0], &[8, 0, 0, 8, 1, 0, 8, 2, 0]]),
        ),
        (
            "again",
            game(&[&[0], &[1, 0, 0, 3, 0], &[2, 4, 0, 0, 0], &[3, 8, 0], &[9, 1], &[8, 0, 0, 8, 1, 0]]),
        ),
        (
            "changed",
            game(&[
                &[3],
                &[1, 0, 0, 3, 0],
                &[2, 1, 0, 2, 41],
                &[2, 0, 0, 0, 0],
                &[3, 8, 0],
                &[8, 0, 221, 8, 0, 9],
            ]),
        ),
        (
            "forger",
            game(&[&[1], &[10, 3, 0, 0, 0, 0], &[11, 0, 8, 0, 2, 0], &[11, 0, 4, 32, 1, 0], &[14, 0, 3]]),
        ),
        ("forged bills", game(&[&[2], &[13, 0, 1, 8, 0, 0], &[13, 128, 2, 0, 1, 0], &raw(1), &raw(2)])),
        ("equivocation", {
            let opens = [[10u8, 3, 0, 0, 0, 0xc0], [10, 3, 2, 1, 0, 0x30]].concat();
            let closes = [[11u8, 1, 0xc0, 32, 0, 0], [11, 0, 0x30, 32, 2, 0]].concat();
            game(&[&[0], &opens, &closes, &[14, 0, 3, 14, 4, 3], &raw(1), &raw(2), &raw(3)])
        }),
    ];
    games.push((
        "lies",
        game(&[&[1], &[0, 0, 0, 0, 7], &[0, 0, 0, 0, 6], &[18, 32, 48], &tick, &[18, 32, 16, 18, 0, 32]]),
    ));
    let opened = [4u8, 0, 0, 201, 13, 0, 0, 8, 0, 0, 10, 3, 0, 0, 0, 0];
    let closed = [11u8, 0, 8, 16, 7, 0x80, 11, 0, 8, 0, 0, 0];
    games.push(("refused", game(&[&[1], &opened, &closed, &[23, 15], &[4, 0, 0, 0]])));
    games.push(("too few billed", game(&[&[2], &[13, 0, 0, 8, 3, 0], &[13, 0, 1, 8, 0, 0]])));
    let late = game(&[&[1], &[0, 0, 0, 1, 0], &tick, &[13, 0, 1, 0xe8, 0, 0], &[16, 0, 0, 0]]);
    games.push(("late round", late));
    let two =
        game(&[&[0], &[1, 0, 0, 3, 0], &[2, 0, 0, 0, 0], &[3, 0xc0, 1], &[4, 24, 0, 0], &[5, 24, 0, 0]]);
    games.push(("two state", two));
    for away in [1u8, 2] {
        let away_from = [0, 0, 0, away, 0];
        let catch_up = [16, away - 1, 2, 2, 16, away - 1, 1, 1, 16, away - 1, 0, 0];
        let rest = game(&[&[0], &away_from, &away_from, &away_from, &catch_up, &round, &round]);
        games.push(("caught up", rest));
    }
    let behind =
        game(&[&[0], &[0, 0, 0, 1, 0], &round, &[16, 0, 1, 1], &[10, 2, 0, 0, 0, 0, 11, 0, 8, 16, 0, 0]]);
    games.push(("behind", behind));
    // The honest utility stops one change before the aggregators do.
    let mut toggles: Vec<u8> = (0..16u8).flat_map(|n| [0, (n % 2) << 3, 0, 0, 0]).collect();
    for out in [0, 8, 0] {
        toggles.extend([23, 5, 10, 3, 0, 0, 0, 0, 11, 0, 8, 16, out, 0]);
    }
    games.push(("toggles", game(&[&[0], &toggles])));
    games.push(("jump", game(&[&[3], &[23, 15], &round, &[23, 12], &[18, 0, 0], &round])));
    let name =
        |(n, (name, bytes)): (usize, (&str, Vec<u8>))| (format!("{n:02}-{}", name.replace(' ', "-")), bytes);
    games.into_iter().enumerate().map(name).collect()
}

/// For the target `meter`.
pub fn meter() -> Vec<(String, Vec<u8>)> {
    let send = [6u8, 3, 9, 0, 0, 0];
    let game = |parts: &[&[u8]]| parts.concat();
    let games = [
        ("twice", game(&[&[0], &send, &send, &[0, 1], &send, &[0, 5], &send, &[1, 3], &send])),
        ("state lost", game(&[&[1], &send, &[3, 0, 0], &send, &[0, 1], &send, &[2, 3, 4, 1], &send])),
        ("mark lost", game(&[&[2], &send, &[2, 3, 1, 0], &send, &[0, 1], &send, &[3, 2, 0], &send])),
        (
            "two sessions",
            game(&[&[3], &[4, 5, 0], &send, &[0, 1], &send, &[4, 6, 0, 4, 0x36, 1, 0, 2], &send]),
        ),
        (
            "far",
            game(&[&[4], &[5, 0, 0, 0, 0], &[5, 0xe8, 3, 0, 0], &[6, 7, 1, 0, 0, 0], &[6, 131, 1, 0, 0, 0]]),
        ),
        (
            "large",
            game(&[&[5], &[6, 3, 0xff, 0xff, 0xff, 0x7f], &[6, 3, 0x41, 0x42, 0x0f, 0], &[0, 31], &send]),
        ),
    ];
    games.into_iter().map(|(name, bytes)| (format!("seed-{}", name.replace(' ', "-")), bytes)).collect()
}

/// All bills that the window of a start allows are told.
pub fn told_bills() -> bool {
    let mut game = Game::new(world(), &starts()[2]);
    game.now = FIRST + WINDOW;
    let bound = game.bill_all(FIRST, 8, false, 0);
    let raw = game.bill_all(FIRST, 0, true, 0);
    bound && raw && matches!(game.asked, Asked::CertifiedBills(..))
}
