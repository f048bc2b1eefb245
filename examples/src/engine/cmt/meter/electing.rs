//! Who is concentrator next: the role handed over, elections, claims.

use std::collections::BTreeMap;

use cmt_ring::election::{Election, Heard, Roll, Verdict, drawn};
use cmt_ring::{Entry, Forming, Generation, Meter};
use meter_link::set::Members;
use meter_link::{PartyId, Round};
use zeroize::Zeroizing;

use super::super::blame::{self, refused};
use super::super::deadlines::Tick;
use super::super::group::Group;
use super::Metering;
use crate::engine::seat::MOST_BATCH;
use crate::engine::{Ctx, Refusal};

/// What is in the making. None of it outlives a power cut.
#[derive(Default)]
pub(super) struct Making {
    /// The first round of the generation.
    pub(super) from: Option<Round>,
    pub(super) election: Option<Election>,
    /// The last Hello of each, of before the election was opened too.
    pub(super) hellos: BTreeMap<PartyId, Vec<u8>>,
    /// Who wants which later generation.
    pub(super) elsewhere: BTreeMap<PartyId, Generation>,
    /// The claim that is followed, and when it came.
    pub(super) claim: Option<(Entry, Vec<u8>, u64)>,
    /// The meter as it was before it followed anybody, and what it has stored since.
    pub(super) before: Option<Before>,
    /// In groups without terms: who is concentrator.
    pub(super) ordered: Option<Entry>,
    pub(super) forming: Option<Forming<MOST_BATCH>>,
    pub(super) set: Option<Members>,
    /// A token that waits until other claims have had their time, and when that is.
    pub(super) token: Option<(PartyId, Vec<u8>, u64)>,
    /// The answer to a token.
    pub(super) answer: Option<(PartyId, Vec<u8>)>,
    pub(super) echo: Option<Vec<u8>>,
    /// Where members sign their set: what the others have signed, by position, and a seat that waits for it.
    pub(super) echoes: BTreeMap<u32, Vec<u8>>,
    pub(super) seat: Option<(PartyId, Vec<u8>)>,
}

/// See [`Metering::give_up`].
#[derive(Default)]
pub(super) struct Before {
    pub(super) state: Zeroizing<Vec<u8>>,
    pub(super) records: Vec<Vec<u8>>,
}

/// Deadlines of a Hello.
const TRIES: u8 = 2;
/// First byte of the record of a generation that is joined; whoever has joined signs.
const JOINED: u8 = 4;
/// Behind this one an election comes to nothing in its slot.
const LAST_TURN: u8 = 6;

impl Making {
    pub(super) fn join_at(&self) -> Option<u64> {
        self.token.as_ref().map(|(_, _, at)| *at)
    }

    /// Whether the supplier has ordered a ring.
    pub(super) fn orders(&self) -> bool {
        self.ordered.is_some()
    }
}

impl Metering {
    /// Keeps the meter as it is, unless it follows somebody.
    fn remember(&mut self) -> Result<(), Refusal> {
        if self.making.before.is_some() || self.meter.followed().is_some() {
            return Ok(());
        }
        let mut state = Zeroizing::new(vec![0u8; self.meter.state_len()]);
        self.meter.to_bytes(&mut state).map_err(blame::broken)?;
        self.making.before = Some(Before { state, records: Vec::new() });
        Ok(())
    }

    /// Gives up the claim that is followed: nothing has come of it.
    ///
    /// A claimant that is forsaken is not followed again, so that it cannot have one set after the other signed. After links
    /// that broke here and there everybody would refuse somebody else. Where this meter has signed nothing, nothing depends on
    /// that: it goes on as after a reboot with the state of before, which costs another try at most (cmt-ring's docs/reboot.md).
    pub(super) fn give_up(&mut self) -> Result<(), Refusal> {
        let making = std::mem::take(&mut self.making);
        let joined = |before: &Before| before.records.iter().any(|record| record.first() == Some(&JOINED));
        let signed = |before: &Before| self.group.params.agreement() && joined(before);
        let Some(Before { state, records }) = making.before.filter(|before| !signed(before)) else {
            self.meter.forsake();
            return Ok(());
        };
        let Group { params, view, .. } = &self.group;
        let (me, channels) = (self.me.listed(), self.group.channels());
        let mut meter = Meter::from_bytes(params, view, &me, channels, &state).map_err(blame::broken)?;
        for record in &records {
            meter.replay(record).map_err(blame::broken)?;
        }
        if let Some(licence) = self.meter.licence() {
            meter.restore_licence(licence).map_err(blame::broken)?;
        }
        if self.broken && meter.generation().is_some() {
            meter.broken().map_err(blame::broken)?;
        }
        if !meter.is_concentrator() {
            self.led = None;
        }
        self.meter = meter;
        Ok(())
    }

    /// A record that a meter of before would have to know.
    pub(super) fn remember_record(&mut self, record: &[u8]) {
        if let Some(before) = &mut self.making.before {
            before.records.push(record.to_vec());
        }
    }

    /// Whether the next round needs a ring that this meter may help to make.
    fn is_needed(&self, slot: u32, next: Round) -> bool {
        let told = self.bulletin.as_ref().filter(|bulletin| bulletin.round.to_u32() == slot);
        let lacks = match told {
            Some(bulletin) => bulletin.lacks(next) && bulletin.licensed.contains(self.me.position),
            None => self.meter.generation().is_some() && (self.broken || self.meter.until() <= Some(next)),
        };
        let free = self.broken || self.meter.until().is_none_or(|until| until <= next);
        lacks && free && self.meter.licence().is_some()
    }

    /// As concentrator at the end of a term: the role goes on, if everybody who is licensed is in the ring and here.
    pub(super) fn hand_over(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        let (Some(next), Some(led), Some(bulletin)) = (self.group.next(slot), &self.led, &self.bulletin)
        else {
            return Ok(());
        };
        if self.broken || self.meter.until() != Some(next) || bulletin.round.to_u32() != slot {
            return Ok(());
        }
        let book = &led.book;
        let mut members = Members::none(self.group.view.meters());
        book.members().for_each(|member| members.set(member.position, true));
        members.set(self.me.position, true);
        let here = members.positions().all(|position| bulletin.here.contains(position));
        if Some(book.generation()) != self.meter.generation() || members != bulletin.licensed || !here {
            return Ok(());
        }
        let generation = self.meter.next_generation();
        let first = drawn(self.group.view.epoch(), generation, &members).map_err(blame::broken)?;
        if first == self.me.position {
            return self.claim(ctx, generation, next, &members);
        }
        let (_, now) = self.clock(ctx.now)?;
        if let Ok((id, frame)) = self.meter.hand_over(book, now, next, generation, &members) {
            Self::relay(ctx, id, frame);
        }
        Ok(())
    }

    pub(super) fn handed_over(
        &mut self,
        ctx: &mut Ctx<'_>,
        by: PartyId,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let over = self.meter.handed_over(now, frame).map_err(|error| refused(by, error))?;
        self.claim(ctx, over.generation, over.from, &over.members)
    }

    /// A deadline of the election, if there is one or has to be.
    pub(super) fn turn(&mut self, ctx: &mut Ctx<'_>, slot: u32, tick: Tick) -> Result<(), Refusal> {
        let Some(next) = self.group.next(slot).filter(|_| self.group.terms()) else { return Ok(()) };
        if !self.is_needed(slot, next) || self.making.forming.is_some() || self.outgoing_is_new(next) {
            return Ok(());
        }
        let Some(election) = &self.making.election else {
            if self.meter.followed().is_none() && tick <= Tick::Turn(LAST_TURN) {
                let told = self.bulletin.as_ref().map_or(Generation(0), |bulletin| bulletin.next);
                let own = self.meter.next_generation();
                if told > own {
                    self.elect(ctx, next, told)?;
                }
                // It may be so high that no meter takes part.
                return if self.making.election.is_some() { Ok(()) } else { self.elect(ctx, next, own) };
            }
            return Ok(());
        };
        // A claim to a later generation does not end the election: one to this one precedes.
        let followed = self.meter.followed().map(|claim| claim.generation);
        if followed.is_some_and(|followed| followed <= election.generation()) {
            self.making.election = None;
            return Ok(());
        }
        if let Some(later) = self.wanted() {
            return self.elect(ctx, next, later);
        }
        let Some(mut election) = self.making.election.take() else { return Ok(()) };
        match election.deadline().map_err(blame::broken)? {
            Verdict::Repeat | Verdict::TooFew { .. } => ctx.out.frame(PartyId::UTILITY, election.hello()),
            Verdict::Await(_) => {}
            Verdict::Claim => {
                let (generation, from) = (election.generation(), election.from());
                let members = election.members();
                self.making.election = Some(election);
                return self.claim(ctx, generation, from, &members);
            }
        }
        self.making.election = Some(election);
        Ok(())
    }

    fn outgoing_is_new(&self, next: Round) -> bool {
        self.outgoing.as_ref().is_some_and(|outgoing| outgoing.from == next)
    }

    /// A later generation that more want than may be led by one who lies, or anybody where too few want this one.
    fn wanted(&self) -> Option<Generation> {
        let election = self.making.election.as_ref()?;
        let colluding = self.group.params.group().rules.max_colluding.max(1) as usize;
        let few = election.members().count() < self.group.params.min_ring();
        let mut wanted: Vec<Generation> = self.making.elsewhere.values().copied().collect();
        wanted.retain(|generation| *generation > election.generation());
        wanted.sort_unstable();
        match wanted.as_slice() {
            [.., most] if few => Some(*most),
            all if all.len() > colluding => {
                all.get(all.len().saturating_sub(colluding).saturating_sub(1)).copied()
            }
            _ => None,
        }
    }

    fn elect(&mut self, ctx: &mut Ctx<'_>, from: Round, generation: Generation) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let opened = Election::open(&self.meter, &self.identity, &self.me, now, from, generation, TRIES);
        let Ok(mut election) = opened else { return Ok(()) }; // led so far ahead that no generation is left
        if let Some(bulletin) = &self.bulletin {
            let others = self.group.entries.iter().map(|entry| entry.position);
            others
                .filter(|place| !bulletin.licensed.contains(*place))
                .for_each(|place| election.leave_out(place));
        }
        ctx.out.frame(PartyId::UTILITY, election.hello());
        self.making.election = Some(election);
        self.making.from = Some(from);
        self.making.elsewhere.clear();
        for (sender, frame) in self.making.hellos.clone() {
            if let Some(entry) = self.group.of(sender) {
                let _ = self.hear(now, &entry, &frame);
            }
        }
        Ok(())
    }

    /// Somebody is there.
    pub(super) fn hello(&mut self, ctx: &mut Ctx<'_>, frame: Vec<u8>) -> Result<(), Refusal> {
        let sender = self.sender(PartyId::UTILITY, &frame)?;
        let (_, now) = self.clock(ctx.now)?;
        if frame.len() != cmt_ring::election::Hello::LEN {
            return Err(Refusal::Stale("no Hello"));
        }
        if self.making.hellos.get(&sender.member.id) == Some(&frame) {
            return Ok(());
        }
        let heard = if self.making.election.is_some() { self.hear(now, &sender, &frame) } else { Ok(()) };
        self.making.hellos.insert(sender.member.id, frame);
        heard
    }

    fn hear(&mut self, now: Round, sender: &Entry, frame: &[u8]) -> Result<(), Refusal> {
        let Some(election) = &mut self.making.election else { return Ok(()) };
        // Whose licences hold, the supplier's bulletin has told.
        let roll = Roll::new(&self.group.view);
        let heard = election.hear(now, &roll, sender, frame);
        match heard.map_err(|error| refused(sender.member.id, error))? {
            Heard::Elsewhere(generation, from) if from == election.from() => {
                self.making.elsewhere.insert(sender.member.id, generation);
            }
            _ => {}
        }
        Ok(())
    }

    /// Claims a generation.
    fn claim(
        &mut self,
        ctx: &mut Ctx<'_>,
        generation: Generation,
        from: Round,
        members: &Members,
    ) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        self.remember()?;
        let claimed = self.meter.claim(&self.identity, &self.me, now, from, generation, members);
        let Ok(prepared) = claimed else { return Ok(()) }; // somebody else's precedes
        ctx.out.record(prepared.record());
        let record = prepared.record().to_vec();
        let frame = prepared.stored();
        self.remember_record(&record);
        ctx.out.frame(PartyId::UTILITY, &frame);
        self.making.claim = Some((self.me, frame, ctx.now));
        self.making.set = Some(members.clone());
        self.making.from = Some(from);
        Ok(())
    }

    /// Somebody claims a generation.
    pub(super) fn follow(&mut self, ctx: &mut Ctx<'_>, frame: Vec<u8>) -> Result<(), Refusal> {
        let claimant = self.sender(PartyId::UTILITY, &frame)?;
        let (_, now) = self.clock(ctx.now)?;
        let before = self.meter.followed().copied();
        self.remember()?;
        let followed = self.meter.follow(now, &claimant, &frame);
        let claim = followed.map_err(|error| refused(claimant.member.id, error))?;
        if before != Some(claim) {
            let hellos = std::mem::take(&mut self.making.hellos);
            let remembered = self.making.before.take();
            let election =
                self.making.election.take().filter(|election| election.generation() < claim.generation);
            self.making = Making {
                from: Some(claim.from),
                claim: Some((claimant, frame, ctx.now)),
                election,
                hellos,
                before: remembered,
                ..Default::default()
            };
        }
        Ok(())
    }

    /// Sends what others may have missed of the making, once more.
    pub(super) fn repeat_making(&self, ctx: &mut Ctx<'_>) {
        let making = &self.making;
        if let Some((claimant, frame, _)) = &making.claim
            && *claimant == self.me
        {
            ctx.out.frame(PartyId::UTILITY, frame);
        } else if let Some(election) = &making.election {
            ctx.out.frame(PartyId::UTILITY, election.hello());
        }
        if let Some(forming) = &making.forming {
            let missing: Vec<PartyId> = forming.missing().collect();
            let tokens = forming.tokens().filter(|(id, _)| missing.contains(id));
            tokens.for_each(|(id, token)| Self::relay(ctx, id, token.to_vec()));
        }
        if let Some((claimant, answer)) = &making.answer {
            Self::relay(ctx, *claimant, answer.clone());
        }
        if let Some(echo) = &making.echo {
            ctx.out.frame(PartyId::UTILITY, echo);
        }
    }
}
