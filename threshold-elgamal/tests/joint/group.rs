//! Participants with a key each, and an epoch in which they are the trustees.
#![allow(clippy::unwrap_used)]

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Infallible, SeedableRng, TryCryptoRng, TryRng};
use curve25519_dalek::RistrettoPoint;
use curve25519_dalek::ristretto::CompressedRistretto;
use meter_link::answer::Threshold;
use meter_link::cohort::{Cohort, Party, Plan};
use meter_link::roster::Roster;
use meter_link::{EpochView, GroupConfig, GroupId, GroupParams, PartyId, Protocol, Role, Round};
use threshold_elgamal::{Error, KeySet, Params, SecretShare};

pub(crate) struct Group {
    pub(crate) params: Params,
    pub(crate) threshold: Threshold,
    pub(crate) view: EpochView,
    pub(crate) roster: Roster,
    pub(crate) participants: Vec<Party>,
    pub(crate) shares: Vec<SecretShare>,
}

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

pub(crate) fn point(bytes: &[u8; 32]) -> RistrettoPoint {
    CompressedRistretto(*bytes).decompress().unwrap()
}

pub(crate) fn slices(frames: &[Vec<u8>]) -> Vec<&[u8]> {
    frames.iter().map(Vec::as_slice).collect()
}

impl Group {
    pub(crate) fn new(participants: u8) -> Group {
        Group::in_epoch(participants, 3)
    }

    pub(crate) fn in_epoch(participants: u8, epoch: u32) -> Group {
        let (params, mut rng) = (params(participants), rng(epoch.into()));
        let Cohort { view, roster, answerers, .. } = cohort(&params, epoch, &mut rng);
        let shares = (1..=participants)
            .zip(&answerers)
            .map(|(i, own)| SecretShare::generate(i, &view, &own.identity, &mut rng).unwrap())
            .collect();
        Group { params, threshold: params.threshold(), view, roster, participants: answerers, shares }
    }

    pub(crate) fn announcements(&self) -> Vec<Vec<u8>> {
        let own = self.shares.iter().zip(&self.participants);
        own.map(|(share, own)| share.announce(&self.view, &own.identity, own.id).unwrap()).collect()
    }

    pub(crate) fn keys(&self) -> Result<KeySet, Error> {
        KeySet::joint(&self.view, self.threshold, &self.roster, &slices(&self.announcements()))
    }
}

fn params(participants: u8) -> Params {
    let config = GroupConfig {
        max_reading: 1_000_000,
        max_meters: 20,
        ..GroupConfig::new(Protocol::Elgamal, GroupId(7))
    };
    Params::new(GroupParams::new(config).unwrap(), Threshold::all_of(participants).unwrap()).unwrap()
}

fn cohort(params: &Params, epoch: u32, rng: &mut ChaCha8Rng) -> Cohort {
    let meters: Vec<PartyId> = (1000..1020).map(PartyId).collect();
    let trustees: Vec<PartyId> = (1..=params.threshold().answerers()).map(|i| PartyId(i.into())).collect();
    let plan = Plan {
        group: params.group(),
        session: params.session(),
        epoch,
        first_round: Round::from(100),
        last_round: Round::from(400),
        meters: &meters,
        answerers: &trustees,
        answerer_role: Role::Trustee,
    };
    Cohort::form(&plan, rng).unwrap()
}

/// Meters and utility of [`Group::new`].
pub(crate) fn others(participants: u8) -> (Vec<Party>, Party) {
    let Cohort { meters, utility, .. } = cohort(&params(participants), 3, &mut rng(3));
    (meters, utility)
}

/// A generator that gives zeros.
pub(crate) struct Stuck;

impl TryRng for Stuck {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}
