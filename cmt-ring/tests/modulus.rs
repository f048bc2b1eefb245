//! Rings modulo other numbers than 2^64: the papers' formulation, on the roles as they are.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]
#![allow(dead_code)] // of the adversary, most is for other tests

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/ring.rs"]
mod ring;

use adversary::{Scripted, forged_first_key, opened, opened_token, sealed_delta};
use cmt_ring::generation::Purpose;
use cmt_ring::{Error, Generation, Malformed, Misuse, Mode, Modulus, Params, Token};
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::key::Label;
use meter_link::{
    GroupConfig, GroupId, GroupParams, LinkSecret, Misuse as LinkMisuse, PairKey, PartyId, sealed,
};
use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;
use ring::{World, round, truth, words};

const MODES: [Mode; 2] = [Mode::Drawn, Mode::Derived];
const METERS: u32 = 12;
const MOST: i64 = 1_000_000;
/// The least modulus that `METERS` readings of `MOST` allow.
const LEAST: u64 = 2 * METERS as u64 * MOST as u64 + 2;
const NOT_CANONICAL: Error = Error::Malformed(Malformed::NotCanonical);

/// Even and odd, prime and not, next to powers of two, the least and the largest.
const MODULI: [u64; 8] =
    [LEAST, LEAST + 1, 1 << 32, (1 << 32) + 15, 1_000_000_000_039, 1 << 63, (1 << 63) + 29, u64::MAX];

fn params(mode: Mode, channels: u16, modulus: u64) -> Result<Params, Error> {
    let config =
        GroupConfig { channels, max_reading: MOST as u64, max_meters: METERS, ..Params::config(GroupId(7)) };
    Params::new(GroupParams::new(config).unwrap(), mode)?.with_modulus(Modulus::new(modulus)?)
}

fn world(mode: Mode, channels: u16, modulus: u64, count: usize, seed: u64) -> World {
    World::with(params(mode, channels, modulus).unwrap(), count, seed)
}

/// Ciphertexts as an observer has them, less K as the supplier has it, by the papers' formula and with numbers that have
/// no size.
fn by_formula(frames: &[Vec<u8>], group_key: &[u64], modulus: u64) -> Vec<i64> {
    let m = BigInt::from(modulus);
    let opened = |n: usize| {
        let sum: BigInt = frames.iter().map(|frame| BigInt::from(words(frame)[n])).sum();
        let rest = (sum - group_key[n]) % &m;
        let rest = if rest < BigInt::ZERO { rest + &m } else { rest };
        i64::try_from(if &rest * 2 >= m { rest - &m } else { rest }).unwrap()
    };
    (0..group_key.len()).map(opened).collect()
}

/// K of the GroupKey frame, opened by the concentrator who sealed it.
fn group_key(world: &World, frame: &[u8], channels: usize) -> Vec<u64> {
    let lead = &world.members[world.ring[0]];
    let utility = world.view.utility().peer();
    let id = lead.listed.peer.id;
    let pair = lead.link.pair_key(Label::Seal, world.view.context(), id, &utility, &[]).unwrap();
    let key = lead.meter.generation().unwrap().key(Purpose::Seal, &pair).unwrap();
    let (message, seal) = frame.split_last_chunk().unwrap();
    let mut message = message[20..].to_vec();
    let header = meter_link::frame::Header::parse(frame).unwrap();
    sealed::open(&key, &header, utility.id, &mut message, seal).unwrap();
    message.as_chunks().0[..channels].iter().map(|word| u64::from_le_bytes(*word)).collect()
}

#[test]
fn whole_rounds_in_both_modes() {
    for mode in MODES {
        for (seed, modulus) in (1..).zip(MODULI) {
            let mut world = world(mode, 3, modulus, METERS as usize, seed);
            world.form_all(1, 0);
            let group_key = group_key(&world, &world.to_supplier[0], 3);
            assert!(group_key.iter().all(|word| *word < modulus));
            // Over ratchet steps too.
            for r in [0, 1, 97] {
                let reading = |i: i64, n: i64| (i * 7919 + n * 104_729 + i64::from(r)) % MOST - 300_000;
                let readings: Vec<Vec<i64>> =
                    (0..12).map(|i| (0..3).map(|n| reading(i, n)).collect()).collect();
                let sent = world.to_supplier.len();
                let sum = world.round(r, &readings).unwrap();
                assert_eq!(sum.values, truth(&readings), "{mode:?} mod {modulus}, round {r}");
                let frames = &world.to_supplier[sent..];
                assert!(frames.iter().flat_map(|frame| words(frame)).all(|word| word < modulus));
                assert_eq!(by_formula(frames, &group_key, modulus), sum.values);
            }
        }
    }
}

/// The largest sums of either sign, under the least modulus that has room for them: nothing wraps that must not.
#[test]
fn the_largest_readings_under_the_least_modulus() {
    for mode in MODES {
        for modulus in [LEAST, LEAST + 1] {
            let mut world = world(mode, 1, modulus, METERS as usize, 3);
            world.form_all(1, 0);
            for (r, value) in [(0, MOST), (1, -MOST), (2, 0), (3, -1)] {
                let readings = vec![vec![value]; METERS as usize];
                assert_eq!(world.round(r, &readings).unwrap().values, [i64::from(METERS) * value]);
            }
        }
    }
}

/// Keys wrap in nearly every step: with draws of M − 1 everywhere, and of 0.
#[test]
fn draws_at_both_ends_wrap_around() {
    for modulus in MODULI {
        for draw in [u64::MAX, 0, 1 << 63] {
            let mut world = world(Mode::Drawn, 1, modulus, 5, 4);
            world.form_all(1, 0);
            let mut collecting = world.supplier.open(round(0), round(0)).unwrap();
            let request = collecting.start().unwrap().to_vec();
            let mut delta = world.start(0, &[-7], &request).unwrap();
            for place in 1..5 {
                let sent = world.relay_with(place, 0, &[-7], &delta, &mut Scripted::new(draw)).unwrap();
                collecting.accept(&sent.0).unwrap();
                delta = sent.1;
            }
            let last = world.close(0, &delta).unwrap();
            collecting.accept(&last).unwrap();
            assert_eq!(collecting.close().unwrap().values, [-35], "mod {modulus}");
        }
    }
}

#[test]
fn a_modulus_without_room_for_the_sum_is_refused() {
    let refused = Err(Error::Misuse(Misuse::Link(LinkMisuse::SumCouldOverflow)));
    for modulus in [2, 1000, LEAST - 2, LEAST - 1] {
        assert_eq!(params(Mode::Drawn, 1, modulus).map(|_| ()), refused, "{modulus}");
    }
    assert!(params(Mode::Drawn, 1, LEAST).is_ok());
    let small = Err(Error::Misuse(Misuse::Link(LinkMisuse::BadParameter)));
    for modulus in [0, 1] {
        assert_eq!(params(Mode::Drawn, 1, modulus).map(|_| ()), small);
    }
}

/// Two groups that differ in M alone share nothing.
#[test]
fn the_modulus_is_part_of_the_session() {
    let session = |modulus| params(Mode::Derived, 1, modulus).unwrap().session();
    assert_ne!(session(LEAST), session(LEAST + 1));
    let config = GroupConfig { max_reading: MOST as u64, max_meters: METERS, ..Params::config(GroupId(7)) };
    let word = Params::new(GroupParams::new(config).unwrap(), Mode::Derived).unwrap();
    assert_ne!(word.session(), session(u64::MAX));
    assert_eq!(word.with_modulus(Modulus::WORD).unwrap().session(), word.session());
}

/// A number from M on is none of the ring's, in whatever frame, under whatever seal or tag. Refused, and what is
/// right is taken after.
#[test]
fn non_residues_in_every_frame() {
    let m = 1_000_000_000_039;
    for bad in [m, m + 1, u64::MAX] {
        let mut world = world(Mode::Drawn, 1, m, 5, 5);
        // FirstKey, from a member with code of its own.
        let everybody = [0, 1, 2, 3, 4];
        let mut forming = world.open(1, 0, &everybody).unwrap();
        world.ring = world.draw(1, &everybody);
        let lead = world.ring[0];
        let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
        let (mut signers, mut own_link) = (Vec::new(), LinkSecret::generate(&mut ring::rng(99)));
        for (id, token) in &tokens {
            let member = world.index(*id);
            let first = forged_first_key(&world, member, lead, 1, bad, own_link.public().0);
            assert_eq!(forming.accept(&first), Err(NOT_CANONICAL));
            if member == world.ring[2] {
                // This one's token key is known to the test: it draws its link secret itself.
                let first = forged_first_key(&world, member, lead, 1, 17, own_link.public().0);
                assert_eq!(forming.accept(&first), Ok(*id));
                let token = Token::from_bytes(opened_token(&world, lead, *id, token));
                signers.push((token_key(&world, &token, &own_link), token.sender()));
                own_link = LinkSecret::generate(&mut ring::rng(100));
            }
            let answer = world.join(member, lead, 0, token).unwrap();
            if member != world.ring[2] {
                assert_eq!(forming.accept(&answer), Ok(*id));
            }
        }
        let formed = forming.close(&mut world.members[lead].meter).unwrap();
        for (id, frame) in &formed.seats {
            world.seat(world.index(*id), frame).unwrap();
        }

        // GroupKey, from the concentrator.
        let concentrator = world.members[lead].listed.peer.id;
        let forged = with_group_key(&world, lead, &formed.group_key, bad);
        assert_eq!(world.supplier.register(round(0), concentrator, &forged), Err(NOT_CANONICAL));
        assert_eq!(world.supplier.generation(), None);
        world.supplier.register(round(0), concentrator, &formed.group_key).unwrap();

        // Delta, from the predecessor; on the way and where the ring closes.
        let mut collecting = world.supplier.open(round(0), round(0)).unwrap();
        let request = collecting.start().unwrap().to_vec();
        let mut delta = world.start(0, &[5], &request).unwrap();
        for place in 1..5 {
            let before = world.at(place - 1).listed.peer.id;
            let forged = sealed_delta(&world, place - 1, place, before, 0, bad);
            assert_eq!(world.relay(place, 0, &[5], &forged), Err(NOT_CANONICAL));
            let (frame, next) = world.relay(place, 0, &[5], &delta).unwrap();
            delta = next;
            if place != 2 {
                collecting.accept(&frame).unwrap();
            }
        }
        let last = world.at(4).listed.peer.id;
        let forged = sealed_delta(&world, 4, 0, last, 0, bad);
        assert_eq!(world.close(0, &forged), Err(NOT_CANONICAL));
        collecting.accept(&world.close(0, &delta).unwrap()).unwrap();

        // Contribution, under the token's key.
        let (key, name) = &signers[0];
        assert_eq!(collecting.accept(&ciphertext(&world, key, *name, bad)), Err(NOT_CANONICAL));
        assert_eq!(collecting.missing().collect::<Vec<_>>(), [*name]);
        collecting.accept(&ciphertext(&world, key, *name, m - 1)).unwrap();
        assert_eq!(collecting.missing().count(), 0);
    }
}

/// The tag key of a token whose link secret is known.
fn token_key(world: &World, token: &Token, link: &LinkSecret) -> PairKey {
    let utility = world.view.utility().peer();
    let pair = link.pair_key(Label::Frame, world.view.context(), token.sender(), &utility, &[]).unwrap();
    Generation(1).token_key(token, &pair).unwrap()
}

fn ciphertext(world: &World, key: &PairKey, name: PartyId, word: u64) -> Vec<u8> {
    let header = world.view.header(Kind::Contribution, Flags::TRANSMISSION, name, round(0));
    let mut out = [0u8; 40];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u64(word).unwrap();
    writer.finish_tagged(&header, key).unwrap().to_vec()
}

/// The concentrator's frame with another K.
fn with_group_key(world: &World, lead: usize, frame: &[u8], group_key: u64) -> Vec<u8> {
    let (sender, utility) = (&world.members[lead], world.view.utility().peer());
    let id = sender.listed.peer.id;
    let pair = sender.link.pair_key(Label::Seal, world.view.context(), id, &utility, &[]).unwrap();
    let key = Generation(1).key(Purpose::Seal, &pair).unwrap();
    let header = meter_link::frame::Header::parse(frame).unwrap();
    let (message, seal) = frame.split_last_chunk().unwrap();
    let mut message = message[20..].to_vec();
    sealed::open(&key, &header, utility.id, &mut message, seal).unwrap();
    message[..8].copy_from_slice(&group_key.to_le_bytes());
    let seal = sealed::seal(&key, &header, utility.id, &mut message).unwrap();
    [&frame[..20], &message, &seal].concat()
}

/// First keys travel as residues: none of a hundred is M or above, where drawn words would be.
#[test]
fn first_keys_are_residues() {
    let mut world = world(Mode::Derived, 3, LEAST, METERS as usize, 6);
    let everybody: Vec<usize> = (0..METERS as usize).collect();
    world.form(1, 0, &everybody);
    let lead = world.ring[0];
    let receiver = world.members[lead].listed.peer.id;
    let answers: Vec<Vec<u8>> = world.between_meters.iter().filter(|frame| frame[2] == 37).cloned().collect();
    assert_eq!(answers.len(), METERS as usize - 1);
    for answer in answers {
        let id = PartyId(u32::from_le_bytes(answer[8..12].try_into().unwrap()));
        let message = opened(&world, lead, id, receiver, &answer);
        assert!(message[..24].as_chunks().0.iter().all(|word| u64::from_le_bytes(*word) < LEAST));
    }
}

fn modulus() -> impl Strategy<Value = u64> {
    prop_oneof![LEAST..1 << 40, 1 << 40..=u64::MAX]
}

/// `value mod m`, not negative.
fn reduced(value: &BigInt, m: &BigInt) -> BigInt {
    ((value % m) + m) % m
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any modulus with room, any ring, any readings.
    #[test]
    fn the_sum_is_the_sum(
        derived in any::<bool>(),
        channels in 1u16..=3,
        modulus in modulus(),
        seed in any::<u64>(),
        present in prop::sample::subsequence((0..12).collect::<Vec<usize>>(), 5..=12),
        values in prop::collection::vec(-MOST..=MOST, 36),
    ) {
        let mode = if derived { Mode::Derived } else { Mode::Drawn };
        let mut world = world(mode, channels, modulus, METERS as usize, seed);
        world.form(1, 0, &present);
        let rows = values.chunks(channels.into()).take(present.len());
        let readings: Vec<Vec<i64>> = rows.map(<[i64]>::to_vec).collect();
        prop_assert_eq!(world.round(0, &readings).unwrap().values, truth(&readings));
    }
}

proptest! {
    /// Every operation against numbers that have no size.
    #[test]
    fn arithmetic_is_that_of_the_integers(
        m in prop_oneof![2u64..1000, 2..=u64::MAX, Just(0)], // 0: 2^64
        x in any::<u64>(), y in any::<u64>(), n in any::<i64>(), bits in any::<u128>(),
        rows in prop::collection::vec(any::<u64>(), 0..20),
    ) {
        let modulus = if m == 0 { Modulus::WORD } else { Modulus::new(m).unwrap() };
        let big = BigInt::from(modulus.get());
        let residue = |x: u64| if m == 0 { x } else { x % m };
        let (a, b) = (residue(x), residue(y));
        prop_assert_eq!(BigInt::from(modulus.add(a, b)), reduced(&(BigInt::from(a) + b), &big));
        prop_assert_eq!(BigInt::from(modulus.sub(a, b)), reduced(&(BigInt::from(a) - b), &big));
        prop_assert_eq!(modulus.sub(modulus.add(a, b), b), a);
        let centred = BigInt::from(modulus.centred(a));
        prop_assert_eq!(reduced(&centred, &big), BigInt::from(a));
        prop_assert!(-&big <= &centred * 2 && &centred * 2 < big);
        if n.unsigned_abs() <= ((modulus.get() - 1) / 2) as u64 {
            prop_assert_eq!(BigInt::from(modulus.of_signed(n)), reduced(&n.into(), &big));
            prop_assert_eq!(modulus.centred(modulus.of_signed(n)), n);
        }
        // The first eight bytes are the high ones.
        let number = BigInt::from(bits.rotate_left(64));
        prop_assert_eq!(BigInt::from(modulus.scale(bits)), (number * &big) >> 128);
        prop_assert_eq!(modulus.residue(x).is_ok(), BigUint::from(x) < *big.magnitude());
        let rows: Vec<u64> = rows.into_iter().map(residue).collect();
        let whole: BigInt = rows.iter().map(|row| BigInt::from(*row)).sum();
        let opened = BigInt::from(modulus.open(rows, a));
        prop_assert_eq!(reduced(&opened, &big), reduced(&(whole - a), &big));
        prop_assert!(-&big <= &opened * 2 && &opened * 2 < big);
    }
}
