//! From the contributions to the sum: Closes that shrink, repairs, answers.

use alloc::vec::Vec;

use meter_link::frame::{Header, Tag};
use meter_link::head::count;
use meter_link::round::{CloseFields, OpenFields};
use meter_link::set::{self, Members};
use meter_link::{Error, Field64};

use super::{Bytes, Contributed, Fate, Lost, Opened, Outcome, Repair};

/// How the Closes of a round end.
struct Settled {
    set: Vec<bool>,
    closes: u8,
    repairs: Vec<Vec<Repair>>,
    bytes: Bytes,
    lost: Option<Lost>,
}

impl Contributed<'_> {
    /// Closes the round, and compares its sum with the readings.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if they differ, which no loss explains.
    pub fn close(self) -> Result<Outcome, Error> {
        let Settled { set, closes, repairs, bytes, lost } = self.settle()?;
        let sum = match lost {
            Some(lost) => Err(lost),
            None => Ok(self.sum(&set, repairs.last().map_or(&[], Vec::as_slice))?),
        };
        Ok(Outcome { sum, set, closes, repairs, bytes })
    }

    fn settle(&self) -> Result<Settled, Error> {
        let opened = &self.opened;
        let plan = &opened.cell.plan;
        let words = self.shares.corrections.len().wrapping_add(1);
        let present = count(&opened.present);
        let least = plan.rules.least_of(present);
        let mut set: Vec<bool> = (0..opened.present.len()).map(|place| opened.sends(place)).collect();
        let open = OpenFields::max_len(plan.meters).wrapping_sub(set::max_len(plan.meters));
        let mut settled =
            Settled { set: Vec::new(), closes: 0, repairs: Vec::new(), bytes: Bytes::default(), lost: None };
        if present < plan.rules.min_meters() {
            settled.lost = Some(Lost::TooSmall);
            return Ok(settled);
        }
        settled.bytes.tell(open, &opened.present, present)?;
        settled.bytes.up = frame_len(words).wrapping_mul(count(&set).into());
        let mut is_final = count(&set) == present;
        loop {
            if count(&set) < least {
                settled.lost = Some(Lost::TooSmall);
                break;
            }
            if !is_final && settled.closes.wrapping_add(1) >= CloseFields::MAX_PASSES {
                settled.lost = Some(Lost::ThirdPass);
                break;
            }
            settled.closes = settled.closes.wrapping_add(1);
            let close = CloseFields::max_len(plan.meters, plan.threshold.answerers());
            let listening = self.listening(settled.closes);
            settled.bytes.tell(close.wrapping_sub(set::max_len(plan.meters)), &set, listening)?;
            if is_final {
                break;
            }
            let (repairs, left) = self.repair(&set, settled.closes);
            settled.bytes.up = settled.bytes.up.wrapping_add(frame_len(1).wrapping_mul(repairs.len() as u64));
            settled.repairs.push(repairs);
            is_final = left == set;
            set = left;
        }
        settled.set = set;
        Ok(settled)
    }

    /// The repairs that answer a Close, and the set without those who owe one.
    fn repair(&self, set: &[bool], close: u8) -> (Vec<Repair>, Vec<bool>) {
        let Opened { cell, round, fates, present, around, .. } = &self.opened;
        let missing: Vec<bool> =
            present.iter().zip(set).map(|(present, member)| *present && !*member).collect();
        let owed = cell.pairs.repairs(*round, set, &missing);
        let mut left = set.to_vec();
        let mut repairs = Vec::with_capacity(owed.len());
        for (repair, missing) in owed {
            let place = repair.meter as usize;
            let around = around.get(place).copied().unwrap_or_default();
            // A meter refuses a Close that leaves it too few neighbours.
            let repairs_it = fates.get(place).is_some_and(|fate| hears(*fate, close))
                && around.wrapping_sub(missing) >= cell.least_left(place);
            if repairs_it {
                repairs.push(repair);
            } else if let Some(stays) = left.get_mut(place) {
                *stays = false;
            }
        }
        (repairs, left)
    }

    /// Meters that a Close reaches.
    fn listening(&self, close: u8) -> u32 {
        let fates = self.opened.fates.iter().filter(|fate| hears(**fate, close));
        u32::try_from(fates.count()).unwrap_or(u32::MAX)
    }

    /// `Σ y − Σ repairs − B`, compared with the readings.
    fn sum(&self, set: &[bool], repairs: &[Repair]) -> Result<i64, Error> {
        let Contributed { opened, readings, shares } = self;
        let selves = &opened.cell.selves;
        let masked: Field64 = members(self.masked(), set).copied().sum();
        let repaired: Field64 = repairs.iter().map(|repair| repair.value).sum();
        let quorum = selves.quorum(opened.round);
        let sum = (masked - repaired - selves.open(shares, &quorum, set)?).centred();
        let truth = members(readings, set).try_fold(0i64, |sum, reading| sum.checked_add(*reading));
        if truth == Some(sum) { Ok(sum) } else { Err(Error::Inconsistent) }
    }
}

impl Bytes {
    /// A frame of the utility to `listeners` meters.
    fn tell(&mut self, without_set: usize, set: &[bool], listeners: u32) -> Result<(), Error> {
        let len = without_set.wrapping_add(Members::marked(set)?.to_bytes()?.len()) as u64;
        self.broadcast = self.broadcast.wrapping_add(len);
        self.down = self.down.wrapping_add(len.wrapping_mul(listeners.into()));
        Ok(())
    }
}

/// Whether a meter still hears the n-th Close and answers it.
fn hears(fate: Fate, close: u8) -> bool {
    match fate {
        Fate::Stays => true,
        Fate::SilentFromSecondClose => close < 2,
        Fate::SilentFromFirstClose | Fate::SilentFromOpen | Fate::Absent => false,
    }
}

fn members<'a, T>(values: &'a [T], set: &'a [bool]) -> impl Iterator<Item = &'a T> {
    values.iter().zip(set).filter(|(_, member)| **member).map(|(value, _)| value)
}

/// Bytes of a tagged frame of field elements.
fn frame_len(words: usize) -> u64 {
    (Header::LEN + Tag::LEN).wrapping_add(words.wrapping_mul(Field64::LEN)) as u64
}
