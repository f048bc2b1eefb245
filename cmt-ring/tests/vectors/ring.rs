//! Whole rings of tests/vectors/ring-v1.json, byte for byte. The file is written by a plain-Python
//! implementation (tests/make_ring_vectors.py); what parties draw there is drawn here.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::Path;

use cmt_ring::order::Order;
use cmt_ring::{Book, Forming, Generation, Listed, Meter, Mode, Modulus, Params, Supplier};
use meter_link::roster::link_key::{Forming as EpochForming, announce};
use meter_link::roster::{Certified, Roster, RosterBuilder};
use meter_link::{
    Channels, Epoch, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Identity, LinkSecret, PartyId,
    Protocol, Role, Round, Schedule, SetRules,
};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;

/// Draws what the vectors say, in their order.
#[derive(Default)]
pub(crate) struct Draws(VecDeque<u8>);

impl Draws {
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        Draws(parts.concat().into())
    }

    pub(crate) fn end(self) {
        assert!(self.0.is_empty(), "{} bytes were not drawn", self.0.len());
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("only bytes are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("only bytes are drawn")
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        dst.iter_mut().for_each(|place| *place = self.0.pop_front().unwrap());
        Ok(())
    }
}

impl TryCryptoRng for Draws {}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

pub(crate) fn small(value: &Value) -> u32 {
    u32::try_from(number(value)).unwrap()
}

pub(crate) fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

pub(crate) fn hex(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

pub(crate) fn secret(value: &Value) -> [u8; 32] {
    hex(value).try_into().unwrap()
}

/// What is drawn for the channels: words of the ring, or bytes in hex for another modulus.
pub(crate) fn drawn(value: &Value) -> Vec<u8> {
    let one = |value: &Value| if value.is_string() { hex(value) } else { number(value).to_le_bytes().into() };
    list(value).iter().flat_map(one).collect()
}

/// A ring of the file, as far as its epoch.
pub(crate) struct Scene<'a> {
    row: &'a Value,
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) roster: Roster,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(row: &'a Value) -> Self {
        let p = &row["params"];
        let narrow = |name: &str| u16::try_from(number(&p[name])).unwrap();
        let config = GroupConfig {
            protocol: Protocol::Cmt,
            group: GroupId(small(&row["group"])),
            schedule: Schedule { origin: number(&p["origin"]), period: small(&p["period"]) },
            channels: narrow("channels"),
            max_reading: number(&p["max_reading"]),
            max_meters: small(&p["max_meters"]),
            rules: SetRules {
                min_honest: small(&p["min_honest"]),
                max_colluding: small(&p["max_colluding"]),
                max_missing_permille: narrow("max_missing"),
            },
            rounds_per_step: small(&p["rounds_per_step"]),
        };
        let mode = if number(&row["mode"]) == 0 { Mode::Drawn } else { Mode::Derived };
        let mut params = Params::new(GroupParams::new(config).unwrap(), mode).unwrap();
        if number(&row["mode"]) & 2 != 0 {
            params = params.with_second_ring().unwrap();
        }
        if let Some(mean) = row.get("mean_term") {
            params = params.with_terms(small(mean)).unwrap();
        }
        if let Some(modulus) = row.get("modulus") {
            params = params.with_modulus(Modulus::new(number(modulus)).unwrap()).unwrap();
        }
        assert_eq!(params.session().0.to_vec(), hex(&row["session"]));
        let forming = EpochForming {
            protocol: Protocol::Cmt,
            group: config.group,
            session: params.session(),
            epoch: small(&row["epoch"]),
            first_round: Round::from(small(&row["first_round"])),
        };
        let mut builder = RosterBuilder::new(forming);
        let utility = (&row["utility"], Role::Utility);
        for (party, role) in
            [utility].into_iter().chain(list(&row["meters"]).iter().map(|m| (m, Role::Meter)))
        {
            let identity = Identity::from_bytes(&mut secret(&party["seed"]));
            let link = LinkSecret::from_bytes(&mut secret(&party["secret"]));
            let certified = Certified { id: PartyId(small(&party["id"])), role, identity: identity.public() };
            let frame = announce(&forming, certified.id, role, &identity, link.public()).unwrap();
            builder.add(&certified, &frame).unwrap();
        }
        let roster = builder.build().unwrap();
        assert_eq!(roster.roster_root().to_vec(), hex(&row["roster_root"]));
        let epoch = Epoch {
            session: params.session(),
            epoch: forming.epoch,
            first_round: forming.first_round,
            last_round: Round::from(small(&row["last_round"])),
            roster_root: roster.roster_root(),
            answerers_root: roster.answerers_root(),
            beacon: secret(&row["beacon"]),
        };
        let meters = u32::try_from(roster.meters().len()).unwrap();
        let view = EpochView::new(params.group(), &epoch, roster.utility().unwrap(), meters, 0).unwrap();
        assert_eq!(view.context().0.to_vec(), hex(&row["context"]));
        Scene { row, params, view, roster }
    }

    pub(crate) fn listed(&self, id: u32) -> Listed {
        let position = self.roster.position(PartyId(id)).unwrap();
        Listed { position: position as u32, peer: self.roster.meters()[position].peer() }
    }

    pub(crate) fn link(&self, position: u32) -> LinkSecret {
        LinkSecret::from_bytes(&mut secret(&self.row["meters"][position as usize]["secret"]))
    }

    pub(crate) fn members(&self) -> &'a Vec<Value> {
        list(&self.row["members"])
    }

    /// The member at a place.
    pub(crate) fn rank(&self, place: usize) -> usize {
        number(&self.row["order"][place]) as usize
    }

    /// What is drawn for the own token and k_1, in the order of drawing.
    fn share(&self, rank: usize) -> Vec<u8> {
        let member = &self.members()[rank];
        [hex(&member["token_secret"]), drawn(&member["drawn"])].concat()
    }

    /// Forms the ring; the meters by rank, and the concentrator's book.
    pub(crate) fn form(&self, supplier: &mut Supplier) -> (Vec<Meter<5>>, Book) {
        let row = self.row;
        let (generation, from) =
            (Generation(small(&row["generation"])), Round::from(small(&row["from_round"])));
        let listed: Vec<Listed> = self.members().iter().map(|m| self.listed(small(&m["id"]))).collect();
        let order = Order::new(self.view.epoch(), generation, listed.len() as u32);
        for place in 0..listed.len() {
            assert_eq!(order.rank(place as u32), Ok(self.rank(place) as u32));
        }
        let channels = Channels { first: 0, count: self.params.group().channels };
        let new = |l: &Listed| Meter::new(&self.params, &self.view, l, channels).unwrap();
        let mut meters: Vec<Meter<5>> = listed.iter().map(new).collect();

        let lead = self.rank(0);
        let token = |rank: usize| hex(&self.members()[rank]["token"]);
        let others = (0..listed.len()).filter(|rank| *rank != lead);
        let mut parts = vec![token(lead)];
        parts.extend(others.clone().map(token));
        parts.push(self.share(lead));
        let mut draws = Draws::of(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let link = self.link(listed[lead].position);
        let opened =
            Forming::open(&mut meters[lead], &link, from, from, generation, &listed, &mut draws).unwrap();
        draws.end();
        assert_eq!(opened.record(), hex(&row["record"]));
        let mut forming = opened.stored();
        for (rank, (id, frame)) in
            others.clone().zip(forming.tokens().map(|(i, t)| (i, t.to_vec())).collect::<Vec<_>>())
        {
            let expected = &row["forming"][id.0.to_string()];
            assert_eq!(frame, hex(&expected["token"]));
            let mut draws = Draws::of(&[&self.share(rank)]);
            let mut out = [0u8; 128];
            let link = self.link(listed[rank].position);
            let answer = meters[rank].join(&link, from, &listed[lead], &frame, &mut out, &mut draws).unwrap();
            draws.end();
            assert_eq!(answer.record(), hex(&row["record"]));
            let answer = answer.stored();
            assert_eq!(answer, hex(&expected["first_key"]));
            forming.accept(answer).unwrap();
        }
        let formed = forming.close(&mut meters[lead]).unwrap();
        assert_eq!(formed.group_key, hex(&row["group_key_frame"]));
        assert_eq!(supplier.register(from, listed[lead].peer.id, &formed.group_key), Ok(generation));
        for (rank, (id, frame)) in others.zip(&formed.seats) {
            assert_eq!(*frame, hex(&row["forming"][id.0.to_string()]["seat"]));
            let around = meters[rank].neighbours(frame).unwrap();
            let around = around.map(|position| self.listed(self.roster.meters()[position as usize].id.0));
            meters[rank].seat(&self.link(listed[rank].position), frame, &around).unwrap();
        }
        (meters, formed.book)
    }

    /// A round of the members of these ranks, in the order of the ring.
    pub(crate) fn round(
        &self,
        supplier: &mut Supplier,
        meters: &mut [Meter<5>],
        marks: &mut [HighWater<5>],
        order: &[usize],
        row: &Value,
    ) {
        let r = Round::from(small(&row["round"]));
        let reading = |place: usize| -> Vec<i64> {
            list(&row["readings"][place]).iter().map(|v| v.as_i64().unwrap()).collect()
        };
        let expected = |place: usize| hex(&row["contributions"][place]);
        let mut collecting = supplier.open(r, r).unwrap();
        let Some(start) = collecting.start().map(<[u8]>::to_vec) else {
            for (place, rank) in order.iter().copied().enumerate() {
                let mut out = [0u8; 128];
                let sent =
                    meters[rank].contribute(&mut marks[rank], r, r, &reading(place), &mut out).unwrap();
                let frame = sent.stored();
                assert_eq!(frame, expected(place));
                collecting.accept(frame).unwrap();
            }
            return self.sum(collecting, row);
        };
        assert_eq!(start, hex(&row["start"]));
        let (lead, mut out) = (order[0], [0u8; 256]);
        let mut draws = Draws::of(&[&drawn(&row["drawn"][0])]);
        let mut delta = meters[lead]
            .start(&mut marks[lead], r, r, &reading(0), &start, &mut out, &mut draws)
            .unwrap()
            .stored()
            .to_vec();
        for (place, rank) in order.iter().copied().enumerate().skip(1) {
            assert_eq!(delta, hex(&row["delta_frames"][place - 1]));
            let mut out = [0u8; 256];
            let mut draws = Draws::of(&[&drawn(&row["drawn"][place])]);
            let meter = &mut meters[rank];
            let sent =
                meter.relay(&mut marks[rank], r, r, &reading(place), &delta, &mut out, &mut draws).unwrap();
            draws.end();
            let sent = sent.stored();
            assert_eq!(sent.contribution, expected(place));
            collecting.accept(sent.contribution).unwrap();
            delta = sent.delta.to_vec();
        }
        assert_eq!(delta, hex(&row["delta_frames"][order.len() - 1]));
        let frame = meters[lead].close(r, &delta, &mut out).unwrap();
        assert_eq!(frame, expected(0));
        collecting.accept(frame).unwrap();
        self.sum(collecting, row);
    }

    fn sum(&self, collecting: cmt_ring::Collecting, row: &Value) {
        let expected: Vec<i64> = list(&row["sum"]).iter().map(|v| v.as_i64().unwrap()).collect();
        assert_eq!(collecting.close().unwrap().values, expected);
    }
}

#[test]
fn vectors_of_whole_rings() {
    assert!(whole_rings("ring-v1.json") >= 3);
}

/// Goes through the rings of a file; returns how many there are.
pub(crate) fn whole_rings(file: &str) -> usize {
    let file = super::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(file));
    let rings = list(&file["rings"]);
    for row in rings {
        let scene = Scene::new(row);
        let link = LinkSecret::from_bytes(&mut secret(&row["utility"]["secret"]));
        let mut supplier = Supplier::new(&scene.params, &scene.view, &scene.roster, link).unwrap();
        let (mut meters, _) = scene.form(&mut supplier);
        let order: Vec<usize> = (0..meters.len()).map(|place| scene.rank(place)).collect();
        let mut marks: Vec<HighWater<5>> = meters.iter().map(|_| HighWater::new()).collect();
        for round in list(&row["rounds"]) {
            scene.round(&mut supplier, &mut meters, &mut marks, &order, round);
        }
    }
    rings.len()
}
