//! A group with all its roles, which exchange bytes, and a utility that can also sign what it should not.
#![allow(
    dead_code, // each test file uses its part
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use chacha20::ChaCha20Rng;
use dcnet_core::{Error, Holder, Holders, Meter, Neighbour, Params, Place, Utility, graph};
use meter_link::answer::{AnswererLink, Quorum, Threshold};
use meter_link::cohort::{Cohort, Party, Plan as Forming};
use meter_link::roster::Roster;
use meter_link::round::{CloseFields, FrameHash, OpenFields};
use meter_link::{
    Channels, EpochView, Field64, GroupConfig, GroupId, GroupParams, Header, HighWater, Identity, Kind,
    PartyId, Protocol, Round, SetRules,
};
use rand_core::SeedableRng;

/// First round of every epoch here.
pub(crate) const FIRST: u32 = 1000;
/// Last round of every epoch here.
pub(crate) const LAST: u32 = 2000;
/// Channels that every device has.
pub(crate) const DEVICE_CHANNELS: usize = 9;

pub(crate) type Reading = Option<Vec<i64>>;

/// Who the holders are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seats {
    Named,
    /// Meters, drawn by the beacon.
    Drawn,
    /// The thesis' rule.
    Nobody,
}

/// What a group is made from. The same plan gives the same secrets, which is how a test gets at them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) group: u32,
    pub(crate) meters: u32,
    pub(crate) channels: u16,
    pub(crate) threshold: Threshold,
    pub(crate) rules: SetRules,
    pub(crate) max_reading: u64,
    pub(crate) rounds_per_step: u32,
    /// Degree and local threshold; None: everybody is everybody's neighbour.
    pub(crate) drawn: Option<(u32, u32)>,
    pub(crate) seed: u64,
    pub(crate) seats: Seats,
}

impl Plan {
    /// 4 holders of whom 3 open; sets of at least 3 meters and half of those present.
    pub(crate) fn of(meters: u32, channels: u16) -> Self {
        Plan {
            group: 7,
            meters,
            channels,
            threshold: Threshold::DEFAULT,
            rules: SetRules { max_missing_permille: 500, ..SetRules::LEAST },
            max_reading: 1_000_000,
            rounds_per_step: 96,
            drawn: None,
            seed: 1,
            seats: Seats::Named,
        }
    }

    /// Three meters are the least set, however many are present.
    pub(crate) fn any_three(meters: u32) -> Self {
        let plan = Plan::of(meters, 1);
        Plan { rules: SetRules { max_missing_permille: 1000, ..plan.rules }, ..plan }
    }

    pub(crate) fn config(&self) -> GroupConfig {
        GroupConfig {
            channels: self.channels,
            max_reading: self.max_reading,
            max_meters: self.meters,
            rules: self.rules,
            rounds_per_step: self.rounds_per_step,
            ..GroupConfig::new(Protocol::Dcnet, GroupId(self.group))
        }
    }

    pub(crate) fn params(&self) -> Params {
        let group = GroupParams::new(self.config()).unwrap();
        let holders = match self.seats {
            Seats::Named => Holders::Named(self.threshold),
            Seats::Drawn => Holders::Drawn(self.threshold),
            Seats::Nobody => {
                let degree = self.drawn.map_or(0, |(degree, _)| degree);
                return Params::unsafe_without_holders(group, degree).unwrap();
            }
        };
        match self.drawn {
            None => Params::complete(group, holders).unwrap(),
            Some((degree, least)) => {
                Params::drawn_relying_on_the_holders(group, holders, degree, least).unwrap()
            }
        }
    }

    pub(crate) fn meter_ids(&self) -> Vec<PartyId> {
        (0..self.meters).map(|i| PartyId(100 + 7 * i)).collect()
    }

    /// Above and below those of the meters, and not in the order of the numbers.
    pub(crate) fn holder_ids(&self) -> Vec<PartyId> {
        let id = |a: u32| if a.is_multiple_of(2) { 1_000_000 - a } else { 99 - a };
        (0..u32::from(self.threshold.answerers())).map(|a| PartyId(id(a))).collect()
    }

    /// All parties with their secrets, the same at every call. Meters that are holders too stand in both lists.
    pub(crate) fn cohort(&self) -> Cohort {
        if self.seats != Seats::Drawn {
            return self.formed();
        }
        let cohort = self.formed();
        let mut seats = vec![0; self.threshold.answerers().into()];
        graph::committee(cohort.view.context(), self.meters, &mut seats).unwrap();
        let mut again: Vec<Option<Party>> = self.formed().meters.into_iter().map(Some).collect();
        let answerers = seats.iter().map(|seat| again[*seat as usize].take().unwrap()).collect();
        Cohort { answerers, ..cohort.seated(&seats).unwrap() }
    }

    fn formed(&self) -> Cohort {
        let params = self.params();
        let named = if self.seats == Seats::Named { self.holder_ids() } else { Vec::new() };
        let plan = Forming {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(LAST),
            meters: &self.meter_ids(),
            answerers: &named,
            answerer_role: params.holder_role(),
        };
        Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(self.seed)).unwrap()
    }

    /// The device at a position as it comes out of a reboot: nothing remembered.
    pub(crate) fn device(&self, position: usize) -> Device {
        let mut cohort = self.cohort();
        let party = cohort.meters.remove(position);
        device(&self.params(), &cohort.view, &cohort.roster, position as u32, party)
    }

    /// The same holder, with the identity that it signs statements with.
    pub(crate) fn signing_holder(&self, number: u8) -> Holder {
        let mut cohort = self.cohort();
        let party = cohort.answerers.remove(usize::from(number) - 1);
        let holder = Holder::new(&self.params(), &cohort.view, party.id, party.link, &cohort.roster);
        holder.unwrap().signing(party.identity).unwrap()
    }

    /// The holder with a number as it comes out of a reboot: nothing remembered.
    pub(crate) fn holder(&self, number: u8) -> Holder {
        let mut cohort = self.cohort();
        let party = cohort.answerers.remove(usize::from(number) - 1);
        Holder::new(&self.params(), &cohort.view, party.id, party.link, &cohort.roster).unwrap()
    }
}

/// Positions of a meter's neighbours.
pub(crate) fn around(params: &Params, view: &EpochView, position: u32) -> Vec<u32> {
    let mut out = vec![0; view.meters().max(params.degree()) as usize];
    let seed = graph::seed(view.context());
    let n = graph::neighbours(position, view.meters(), params.degree(), &seed, &mut out).unwrap();
    out.truncate(n);
    out
}

/// A meter, and the mark that it shares with every other protocol of the device.
pub(crate) struct Device {
    pub(crate) meter: Meter<Vec<Neighbour>, Vec<AnswererLink>>,
    pub(crate) mark: HighWater<DEVICE_CHANNELS>,
    contribution_len: usize,
    repair_len: usize,
}

fn device(params: &Params, view: &EpochView, roster: &Roster, position: u32, party: Party) -> Device {
    let around = around(params, view, position);
    let members = around.iter().map(|p| (*p, roster.meters()[*p as usize]));
    let channels = Channels { first: 0, count: params.group().channels };
    let place = Place { id: party.id, position, channels };
    let holders = (0..view.answerers()).map(|_| AnswererLink::default()).collect();
    let storage = around.iter().map(|_| Neighbour::default()).collect();
    let (link, listed) = (party.link, roster.answerers());
    let meter = if matches!(params.holders(), Holders::Drawn(_)) {
        let seats = listed.iter().map(|m| (roster.position(m.id).unwrap() as u32, *m));
        Meter::with_committee(params, view, place, link, seats, members, holders, storage)
    } else {
        Meter::new(params, view, place, link, listed, members, holders, storage)
    };
    Device {
        meter: meter.unwrap(),
        mark: HighWater::new(),
        contribution_len: params.contribution_len(),
        repair_len: params.repair_len(),
    }
}

impl Device {
    /// Takes an Open in its own round.
    pub(crate) fn open(&mut self, frame: &[u8]) -> Result<(), Error> {
        self.meter.open(Header::parse(frame)?.round, frame)
    }

    /// The frame, and the record that was stored before.
    pub(crate) fn contribute(&mut self, round: u32, reading: &[i64]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut out = vec![0; self.contribution_len];
        let round = Round::from(round);
        let prepared = self.meter.contribute(&mut self.mark, round, round, reading, &mut out)?;
        let record = prepared.record().to_vec();
        Ok((prepared.stored().to_vec(), record))
    }

    /// The repair that a Close asks for, and the record that was stored before.
    pub(crate) fn close(&mut self, frame: &[u8]) -> Result<(Option<Vec<u8>>, Vec<u8>), Error> {
        let mut out = vec![0; self.repair_len];
        let prepared = self.meter.close(Header::parse(frame)?.round, frame, &mut out)?;
        let record = prepared.record().to_vec();
        Ok((prepared.stored().map(<[u8]>::to_vec), record))
    }
}

/// The utility's key in other hands: it signs any Open and any Close.
pub(crate) struct Forger {
    pub(crate) view: EpochView,
    pub(crate) identity: Identity,
}

impl Forger {
    pub(crate) fn open(&self, round: u32, previous: Option<(Round, FrameHash)>, present: &[bool]) -> Vec<u8> {
        let mut out = vec![0; OpenFields::max_len(present.len() as u32)];
        let fields = OpenFields { round: Round::from(round), previous, present };
        fields.sign(&self.view, &self.identity, &mut out).unwrap().to_vec()
    }

    /// A Close after `previous`, an Open or a Close; final if it names a quorum.
    pub(crate) fn close(
        &self,
        round: u32,
        pass: u8,
        previous: &[u8],
        quorum: Option<&[u8]>,
        set: &[bool],
    ) -> Vec<u8> {
        let fields = CloseFields {
            round: Round::from(round),
            pass,
            previous: meter_link::round::frame_hash(previous),
            quorum: quorum.map(|numbers| Quorum::new(numbers).unwrap()),
            is_final: quorum.is_some(),
            set,
        };
        let mut out = vec![0; CloseFields::max_len(set.len() as u32, self.view.answerers())];
        fields.sign(&self.view, &self.identity, &mut out).unwrap().to_vec()
    }

    /// A final Close where there are no holders, hence no quorum.
    pub(crate) fn last_close(&self, round: u32, pass: u8, previous: &[u8], set: &[bool]) -> Vec<u8> {
        let previous = meter_link::round::frame_hash(previous);
        let fields =
            CloseFields { round: Round::from(round), pass, previous, quorum: None, is_final: true, set };
        let mut out = vec![0; CloseFields::max_len(set.len() as u32, self.view.answerers())];
        fields.sign(&self.view, &self.identity, &mut out).unwrap().to_vec()
    }

    /// Whatever stands in a signed frame, signed anew.
    pub(crate) fn resign(&self, frame: &[u8]) -> Vec<u8> {
        let body = &frame[..frame.len() - Identity::SIGNATURE_LEN];
        let kind = Kind::try_from(body[2]).unwrap();
        let signature = self.identity.sign(kind, &self.view.scope(), body);
        [body, &signature].concat()
    }
}

/// Everybody.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) roster: Roster,
    pub(crate) devices: Vec<Device>,
    pub(crate) holders: Vec<Holder>,
    pub(crate) utility: Utility,
    pub(crate) forger: Forger,
}

impl World {
    pub(crate) fn new(plan: Plan) -> Self {
        let (params, cohort) = (plan.params(), plan.cohort());
        let (view, roster) = (cohort.view, cohort.roster);
        let devices = (0..).zip(cohort.meters);
        let devices = devices.map(|(position, party)| device(&params, &view, &roster, position, party));
        let holders = cohort.answerers.into_iter();
        let own = cohort.utility;
        World {
            plan,
            params,
            view,
            devices: devices.collect(),
            holders: holders
                .map(|party| Holder::new(&params, &view, party.id, party.link, &roster).unwrap())
                .collect(),
            utility: Utility::new(&params, &view, own.identity, own.link, roster.clone()).unwrap(),
            forger: Forger { view, identity: plan.cohort().utility.identity },
            roster,
        }
    }

    /// Its holders sign statements.
    pub(crate) fn certifying(plan: Plan) -> Self {
        let mut world = World::new(plan);
        let identities = plan.cohort().answerers.into_iter().map(|party| party.identity);
        let holders = std::mem::take(&mut world.holders).into_iter().zip(identities);
        world.holders = holders.map(|(holder, identity)| holder.signing(identity).unwrap()).collect();
        world
    }

    pub(crate) fn everybody(&self) -> Vec<bool> {
        vec![true; self.devices.len()]
    }

    /// Everybody but the meters at these positions.
    pub(crate) fn all_but(&self, absent: &[usize]) -> Vec<bool> {
        (0..self.devices.len()).map(|p| !absent.contains(&p)).collect()
    }

    /// Positions of a meter's neighbours.
    pub(crate) fn around(&self, position: usize) -> Vec<usize> {
        around(&self.params, &self.view, position as u32).into_iter().map(|p| p as usize).collect()
    }

    /// A holder by its number.
    pub(crate) fn holder(&mut self, number: u8) -> &mut Holder {
        &mut self.holders[usize::from(number) - 1]
    }
}

/// Readings of either sign, other ones for each meter, channel and round.
pub(crate) fn readings(plan: &Plan, round: u32) -> Vec<Reading> {
    let value = |i: i64, n: i64| (i * 7919 + n * 104_729 + i64::from(round) * 31) % 150_000 - 36_480;
    let reading = |i| (0..i64::from(plan.channels)).map(|n| value(i, n)).collect();
    (0..i64::from(plan.meters)).map(|i| Some(reading(i))).collect()
}

/// The same with some meters silent.
pub(crate) fn silent(mut readings: Vec<Reading>, positions: &[usize]) -> Vec<Reading> {
    positions.iter().for_each(|p| readings[*p] = None);
    readings
}

/// What the utility is to learn, and nothing else.
pub(crate) fn truth(readings: &[Reading]) -> Vec<i64> {
    let mut rows = readings.iter().flatten();
    let first = rows.next().unwrap().clone();
    rows.fold(first, |sum, row| sum.iter().zip(row).map(|(s, v)| s + v).collect())
}

/// Element n of a frame whose payload begins with `skip` other bytes.
pub(crate) fn element(frame: &[u8], skip: usize, n: usize) -> Field64 {
    let at = Header::LEN + skip + n * Field64::LEN;
    Field64::from_bytes(frame[at..at + Field64::LEN].try_into().unwrap()).unwrap()
}

/// What stands in a bound answer before its values: kind, digest, a mask of up to 8 holders.
pub(crate) const ANSWER_HEAD: usize = 1 + 32 + 1;
