//! What the supplier passes on between meters, and who is here to get it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use meter_link::PartyId;

use super::super::group::Group;
use crate::engine::{Ctx, Letter, Refusal};

/// Links, and what waits for one.
#[derive(Default)]
pub(super) struct Post {
    here: BTreeSet<PartyId>,
    /// Letters of this slot to who is away for a moment.
    waiting: BTreeMap<PartyId, VecDeque<Letter>>,
    /// Bytes that each sender has made wait in this slot, and all together.
    kept: BTreeMap<PartyId, usize>,
    all_kept: usize,
    /// Letters that each has had passed on in this slot, to one and to all.
    passed: BTreeMap<PartyId, (usize, usize)>,
}

/// Letters that wait for one meter. A concentrator is sent two by each member while a ring forms.
const MOST_WAITING: usize = 256;
/// Bytes of a frame between meters: tokens, keys and sets are far below.
const MOST_BYTES: usize = 1 << 14;
/// Bytes of one sender that wait, for each meter there is: hellos, a claim and what a concentrator has for it.
const WAITING_EACH: usize = 4 << 10;
/// Any sender's letters may wait with so many bytes, and those of all with so many times more.
const WAITING_LEAST: usize = 64 << 10;
const WAITING_SENDERS: usize = 16;
/// What a letter costs beside its frame.
const LETTER: usize = 64;
/// Hellos, claims and echoes of one meter in a slot.
const MOST_TO_ALL: usize = 24;

impl Post {
    pub(super) fn is_here(&self, id: PartyId) -> bool {
        self.here.contains(&id)
    }

    pub(super) fn new_slot(&mut self) {
        self.waiting.clear();
        self.kept.clear();
        self.all_kept = 0;
        self.passed.clear();
    }

    pub(super) fn attends(&mut self, ctx: &mut Ctx<'_>, id: PartyId, here: bool) {
        if !here {
            self.here.remove(&id);
            return;
        }
        self.here.insert(id);
        for letter in self.waiting.remove(&id).into_iter().flatten() {
            ctx.out.send(id, letter);
        }
    }

    /// Passes a frame of a meter on, to one or to all others.
    pub(super) fn pass(
        &mut self,
        ctx: &mut Ctx<'_>,
        group: &Group,
        from: PartyId,
        to: Option<PartyId>,
        frame: Vec<u8>,
    ) -> Result<(), Refusal> {
        let (to_one, to_all) = self.passed.entry(from).or_default();
        // To all: each costs as many letters as there are meters.
        let (passed, most) = match to {
            Some(_) => (to_one, group.entries.len().saturating_mul(8).saturating_add(64)),
            None => (to_all, MOST_TO_ALL),
        };
        if *passed >= most || frame.len() > MOST_BYTES {
            let what = "more letters for others than a ring needs".to_owned();
            return Err(Refusal::Fault { culprit: from, what });
        }
        *passed = passed.saturating_add(1);
        let meters = group.entries.len();
        match to {
            Some(to) => self.deliver(ctx, meters, (from, to), Letter::Relay { party: from, frame }),
            None => {
                let others = group.entries.iter().map(|entry| entry.member.id).filter(|id| *id != from);
                others.for_each(|id| self.deliver(ctx, meters, (from, id), Letter::Frame(frame.clone())));
            }
        }
        Ok(())
    }

    /// Sends it, or keeps it until its receiver is here. In a group of so many meters a sender that has made too much
    /// wait in this slot has the rest dropped.
    pub(super) fn deliver(
        &mut self,
        ctx: &mut Ctx<'_>,
        meters: usize,
        (from, to): (PartyId, PartyId),
        letter: Letter,
    ) {
        if self.here.contains(&to) {
            return ctx.out.send(to, letter);
        }
        let most = meters.saturating_mul(WAITING_EACH).saturating_add(WAITING_LEAST);
        let kept = self.kept.entry(from).or_default();
        let bytes = letter.frame_bytes().saturating_add(LETTER);
        let (by_sender, by_all) = (kept.saturating_add(bytes), self.all_kept.saturating_add(bytes));
        if by_sender > most || by_all > most.saturating_mul(WAITING_SENDERS) {
            return;
        }
        *kept = by_sender;
        self.all_kept = by_all;
        let waiting = self.waiting.entry(to).or_default();
        if waiting.len() >= MOST_WAITING {
            waiting.pop_front();
        }
        waiting.push_back(letter);
    }
}
