//! What a meter of threshold-elgamal does, by the crate itself: one group, one epoch, one reading.
//!
//! Input: the identity's seed (32), what the generator gives (32), the group key Y (32), the key set's hash (32). All
//! that a meter knows beside is below, and in `expected.py`. Each function makes the meter anew: what a step
//! costs is the difference of two functions.
#![allow(non_upper_case_globals)]

use core::hint::black_box;

use meter_link::answer::Threshold;
use meter_link::roster::Member;
use meter_link::{
    Channels, Context, Epoch, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Identity, Kind,
    PartyId, Protocol, Role, Round, Scope,
};
use rand_core::{Infallible, TryCryptoRng, TryRng};
use threshold_elgamal::{Blinding, Ciphertext, GroupKey, Knowledge, Meter, Params, Place};

use crate::{Input, part, wattsum_panicked};

/// A contribution of one channel; other results are shorter and fill its beginning.
pub type Frame = [u8; 240];

const ID: PartyId = PartyId(1000);
const READING: i64 = -1234;
const EPOCH: u32 = 3;

fn round(number: u32) -> Round {
    Round::from(number)
}

/// Where the C side wants no error.
pub(crate) fn sure<T, E>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(_) => wattsum_panicked(),
    }
}

/// The same 32 bytes whenever it is asked.
struct Fixed<'a>(&'a [u8; 32]);

impl TryRng for Fixed<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        wattsum_panicked()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        wattsum_panicked()
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        to.copy_from_slice(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Fixed<'_> {}

fn params(knowledge: bool) -> Params {
    let config = GroupConfig { max_meters: 1000, ..GroupConfig::new(Protocol::Elgamal, GroupId(7)) };
    let params = sure(Params::new(sure(GroupParams::new(config)), Threshold::DEFAULT));
    if knowledge { params } else { params.trust_all_meters() }
}

fn view(params: &Params) -> EpochView {
    let epoch = Epoch {
        session: params.session(),
        epoch: EPOCH,
        first_round: round(100),
        last_round: round(400),
        roster_root: [1; 32],
        answerers_root: [2; 32],
        beacon: [3; 32],
    };
    let mut leaf = [4; Member::LEAF_LEN];
    let (head, _) = leaf.split_at_mut(5);
    head.copy_from_slice(&[0, 0, 0, 0, Role::Utility as u8]);
    let utility = sure(Member::from_kept_leaf(&leaf));
    sure(EpochView::new(params.group(), &epoch, &utility, 240, 4))
}

fn identity(input: &Input) -> Identity {
    Identity::from_bytes(&mut { *part(input, 0) })
}

fn meter(input: &Input, knowledge: bool) -> (Meter<Identity>, Context) {
    let params = params(knowledge);
    let view = view(&params);
    let identity = identity(input);
    let key = sure(GroupKey::new(*part(input, 64), *part(input, 96)));
    let channels = Channels { first: 0, count: 1 };
    (sure(Meter::new(&params, &view, ID, channels, identity, &key)), *view.context())
}

fn put<const N: usize>(output: &mut Frame, bytes: &[u8; N]) {
    if let Some(first) = output.first_chunk_mut() {
        *first = *bytes;
    }
}

/// The identity from its seed, the view, and the meter: 32 bytes, the context.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_setup(input: &Input, output: &mut Frame) {
    let (meter, context) = meter(input, true);
    black_box(&meter);
    put(output, context.as_bytes());
}

/// As large as what a meter keeps: `nm` tells.
#[unsafe(no_mangle)]
pub static elgamal_meter: [u8; size_of::<Meter<Identity>>()] = [0; size_of::<Meter<Identity>>()];

fn contribute(input: &Input, output: &mut Frame, knowledge: bool) {
    let (meter, _) = meter(input, knowledge);
    let (mut mark, now) = (HighWater::<1>::new(), round(200));
    let mut rng = Fixed(part(input, 32));
    sure(meter.contribute(&mut mark, now, now, &[READING], output, &mut rng)).stored();
}

/// `elgamal_setup`, then a contribution: the frame, 240 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_contribute(input: &Input, output: &mut Frame) {
    contribute(input, output, true);
}

/// The same in a group that trusts all its meters: 144 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_contribute_without_proof(input: &Input, output: &mut Frame) {
    contribute(input, output, false);
}

/// `elgamal_setup`, then all of a contribution that needs no reading: the context.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_prepare(input: &Input, output: &mut Frame) {
    let (meter, context) = meter(input, true);
    black_box(&sure(meter.prepare(round(200), 0, &mut Fixed(part(input, 32)))));
    put(output, context.as_bytes());
}

/// `elgamal_prepare`, then the rest, once the reading is there: the frame, 240 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_contribute_with(input: &Input, output: &mut Frame) {
    let (meter, _) = meter(input, true);
    let (mut mark, now) = (HighWater::<1>::new(), round(200));
    let pair = sure(meter.prepare(now, 0, &mut Fixed(part(input, 32))));
    sure(meter.contribute_with(&mut mark, now, now, &[READING], [pair], output)).stored();
}

fn scalar(input: &Input, from: usize) -> Blinding {
    let mut bytes = *part::<32>(input, from);
    let [.., last] = &mut bytes;
    *last &= 15; // below q
    sure(Blinding::from_bytes(&mut bytes))
}

/// Y decoded: the encoding.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_group_key(input: &Input, output: &mut Frame) {
    put(output, black_box(&sure(GroupKey::new(*part(input, 64), *part(input, 96)))).encoding());
}

/// `elgamal_group_key`, then one encryption, input 0 … 31 the blinding: R and C, 64 bytes. Of any i64: a meter's own is
/// of readings within the group's bound.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_encrypt(input: &Input, output: &mut Frame) {
    let key = sure(GroupKey::new(*part(input, 64), *part(input, 96)));
    put(output, &Ciphertext::encrypt(&key, READING, &scalar(input, 0)).to_bytes());
}

/// `elgamal_group_key`, then the proof for given bytes R and C (input 64 … 127), input 0 … 31 the blinding and k_r,
/// 32 … 63 k_m: 96 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_prove(input: &Input, output: &mut Frame) {
    let key = sure(GroupKey::new(*part(input, 64), *part(input, 96)));
    let context = Context([9; 32]);
    let place = Place { context: &context, round: round(200), id: ID, channel: 0 };
    let (blinding, nonce) = (scalar(input, 0), scalar(input, 32));
    let proof = Knowledge::prove(&place, &key, part(input, 64), READING, &blinding, [&blinding, &nonce]);
    put(output, &proof.to_bytes());
}

/// The identity from its seed: the public key.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_identity(input: &Input, output: &mut Frame) {
    put(output, &identity(input).public().0);
}

/// `elgamal_identity`, then a signature as that of a contribution of 176 bytes, of which the last 48 are zero.
#[unsafe(no_mangle)]
pub extern "C" fn elgamal_sign(input: &Input, output: &mut Frame) {
    let mut body = [0; 176];
    if let Some(first) = body.first_chunk_mut() {
        *first = *input;
    }
    put(output, &identity(input).sign(Kind::Contribution, &Scope::Context(&Context([9; 32])), &body));
}
