//! A ring of two rounds, in each of the ways in which δ is made; and one of another modulus.

use chacha20::ChaCha20Rng;
use cmt_ring::order::Order;
use cmt_ring::{Forming, Generation, Listed, Meter, Mode, Modulus, Params, Supplier};
use meter_link::roster::List;
use meter_link::{
    Channels, GroupConfig, GroupId, GroupParams, HighWater, LinkSecret, Protocol, Role, Round, SetRules,
};
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

use crate::c;
use crate::group::{self, Group, ROUNDS, truth};

type Device = (Meter<8>, HighWater<8>, LinkSecret);

const CASES: [&str; 4] = ["drawn", "derived", "two_rings", "modulus"];

/// What the meter that C plays is given, and what it sends.
#[derive(Default)]
struct Script {
    token: Vec<u8>,
    first_key: Vec<u8>,
    seat: Vec<u8>,
    neighbours: Vec<u32>,
    lead: u32,
    generation: u32,
    readings: Vec<Vec<i64>>,
    received: Vec<Vec<u8>>,
    contributions: Vec<Vec<u8>>,
    deltas: Vec<Vec<u8>>,
}

/// One case, by its number from 1, or all of them.
pub(crate) fn scene(meters: u32, channels: u16, case: u32) -> String {
    let cases = CASES.into_iter().zip(1..).filter(|(_, number)| case == 0 || case == *number);
    let names: Vec<&str> = cases.map(|(name, _)| name).collect();
    let texts: String = names.iter().map(|name| one(name, meters, channels)).collect();
    let list = names.iter().map(|name| format!("&scene_cmt_{name}_scene"));
    format!("#include \"cmt_scene.h\"\n{texts}") + &c::array("cmt_scene *const", "scene_cmt_scenes", list)
}

fn params(name: &str, meters: u32, channels: u16) -> Params {
    let rules = SetRules { max_missing_permille: 0, min_honest: 5, ..SetRules::LEAST };
    let plain = GroupConfig::new(Protocol::Cmt, GroupId(17));
    let group = GroupParams::new(GroupConfig { channels, max_meters: meters, rules, ..plain }).unwrap();
    let of = |mode| Params::new(group, mode).unwrap();
    match name {
        "drawn" => of(Mode::Drawn),
        "derived" => of(Mode::Derived),
        "two_rings" => of(Mode::Derived).with_second_ring().unwrap(),
        _ => of(Mode::Drawn).with_modulus(Modulus::new(1_000_000_000_000_037).unwrap()).unwrap(),
    }
}

/// The entropy that the C program gives to a call, and what the call has to draw from: written out once more.
fn drawing(purpose: &str, name: &str, number: u32) -> ([u8; 32], ChaCha20Rng) {
    let entropy: [u8; 32] = Sha256::digest(format!("scene {purpose} {name} {number}")).into();
    let mut text = format!("wattsum v1 entropy {purpose}\0").into_bytes();
    text.extend(entropy);
    (entropy, ChaCha20Rng::from_seed(Sha256::digest(text).into()))
}

fn one(name: &str, meters: u32, channels: u16) -> String {
    let params = params(name, meters, channels);
    let group = Group::new(params.group(), params.session(), Role::Holder, 0);
    let position = group.position;
    let at = format!("cmt_{name}");
    let mut text = group.to_c(&at);
    let readings = ROUNDS.map(|round| group.readings(round));
    let parties: Vec<String> = (0..=meters).map(|leaf| group.party(List::Roster, leaf as usize)).collect();
    let script = play(name, &params, group, &readings);

    let fields = format!(
        "{{.group = {}, .modulus = {}u, .mean_term = 0, .mode = {}, .second_ring = {}, .agreement = 0}}",
        group::to_c(params.group()),
        if params.modulus() == Modulus::WORD { 0 } else { params.modulus().get() },
        params.mode() as u8,
        u8::from(params.second_ring()),
    );
    let around = script.neighbours.iter().map(|position| parties[*position as usize + 1].clone());
    let part = |part: &str| format!("scene_{at}_{part}");
    text += &(c::structure("wattsum_cmt_params", &part("params"), &fields)
        + &c::array("scene_party", &part("around"), around)
        + &c::array("scene_party", &part("own"), [parties[position + 1].clone()].into_iter())
        + &c::array("scene_party", &part("lead"), [parties[script.lead as usize + 1].clone()].into_iter())
        + &c::bytes(&part("join_entropy"), &drawing("cmt join", name, 0).0)
        + &c::bytes(&part("token"), &script.token)
        + &c::bytes(&part("first_key"), &script.first_key)
        + &c::bytes(&part("seat"), &script.seat)
        + &group::readings_to_c(&at, &script.readings)
        + &group::rounds_to_c(&at, "contribution", &script.contributions));
    let drawn = params.mode() == Mode::Drawn;
    if drawn {
        let entropies: Vec<_> = ROUNDS.map(|round| drawing("cmt delta", name, round).0.to_vec()).into();
        text += &(group::rounds_to_c(&at, "received", &script.received)
            + &group::rounds_to_c(&at, "delta", &script.deltas)
            + &group::rounds_to_c(&at, "entropy", &entropies));
    }
    text + &table(&at, name, channels, script.generation, drawn)
}

/// The ring with all its roles, until its sums have been opened and are right.
fn play(name: &str, params: &Params, group: Group, readings: &[Vec<Vec<i64>>; 2]) -> Script {
    let own = group.position;
    let (view, roster) = (group.cohort.view, group.roster().clone());
    let mut supplier = Supplier::new(params, &view, &roster, group.cohort.utility.link).unwrap();
    let listed: Vec<Listed> =
        (0..).zip(roster.meters()).map(|(position, meter)| Listed { position, peer: meter.peer() }).collect();
    let channels = Channels { first: 0, count: params.group().channels };
    let links = group.cohort.meters.into_iter().map(|party| party.link);
    let mut devices: Vec<Device> = links
        .zip(&listed)
        .map(|(link, me)| (Meter::new(params, &view, me, channels).unwrap(), HighWater::new(), link))
        .collect();

    // The first generation in which the draw makes another meter concentrator than the one that C plays.
    let places: Vec<usize> = (0..devices.len()).collect();
    let arrange = |generation| Order::arrange(view.epoch(), Generation(generation), &places).unwrap();
    let generation = (1..).find(|generation| arrange(*generation)[0] != own).unwrap();
    let ring = arrange(generation);
    let lead = ring[0];
    let mut script = Script { lead: lead as u32, generation, ..Script::default() };
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let from = Round::from(ROUNDS[0]);

    let (meter, _, link) = &mut devices[lead];
    let opened = Forming::open(meter, link, from, from, Generation(generation), &listed, &mut rng).unwrap();
    let mut forming = opened.stored();
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    for (id, token) in tokens {
        let place = roster.position(id).unwrap();
        let (meter, _, link) = &mut devices[place];
        let mut out = vec![0; params.first_key_len()];
        let others = ChaCha20Rng::seed_from_u64(1000 + place as u64);
        let mut drawn = if place == own { drawing("cmt join", name, 0).1 } else { others };
        let joined = meter.join(link, from, &listed[lead], &token, &mut out, &mut drawn).unwrap();
        forming.accept(joined.stored()).unwrap();
        if place == own {
            (script.token, script.first_key) = (token, out);
        }
    }
    let formed = forming.close(&mut devices[lead].0).unwrap();
    for (id, seat) in formed.seats {
        let place = roster.position(id).unwrap();
        let (meter, _, link) = &mut devices[place];
        let around = meter.neighbours(&seat).unwrap();
        meter.seat(link, &seat, &around.map(|position| listed[position as usize])).unwrap();
        if place == own {
            let second = around.second.into_iter().flat_map(|(before, after)| [before, after]);
            script.neighbours = [around.predecessor, around.successor].into_iter().chain(second).collect();
            script.seat = seat;
        }
    }
    supplier.register(from, listed[lead].peer.id, &formed.group_key).unwrap();

    for (number, readings) in ROUNDS.into_iter().zip(readings) {
        let round = Round::from(number);
        script.readings.push(readings[own].clone());
        let mut collecting = supplier.open(round, round).unwrap();
        match params.mode() {
            Mode::Drawn => {
                let start = collecting.start().unwrap().to_vec();
                let mut ring = Ring { name, devices: &mut devices, order: &ring, own, script: &mut script };
                for frame in ring.around(number, readings, &start) {
                    collecting.accept(&frame).unwrap();
                }
            }
            Mode::Derived => {
                for (place, ((meter, mark, _), reading)) in devices.iter_mut().zip(readings).enumerate() {
                    let mut out = vec![0; params.contribution_len()];
                    let _ = meter.contribute(mark, round, round, reading, &mut out).unwrap().stored();
                    collecting.accept(&out).unwrap();
                    if place == own {
                        script.contributions.push(out);
                    }
                }
            }
        }
        assert_eq!(collecting.close().unwrap().values, truth(readings, None));
    }
    script
}

/// A round of drawn δ.
struct Ring<'a> {
    name: &'a str,
    devices: &'a mut [Device],
    order: &'a [usize],
    own: usize,
    script: &'a mut Script,
}

impl Ring<'_> {
    /// Everybody's ciphertext.
    fn around(&mut self, number: u32, readings: &[Vec<i64>], start: &[u8]) -> Vec<Vec<u8>> {
        let round = Round::from(number);
        let (lead, others) = (self.order[0], &self.order[1..]);
        let mut rng = ChaCha20Rng::seed_from_u64(u64::from(number));
        let mut out = vec![0; 1024];
        let (meter, mark, _) = &mut self.devices[lead];
        let started = meter.start(mark, round, round, &readings[lead], start, &mut out, &mut rng).unwrap();
        let mut delta = started.stored().to_vec();
        let mut frames = Vec::new();
        for place in others.iter().copied() {
            let mut drawn = if place == self.own {
                drawing("cmt delta", self.name, number).1
            } else {
                ChaCha20Rng::seed_from_u64(u64::from(number) + 1 + place as u64)
            };
            let (meter, mark, _) = &mut self.devices[place];
            let relayed =
                meter.relay(mark, round, round, &readings[place], &delta, &mut out, &mut drawn).unwrap();
            let sent = relayed.stored();
            if place == self.own {
                self.script.received.push(delta);
                self.script.contributions.push(sent.contribution.to_vec());
                self.script.deltas.push(sent.delta.to_vec());
            }
            frames.push(sent.contribution.to_vec());
            delta = sent.delta.to_vec();
        }
        frames.push(self.devices[lead].0.close(round, &delta, &mut out).unwrap().to_vec());
        frames
    }
}

/// All of it as one value, for programs that play several scenes.
fn table(at: &str, name: &str, channels: u16, generation: u32, drawn: bool) -> String {
    let part = |part: &str| format!("scene_{at}_{part}");
    let frame = |name: &str| format!("{{{0}, sizeof {0}}}", part(name));
    let rounds = |name: &str, there: bool| {
        let one = |number| if there { frame(&format!("{name}_{number}")) } else { "{NULL, 0}".into() };
        format!("{{{}, {}}}", one(0), one(1))
    };
    let entropy = |number| if drawn { part(&format!("entropy_{number}")) } else { "NULL".into() };
    let fields = format!(
        "{{.name = \"{name}\", .params = &{params}, .lists = &{lists}, .utility = {utility}, .own = {own}, \
         .lead = {lead}, .around = {around}, .neighbours = COUNT({around}), .first_round = {first}, \
         .beacon_time = {time}, \
         .rounds = {{{r0}, {r1}}}, .epoch = {epoch}, .generation = {generation}, .channels = {channels}, \
         .link_secret = {link}, .beacon = {beacon}, .join_entropy = {join}, .root = {root}, .token = {token}, \
         .first_key = {key}, .seat = {seat}, .readings = {{{m0}, {m1}}}, .entropy = {{{e0}, {e1}}}, \
         .received = {received}, .contribution = {contribution}, .delta = {delta}}}",
        params = part("params"),
        lists = part("lists"),
        utility = part("utility"),
        own = part("own"),
        lead = part("lead"),
        around = part("around"),
        first = group::FIRST,
        time = group::BEACON_TIME,
        r0 = ROUNDS[0],
        r1 = ROUNDS[1],
        epoch = group::EPOCH,
        link = part("link_secret"),
        beacon = part("beacon"),
        join = part("join_entropy"),
        root = frame("root"),
        token = frame("token"),
        key = frame("first_key"),
        seat = frame("seat"),
        m0 = part("reading_0"),
        m1 = part("reading_1"),
        e0 = entropy(0),
        e1 = entropy(1),
        received = rounds("received", drawn),
        contribution = rounds("contribution", true),
        delta = rounds("delta", drawn),
    );
    c::structure("cmt_scene", &part("scene"), &fields)
}
