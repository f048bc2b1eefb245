//! Many frames at once. A frame costs what its fetches cost: its bytes, the sender's place, key and row lie anywhere.
//! So they are asked for many frames ahead, and what is computed then is computed in lanes.

use alloc::sync::Arc;
use core::hint::black_box;

use zeroize::Zeroizing;

use super::Collection;
use crate::error::Error;
use crate::field::Field64;
use crate::frame::{Header, LANES, Reader, Tag, one_time_keys, right_tags};
use crate::head::Parties;
use crate::id::{PartyId, Round};
use crate::key::PairKey;

/// Frames that are looked at before the first of them is checked.
const AHEAD: usize = 64;

/// A frame that looks as it should, before its tag is checked.
#[derive(Clone, Copy)]
struct Located<'f, 'p> {
    header: Header,
    place: usize,
    key: &'p PairKey,
    body: &'f [u8],
    tag: &'f [u8; Tag::LEN],
}

impl Collection {
    /// Takes many frames: they, their keys and rows are fetched 64 at a time, and their tags made 16 at a time in
    /// lanes. `each` gets the index and the outcome of every frame, in order; outcomes are those of
    /// [`Collection::accept`].
    pub fn accept_many(&mut self, frames: &[&[u8]], mut each: impl FnMut(usize, Result<PartyId, Error>)) {
        let parties = Arc::clone(&self.parties);
        let mut one_time = Zeroizing::new([[0u8; 32]; LANES]);
        let mut located = [None; AHEAD];
        let mut first = 0usize;
        for group in frames.chunks(AHEAD) {
            self.locate_all(&parties, group, &mut located);
            for (frames, located) in group.chunks(LANES).zip(located.chunks(LANES)) {
                let right = check_tags(located, self.round, &mut one_time);
                for (((index, frame), located), right) in (first..).zip(frames).zip(located).zip(right) {
                    let outcome = match located {
                        Some(Located { header, place, body, .. }) if right => {
                            let payload = body.get(Header::LEN..).unwrap_or_default();
                            self.take(header, *place, Reader::new(payload))
                        }
                        // Whatever is wrong with it, or another than expected, is found the slow way.
                        _ => self.accept(frame),
                    };
                    each(index, outcome);
                }
                first = first.wrapping_add(frames.len());
            }
        }
    }

    /// Finds the frames that have the header, the length and a sender as they should.
    #[allow(clippy::cast_possible_truncation)] // the sender's 32 bits are left
    fn locate_all<'f, 'p>(
        &self,
        parties: &'p Parties,
        frames: &[&'f [u8]],
        located: &mut [Option<Located<'f, 'p>>; AHEAD],
    ) {
        let header = parties.view().header(self.kind, self.flags, PartyId::UTILITY, self.round);
        let len = Header::LEN.saturating_add(self.words.saturating_mul(Field64::LEN));
        let bytes = header.to_bytes();
        // Of the header's 16 bytes only the sender, 8 … 11, differs from frame to frame.
        let expected = u128::from_le_bytes(bytes) & !SENDER;
        for (slot, frame) in located.iter_mut().zip(frames) {
            *slot = frame.split_last_chunk().and_then(|(body, tag)| {
                let found = u128::from_le_bytes(*body.first_chunk()?);
                if body.len() != len || found & !SENDER != expected {
                    return None;
                }
                let sender = PartyId(((found & SENDER) >> SENDER.trailing_zeros()) as u32);
                let place = parties.place(sender)?;
                let key = parties.meter_key(place)?;
                Some(Located { header: Header { sender, ..header }, place, key, body, tag })
            });
        }
        // All at once, so that one waits for memory while the others do too.
        let mut touched = 0u64;
        for located in located.iter().take(frames.len()).flatten() {
            let row = self.rows.get(located.place.wrapping_mul(self.words));
            touched ^= row.map_or(0, |row| row.to_u64());
            touched ^= u64::from(self.here.get(located.place).copied().unwrap_or_default());
            let [word, ..] = located.key.words();
            touched ^= u64::from(*word);
        }
        black_box(touched);
    }
}

/// Which of at most 16 frames have the tag that they should have.
fn check_tags(
    located: &[Option<Located<'_, '_>>],
    round: Round,
    one_time: &mut [[u8; 32]; LANES],
) -> [bool; LANES] {
    let mut right = [false; LANES];
    let found = || located.iter().flatten();
    if one_time_keys(found().map(|l| (l.key, l.header)), round, one_time).is_err() {
        return right; // no key is better than a wrong one
    }
    let mut outcomes = right_tags(one_time, found().map(|l| (l.body, l.tag))).into_iter();
    for (right, _) in right.iter_mut().zip(located).filter(|(_, located)| located.is_some()) {
        *right = outcomes.next().unwrap_or(false);
    }
    right
}

/// The bytes of the sender in a header, as a little-endian number.
const SENDER: u128 = 0xffff_ffff << 64;
