//! What a fuzzer begins with: one good input for every parser and every part of the story.

use std::sync::OnceLock;

use meter_link::answer::{Answerer, Quorum, Stated};
use meter_link::collect::Collecting;
use meter_link::frame::{Flags, Header, Writer};
use meter_link::mark::Channels;
use meter_link::roster::link_key::announce;
use meter_link::round::{CloseFields, frame_hash};
use meter_link::set::Members;
use meter_link::window::{Window, WindowFields};
use meter_link::{Field64, HighWater, Identity, Kind, PartyId, Role, Round};

use super::bytes::seed;
use super::world::{ANSWERERS, FIRST, METERS, WINDOW, WORDS, World, shamir};

/// A window of honest rounds, one meter away in one of them, and its query.
pub struct Story {
    /// Now, Open, Close.
    pub rounds: Vec<(Round, Vec<u8>, Vec<u8>)>,
    pub query: Vec<u8>,
    /// State and records of answerer 1, which answered all but the last round, which is open.
    pub state: Vec<u8>,
    pub records: Vec<Vec<u8>>,
    /// Its first answer, and its first statement and raw answer.
    pub told: Vec<Vec<u8>>,
    /// The utility's state.
    pub head: Vec<u8>,
}

/// What a meter sends, or another party that pretends to be one.
pub fn contribution(world: &World, meter: usize, after: u32) -> Vec<u8> {
    let id = world.roster.meters().get(meter).map_or(world.post(1).id, |member| member.id);
    let header = world.view.header(Kind::Contribution, Flags::TRANSMISSION, id, Round::from(FIRST + after));
    let mut out = vec![0; Header::LEN + WORDS * Field64::LEN + 16];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    let values = [1, 2, 3, 4].map(|n| Field64::from_u64(n + 10 * meter as u64));
    writer.elements(&values).unwrap();
    writer.finish_tagged(&header, world.frame_key(id).unwrap()).unwrap();
    out
}

pub fn story(world: &World) -> &'static Story {
    static STORY: OnceLock<Story> = OnceLock::new();
    STORY.get_or_init(|| tell(world))
}

/// Answerer 1 towards the end of the story: the Open of the last round is there, or the last Close too.
pub fn asked(world: &World, closed: bool) -> Answerer {
    let story = story(world);
    let mut answerer = world.restored(1, &story.state).unwrap();
    let (now, open, close) = story.rounds.last().unwrap();
    answerer.open(*now, open).unwrap();
    if closed {
        answerer.follow(*now, close).unwrap().stored();
    }
    answerer
}

fn tell(world: &World) -> Story {
    let (mut head, mut answerer) = (world.head(), world.answerer(1));
    let (mut rounds, mut records, mut told) = (Vec::new(), Vec::new(), Vec::new());
    let mut state = Vec::new();
    let quorum = Quorum::new(&[1, 2, 4]).unwrap();
    for offset in 0..WINDOW {
        let now = Round::from(FIRST + offset);
        let mut set = vec![true; METERS as usize];
        set[3] = offset != 5;
        let (open, present) = head.open_frame(now, now, &[true; METERS as usize]).unwrap();
        let previous = frame_hash(&open);
        let fields =
            CloseFields { round: now, pass: 1, previous, quorum: Some(quorum), is_final: true, set: &set };
        let close = head.close(&fields, &present).unwrap();
        if offset + 1 == WINDOW {
            state = answerer.to_bytes().unwrap().to_vec();
        }
        answerer.open(now, &open).unwrap();
        let (record, frame) = if offset == 2 {
            let prepared = answerer.agree(now, &close).unwrap();
            (prepared.record().to_vec(), prepared.stored())
        } else if offset == 4 {
            let prepared = answerer.follow(now, &close).unwrap();
            (prepared.record().to_vec(), Vec::new())
        } else {
            let prepared = answerer.answer(now, &close).unwrap();
            (prepared.record().to_vec(), prepared.stored())
        };
        records.push(record);
        if offset == 2 {
            let statements = [1, 2, 3].map(|number| statement(world, number, &close, now));
            let certificate = statements.each_ref().map(Vec::as_slice);
            let raw = answerer.answer_certified(&certificate).unwrap();
            records.push(raw.record().to_vec());
            told.push(raw.stored());
        }
        told.push(frame);
        rounds.push((now, open, close));
    }
    let book = answerer.books().unwrap().get(Round::from(FIRST)).unwrap();
    let billed = book.billable().unwrap();
    let window = Window { first: Round::from(FIRST), last: Round::from(FIRST + WINDOW - 1) };
    let fields = WindowFields { window, sets_digest: book.sets_digest(), quorum, billed: &billed };
    let query = head.query(&fields).unwrap();
    told.push(answerer.bill(Round::from(FIRST + WINDOW), &query).unwrap().stored());
    Story { rounds, query, state, records, told, head: head.to_bytes(&[]).unwrap().to_vec() }
}

fn statement(world: &World, number: u8, close: &[u8], now: Round) -> Vec<u8> {
    let close = meter_link::round::Close::verify(close, &world.view, now).unwrap();
    let digest = world.head().digest(&Members::from(close.set).to_marks());
    let id = world.post(number).id;
    let stated = Stated { kind: Kind::SetStatement, round: now, digest };
    stated.sign(&world.view, &world.identity(id), id).unwrap()
}

/// For the target `bytes`.
pub fn bytes() -> Vec<(String, Vec<u8>)> {
    let world = shamir();
    let story = story(world);
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut put = |name: &str, mode: u8, bytes: &[u8]| {
        let count = all.len();
        all.push((format!("{count:02}-{}", name.replace([' ', ','], "-")), seed(name, mode, bytes)));
    };
    let (_, open, close) = &story.rounds[0];
    put("header", 0, open);
    put("open", 0, open);
    put("open", 10, &story.rounds[5].1);
    put("close", 0, close);
    put("close", 10, &story.rounds[5].2);
    for (id, role) in [(PartyId(100), Role::Meter), (world.post(2).id, Role::Aggregator)] {
        let (identity, link): (Identity, _) = (world.identity(id), world.link(id).public());
        put("link key", 0, &announce(&world.forming, id, role, &identity, link).unwrap());
    }
    let root = world.roster.root(world.view.epoch().last_round, 1_000);
    let root = root.sign(&world.forming, &world.identity(PartyId::UTILITY)).unwrap();
    put("roster root", 0, &root);
    let statement = statement(world, 2, &story.rounds[2].2, story.rounds[2].0);
    put("statement", 0, &statement);
    put("window query", 2 * WINDOW as u8, &story.query);
    let answerer = asked(world, false);
    put("log head", 0, &answerer.log_head(Round::from(FIRST + 3)).unwrap());
    let frame = contribution(world, 4, 0);
    put("contribution", 0, &frame);
    put("contributions", 0, &[0, 1, 0, 0, 0, 0, 0, 2, 0, 16, 255, 255, 0, 1, 1, 0, 0, 0, 72]);
    put("contributions", 0, &[&[frame.len() as u8], &frame[..], &[64], &frame[..]].concat());
    put("answer", 0, &story.told[0]);
    put("answer", 2, story.told.last().unwrap());
    put("raw answer", 0, &story.told[2]);
    put("raw answer", 0, &statement);
    let last = story.rounds.len() as u8 - 1;
    let (now, open, close) = story.rounds.last().unwrap();
    for (step, frame) in [open, close, close, close, &story.query, &story.query].into_iter().enumerate() {
        let step = step as u8;
        put("answerer, any frame", ((last + step / 4) << 4) | (step << 1), frame);
    }
    let statements = [1, 2, 3].map(|number| self::statement(world, number, close, *now));
    put("answerer, any frame", (last << 4) | 12, &statements.concat());
    put("answerer, any frame", (last << 4) | 14, &[&[open.len() as u8], &open[..], close].concat());
    put("log", 0, &story.records.concat());
    put("records of agreement", 0, &story.records.concat());
    put("records of agreement", 2, &[&[2, 232, 3, 0, 0][..], &[9; 32], &[0; 4]].concat());
    let utility = world.identity(PartyId::UTILITY).public();
    let accepted = meter_link::roster::StoredRoot::accept(&root, &world.forming, &utility, 0, None);
    put("stored root", 0, accepted.unwrap().record());
    let channels = Channels { first: 1, count: 2 };
    let schedule = world.view.group().schedule;
    put("high-water mark", 0, &HighWater::<4>::new().take(channels, &schedule, Round::from(1001)).unwrap());
    // No record, but a round and channels to take.
    put("high-water mark", 1, &[1, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    put("progress", 0, &story.head[33..33 + 46]);
    let part = super::bytes::part(world);
    put("partial sum", 0, &part);
    put("carry", 0, &[&[1, 9, 0, 0, 0, 0, 0, 0, 0][..], &[100, 0, 0, 0, 0, 0, 0, 0, 50], &[0; 7]].concat());
    put("sets", 0, &[9, 4, 1, 0xff, 0, 0x0b, 1, 0, 0, 0, 0, 0, 0, 0, 1, 3, 4]);
    put("sets", 1, &[0, 8, 0, 0, 4, 2, 2, 0, 5, 0, 9, 1, 15, 7, 0, 0, 0, 0, 0, 0, 0]);
    let path = world.roster.path(meter_link::roster::List::Roster, 2);
    let proof = world.roster.inclusion(meter_link::roster::List::Roster, 2, &path);
    let leaf = world.roster.meters()[1].leaf();
    let fields =
        [&2u32.to_le_bytes()[..], &proof.count.to_le_bytes(), &leaf, &proof.merkle_root, &path.concat()];
    put("inclusion", 0, &fields.concat());
    put("sealed", 0, &story.told[0]);
    put("collection", 0, &super::bytes::collected(world, false));
    put("collection", 2 | (part.len() as u8 - 64) << 2, &super::bytes::collected(world, true));
    put("head", 0, &story.head);
    put("reopen", 0, &collecting(world).to_bytes().unwrap());
    put("answerer", 0, &story.state);
    put("answerer", (last << 2) | 2, &story.state);
    let toggles = story.head.len() - 4 - toggles_len(&story.head);
    put("parts of states", 0, &story.head[toggles..story.head.len() - 4]);
    let mut books = Vec::new();
    answerer.books().unwrap().save(&mut books).unwrap();
    put("parts of states", 2, &books);
    books.extend(vec![0; (METERS * 2 * 8) as usize]);
    put("parts of states", 4, &books);
    let keys = 1 + 32 + 4 + 4 + 32 * (1 + usize::from(ANSWERERS) - 1 + METERS as usize);
    put("parts of states", 6, &story.state[keys..]);
    all
}

/// For the target `rounds`: games and their protocols, one byte a choice.
pub fn rounds() -> Vec<(String, Vec<u8>)> {
    let whole = [4u8, 0, 0, 0];
    let open = [0u8, 3, 1, 0, 0];
    let close = |mask: u8, flags: u8| [2, 0, mask, flags, 0, 0];
    let mut games: Vec<(&str, Vec<u8>)> = Vec::new();
    for protocol in 0..3u8 {
        games.push(("whole", [&[protocol][..], &whole, &[4, 0, 4, 0], &whole].concat()));
        games.push((
            "close",
            [&[protocol][..], &open, &close(8, 12), &close(8, 0), &close(0, 12), &close(0, 18), &[9, 0]]
                .concat(),
        ));
        games.push((
            "honest",
            [&[protocol | 4][..], &[7, 67, 0, 0, 0, 0, 1, 2, 3, 19, 4, 7, 67, 0, 0, 4, 0]].concat(),
        ));
    }
    games.push(("toggles", [&[0u8][..], &[5, 3, 18, 5, 3, 2], &whole].concat()));
    let other = [2u8, 0, 8, 12, 1, 0];
    games.push(("contradiction", [&[0u8][..], &whole, &other, &[9, 0], &open, &other].concat()));
    let missed = [1u8, 0, 0, 2, 0, 8, 0, 0, 0];
    games.push(("missed", [&[0u8][..], &missed, &[11, 0, 0, 6, 5], &whole, &[11, 0, 0]].concat()));
    games.push(("spans", [&[0u8][..], &[5, 3, 18, 6, 255, 6, 255, 6, 255], &whole].concat()));
    games.push((
        "restart",
        [&[0u8][..], &whole, &[8], &whole, &[9, 0, 9, 2, 9, 3], &[11, 0, 0], &whole].concat(),
    ));
    games.push(("behind", [&[0u8][..], &open, &whole, &[2, 1, 8, 24, 0, 0], &[11, 0, 1]].concat()));
    games.push((
        "passes",
        [&[1u8][..], &open, &close(0, 1), &close(8, 2), &close(8, 4), &close(8, 10)].concat(),
    ));
    let name = |(n, (name, bytes)): (usize, (&str, Vec<u8>))| (format!("{n:02}-{name}"), bytes);
    games.into_iter().enumerate().map(name).collect()
}

/// `span u32 ‖ 1 ‖ round u32 ‖ all (one byte) ‖ changes`.
fn toggles_len(_: &[u8]) -> usize {
    4 + 1 + 4 + 1 + METERS as usize
}

fn collecting(world: &World) -> Collecting {
    let (mut head, now) = (world.head(), Round::from(FIRST));
    let mut collecting = head.open(now, now, &[true; METERS as usize], WORDS).unwrap();
    for meter in [0, 3, 8] {
        collecting.accept(&contribution(world, meter, 0)).unwrap();
    }
    collecting
}
