//! A whole group in one process: every role is the real one, and they exchange bytes.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::Arc;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use ckks_agg::joint::{Joining, JointSecret, Participant};
use ckks_agg::{
    Analytics, Closed, Collecting, Encoder, Encryptor, Error, KeyHolder, Meter, NoiseSecret, Opening, Params,
    Preset, PublicKey, Ring, SecretKey, Totals, Trustee, Values, certified, key_digest,
};
use meter_link::answer::{Quorum, Threshold};
use meter_link::cohort::{Cohort, Party, Plan};
use meter_link::roster::Roster;
use meter_link::{
    Channels, EpochView, GroupConfig, GroupId, GroupParams, HighWater, Identity, Kind, PartyId, Protocol,
    Role, Round,
};

pub(crate) const FIRST: u32 = 100;
pub(crate) const LAST: u32 = 104;

pub(crate) type OurMeter<'d> = Meter<&'d Identity, Encryptor, Vec<[u8; 32]>>;

pub(crate) struct World {
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) ring: Arc<Ring>,
    pub(crate) encoder: Arc<Encoder>,
    pub(crate) key: Arc<PublicKey>,
    pub(crate) key_statements: Vec<Vec<u8>>,
    pub(crate) roster: Roster,
    pub(crate) utility: Analytics,
    pub(crate) trustees: Vec<Trustee>,
    pub(crate) holder: Option<KeyHolder>,
    pub(crate) meters: Vec<Party>,
    pub(crate) secrets: Vec<[u8; 32]>,
    pub(crate) statements: Vec<Vec<u8>>,
    pub(crate) rng: ChaCha8Rng,
    pub(crate) seed: u64,
}

pub(crate) fn config(meters: u32) -> GroupConfig {
    GroupConfig {
        max_reading: 8000,
        max_meters: meters.max(3),
        ..GroupConfig::new(Protocol::Ckks, GroupId(7))
    }
}

pub(crate) fn three_of_five() -> Opening {
    Opening::Trustees(Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap())
}

pub(crate) fn params(meters: u32, opening: Opening, values: Values) -> Params {
    Params::new(GroupParams::new(config(meters)).unwrap(), opening, Preset::Shared, values).unwrap()
}

pub(crate) fn round(n: u32) -> Round {
    Round::from(n)
}

/// The same parameters and seed make the same parties, to the byte.
pub(crate) fn form(params: &Params, meters: u32, seed: u64) -> Cohort {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let meter_ids: Vec<PartyId> = (0..meters).map(|i| PartyId(1000 + 7 * i)).collect();
    let answerers: Vec<PartyId> = (1..=params.answerers()).map(|i| PartyId(i.into())).collect();
    let plan = Plan {
        group: params.group(),
        session: params.session(),
        epoch: 3,
        first_round: round(FIRST),
        last_round: round(LAST),
        meters: &meter_ids,
        answerers: &answerers,
        answerer_role: if params.opening() == Opening::Holder { Role::Holder } else { Role::Trustee },
    };
    Cohort::form(&plan, &mut rng).unwrap()
}

/// The key ceremony of all trustees, with every frame to everybody.
pub(crate) fn ceremony(
    params: &Params,
    cohort: &Cohort,
    ring: &Arc<Ring>,
    rng: &mut ChaCha8Rng,
) -> (Vec<JointSecret>, PublicKey, Vec<Vec<u8>>) {
    let who = |party: usize| {
        let Party { id, identity, link, .. } = &cohort.answerers[party];
        Participant { id: *id, identity, link }
    };
    let n = cohort.answerers.len();
    let mut joining: Vec<Joining> = (0..n)
        .map(|i| Joining::begin(params, &cohort.view, ring, &cohort.roster, who(i), rng).unwrap().stored())
        .collect();
    let frames: Vec<Vec<u8>> = joining.iter().map(|j| j.frame().to_vec()).collect();
    for joining in &mut joining {
        assert_eq!(joining.missing().count(), n - 1);
        frames.iter().for_each(|frame| assert!(joining.accept(frame).is_ok()));
        assert_eq!(joining.missing().count(), 0);
    }
    let mut revealing: Vec<_> =
        joining.into_iter().enumerate().map(|(i, j)| j.close(who(i).identity).unwrap()).collect();
    let frames: Vec<Vec<u8>> = revealing.iter().map(|r| r.frame().to_vec()).collect();
    for revealing in &mut revealing {
        frames.iter().for_each(|frame| assert!(revealing.accept(frame).is_ok()));
    }
    let mut sharing: Vec<_> = revealing.into_iter().map(|r| r.close().unwrap()).collect();
    let frames: Vec<(PartyId, Vec<u8>)> =
        sharing.iter().flat_map(|s| s.frames().map(|(to, frame)| (to, frame.to_vec()))).collect();
    for (party, sharing) in cohort.answerers.iter().zip(&mut sharing) {
        for (_, frame) in frames.iter().filter(|(to, _)| *to == party.id) {
            sharing.accept(frame).unwrap();
        }
        assert_eq!(sharing.missing().count(), 0);
    }
    let statements = sharing.iter().enumerate().map(|(i, s)| s.statement(who(i).identity).unwrap().to_vec());
    let statements = statements.collect();
    let (secrets, mut keys): (Vec<_>, Vec<_>) = sharing.into_iter().map(|s| s.close().unwrap()).unzip();
    assert!(keys.iter().all(|key| key.to_bytes() == keys[0].to_bytes()));
    (secrets, keys.remove(0), statements)
}

impl World {
    /// 3 of 5 trustees, one channel, whole readings; keys made, commitments certified.
    pub(crate) fn new(meters: u32) -> World {
        World::with(params(meters, three_of_five(), Values::Integers), meters, 1)
    }

    pub(crate) fn held(meters: u32) -> World {
        World::with(params(meters, Opening::Holder, Values::Integers), meters, 1)
    }

    pub(crate) fn with(params: Params, meters: u32, seed: u64) -> World {
        let mut world = World::uncommitted(params, meters, seed);
        if !params.trusts_all_meters() {
            for i in 0..world.meters.len() {
                let frame = world.meter_uncertified(i).commit().unwrap();
                world.utility.accept_commitment(&frame).unwrap();
            }
            world.certify();
        }
        world
    }

    /// With keys, and nothing committed to.
    pub(crate) fn uncommitted(params: Params, meters: u32, seed: u64) -> World {
        let cohort = form(&params, meters, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let ring = Ring::new(params.preset());
        let encoder = Arc::new(Encoder::new(&ring));
        let (mut trustees, mut holder) = (Vec::new(), None);
        let (key, key_statements);
        if params.opening() == Opening::Holder {
            let secret = SecretKey::of_epoch(&ring, &cohort.view, &mut rng);
            key = secret.public_key().clone();
            let Party { identity, link, .. } = form(&params, meters, seed).answerers.remove(0);
            let roster = cohort.roster.clone();
            let own =
                KeyHolder::new(&params, &cohort.view, identity, &link, secret, &encoder, roster).unwrap();
            key_statements = vec![own.statement().unwrap().to_vec()];
            holder = Some(own);
        } else {
            let (secrets, public, statements) = ceremony(&params, &cohort, &ring, &mut rng);
            (key, key_statements) = (public, statements);
            let parties = form(&params, meters, seed).answerers;
            for (Party { identity, link, .. }, secret) in parties.into_iter().zip(secrets) {
                let roster = cohort.roster.clone();
                trustees.push(
                    Trustee::new(&params, &cohort.view, identity, &link, secret, &key, roster).unwrap(),
                );
            }
        }
        let Cohort { view, roster, utility, meters, .. } = cohort;
        let slices: Vec<&[u8]> = key_statements.iter().map(Vec::as_slice).collect();
        let stated =
            certified(&params, &view, Kind::PublicKeyStatement, roster.answerers(), &slices).unwrap();
        assert_eq!(stated, key_digest(&key.to_bytes()));
        let Party { identity, link, .. } = utility;
        let utility = Analytics::new(&params, &view, identity, link, &key, &encoder, roster.clone()).unwrap();
        let secrets = meters.iter().map(|m| *NoiseSecret::generate(&view, &m.identity, &mut rng).to_bytes());
        let secrets = secrets.collect();
        World {
            params,
            view,
            ring,
            encoder,
            key: Arc::new(key),
            key_statements,
            roster,
            utility,
            trustees,
            holder,
            meters,
            secrets,
            statements: Vec::new(),
            rng,
            seed,
        }
    }

    /// The list goes to all answerers, and their statements come back.
    pub(crate) fn certify(&mut self) {
        let list = self.utility.list().unwrap();
        let mut statements: Vec<Vec<u8>> =
            self.trustees.iter_mut().map(|t| t.certify(&list).unwrap().stored()).collect();
        statements.extend(self.holder.iter_mut().map(|h| h.certify(&list).unwrap().stored()));
        for statement in &statements {
            self.utility.accept_list_statement(statement).unwrap();
        }
        self.statements = self.utility.list_statements().map(<[u8]>::to_vec).collect();
        assert!(self.utility.is_certified());
    }

    pub(crate) fn meter_uncertified(&self, position: usize) -> OurMeter<'_> {
        let party = &self.meters[position];
        let rounds = if self.params.trusts_all_meters() { 0 } else { (LAST - FIRST + 1) as usize };
        let channels = Channels { first: 0, count: self.params.group().channels };
        let secret = NoiseSecret::from_bytes(&mut self.secrets[position].clone());
        let key = Encryptor::new(&self.key, &self.encoder);
        let leaves = vec![[0; 32]; rounds];
        Meter::new(&self.params, &self.view, party.id, channels, &party.identity, secret, key, leaves)
            .unwrap()
    }

    pub(crate) fn meter(&self, position: usize) -> OurMeter<'_> {
        let mut meter = self.meter_uncertified(position);
        if !self.params.trusts_all_meters() {
            meter.commit().unwrap();
            meter.certify(&self.view, self.roster.answerers(), &slices(&self.statements)).unwrap();
        }
        meter
    }

    /// A contribution as a meter sends it that has never sent before.
    pub(crate) fn frame(&self, position: usize, at: Round, reading: &[i64]) -> Vec<u8> {
        let mut meter = self.meter(position);
        let (mut mark, mut out) = (HighWater::<64>::new(), vec![0; meter.buffer_len()]);
        let prepared = meter.contribute(&mut mark, at, at, reading, &mut out).unwrap();
        prepared.stored().to_vec()
    }

    /// An open round that the answerers follow.
    pub(crate) fn open(&mut self, at: Round) -> Collecting {
        let present = vec![true; self.meters.len()];
        let collecting = self.utility.open(at, at, &present).unwrap();
        for trustee in &mut self.trustees {
            trustee.open(at, collecting.frame()).unwrap();
        }
        if let Some(holder) = &mut self.holder {
            holder.open(at, collecting.frame()).unwrap();
        }
        collecting
    }

    /// The same with a frame of each meter that has a reading.
    pub(crate) fn collect(&mut self, at: Round, readings: &[Option<Vec<i64>>]) -> Collecting {
        let mut collecting = self.open(at);
        for (position, reading) in readings.iter().enumerate() {
            if let Some(reading) = reading {
                collecting.accept(&self.frame(position, at, reading)).unwrap();
            }
        }
        collecting
    }

    /// Lets the quorum agree and answer.
    pub(crate) fn answer(&mut self, at: Round, closed: &mut Closed, quorum: &[u8]) -> Result<(), Error> {
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        if let Some(holder) = &mut self.holder {
            let frame = holder.answer(at, closed.frame(), &slices(&list), &mut self.rng)?.stored();
            closed.accept(&frame)?;
            return Ok(());
        }
        for number in quorum {
            let trustee = &mut self.trustees[usize::from(*number) - 1];
            let statement = trustee.agree(at, closed.frame(), &slices(&list))?.stored();
            closed.accept_statement(&statement)?;
        }
        let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
        for number in quorum {
            let trustee = &mut self.trustees[usize::from(*number) - 1];
            let share = trustee.answer(&slices(&statements), &mut self.rng)?;
            closed.accept(&share.stored())?;
        }
        Ok(())
    }

    pub(crate) fn play(
        &mut self,
        at: u32,
        readings: &[Option<Vec<i64>>],
        quorum: &[u8],
    ) -> Result<Totals, Error> {
        let at = round(at);
        let collecting = self.collect(at, readings);
        let mut closed = self.utility.close(collecting, &Quorum::new(quorum)?)?;
        self.answer(at, &mut closed, quorum)?;
        self.utility.record(&closed)
    }
}

pub(crate) fn slices(frames: &[Vec<u8>]) -> Vec<&[u8]> {
    frames.iter().map(Vec::as_slice).collect()
}
