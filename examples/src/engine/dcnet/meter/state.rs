//! What a meter's role stores, and how it is made: of fresh keys, or of that.

use std::sync::PoisonError;

use anyhow::{Context as _, bail};
use dcnet_core::grown::{GrownMeter, Slot};
use dcnet_core::{Meter, Neighbour, Params, Place};
use meter_link::answer::AnswererLink;
use meter_link::frame::Reader;
use meter_link::roster::Member;
use meter_link::{Channels, EpochView, LinkSecret};
use zeroize::Zeroizing;

use super::MeterRole;
use super::own::{Own, Plain};
use crate::deployment::Deployment;
use crate::engine::dcnet::evidence::Evidence;
use crate::engine::dcnet::journal::{put, take};
use crate::engine::dcnet::registration::Registration;
use crate::engine::dcnet::{around, params};
use crate::engine::seat::{Kept, Keys, Lists, Seat, SharedDevice};

const VERSION: u8 = 1;
/// First bytes of the crates' records.
const MARK: u8 = 1;
const CLOSE: u8 = 5;
const EDGES: u8 = 15;

/// Neighbours that a meter of a grown graph has room for: it looks for fewer, and others come to it.
const ROOM: usize = 16;

pub(super) fn load(deployment: &Deployment, seat: Seat, device: SharedDevice) -> anyhow::Result<MeterRole> {
    let params = params(deployment)?;
    let Seat { view, id, place: position, identity, keys, lists, .. } = seat;
    let known = around(&params, view.context(), position, view.meters())?;
    let answerers = lists.answerers().to_vec();
    let near = near(lists, &known)?;
    let registration =
        params.is_grown().then(|| Registration::new(deployment, &view, (id, position), &near)).transpose()?;
    let room = Room { params, view, neighbours: if params.is_grown() { ROOM } else { near.len() } };
    let mut evidence = Evidence::default();
    let mut close = None;
    let (own, unstored) = match keys {
        Keys::Fresh(link) => {
            let place =
                Place { id, position, channels: Channels { first: 0, count: deployment.rounds.batch } };
            let others = if params.is_grown() { Vec::new() } else { near };
            let meter = room.fresh(place, link, &answerers, others)?;
            (room.own(meter, None)?, true)
        }
        Keys::Stored(kept) => {
            let (own, kept) = stored(&room, &kept, &device)?;
            (evidence, close) = kept;
            (own, false)
        }
    };
    let slot = deployment.timetable().slot;
    Ok(MeterRole {
        id,
        position,
        table: deployment.timetable(),
        patience: slot.saturating_mul(deployment.rounds.deadline_permille.into()) / 1000,
        params,
        view,
        identity,
        device,
        own,
        unstored,
        // A state of this step may be older than its first Open: it is stored once more.
        step: u32::MAX,
        open: None,
        close,
        evidence,
        linked: false,
        registration,
    })
}

/// `version u8 ‖ mark record ‖ meter ‖ edges or nothing ‖ evidence`, each with its length.
pub(super) fn save(role: &MeterRole) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let meter = role.own.meter();
    let mut bytes = Zeroizing::new(vec![0; meter.state_len()]);
    let meter = meter.to_bytes(&mut bytes)?;
    let mut edges = Zeroizing::new(Vec::new());
    if let Own::Grown(grown) = &role.own {
        edges = Zeroizing::new(vec![0; grown.state_len()]);
        let len = grown.to_bytes(&mut edges)?.len();
        edges.truncate(len);
    }
    let mark = role.device.lock().unwrap_or_else(PoisonError::into_inner).record.clone().unwrap_or_default();
    let mut evidence = Vec::new();
    role.evidence.save(&mut evidence);
    let len = [mark.len(), meter.len(), edges.len(), evidence.len(), 32].iter().sum();
    // Room for all at once: a vector that grows leaves copies of keys in freed memory.
    let mut out = Zeroizing::new(Vec::with_capacity(len));
    out.push(VERSION);
    put(&mut out, &mark);
    put(&mut out, meter);
    put(&mut out, &edges);
    out.extend(evidence);
    Ok(out)
}

/// The evidence, and the last Close with its record.
type Further = (Evidence, Option<(Vec<u8>, Vec<u8>)>);

fn stored(room: &Room, kept: &Kept, device: &SharedDevice) -> anyhow::Result<(Own, Further)> {
    let state = kept.state.as_ref().context("a journal without a state")?;
    let mut reader = Reader::new(state);
    if reader.u8()? != VERSION {
        bail!("a state of another version");
    }
    let mark = take(&mut reader)?;
    let meter = take(&mut reader)?;
    let mut edges = take(&mut reader)?;
    let mut evidence = Evidence::load(&mut reader)?;
    reader.end()?;
    let mut device = device.lock().unwrap_or_else(PoisonError::into_inner);
    if !mark.is_empty() {
        device.replay(mark)?;
    }
    let of = |kind: u8| kept.records.iter().filter(move |record| record.first() == Some(&kind));
    if let Some(later) = of(EDGES).next_back() {
        edges = later;
    }
    let mut own = room.own(room.stored(meter)?, Some(edges))?;
    for record in &kept.records {
        match record.first() {
            Some(&MARK) => device.replay(record)?,
            Some(&CLOSE) => own.replay(record)?,
            Some(&EDGES) => {}
            Some(&Evidence::RECORD) => evidence.replay(record)?,
            _ => bail!("a record of another role"),
        }
    }
    let close = of(CLOSE).next_back().map(|record| (Vec::new(), record.clone()));
    Ok((own, (evidence, close)))
}

/// What a meter is made in.
struct Room {
    params: Params,
    view: EpochView,
    neighbours: usize,
}

impl Room {
    fn holders(&self) -> Vec<AnswererLink> {
        (0..self.view.answerers()).map(|_| AnswererLink::default()).collect()
    }

    fn neighbours(&self) -> Vec<Neighbour> {
        (0..self.neighbours).map(|_| Neighbour::default()).collect()
    }

    fn fresh(
        &self,
        place: Place,
        link: LinkSecret,
        answerers: &[Member],
        others: Vec<(u32, Member)>,
    ) -> anyhow::Result<Plain> {
        let (holders, pairs) = (self.holders(), self.neighbours());
        Ok(Meter::new(&self.params, &self.view, place, link, answerers, others, holders, pairs)?)
    }

    fn stored(&self, state: &[u8]) -> anyhow::Result<Plain> {
        Ok(Meter::from_bytes(&self.params, &self.view, self.holders(), self.neighbours(), state)?)
    }

    fn own(&self, meter: Plain, edges: Option<&[u8]>) -> anyhow::Result<Own> {
        if !self.params.is_grown() {
            return Ok(Own::Plain(meter));
        }
        let slots: Vec<Slot> = (0..self.neighbours).map(|_| Slot::default()).collect();
        Ok(Own::Grown(match edges {
            Some(edges) => GrownMeter::from_bytes(meter, slots, edges)?,
            None => GrownMeter::new(meter, slots)?,
        }))
    }
}

/// The members at these positions.
fn near(lists: Lists, known: &[u32]) -> anyhow::Result<Vec<(u32, Member)>> {
    let near: Vec<(u32, Member)> = match lists {
        Lists::Whole(roster) => {
            let member = |place: &u32| Some((*place, *roster.meters().get(*place as usize)?));
            known.iter().filter_map(member).collect()
        }
        Lists::Near { mut meters, .. } => {
            meters.retain(|(place, _)| known.binary_search(place).is_ok());
            meters.sort_unstable_by_key(|(place, _)| *place);
            meters
        }
    };
    if near.len() != known.len() {
        bail!("{} of {} neighbours are known", near.len(), known.len());
    }
    Ok(near)
}
