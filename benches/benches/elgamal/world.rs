//! A committee of both libraries, and an epoch with its meters.

use chacha20::ChaCha8Rng;
use elastic_elgamal::group::Ristretto;
use elastic_elgamal::sharing::{self, ActiveParticipant, PublicKeySet};
use elastic_elgamal::{PublicKey, SecretKey};
use meter_link::answer::Threshold;
use meter_link::cohort::{Cohort, Plan};
use meter_link::{
    Channels, GroupConfig, GroupId, GroupParams, HighWater, Identity, PartyId, Protocol, Role, Round,
};
use rand_core::SeedableRng;
use threshold_elgamal::{GroupKey, KeySet, Meter, Params, SecretShare, Verifier, deal};

pub(super) const READING: u32 = 3_141_592_653;

pub(super) fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(1)
}

/// n trustees of whom t open: ours by number from 1, theirs by index from 0.
pub(super) struct Committee {
    pub(super) keys: KeySet,
    pub(super) shares: Vec<SecretShare>,
    pub(super) peers: Vec<ActiveParticipant<Ristretto>>,
}

impl Committee {
    pub(super) fn new(n: u8, t: u8) -> Self {
        let threshold = Threshold::trusting_the_utility_not_to_equivocate(n, t).expect("a committee");
        let (keys, shares) = deal(threshold, &mut rng()).expect("keys");
        let public = shares.iter().map(|share| PublicKey::from_bytes(&share.public()).expect("a key"));
        let params = sharing::Params::new(n.into(), t.into());
        let set = PublicKeySet::from_participants(params, public.collect()).expect("the same keys");
        let peer = |(index, share): (usize, &SecretShare)| {
            let secret = SecretKey::from_bytes(share.to_bytes().as_slice()).expect("a scalar");
            ActiveParticipant::new(set.clone(), index, secret).expect("the same share")
        };
        let peers = shares.iter().enumerate().map(peer).collect();
        Committee { keys, shares, peers }
    }

    pub(super) fn key(&self) -> &GroupKey {
        self.keys.group_key()
    }

    pub(super) fn theirs(&self) -> &PublicKeySet<Ristretto> {
        self.peers[0].key_set()
    }
}

/// An epoch of the default committee.
pub(super) struct World {
    pub(super) params: Params,
    pub(super) keys: KeySet,
    pub(super) cohort: Cohort,
}

pub(super) const ROUND: u32 = 200;

impl World {
    pub(super) fn new(meters: u32, proofs: bool) -> Self {
        let config = GroupConfig { max_meters: meters, ..GroupConfig::new(Protocol::Elgamal, GroupId(7)) };
        let group = GroupParams::new(config).expect("a group");
        let params = Params::new(group, Threshold::DEFAULT).expect("parameters");
        let params = if proofs { params } else { params.trust_all_meters() };
        let (keys, _) = deal(params.threshold(), &mut rng()).expect("keys");
        let ids: Vec<PartyId> = (1..=meters + 4).map(PartyId).collect();
        let (answerers, meters) = ids.split_at(4);
        let plan = Plan {
            group: &group,
            session: params.session(),
            epoch: 0,
            first_round: Round::from(100),
            last_round: Round::from(400),
            meters,
            answerers,
            answerer_role: Role::Trustee,
        };
        let cohort = Cohort::form(&plan, &mut rng()).expect("an epoch");
        World { params, keys, cohort }
    }

    pub(super) fn meter(&self, position: usize) -> Meter<&Identity> {
        let (party, channels) = (&self.cohort.meters[position], Channels { first: 0, count: 1 });
        let (view, key) = (&self.cohort.view, self.keys.group_key());
        Meter::new(&self.params, view, party.id, channels, &party.identity, key).expect("a meter")
    }

    pub(super) fn verifier(&self) -> Verifier {
        let Cohort { view, roster, .. } = &self.cohort;
        Verifier::new(&self.params, view, roster, self.keys.group_key()).expect("a verifier")
    }

    pub(super) fn frame(&self, meter: &Meter<&Identity>, reading: i64, rng: &mut ChaCha8Rng) -> Vec<u8> {
        let (mut mark, at) = (HighWater::<1>::new(), Round::from(ROUND));
        let mut out = vec![0; self.params.contribution_len()];
        meter.contribute(&mut mark, at, at, &[reading], &mut out, rng).expect("a contribution").stored();
        out
    }
}
