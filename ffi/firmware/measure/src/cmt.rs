//! What a member of a ring of cmt-ring does, by the crate itself: a ring of 24, one generation, one round.
//!
//! `cmt.py` lays the input out. Each function makes the meter anew: what a step costs is the difference of two functions.
#![allow(non_upper_case_globals)]

use core::hint::black_box;

use cmt_ring::{Listed, Meter, Mode, Modulus, Neighbours, Params};
use meter_link::frame::Reader;
use meter_link::roster::Member;
use meter_link::{
    Channels, Epoch, EpochView, GroupConfig, GroupId, GroupParams, HighWater, LinkPublic, LinkSecret,
    PartyId, Peer, Protocol, Round, Schedule, SetRules,
};
use rand_core::{Infallible, TryCryptoRng, TryRng};

use crate::elgamal::{Frame, sure};
use crate::wattsum_panicked;

/// What `cmt.py` gives.
pub type Given = [u8; 696];

const METERS: u32 = 24;
const START: u32 = 1008;
const ROUND: u32 = 1009;

/// Gives its bytes one after the other.
struct Drawn<'a>(&'a [u8]);

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        wattsum_panicked()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        wattsum_panicked()
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        match self.0.split_at_checked(to.len()) {
            Some((bytes, rest)) => {
                to.copy_from_slice(bytes);
                self.0 = rest;
                Ok(())
            }
            None => wattsum_panicked(),
        }
    }
}

impl TryCryptoRng for Drawn<'_> {}

/// A meter and all that comes to it.
struct Scene<'a> {
    meter: Meter,
    link: LinkSecret,
    lead: Listed,
    /// The second ring's too.
    around: [Listed; 4],
    second: bool,
    token: &'a [u8; 52],
    seat: &'a [u8; 37],
    delta: &'a [u8; 40],
    reading: i64,
    heal: &'a [u8; 42],
    reading_healed: i64,
    rng: Drawn<'a>,
    view: EpochView,
}

fn round(number: u32) -> Round {
    Round::from(number)
}

/// The kinds of ring that are measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ring {
    Derived,
    Drawn,
    Second,
    OtherModulus,
}

fn params(ring: Ring, group: u32) -> Params {
    let config = GroupConfig {
        protocol: Protocol::Cmt,
        group: GroupId(group),
        schedule: Schedule { origin: 1_700_000_000, period: 900 },
        channels: 1,
        max_reading: 1_000_000_000,
        max_meters: 100,
        rules: SetRules { min_honest: 5, max_colluding: 0, max_missing_permille: 0 },
        rounds_per_step: 10,
    };
    let of = |mode| sure(Params::new(sure(GroupParams::new(config)), mode));
    match ring {
        Ring::Derived => of(Mode::Derived),
        Ring::Drawn => of(Mode::Drawn),
        Ring::Second => sure(of(Mode::Derived).with_second_ring()),
        Ring::OtherModulus => sure(of(Mode::Derived).with_modulus(sure(Modulus::new((1 << 40) - 87)))),
    }
}

fn entry(input: &mut Reader<'_>) -> Listed {
    let (id, position) = (PartyId(sure(input.u32())), sure(input.u32()));
    Listed { position, peer: Peer { id, link: LinkPublic(*sure(input.array())) } }
}

fn scene(input: &Given, ring: Ring) -> Scene<'_> {
    let mut input = Reader::new(input);
    let params = params(ring, sure(input.u32()));
    let epoch = Epoch {
        session: params.session(),
        epoch: sure(input.u32()),
        first_round: round(1000),
        last_round: round(1999),
        roster_root: *sure(input.array()),
        answerers_root: *sure(input.array()),
        beacon: *sure(input.array()),
    };
    let utility = sure(Member::from_kept_leaf(sure(input.array())));
    let view = sure(EpochView::new(params.group(), &epoch, &utility, METERS, 0));
    let me = entry(&mut input);
    let link = LinkSecret::from_bytes(&mut { *sure(input.array()) });
    let meter = sure(Meter::new(&params, &view, &me, Channels { first: 0, count: 1 }));
    Scene {
        meter,
        link,
        lead: entry(&mut input),
        around: [(); 4].map(|()| entry(&mut input)),
        second: params.second_ring(),
        token: sure(input.array()),
        seat: sure(input.array()),
        delta: sure(input.array()),
        reading: sure(input.u64()).cast_signed(),
        heal: sure(input.array()),
        reading_healed: sure(input.u64()).cast_signed(),
        rng: Drawn(sure(input.bytes(64))),
        view,
    }
}

impl Scene<'_> {
    fn join(&mut self, output: &mut Frame) {
        let Scene { meter, link, lead, token, rng, .. } = self;
        let now = round(START);
        sure(meter.join(link, now, lead, *token, output, rng)).stored();
    }

    fn take_seat(&mut self) {
        let Scene { meter, link, seat, around: [predecessor, successor, before, after], second, .. } = self;
        let second = second.then_some((*before, *after));
        let around = Neighbours { predecessor: *predecessor, successor: *successor, second };
        if sure(meter.neighbours(*seat)) != around.map(|entry| entry.position) {
            wattsum_panicked();
        }
        sure(meter.seat(link, *seat, &around));
    }

    fn contribute(&mut self, reading: i64, output: &mut Frame) {
        let (mut mark, now) = (HighWater::<1>::new(), round(ROUND));
        sure(self.meter.contribute(&mut mark, now, now, &[reading], output)).stored();
    }

    /// Goes on without the successor.
    fn heal(&mut self) {
        let Scene { meter, link, heal, around: [predecessor, _, _, after], .. } = self;
        let around = Neighbours { predecessor: *predecessor, successor: *after, second: None };
        if sure(meter.healed_neighbours(*heal)) != around.map(|entry| entry.position) {
            wattsum_panicked();
        }
        sure(meter.heal(link, round(START), *heal, &around)).stored();
    }
}

/// The view and the meter: the context.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_setup(input: &Given, output: &mut Frame) {
    let scene = scene(input, Ring::Derived);
    black_box(&scene.meter);
    if let Some(first) = output.first_chunk_mut() {
        *first = *scene.view.context().as_bytes();
    }
}

/// As large as what a meter keeps: `nm` tells.
#[unsafe(no_mangle)]
pub static cmt_meter: [u8; size_of::<Meter>()] = [0; size_of::<Meter>()];

/// `cmt_setup`, then a generation is joined: the FirstKey frame, 76 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_join(input: &Given, output: &mut Frame) {
    let mut scene = scene(input, Ring::Derived);
    scene.join(output);
    black_box(&scene.meter);
}

fn seated<'a>(input: &'a Given, ring: Ring, output: &mut Frame) -> Scene<'a> {
    let mut scene = scene(input, ring);
    scene.join(output);
    scene.take_seat();
    scene
}

/// `cmt_join`, then the neighbours are found and the seat is taken: still the FirstKey frame.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_seat(input: &Given, output: &mut Frame) {
    black_box(&seated(input, Ring::Derived, output).meter);
}

/// `cmt_seat`, then the ciphertext of a round with derived δ: 40 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_contribute(input: &Given, output: &mut Frame) {
    let mut scene = seated(input, Ring::Derived, output);
    scene.contribute(scene.reading, output);
}

/// `cmt_seat`, then the ring goes on without the successor: still the FirstKey frame.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_heal(input: &Given, output: &mut Frame) {
    let mut scene = seated(input, Ring::Derived, output);
    scene.heal();
    black_box(&scene.meter);
}

/// `cmt_heal`, then the ciphertext of a round: 40 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_contribute_healed(input: &Given, output: &mut Frame) {
    let mut scene = seated(input, Ring::Derived, output);
    scene.heal();
    scene.contribute(scene.reading_healed, output);
}

/// `cmt_seat` in a group whose members draw δ.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_seat_drawn(input: &Given, output: &mut Frame) {
    black_box(&seated(input, Ring::Drawn, output).meter);
}

/// `cmt_seat_drawn`, then the ciphertext of a round and δ for the successor: 40 and 40 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_relay(input: &Given, output: &mut Frame) {
    let Scene { mut meter, reading, delta, mut rng, .. } = seated(input, Ring::Drawn, output);
    let (mut mark, now) = (HighWater::<1>::new(), round(ROUND));
    sure(meter.relay(&mut mark, now, now, &[reading], delta, output, &mut rng)).stored();
}

/// `cmt_seat` in a group with two rings.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_seat_second(input: &Given, output: &mut Frame) {
    black_box(&seated(input, Ring::Second, output).meter);
}

/// `cmt_seat_second`, then the ciphertext of a round: 40 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_contribute_second(input: &Given, output: &mut Frame) {
    let mut scene = seated(input, Ring::Second, output);
    scene.contribute(scene.reading, output);
}

/// `cmt_seat` in a group that computes modulo 2^40 − 87.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_seat_modulus(input: &Given, output: &mut Frame) {
    black_box(&seated(input, Ring::OtherModulus, output).meter);
}

/// `cmt_seat_modulus`, then the ciphertext of a round: 40 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn cmt_contribute_modulus(input: &Given, output: &mut Frame) {
    let mut scene = seated(input, Ring::OtherModulus, output);
    scene.contribute(scene.reading, output);
}
