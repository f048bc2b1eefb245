//! The bills of a window: asked for once it is over, until they are told or the window is forgotten.

use meter_link::answer::Quorum;
use meter_link::window::Window;
use meter_link::{PartyId, Round};

use super::{Phase, Utility};
use crate::engine::clocked::records::Record;
use crate::engine::clocked::scheme::{Failure, Opened, Scheme};
use crate::engine::{Ctx, Event};

/// Quorums that are asked for one window's bills.
const MOST_ASKED: u32 = 32;

/// Bills that are asked for.
pub(super) struct Asking<S: Scheme> {
    pub(super) window: Window,
    meters: Vec<PartyId>,
    pub(super) billing: S::Billing,
    quorum: Quorum,
    asked_at: u64,
    asked: u32,
}

impl<S: Scheme> Utility<S> {
    /// Asks for the bills of the first window that is over, or asks others for those that are not told.
    pub(super) fn try_bills(&mut self, ctx: &mut Ctx<'_>) {
        let patience = self.patience();
        match &self.asking {
            None => self.ask_for_bills(ctx),
            Some(asking) if ctx.now >= asking.asked_at.saturating_add(patience) => {
                let silent = self.scheme.silent_on_bill(&asking.billing);
                self.ask_others_for_bills(ctx, &silent);
            }
            Some(_) => {}
        }
    }

    /// The first window that is over and not billed.
    fn window_over(&self) -> Option<Window> {
        let books = self.scheme.books()?;
        let mut windows = books.iter().map(|book| book.window());
        let first = windows.find(|window| self.billed.is_none_or(|billed| window.first > billed))?;
        let over = self.finished.is_some_and(|finished| finished >= first.last);
        // Until the next round is open or none will be, a last one that was opened and lost is in the way.
        let settled = !matches!(self.phase, Phase::Waiting(_));
        (over && settled).then_some(first)
    }

    fn ask_for_bills(&mut self, ctx: &mut Ctx<'_>) {
        let Some(window) = self.window_over() else { return };
        if ctx.now < self.bills_at {
            return;
        }
        self.bills_at = ctx.now.saturating_add(self.patience());
        // Answerers answer in the rounds after the window only.
        if self.table.round(ctx.now).is_none_or(|now| now <= window.last) {
            return;
        }
        let Some(quorum) = self.quorum(ctx.now) else { return };
        let billing = self.scheme.billable(window.first).and_then(|meters| {
            let billing = self.scheme.bill(window, &meters, &quorum)?;
            Ok((meters, billing))
        });
        match billing {
            Ok((meters, billing)) => {
                self.append(ctx, &Record::Asked(window.first));
                self.send_query(ctx, &quorum, &billing);
                let (asked_at, asked) = (ctx.now, 1);
                self.asking = Some(Asking { window, meters, billing, quorum, asked_at, asked });
            }
            Err(Failure::NotBillable) => self.no_bills(ctx, window, "the rules of windows allow none"),
            Err(_) => {} // not yet
        }
    }

    fn ask_others_for_bills(&mut self, ctx: &mut Ctx<'_>, silent: &[u8]) {
        let Some(mut asking) = self.asking.take() else { return };
        let kept = self.scheme.books().is_some_and(|books| books.get(asking.window.first).is_some());
        if !kept || asking.asked >= MOST_ASKED {
            return self.no_bills(ctx, asking.window, "too few answers");
        }
        (asking.asked_at, asking.asked) = (ctx.now, asking.asked.saturating_add(1));
        self.slow.extend(silent.iter().map(|number| (*number, ctx.now)));
        if let Some(quorum) = self.quorum(ctx.now) {
            let (window, meters) = (asking.window, &asking.meters);
            if self.scheme.bill_again(&mut asking.billing, window, meters, &quorum).is_ok() {
                asking.quorum = quorum;
                self.send_query(ctx, &quorum, &asking.billing);
            }
        }
        self.asking = Some(asking);
    }

    fn send_query(&self, ctx: &mut Ctx<'_>, quorum: &Quorum, billing: &S::Billing) {
        for answerer in quorum.iter().filter_map(|number| self.parties.answerer(number)) {
            ctx.out.frame(answerer, self.scheme.query(billing));
        }
    }

    /// What an answer to the query has brought.
    pub(super) fn bill_opened(&mut self, ctx: &mut Ctx<'_>, opened: Opened) {
        let Some(asking) = &self.asking else { return };
        match opened {
            Opened::Waits | Opened::Without(_) => {}
            Opened::Tell(letter) => {
                for answerer in asking.quorum.iter().filter_map(|number| self.parties.answerer(number)) {
                    ctx.out.send(answerer, letter.clone());
                }
            }
            Opened::Whole => {
                let (window, bills) = (asking.window, self.scheme.bills(&asking.billing));
                let Ok((bills, spoilt)) = bills else { return };
                self.asking = None;
                self.billed = Some(window.first);
                self.append(ctx, &Record::Billed(window.first));
                for meter in spoilt {
                    let what = "its bill cannot be read".to_owned();
                    ctx.out.event(Event::Fault { round: window.last.to_u32(), party: meter.0, what });
                }
                for bill in bills {
                    let (first_round, rounds, meter) = (window.first.to_u32(), bill.rounds, bill.meter.0);
                    ctx.out.event(Event::Bill { first_round, rounds, meter, values: bill.values });
                }
            }
        }
    }

    fn no_bills(&mut self, ctx: &mut Ctx<'_>, window: Window, why: &str) {
        self.asking = None;
        self.billed = Some(window.first);
        self.append(ctx, &Record::Billed(window.first));
        let what = format!("no bills for rounds {} to {}: {why}", window.first, window.last);
        ctx.out.event(Event::Topology { round: window.last.to_u32(), what });
    }

    /// When bills are next to be asked for.
    pub(super) fn next_bill(&self) -> Option<u64> {
        match &self.asking {
            Some(asking) => Some(asking.asked_at.saturating_add(self.patience())),
            None => {
                let window = self.window_over()?;
                let over = self.table.start(Round::from(window.last.to_u32().saturating_add(1)));
                Some(over.max(self.bills_at))
            }
        }
    }
}
