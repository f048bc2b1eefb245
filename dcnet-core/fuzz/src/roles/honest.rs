//! The honest utility: whole rounds, and each of its steps alone.

use dcnet_core::{Closing, Error, Sum};
use meter_link::answer::Quorum;
use meter_link::round::{Close, Open};
use meter_link::set::Members;
use meter_link::{Kind, Round};

use super::super::input::Input;
use super::super::world::{CHANNELS, METERS, reading};
use super::{Game, Marks, Stage, flipped, from_end};

/// Who is silent in a round, and from when on.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Meters that the Open names, those that hear it, and those that still hear from the first and second Close on.
    pub present: Marks,
    pub heard: Marks,
    pub lost: [Option<usize>; 2],
    /// Holders that hear nothing; the answer of the last is changed by this.
    pub away: u8,
    pub lie: u8,
    pub certified: bool,
}

impl Default for Whole {
    fn default() -> Self {
        let all = vec![true; METERS];
        Whole { present: all.clone(), heard: all, lost: [None; 2], away: 0, lie: 0, certified: false }
    }
}

impl Whole {
    pub fn read(input: &mut Input<'_>) -> Self {
        let (heard, lost, absent) = (input.marks(METERS), input.u8(), input.u8());
        let (away, lie) = (input.u8(), input.u8());
        let one = |choice: u8| Some(usize::from(choice).wrapping_sub(1)).filter(|place| *place < METERS);
        let mut present = vec![true; METERS];
        one(absent & 15).into_iter().for_each(|place| present[place] = false);
        let (certified, lost) = (absent & 0x80 != 0, [one(lost & 15), one(lost >> 4)]);
        Whole { present, heard, lost, away, lie, certified }
    }
}

impl Game {
    /// What fails changes nothing.
    pub fn utility_does<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let before = self.utility.to_bytes().unwrap();
        let done = step(self);
        assert!(done.is_ok() || *self.utility.to_bytes().unwrap() == *before);
        done
    }

    pub fn open(&mut self, input: &mut Input<'_>) {
        let (present, choice, away) = (input.marks(METERS), input.u8(), input.u8());
        let round = (self.now + u32::from(choice % 8)).saturating_sub(3);
        let hearing = input.marks(METERS);
        let _ = self.open_round(round, &present, &hearing, away);
    }

    fn open_round(&mut self, round: u32, present: &[bool], heard: &[bool], away: u8) -> Result<(), Error> {
        let now = self.round();
        let collecting = self.utility_does(|game| game.utility.open(now, Round::from(round), present))?;
        let frame = collecting.frame().to_vec();
        self.opens.push(frame.clone());
        self.stage = Stage::Collecting(Box::new(collecting));
        (self.round, self.lied_to, self.spoilt) = (round, false, false);
        self.spread(&frame, heard, 0, away);
        Ok(())
    }

    /// A meter's one frame of a round; the same again if it has sent before, unless another reading is tried.
    fn frame_of(&mut self, meter: usize, round: u32, more: i64) -> Option<Vec<u8>> {
        if let Some((frame, _)) = self.devices[meter].sent.get(&round)
            && more < 128
        {
            return Some(frame.clone());
        }
        let (now, room) = (self.round(), self.world.params.contribution_len());
        let reading = reading(meter, round).map(|value| value + more);
        self.devices[meter].contribute(now, round, &reading, room)
    }

    pub fn contribute(&mut self, input: &mut Input<'_>) {
        let (who, choice, flip) = (input.marks(METERS), input.u8(), input.u8());
        let after = if choice & 1 == 0 { 1 } else { u32::from(choice >> 1) % 4 };
        let round = (self.round + after).saturating_sub(1);
        let Stage::Collecting(collecting) = &self.stage else { return };
        let open = Open::verify(collecting.frame(), &self.world.view, Round::from(self.round));
        let present = Members::from(open.unwrap().present);
        for meter in (0..METERS).filter(|meter| who[*meter]) {
            let Some(mut frame) = self.frame_of(meter, round, choice.into()) else { continue };
            let Stage::Collecting(collecting) = &mut self.stage else { continue };
            let before = collecting.to_bytes().unwrap();
            let changed = flipped(&mut frame, flip, choice);
            let taken = collecting.accept(&frame);
            let expected = round == self.round && present.contains(meter as u32);
            // Where the last meter's own frame comes behind a forged one, the two contradict each other.
            assert!(self.spoilt || taken.is_ok() == (expected && !changed));
            if taken.is_ok() {
                let after = collecting.to_bytes().unwrap();
                assert_eq!(collecting.accept(&frame), taken);
                assert_eq!(collecting.to_bytes().unwrap(), after);
            } else {
                assert_eq!(collecting.to_bytes().unwrap(), before);
            }
        }
    }

    pub fn close(&mut self, input: &mut Input<'_>) {
        let (mask, meters, away) = (input.u8(), input.marks(METERS), input.u8());
        if !matches!(self.stage, Stage::Collecting(_)) {
            return;
        }
        let quorum = self.quorum(mask);
        if let Ok(frame) = self.closes_round(&quorum) {
            self.spread(&frame, &meters, 1, away);
        }
    }

    pub fn close_again(&mut self, input: &mut Input<'_>) {
        let (mask, meters, away) = (input.u8(), input.marks(METERS), input.u8());
        if !matches!(self.stage, Stage::Repairing(_)) {
            return;
        }
        let quorum = self.quorum(mask);
        if let Ok(frame) = self.closes_round(&quorum) {
            self.spread(&frame, &meters, 1, away);
        }
    }

    /// The next Close of the round; it is over if there is none.
    fn closes_round(&mut self, quorum: &Quorum) -> Result<Vec<u8>, Error> {
        let stage = std::mem::replace(&mut self.stage, Stage::Idle);
        let closing = self.utility_does(|game| match stage {
            Stage::Collecting(collecting) => game.utility.close(*collecting, quorum),
            Stage::Repairing(repairing) => game.utility.close_again(*repairing, quorum),
            Stage::Idle | Stage::Closed(_) => unreachable!(),
        })?;
        let frame = match closing {
            Closing::Repairing(repairing) => {
                let frame = repairing.frame().to_vec();
                self.stage = Stage::Repairing(Box::new(repairing));
                frame
            }
            Closing::Final(closed) => {
                let frame = closed.frame().to_vec();
                self.stage = Stage::Closed(Box::new(closed));
                frame
            }
        };
        let close = Close::verify(&frame, &self.world.view, Round::from(self.round)).unwrap();
        assert_eq!(close.is_final, matches!(self.stage, Stage::Closed(_)));
        assert!(close.is_final || close.pass < 3);
        if close.is_final {
            let set = Members::from(close.set).to_marks();
            assert!(self.honest.insert(self.round, set).is_none(), "two final sets");
            self.seen.passes[usize::from(close.pass) - 1] += 1;
        }
        self.closes.push(frame.clone());
        Ok(frame)
    }

    /// Repairs of before, of the devices or of the network.
    pub fn repair(&mut self, input: &mut Input<'_>) {
        let (count, back, flip) = (input.u8() % 9, input.u8(), input.u8());
        for step in 0..count {
            let Some(mut frame) = from_end(&self.repairs, back.wrapping_add(step)) else { return };
            let Stage::Repairing(repairing) = &mut self.stage else { return };
            let changed = flipped(&mut frame, flip, back);
            let missing = repairing.missing().count();
            let taken = repairing.accept(&frame);
            assert!(taken.is_err() || !changed);
            assert!(taken.is_ok() || repairing.missing().count() == missing);
            assert!(taken.is_err() || repairing.accept(&frame) == taken);
        }
    }

    /// Another quorum, for the same set.
    pub fn ask_again(&mut self, input: &mut Input<'_>) {
        let (mask, away) = (input.u8(), input.u8());
        let quorum = self.quorum(mask);
        let Stage::Closed(mut closed) = std::mem::replace(&mut self.stage, Stage::Idle) else { return };
        let asked = self.utility_does(|game| game.utility.ask(&mut closed, &quorum));
        let frame = closed.frame().to_vec();
        self.stage = Stage::Closed(closed);
        if asked.is_ok() {
            self.lied_to = false;
            self.closes.push(frame.clone());
            self.spread(&frame, &[false; METERS], 1, away);
        }
    }

    pub fn accept(&mut self, input: &mut Input<'_>) {
        let (back, flip) = (input.u8(), input.u8());
        let Some(mut frame) = from_end(&self.answers, back) else { return };
        let changed = flipped(&mut frame, flip, back);
        let taken = self.take(&frame);
        assert!(!taken || !changed, "a changed frame was taken");
        self.check();
    }

    fn take(&mut self, frame: &[u8]) -> bool {
        let Stage::Closed(closed) = &mut self.stage else { return false };
        let before = closed.missing().count();
        let taken = closed.accept(frame).is_ok();
        let fewer = closed.missing().count() < before;
        assert!(taken || !fewer);
        if fewer && self.lies.iter().any(|lie| lie == frame) {
            self.lied_to = true;
            self.seen.lies_taken += 1;
        }
        taken
    }

    /// The truth, an error, or a lie that so many answers cannot show. Whether there is a sum.
    fn check(&mut self) -> bool {
        let Stage::Closed(closed) = &self.stage else { return false };
        match self.utility.record(closed) {
            Ok(sum) => {
                if !self.lied_to && !self.spoilt {
                    self.seen.sums += 1;
                    self.check_sum(&sum);
                }
                true
            }
            Err(_) => false,
        }
    }

    pub fn check_sum(&self, sum: &Sum) {
        let (round, set) = (self.round, &self.honest[&self.round]);
        let mut truth = [0i64; CHANNELS];
        for meter in (0..METERS).filter(|meter| set[*meter]) {
            let (_, reading) = &self.devices[meter].sent[&round];
            truth.iter_mut().zip(reading).for_each(|(sum, value)| *sum += value);
        }
        let meters = set.iter().filter(|member| **member).count() as u32;
        assert_eq!((sum.round.to_u32(), sum.values.as_slice(), sum.meters), (round, &truth[..], meters));
    }

    /// A round in which nothing goes wrong but that some are silent or away. Whether its sum is known.
    pub fn whole(&mut self, whole: &Whole) -> bool {
        self.attended &= whole.away == 0;
        let (now, clean) = (self.now, self.clean);
        if let Err(error) = self.open_round(now, &whole.present, &whole.heard, whole.away) {
            let late = self.world.view.check_own_round(self.round(), self.round()).is_err();
            assert!(!clean || late || matches!(error, Error::Quorum { .. }), "{error:?}");
            return false;
        }
        let mut hearing = whole.heard.clone();
        let frame = self.opens.last().unwrap();
        let present = Members::from(Open::verify(frame, &self.world.view, self.round()).unwrap().present);
        for meter in (0..METERS).filter(|meter| whole.heard[*meter] && present.contains(*meter as u32)) {
            let frame = self.frame_of(meter, now, 0);
            assert!(!clean || frame.is_some() != self.devices[meter].is_away(now), "meter {meter}");
            if let (Some(frame), Stage::Collecting(collecting)) = (frame, &mut self.stage) {
                assert!(collecting.accept(&frame).is_ok());
            }
        }
        let quorum = self.least(whole.away);
        for pass in 0.. {
            let close = match self.closes_round(&quorum) {
                Ok(close) => close,
                Err(error) => {
                    let few = quorum.len() < self.world.opens();
                    assert!(!clean || few || matches!(error, Error::Quorum { .. }), "{error:?}");
                    return false;
                }
            };
            if let Some(lost) = whole.lost.get(pass).copied().flatten() {
                hearing[lost] = false;
            }
            self.hear_close(&close, &hearing, clean);
            if matches!(self.stage, Stage::Closed(_)) {
                break;
            }
        }
        let frame = self.closes.last().unwrap().clone();
        let known = if whole.certified && self.world.liar() > 0 {
            let asked = self.quorum(whole.away);
            self.certify_all(&asked, whole.away, whole.lie, 0)
        } else {
            for number in self.quorum(whole.away).iter() {
                let step = if quorum.contains(number) { 1 } else { 4 };
                let Some(mut told) = self.receive(number, step, &frame) else { continue };
                if whole.lie != 0 && self.by_liar(&told) {
                    told = self.lie_of(told, whole.lie, whole.lie);
                }
                self.take(&told);
            }
            self.check()
        };
        assert!(known || whole.lie != 0 || !clean || !self.attended, "no sum");
        known
    }

    /// A Close to who still hears; honest meters take it, and their repairs are taken.
    fn hear_close(&mut self, close: &[u8], hearing: &[bool], clean: bool) {
        for meter in (0..METERS).filter(|meter| hearing[*meter]) {
            let refused = self.devices[meter].refused.len();
            let repair = self.hear(meter, close);
            assert!(!clean || self.devices[meter].refused.len() == refused, "meter {meter}");
            if let (Some(repair), Stage::Repairing(repairing)) = (repair, &mut self.stage) {
                assert_eq!(repair[2], Kind::Repair as u8);
                assert!(repairing.accept(&repair).is_ok() || self.spoilt);
            }
        }
    }

    /// Its state is stored before a Close is sent, and what came in before that.
    pub fn restart_utility(&mut self) {
        let state = self.utility.to_bytes().unwrap();
        self.utility = self.world.utility(&state).unwrap();
        assert_eq!(*self.utility.to_bytes().unwrap(), *state);
        if let Stage::Collecting(collecting) = &mut self.stage {
            let bytes = collecting.to_bytes().unwrap();
            **collecting = self.utility.reopen(&bytes).unwrap();
            assert_eq!(collecting.to_bytes().unwrap(), bytes);
        }
    }

    /// All parties, from what they have stored just now.
    pub fn restart_everybody(&mut self) {
        let world = self.world;
        for device in &mut self.devices {
            device.store();
            device.restart(0, 0);
        }
        for member in &mut self.members {
            member.store();
            member.restart(world, 0);
        }
        self.restart_utility();
        self.seen.restarts += 1;
    }
}
