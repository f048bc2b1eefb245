//! A deployment in one process, with a clock of its own and every fault at hand: for tests of roles.
//!
//! The network is a star around the utility, as the real one is. What is sent over one connection comes in order, up to where
//! the connection broke; both ends hear of that behind the last letter that came. Everything else is drawn from a
//! seed: latencies, how much of a broken connection still arrives, and after which of its effects a process dies.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

mod chaos;
mod truth;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chacha20::ChaCha20Rng;
use meter_link::{Header, PartyId};
use prost::Message as _;
use rand_core::{Rng, SeedableRng};

use super::seat::Kept;
use super::{Change, Ctx, Effect, Event, Letter, Outbox, Refusal, Role};
use crate::net::own;
use crate::wire::{Bounds, proto};

pub(crate) use chaos::Rates;
pub(crate) use truth::{Tally, Truth};

/// Starts a role: with nothing, or with what is on disk.
pub(crate) type Make = Box<dyn FnMut(Option<Kept>) -> Box<dyn Role>>;

/// Sees every letter when it leaves, and says what leaves instead of it.
pub(crate) type Tamper = Box<dyn FnMut(PartyId, PartyId, Letter) -> Vec<Letter>>;

/// One process, and its link to the utility.
pub(crate) struct Node {
    pub(crate) make: Make,
    role: Option<Box<dyn Role>>,
    pub(crate) kept: Kept,
    /// Its clock is so many milliseconds ahead.
    pub(crate) skew: i64,
    /// Added to the latency of its link.
    pub(crate) slow: u64,
    /// Stores fail: the process dies at each of them.
    pub(crate) disk_full: bool,
    /// Starts again by itself after so many milliseconds.
    pub(crate) restarts_after: Option<u64>,
    pub(crate) events: Vec<(u64, Event)>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) deaths: u32,
    /// Dies after so many more effects.
    dies_in: Option<u32>,
    restart_at: Option<u64>,
    /// In the set of dues, by the network's clock.
    due: Option<u64>,
    link: Link,
}

/// Between a party and the utility.
struct Link {
    /// There is a way.
    mended: bool,
    /// Counts connections; there is one now.
    connection: u64,
    connected: bool,
    /// By direction, up and down: the connection that the sending end knows of, and when the last letter is due.
    known: [Option<u64>; 2],
    last_due: [u64; 2],
}

const UP: usize = 0;
const DOWN: usize = 1;

/// On its way to a party, over the link of `party` (of the two that is not the utility).
struct Parcel {
    party: PartyId,
    direction: usize,
    what: What,
}

enum What {
    Letter(Letter),
    /// The receiving end is told that this connection is there, or that there is none any more.
    Link(Option<u64>),
}

/// The deployment.
pub(crate) struct Network {
    /// Milliseconds since 1970.
    pub(crate) now: u64,
    /// Of a letter, in milliseconds.
    pub(crate) latency: RangeInclusive<u64>,
    /// How many of a thousand letters come twice, the second time later than others.
    pub(crate) duplicates: u64,
    /// Before how many of a thousand steps a process is woken without need.
    pub(crate) early_wakes: u64,
    pub(crate) tamper: Option<Tamper>,
    /// Of the wire: what roles send must be what it carries. Without, frames may be anything.
    pub(crate) bounds: Option<Bounds>,
    rng: ChaCha20Rng,
    nodes: BTreeMap<PartyId, Node>,
    mail: BTreeMap<(u64, u64), Parcel>,
    sent: u64,
    /// Of wakes and restarts.
    dues: BTreeSet<(u64, PartyId)>,
    outbox: Outbox,
}

impl Network {
    pub(crate) fn new(now: u64, seed: u64) -> Self {
        Self {
            now,
            latency: 1..=20,
            duplicates: 0,
            early_wakes: 0,
            tamper: None,
            bounds: None,
            rng: ChaCha20Rng::seed_from_u64(seed),
            nodes: BTreeMap::new(),
            mail: BTreeMap::new(),
            sent: 0,
            dues: BTreeSet::new(),
            outbox: Outbox::default(),
        }
    }

    /// Adds a process and starts it; the utility (id 0) first.
    pub(crate) fn add(&mut self, id: PartyId, make: Make) {
        let link = Link { mended: true, connection: 0, connected: false, known: [None; 2], last_due: [0; 2] };
        let node = Node {
            make,
            role: None,
            kept: Kept::default(),
            skew: 0,
            slow: 0,
            disk_full: false,
            restarts_after: Some(1_000),
            events: Vec::new(),
            refusals: Vec::new(),
            deaths: 0,
            dies_in: None,
            restart_at: None,
            due: None,
            link,
        };
        self.nodes.insert(id, node);
        self.start(id);
    }

    pub(crate) fn node(&mut self, id: PartyId) -> &mut Node {
        self.nodes.get_mut(&id).unwrap()
    }

    pub(crate) fn ids(&self) -> Vec<PartyId> {
        self.nodes.keys().copied().collect()
    }

    /// What the utility says has happened.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.events_at().map(|(_, event)| event)
    }

    /// The same, each with its time.
    pub(crate) fn events_at(&self) -> impl Iterator<Item = (u64, &Event)> {
        self.nodes[&PartyId::UTILITY].events.iter().map(|(at, event)| (*at, event))
    }

    pub(crate) fn is_up(&self, id: PartyId) -> bool {
        self.nodes[&id].role.is_some()
    }

    /// Power fails.
    pub(crate) fn kill(&mut self, id: PartyId) {
        let now = self.now;
        let node = self.node(id);
        if node.role.take().is_none() {
            return;
        }
        node.deaths += 1;
        node.dies_in = None;
        node.restart_at = node.restarts_after.map(|after| now + after);
        self.refresh(id);
        for party in self.links_of(id) {
            self.disconnect(party);
            let (direction, from) = if id == PartyId::UTILITY { (UP, DOWN) } else { (DOWN, UP) };
            self.mail.retain(|_, parcel| parcel.party != party || parcel.direction != direction);
            self.node(party).link.known[from] = None;
        }
    }

    /// Power will fail after so many more effects of this process, between two of them. Stores next to each other are one
    /// effect, since they go to the disk together.
    pub(crate) fn kill_after(&mut self, id: PartyId, effects: u32) {
        self.node(id).dies_in = Some(effects);
    }

    /// Starts a process that is down, from what is on its disk.
    pub(crate) fn start(&mut self, id: PartyId) {
        let node = self.node(id);
        node.restart_at = None;
        if node.role.is_some() {
            return;
        }
        let kept = (node.kept.state.is_some() || !node.kept.records.is_empty()).then(|| node.kept.clone());
        node.role = Some((node.make)(kept));
        self.refresh(id);
        for party in self.links_of(id) {
            self.connect(party);
        }
    }

    /// Cuts the link between a party and the utility, or mends it.
    pub(crate) fn link(&mut self, id: PartyId, mended: bool) {
        self.node(id).link.mended = mended;
        match mended {
            true => self.connect(id),
            false => self.disconnect(id),
        }
    }

    /// Lets everything happen that happens until then.
    pub(crate) fn run_until(&mut self, until: u64) {
        for id in self.ids() {
            self.refresh(id); // a clock may have been set
        }
        while let Some(due) = self.next_due().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.step();
        }
        self.now = self.now.max(until);
    }

    /// Puts a letter on its way, if there is one. It comes as if its sender had sent it.
    pub(crate) fn post(&mut self, from: PartyId, to: PartyId, letter: Letter) {
        assert!(from == PartyId::UTILITY || to == PartyId::UTILITY, "{from} has no link to {to}");
        let letters = match &mut self.tamper {
            Some(tamper) => tamper(from, to, letter),
            None => vec![letter],
        };
        let direction = if from == PartyId::UTILITY { DOWN } else { UP };
        let party = from.max(to);
        let Some(Node { link, .. }) = self.nodes.get(&party) else { return };
        if !link.connected || link.known[direction] != Some(link.connection) {
            return;
        }
        for letter in letters {
            if self.draw(0..=999) < self.duplicates {
                let due = self.now + self.draw(self.latency.clone()) + self.draw(0..=500);
                self.put(due, party, direction, What::Letter(letter.clone()));
            }
            self.deliver(party, direction, What::Letter(letter));
        }
    }

    fn next_due(&self) -> Option<u64> {
        let mail = self.mail.keys().next().map(|(due, _)| *due);
        self.dues.first().map(|(due, _)| *due).into_iter().chain(mail).min()
    }

    fn step(&mut self) {
        let now = self.now;
        if let Some(entry) = self.mail.first_entry().filter(|entry| entry.key().0 <= now) {
            let Parcel { party, direction, what } = entry.remove();
            let (from, to) = match direction {
                UP => (party, PartyId::UTILITY),
                _ => (PartyId::UTILITY, party),
            };
            if self.early_wakes > 0 && self.draw(0..=999) < self.early_wakes {
                self.wake_early(to);
            }
            return match what {
                What::Letter(letter) => {
                    let from = match &letter {
                        Letter::Relay { party, .. } if from == PartyId::UTILITY => *party,
                        _ => from,
                    };
                    self.act(to, |role, ctx| role.receive(ctx, from, letter));
                }
                What::Link(connection) => {
                    // It sends over the other direction.
                    self.node(party).link.known[1 - direction] = connection;
                    self.act(to, |role, ctx| {
                        role.attends(ctx, from, connection.is_some());
                        Ok(())
                    });
                }
            };
        }
        let Some((_, id)) = self.dues.first().copied().filter(|(due, _)| *due <= now) else { return };
        let node = self.node(id);
        if node.role.is_none() {
            return self.start(id);
        }
        let local = now.saturating_add_signed(node.skew);
        self.act(id, |role, ctx| role.wake(ctx));
        let next = self.nodes[&id].role.as_ref().and_then(|role| role.next_wake());
        assert!(next.is_none_or(|next| next > local), "party {id} wakes at {next:?} again, at {local}");
    }

    fn wake_early(&mut self, id: PartyId) {
        let local = self.now.saturating_add_signed(self.nodes[&id].skew);
        let due = self.nodes[&id].role.as_ref().and_then(|role| role.next_wake());
        if due.is_some_and(|due| due <= local) {
            return;
        }
        self.act(id, |role, ctx| {
            role.wake(ctx)?;
            assert!(ctx.out.len() == 0, "party {id}, woken at {local} before {due:?}: {:?}", ctx.out);
            Ok(())
        });
    }

    /// One step of a role, and its effects until the process dies.
    fn act(&mut self, id: PartyId, step: impl FnOnce(&mut dyn Role, &mut Ctx<'_>) -> Result<(), Refusal>) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(&id) else { return };
        let Some(role) = node.role.as_mut() else { return };
        let local = now.saturating_add_signed(node.skew);
        let mut ctx = Ctx { now: local, rng: &mut self.rng, out: &mut self.outbox };
        if let Err(refusal) = step(role.as_mut(), &mut ctx) {
            self.outbox.truncate(0);
            let broken = matches!(refusal, Refusal::Broken(_));
            node.refusals.push(refusal);
            match broken {
                true => self.kill(id),
                false => self.refresh(id),
            }
            return;
        }
        self.refresh(id);
        let effects: Vec<Effect> = self.outbox.drain().collect();
        let mut stored = false;
        for effect in effects {
            let node = self.node(id);
            let store = matches!(effect, Effect::Store(_));
            if !(store && stored) {
                match &mut node.dies_in {
                    Some(0) => return self.kill(id),
                    Some(left) => *left -= 1,
                    None => {}
                }
                if store && node.disk_full {
                    return self.kill(id);
                }
            }
            stored = store;
            match effect {
                Effect::Store(Change::Record(record)) => node.kept.records.push(record),
                Effect::Store(Change::State(state)) => {
                    node.kept = Kept { state: Some(state), records: Vec::new() };
                }
                Effect::Store(Change::Event(event)) => node.events.push((now, event)),
                Effect::Send(to, letter) => {
                    if let Some(bounds) = &self.bounds {
                        carries(bounds, id, to, &letter);
                    }
                    self.post(id, to, letter);
                }
            }
        }
    }

    fn connect(&mut self, party: PartyId) {
        let utility = self.nodes.get(&PartyId::UTILITY).is_some_and(|node| node.role.is_some());
        let node = self.node(party);
        if !utility || node.role.is_none() || !node.link.mended || node.link.connected {
            return;
        }
        node.link.connected = true;
        node.link.connection += 1;
        let connection = Some(node.link.connection);
        for direction in [UP, DOWN] {
            self.deliver(party, direction, What::Link(connection));
        }
    }

    /// Of what is on its way a beginning still comes, where somebody is there.
    fn disconnect(&mut self, party: PartyId) {
        if !std::mem::replace(&mut self.node(party).link.connected, false) {
            return;
        }
        for direction in [UP, DOWN] {
            let to = if direction == UP { PartyId::UTILITY } else { party };
            let up = self.is_up(to);
            let mine = |parcel: &Parcel| parcel.party == party && parcel.direction == direction;
            let letters =
                self.mail.values().filter(|parcel| mine(parcel) && parcel.is_letter()).count() as u64;
            let mut come = self.draw(0..=letters);
            self.mail.retain(|_, parcel| {
                if !mine(parcel) {
                    return true;
                }
                let comes = up && (!parcel.is_letter() || come > 0);
                come = come.saturating_sub(u64::from(parcel.is_letter()));
                comes
            });
            if up {
                let latest = self.mail.iter().filter(|(_, parcel)| mine(parcel)).map(|((due, _), _)| *due);
                let latest = latest.max().unwrap_or_default();
                let last = &mut self.node(party).link.last_due[direction];
                *last = (*last).max(latest);
                self.deliver(party, direction, What::Link(None));
            } else {
                self.node(party).link.known[1 - direction] = None;
            }
        }
    }

    /// Behind everything else of this direction.
    fn deliver(&mut self, party: PartyId, direction: usize, what: What) {
        let after = self.now + self.draw(self.latency.clone());
        let Node { slow, link, .. } = self.node(party);
        let due = (after + *slow).max(link.last_due[direction]);
        link.last_due[direction] = due;
        self.put(due, party, direction, what);
    }

    fn put(&mut self, due: u64, party: PartyId, direction: usize, what: What) {
        self.mail.insert((due, self.sent), Parcel { party, direction, what });
        self.sent += 1;
    }

    fn links_of(&self, id: PartyId) -> Vec<PartyId> {
        match id {
            PartyId::UTILITY => self.nodes.keys().copied().filter(|other| *other != id).collect(),
            _ => vec![id],
        }
    }

    /// When the process wants to do something by itself.
    fn refresh(&mut self, id: PartyId) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        let due = match &node.role {
            Some(role) => role.next_wake().map(|due| due.saturating_add_signed(-node.skew)),
            None => node.restart_at,
        };
        if let Some(old) = std::mem::replace(&mut node.due, due) {
            self.dues.remove(&(old, id));
        }
        self.dues.extend(due.map(|due| (due, id)));
    }

    fn draw(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = range.into_inner();
        low + self.rng.next_u64() % (high - low + 1)
    }
}

/// What the real network would have refused, a role must not send.
fn carries(bounds: &Bounds, from: PartyId, to: PartyId, letter: &Letter) {
    let bytes = proto::Letter::from(letter.clone()).encode_to_vec();
    let most = if from == PartyId::UTILITY { bounds.down } else { bounds.up };
    assert!(bytes.len() <= most, "{from} to {to}: {letter:?} has {} bytes", bytes.len());
    let opened = proto::Letter::decode(bytes.as_slice()).unwrap().open(bounds);
    match opened {
        Ok(Letter::Refusal(_)) => {} // cut to what is taken
        Ok(opened) => assert!(opened == *letter, "{from} to {to}: {letter:?} comes as {opened:?}"),
        Err(malformed) => panic!("{from} to {to}: {letter:?}: {malformed}"),
    }
    if to == PartyId::UTILITY {
        let first = match letter {
            Letter::Frame(frame) | Letter::Relay { frame, .. } => Some(frame),
            Letter::Frames { frames, .. } => frames.first(),
            _ => None,
        };
        if let Some(Header { protocol, .. }) = first.map(|frame| Header::parse(frame).unwrap()) {
            own(protocol, from, letter).unwrap();
        }
    }
}

impl Parcel {
    fn is_letter(&self) -> bool {
        matches!(self.what, What::Letter(_))
    }
}
