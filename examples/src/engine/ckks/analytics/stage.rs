//! How far the utility is in an epoch, and how it goes on after a restart.

use std::collections::BTreeSet;

use anyhow::Context as _;
use ckks_agg::{Analytics, Params, PublicKey};
use meter_link::frame::Reader;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, LinkSecret, PartyId, Round};
use zeroize::Zeroizing;

use super::super::sums::Sums;
use super::super::{tables, take};
use crate::deployment::Deployment;
use crate::engine::clocked::{self, Scheme, Stored};
use crate::engine::seat::{Kept, Keys};
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Event, Refusal};

/// First bytes of states before there are rounds; the others' first byte is that of [`Stored`].
const KEYLESS: u8 = 0x80;
const LISTING: u8 = 0x81;
/// The list of commitments is fixed.
const LISTED: u8 = 0x82;

/// A round without a sum is reported only, if the utility was not away for longer.
const MOST_LOST: u32 = 96;

pub(super) enum Stage {
    /// No key yet.
    Keyless(Box<Keyless>),
    /// Commitments are collected, or their list is being certified.
    Listing(Box<Listing>),
    Running(Box<Running>),
    /// Between two of them.
    Over,
}

pub(super) struct Keyless {
    identity: Identity,
    link: LinkSecret,
    /// Nothing is stored.
    pub(super) fresh: bool,
    pub(super) lost: Lost,
}

pub(super) struct Listing {
    pub(super) sums: Sums,
    /// When the list is fixed without those who have not committed.
    pub(super) until: u64,
    pub(super) lost: Lost,
}

pub(super) struct Running {
    pub(super) rounds: clocked::Utility<Sums>,
    /// Statements of the list, for meters that have not heard.
    pub(super) certified: Vec<Vec<u8>>,
    /// Meters that are not in the list.
    pub(super) uncommitted: BTreeSet<PartyId>,
}

/// Rounds up to this one are lost.
#[derive(Default)]
pub(super) struct Lost(Option<Round>);

impl Stage {
    /// In a new epoch, or from what is stored, with the list of commitments if it is fixed.
    pub(super) fn new(
        deployment: &Deployment,
        params: &Params,
        (view, roster): (&EpochView, &Roster),
        identity: Identity,
        keys: Keys,
    ) -> anyhow::Result<(Self, Vec<u8>)> {
        let kept = match keys {
            Keys::Fresh(link) => {
                let keyless = Keyless { identity, link, fresh: true, lost: Lost::default() };
                return Ok((Self::Keyless(Box::new(keyless)), Vec::new()));
            }
            Keys::Stored(kept) => kept,
        };
        let state = kept.state.as_ref().context("records without a state")?;
        match state.split_first() {
            Some((&KEYLESS, link)) => {
                let mut link = Zeroizing::new(*link.first_chunk().context("a state without a key")?);
                let (link, lost) = (LinkSecret::from_bytes(&mut link), Lost::read(&kept));
                Ok((Self::Keyless(Box::new(Keyless { identity, link, fresh: false, lost })), Vec::new()))
            }
            Some((stage @ (&LISTING | &LISTED), scheme)) => {
                let mut sums = sums(params, (view, roster), identity, scheme)?;
                let list = if *stage == LISTED { sums.analytics.list()? } else { Vec::new() };
                let listing = Listing { sums, until: 0, lost: Lost::read(&kept) };
                Ok((Self::Listing(Box::new(listing)), list))
            }
            _ => {
                let stored = Stored::read(&kept)?;
                let mut sums = sums(params, (view, roster), identity, stored.scheme)?;
                let certified: Vec<_> = sums.analytics.list_statements().map(<[u8]>::to_vec).collect();
                // Fixed before there were rounds.
                let list = sums.analytics.list()?;
                let uncommitted = sums.analytics.uncommitted().collect();
                let rounds = clocked::Utility::resume(deployment, view, roster, (sums, stored), &kept)?;
                Ok((Self::Running(Box::new(Running { rounds, certified, uncommitted })), list))
            }
        }
    }
}

/// From [`Scheme::to_bytes`].
fn sums(
    params: &Params,
    (view, roster): (&EpochView, &Roster),
    identity: Identity,
    scheme: &[u8],
) -> anyhow::Result<Sums> {
    let tables = tables(params);
    let mut reader = Reader::new(scheme);
    let key = take(&mut reader)?.to_vec();
    let mut statements = Vec::new();
    for _ in 0..reader.u8()? {
        statements.push(take(&mut reader)?.to_vec());
    }
    let public = PublicKey::from_bytes(&tables.ring, &key)?;
    let (encoder, roster) = (&tables.encoder, roster.clone());
    let analytics = Analytics::from_bytes(params, view, identity, &public, encoder, roster, reader.rest())?;
    Ok(Sums::new(params.opening(), analytics, key, statements))
}

impl Keyless {
    pub(super) fn store(&mut self, ctx: &mut Ctx<'_>) {
        if std::mem::take(&mut self.fresh) {
            let mut state = Zeroizing::new(Vec::with_capacity(33));
            state.push(KEYLESS);
            state.extend_from_slice(&*self.link.to_bytes());
            ctx.out.state(state);
        }
    }

    pub(super) fn taken(self) -> (Identity, LinkSecret, Lost) {
        (self.identity, self.link, self.lost)
    }
}

impl Listing {
    /// `listed` once the list is fixed.
    pub(super) fn store(&self, ctx: &mut Ctx<'_>, listed: bool) -> Result<(), Refusal> {
        let scheme = self.sums.to_bytes().map_err(Refusal::from)?;
        let mut state = Zeroizing::new(Vec::with_capacity(scheme.len().saturating_add(1)));
        state.push(if listed { LISTED } else { LISTING });
        state.extend_from_slice(&scheme);
        ctx.out.state(state);
        self.lost.store(ctx);
        Ok(())
    }

    /// Nothing is missing for rounds.
    pub(super) fn run(self, deployment: &Deployment, view: &EpochView, roster: &Roster) -> Running {
        let certified = self.sums.analytics.list_statements().map(<[u8]>::to_vec).collect();
        let uncommitted = self.sums.analytics.uncommitted().collect();
        let rounds = clocked::Utility::new(deployment, view, roster, self.sums).after(self.lost.0);
        Running { rounds, certified, uncommitted }
    }
}

impl Lost {
    fn read(kept: &Kept) -> Self {
        let last = kept.records.last().and_then(|record| record.first_chunk());
        Self(last.map(|round| Round::from(u32::from_le_bytes(*round))))
    }

    /// Behind a new state, which takes the place of the records before it.
    fn store(&self, ctx: &mut Ctx<'_>) {
        if let Some(last) = self.0 {
            ctx.out.record(&last.to_u32().to_le_bytes());
        }
    }

    fn first(&self, view: &EpochView) -> u32 {
        let first = view.epoch().first_round.to_u32();
        self.0.map_or(first, |lost| lost.to_u32().saturating_add(1))
    }

    /// Reports the rounds that are over.
    pub(super) fn up_to(&mut self, ctx: &mut Ctx<'_>, table: &Timetable, view: &EpochView, why: &str) {
        let first = self.first(view);
        let Some(now) = table.round(ctx.now) else { return };
        let over = now.to_u32().min(view.epoch().last_round.to_u32().saturating_add(1));
        let Some(last) = over.checked_sub(1).filter(|last| *last >= first) else { return };
        self.0 = Some(Round::from(last));
        self.store(ctx);
        for round in first.max(over.saturating_sub(MOST_LOST))..over {
            ctx.out.event(Event::Lost { round, why: why.to_owned() });
        }
    }

    /// When the next one is over.
    pub(super) fn next(&self, table: &Timetable, view: &EpochView) -> Option<u64> {
        let next = self.first(view);
        let over = Round::from(next.saturating_add(1));
        (next <= view.epoch().last_round.to_u32()).then(|| table.start(over))
    }
}
