//! Stories: calls that a group makes from its first frame to its sums, written down as a tape.

pub mod cmt;
pub mod elgamal;
pub mod groups;
pub mod pads;

use std::any::TypeId;
use std::rc::Rc;

use super::base::{Base, WORLDS, base};
use super::game::Game;
use super::table::{self, Entry};
use super::tape::Tape;

/// A call: the function, and the tape of its arguments.
pub struct Step {
    pub entry: &'static Entry,
    pub arguments: Vec<u8>,
}

pub struct Story {
    pub name: &'static str,
    pub steps: Vec<Step>,
}

/// Bytes that were made, by their number.
#[derive(Clone, Copy, Debug)]
pub struct Blob(pub usize);

/// An argument.
pub enum A {
    /// What the tape says.
    N(u8),
    Raw(Vec<u8>),
    In(Blob),
    /// An output that holds bytes before, such as a secret.
    Holding(Blob),
    /// A value of a type, by its number among those of its type.
    Value(TypeId, usize),
    /// Several, after their number.
    Many(Vec<A>),
    /// Several, one after the other.
    Parts(Vec<A>),
}

/// The usual: an output, a length as it is, the latest handle, nothing odd.
pub const Z: A = A::N(0);
pub const NULL: A = A::N(0x11);
pub const BEACON_TIME: A = A::N(0xc1);
pub const BEFORE_IT: A = A::N(0xc0);
pub const LAST: A = A::N(0xc3);

pub fn value<T: 'static>(number: usize) -> A {
    A::Value(TypeId::of::<T>(), number)
}

/// 32 bytes that look random.
pub fn entropy(seed: u8) -> A {
    let bytes =
        (0..32u8).map(|at| at.wrapping_mul(37).wrapping_add(seed.wrapping_mul(101)) ^ (at >> 1) ^ seed);
    A::Raw([0x10, 32].into_iter().chain(bytes).collect())
}

/// Makes calls and writes them down.
pub struct Scribe {
    pub game: Game,
    steps: Vec<Step>,
    /// Bytes of the world, before those that were made in this game.
    based: usize,
}

impl Scribe {
    pub fn new(game: Game, based: usize) -> Self {
        Scribe { game, steps: Vec::new(), based }
    }

    /// A call that must succeed. What it made is what [`Scribe::made`] counts from.
    pub fn call(&mut self, name: &str, arguments: Vec<A>) -> Vec<Blob> {
        let before = self.game.blobs.len();
        let status = self.attempt(name, arguments);
        assert_eq!(status, 0, "{name} in the story");
        (before..self.game.blobs.len()).map(|at| Blob(self.based + at)).collect()
    }

    pub fn attempt(&mut self, name: &str, arguments: Vec<A>) -> i32 {
        let entry = table::entry(name);
        let arguments: Vec<u8> = arguments.iter().flat_map(|argument| self.written(argument)).collect();
        self.game.tape = Tape::new(&arguments);
        let status = self.game.run(entry);
        self.steps.push(Step { entry, arguments });
        status
    }

    /// Bytes that no function makes.
    pub fn plant(&mut self, bytes: Vec<u8>) -> Blob {
        self.game.blobs.push(bytes);
        Blob(self.last_blob())
    }

    pub fn last_blob(&self) -> usize {
        self.based + self.game.blobs.len() - 1
    }

    pub fn bytes(&self, blob: Blob) -> &[u8] {
        match blob.0.checked_sub(self.based) {
            Some(at) => &self.game.blobs[at],
            None => self.game.base.as_ref().map(|base| base.blobs[blob.0].as_slice()).unwrap_or_default(),
        }
    }

    fn written(&self, argument: &A) -> Vec<u8> {
        match argument {
            A::N(byte) => vec![*byte],
            A::Raw(bytes) => bytes.clone(),
            A::In(Blob(at)) => match at.checked_sub(self.based) {
                None => vec![0, *at as u8],
                Some(at) => vec![1, (self.game.blobs.len() - 1 - at) as u8],
            },
            A::Holding(blob) => [vec![1], self.written(&A::In(*blob))].concat(),
            A::Value(kind, number) => {
                let of = |values: &[(TypeId, Vec<u8>)]| values.iter().filter(|(of, _)| of == kind).count();
                let based = self.game.base.as_ref().map_or(0, |base| of(&base.values));
                match number.checked_sub(based) {
                    None => vec![0, *number as u8],
                    Some(at) => vec![1, (of(&self.game.values) - 1 - at) as u8],
                }
            }
            A::Parts(all) => all.iter().flat_map(|one| self.written(one)).collect(),
            A::Many(all) => {
                [vec![all.len() as u8], all.iter().flat_map(|one| self.written(one)).collect()].concat()
            }
        }
    }
}

/// A story in a world that is there.
pub fn story(base: &Rc<Base>, name: &'static str, tell: impl FnOnce(&mut Scribe)) -> Story {
    let mut scribe = Scribe::new(Game::new(Some(base.clone()), &[]), base.blobs.len());
    tell(&mut scribe);
    Story { name, steps: scribe.steps }
}

/// Each story as a tape of `calls`, in which all goes well.
pub fn calls() -> Vec<(String, Vec<u8>)> {
    told(|world, _, story| tape(world, story.steps.iter().map(|step| (step.entry, step.arguments.clone()))))
}

/// Each story backwards, and with arguments that are missing, misplaced, or of something else.
pub fn wrong_calls() -> Vec<(String, Vec<u8>)> {
    let all =
        |steps: &[Step]| steps.iter().map(|step| (step.entry, step.arguments.clone())).collect::<Vec<_>>();
    let mut seeds = told(|world, _, story| tape(world, all(&story.steps).into_iter().rev()));
    seeds.iter_mut().for_each(|(name, _)| name.push_str("-backwards"));
    for (number, odd) in [0x11u8, 0x14, 0x15, 0x16, 2, 3].into_iter().enumerate() {
        let named = told(|world, _, story| {
            let mut steps = all(&story.steps);
            for (at, (_, arguments)) in steps.iter_mut().enumerate() {
                let len = arguments.len().max(1);
                if let Some(byte) = arguments.get_mut((at * 5 + number * 3) % len) {
                    *byte = odd;
                }
            }
            tape(world, steps.into_iter())
        });
        seeds.extend(named.into_iter().map(|(name, bytes)| (format!("{name}-odd-{odd:02x}"), bytes)));
    }
    seeds
}

fn tape(world: u8, steps: impl Iterator<Item = (&'static Entry, Vec<u8>)>) -> Vec<u8> {
    let number =
        |of: &Entry| table::entries().iter().position(|entry| entry.name == of.name).unwrap_or_default();
    let steps =
        steps.flat_map(|(entry, arguments)| [&(number(entry) as u16).to_le_bytes()[..], &arguments].concat());
    [world].into_iter().chain(steps).collect()
}

/// Each story, attacked nowhere; and at each step in some way.
pub fn received() -> Vec<(String, Vec<u8>)> {
    let mut seeds = told(|world, number, _| vec![world, number]);
    seeds.extend(told(|world, number, story| {
        let attacks =
            (0..story.steps.len() as u8).step_by(3).flat_map(|step| [step, 4, 3, step, 0, 1 << (step % 8)]);
        [world, number].into_iter().chain(attacks).collect()
    }));
    let names = seeds.into_iter().enumerate();
    names.map(|(number, (name, bytes))| (format!("{number:02}-{name}"), bytes)).collect()
}

fn told(tape: impl Fn(u8, u8, &Story) -> Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (world, name) in (0u8..).zip(WORLDS) {
        let base = base(world);
        let stories = base.stories().iter();
        seeds.extend(
            (0u8..)
                .zip(stories)
                .map(|(number, story)| (format!("{name}-{}", story.name), tape(world, number, story))),
        );
    }
    seeds
}
