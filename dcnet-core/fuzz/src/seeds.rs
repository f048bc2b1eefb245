//! What a fuzzer begins with: one good input for every parser, and games that play by the rules or break one.

mod story;

pub use story::story;

use super::bytes::seed;
use super::world::{CHANNELS, WORLDS, world};

fn named(prefix: &str, games: Vec<(&str, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let name = |(n, (name, bytes)): (usize, (&str, Vec<u8>))| {
        (format!("{prefix}{n:02}-{}", name.replace(' ', "-")), bytes)
    };
    games.into_iter().enumerate().map(name).collect()
}

/// For the target `bytes`.
pub fn bytes() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(&str, Vec<u8>)> = Vec::new();
    for place in 0..WORLDS {
        let (world, mode) = (world(place), (place as u8) << 1);
        let story = story(mode);
        let mut put = |name: &'static str, more: u8, bytes: &[u8]| {
            all.push((name, seed(name, mode | more, bytes)));
        };
        put("meter", 0, &story.before);
        put("meter", 0, &story.meter);
        put("meter", 0, &story.meter_sent);
        put("utility", 8, &world.utility);
        put("utility", 56, &story.utility);
        put("reopen", 0, &story.collecting);
        put("progress", 0, &story.utility[33..33 + 46]);
        put("close record", 0, &story.close_record);
        put("open", 0, &story.open);
        put("close", 0, &story.first);
        put("close", 0, &story.close);
        put("contribution", 0, &story.late);
        put("repair", 0, &story.repairs[3]);
        if world.liar() == 0 {
            continue;
        }
        put("holder", 0, &story.holder);
        put("holder", 8, &world.holders[0]);
        for record in story.holder_records.iter().rev().take(2) {
            put("holder record", 0, record);
        }
        for frame in [&story.answers[1], &story.statements[1], &story.raw[0]] {
            put("answer", 0, frame);
        }
    }
    for count in [[44, 1], [7, 3], [12, 0]] {
        let bytes = [&[9; 32][..], &count, &[3, 0, 0, 0, 5, 6], &[200, 0]].concat();
        all.push(("graph", seed("graph", 0, &bytes)));
    }
    let group = |kind: u8, holders: [u8; 3], meters: u32, degree: u32, least: u32| {
        let mut bytes = vec![0, 3, 0, 100, 0, 7, 0, 0, 0];
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(900u32.to_le_bytes());
        bytes.extend((CHANNELS as u16).to_le_bytes());
        bytes.extend(1_000_000u64.to_le_bytes());
        bytes.extend(meters.to_le_bytes());
        bytes.extend(96u32.to_le_bytes());
        bytes.push(kind);
        bytes.extend(holders);
        bytes.extend(degree.to_le_bytes());
        bytes.extend(least.to_le_bytes());
        bytes.extend([5, 1]);
        seed("params", 0, &bytes)
    };
    all.push(("params", group(0, [4, 3, 1], 200, 0, 0)));
    all.push(("params", group(1, [4, 3, 255], 1000, 92, 62)));
    all.push(("params", group(3, [6, 4, 1], 1000, 46, 20)));
    all.push(("params", group(4, [0, 0, 0], 5000, 12, 0)));
    named("", all)
}

/// A whole round: who hears it not (bits), who is lost at which Close, who is absent, holders away, lie.
fn whole(deaf: u8, lost: u8, absent: u8, away: u8, lie: u8) -> Vec<u8> {
    vec![0, deaf, 0, lost, absent, away, lie]
}

/// For the target `roles`: starts, whole rounds, restarts, and what a forger does, one byte a choice.
pub fn roles() -> Vec<(String, Vec<u8>)> {
    let game = |start: u8, parts: &[&[u8]]| [&[start], parts.concat().as_slice()].concat();
    let round = whole(0, 0, 0, 0, 0);
    let certified = whole(0, 0, 0x80, 0, 0);
    let mut games: Vec<(&str, Vec<u8>)> = Vec::new();
    for world in 0..WORLDS as u8 {
        games.push(("rounds", game(world, &[&round, &certified, &whole(4, 0, 0, 0, 0), &round])));
        games.push(("passes", game(world + 3, &[&whole(4, 5, 0, 0, 0), &whole(1, 0x52, 0, 0, 0), &round])));
        games.push(("lost", game(world, &[&whole(4, 0x52, 0, 1, 0), &whole(0x1f, 0, 0, 0, 0), &round])));
        games.push((
            "restarts",
            game(world + 3, &[&[20], &whole(4, 5, 0x80, 0, 0), &[20, 21], &round, &[20], &round]),
        ));
        games.push(("absent", game(world, &[&round, &whole(0, 0, 3, 0, 0), &round, &[23, 0x84], &round])));
        games.push((
            "lies",
            game(world + 3, &[&whole(0, 0, 0, 0, 7), &whole(0, 0, 0x80, 0, 6), &whole(2, 0, 0x80, 1, 6)]),
        ));
        let lie = whole(0, 0, 0x80, 0, 9);
        games.push(("liars", game(world, &[&lie, &lie, &round])));
        let old_state: &[u8] = &[2, 0, 0, 3, 0, 0, 0, 18, 0, 3, 0, 0, 0, 0, 19, 0, 0, 0, 3, 0, 0, 0x80, 0];
        games.push(("old state", game(world, &[old_state, &round])));
        let toggling = whole(4, 0, 0, 0, 0);
        games.push(("toggles", game(world + 6, &[&toggling, &round, &toggling, &round, &toggling, &round])));
        // Each step alone: Open, contributions, Close, repairs, Close, answers.
        let steps: [&[u8]; 7] = [
            &[2, 0, 0, 3, 0, 0, 0],
            &[3, 0x80, 0, 0, 0],
            &[5, 8, 0, 0, 0],
            &[6, 7, 0, 0],
            &[7, 8, 0, 0, 0],
            &[11, 0, 0, 11, 1, 0, 11, 2, 0, 12, 1, 0, 11, 0, 0],
            &[11, 1, 0, 11, 2, 0, 17, 0, 0, 0, 0, 21],
        ];
        games.push(("steps", game(world, &[&steps.concat()])));
        games.push(("a fifth missing", game(world, &[steps[0], &[3, 0x04, 0, 0, 0], &steps[2..].concat()])));
        // The last meter sends words of its own, then repairs of its own.
        let words = [&[16u8, 0][..], &[5; 32]].concat();
        let repair = [&[16u8, 1][..], &[6; 16]].concat();
        games.push(("forged words", game(world, &[steps[0], &words, &steps[1..].concat()])));
        games.push((
            "forged repair",
            game(world, &[steps[0], &[3, 0x04, 0, 0, 0], steps[2], &repair, &steps[3..].concat()]),
        ));
        // Another utility opens, two Closes of a pass differ by one meter, and a final one goes to some holders.
        let opened: &[u8] = &[13, 3, 2, 0, 0, 0, 0, 0];
        let sent: &[u8] = &[3, 0, 0, 0, 0];
        let again: &[u8] = &[3, 0, 0, 0x80, 0];
        let closes: &[u8] = &[14, 0, 0, 0, 4, 0, 0, 0, 0, 14, 0, 0, 0, 8, 0, 0, 0, 0];
        let finals: &[u8] = &[14, 1, 3, 8, 4, 0, 0, 0, 0, 14, 3, 3, 8, 8, 0, 0, 0, 0];
        games.push(("two closes", game(world, &[steps[0], sent, closes, finals])));
        games.push(("forged open", game(world + 3, &[opened, &[2, 0, 0, 3, 0, 0, 0], sent, closes, finals])));
        games.push((
            "reboot in mid round",
            game(
                world,
                &[
                    steps[0],
                    sent,
                    &[18, 0, 18, 0],
                    closes,
                    again,
                    &[19, 0, 0, 0],
                    again,
                    closes,
                    &[19, 0, 4, 3],
                    closes,
                    finals,
                    &[19, 1, 0],
                ],
            ),
        ));
        games.push((
            "late",
            game(
                world,
                &[steps[0], &[3, 0xfe, 0xff, 0, 0], &[14, 0, 0, 0, 1, 0, 0, 0, 0], sent, &[23, 5], sent],
            ),
        ));
        games.push((
            "flips",
            game(
                world,
                &[
                    steps[0],
                    &[3, 0, 0, 0, 9, 8, 0, 0, 33],
                    sent,
                    &[5, 8, 0, 0, 0, 8, 0x20, 0, 35, 8, 0xa0, 0, 1, 11, 0, 77],
                ],
            ),
        ));
        games.push((
            "behind",
            game(
                world,
                &[&whole(0, 0, 0, 1, 0), &whole(4, 0, 0, 1, 0), &[22, 0, 0, 1, 1, 22, 0, 0, 0, 0], &round],
            ),
        ));
        games.push((
            "statements",
            game(
                world,
                &[
                    steps[0],
                    sent,
                    &[5, 8, 0, 0, 0],
                    &[22, 1, 0, 3, 22, 1, 1, 3],
                    &[17, 0, 0, 0, 0, 17, 0, 0, 9, 0, 17, 0, 1, 0, 3],
                    &[8, 0xe0, 0, 0, 22, 3, 0, 0, 5, 11, 0, 0],
                ],
            ),
        ));
        games.push((
            "clocks",
            game(world + 3, &[&[23, 15], &round, &[23, 0, 2, 0, 0, 7, 0, 0, 0], &[23, 0xff], sent, &round]),
        ));
        games.push((
            "few",
            game(
                world,
                &[&[13, 3, 2, 0xfc, 0, 0, 0, 0], &[2, 0xfc, 0, 3, 0, 0, 0], &whole(0xfc, 0, 0, 0, 0)],
            ),
        ));
    }
    named("", games)
}

/// For the target `meter`.
pub fn meter() -> Vec<(String, Vec<u8>)> {
    let (open, send) = ([3u8, 3, 0, 0, 0], [6u8, 0, 9, 0, 0, 0, 0]);
    // Close: back, flags, set; room.
    let first = [8u8, 0, 0, 0x08, 0, 0];
    let second = [8u8, 0, 2, 0x18, 0, 0];
    let last = [8u8, 0, 3, 0x18, 0, 0];
    let game = |parts: &[&[u8]]| parts.concat();
    let games = vec![
        ("round", game(&[&[0], &open, &send, &first, &second, &last, &[0, 1], &[3, 11, 0, 0, 0], &send])),
        ("twice", game(&[&[1], &open, &send, &send, &first, &first, &[0, 1], &open, &send])),
        ("small", game(&[&[2], &open, &[6, 0, 9, 0, 0, 0, 210], &send, &[8, 0, 0, 8, 0, 230], &first])),
        (
            "rebooted",
            game(&[&[3], &open, &[11], &send, &[12, 0, 0], &send, &first, &[12, 4, 2], &open, &first]),
        ),
        (
            "mid round",
            game(&[&[4], &open, &send, &[11], &first, &[12, 0, 0], &[8, 1, 0, 4, 0, 0], &[12, 3, 7]]),
        ),
        (
            "away",
            game(&[
                &[5],
                &open,
                &send,
                &[0, 1],
                &[3, 3, 0, 0x20, 0],
                &[0, 1],
                &open,
                &send,
                &[0, 99],
                &open,
                &send,
            ]),
        ),
        ("records", game(&[&[6], &open, &[13, 128], &[5; 42], &[13, 9], &[0; 30], &send])),
        (
            "other session",
            game(&[&[7], &[15, 5, 0], &open, &send, &[0, 1], &open, &send, &[15, 6, 0, 15, 0x36, 1]]),
        ),
        ("early close", game(&[&[0], &open, &[8, 0, 0x20, 0, 0, 0], &send, &[0, 1], &open, &send])),
        (
            "flips",
            game(&[&[1], &open, &[14, 0, 33, 14, 0, 35], &send, &first, &[14, 0, 2, 14, 1, 0, 14, 0, 71]]),
        ),
        ("third", game(&[&[2], &open, &send, &first, &second, &[8, 0, 4, 0x18, 0, 0], &last])),
        ("grown", game(&[&[3], &open, &send, &second, &[8, 0, 2, 0x08, 0, 0], &[8, 0, 3, 0x38, 0, 0]])),
    ];
    named("", games)
}

/// For the target `grown`: a group that is founded, and what befalls it.
pub fn grown() -> Vec<(String, Vec<u8>)> {
    let (found, round) = ([12u8, 0], [9u8, 0, 0, 0, 0, 255]);
    let state = [3u8, 0, 0, 0, 0];
    let game = |parts: &[&[u8]]| parts.concat();
    let games = vec![
        ("founded", game(&[&found, &round, &round])),
        ("silent", game(&[&found, &round, &[9, 0, 0, 4, 0, 255], &[9, 0, 0, 0, 0, 5], &round])),
        ("left", game(&[&found, &round, &[5, 2], &[1, 15, 4], &[1, 15, 4], &round, &state, &round, &round])),
        (
            "power cut",
            game(&[&found, &round, &[7, 3, 0], &round, &[3, 8, 0, 0, 0], &round, &[7, 1, 1, 8], &round]),
        ),
        (
            "lost statements",
            game(&[
                &found,
                &[0, 0, 4, 2, 1, 9, 4, 17, 1],
                &[3, 0, 0, 0xfe, 0xff],
                &round,
                &[4, 0, 0],
                &round,
            ]),
        ),
        (
            "damaged",
            game(&[&[0, 0, 1, 2], &[1, 1, 2, 0, 1, 2, 2, 1, 3, 1], &[1, 3, 3, 1, 1, 0], &found, &round]),
        ),
        ("states", game(&[&found, &round, &[15, 6, 70, 0, 1], &[15, 7, 40, 0, 1], &[15, 2, 3, 1, 9]])),
        ("ratchet step", game(&[&found, &round, &[15, 0, 128, 0, 1]])),
        ("forged", game(&[&[0, 0, 1, 2], &[14, 0, 9, 1], &[14, 2, 40, 1], &found, &[14, 1, 8, 3], &round])),
        (
            "owed",
            game(&[&found, &round, &[5, 2], &[1, 15, 0], &state, &round, &[16], &[1, 15, 4], &state, &round]),
        ),
        (
            "abandoned",
            game(&[&[0, 0, 1, 3, 6, 0, 1, 1, 5, 4], &found, &[4, 1, 1, 4, 1, 2, 17, 9], &state, &round]),
        ),
    ];
    named("", games)
}
