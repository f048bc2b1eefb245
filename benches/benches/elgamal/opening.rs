//! Decryption shares with their proofs, and what is made of three.

use std::hint::black_box;

use chacha20::ChaCha8Rng;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use elastic_elgamal::group::Ristretto;
use elastic_elgamal::{CandidateDecryption, LogEqualityProof};
use rand_core::Rng;
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{CheckedShare, Ciphertext, combine};

use super::world::{Committee, rng};
use super::{Bench, row, timed};

type Theirs = elastic_elgamal::Ciphertext<Ristretto>;
const DOMAIN: &[&[u8]] = &[b"benchmark"];

fn ciphertexts(committee: &Committee, count: usize) -> (Vec<Ciphertext>, Vec<Theirs>) {
    let mut rng = rng();
    let key = committee.theirs().shared_key();
    let theirs: Vec<Theirs> = (0..count as u64).map(|m| key.encrypt(m, &mut rng)).collect();
    let ours = theirs.iter().map(|one| {
        let bytes: [u8; Ciphertext::LEN] = one.to_bytes().try_into().expect("64 bytes");
        Ciphertext::from_bytes(&bytes).expect("points")
    });
    (ours.collect(), theirs)
}

fn encoded(points: impl Iterator<Item = RistrettoPoint>) -> Vec<Encoded> {
    points.map(Encoded::from).collect()
}

/// 32 bytes of each share, and one proof for all of them.
fn prove(
    secret: &Scalar,
    public: &Encoded,
    sums: &[Ciphertext],
    rng: &mut ChaCha8Rng,
) -> (Vec<[u8; 32]>, Equality) {
    let mut wide = [0; 64];
    rng.fill_bytes(&mut wide);
    let inputs = encoded(sums.iter().map(|sum| *sum.r()));
    let outputs = encoded(sums.iter().map(|sum| sum.r() * secret));
    let statement = Statement { domain: DOMAIN, public, inputs: &inputs, outputs: &outputs };
    let nonce = Scalar::from_bytes_mod_order_wide(&wide);
    let proof = Equality::prove(&statement, secret, &nonce).expect("a statement");
    (outputs.iter().map(|share| *share.bytes()).collect(), proof)
}

/// As the utility does, which has encoded the sums once for all trustees.
fn verify(
    committee: &Committee,
    inputs: &[Encoded],
    shares: &[[u8; 32]],
    proof: &Equality,
) -> Vec<CheckedShare> {
    let shares: Vec<Encoded> =
        shares.iter().map(|share| Encoded::from_bytes(share).expect("a point")).collect();
    CheckedShare::verify(&committee.keys, 1, DOMAIN, inputs, &shares, proof).expect("a proof")
}

pub(super) fn share(bench: &mut Bench) {
    let committee = Committee::new(5, 3);
    let (peer, keys) = (&committee.peers[0], committee.theirs());
    let secret = Scalar::from_canonical_bytes(*committee.shares[0].to_bytes()).expect("a scalar");
    let public = Encoded::from_bytes(&committee.shares[0].public()).expect("a key");
    for count in [96, 1024] {
        let (ours, theirs) = ciphertexts(&committee, count);
        let (mut rng_ours, mut rng_theirs) = (rng(), rng());
        let runs = 40_000 / count;
        row(
            bench,
            &format!("share and proof, {count} in a call"),
            count,
            runs,
            [
                ("threshold-elgamal", &mut || {
                    timed(|| prove(&secret, &public, black_box(&ours), &mut rng_ours))
                }),
                ("elastic-elgamal", &mut || {
                    timed(|| {
                        for one in black_box(&theirs) {
                            let (share, proof) = peer.decrypt_share(*one, &mut rng_theirs);
                            black_box((share.to_bytes(), proof.to_bytes()));
                        }
                    })
                }),
            ],
        );
        let (shares, proof) = prove(&secret, &public, &ours, &mut rng_ours);
        let inputs = encoded(ours.iter().map(|sum| *sum.r()));
        let of_peer: Vec<(Vec<u8>, Vec<u8>)> = theirs
            .iter()
            .map(|one| peer.decrypt_share(*one, &mut rng_theirs))
            .map(|(share, proof)| (share.to_bytes(), proof.to_bytes()))
            .collect();
        row(
            bench,
            &format!("verify share and proof, {count} in a call"),
            count,
            runs,
            [
                ("threshold-elgamal", &mut || {
                    timed(|| verify(&committee, &inputs, black_box(&shares), &proof))
                }),
                ("elastic-elgamal", &mut || {
                    timed(|| {
                        for (one, (share, proof)) in theirs.iter().zip(black_box(&of_peer)) {
                            let share = CandidateDecryption::from_bytes(share).expect("a point");
                            let proof = LogEqualityProof::from_bytes(proof).expect("scalars");
                            black_box(keys.verify_share(share, *one, 0, &proof).expect("a proof"));
                        }
                    })
                }),
            ],
        );
    }
}

/// m·B from the ciphertext and three checked shares of five.
pub(super) fn combine_shares(bench: &mut Bench) {
    let committee = Committee::new(5, 3);
    let (ours, theirs) = ciphertexts(&committee, 2);
    let (sum, of_peer, mut rng) = (ours[1], theirs[1], rng());
    let input = encoded([*sum.r()].into_iter());
    let own = [0, 2, 4].map(|index: usize| {
        let secret = Scalar::from_canonical_bytes(*committee.shares[index].to_bytes()).expect("a scalar");
        let public = Encoded::from_bytes(&committee.shares[index].public()).expect("a key");
        let (shares, proof) = prove(&secret, &public, &[sum], &mut rng);
        let share = [Encoded::from_bytes(&shares[0]).expect("a point")];
        let number = committee.shares[index].number();
        CheckedShare::verify(&committee.keys, number, DOMAIN, &input, &share, &proof).expect("a proof")[0]
    });
    let params = committee.theirs().params();
    let peers =
        [0, 2, 4].map(|index: usize| (index, committee.peers[index].decrypt_share(of_peer, &mut rng).0));
    let by_peer = || params.combine_shares(peers).expect("a quorum").decrypt_to_element(of_peer);
    let by_us = || combine(&committee.keys, black_box(&sum), black_box(&own)).expect("a quorum");
    assert_eq!(by_us(), by_peer());
    const CALLS: usize = 20; // one may be shorter than the clock's step
    row(
        bench,
        "combine 3 of 5",
        CALLS,
        1000,
        [
            ("threshold-elgamal", &mut || timed(|| (0..CALLS).for_each(|_| _ = black_box(by_us())))),
            ("elastic-elgamal", &mut || timed(|| (0..CALLS).for_each(|_| _ = black_box(by_peer())))),
        ],
    );
}
