//! An epoch with all its secrets, the same in every run.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use meter_link::answer::Quorum;
use meter_link::cohort::{Cohort, Plan};
use meter_link::roster::link_key::Forming;
use meter_link::round::{CloseFields, FrameHash, OpenFields};
use meter_link::{GroupConfig, GroupId, GroupParams, PartyId, Protocol, Role, Round};

pub(crate) const FIRST: u32 = 1000;
pub(crate) const LAST: u32 = 1999;

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn group() -> GroupParams {
    GroupParams::new(GroupConfig::new(Protocol::Dcnet, GroupId(42))).unwrap()
}

pub(crate) fn forming(epoch: u32) -> Forming {
    let group = group();
    let (protocol, session, first_round) = (group.protocol, group.session(b"test"), Round::from(FIRST));
    Forming { protocol, group: group.group, session, epoch, first_round }
}

/// Meters 1 … n, holders 101 ….
pub(crate) fn cohort(seed: u64, meters: u32, holders: u32) -> Cohort {
    let meters: Vec<PartyId> = (1..=meters).map(PartyId).collect();
    let answerers: Vec<PartyId> = (101..101 + holders).map(PartyId).collect();
    let plan = Plan {
        group: &group(),
        session: group().session(b"test"),
        epoch: 3,
        first_round: Round::from(FIRST),
        last_round: Round::from(LAST),
        meters: &meters,
        answerers: &answerers,
        answerer_role: Role::Holder,
    };
    Cohort::form(&plan, &mut rng(seed)).unwrap()
}

pub(crate) fn open(
    cohort: &Cohort,
    round: u32,
    previous: Option<(u32, FrameHash)>,
    present: &[bool],
) -> Vec<u8> {
    let previous = previous.map(|(round, hash)| (Round::from(round), hash));
    let mut out = vec![0; OpenFields::max_len(cohort.view.meters())];
    let fields = OpenFields { round: Round::from(round), previous, present };
    fields.sign(&cohort.view, &cohort.utility.identity, &mut out).unwrap().to_vec()
}

pub(crate) fn last_close(
    cohort: &Cohort,
    round: u32,
    previous: FrameHash,
    quorum: &[u8],
    set: &[bool],
) -> Vec<u8> {
    let quorum = (cohort.view.answerers() > 0).then(|| Quorum::new(quorum).unwrap());
    let fields = CloseFields { round: Round::from(round), pass: 1, previous, quorum, is_final: true, set };
    let mut out = vec![0; CloseFields::max_len(cohort.view.meters(), cohort.view.answerers())];
    fields.sign(&cohort.view, &cohort.utility.identity, &mut out).unwrap().to_vec()
}
