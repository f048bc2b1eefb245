//! An elgamal group of two rounds: in the first the meter that C plays contributes at once, in the second with pairs that
//! it has prepared. One meter is silent in both, and one trustee away.

mod ceremony;

use chacha20::cipher::{KeyIvInit, StreamCipher};
use chacha20::{ChaCha20, ChaCha20Rng};
use meter_link::answer::Threshold;
use meter_link::cohort::Cohort;
use meter_link::{Channels, HighWater, Identity, PartyId, Protocol, Role, Round};
use rand_core::{Infallible, Rng, SeedableRng, TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use threshold_elgamal::ceremony::{Ceremony, Participant, Seat, hold};
use threshold_elgamal::{DlogTable, GroupKey, Meter, Pair, Params, Post, Trustee, Utility};

use crate::c;
use crate::group::{self, Group, ROUNDS, SEED, truth};

/// What C's entropy becomes: the key stream of ChaCha20 under `SHA-256("wattsum v1 entropy " ‖ purpose ‖ 0 ‖ entropy)`,
/// said once more than in the library, without its generator.
pub(crate) struct Derived(ChaCha20);

impl Derived {
    pub(crate) fn new(purpose: &str, entropy: &[u8; 32]) -> Self {
        let text = [b"wattsum v1 entropy ", purpose.as_bytes(), &[0], entropy].concat();
        Derived(ChaCha20::new(&Sha256::digest(text), &[0; 12].into()))
    }
}

impl TryRng for Derived {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("meters draw bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("meters draw bytes")
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        to.fill(0);
        self.0.apply_keystream(to);
        Ok(())
    }
}

impl TryCryptoRng for Derived {}

/// What the meter that C plays reads, draws and sends.
#[derive(Default)]
struct Script {
    readings: Vec<Vec<i64>>,
    entropy: Vec<Vec<u8>>,
    contributions: Vec<Vec<u8>>,
}

/// One group, named `elgamal`; without channels four of them, of one and two channels, with proofs and without, and a
/// ceremony.
pub(crate) fn scene(meters: u32, channels: u16, trusting: bool) -> String {
    match channels {
        0 => {
            let each = [("elgamal_1", 1, false), ("elgamal_2", 2, false)];
            let all = each.into_iter().chain([("elgamal_t1", 1, true), ("elgamal_t2", 2, true)]);
            let groups: String =
                all.map(|(name, channels, trusting)| one(name, meters, channels, trusting)).collect();
            groups + &ceremony::scene()
        }
        _ => one("elgamal", meters, channels, trusting),
    }
}

fn one(name: &str, meters: u32, channels: u16, trusting: bool) -> String {
    let params = Params::new(group::params(Protocol::Elgamal, meters, channels), Threshold::DEFAULT).unwrap();
    let params = if trusting { params.trust_all_meters() } else { params };
    let group = Group::new(params.group(), params.session(), Role::Trustee, params.threshold().answerers());
    let mut text = group.to_c(name) + &own_to_c(name, &params, &group);
    let (position, readings) = (group.position, ROUNDS.map(|round| group.readings(round)));
    let rng = &mut ChaCha20Rng::seed_from_u64(SEED + 1);
    let roster = group.roster().clone();
    let Cohort { view, utility, meters, answerers, .. } = group.cohort;

    let seats: Vec<Seat> =
        roster.answerers().iter().map(|m| Seat { id: m.id, identity: m.identity }).collect();
    let ceremony = Ceremony::generate(&params, 1, &seats).unwrap();
    let (links, participants): (Vec<_>, Vec<_>) = answerers
        .into_iter()
        .map(|p| ((p.id, p.link), Participant { id: p.id, identity: p.identity, share: None }))
        .unzip();
    let (keys, shares, identities) = hold(&ceremony, participants, rng).unwrap();
    let (mut trustees, mut stated) = (Vec::new(), Vec::new());
    for (((id, link), identity), share) in links.into_iter().zip(identities).zip(shares) {
        stated.push(keys.statement(&view, &share, &identity, id).unwrap());
        let post = Post { id, identity, link, share };
        trustees.push(Trustee::new(&params, &view, post, &keys, roster.clone()).unwrap());
    }
    // What a malicious utility may bring along, and the statements of all but the second trustee.
    let mut forged = stated[0];
    forged[40] ^= 1;
    let brought = [forged, stated[3], stated[0], stated[3], stated[2]];
    let all: Vec<&[u8]> = brought.iter().map(|frame| &frame[..]).collect();
    let key = GroupKey::certified(&view, params.threshold(), roster.answerers(), &all).unwrap();
    text += &c::bytes(&format!("scene_{name}_statements"), brought.as_flattened());
    text += &c::bytes(&format!("scene_{name}_key"), &key.to_bytes());

    let mut utility =
        Utility::new(&params, &view, utility.identity, utility.link, &keys, roster.clone()).unwrap();
    let channel = Channels { first: 0, count: channels };
    let meter = |id: PartyId, identity: Identity| {
        let meter = Meter::new(&params, &view, id, channel, identity, &key).unwrap();
        (meter, HighWater::<8>::new())
    };
    let mut devices: Vec<_> = meters.into_iter().map(|party| meter(party.id, party.identity)).collect();
    let (silent, table) = ((position + 2) % devices.len(), DlogTable::build(16).unwrap());

    let mut script = Script::default();
    for (number, readings) in ROUNDS.into_iter().zip(&readings) {
        let round = Round::from(number);
        let mut collecting = utility.open(round, round, &vec![true; devices.len()]).unwrap();
        trustees.iter_mut().for_each(|trustee| trustee.open(round, collecting.frame()).unwrap());
        for (place, ((meter, mark), reading)) in devices.iter_mut().zip(readings).enumerate() {
            let mut entropy = vec![[0u8; 32]; channels.into()];
            entropy.iter_mut().for_each(|one| rng.fill_bytes(one));
            let (prepared, mut out) = (number == ROUNDS[1], vec![0; params.contribution_len()]);
            contribute(meter, mark, round, reading, prepared, &entropy, &mut out);
            if place != silent {
                collecting.accept(&out).unwrap();
            }
            if place == position {
                script.entropy.push(entropy.concat());
                script.readings.push(reading.clone());
                script.contributions.push(out);
            }
        }
        let quorum = utility.quorum(|number| number != 2).unwrap();
        let mut closed = utility.close(collecting, &quorum).unwrap();
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
        for number in quorum.iter() {
            let statement = trustees[usize::from(number) - 1].agree(round, closed.frame(), &list).unwrap();
            closed.accept_statement(&statement.stored()).unwrap();
        }
        let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
        let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
        for number in quorum.iter() {
            let share = trustees[usize::from(number) - 1].answer(&statements).unwrap();
            closed.accept(&share.stored()).unwrap();
        }
        assert_eq!(utility.record(&closed, &table).unwrap().values, truth(readings, Some(silent)));
    }

    text + &group::readings_to_c(name, &script.readings)
        + &group::rounds_to_c(name, "entropy", &script.entropy)
        + &group::rounds_to_c(name, "contribution", &script.contributions)
}

/// At once, from the first channel's entropy; or with a prepared pair for each channel.
fn contribute(
    meter: &Meter<Identity>,
    mark: &mut HighWater<8>,
    round: Round,
    reading: &[i64],
    prepared: bool,
    entropy: &[[u8; 32]],
    out: &mut [u8],
) {
    let pair = |channel: u16| -> Pair {
        let rng = &mut Derived::new("elgamal pair", &entropy[usize::from(channel)]);
        meter.prepare(round, channel, rng).unwrap()
    };
    let made = match (prepared, reading.len()) {
        (false, _) => {
            let rng = &mut Derived::new("elgamal contribution", &entropy[0]);
            meter.contribute(mark, round, round, reading, out, rng)
        }
        (true, 1) => meter.contribute_with(mark, round, round, reading, [pair(0)], out),
        (true, 2) => meter.contribute_with(mark, round, round, reading, [pair(0), pair(1)], out),
        (true, channels) => panic!("{channels} channels: 1 or 2"),
    };
    let _ = made.unwrap().stored();
}

fn params_to_c(params: &Params) -> String {
    let [trustees, threshold, colluding] = params.threshold().to_bytes();
    format!(
        "{{.group = {}, .window_rounds = 0, .window_min_rounds = 0, .trustees = {trustees}, \
         .threshold = {threshold}, .colluding = {colluding}, .trust_all_meters = {}}}",
        group::to_c(params.group()),
        u8::from(!params.knowledge())
    )
}

fn own_to_c(name: &str, params: &Params, group: &Group) -> String {
    let own = group.party(meter_link::roster::List::Roster, group.position + 1);
    c::structure("wattsum_elgamal_params", &format!("scene_{name}_params"), &params_to_c(params))
        + &c::array("scene_party", &format!("scene_{name}_own"), std::iter::once(own))
        + &c::bytes(&format!("scene_{name}_identity_secret"), &identity_secret(group))
}

/// The cohort draws an identity and a link key for each party, beginning with the utility.
fn identity_secret(group: &Group) -> [u8; 32] {
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    let mut secret = [0u8; 32];
    for _ in 0..2 * (1 + group.position) + 1 {
        rng.fill_bytes(&mut secret);
    }
    let own = &group.roster().meters()[group.position];
    assert!(Identity::from_bytes(&mut secret.clone()).public() == own.identity);
    secret
}
