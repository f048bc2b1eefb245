//! The honest utility and the meters.

use meter_link::round::Open;
use meter_link::{Kind, PartyId, Round};
use threshold_elgamal::{Bill, Error, PartialSum, Sum};

use super::super::input::Input;
use super::super::world::{CHANNELS, FIRST, METERS, THRESHOLD, WINDOW, table};
use super::trustee::{AGREE, AGREE_BILL, ANSWER, FOLLOW, OPEN};
use super::{Asked, Game, List, Marks, Shut, from_end, quorum};

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
            self.receive(number, OPEN, &frame);
        }
        true
    }

    pub fn contribute(&mut self, input: &mut Input<'_>) {
        let (who, choice, flip) = (input.marks(METERS), input.u8(), input.u8());
        let Some((open, _)) = self.collecting else { return };
        let round =
            if choice & 1 == 0 { open } else { (open + u32::from(choice >> 1) % 4).saturating_sub(1) };
        for meter in (0..METERS).filter(|meter| who[*meter]) {
            // The last one signs a second frame, too.
            let other = meter + 1 == METERS && choice >> 7 == 1;
            let Some(mut frame) = self.world.sent(meter, round, other) else { continue };
            let Some((_, collecting)) = &mut self.collecting else { return };
            let before = collecting.to_bytes().unwrap();
            if flip & 1 == 1 {
                let at = usize::from(flip >> 1) * 3 % frame.len();
                frame[at] ^= 1 << (choice & 7);
                assert!(collecting.accept(&frame).is_err());
                assert_eq!(collecting.to_bytes().unwrap(), before);
                continue;
            }
            let taken = collecting.accept(&frame);
            let present =
                Open::verify(collecting.frame(), &self.world.view, Round::from(open)).unwrap().present;
            if taken.is_ok() {
                assert!(round == open && present.contains(meter as u32));
                let after = collecting.to_bytes().unwrap();
                assert_eq!(collecting.accept(&frame), taken);
                assert_eq!(collecting.to_bytes().unwrap(), after);
            } else {
                let second = meter + 1 == METERS;
                assert!(round != open || !present.contains(meter as u32) || second, "{taken:?}");
                assert_eq!(collecting.to_bytes().unwrap(), before);
            }
        }
    }

    pub fn close(&mut self, input: &mut Input<'_>) {
        let (mask, how) = (input.u8(), input.u8());
        if self.close_round(mask & 15) {
            let shut = self.closes.last().unwrap().clone();
            for number in quorum(mask >> 4).iter() {
                self.shut(number, AGREE + how % 4, &shut);
            }
        }
    }

    fn close_round(&mut self, mask: u8) -> bool {
        let Some((round, collecting)) = self.collecting.take() else { return false };
        let before = self.utility.to_bytes().unwrap();
        let state = collecting.to_bytes().unwrap();
        match self.utility.close(collecting, &quorum(mask)) {
            Ok(closed) => {
                let list: List = closed.contributions().map(<[u8]>::to_vec).collect();
                assert_eq!(*self.honest.entry(round).or_insert_with(|| list.clone()), list);
                let partial = closed.partial().unwrap();
                assert_eq!(partial.count() as usize, list.len());
                let again = PartialSum::from_bytes(&partial.to_bytes().unwrap(), METERS as u32);
                assert_eq!(again.unwrap(), partial);
                self.closes.push(Shut { frame: closed.frame().to_vec(), list, hints: closed.hints() });
                self.asked = Asked::Round(closed);
                true
            }
            Err(_) => {
                assert_eq!(*self.utility.to_bytes().unwrap(), *before);
                // What came in may be taken again.
                if let Ok(collecting) = self.utility.reopen(&state) {
                    assert_eq!(collecting.to_bytes().unwrap(), state);
                    self.collecting = Some((round, collecting));
                }
                false
            }
        }
    }

    /// Another quorum, for the same set or bills.
    pub fn ask_again(&mut self, input: &mut Input<'_>) {
        let mask = input.u8();
        let before = self.utility.to_bytes().unwrap();
        match &mut self.asked {
            Asked::Round(closed) => {
                if self.utility.ask(closed, &quorum(mask & 15)).is_err() {
                    assert_eq!(*self.utility.to_bytes().unwrap(), *before);
                    return;
                }
                let list = closed.contributions().map(<[u8]>::to_vec).collect();
                let shut = Shut { frame: closed.frame().to_vec(), list, hints: closed.hints() };
                self.closes.push(shut.clone());
                for number in quorum(mask >> 4).iter() {
                    self.shut(number, AGREE, &shut);
                }
            }
            Asked::Bills(_, billing) => {
                if self.utility.ask_bill(billing, &quorum(mask & 15)).is_ok() {
                    let frame = billing.frame().to_vec();
                    self.queries.push(frame.clone());
                    for number in quorum(mask >> 4).iter() {
                        self.receive(number, AGREE_BILL, &frame);
                    }
                }
            }
            Asked::Nothing => {}
        }
        self.check();
    }

    /// Some statement or share of before.
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

    /// Statements and shares at hand, and what they say.
    fn at_hand(&self) -> (List, Vec<u8>) {
        match &self.asked {
            Asked::Nothing => (Vec::new(), Vec::new()),
            Asked::Round(closed) => {
                (closed.statements().map(<[u8]>::to_vec).collect(), closed.missing().collect())
            }
            Asked::Bills(_, billing) => {
                (billing.statements().map(<[u8]>::to_vec).collect(), billing.missing().collect())
            }
        }
    }

    /// Whether the utility takes what a trustee tells: never a lie.
    pub fn take(&mut self, frame: &[u8]) -> bool {
        let before = self.at_hand();
        let share = matches!(frame.get(2), Some(kind) if *kind == Kind::ProvenShare as u8 || *kind == Kind::WindowShare as u8);
        let taken = match (&mut self.asked, share) {
            (Asked::Nothing, _) => return false,
            (Asked::Round(closed), true) => closed.accept(frame),
            (Asked::Round(closed), false) => closed.accept_statement(frame),
            (Asked::Bills(_, billing), true) => billing.accept(frame),
            (Asked::Bills(_, billing), false) => billing.accept_statement(frame),
        };
        match taken {
            Ok(number) => {
                assert!(!self.lies.iter().any(|lie| lie == frame), "a lie is taken");
                assert!(!share || !self.at_hand().1.contains(&number));
                true
            }
            Err(_) => {
                self.seen.lies += u32::from(self.lies.iter().any(|lie| lie == frame));
                assert_eq!(self.at_hand(), before);
                false
            }
        }
    }

    /// The truth, or an error.
    fn check(&mut self) {
        match &self.asked {
            Asked::Nothing => {}
            Asked::Round(closed) => match self.utility.record(closed, table()) {
                Ok(sum) => {
                    assert_eq!(closed.missing().count(), 0);
                    self.seen.sums += 1;
                    self.check_sum(&sum);
                }
                Err(error) => assert!(matches!(error, Error::Quorum { .. }), "{error:?}"),
            },
            Asked::Bills(first, billing) => match billing.bills(table()) {
                Ok(bills) => {
                    assert_eq!((billing.missing().count(), bills.spoilt.len()), (0, 0));
                    self.seen.bills += 1;
                    self.check_bills(*first, &bills.bills);
                }
                Err(error) => assert!(matches!(error, Error::Quorum { .. }), "{error:?}"),
            },
        }
    }

    fn check_sum(&self, sum: &Sum) {
        let list = &self.honest[&sum.round.to_u32()];
        let mut truth = [0i64; CHANNELS];
        for frame in list {
            let (_, reading) = self.world.reading_of(frame);
            truth.iter_mut().zip(reading).for_each(|(sum, value)| *sum += value);
        }
        assert_eq!((sum.values.as_slice(), sum.meters as usize), (&truth[..], list.len()));
    }

    fn check_bills(&self, first: u32, bills: &[Bill]) {
        for bill in bills {
            let (mut truth, mut rounds) = ([0i64; CHANNELS], 0);
            for frame in self.honest.range(first..first + WINDOW).flat_map(|(_, list)| list) {
                let (meter, reading) = self.world.reading_of(frame);
                if self.world.roster.meters()[meter].id == bill.meter {
                    truth.iter_mut().zip(reading).for_each(|(sum, value)| *sum += value);
                    rounds += 1;
                }
            }
            assert_eq!((bill.rounds, bill.values.as_slice()), (rounds, &truth[..]));
        }
    }

    /// A round in which nothing goes wrong but that some are silent or away. Whether its sum is known.
    pub fn whole(&mut self, set: &Marks, away: u8, lie: u8) -> bool {
        if !self.open_round(self.now, &[true; METERS], away) {
            return false;
        }
        for meter in (0..METERS).filter(|meter| set[*meter]) {
            if let Some(frame) = self.world.sent(meter, self.now, false)
                && let Some((_, collecting)) = &mut self.collecting
            {
                let _ = collecting.accept(&frame);
            }
        }
        let mask = least(away);
        if !self.close_round(mask) {
            return false;
        }
        let shut = self.closes.last().unwrap().clone();
        for number in quorum(away).iter() {
            let step = if mask >> (number - 1) & 1 == 0 { AGREE + (lie & 2) } else { FOLLOW + (lie & 2) };
            if let Some(told) = self.shut(number, step, &shut) {
                self.take(&told);
            }
        }
        self.answer_all(mask, lie);
        matches!(&self.asked, Asked::Round(closed) if self.utility.record(closed, table()).is_ok())
    }

    /// Those who are asked answer what was stated last; number 4 lies first, if `lie` is odd.
    fn answer_all(&mut self, mask: u8, lie: u8) {
        let last = self.statements.last().cloned().unwrap_or_default();
        for number in quorum(mask).iter().filter(|_| !last.is_empty()) {
            let Some(told) = self.receive(number, ANSWER, &last) else { continue };
            if lie & 1 == 1 && self.by_liar(&told) {
                let lie = self.lie_of(told.clone(), lie, lie);
                assert!(!self.take(&lie));
            }
            self.take(&told);
        }
        self.check();
    }

    fn ask_bills(&mut self, first: u32, meters: &[PartyId], mask: u8) -> Result<Vec<u8>, Error> {
        let before = self.utility.to_bytes().unwrap();
        let billing = self.utility.bill(Round::from(first), meters, &quorum(mask));
        assert!(billing.is_ok() || *self.utility.to_bytes().unwrap() == *before);
        let billing = billing?;
        let frame = billing.frame().to_vec();
        self.asked = Asked::Bills(first, billing);
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
            let marks = input.marks(METERS);
            let some = self.world.roster.meters().iter().zip(marks);
            meters = some.filter(|(_, member)| *member).map(|(meter, _)| meter.id).collect();
        }
        if let Ok(frame) = self.ask_bills(first, &meters, mask & 15) {
            for number in quorum(mask >> 4).iter() {
                self.receive(number, AGREE_BILL, &frame);
            }
        }
    }

    /// Bills in which nothing goes wrong but that some are away.
    pub fn whole_bill(&mut self, input: &mut Input<'_>) {
        let (choice, away) = (input.u8(), input.u8());
        self.bill_all(self.window(choice), away & 15, away >> 4);
    }

    pub fn bill_all(&mut self, first: u32, away: u8, lie: u8) -> bool {
        let meters = self.utility.billable(Round::from(first)).unwrap_or_default();
        let mask = least(away);
        let Ok(frame) = self.ask_bills(first, &meters, mask) else { return false };
        for number in quorum(mask).iter() {
            if let Some(told) = self.receive(number, AGREE_BILL, &frame) {
                self.take(&told);
            }
        }
        self.answer_all(mask, lie);
        matches!(&self.asked, Asked::Bills(_, billing) if billing.bills(table()).is_ok())
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
