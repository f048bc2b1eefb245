//! The honest utility and the meters.

use meter_link::PartyId;
use meter_link::Round;
use meter_link::answer::Quorum;
use meter_link::round::{Close, Open};
use meter_link::set::Members;
use shamir_agg::{Bill, Check, CheckedSum, Error, Sum};

use super::super::input::Input;
use super::super::world::{CHANNELS, FIRST, METERS, THRESHOLD, WINDOW, reading};
use super::{Asked, Game, Marks, from_end, quorum};

impl Game<'_> {
    pub fn open(&mut self, input: &mut Input<'_>) {
        let (present, choice, mask) = (input.marks(METERS), input.u8(), input.u8());
        let round = (self.now + u32::from(choice % 8)).saturating_sub(3);
        self.open_round(round, &present, mask & 15);
    }

    fn open_round(&mut self, round: u32, present: &[bool], away: u8) -> bool {
        let before = self.utility.to_bytes().unwrap();
        let opened = self.utility.open(self.round(), Round::from(round), present);
        let Ok(collecting) = opened else {
            assert_eq!(*self.utility.to_bytes().unwrap(), *before);
            return false;
        };
        let frame = collecting.frame().to_vec();
        self.opens.push(frame.clone());
        self.collecting = Some((round, collecting));
        for number in quorum(away).iter() {
            self.receive(number, 0, &frame);
        }
        true
    }

    /// A meter's one frame of a round; the same again if it has sent before.
    pub fn frame_of(&mut self, meter: usize, round: u32) -> Option<Vec<u8>> {
        if let Some(frame) = self.contributed.get(&(meter, round)) {
            return Some(frame.clone());
        }
        let now = self.round();
        let mut out = vec![0; self.world.params.contribution_len()];
        let before = self.world.meter_bytes(&self.meters[meter].0);
        let (device, mark) = &mut self.meters[meter];
        match device.contribute(mark, now, Round::from(round), &reading(meter, round), &mut out) {
            Ok(prepared) => {
                prepared.stored();
                self.contributed.insert((meter, round), out.clone());
                Some(out)
            }
            Err(_) => {
                assert_eq!(self.world.meter_bytes(&self.meters[meter].0), before);
                None
            }
        }
    }

    pub fn contribute(&mut self, input: &mut Input<'_>) {
        let (who, choice, flip) = (input.marks(METERS), input.u8(), input.u8());
        let Some((round, _)) = self.collecting else { return };
        let round =
            if choice & 1 == 0 { round } else { (round + u32::from(choice >> 1) % 4).saturating_sub(1) };
        for meter in (0..METERS).filter(|meter| who[*meter]) {
            let Some(mut frame) = self.frame_of(meter, round) else { continue };
            let Some((open, collecting)) = &mut self.collecting else { return };
            let before = collecting.to_bytes().unwrap();
            if flip & 1 == 1 {
                let at = usize::from(flip >> 1) % frame.len();
                frame[at] ^= 1 << (choice & 7);
                assert!(collecting.accept(&frame).is_err());
                assert_eq!(collecting.to_bytes().unwrap(), before);
                continue;
            }
            let taken = collecting.accept(&frame);
            let present =
                Open::verify(collecting.frame(), &self.world.view, Round::from(*open)).unwrap().present;
            assert_eq!(taken.is_ok(), round == *open && present.contains(meter as u32));
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
        let (mask, certified) = (input.u8(), input.u8() & 1 == 1);
        let step = if certified { 3 } else { 1 };
        if self.close_round(mask & 15, certified) {
            let frame = self.closes.last().unwrap().clone();
            for number in quorum(mask >> 4).iter() {
                self.receive(number, step, &frame);
            }
        }
    }

    fn close_round(&mut self, mask: u8, certified: bool) -> bool {
        let Some((round, collecting)) = self.collecting.take() else { return false };
        let before = self.utility.to_bytes().unwrap();
        let asked = if certified {
            self.utility.certify(collecting, &quorum(mask)).map(Asked::Certified)
        } else {
            self.utility.close(collecting, &quorum(mask)).map(Asked::Round)
        };
        match asked {
            Ok(asked) => {
                self.asked = asked;
                self.lied_to = false;
                let frame = match &self.asked {
                    Asked::Certified(certified) => certified.frame().to_vec(),
                    Asked::Round(closed) => closed.frame().to_vec(),
                    _ => Vec::new(),
                };
                let close = Close::verify(&frame, &self.world.view, Round::from(round)).unwrap();
                let set = Members::from(close.set).to_marks();
                self.note(&set);
                assert_eq!(*self.honest.entry(round).or_insert_with(|| set.clone()), set);
                self.asked_set = set;
                self.closes.push(frame);
                true
            }
            Err(_) => {
                assert_eq!(*self.utility.to_bytes().unwrap(), *before);
                false
            }
        }
    }

    /// Another quorum, for the same set.
    pub fn ask_again(&mut self, input: &mut Input<'_>) {
        let mask = input.u8();
        let Asked::Round(closed) = &mut self.asked else { return };
        if self.utility.ask(closed, &quorum(mask & 15)).is_ok() {
            self.lied_to = false;
            let frame = closed.frame().to_vec();
            self.closes.push(frame.clone());
            for number in quorum(mask >> 4).iter() {
                self.receive(number, 1, &frame);
            }
        }
    }

    pub fn accept(&mut self, input: &mut Input<'_>) {
        let (back, flip) = (input.u8(), input.u8());
        let list = if flip & 2 == 0 { &self.answers } else { &self.statements };
        let Some(mut frame) = from_end(list, back) else { return };
        if flip & 1 == 1 {
            let at = usize::from(flip >> 2) % frame.len();
            frame[at] ^= 1 << (back & 7);
        }
        let taken = self.take(&frame);
        assert!(!taken || flip & 1 == 0, "a changed frame was taken");
        self.check();
    }

    fn take(&mut self, frame: &[u8]) -> bool {
        let missing = |asked: &Asked| match asked {
            Asked::Nothing => 0,
            Asked::Round(closed) => closed.missing().count(),
            Asked::Certified(certified) => certified.missing().count(),
            Asked::Bills(_, billing) => billing.missing().count(),
            Asked::CertifiedBills(_, billing) => billing.missing().count(),
        };
        let before = missing(&self.asked);
        let answered = match &mut self.asked {
            Asked::Nothing => false,
            Asked::Round(closed) => closed.accept(frame).is_ok(),
            Asked::Certified(certified) => certified.accept(frame).is_ok(),
            Asked::Bills(_, billing) => billing.accept(frame).is_ok(),
            Asked::CertifiedBills(_, billing) => billing.accept(frame).is_ok(),
        };
        let stated = match &mut self.asked {
            Asked::Certified(certified) => certified.accept_statement(frame).is_ok(),
            Asked::CertifiedBills(_, billing) => billing.accept_statement(frame).is_ok(),
            _ => false,
        };
        assert!(answered || missing(&self.asked) == before);
        if answered && missing(&self.asked) < before && self.lies.iter().any(|lie| lie == frame) {
            self.lied_to = true;
            self.seen.lies_taken += 1;
        }
        answered || stated
    }

    /// The truth, an error, or a lie that so many answers cannot show.
    fn check(&mut self) {
        match &self.asked {
            Asked::Nothing => {}
            Asked::Round(closed) => {
                if let Ok(sum) = self.utility.record(closed)
                    && !self.lied_to
                {
                    self.seen.sums += 1;
                    self.check_sum(&sum);
                }
            }
            Asked::Certified(certified) => {
                let summed = self.utility.record_certified(certified);
                self.seen.lies_shown += u32::from(self.lied_to && summed == Err(Error::Inconsistent));
                if let Ok(CheckedSum { sum, check, wrong }) = summed
                    && !(self.lied_to && check == Check::Unchecked)
                {
                    self.seen.checked_sums += 1;
                    assert!(wrong.is_empty() && !self.lied_to);
                    self.check_sum(&sum);
                }
            }
            Asked::Bills(first, billing) => {
                if let Ok(checked) = billing.bills()
                    && !self.lied_to
                {
                    self.seen.bills += 1;
                    assert!(checked.spoilt.is_empty() && checked.wrong.is_empty());
                    self.check_bills(*first, &checked.bills);
                }
            }
            Asked::CertifiedBills(first, billing) => {
                if let Ok(checked) = billing.bills()
                    && !(self.lied_to && checked.check == Check::Unchecked)
                {
                    self.seen.checked_bills += 1;
                    self.seen.lies_shown += u32::from(self.lied_to);
                    // A lie about one meter spoils its bill, and no other.
                    assert_eq!((checked.spoilt.len(), checked.wrong.len()), (usize::from(self.lied_to), 0));
                    assert!(checked.bills.len() + checked.spoilt.len() >= 8);
                    self.check_bills(*first, &checked.bills);
                }
            }
        }
    }

    fn check_sum(&self, sum: &Sum) {
        let round = sum.round.to_u32();
        let mut truth = [0i64; CHANNELS];
        for meter in (0..METERS).filter(|meter| self.asked_set[*meter]) {
            truth.iter_mut().zip(reading(meter, round)).for_each(|(sum, value)| *sum += value);
        }
        let meters = self.asked_set.iter().filter(|member| **member).count() as u32;
        assert_eq!((sum.values.as_slice(), sum.meters), (&truth[..], meters));
        assert_eq!(self.honest[&round], self.asked_set);
    }

    fn check_bills(&self, first: u32, bills: &[Bill]) {
        for bill in bills {
            let meter = self.world.roster.position(bill.meter).unwrap();
            let window = self.honest.range(first..first + WINDOW);
            let rounds: Vec<u32> = window.filter(|(_, set)| set[meter]).map(|(round, _)| *round).collect();
            let mut truth = [0i64; CHANNELS];
            for round in &rounds {
                truth.iter_mut().zip(reading(meter, *round)).for_each(|(sum, value)| *sum += value);
            }
            assert_eq!((bill.rounds, bill.values.as_slice()), (rounds.len() as u32, &truth[..]));
        }
    }

    /// A round in which nothing goes wrong but that some are silent or away. Whether its sum is known.
    pub fn whole(&mut self, set: &Marks, away: u8, certified: bool, lie: u8) -> bool {
        if !self.open_round(self.now, &[true; METERS], away) {
            return false;
        }
        for meter in (0..METERS).filter(|meter| set[*meter]) {
            if let Some(frame) = self.frame_of(meter, self.now)
                && let Some((_, collecting)) = &mut self.collecting
            {
                let _ = collecting.accept(&frame);
            }
        }
        let here = quorum(away);
        let mask = if certified { away } else { least(away) };
        if !self.close_round(mask, certified) {
            return false;
        }
        let frame = self.closes.last().unwrap().clone();
        let asked = quorum(mask);
        for number in here.iter() {
            let step = if !asked.contains(number) {
                2
            } else if certified {
                3
            } else {
                1
            };
            self.receive_and_take(number, step, &frame, lie);
        }
        self.answer_raw(certified, &here, lie);
        self.check();
        matches!(&self.asked, Asked::Round(closed) if self.utility.record(closed).is_ok())
            || matches!(&self.asked, Asked::Certified(certified) if self.utility.record_certified(certified).is_ok())
    }

    fn answer_raw(&mut self, certified: bool, numbers: &Quorum, lie: u8) {
        let last = self.statements.last().cloned().unwrap_or_default();
        for number in numbers.iter().filter(|_| certified && !last.is_empty()) {
            self.receive_and_take(number, 6, &last, lie);
        }
    }

    /// What an aggregator tells goes to the utility; number 4's is a lie if `lie` is not 0.
    fn receive_and_take(&mut self, number: u8, step: u8, frame: &[u8], lie: u8) {
        let Some(mut told) = self.receive(number, step, frame) else { return };
        if lie != 0 && self.by_liar(&told) {
            told = self.lie_of(told, lie, lie);
        }
        self.take(&told);
    }

    fn ask_bills(
        &mut self,
        first: u32,
        meters: &[PartyId],
        mask: u8,
        certified: bool,
    ) -> Result<Vec<u8>, Error> {
        let (asked, at) = (quorum(mask), Round::from(first));
        let before = self.utility.to_bytes().unwrap();
        let asked = if certified {
            self.utility
                .certify_bill(at, meters, &asked)
                .map(|billing| (billing.frame().to_vec(), Asked::CertifiedBills(first, billing)))
        } else {
            self.utility
                .bill(at, meters, &asked)
                .map(|billing| (billing.frame().to_vec(), Asked::Bills(first, billing)))
        };
        assert!(asked.is_ok() || *self.utility.to_bytes().unwrap() == *before);
        let (frame, asked) = asked?;
        self.asked = asked;
        self.lied_to = false;
        self.queries.push(frame.clone());
        Ok(frame)
    }

    fn window(&self, choice: u8) -> u32 {
        let window = (self.now.saturating_sub(FIRST) / WINDOW).saturating_sub(u32::from(choice % 3));
        FIRST + WINDOW * window
    }

    pub fn bill(&mut self, input: &mut Input<'_>) {
        let (choice, mask) = (input.u8(), input.u8());
        let first = self.window(choice);
        let mut meters = self.utility.billable(Round::from(first)).unwrap_or_default();
        if choice & 0x10 != 0 {
            meters = self.ids(&input.marks(METERS));
        }
        let certified = choice & 0x20 != 0;
        if let Ok(frame) = self.ask_bills(first, &meters, mask & 15, certified) {
            for number in quorum(mask >> 4).iter() {
                self.receive(number, 4 + u8::from(certified), &frame);
            }
        }
    }

    /// Bills in which nothing goes wrong but that some are away.
    pub fn whole_bill(&mut self, input: &mut Input<'_>) {
        let (choice, away) = (input.u8(), input.u8());
        let (first, certified) = (self.window(choice), choice & 0x20 != 0);
        self.bill_all(first, away & 15, certified, away >> 4);
    }

    pub fn bill_all(&mut self, first: u32, away: u8, certified: bool, lie: u8) -> bool {
        let meters = self.utility.billable(Round::from(first)).unwrap_or_default();
        let here = if certified { quorum(away) } else { quorum(least(away)) };
        let mask = if certified { away } else { least(away) };
        let Ok(frame) = self.ask_bills(first, &meters, mask, certified) else { return false };
        for number in here.iter() {
            self.receive_and_take(number, 4 + u8::from(certified), &frame, lie);
        }
        self.answer_raw(certified, &here, lie);
        self.check();
        matches!(&self.asked, Asked::Bills(_, billing) if billing.bills().is_ok())
            || matches!(&self.asked, Asked::CertifiedBills(_, billing) if billing.bills().is_ok())
    }

    /// Its state is stored before a Close is sent, and what came in before that.
    pub fn restart_utility(&mut self) {
        let state = self.utility.to_bytes().unwrap();
        self.utility = self.world.utility(&state).unwrap();
        assert_eq!(*self.utility.to_bytes().unwrap(), *state);
        if let Some((_, collecting)) = &mut self.collecting {
            let bytes = collecting.to_bytes().unwrap();
            *collecting = self.utility.reopen(&bytes).unwrap();
            assert_eq!(collecting.to_bytes().unwrap(), bytes);
        }
    }
}

/// The mask of the last t who are not away: number 4 with them, which may lie.
fn least(away: u8) -> u8 {
    let here: Vec<u8> = quorum(away).iter().collect();
    here.iter().rev().take(THRESHOLD.into()).fold(15u8, |mask, number| mask & !(1 << (number - 1)))
}
