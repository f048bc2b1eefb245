//! Arguments, drawn from the tape: by default what is right, else what was made before, damaged, missing or misplaced.
//! Pointers lead to as much memory as any length says, so that every call is one that C allows.

use std::any::TypeId;

use super::game::{Game, Keep, MARKS, MOST, SLOT, SLOTS};

/// Rounds of all groups, and the time of their beacon.
pub const FIRST: u64 = 1000;
pub const LAST: u64 = 1063;
pub const BEACON_TIME: u64 = 100_000;
pub const CHANNELS: usize = 2;

pub trait Draw: Sized {
    fn draw(game: &mut Game) -> Self;
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Draw for $type {
            fn draw(game: &mut Game) -> Self {
                match game.tape.byte() {
                    0xff => <$type>::from_le_bytes(game.tape.array()),
                    byte => byte as $type,
                }
            }
        }
    )*};
}
numbers!(u16 i32 i64);

impl Draw for u32 {
    fn draw(game: &mut Game) -> Self {
        let number = match game.tape.byte() {
            0xff => u32::from_le_bytes(game.tape.array()),
            byte => byte.into(),
        };
        // A table of many bits takes all the memory that its caller asks for.
        if game.call.is("wattsum_elgamal_table_build") { number % 12 } else { number }
    }
}

impl Draw for u8 {
    fn draw(game: &mut Game) -> Self {
        game.tape.byte()
    }
}

impl Draw for i8 {
    fn draw(game: &mut Game) -> Self {
        game.tape.byte().cast_signed()
    }
}

/// A round or a time: `0 …` from the first round on.
impl Draw for u64 {
    fn draw(game: &mut Game) -> Self {
        match game.tape.byte() {
            byte @ ..0xc0 => FIRST + u64::from(byte),
            0xff => u64::from_le_bytes(game.tape.array()),
            byte => [BEACON_TIME - 1, BEACON_TIME, 0, LAST, 1 << 32, u64::MAX, (1 << 32) - 1, 3]
                [usize::from(byte % 8)],
        }
    }
}

impl Draw for usize {
    fn draw(game: &mut Game) -> Self {
        let pending = game.call.pending;
        let size = match game.tape.byte() {
            0 => pending,
            byte @ ..0xd0 => usize::from(byte) - 1,
            0xff => usize::from(game.tape.word()) % (MOST + 1),
            byte => [pending.saturating_sub(1), pending + 1, MOST, usize::MAX, usize::MAX / 2 + 1]
                [usize::from(byte % 5)],
        };
        // Beyond all objects, or within the memory that there is.
        let size = if size > MOST && size < usize::MAX / 2 && size != pending { MOST } else { size };
        game.call.sized(size);
        size
    }
}

impl Game {
    /// Bytes of the world, of an earlier call, or of the tape; `None` is NULL.
    fn bytes(&mut self) -> Option<Vec<u8>> {
        let mode = self.tape.byte();
        match mode {
            0x10 => {
                let len = usize::from(self.tape.byte());
                Some(self.tape.take(len))
            }
            0x11 => None,
            0x12 => {
                let mut bytes = self.known(0)?;
                for _ in 0..self.tape.byte() % 8 {
                    let (at, flip) = (usize::from(self.tape.word()), self.tape.byte());
                    let len = bytes.len().max(1);
                    if let Some(byte) = bytes.get_mut(at % len) {
                        *byte ^= flip;
                    }
                }
                Some(bytes)
            }
            0x13 => {
                let mut bytes = self.known(0)?;
                bytes.truncate(usize::from(self.tape.word()));
                Some(bytes)
            }
            _ => self.known(mode & 1),
        }
    }

    fn known(&mut self, latest: u8) -> Option<Vec<u8>> {
        let index = usize::from(self.tape.byte());
        let base = self.base.as_ref().and_then(|base| base.blobs.get(index)).filter(|_| latest == 0);
        let recent = || self.blobs.iter().rev().nth(index);
        Some(base.or_else(recent).cloned().unwrap_or_default())
    }

    /// A value of a type.
    pub fn value(&mut self, kind: TypeId, size: usize) -> Option<Vec<u8>> {
        let mode = self.tape.byte();
        if mode == 0x11 {
            return None;
        }
        let index = usize::from(self.tape.byte());
        let base = self.base.as_ref().and_then(|base| {
            base.values.iter().filter(|(of, _)| *of == kind).nth(index).filter(|_| mode & 1 == 0)
        });
        let recent = || self.values.iter().rev().filter(|(of, _)| *of == kind).nth(index);
        let mut value = base.or_else(recent).map_or_else(|| vec![0; size], |(_, bytes)| bytes.clone());
        if mode == 0x12 {
            for _ in 0..self.tape.byte() % 4 {
                let (at, flip) = (usize::from(self.tape.word()), self.tape.byte());
                value[at % size] ^= flip;
            }
        }
        Some(value)
    }

    /// In a role that takes part in the call: must be refused.
    fn inside_the_role(&mut self) -> Option<*mut u8> {
        self.call.overlaps = self.call.role.is_some();
        self.call.role.map(|role| role.wrapping_add(16))
    }
}

impl Draw for *const u8 {
    fn draw(game: &mut Game) -> Self {
        let bytes = match (&game.attack, game.call.is_measured()) {
            (Some(attack), true) => {
                let attack = attack.clone();
                let bytes = game.bytes();
                bytes.map(|bytes| attacked(bytes, &attack))
            }
            _ => game.bytes(),
        };
        let Some(bytes) = bytes else {
            game.call.pending = 1;
            return std::ptr::null();
        };
        let unit = game.call.unit();
        game.call.pending = bytes.len().min(MOST) / unit;
        game.call.input(&bytes, MOST, unit)
    }
}

/// `what u8 ‖ …`: other bytes in place of what should be received.
fn attacked(mut bytes: Vec<u8>, attack: &[u8]) -> Vec<u8> {
    let Some((what, rest)) = attack.split_first() else { return bytes };
    match what % 4 {
        0 => rest.to_vec(),
        1 => {
            bytes.truncate(rest.first().map_or(0, |len| usize::from(*len)));
            bytes
        }
        2 => [&bytes, rest].concat(),
        _ => {
            for change in rest.as_chunks::<3>().0 {
                let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
                let len = bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(at % len) {
                    *byte ^= change[2];
                }
            }
            bytes
        }
    }
}

/// `0` a fresh output; `1` the same with something in it, such as a secret; NULL, misplaced.
impl Draw for *mut u8 {
    fn draw(game: &mut Game) -> Self {
        game.call.pending = MOST;
        let unit = game.call.unit();
        match game.tape.byte() {
            1 => {
                let bytes = game.bytes().unwrap_or_default();
                let loaded = &bytes[..bytes.len().min(MOST)];
                game.call.region(MOST, unit, Keep::Bytes, loaded)
            }
            2 => std::ptr::null_mut(),
            3 if game.call.role.is_some() => game.inside_the_role().unwrap_or_default(),
            _ => game.call.region(MOST, unit, Keep::Bytes, &[]),
        }
    }
}

/// Outputs of several elements; odd ones are NULL, misaligned, misplaced.
pub fn output<T>(game: &mut Game, elements: usize, keep: Keep) -> *mut T {
    game.call.pending = elements;
    match game.tape.byte() {
        2 => std::ptr::null_mut(),
        3 if game.call.role.is_some() => game.inside_the_role().unwrap_or_default().cast(),
        4 => game.call.region(elements + 1, size_of::<T>(), keep, &[]).wrapping_add(1).cast(),
        _ => game.call.region(elements, size_of::<T>(), keep, &[]).cast(),
    }
}

impl Draw for *mut usize {
    fn draw(game: &mut Game) -> Self {
        let at: Self = output(game, 1, Keep::Nothing);
        if !at.is_null() {
            game.call.is_length();
        }
        at
    }
}

/// Ids and positions, and the culprit, which may be anywhere or nowhere.
impl Draw for *mut u32 {
    fn draw(game: &mut Game) -> Self {
        output(game, MOST, Keep::Nothing)
    }
}

impl Draw for *mut u64 {
    fn draw(game: &mut Game) -> Self {
        output(game, MOST, Keep::Nothing)
    }
}

impl Draw for *mut u16 {
    fn draw(game: &mut Game) -> Self {
        output(game, MOST, Keep::Nothing)
    }
}

impl Draw for f64 {
    fn draw(game: &mut Game) -> Self {
        match game.tape.byte() {
            0xff => f64::from_le_bytes(game.tape.array()),
            byte => f64::from(byte) / 8.0 - 1.0,
        }
    }
}

impl Draw for *const f64 {
    fn draw(game: &mut Game) -> Self {
        let values: Vec<u8> = (0..8).flat_map(|_| f64::draw(game).to_ne_bytes()).collect();
        game.call.pending = CHANNELS;
        game.call.input(&values, MOST, 8).cast()
    }
}

impl Draw for *mut f64 {
    fn draw(game: &mut Game) -> Self {
        let at = output(game, MOST, Keep::Nothing);
        game.call.pending = CHANNELS;
        at
    }
}

impl Draw for *mut i64 {
    fn draw(game: &mut Game) -> Self {
        let at = output(game, MOST, Keep::Nothing);
        game.call.pending = CHANNELS;
        at
    }
}

impl Draw for *mut wattsum::status::wattsum_status {
    fn draw(game: &mut Game) -> Self {
        output(game, MOST, Keep::Statuses)
    }
}

/// Readings.
impl Draw for *const i64 {
    fn draw(game: &mut Game) -> Self {
        let values: [i64; 8] = match game.tape.byte() {
            0xff => [(); 8].map(|()| i64::from_le_bytes(game.tape.array())),
            0xfe => return std::ptr::null(),
            0xfd => [i64::MIN, i64::MAX, 0, 1, -1, 1_000_000, -1_000_000, 1_000_001],
            byte => [3, -2, 0, 7, 100, -100, 1, 2].map(|value| value * i64::from(byte) + 5),
        };
        game.call.pending = CHANNELS;
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        game.call.input(&bytes, MOST, 8).cast()
    }
}

impl Draw for *const wattsum::bytes::wattsum_bytes {
    fn draw(game: &mut Game) -> Self {
        let count = usize::from(game.tape.byte() % 32);
        let mut items = Vec::new();
        for _ in 0..count {
            let bytes = game.bytes();
            let at = match &bytes {
                Some(bytes) => game.call.input(bytes, MOST, 1),
                None => std::ptr::null(),
            };
            let len = bytes.map_or(0, |bytes| bytes.len().min(MOST));
            items.extend([at as usize, len].into_iter().flat_map(usize::to_ne_bytes));
        }
        game.call.pending = count;
        game.call.input(&items, MOST, 16).cast()
    }
}

/// A meter's memory.
impl Draw for *mut core::ffi::c_void {
    fn draw(game: &mut Game) -> Self {
        game.call.pending = SLOT;
        // What is attacked may not cost the meter that lives somewhere else.
        let spare = game.attack.is_some();
        match game.tape.byte() {
            0x11 => std::ptr::null_mut(),
            0x14 => {
                game.call.pending = SLOT - 8;
                game.slots[0].as_mut_ptr().wrapping_byte_add(4).cast()
            }
            byte => {
                let slot = if spare { SLOTS - 1 } else { usize::from(byte) % SLOTS };
                game.slots[slot].as_mut_ptr().cast()
            }
        }
    }
}

/// Where a role lives in the caller's memory: in a slot, if it lives at all.
pub fn slot(game: &mut Game) -> *mut u8 {
    let at = match game.tape.byte() {
        0x11 => std::ptr::null_mut(),
        0x14 => game.slots[0].as_mut_ptr().wrapping_byte_add(4).cast(),
        // Moved: the memory of one copied over another.
        0x15 => {
            let copy = game.slots[0].clone();
            game.slots[SLOTS - 1].copy_from_slice(&copy);
            game.slots[SLOTS - 1].as_mut_ptr().cast()
        }
        // Memory that no role was ever in.
        0x16 => game.call.input(&[], SLOT, 1).cast_mut(),
        byte => game.slots[usize::from(byte) % SLOTS].as_mut_ptr().cast(),
    };
    game.call.role = Some(at).filter(|at: &*mut u8| !at.is_null() && at.is_aligned());
    at
}

impl Draw for *mut wattsum::mark::wattsum_mark {
    fn draw(game: &mut Game) -> Self {
        match game.tape.byte() {
            0x11 => std::ptr::null_mut(),
            0x14 => (&raw mut game.marks[0]).wrapping_byte_add(4),
            byte => &raw mut game.marks[usize::from(byte) % MARKS],
        }
    }
}

/// A handle: the latest by default; NULL, misaligned, of another role, or memory that never was one.
pub fn handle(game: &mut Game, kind: TypeId) -> *mut u8 {
    let at = match game.tape.byte() {
        0x11 => return std::ptr::null_mut(),
        0x14 => return game.handle(kind, 0).unwrap_or_default().wrapping_add(1),
        0x15 => game.any_handle(0),
        0x16 => return game.call.input(&[], SLOT, 1).cast_mut(),
        byte => game.handle(kind, usize::from(byte)),
    };
    let shared = game.base.as_ref().and_then(|base| base.handle(kind)).filter(|_| !game.call.frees());
    let at = at.or(shared).unwrap_or_default();
    if game.call.frees() {
        game.call.freed = Some(at);
    }
    at
}

/// Values that are no more than numbers: in, out, and several side by side.
macro_rules! values {
    ($($type:ty)*) => {$(
        impl Draw for *const $type {
            fn draw(game: &mut Game) -> Self {
                game.call.pending = 1;
                let Some(bytes) = game.value(TypeId::of::<$type>(), size_of::<$type>()) else {
                    return std::ptr::null();
                };
                game.call.input(&bytes, 16, size_of::<$type>()).cast()
            }
        }

        impl Draw for *mut $type {
            fn draw(game: &mut Game) -> Self {
                out(game, Keep::Value(TypeId::of::<$type>(), size_of::<$type>()))
            }
        }
    )*};
}
pub(crate) use values;

/// Several values side by side: `count u8`, then each.
pub fn several<T: 'static>(game: &mut Game) -> (*const T, usize) {
    let count = usize::from(game.tape.byte() % 32);
    let mut all = Vec::new();
    for _ in 0..count {
        all.extend(game.value(TypeId::of::<T>(), size_of::<T>()).unwrap_or_else(|| vec![0; size_of::<T>()]));
    }
    (game.call.input(&all, MOST, size_of::<T>()).cast(), count)
}

macro_rules! in_slots {
    ($($type:ty)*) => {$(
        impl Draw for *mut $type {
            fn draw(game: &mut Game) -> Self {
                slot(game).cast()
            }
        }

        impl Draw for *mut *mut $type {
            fn draw(game: &mut Game) -> Self {
                out(game, Keep::Nothing)
            }
        }
    )*};
}

macro_rules! handles {
    ($($type:ty)*) => {$(
        impl Draw for *mut $type {
            fn draw(game: &mut Game) -> Self {
                handle(game, TypeId::of::<$type>()).cast()
            }
        }

        impl Draw for *mut *mut $type {
            fn draw(game: &mut Game) -> Self {
                out(game, Keep::Handle(TypeId::of::<$type>()))
            }
        }
    )*};
}
pub(crate) use {handles, in_slots};

pub fn out<T>(game: &mut Game, keep: Keep) -> *mut T {
    output(game, 1, keep)
}
