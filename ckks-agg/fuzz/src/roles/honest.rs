//! The honest utility and the meters.

use ckks_agg::Sums;
use meter_link::Round;

use super::super::input::Input;
use super::super::world::{CHANNELS, METERS, reading};
use super::{Game, Shut, from_end};

fn marks(mask: u8) -> [bool; METERS] {
    core::array::from_fn(|meter| mask >> meter & 1 == 0)
}

impl Game {
    pub fn open(&mut self, input: &mut Input<'_>) {
        let (present, choice, away) = (input.u8(), input.u8(), input.u8());
        let round = (self.now + u32::from(choice % 8)).saturating_sub(3);
        self.open_round(round, present, away);
    }

    fn open_round(&mut self, round: u32, present: u8, away: u8) -> bool {
        let before = self.utility.to_bytes().unwrap();
        match self.utility.open(self.round(), Round::from(round), &marks(present)) {
            Ok(collecting) => {
                let frame = collecting.frame().to_vec();
                self.opens.push(frame.clone());
                (self.collecting, self.honest) = (Some((round, collecting)), true);
                self.told(away).for_each(|number| self.follow(number, &frame));
                true
            }
            Err(error) => {
                self.seen.refused.push(error);
                assert_eq!(*self.utility.to_bytes().unwrap(), *before);
                false
            }
        }
    }

    pub fn contribute(&mut self, input: &mut Input<'_>) {
        let (who, choice, flip) = (input.u8(), input.u8(), input.u8());
        let Some((open, _)) = self.collecting else { return };
        let round =
            if choice & 1 == 0 { open } else { (open + u32::from(choice >> 1) % 4).saturating_sub(1) };
        for meter in (0..METERS).filter(|meter| marks(who)[*meter]) {
            // The last one signs a second frame, too.
            let other = meter + 1 == METERS && choice >> 7 == 1;
            let Some(mut frame) = self.world.sent(meter, round, other) else { continue };
            if flip & 1 == 1 {
                let at = usize::from(flip >> 1) * 301 % frame.len();
                frame[at] ^= 1 << (choice & 7);
            }
            let taken = self.put(&frame);
            assert!(!taken || flip & 1 == 0 && round == open);
            self.honest &= !(taken && other);
        }
    }

    /// Whether the honest utility takes a contribution.
    pub fn put(&mut self, frame: &[u8]) -> bool {
        let Some((_, collecting)) = &mut self.collecting else { return false };
        let before = collecting.to_bytes().unwrap();
        match collecting.accept(frame) {
            Ok(_) => true,
            Err(error) => {
                self.seen.refused.push(error);
                assert_eq!(collecting.to_bytes().unwrap(), before);
                false
            }
        }
    }

    pub fn close(&mut self, input: &mut Input<'_>) {
        let (mask, away) = (input.u8(), input.u8());
        if let Some(shut) = self.close_round(mask) {
            for number in self.told(away) {
                self.shut(number, &shut);
            }
        }
    }

    fn close_round(&mut self, mask: u8) -> Option<Shut> {
        let (round, collecting) = self.collecting.take()?;
        let (before, state) = (self.utility.to_bytes().unwrap(), collecting.to_bytes().unwrap());
        match self.utility.close(collecting, &self.quorum(mask)) {
            Ok(closed) => {
                let list = closed.contributions().map(<[u8]>::to_vec).collect();
                let shut = Shut { frame: closed.frame().to_vec(), list };
                self.closes.push(shut.clone());
                self.closed = Some((round, closed));
                Some(shut)
            }
            Err(error) => {
                self.seen.refused.push(error);
                assert_eq!(*self.utility.to_bytes().unwrap(), *before);
                // What came in may be taken again.
                if let Ok(collecting) = self.utility.reopen(&state) {
                    assert_eq!(collecting.to_bytes().unwrap(), state);
                    self.collecting = Some((round, collecting));
                }
                None
            }
        }
    }

    /// Another quorum, for the same set.
    pub fn ask_again(&mut self, input: &mut Input<'_>) {
        let (mask, away) = (input.u8(), input.u8());
        let quorum = self.quorum(mask);
        let Some((_, closed)) = &mut self.closed else { return };
        if let Err(error) = self.utility.ask(closed, &quorum) {
            return self.seen.refused.push(error);
        }
        let list = closed.contributions().map(<[u8]>::to_vec).collect();
        let shut = Shut { frame: closed.frame().to_vec(), list };
        self.closes.push(shut.clone());
        for number in self.told(away) {
            self.shut(number, &shut);
        }
        self.check();
    }

    /// Some statement or answer of before.
    pub fn accept(&mut self, input: &mut Input<'_>) {
        let (back, flip) = (input.u8(), input.u8());
        let list = if back & 1 == 0 { &self.shares } else { &self.statements };
        let Some(mut frame) = from_end(list, back >> 1) else { return };
        if flip & 1 == 1 {
            let at = usize::from(flip >> 1) % frame.len();
            frame[at] ^= 1 << (back & 7);
            assert!(!self.take(&frame));
        } else {
            self.take(&frame);
        }
        self.check();
    }

    /// Whether the utility takes what an answerer tells.
    pub fn take(&mut self, frame: &[u8]) -> bool {
        let Some((_, closed)) = &mut self.closed else { return false };
        let before = (closed.missing().count(), closed.statements().count());
        let taken = match closed.accept(frame) {
            Ok(_) => true,
            Err(error) => {
                self.seen.refused.push(error);
                closed.accept_statement(frame).is_ok()
            }
        };
        assert!(taken || before == (closed.missing().count(), closed.statements().count()));
        taken
    }

    /// Sums are the truth where nobody lies.
    pub fn check(&mut self) {
        let Some((round, closed)) = &self.closed else { return };
        let totals = match self.utility.record(closed) {
            Ok(totals) => totals,
            Err(error) => return self.seen.refused.push(error),
        };
        assert_eq!(closed.missing().count(), 0);
        let Sums::Exact(sums) = &totals.sums else { panic!("of integers") };
        assert_eq!(sums.len(), CHANNELS);
        if self.honest {
            let members = (0..METERS).filter(|meter| {
                let sent = self.world.sent(*meter, *round, false);
                closed.contributions().any(|frame| Some(frame) == sent.as_deref())
            });
            let truth = members
                .map(|meter| reading(meter, *round, false))
                .fold([0; CHANNELS], |a, b| core::array::from_fn(|channel| a[channel] + b[channel]));
            assert_eq!(sums.as_slice(), truth);
            self.seen.sums += 1;
        }
        let _ = (totals.mean(0), totals.variance(1), totals.deviation(9));
    }

    /// A round from its beginning to its end, as far as masks let it.
    pub fn whole(&mut self, set: u8, away: u8) {
        let round = self.now;
        if self.open_round(round, 0, away) {
            for meter in (0..METERS).filter(|meter| marks(set)[*meter]) {
                if let Some(frame) = self.world.sent(meter, round, false) {
                    self.put(&frame);
                }
            }
            // The first of those that are there.
            let threshold = usize::from(self.world.params.threshold());
            let mask = self.told(away).take(threshold).fold(0xff, |mask, number| mask & !(1 << (number - 1)));
            let told: Vec<u8> = self.told(mask).collect();
            if let Some(shut) = self.close_round(mask) {
                let mut told_first = None;
                for number in &told {
                    told_first = self.shut(*number, &shut).or(told_first);
                }
                if let Some(first) = told_first {
                    for number in &told {
                        self.share(*number, &first);
                    }
                }
                for share in self.shares.clone().iter().rev().take(told.len()) {
                    self.take(share);
                }
                self.check();
            }
        }
        self.now = (self.now + 1).min(super::LAST + 2);
    }

    pub fn restart_utility(&mut self) {
        let state = self.utility.to_bytes().unwrap();
        let stored = self.collecting.take().map(|(round, open)| (round, open.to_bytes().unwrap()));
        self.utility = self.world.utility(&state).unwrap();
        assert_eq!(*self.utility.to_bytes().unwrap(), *state);
        if let Some((round, stored)) = stored
            && let Ok(collecting) = self.utility.reopen(&stored)
        {
            assert_eq!(collecting.to_bytes().unwrap(), stored);
            self.collecting = Some((round, collecting));
        }
        self.seen.restarts += 1;
    }
}
