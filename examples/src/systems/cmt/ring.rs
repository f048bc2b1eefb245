//! One ring in memory: its meters, its supplier, and what passes between them.

use std::time::Duration;

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use cmt_ring::order::Order;
use cmt_ring::{Error, Forming, Generation, Listed, Meter, Mode, Params, Supplier};
use meter_link::cohort::{Cohort, Plan};
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, Header, HighWater, LinkSecret, PartyId, Role,
    Round,
};

use super::super::{timed, word};
use crate::system::Settings;

/// A ring and its supplier.
pub(super) struct Ring {
    view: EpochView,
    params: Params,
    supplier: Supplier,
    pub(super) devices: Vec<Device>,
    generation: u32,
    /// Who is in the present generation, by position.
    pub(super) members: Vec<bool>,
    /// Their positions in the order of the ring, the concentrator first.
    order: Vec<u32>,
}

pub(super) struct Device {
    /// Which reading is its.
    pub(super) column: usize,
    listed: Listed,
    meter: Meter,
    link: LinkSecret,
    /// Moves with the device into the next epoch's ring.
    pub(super) mark: HighWater,
}

/// What a round comes to.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) sum: i64,
    pub(super) meters: usize,
    pub(super) uplink_bytes: u64,
    pub(super) meter_time: Duration,
    pub(super) received: Option<u64>,
}

impl Tally {
    fn sent(&mut self, frame: &[u8]) {
        self.uplink_bytes = self.uplink_bytes.saturating_add(frame.len() as u64);
    }

    fn contributed(&mut self, watched: bool, frame: &[u8]) {
        self.sent(frame);
        if watched {
            self.received = word(frame, Header::LEN);
        }
    }
}

impl Ring {
    /// Keys and certificates for the meters of these columns and for the supplier; no generation yet.
    pub(super) fn new(
        settings: &Settings,
        group: GroupId,
        (epoch, first_round, last_round): (u32, Round, Round),
        devices: Vec<(usize, HighWater)>,
        rng: &mut ChaCha20Rng,
    ) -> anyhow::Result<Self> {
        let max_meters = u32::try_from(settings.meters).context("too many meters")?;
        let max_reading = settings.max_reading.unsigned_abs();
        let config = GroupConfig { max_meters, max_reading, ..Params::config(group) };
        let params = Params::new(GroupParams::new(config)?, Mode::Drawn)?;
        let id = |column: usize| u32::try_from(column).map(|column| PartyId(column.saturating_add(1)));
        let ids = devices
            .iter()
            .map(|(column, _)| id(*column))
            .collect::<Result<Vec<_>, _>>()
            .context("too many meters")?;
        let cohort = Cohort::form(
            &Plan {
                group: params.group(),
                session: params.session(),
                epoch,
                first_round,
                last_round,
                meters: &ids,
                answerers: &[],
                answerer_role: Role::Holder,
            },
            rng,
        )?;
        let (view, roster) = (cohort.view, &cohort.roster);
        let supplier = Supplier::new(&params, &view, roster, cohort.utility.link)?;
        let entries = (0u32..).zip(roster.meters()).zip(cohort.meters).zip(devices);
        let devices = entries.map(|(((position, member), party), (column, mark))| {
            let listed = Listed { position, peer: member.peer() };
            let meter = Meter::new(&params, &view, &listed, Channels { first: 0, count: 1 })?;
            Ok(Device { column, listed, meter, link: party.link, mark })
        });
        let devices = devices.collect::<Result<_, Error>>()?;
        Ok(Ring { view, params, supplier, devices, generation: 0, members: Vec::new(), order: Vec::new() })
    }

    pub(super) fn present(&self, columns: &[bool]) -> Vec<bool> {
        let here = |device: &Device| columns.get(device.column).copied().unwrap_or_default();
        self.devices.iter().map(here).collect()
    }

    /// A new generation from this round on. Nothing outlives the process, so records have nowhere to go.
    pub(super) fn form(
        &mut self,
        round: Round,
        members: &[bool],
        tally: &mut Tally,
        rng: &mut ChaCha20Rng,
    ) -> Result<(), Error> {
        self.generation = self.generation.saturating_add(1);
        let generation = Generation(self.generation);
        let chosen = self.devices.iter().zip(members).filter(|(_, member)| **member);
        let listed: Vec<Listed> = chosen.map(|(device, _)| device.listed).collect();
        let ring = Order::arrange(self.view.epoch(), generation, &listed)?;
        let concentrator = *ring.first().ok_or(meter_link::Misuse::EmptyGroup)?;

        let Device { meter, link, .. } = self.at(concentrator.position)?;
        let open = || Forming::open(meter, link, round, round, generation, &listed, rng);
        let mut forming = timed(&mut tally.meter_time, open)?.stored();
        let tokens: Vec<(PartyId, Vec<u8>)> =
            forming.tokens().map(|(id, frame)| (id, frame.to_vec())).collect();
        let mut out = vec![0u8; self.params.first_key_len()];
        for (id, token) in &tokens {
            tally.sent(token);
            let Device { meter, link, .. } = self.named(*id)?;
            let answer =
                timed(&mut tally.meter_time, || meter.join(link, round, &concentrator, token, &mut out, rng));
            let answer = answer?.stored();
            tally.sent(answer);
            timed(&mut tally.meter_time, || forming.accept(answer))?;
        }
        let lead = &mut self.at(concentrator.position)?.meter;
        let formed = timed(&mut tally.meter_time, || forming.close(lead))?;
        tally.sent(&formed.group_key);
        self.supplier.register(round, concentrator.peer.id, &formed.group_key)?;
        for (id, frame) in &formed.seats {
            tally.sent(frame);
            let meter = &self.named(*id)?.meter;
            let around = timed(&mut tally.meter_time, || meter.neighbours(frame))?;
            let around = around.try_map(|position| self.at(position).map(|device| device.listed))?;
            let Device { meter, link, .. } = self.named(*id)?;
            timed(&mut tally.meter_time, || meter.seat(link, frame, &around))?;
        }
        self.members = members.to_vec();
        self.order = ring.iter().map(|member| member.position).collect();
        Ok(())
    }

    fn at(&mut self, position: u32) -> Result<&mut Device, Error> {
        let unknown = meter_link::Misuse::UnknownParty;
        Ok(self.devices.get_mut(position as usize).ok_or(unknown)?)
    }

    fn named(&mut self, id: PartyId) -> Result<&mut Device, Error> {
        let unknown = meter_link::Misuse::UnknownParty;
        let place = self.devices.binary_search_by_key(&id, |device| device.listed.peer.id);
        Ok(self.devices.get_mut(place.map_err(|_| unknown)?).ok_or(unknown)?)
    }

    /// A round of the present generation: δ goes around, ciphertexts go to the supplier.
    pub(super) fn round(
        &mut self,
        round: Round,
        readings: &[Option<i64>],
        watched: Option<usize>,
        tally: &mut Tally,
        rng: &mut ChaCha20Rng,
    ) -> Result<(), Error> {
        let mut collecting = self.supplier.open(round, round)?;
        let request = collecting.start().unwrap_or_default().to_vec();
        let mut out = vec![0u8; self.params.contribution_len().saturating_add(self.params.delta_len())];
        let mut delta = Vec::new();
        let silent = meter_link::Misuse::UnknownParty;
        let order = self.order.clone();
        let (lead, others) = order.split_first().ok_or(meter_link::Misuse::EmptyGroup)?;

        let Device { column, meter, mark, .. } = self.at(*lead)?;
        let reading = [readings.get(*column).copied().flatten().ok_or(silent)?];
        let started = timed(&mut tally.meter_time, || {
            meter.start(mark, round, round, &reading, &request, &mut out, rng)
        });
        delta.extend_from_slice(started?.stored());
        tally.sent(&delta);
        for position in others {
            let Device { column, meter, mark, .. } = self.at(*position)?;
            let reading = [readings.get(*column).copied().flatten().ok_or(silent)?];
            let sent = timed(&mut tally.meter_time, || {
                meter.relay(mark, round, round, &reading, &delta, &mut out, rng)
            });
            let sent = sent?.stored();
            tally.contributed(watched == Some(*column), sent.contribution);
            tally.sent(sent.delta);
            collecting.accept(sent.contribution)?;
            delta.clear();
            delta.extend_from_slice(sent.delta);
        }
        let Device { column, meter, .. } = self.at(*lead)?;
        let own = timed(&mut tally.meter_time, || meter.close(round, &delta, &mut out))?;
        tally.contributed(watched == Some(*column), own);
        collecting.accept(own)?;
        let sum = collecting.close()?;
        tally.sum = tally.sum.saturating_add(sum.values.first().copied().unwrap_or_default());
        tally.meters = tally.meters.saturating_add(sum.meters as usize);
        Ok(())
    }
}
