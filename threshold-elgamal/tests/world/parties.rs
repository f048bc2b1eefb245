//! A whole group in one process: every role is the real one, and they exchange bytes.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::LazyLock;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use meter_link::answer::{Quorum, Threshold};
use meter_link::cohort::{Cohort, Party, Plan};
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Identity, PartyId, Protocol, Role,
    Round,
};
use threshold_elgamal::{
    Closed, Collecting, DlogTable, Error, KeySet, Meter, Params, Post, SecretShare, Sum, Trustee, Utility,
    deal,
};

pub(crate) const FIRST: u32 = 100;
pub(crate) const LAST: u32 = 1000;

pub(crate) static TABLE: LazyLock<DlogTable> = LazyLock::new(|| DlogTable::build(12).unwrap());

pub(crate) struct World {
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) keys: KeySet,
    pub(crate) utility: Utility,
    pub(crate) trustees: Vec<Trustee>,
    pub(crate) meters: Vec<Party>,
    pub(crate) rng: ChaCha8Rng,
    seed: u64,
}

pub(crate) fn config(meters: u32) -> GroupConfig {
    GroupConfig {
        max_reading: 1_000_000,
        max_meters: meters.max(1),
        ..GroupConfig::new(Protocol::Elgamal, GroupId(7))
    }
}

pub(crate) fn params(meters: u32) -> Params {
    Params::new(GroupParams::new(config(meters)).unwrap(), Threshold::DEFAULT).unwrap()
}

pub(crate) fn round(n: u32) -> Round {
    Round::from(n)
}

/// The same parameters and seed make the same keys and parties, to the byte.
pub(crate) fn form(params: &Params, meters: u32, seed: u64) -> (KeySet, Vec<SecretShare>, Cohort) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (keys, shares) = deal(params.threshold(), &mut rng).unwrap();
    let meter_ids: Vec<PartyId> = (0..meters).map(|i| PartyId(1000 + 7 * i)).collect();
    let trustee_ids: Vec<PartyId> = (1..=params.threshold().answerers()).map(|i| PartyId(i.into())).collect();
    let plan = Plan {
        group: params.group(),
        session: params.session(),
        epoch: 3,
        first_round: round(FIRST),
        last_round: round(LAST),
        meters: &meter_ids,
        answerers: &trustee_ids,
        answerer_role: Role::Trustee,
    };
    (keys, shares, Cohort::form(&plan, &mut rng).unwrap())
}

impl World {
    /// 4 trustees of whom 3 open, one channel.
    pub(crate) fn new(meters: u32) -> World {
        World::with(params(meters), meters, 1)
    }

    pub(crate) fn with(params: Params, meters: u32, seed: u64) -> World {
        let (keys, shares, cohort) = form(&params, meters, seed);
        let Cohort { view, roster, utility, meters, answerers } = cohort;
        let trustees = answerers.into_iter().zip(shares).map(|(party, share)| {
            let Party { id, identity, link, .. } = party;
            let post = Post { id, identity, link, share };
            Trustee::new(&params, &view, post, &keys, roster.clone()).unwrap()
        });
        let trustees = trustees.collect();
        let Party { identity, link, .. } = utility;
        let utility = Utility::new(&params, &view, identity, link, &keys, roster).unwrap();
        let rng = ChaCha8Rng::seed_from_u64(!seed);
        World { params, view, keys, utility, trustees, meters, rng, seed }
    }

    /// The secrets of this world once more: for those of its parties that collude.
    pub(crate) fn secrets(&self) -> (Vec<SecretShare>, Cohort) {
        let (_, shares, cohort) = form(&self.params, self.view.meters(), self.seed);
        (shares, cohort)
    }

    /// Loses all that utility and trustees know, records included.
    pub(crate) fn forget(&mut self) {
        let World { utility, trustees, .. } = World::with(self.params, self.view.meters(), self.seed);
        (self.utility, self.trustees) = (utility, trustees);
    }

    pub(crate) fn meter(&self, position: usize) -> Meter<&Identity> {
        meter(&self.params, &self.view, &self.keys, &self.meters[position])
    }

    /// A contribution as a meter sends it that has never sent before.
    pub(crate) fn frame(&mut self, position: usize, at: Round, reading: &[i64]) -> Vec<u8> {
        let (mut mark, mut out) = (HighWater::<8>::new(), vec![0; self.params.contribution_len()]);
        let meter = meter(&self.params, &self.view, &self.keys, &self.meters[position]);
        let prepared = meter.contribute(&mut mark, at, at, reading, &mut out, &mut self.rng).unwrap();
        prepared.stored().to_vec()
    }

    /// An open round with a frame of each meter that has a reading; the trustees have seen the Open.
    pub(crate) fn collect(&mut self, at: Round, readings: &[Option<i64>]) -> Collecting {
        let present = vec![true; readings.len()];
        let mut collecting = self.utility.open(at, at, &present).unwrap();
        for trustee in &mut self.trustees {
            trustee.open(at, collecting.frame()).unwrap();
        }
        for (position, reading) in readings.iter().enumerate() {
            if let Some(reading) = reading {
                let frame = self.frame(position, at, &[*reading]);
                collecting.accept(&frame).unwrap();
            }
        }
        collecting
    }

    /// Lets the quorum agree and answer.
    pub(crate) fn answer(&mut self, at: Round, closed: &mut Closed, quorum: &[u8]) -> Result<(), Error> {
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        for number in quorum {
            let trustee = &mut self.trustees[usize::from(*number) - 1];
            let statement = trustee.agree(at, closed.frame(), &slices(&list))?.stored();
            closed.accept_statement(&statement)?;
        }
        let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
        for number in quorum {
            let share = self.trustees[usize::from(*number) - 1].answer(&slices(&statements))?;
            closed.accept(&share.stored())?;
        }
        Ok(())
    }

    pub(crate) fn sum(&mut self, at: Round, readings: &[Option<i64>], quorum: &[u8]) -> Result<Sum, Error> {
        let collecting = self.collect(at, readings);
        let mut closed = self.utility.close(collecting, &Quorum::new(quorum)?)?;
        self.answer(at, &mut closed, quorum)?;
        self.utility.record(&closed, &TABLE)
    }
}

pub(crate) fn slices(frames: &[Vec<u8>]) -> Vec<&[u8]> {
    frames.iter().map(Vec::as_slice).collect()
}

fn meter<'d>(params: &Params, view: &EpochView, keys: &KeySet, party: &'d Party) -> Meter<&'d Identity> {
    let channels = Channels { first: 0, count: params.group().channels };
    Meter::new(params, view, party.id, channels, &party.identity, keys.group_key()).unwrap()
}
