//! Memory, handles and bytes that calls draw from and add to, and what must hold after each call.
//!
//! Every output goes into a region of its own, filled with one byte: after a failure it is as it was, but for the
//! culprit; after success nothing behind the size that was given has changed. No call may panic inside, or fail without a
//! number of its own.

use std::any::TypeId;
use std::rc::Rc;

use wattsum::mark::wattsum_mark;

use super::base::Base;
use super::table::{self, Entry};
use super::tape::Tape;

/// Elements that any pointer leads to, and the most that a length says where it is not beyond all objects.
pub const MOST: usize = 4096;
/// Bytes of a slot, in which a role may live in the caller's memory.
pub const SLOT: usize = 8192;
pub const SLOTS: usize = 6;
pub const MARKS: usize = 2;
const CANARY: u8 = 0xee;
/// Bytes and values that are kept.
const KEPT: usize = 255;

/// What is to become of an output.
#[derive(Clone, Copy, PartialEq)]
pub enum Keep {
    Nothing,
    Bytes,
    /// A value of a type, and its size.
    Value(TypeId, usize),
    Handle(TypeId),
    Statuses,
}

/// An output of the call that is being made.
struct Region {
    memory: Vec<u64>,
    /// What was put into it before.
    loaded: Vec<u8>,
    /// Elements that the caller says it has, and bytes of each.
    size: Option<usize>,
    width: usize,
    keep: Keep,
    /// The region in which its length comes back.
    len_at: Option<usize>,
}

pub struct Game {
    pub tape: Tape,
    pub base: Option<Rc<Base>>,
    /// The last is the latest.
    pub blobs: Vec<Vec<u8>>,
    pub values: Vec<(TypeId, Vec<u8>)>,
    handles: Vec<(TypeId, *mut u8)>,
    pub slots: Vec<Vec<u64>>,
    pub marks: Box<[wattsum_mark]>,
    /// What becomes of bytes with a length in the next call.
    pub attack: Option<Vec<u8>>,
    pub call: Call,
}

/// The call that is being made.
#[derive(Default)]
pub struct Call {
    entry: Option<&'static Entry>,
    /// The argument that is being drawn, from 1.
    pub argument: usize,
    /// How many elements the pointer before has.
    pub pending: usize,
    /// Where a role lies that takes part.
    pub role: Option<*mut u8>,
    /// Outputs that must be refused.
    pub overlaps: bool,
    pub freed: Option<*mut u8>,
    regions: Vec<Region>,
    /// Inputs; they stay where they are until the call is over.
    inputs: Vec<Vec<u64>>,
}

impl Game {
    pub fn new(base: Option<Rc<Base>>, bytes: &[u8]) -> Self {
        Game {
            tape: Tape::new(bytes),
            base,
            blobs: Vec::new(),
            values: Vec::new(),
            handles: Vec::new(),
            slots: vec![vec![0; SLOT / 8]; SLOTS],
            marks: (0..MARKS).map(|_| wattsum_mark { words: [0; 10] }).collect(),
            attack: None,
            call: Call::default(),
        }
    }

    /// Makes a call with arguments from the tape, and looks at what it did.
    pub fn run(&mut self, entry: &'static Entry) -> i32 {
        self.call = Call { entry: Some(entry), ..Call::default() };
        let status = (entry.run)(self);
        let call = std::mem::take(&mut self.call);
        let name = entry.name;
        assert!(status != 900 && status != 999, "{name} gave {status}");
        if status != 0 {
            call.changed_nothing(name, status);
            return status;
        }
        assert!(!call.overlaps, "{name} took what overlaps");
        for region in &call.regions {
            self.keep(name, &call, region);
        }
        if let Some(freed) = call.freed {
            self.handles.retain(|(_, at)| *at != freed);
        }
        status
    }

    fn keep(&mut self, name: &str, call: &Call, region: &Region) {
        let (bytes, changed) = (region.bytes(), region.changed());
        if let Some(size) = region.size {
            let end = size.saturating_mul(region.width);
            assert!(changed <= end, "{name} wrote {changed} bytes where there is room for {end}");
        }
        let len = region.len_at.and_then(|at| call.regions.get(at)).map(Region::number);
        if let Some(len) = len {
            let end = len.saturating_mul(region.width);
            assert!(changed <= end, "{name} wrote {changed} bytes and says {end}");
        }
        match region.keep {
            _ if changed == 0 => {}
            Keep::Nothing => {}
            Keep::Bytes => kept(
                &mut self.blobs,
                bytes[..len.map_or(changed, |len| len * region.width).min(MOST)].to_vec(),
            ),
            Keep::Value(kind, size) => kept(&mut self.values, (kind, bytes[..size].to_vec())),
            Keep::Handle(kind) => self.handles.push((kind, region.number() as *mut u8)),
            Keep::Statuses => {
                let statuses = bytes[..changed.next_multiple_of(4)].as_chunks::<4>().0;
                let bad =
                    statuses.iter().map(|one| i32::from_ne_bytes(*one)).find(|one| matches!(one, 900 | 999));
                assert!(bad.is_none(), "{name} gave {bad:?} for one of many");
            }
        }
    }

    /// A handle of a type, counted from the latest.
    pub fn handle(&self, kind: TypeId, back: usize) -> Option<*mut u8> {
        self.handles.iter().rev().filter(|(of, _)| *of == kind).nth(back).map(|(_, at)| *at)
    }

    /// A handle of any type.
    pub fn any_handle(&self, back: usize) -> Option<*mut u8> {
        self.handles.iter().rev().nth(back).map(|(_, at)| *at)
    }

    /// Gives a handle away: to the world that all games share.
    pub fn gives(&mut self, kind: TypeId) -> Option<*mut u8> {
        let at = self.handle(kind, 0)?;
        self.handles.retain(|(_, other)| *other != at);
        Some(at)
    }
}

impl Call {
    /// A fresh output.
    pub fn region(&mut self, elements: usize, width: usize, keep: Keep, loaded: &[u8]) -> *mut u8 {
        let words = elements.saturating_mul(width).div_ceil(8).max(1);
        let mut region = Region {
            memory: vec![u64::from_ne_bytes([CANARY; 8]); words],
            loaded: loaded.to_vec(),
            size: None,
            width,
            keep,
            len_at: None,
        };
        let at = region.memory.as_mut_ptr().cast::<u8>();
        region.load();
        self.regions.push(region);
        at
    }

    /// The last output once more.
    pub fn last_region(&mut self) -> Option<*mut u8> {
        Some(self.regions.last_mut()?.memory.as_mut_ptr().cast())
    }

    /// Bytes of what the lengths of bytes count in this call.
    pub fn unit(&self) -> usize {
        match self.entry.map(|entry| entry.name) {
            Some("wattsum_roster_path" | "wattsum_member_verify") => 32,
            Some("wattsum_elgamal_key_certified") => 144,
            Some("wattsum_elgamal_keys_joint") => 176,
            _ => 1,
        }
    }

    /// A length was drawn: it is that of the pointer right before.
    pub fn sized(&mut self, size: usize) {
        if let Some(region) = self.regions.last_mut()
            && region.keep != Keep::Nothing
        {
            region.size.get_or_insert(size);
        }
    }

    /// The output that was just made gets the length of the one before.
    pub fn is_length(&mut self) {
        let last = self.regions.len().wrapping_sub(1);
        if let [.., of, _] = self.regions.as_mut_slice()
            && of.size.is_some()
        {
            of.len_at = Some(last);
        }
    }

    /// A copy of an input, as large as any pointer's must be.
    pub fn input(&mut self, bytes: &[u8], elements: usize, width: usize) -> *const u8 {
        let mut memory = vec![0u64; elements.saturating_mul(width).max(bytes.len()).div_ceil(8).max(1)];
        for (word, bytes) in memory.iter_mut().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_ne_bytes(whole);
        }
        let at = memory.as_ptr().cast();
        self.inputs.push(memory);
        at
    }

    /// Whether the argument behind the one that is being drawn is a length.
    pub fn is_measured(&self) -> bool {
        let next = self.entry.and_then(|entry| entry.kinds.get(self.argument));
        next.is_some_and(|kind| *kind == TypeId::of::<usize>())
    }

    pub fn is(&self, name: &str) -> bool {
        self.entry.is_some_and(|entry| entry.name == name)
    }

    pub fn frees(&self) -> bool {
        self.entry.is_some_and(|entry| entry.name.ends_with("_free"))
    }

    /// All outputs are as they were, but for the culprit's, which comes last.
    fn changed_nothing(&self, name: &str, status: i32) {
        let last = self.regions.len().wrapping_sub(1);
        for (number, region) in self.regions.iter().enumerate() {
            let culprit = number == last && region.width == 4 && (300..400).contains(&status);
            let changed = region.changed();
            assert!(
                changed <= if culprit { 4 } else { 0 },
                "{name} gave {status} and wrote {changed} bytes of output {number}"
            );
        }
    }
}

impl Region {
    fn bytes(&self) -> Vec<u8> {
        self.memory.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    fn load(&mut self) {
        for (word, bytes) in self.memory.iter_mut().zip(self.loaded.chunks(8)) {
            let mut whole = [CANARY; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_ne_bytes(whole);
        }
    }

    /// Bytes up to the last that is not as it was.
    fn changed(&self) -> usize {
        let untouched = u64::from_ne_bytes([CANARY; 8]);
        let before = self.loaded.len().div_ceil(8);
        let rest = self.memory.get(before..).unwrap_or_default();
        let words = before + rest.iter().rposition(|word| *word != untouched).map_or(0, |last| last + 1);
        let now = self.memory[..words.min(self.memory.len())].iter().flat_map(|word| word.to_ne_bytes());
        let then = self.loaded.iter().copied().chain(std::iter::repeat(CANARY));
        now.zip(then)
            .enumerate()
            .filter(|(_, (now, then))| now != then)
            .last()
            .map_or(0, |(last, _)| last + 1)
    }

    fn number(&self) -> usize {
        self.memory.first().map_or(0, |word| *word as usize)
    }
}

fn kept<T>(all: &mut Vec<T>, one: T) {
    if all.len() >= KEPT {
        all.remove(0);
    }
    all.push(one);
}

impl Drop for Game {
    fn drop(&mut self) {
        for (kind, at) in self.handles.drain(..) {
            let status = table::free(kind, at);
            assert!(status == 0 || std::thread::panicking(), "a handle was not freed: {status}");
        }
    }
}
