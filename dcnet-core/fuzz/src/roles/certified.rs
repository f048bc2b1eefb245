//! The honest utility asks for certified raw answers.

use dcnet_core::{Check, CheckedSum, Closed, Error};
use meter_link::answer::Quorum;

use super::super::input::Input;
use super::{Game, Stage, flipped};

impl Game {
    /// Certified answers about the set that is closed: of those asked, those who are not away.
    pub fn certify(&mut self, input: &mut Input<'_>) {
        let (mask, away, lie, flip) = (input.u8(), input.u8(), input.u8(), input.u8());
        let asked = self.quorum(mask);
        self.certify_all(&asked, away, lie, flip);
    }

    pub fn certify_all(&mut self, asked: &Quorum, away: u8, lie: u8, flip: u8) -> bool {
        let Stage::Closed(closed) = std::mem::replace(&mut self.stage, Stage::Idle) else { return false };
        let known = self.certify_closed(&closed, asked, away, lie, flip);
        self.stage = Stage::Closed(closed);
        known
    }

    fn certify_closed(&mut self, closed: &Closed, asked: &Quorum, away: u8, lie: u8, flip: u8) -> bool {
        let Ok(mut certified) = self.utility_does(|game| game.utility.certify(closed, asked)) else {
            return false;
        };
        let frame = certified.frame().to_vec();
        self.closes.push(frame.clone());
        let here = self.quorum(away);
        for number in here.iter() {
            if let Some(mut told) = self.receive(number, 2, &frame) {
                let changed = flipped(&mut told, flip, number);
                let taken = certified.accept_statement(&told).is_ok();
                assert!(!(taken && (changed || !asked.contains(number))));
            }
        }
        let mut lied = false;
        // A statement of before may stand for one that has not come.
        for statement in self.statements.iter().rev().take(6) {
            let _ = certified.accept_statement(statement);
        }
        let last = certified.certificate().ok().and_then(|all| all.last().map(|frame| frame.to_vec()));
        for number in here.iter().filter(|number| asked.contains(*number)) {
            let Some(mut told) = last.as_ref().and_then(|last| self.receive(number, 3, last)) else {
                continue;
            };
            if lie != 0 && self.by_liar(&told) {
                told = self.lie_of(told, lie, lie);
                lied = true;
            }
            let missing = certified.missing().count();
            let taken = certified.accept(&told).is_ok();
            assert_eq!(certified.missing().count(), missing - usize::from(taken));
            lied &= taken || number != self.world.liar();
            self.seen.lies_taken += u32::from(lied && number == self.world.liar());
        }
        match self.utility.record_certified(&certified) {
            Ok(CheckedSum { sum, check, wrong }) => {
                if !(self.spoilt || lied && check == Check::Unchecked) {
                    let expected =
                        if lied { vec![self.world.holder_id(self.world.liar())] } else { Vec::new() };
                    assert_eq!(wrong, expected);
                    self.seen.liars_named += u32::from(lied);
                    self.seen.checked_sums += 1;
                    self.check_sum(&sum);
                }
                true
            }
            Err(error) => {
                self.seen.lies_shown += u32::from(lied && error == Error::Inconsistent);
                false
            }
        }
    }
}
