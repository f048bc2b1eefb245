//! The same keys, ciphertexts and decryption shares as elastic-elgamal: bytes go from one to the other and open
//! there.
//!
//! It reads ciphertexts through serde only, as two strings of Base64.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use elastic_elgamal::group::Ristretto;
use elastic_elgamal::sharing::{self, ActiveParticipant, Dealer, PublicKeySet};
use elastic_elgamal::{CandidateDecryption, DiscreteLogTable, Keypair, PublicKey, SecretKey};
use meter_link::answer::Threshold;
use serde_json::json;
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{Blinding, CheckedShare, Ciphertext, DlogTable, KeySet, SecretShare, combine, deal};

type Theirs = elastic_elgamal::Ciphertext<Ristretto>;

const N: u8 = 5;
const T: u8 = 3;

/// One committee of both: their participant i is our trustee i + 1.
struct Committee {
    keys: KeySet,
    shares: Vec<SecretShare>,
    participants: Vec<ActiveParticipant<Ristretto>>,
}

fn threshold() -> Threshold {
    Threshold::trusting_the_utility_not_to_equivocate(N, T).unwrap()
}

impl Committee {
    fn new(keys: KeySet, shares: Vec<SecretShare>, theirs: &PublicKeySet<Ristretto>) -> Self {
        let participant = |(index, share): (usize, &SecretShare)| {
            let secret = SecretKey::from_bytes(share.to_bytes().as_slice()).unwrap();
            ActiveParticipant::new(theirs.clone(), index, secret).unwrap()
        };
        let participants = shares.iter().enumerate().map(participant).collect();
        Committee { keys, shares, participants }
    }

    fn ours_dealt(rng: &mut ChaCha8Rng) -> Self {
        let (keys, shares) = deal(threshold(), rng).unwrap();
        let public = |share: &SecretShare| PublicKey::from_bytes(&share.public()).unwrap();
        let public = shares.iter().map(public).collect();
        let theirs = PublicKeySet::from_participants(Self::params(), public).unwrap();
        Self::new(keys, shares, &theirs)
    }

    fn theirs_dealt(rng: &mut ChaCha8Rng) -> Self {
        let dealer = Dealer::<Ristretto>::new(Self::params(), rng);
        let (polynomial, proof) = dealer.public_info();
        let theirs = PublicKeySet::new(Self::params(), polynomial, proof).unwrap();
        let members: Vec<[u8; 32]> =
            theirs.participant_keys().iter().map(|key| key.as_bytes().try_into().unwrap()).collect();
        let keys = KeySet::new(threshold(), &members).unwrap();
        let share = |number: u8| {
            let secret = dealer.secret_share_for_participant(usize::from(number) - 1);
            SecretShare::from_bytes(number, &mut secret.expose_scalar().to_bytes()).unwrap()
        };
        Self::new(keys, (1..=N).map(share).collect(), &theirs)
    }

    fn params() -> sharing::Params {
        sharing::Params::new(N.into(), T.into())
    }

    fn theirs(&self) -> &PublicKeySet<Ristretto> {
        self.participants[0].key_set()
    }

    /// A share of trustee `number`, ours or theirs, behind a proof of ours.
    fn checked(&self, number: u8, ciphertext: &Ciphertext, share: RistrettoPoint) -> CheckedShare {
        let own = &self.shares[usize::from(number) - 1];
        let secret = Scalar::from_canonical_bytes(*own.to_bytes()).unwrap();
        let public = Encoded::from_bytes(self.keys.member(number).unwrap()).unwrap();
        let (inputs, outputs) = ([Encoded::from(*ciphertext.r())], [Encoded::from(share)]);
        let domain: &[&[u8]] = &[b"interop"];
        let statement = Statement { domain, public: &public, inputs: &inputs, outputs: &outputs };
        let proof = Equality::prove(&statement, &secret, &Scalar::from(77u8)).unwrap();
        CheckedShare::verify(&self.keys, number, domain, &inputs, &outputs, &proof).unwrap()[0]
    }

    fn share(&self, number: u8, ciphertext: &Ciphertext) -> CheckedShare {
        let share = self.shares[usize::from(number) - 1].decryption_share(ciphertext.r());
        self.checked(number, ciphertext, share)
    }

    /// Our ciphertext, our shares, our search.
    fn open(&self, bytes: &[u8; 64], quorum: [u8; 3]) -> i64 {
        let ciphertext = Ciphertext::from_bytes(bytes).unwrap();
        let shares = quorum.map(|number| self.share(number, &ciphertext));
        let opened = combine(&self.keys, &ciphertext, &shares).unwrap();
        DlogTable::build(8).unwrap().solve(&opened, 0..=1 << 20).unwrap()
    }

    /// The same by them; each share with its proof.
    fn open_theirs(&self, bytes: &[u8; 64], quorum: [u8; 3], rng: &mut ChaCha8Rng) -> Option<u64> {
        let ciphertext = theirs(bytes).unwrap();
        let shares = quorum.map(|number| {
            let index = usize::from(number) - 1;
            let (share, proof) = self.participants[index].decrypt_share(ciphertext, rng);
            (index, self.theirs().verify_share(share.into(), ciphertext, index, &proof).unwrap())
        });
        let combined = Self::params().combine_shares(shares).unwrap();
        combined.decrypt(ciphertext, &DiscreteLogTable::new(0..1000))
    }
}

/// 32 bytes as they write them: Base64 for URLs, unpadded.
fn text(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |place: usize| {
        let bit = |i: usize| bytes.get(i / 8).is_some_and(|byte| byte >> (7 - i % 8) & 1 == 1);
        let value = (0..6).fold(0, |value, i| value << 1 | usize::from(bit(6 * place + i)));
        char::from(DIGITS[value])
    };
    (0..(bytes.len() * 8).div_ceil(6)).map(digit).collect()
}

fn theirs(bytes: &[u8; 64]) -> Result<Theirs, serde_json::Error> {
    let (r, c) = bytes.split_at(32);
    serde_json::from_value(json!({ "random_element": text(r), "blinded_element": text(c) }))
}

fn bytes(theirs: Theirs) -> [u8; 64] {
    theirs.to_bytes().try_into().unwrap()
}

fn committees() -> (ChaCha8Rng, [Committee; 2]) {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let committees = [Committee::ours_dealt(&mut rng), Committee::theirs_dealt(&mut rng)];
    (rng, committees)
}

/// A generator, and the blinding that they draw from it first.
fn twins(seed: u64) -> (ChaCha8Rng, Blinding) {
    let mut wide = [0; 64];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut wide);
    let blinding = Blinding::from_bytes(&mut Scalar::from_bytes_mod_order_wide(&wide).to_bytes()).unwrap();
    (ChaCha8Rng::seed_from_u64(seed), blinding)
}

fn encrypt(keys: &KeySet, reading: i64, seed: u64) -> Ciphertext {
    Ciphertext::encrypt(keys.group_key(), reading, &twins(seed).1)
}

#[test]
fn group_keys_are_the_same() {
    let (_, committees) = committees();
    for committee in &committees {
        let theirs = committee.theirs();
        assert_eq!(committee.keys.group_key().encoding().as_slice(), theirs.shared_key().as_bytes());
        for (number, key) in (1..).zip(theirs.participant_keys()) {
            assert_eq!(committee.keys.member(number).unwrap().as_slice(), key.as_bytes());
        }
    }
    let [one, other] = &committees;
    assert_ne!(one.keys.group_key().encoding(), other.keys.group_key().encoding());
}

#[test]
fn one_blinding_makes_one_ciphertext() {
    let (_, committees) = committees();
    for committee in &committees {
        for (seed, reading) in (0..).zip([0u32, 1, 250, u32::MAX]) {
            let (mut rng, _) = twins(seed);
            let theirs = committee.theirs().shared_key().encrypt(u64::from(reading), &mut rng);
            let ours = encrypt(&committee.keys, reading.into(), seed);
            assert_eq!(ours.to_bytes(), bytes(theirs));
            // Theirs are not below zero, but their scalars are.
            let (mut rng, _) = twins(seed);
            let below = committee.theirs().shared_key().encrypt(-Scalar::from(reading), &mut rng);
            let ours = encrypt(&committee.keys, -i64::from(reading), seed);
            assert_eq!(ours.to_bytes(), bytes(below));
        }
    }
}

fn theirs_of(ours: &Ciphertext) -> Theirs {
    theirs(&ours.to_bytes()).unwrap()
}

#[test]
fn ciphertexts_open_on_the_other_side() {
    let (mut rng, committees) = committees();
    for committee in &committees {
        for reading in [0u64, 1, 7, 999] {
            let theirs = bytes(committee.theirs().shared_key().encrypt(reading, &mut rng));
            let m = reading.try_into().unwrap();
            let ours = encrypt(&committee.keys, m, reading).to_bytes();
            for (ciphertext, quorum) in [(theirs, [1, 2, 3]), (ours, [2, 4, 5])] {
                assert_eq!(committee.open(&ciphertext, quorum), m);
                assert_eq!(committee.open_theirs(&ciphertext, quorum, &mut rng), Some(reading));
            }
        }
    }
}

/// Also to one secret key, without a committee.
#[test]
fn a_single_key_of_theirs() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let keypair = Keypair::<Ristretto>::generate(&mut rng);
    let key = keypair.public().as_bytes().try_into().unwrap();
    let key = threshold_elgamal::GroupKey::new(key, [0; 32]).unwrap();
    let table = DiscreteLogTable::new(0..300);
    for reading in [0u64, 250, 299] {
        let m = reading.try_into().unwrap();
        let ours = Ciphertext::encrypt(&key, m, &twins(reading).1);
        assert_eq!(keypair.secret().decrypt(theirs_of(&ours), &table), Some(reading));
    }
}

#[test]
fn sums_of_both() {
    let (mut rng, committees) = committees();
    for committee in &committees {
        let of_ours = [(-40, 1), (100, 2), (300, 3)].map(|(m, seed)| encrypt(&committee.keys, m, seed));
        let of_theirs = [5u64, 60].map(|m| committee.theirs().shared_key().encrypt(m, &mut rng));
        let by_them = of_ours.iter().map(theirs_of).chain(of_theirs).fold(Theirs::zero(), |a, b| a + b);
        let decoded = of_theirs.map(|one| Ciphertext::from_bytes(&bytes(one)).unwrap());
        let by_us = Ciphertext::sum(of_ours.iter().chain(&decoded));
        assert_eq!(by_us.to_bytes(), bytes(by_them));
        assert_eq!(committee.open(&by_us.to_bytes(), [1, 3, 5]), 425);
        assert_eq!(committee.open_theirs(&by_us.to_bytes(), [1, 3, 5], &mut rng), Some(425));
    }
}

#[test]
fn decryption_shares_are_the_same() {
    let (mut rng, committees) = committees();
    for committee in &committees {
        let theirs = committee.theirs().shared_key().encrypt(321u64, &mut rng);
        let ours = Ciphertext::from_bytes(&bytes(theirs)).unwrap();
        for (participant, share) in committee.participants.iter().zip(&committee.shares) {
            let (by_them, _) = participant.decrypt_share(theirs, &mut rng);
            let by_us = share.decryption_share(ours.r()).compress();
            assert_eq!(by_them.to_bytes(), by_us.to_bytes());
        }
        // Two of ours with one of theirs, combined on either side.
        let (of_theirs, _) = committee.participants[4].decrypt_share(theirs, &mut rng);
        let decoded = CompressedRistretto::from_slice(&of_theirs.to_bytes()).unwrap().decompress().unwrap();
        let [first, second] = [1, 4].map(|number| committee.share(number, &ours));
        let mixed = [first, second, committee.checked(5, &ours, decoded)];
        let opened = combine(&committee.keys, &ours, &mixed).unwrap();
        assert_eq!(opened, RistrettoPoint::mul_base(&Scalar::from(321u64)));

        let candidates = [first, second].map(|share| {
            let bytes = share.point().compress().to_bytes();
            let candidate = CandidateDecryption::from_bytes(&bytes).unwrap();
            (usize::from(share.number()) - 1, candidate.into_unchecked())
        });
        let mixed = candidates.into_iter().chain([(4, of_theirs)]);
        let combined = Committee::params().combine_shares(mixed).unwrap();
        assert_eq!(combined.decrypt(theirs, &DiscreteLogTable::new(0..400)), Some(321));
    }
}

/// Neither side takes an encoding that the other refuses, but for the identity as R, with which C tells the reading.
#[test]
fn both_refuse_what_is_no_point() {
    let (mut rng, [committee, _]) = committees();
    let good = bytes(committee.theirs().shared_key().encrypt(1u64, &mut rng));
    assert!(Ciphertext::from_bytes(&good).is_ok() && theirs(&good).is_ok());
    let mut beyond = [0xff; 32]; // p + 1, even
    (beyond[0], beyond[31]) = (0xee, 0x7f);
    let changes: [(usize, &[u8]); 4] =
        [(0, &[good[0] | 1]), (32, &[good[32] | 1]), (0, &beyond), (63, &[0xff])];
    let changed = |at: usize, change: &[u8]| {
        let mut bytes = good;
        bytes[at..at + change.len()].copy_from_slice(change);
        (Ciphertext::from_bytes(&bytes).is_ok(), theirs(&bytes).is_ok())
    };
    for (at, change) in changes {
        assert_eq!(changed(at, change), (false, false), "{at}");
    }
    assert_eq!(changed(0, &[0; 32]), (false, true));
    let mut taken = 0;
    for byte in 0..=255 {
        let (ours, theirs) = changed(62, &[byte]);
        assert_eq!(ours, theirs, "{byte}");
        taken += usize::from(ours);
    }
    assert!(taken > 0 && taken < 256);
}
