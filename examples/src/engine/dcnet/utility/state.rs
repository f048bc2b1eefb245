//! What the utility stores, and how it goes on from that.

use anyhow::{Context as _, bail};
use dcnet_core::grown::Registrar;
use dcnet_core::{Presence, Utility};
use meter_link::answer::Quorum;
use meter_link::frame::Reader;
use meter_link::set::Members;
use meter_link::{Error, Header, Malformed, Round};
use zeroize::Zeroizing;

use super::UtilityRole;
use super::attendance::Attendance;
use super::registry::{NOTICE, Registry, STATEMENT};
use super::round::{Phase, Running, present};
use crate::deployment::Deployment;
use crate::engine::Refusal;
use crate::engine::dcnet::journal::{put, put_round, take, take_round};
use crate::engine::dcnet::{broken, params};
use crate::engine::seat::{Kept, Keys, Lists, Seat};

const VERSION: u8 = 1;

/// A record of a round; those of the registry are its own.
pub(super) enum Step<'a> {
    /// The round's Open, as [`meter_link::collect::Collecting::to_bytes`].
    Opened(&'a [u8]),
    /// Contributions, and the quorum that a final Close names.
    Closing(&'a Quorum, &'a [u8]),
    /// Repairs to the last Close.
    Repaired(&'a Quorum, &'a [Vec<u8>]),
    /// The round has its sum, or never will.
    Over(Round),
    Presence(&'a [u8]),
}

const OPENED: u8 = 1;
const CLOSING: u8 = 2;
const REPAIRED: u8 = 3;
const OVER: u8 = 4;
const PRESENCE: u8 = 7;

impl Step<'_> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let quorum = |out: &mut Vec<u8>, quorum: &Quorum| {
            out.push(quorum.len());
            out.extend(quorum.iter());
        };
        let mut out = Vec::new();
        match self {
            Self::Opened(collecting) => {
                out.push(OPENED);
                put(&mut out, collecting);
            }
            Self::Closing(named, collecting) => {
                out.push(CLOSING);
                quorum(&mut out, named);
                put(&mut out, collecting);
            }
            Self::Repaired(named, repairs) => {
                out.push(REPAIRED);
                quorum(&mut out, named);
                out.extend(u32::try_from(repairs.len()).unwrap_or(u32::MAX).to_le_bytes());
                repairs.iter().for_each(|repair| put(&mut out, repair));
            }
            Self::Over(round) => {
                out.push(OVER);
                put_round(&mut out, Some(*round));
            }
            Self::Presence(presence) => {
                out.push(PRESENCE);
                put(&mut out, presence);
            }
        }
        out
    }
}

pub(super) fn load(deployment: &Deployment, seat: Seat) -> anyhow::Result<UtilityRole> {
    let params = params(deployment)?;
    let Seat { view, identity, keys, lists, .. } = seat;
    let Lists::Whole(roster) = lists else { bail!("the utility needs the whole roster") };
    let meters: Vec<_> = roster.meters().iter().map(|meter| meter.id).collect();
    let holders = roster.answerers().iter().map(|holder| holder.id).collect();
    let (utility, kept) = match keys {
        Keys::Fresh(link) => (Utility::new(&params, &view, identity, link, roster)?, None),
        Keys::Stored(kept) => {
            let state = kept.state.as_ref().context("a journal without a state")?;
            let mut reader = Reader::new(state);
            if reader.u8()? != VERSION {
                bail!("a state of another version");
            }
            let utility = Utility::from_bytes(&params, &view, identity, roster, take(&mut reader)?)?;
            (utility, Some(kept))
        }
    };
    // In a grown graph nobody is there before he has joined.
    let count = meters.len();
    let there = vec![!params.is_grown(); meters.len()];
    let registrar = params.is_grown().then(|| Registrar::new(&params, utility.parties())).transpose()?;
    let mut role = UtilityRole {
        table: deployment.timetable(),
        deadline: deployment.rounds.deadline_permille.min(900),
        params,
        view,
        presence: Presence::new(utility.parties(), Presence::PATIENCE)?,
        registry: registrar.and_then(|registrar| Registry::new(&params, registrar, meters.clone())),
        utility,
        meters,
        holders,
        here: Default::default(),
        attendance: Attendance::new(count),
        unstored: kept.is_none(),
        handled: None,
        before: there.clone(),
        been: there,
        ended: false,
        running: None,
        past: Default::default(),
        caught_up: Default::default(),
    };
    if let Some(kept) = kept {
        role.restore(&kept)?;
    }
    Ok(role)
}

impl UtilityRole {
    /// `version u8 ‖ utility ‖ handled ‖ presence ‖ before ‖ been ‖ registrar or nothing`, with their lengths.
    pub(super) fn state(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let utility = self.utility.to_bytes().map_err(broken)?;
        let presence = self.presence.to_bytes();
        let registrar = self.registry.as_ref().map(Registry::to_bytes).transpose().map_err(broken)?;
        let registrar = registrar.unwrap_or_default();
        let set = |marks: &[bool]| Members::marked(marks)?.to_bytes();
        let (before, been) = (set(&self.before).map_err(broken)?, set(&self.been).map_err(broken)?);
        let parts = [&presence, &before, &been, &registrar];
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        let mut out =
            Zeroizing::new(Vec::with_capacity(len.saturating_add(utility.len()).saturating_add(64)));
        out.push(VERSION);
        put(&mut out, &utility);
        put_round(&mut out, self.handled);
        parts.iter().for_each(|part| put(&mut out, part));
        Ok(out)
    }

    fn restore(&mut self, kept: &Kept) -> anyhow::Result<()> {
        let mut reader = Reader::new(kept.state.as_ref().context("a journal without a state")?);
        reader.u8()?;
        take(&mut reader)?; // the utility, read before
        self.handled = take_round(&mut reader)?;
        self.presence = Presence::from_bytes(self.utility.parties(), take(&mut reader)?)?;
        let meters = self.view.meters();
        let set = |bytes: &[u8]| -> Result<Vec<bool>, Error> {
            Ok(Members::read(&mut Reader::new(bytes), meters)?.to_marks())
        };
        self.before = set(take(&mut reader)?)?;
        self.been = set(take(&mut reader)?)?;
        let registrar = take(&mut reader)?;
        reader.end()?;
        if self.registry.is_some() {
            let registrar = Registrar::from_bytes(&self.params, self.utility.parties(), registrar)?;
            self.registry = Registry::new(&self.params, registrar, self.meters.clone());
        }
        for record in &kept.records {
            self.replay(record)?;
        }
        Ok(())
    }

    fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        let bad = Malformed::BadRecord;
        let mut reader = Reader::new(record);
        match reader.u8()? {
            OPENED => self.reopen(take(&mut reader)?)?,
            kind @ (CLOSING | REPAIRED) => {
                let len = reader.u8()?;
                let quorum = Quorum::new(reader.bytes(len.into())?)?;
                let mut running = self.running.take().ok_or(bad)?;
                if kind == CLOSING {
                    running.phase = Phase::Collecting(self.utility.reopen(take(&mut reader)?)?);
                } else {
                    let Phase::Repairing(repairing, _) = &mut running.phase else { return Err(bad.into()) };
                    for _ in 0..reader.u32()? {
                        repairing.accept(take(&mut reader)?)?;
                    }
                }
                // Where it failed, it fails again, and the end of the round is the next record.
                self.running = self.close(running, &quorum).ok();
                if let Some(running) = &mut self.running {
                    running.again = true;
                    // The first Close has whoever has sent.
                    let (round, set) = (running.round, running.set.clone());
                    let here = self.meters.clone().into_iter().zip(set).filter(|(_, inside)| *inside);
                    here.for_each(|(meter, _)| self.heard(meter, round));
                }
            }
            OVER => {
                self.handled = self.handled.max(take_round(&mut reader)?);
                self.running = None;
            }
            PRESENCE => self.presence = Presence::from_bytes(self.utility.parties(), take(&mut reader)?)?,
            NOTICE | STATEMENT => return self.registry.as_mut().ok_or(bad)?.replay(record),
            _ => return Err(bad.into()),
        }
        reader.end()
    }

    fn reopen(&mut self, collecting: &[u8]) -> Result<(), Error> {
        let collecting = self.utility.reopen(collecting)?;
        let open = collecting.frame().to_vec();
        let round = Header::parse(&open)?.round;
        let present = present(&self.view, &open, round)?;
        if let Some(registry) = &self.registry {
            self.utility.grow(round, registry.edges(round, &present));
        }
        self.handled = self.handled.max(Some(round));
        self.running = Some(Running::new(round, open, present, Phase::Collecting(collecting), 0));
        Ok(())
    }
}
