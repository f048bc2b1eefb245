//! What both protocols' groups have in common: parties, lists, epoch, readings, and how C is told of them.

use chacha20::ChaCha20Rng;
use meter_link::cohort::{Cohort, Party, Plan};
use meter_link::roster::{List, Roster, link_key};
use meter_link::{
    GroupConfig, GroupId, GroupParams, LinkSecret, PartyId, Protocol, Role, Round, Session, SetRules,
};
use rand_core::{Rng, SeedableRng};

use crate::c;

pub(crate) const FIRST: u32 = 100_000;
pub(crate) const LAST: u32 = 100_999;
/// The second round of a scene is of the next ratchet step.
pub(crate) const ROUNDS: [u32; 2] = [100_010, 100_100];
/// When the beacon comes, Unix seconds.
pub(crate) const BEACON_TIME: u64 = 89_990_000;
pub(crate) const EPOCH: u32 = 3;
pub(crate) const SEED: u64 = 20_261_121;

pub(crate) fn params(protocol: Protocol, meters: u32, channels: u16) -> GroupParams {
    let rules = SetRules { max_missing_permille: 250, ..SetRules::LEAST };
    let plain = GroupConfig::new(protocol, GroupId(17));
    GroupParams::new(GroupConfig { channels, max_meters: meters, rules, ..plain }).unwrap()
}

pub(crate) struct Group {
    pub(crate) cohort: Cohort,
    /// The one that C plays.
    pub(crate) position: usize,
    link_secret: [u8; 32],
    forming: link_key::Forming,
    /// What each party sent to get into the lists, by list and leaf.
    announcements: [Vec<Vec<u8>>; 2],
}

impl Group {
    pub(crate) fn new(params: &GroupParams, session: Session, answerer_role: Role, answerers: u8) -> Self {
        let meters: Vec<PartyId> = (0..params.max_meters).map(|i| PartyId(1000 + 3 * i)).collect();
        let answerers = &[5, 900_000, 7, 3, 8].map(PartyId)[..answerers.into()];
        let plan = Plan {
            group: params,
            session,
            epoch: EPOCH,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &meters,
            answerers,
            answerer_role,
        };
        let mut cohort = Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(SEED)).unwrap();
        let position = meters.len() / 2;
        // The cohort draws an identity and a link key for each party, beginning with the utility.
        let mut rng = ChaCha20Rng::seed_from_u64(SEED);
        let mut link_secret = [0u8; 32];
        for _ in 0..2 * (1 + position + 1) {
            rng.fill_bytes(&mut link_secret);
        }
        let drawn = LinkSecret::from_bytes(&mut link_secret.clone());
        assert!(drawn.public() == cohort.roster.meters()[position].link);
        cohort.meters[position].link = drawn;
        let forming = *cohort.roster.forming();
        let announce = |party: &Party| {
            let (id, role, link) = (party.id, party.role, party.link.public());
            link_key::announce(&forming, id, role, &party.identity, link).unwrap().to_vec()
        };
        let members = std::iter::once(&cohort.utility).chain(&cohort.meters).map(announce).collect();
        let answerers = cohort.answerers.iter().map(announce).collect();
        Group { announcements: [members, answerers], cohort, position, link_secret, forming }
    }

    pub(crate) fn roster(&self) -> &Roster {
        &self.cohort.roster
    }

    /// Everything that does not depend on the protocol, with names that begin with `scene_`.
    pub(crate) fn to_c(&self, name: &str) -> String {
        let (roster, forming) = (self.roster(), &self.forming);
        let epoch = self.cohort.view.epoch();
        let root =
            roster.root(epoch.last_round, BEACON_TIME).sign(forming, &self.cohort.utility.identity).unwrap();
        let own = &roster.meters()[self.position];
        let merkle = |list| c::list(&roster.inclusion(list, 0, &[]).merkle_root);
        let lists = format!(
            "{{.meters = {}, .answerers = {}, .roster_merkle = {}, .answerers_merkle = {}}}",
            roster.meters().len(),
            roster.answerers().len(),
            merkle(List::Roster),
            merkle(List::Answerers)
        );
        let at = |part: &str| format!("scene_{name}_{part}");
        let answerers = roster.answerers();
        let mut text = c::bytes(&at("root"), &root)
            + &c::bytes(&at("beacon"), &epoch.beacon)
            + &c::number("uint64_t", &at("beacon_time"), BEACON_TIME)
            + &c::number("uint64_t", &at("first_round"), FIRST)
            + &c::number("uint32_t", &at("epoch"), EPOCH)
            + &c::structure("wattsum_lists", &at("lists"), &lists)
            + &c::array("scene_party", &at("utility"), [self.party(List::Roster, 0)].into_iter())
            + &c::number("uint32_t", &at("id"), own.id.0)
            + &c::number("uint32_t", &at("position"), self.position)
            + &c::bytes(&at("link_secret"), &self.link_secret);
        // An empty list is none of C.
        if !answerers.is_empty() {
            let entries = (0..answerers.len()).map(|leaf| self.party(List::Answerers, leaf));
            text += &c::array("scene_party", &at("answerers"), entries);
        }
        let rounds = ROUNDS.iter().map(u32::to_string);
        text += &c::array("uint64_t", &at("rounds"), rounds);
        text
    }

    /// A party as another gets to know it: certified identity, announcement, place in a list and its proof.
    pub(crate) fn party(&self, list: List, leaf: usize) -> String {
        let roster = self.roster();
        let member = match list {
            List::Roster if leaf == 0 => roster.utility(),
            List::Roster => roster.meters().get(leaf - 1),
            List::Answerers => roster.answerers().get(leaf),
        };
        let member = member.unwrap();
        let announcements = match list {
            List::Roster => &self.announcements[0],
            List::Answerers => &self.announcements[1],
        };
        let path = roster.path(list, leaf);
        format!(
            "{{.id = {}, .role = {}, .leaf = {leaf}, .hashes = {}, .identity = {}, .announcement = {}, .path = {}}}",
            member.id.0,
            member.role as u8,
            path.len(),
            c::list(&member.identity.0),
            c::list(&announcements[leaf]),
            c::list(path.as_flattened())
        )
    }

    /// Readings of either sign, other ones for each meter, channel and round.
    pub(crate) fn readings(&self, round: u32) -> Vec<Vec<i64>> {
        let channels = self.cohort.view.group().channels;
        let value = |i: i64, n: i64| (i * 7919 + n * 104_729 + i64::from(round) * 31) % 150_000 - 36_480;
        let reading = |i| (0..i64::from(channels)).map(|n| value(i, n)).collect();
        (0..self.roster().meters().len() as i64).map(reading).collect()
    }
}

/// The common part of a group's parameters.
pub(crate) fn to_c(group: &GroupParams) -> String {
    format!(
        "{{.origin = {}, .max_reading = {}, .period = {}, .group = {}, .max_meters = {}, .min_honest = {}, \
         .max_colluding = {}, .rounds_per_step = {}, .channels = {}, .max_missing_permille = {}}}",
        group.schedule.origin,
        group.max_reading,
        group.schedule.period,
        group.group.0,
        group.max_meters,
        group.rules.min_honest,
        group.rules.max_colluding,
        group.rounds_per_step,
        group.channels,
        group.rules.max_missing_permille
    )
}

/// What a set's meters read, added up.
pub(crate) fn truth(readings: &[Vec<i64>], silent: Option<usize>) -> Vec<i64> {
    let mut sums = vec![0; readings[0].len()];
    for (_, reading) in readings.iter().enumerate().filter(|(position, _)| Some(*position) != silent) {
        for (sum, value) in sums.iter_mut().zip(reading) {
            *sum += value;
        }
    }
    sums
}

/// A meter's frames of the rounds, in C.
pub(crate) fn rounds_to_c(name: &str, part: &str, frames: &[Vec<u8>]) -> String {
    let mut text = String::new();
    for (number, frame) in frames.iter().enumerate() {
        text += &c::bytes(&format!("scene_{name}_{part}_{number}"), frame);
    }
    text
}

/// A meter's readings of the rounds, in C.
pub(crate) fn readings_to_c(name: &str, readings: &[Vec<i64>]) -> String {
    let mut text = String::new();
    for (number, reading) in readings.iter().enumerate() {
        let values = reading.iter().map(i64::to_string);
        text += &c::array("int64_t", &format!("scene_{name}_reading_{number}"), values);
    }
    text
}
