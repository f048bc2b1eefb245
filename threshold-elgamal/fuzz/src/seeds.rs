//! What a fuzzer begins with: one good input for every parser, and games that play by the rules.

mod rites;
mod story;

pub use rites::rites;
pub use story::{ASKED, story};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use meter_link::Round;
use threshold_elgamal::{KeySet, MeterSum, SecretShare, Verifier};

use super::bytes::seed;
use super::roles::{Asked, Game, starts};
use super::world::{FIRST, TRUSTEES, WINDOW, world};

/// For the target `bytes`.
pub fn bytes() -> Vec<(String, Vec<u8>)> {
    let (world, story, rites) = (world(), story(), rites());
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |name: &str, mode: u8, bytes: &[u8]| {
        let count = all.len();
        all.push((format!("{count:02}-{}", name.replace(' ', "-")), seed(name, mode, bytes)));
    };
    let frame = &story.frames[2];
    put("ciphertext", 0, &frame[16..80]);
    put("sum", 0, &[&frame[16..80], &frame[176..240], &story.frames[3][16..80]].concat());
    put("knowledge", 0, &[&frame[80..176], &frame[16..80]].concat());
    let proof = &story.told[1][0][16 + 32 + 64..16 + 32 + 128];
    put("equality", 3, &[proof, &frame[16..48], &frame[48..80], &frame[176..208]].concat());
    put("encoded", 0, &frame[16..48]);
    put("table", 0, &[]);
    put("table", 0, &[20, 0, 7, 21, 0, 1, 0xf0, 3, 9]);
    // Pages of numbers, which stand behind the tags.
    let pages = story.table.len() as u16 - 32 - 352..story.table.len() as u16 - 32;
    let changes = pages.map(|at| [at.to_le_bytes()[0], at.to_le_bytes()[1], 0x55]);
    put("table", 0, changes.collect::<Vec<_>>().as_flattened());
    put("key set", 0, &world.keys.to_bytes());
    let own: Vec<SecretShare> = (1..=TRUSTEES)
        .map(|number| {
            let (own, rng) = (world.trustee_id(number), &mut ChaCha8Rng::seed_from_u64(number.into()));
            SecretShare::generate(number, &world.view, world.ring.signer(own), rng).unwrap()
        })
        .collect();
    let announced: Vec<Vec<u8>> = own
        .iter()
        .map(|share| {
            let id = world.trustee_id(share.number());
            share.announce(&world.view, world.ring.signer(id), id).unwrap()
        })
        .collect();
    let frames: Vec<&[u8]> = announced.iter().map(Vec::as_slice).collect();
    let all_of = meter_link::answer::Threshold::all_of(TRUSTEES).unwrap();
    let joint = KeySet::joint(&world.view, all_of, &world.roster, &frames).unwrap();
    put("key set", 2, &joint.to_bytes());
    put("own keys", 0, &announced.concat());
    put("share", 2, &*world.share(2).to_bytes());
    put("group key", 0, &world.keys.group_key().to_bytes());
    let statements = (1..=TRUSTEES).flat_map(|number| {
        let id = world.trustee_id(number);
        world.keys.statement(&world.view, &world.share(number), world.ring.signer(id), id).unwrap()
    });
    put("statements", 0, &statements.collect::<Vec<u8>>());
    put("partial", 0, &story.partial);
    let verifier = Verifier::new(&world.params, &world.view, &world.roster, world.keys.group_key()).unwrap();
    let rounds = [FIRST, FIRST + 3]
        .map(|round| verifier.verify(Round::from(round), &world.sent(4, round, false).unwrap()).unwrap());
    let sum = MeterSum::of(&verifier, rounds[0].meter(), &rounds).unwrap();
    put("meter sum", 0, &sum.to_bytes().unwrap());
    put("trustee", 0, &world.trustees[0]);
    put("trustee", 0, &story.trustee);
    put("trustee", 2, &story.behind);
    put("utility", 16, &world.utility);
    put("utility", 24, &story.utility);
    put("reopen", 0, &story.collecting);
    put("progress", 0, &story.utility[33..33 + 46]);
    put("contribution", 0, &[frame.as_slice(), &story.frames[4]].concat());
    put("told", 2, &story.told[0][1]);
    put("told", 0, &story.told[1][0]);
    put("told of bills", 2, &story.told[2][1]);
    put("told of bills", 0, &story.told[3][2]);
    put("list", 4, &story.frames[1]);
    put("list", 18, &story.frames[4]);
    put("order", 0, &story.open);
    put("order", 0, &story.close);
    put("order", 0, &story.query);
    put("announcement", 0, &rites.all[0][1]);
    put("echo", 0, &rites.all[1][2]);
    put("shares", 0, &rites.all[2][3]);
    put("complaint", 0, &rites.complaint);
    put("confirmation", 0, &rites.all[3][1]);
    put("record", 0, &rites.records);
    put("record", 2, &[rites.all[1][1].as_slice(), &rites.second_echo].concat());
    all
}

/// For the target `roles`: starts, whole rounds, bills, restarts, and what a forger does, one byte a choice.
pub fn roles() -> Vec<(String, Vec<u8>)> {
    let round = [0u8, 0, 0, 0, 0];
    let tick = [23u8, 5];
    let game = |parts: &[&[u8]]| parts.concat();
    // The last frame of its kind to a step of a trustee.
    let give = |number: u8, step: u8| [4u8, (number - 1) | step << 2, 0, 0];
    let games = vec![
        ("rounds", game(&[&[0], &round, &round, &[0, 8, 0, 0, 3]])),
        ("window", game(&[&[1], &round, &round, &tick, &[18, 1, 0], &tick, &[18, 0, 0], &[9, 8]])),
        ("bills", game(&[&[2], &[18, 1, 0x10], &[15, 0, 7, 1], &[15, 0, 1, 6], &[18, 0, 1], &[9, 8]])),
        ("proven", game(&[&[4], &round, &[0, 2, 0, 8, 3], &[20, 0, 0]])),
        ("proven bills", game(&[&[5], &[18, 1, 0x10], &round])),
        ("bills of others", game(&[&[3], &[18, 1, 1], &[9, 2], &[17, 1, 0, 17, 0x11, 0, 0, 0], &[18, 1, 8]])),
        ("restarts", game(&[&[1], &round, &[20, 0, 0], &[16, 0, 0, 0], &[20, 1, 1], &[21, 22], &round])),
        (
            "steps",
            game(&[&[0], &[1, 0, 0, 3, 0], &[2, 0, 0, 0, 0], &[3, 8, 0], &[8, 1, 0, 8, 3, 0, 8, 5, 0]]),
        ),
        ("one states", game(&[&[0], &[1, 0, 0, 3, 0], &[2, 0, 0, 0, 0], &[3, 0xe8, 0], &give(1, 6)])),
        (
            "again",
            game(&[&[0], &[1, 0, 0, 3, 0], &[2, 4, 0, 0, 0], &[3, 8, 0], &[9, 1], &[8, 1, 0, 8, 3, 0]]),
        ),
        (
            "changed",
            game(&[
                &[3],
                &[1, 0, 0, 3, 0],
                &[2, 1, 0, 2, 41],
                &[2, 0, 0, 0x80, 0],
                &[2, 0, 0, 0, 0],
                &[3, 8, 0],
                &[8, 1, 221, 8, 1, 9],
            ]),
        ),
        ("lists", {
            let opened = [10u8, 3, 0, 0, 0, 0];
            let lists = [2u8, 6, 10, 14, 22, 30, 34].map(|how| [4u8, 4, 0, how]).concat();
            game(&[&[1], &opened, &[11, 0, 8, 0, 0, 0], &lists, &[11, 0, 8, 4, 0, 0], &give(1, 1)])
        }),
        (
            "forger",
            game(&[&[1], &[10, 3, 0, 0, 0, 0], &[11, 0, 8, 0, 2, 0], &[11, 0, 4, 32, 1, 0], &[14, 0, 3]]),
        ),
        (
            "forged bills",
            game(&[&[2], &[13, 0, 1, 8, 0, 0], &[13, 0, 2, 4, 1, 0], &give(1, 6), &give(2, 6), &give(3, 6)]),
        ),
        ("equivocation", {
            let opens = [[10u8, 3, 0, 0, 0, 0xc0], [10, 3, 2, 1, 0, 0x30]].concat();
            let closes = [[11u8, 1, 0xc0, 0, 0, 0], [11, 0, 0x30, 4, 2, 0]].concat();
            game(&[&[0], &opens, &closes, &[14, 0, 3, 14, 4, 3], &give(1, 6), &give(2, 6), &give(3, 6)])
        }),
        ("lies", {
            let lies = [[15u8, 0, 7, 2], [15, 0, 0, 5], [15, 0, 90, 1]].concat();
            game(&[&[1], &[0, 0, 0, 0, 7], &lies, &[0, 0, 0, 0, 1], &lies, &tick, &[18, 0, 16], &lies])
        }),
        ("refused", {
            let opened = [10u8, 3, 0, 0, 0, 0];
            let closed = [11u8, 0, 8, 0, 7, 0x80, 11, 0, 8, 0, 0, 0];
            game(&[&[1], &[4, 0, 0, 201], &opened, &closed, &[23, 15], &[4, 0, 0, 0]])
        }),
        ("too few billed", game(&[&[2], &[13, 0, 0, 8, 3, 0], &[13, 0, 1, 8, 0, 0]])),
        ("wrong window", game(&[&[3], &[13, 128, 1, 8, 0, 0], &[13, 0, 192, 8, 0, 0], &[13, 1, 1, 8, 0, 0]])),
        ("late round", game(&[&[1], &[0, 0, 0, 1, 0], &tick, &[13, 0, 1, 8, 0, 0], &[16, 0, 0, 0]])),
        ("bad proof", game(&[&[4], &[10, 3, 0, 0, 0, 0], &[11, 0, 8, 0x80, 0, 0], &[11, 0, 8, 0x90, 0, 0]])),
        ("chain", game(&[&[1], &[10, 3, 0, 0, 0, 0], &[10, 3, 2, 0, 0, 0x0f], &[11, 0, 8, 0, 0, 0]])),
        ("too early", game(&[&[1], &round, &[13, 0, 1, 8, 0, 0]])),
        ("caught up", {
            let away = [0u8, 0, 0, 1, 0];
            game(&[&[0], &away, &away, &away, &[16, 0, 2, 2, 16, 0, 1, 1, 16, 0, 0, 0], &round, &round])
        }),
        ("caught up two", {
            let away = [0u8, 0, 0, 2, 0];
            game(&[&[1], &away, &[16, 1, 0, 0], &away, &[16, 1, 0, 0], &tick, &[18, 0, 8], &[20, 1, 0]])
        }),
        ("toggles", {
            // The honest utility stops one change before the trustees do.
            let mut toggles: Vec<u8> = (0..16u8).flat_map(|n| [0, (n % 2) << 3, 0, 0, 0]).collect();
            for out in [0, 8, 0] {
                toggles.extend([23, 5, 10, 3, 0, 0, 0, 0, 11, 0, 8, 16, out, 0]);
            }
            game(&[&[0], &toggles])
        }),
        ("jump", game(&[&[3], &[23, 15], &round, &[23, 12], &[18, 0, 0], &round])),
    ];
    let name =
        |(n, (name, bytes)): (usize, (&str, Vec<u8>))| (format!("{n:02}-{}", name.replace(' ', "-")), bytes);
    games.into_iter().enumerate().map(name).collect()
}

/// For the target `ceremony`.
pub fn ceremony() -> Vec<(String, Vec<u8>)> {
    let game = |parts: &[&[u8]]| parts.concat();
    let games = vec![
        ("whole", game(&[&[0], &[8, 0]])),
        ("refresh", game(&[&[2], &[8, 0], &[11, 0]])),
        ("two of them", game(&[&[1], &[8, 0], &[11, 0]])),
        (
            "power",
            game(&[&[4], &[4, 0, 0, 0], &[7, 0, 2, 0], &[3, 0, 1], &[7, 0, 2, 0], &[3, 1, 3], &[8, 0]]),
        ),
        ("power later", {
            let all = [7u8, 0, 2, 0];
            game(&[
                &[0],
                &[4, 0, 0, 0],
                &all,
                &[4, 0, 1, 0],
                &all,
                &[3, 2, 5],
                &all,
                &all,
                &[8, 0],
                &[3, 0, 0],
            ])
        }),
        ("lost", game(&[&[0], &[4, 0, 0, 0], &[7, 1, 7, 2, 2, 0], &[0, 1, 2, 9], &[0, 2, 3, 0], &[8, 0]])),
        ("spoilt share", game(&[&[0], &[8, 4], &[9, 7], &[11, 0]])),
        ("spoilt shares", game(&[&[3], &[8, 0x14], &[9, 3]])),
        ("false echo", game(&[&[0], &[8, 0x12], &[10, 1, 2]])),
        ("false confirmation", game(&[&[0], &[8, 0x18], &[10, 4, 9]])),
        ("equivocation", {
            let second = [4u8, 0, 0, 1, 9];
            let some = [0u8, 0, 4, 0, 0, 1, 5, 0, 0, 2, 4, 0];
            game(&[&[0], &[4, 0, 0, 0], &second, &some, &[7, 0, 2, 0, 7, 0], &[10, 4, 5, 10, 5, 4], &[2, 0]])
        }),
        ("second echo", {
            let shown = [0u8, 0, 2, 0, 0, 0, 3, 0, 0, 0, 8, 0];
            game(&[&[0], &[4, 0, 0, 0], &[7, 0, 2, 0], &[4, 0, 0, 1, 9], &[3, 0, 0], &shown, &[2, 0]])
        }),
        ("false complaint", {
            let complain = [4u8, 0, 5, 0, 4, 0, 5, 2, 4, 0, 5, 0x82];
            game(&[&[0], &[8, 0], &complain, &[9, 14, 9, 15, 9, 16, 9, 17]])
        }),
        ("forged", {
            let forge = |what: u8, how: u8| [4u8, 0, what, how, 1, 2];
            let all: Vec<u8> = (0..10u8).flat_map(|what| forge(what, what * 3)).collect();
            game(&[&[1], &all, &[7, 0, 2, 0], &[8, 0]])
        }),
    ];
    let name =
        |(n, (name, bytes)): (usize, (&str, Vec<u8>))| (format!("{n:02}-{}", name.replace(' ', "-")), bytes);
    games.into_iter().enumerate().map(name).collect()
}

/// For the target `meter`.
pub fn meter() -> Vec<(String, Vec<u8>)> {
    let send = [6u8, 3, 9, 0];
    let game = |parts: &[&[u8]]| parts.concat();
    let pair = |round: u8| [3u8, round, 3, round | 8];
    let games = [
        ("twice", game(&[&[0], &send, &send, &[0, 1], &send, &[0, 5], &send, &[1, 3], &send])),
        ("plain", game(&[&[1], &send, &send, &[0, 1], &send, &[0, 5], &send, &[1, 3], &send])),
        ("mark lost", game(&[&[2], &send, &[2, 0], &send, &[0, 1], &send, &[2, 1], &send])),
        ("pairs", game(&[&[3], &pair(3), &[7, 3, 9, 0], &pair(4), &[7, 4, 9, 0], &[7, 4, 8, 0]])),
        ("wrong pairs", game(&[&[2], &pair(4), &[7, 3, 9, 0], &pair(4), &[2, 1], &[7, 4, 9, 0]])),
        (
            "two sessions",
            game(&[&[3], &[4, 5, 0], &send, &[0, 1], &send, &[4, 6, 0, 4, 0x36, 1, 0, 2], &send]),
        ),
        ("far", game(&[&[4], &[5, 0, 0, 0, 0], &[5, 0xe8, 3, 0, 0], &[6, 7, 1, 0], &[6, 131, 1, 0]])),
        ("large", game(&[&[5], &[6, 3, 0xff, 0x7f], &[6, 3, 0x88, 0x13], &[0, 31], &send])),
        ("negative", game(&[&[7], &[6, 3, 0x78, 0xec], &[0, 1], &[6, 3, 0x77, 0xec], &[6, 3, 0xff, 0xff]])),
        ("end", game(&[&[6], &[0, 31, 0, 27], &send, &[0, 2], &send, &pair(0), &pair(4), &send])),
    ];
    games.into_iter().map(|(name, bytes)| (format!("seed-{}", name.replace(' ', "-")), bytes)).collect()
}

/// All bills that the window of a start allows are told.
pub fn told_bills() -> bool {
    [2, 5].into_iter().all(|start| {
        let mut game = Game::new(&starts()[start]);
        game.now = FIRST + WINDOW;
        let told = game.bill_all(FIRST, 1, 0) && game.seen.bills == 1;
        told && matches!(game.asked, Asked::Bills(..))
    })
}
