//! Who is asked for an answer, and who has missed rounds.

use dcnet_core::{Closed, Error};
use meter_link::answer::Quorum;
use meter_link::{PartyId, Round};

use super::UtilityRole;
use super::round::{Phase, Running, phase};
use super::state::Step;
use crate::engine::dcnet::{broken, refused};
use crate::engine::{Ctx, Event, Letter, Refusal};

/// Closed rounds that are kept for holders that were away.
pub(super) const MOST_PAST: usize = 64;
/// Quorums that are asked in a round, at most.
const MOST_TRIED: usize = 16;

impl UtilityRole {
    /// The first holders that attend; where too few do, the first.
    pub(super) fn first_quorum(&self) -> Result<Quorum, Error> {
        self.utility.quorum(|number| self.attending(number)).or_else(|_| self.utility.quorum(|_| true))
    }

    fn holder(&self, number: u8) -> Option<PartyId> {
        self.holders.get(usize::from(number).checked_sub(1)?).copied()
    }

    fn attending(&self, number: u8) -> bool {
        self.holder(number).is_some_and(|holder| self.here.contains(&holder))
    }

    pub(super) fn answer(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: PartyId,
        round: Round,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        let running = self.running.as_mut().filter(|running| running.round == round);
        let Some(Running { phase: Phase::Answering(closed), again, .. }) = running else {
            return Err(Refusal::Stale("an answer, while none is waited for"));
        };
        if let Err(error) = closed.accept(frame) {
            return Err(match again {
                false => refused(error, from),
                true => Refusal::Stale("an answer to another question"),
            });
        }
        if closed.missing().next().is_some() {
            return Ok(());
        }
        match self.utility.record(closed) {
            Ok(sum) => {
                ctx.out.record(&Step::Over(round).to_bytes());
                let (round, meters, values) = (round.to_u32(), sum.meters, sum.values);
                ctx.out.event(Event::Sum { round, meters, values });
                self.running = None;
                Ok(())
            }
            // Somebody lies; another quorum may do without.
            Err(error) => {
                let what = format!("answers of a quorum: {error}");
                ctx.out.event(Event::Fault { round: round.to_u32(), party: 0, what });
                self.ask_others(ctx, |_| true)
            }
        }
    }

    /// The quorum's time is over.
    pub(super) fn unanswered(&mut self, ctx: &mut Ctx<'_>, running: Running) -> Result<(), Refusal> {
        let Phase::Answering(closed) = &running.phase else { return Ok(()) };
        let silent: Vec<u8> = closed.missing().collect();
        let round = running.round.to_u32();
        if !running.stuck {
            for party in silent.iter().filter_map(|number| self.holder(*number)) {
                ctx.out.event(Event::Fault { round, party: party.0, what: "has not answered".to_owned() });
            }
        }
        self.running = Some(running);
        self.ask_others(ctx, |number| !silent.contains(&number))
    }

    /// Asks another quorum of those that attend and are `fit`, if there is one that was not asked.
    fn ask_others(&mut self, ctx: &mut Ctx<'_>, fit: impl Fn(u8) -> bool) -> Result<(), Refusal> {
        let numbers: Vec<u8> =
            (1..=self.view.answerers()).filter(|n| fit(*n) && self.attending(*n)).collect();
        let size = self.params.threshold().map_or(0, |threshold| threshold.threshold());
        let slot_ends =
            self.running.as_ref().map(|running| self.table.start(super::round::after(running.round)));
        let Some(running) = &mut self.running else { return Ok(()) };
        let Phase::Answering(closed) = &mut running.phase else { return Ok(()) };
        let Some(quorum) = another(&numbers, size.into(), &running.tried) else {
            running.stuck = true;
            running.due = slot_ends.unwrap_or(u64::MAX);
            return Ok(());
        };
        self.utility.ask(closed, &quorum).map_err(broken)?;
        (running.stuck, running.again) = (false, true);
        running.tried.push(quorum);
        running.due = ctx.now.saturating_add(phase(&self.table, self.deadline));
        let frame = closed.frame().to_vec();
        let asked: Vec<PartyId> = quorum.iter().filter_map(|number| self.holder(number)).collect();
        self.tell(ctx, asked.into_iter(), &frame);
        Ok(())
    }

    /// Asks others at once if one of the quorum is not even there.
    pub(super) fn check_quorum(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Some(Running { phase: Phase::Answering(closed), .. }) = &self.running else { return Ok(()) };
        let gone = |closed: &Closed| closed.missing().any(|number| !self.attending(number));
        if gone(closed) { self.ask_others(ctx, |_| true) } else { Ok(()) }
    }

    /// Somebody attends: what it may have missed.
    pub(super) fn welcome(&mut self, ctx: &mut Ctx<'_>, party: PartyId) {
        if !self.holders.contains(&party) {
            // The Close alone where there is one: a contribution would come too late. Who is named absent has been away,
            // and comes back with the next round.
            let place = self.meters.binary_search(&party).ok();
            let present = |present: &Vec<bool>| place.and_then(|place| present.get(place)) == Some(&true);
            if let Some(running) = self.running.as_ref().filter(|running| present(&running.present)) {
                ctx.out.frame(party, &running.frame);
            }
            return;
        }
        let known = self.caught_up.get(&party).copied();
        let current = self.running.as_ref().map(|running| running.round);
        for past in self.past.iter().filter(|past| Some(past.round) > known && Some(past.round) != current) {
            let frames = vec![past.open.clone(), past.close.clone()];
            ctx.out.send(party, Letter::Frames { frames, hints: Vec::new() });
        }
        if let Some(last) = self.past.back() {
            self.caught_up.insert(party, last.round);
        }
        let Some(running) = &self.running else { return };
        ctx.out.frame(party, &running.open);
        let Phase::Answering(closed) = &running.phase else { return };
        ctx.out.frame(party, closed.frame());
        let (stuck, missing) = (running.stuck, closed.missing().collect::<Vec<u8>>());
        // The one that all waited for has just been asked; if it is another, there may be a quorum now.
        if stuck && missing.iter().any(|number| !self.attending(*number)) {
            if let Some(running) = &mut self.running {
                running.tried.clear();
            }
            // A step of an attendance cannot fail; the end of the slot does what is left.
            let _ = self.ask_others(ctx, |_| true);
        }
    }

    /// Somebody is gone.
    pub(super) fn missed(&mut self, ctx: &mut Ctx<'_>, party: PartyId) {
        if self.holders.contains(&party) {
            let _ = self.check_quorum(ctx);
        }
    }
}

/// The first choice of so many of the numbers, in their order, that was not tried.
fn another(numbers: &[u8], size: usize, tried: &[Quorum]) -> Option<Quorum> {
    if tried.len() >= MOST_TRIED || size == 0 {
        return None;
    }
    let mut places: Vec<usize> = (0..size).collect();
    loop {
        let chosen: Option<Vec<u8>> = places.iter().map(|place| numbers.get(*place).copied()).collect();
        let quorum = Quorum::new(&chosen?).ok()?;
        // Each turn either ends or meets one that was tried, of which there are few.
        if !tried.contains(&quorum) {
            return Some(quorum);
        }
        // The last place that can move on does, and those behind it follow.
        let last = numbers.len().checked_sub(size)?;
        let turn = (0..size)
            .rev()
            .find(|turn| places.get(*turn).is_some_and(|place| *place < turn.saturating_add(last)))?;
        let mut next = places.get(turn).copied()?.saturating_add(1);
        for place in places.iter_mut().skip(turn) {
            *place = next;
            next = next.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quorum_has_its_turn() {
        let mut tried = Vec::new();
        while let Some(quorum) = another(&[1, 2, 4, 5], 3, &tried) {
            tried.push(quorum);
        }
        let numbers: Vec<Vec<u8>> = tried.iter().map(|quorum| quorum.iter().collect()).collect();
        assert_eq!(numbers, [[1, 2, 4], [1, 2, 5], [1, 4, 5], [2, 4, 5]]);
        assert_eq!(another(&[1, 2], 3, &[]), None);
        assert_eq!(another(&[], 0, &[]), None);
    }
}
