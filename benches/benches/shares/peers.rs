//! The same sharings by other crates.

use std::cell::RefCell;
use std::hint::black_box;

use chacha20::ChaCha20Rng;
use prio::field::{Field64 as Prio, FieldElement};
use rand_core::SeedableRng;
use sharks::{Share, Sharks};
use vsss_rs::{Gf256, IdentifierPrimeField, PrimeFieldShare, ReadableShareSet, shamir};

use super::{Shape, readings};

type Scalar = IdentifierPrimeField<p256::Scalar>;
type ScalarShare = PrimeFieldShare<p256::Scalar>;

pub(super) struct Peers {
    shape: Shape,
    bytes: Vec<u8>,
    scalars: Vec<Scalar>,
    elements: Vec<Prio>,
    /// By degree, then secret.
    coefficients: Vec<Vec<Prio>>,
    shares: RefCell<Vec<Vec<Prio>>>,
    rng: RefCell<ChaCha20Rng>,
    /// Quorums to reconstruct from.
    of_sharks: Vec<Share>,
    of_gf256: Vec<Vec<u8>>,
    of_scalars: Vec<Vec<ScalarShare>>,
}

impl Peers {
    pub(super) fn new(shape: Shape, slots: usize) -> Self {
        let (t, m) = (shape.t.into(), shape.m.into());
        let elements: Vec<Prio> = readings(slots).map(Prio::from).collect();
        let mut peers = Peers {
            shape,
            bytes: readings(slots).flat_map(u64::to_le_bytes).collect(),
            scalars: readings(slots).map(|reading| IdentifierPrimeField(reading.into())).collect(),
            coefficients: (1..shape.t)
                .map(|r| elements.iter().map(|e| *e + Prio::from(u64::from(r))).collect())
                .collect(),
            shares: RefCell::new(vec![vec![Prio::zero(); slots]; m]),
            elements,
            rng: RefCell::new(ChaCha20Rng::seed_from_u64(1)),
            of_sharks: Vec::new(),
            of_gf256: Vec::new(),
            of_scalars: Vec::new(),
        };
        let mut rng = peers.rng.borrow_mut();
        let of_sharks = Sharks(shape.t).dealer(&peers.bytes).take(t).collect();
        let mut of_gf256 = Gf256::split_bytes(t, m, &peers.bytes, &mut *rng).expect("a sharing");
        of_gf256.truncate(t);
        let scalars = peers.scalars.iter().map(|secret| {
            let mut shares = shamir::split_secret::<ScalarShare>(t, m, secret, &mut *rng).expect("a sharing");
            shares.truncate(t);
            shares
        });
        let of_scalars = scalars.collect();
        drop(rng);
        (peers.of_sharks, peers.of_gf256, peers.of_scalars) = (of_sharks, of_gf256, of_scalars);
        peers
    }

    /// What is timed is right.
    pub(super) fn check(&self) {
        assert_eq!(Sharks(self.shape.t).recover(&self.of_sharks).expect("a quorum"), self.bytes);
        assert_eq!(Gf256::combine_bytes(&self.of_gf256).expect("a quorum"), self.bytes);
        for (shares, secret) in self.of_scalars.iter().zip(&self.scalars) {
            assert_eq!(shares.combine().expect("a quorum"), *secret);
        }
        self.horner();
        // Of degree t − 1, so the alternating binomial sum of t + 1 values is zero, which x = 0 … t are.
        let shares = self.shares.borrow();
        let t = u64::from(self.shape.t);
        for (n, secret) in self.elements.iter().enumerate() {
            let mut binomial = 1;
            let mut sum = *secret;
            for x in 1..=t {
                binomial = binomial * (t + 1 - x) / x;
                let term = Prio::from(binomial) * shares[usize::try_from(x).expect("small") - 1][n];
                sum = if x % 2 == 1 { sum - term } else { sum + term };
            }
            assert_eq!(sum, Prio::zero());
        }
    }

    /// Its randomness is its own: ChaCha12, per thread.
    pub(super) fn sharks(&self) {
        let dealer = Sharks(self.shape.t).dealer(black_box(&self.bytes));
        black_box(dealer.take(self.shape.m.into()).collect::<Vec<_>>());
    }

    pub(super) fn gf256(&self) {
        let (t, m) = (self.shape.t.into(), self.shape.m.into());
        black_box(Gf256::split_bytes(t, m, black_box(&self.bytes), &mut *self.rng.borrow_mut()))
            .expect("a sharing");
    }

    pub(super) fn scalar(&self) {
        let (t, m) = (self.shape.t.into(), self.shape.m.into());
        let mut rng = self.rng.borrow_mut();
        for secret in black_box(&self.scalars) {
            black_box(shamir::split_secret::<ScalarShare>(t, m, secret, &mut *rng)).expect("a sharing");
        }
    }

    /// prio has no such sharing: its field, by Horner, coefficients given.
    pub(super) fn horner(&self) {
        for (x, share) in (1u64..).zip(self.shares.borrow_mut().iter_mut()) {
            let x = Prio::from(x);
            share.copy_from_slice(self.coefficients.last().expect("t > 1"));
            for row in black_box(&self.coefficients).iter().rev().skip(1).chain([&self.elements]) {
                for (value, c) in share.iter_mut().zip(row) {
                    *value = *value * x + *c;
                }
            }
        }
        black_box(&self.shares);
    }

    pub(super) fn sharks_back(&self) {
        black_box(Sharks(self.shape.t).recover(black_box(&self.of_sharks))).expect("a quorum");
    }

    pub(super) fn gf256_back(&self) {
        black_box(Gf256::combine_bytes(black_box(&self.of_gf256))).expect("a quorum");
    }

    pub(super) fn scalar_back(&self) {
        for shares in black_box(&self.of_scalars) {
            black_box(shares.combine()).expect("a quorum");
        }
    }
}
