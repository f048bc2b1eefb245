//! A group with all its roles, which exchange bytes, and a utility that can also sign what it should not.
#![allow(
    dead_code, // each test file uses its part
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use chacha20::ChaCha20Rng;
use meter_link::answer::{AnswererLink, Quorum, Threshold};
use meter_link::cohort::{Cohort, Party, Plan as Forming};
use meter_link::roster::Roster;
use meter_link::round::{CloseFields, FrameHash, OpenFields};
use meter_link::{
    Channels, EpochView, Field64, GroupConfig, GroupId, GroupParams, Header, HighWater, Identity, Kind,
    PartyId, Protocol, Role, Round, SetRules,
};
use rand_core::SeedableRng;
use shamir_agg::{
    Aggregator, Bill, Certified, CertifiedBilling, CheckedBills, CheckedSum, Closed, Collecting, Error,
    Meter, Params, Post, Sum, Utility,
};

/// First round of every epoch here.
pub(crate) const FIRST: u32 = 1000;
/// Last round of every epoch here.
pub(crate) const LAST: u32 = 2000;
/// Channels that every device has.
pub(crate) const DEVICE_CHANNELS: usize = 9;

pub(crate) type Reading = Option<Vec<i64>>;

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
    /// Rounds of a window and `min_rounds`, where there are bills.
    pub(crate) windows: Option<(u32, u32)>,
    pub(crate) last: u32,
    pub(crate) seed: u64,
}

impl Plan {
    /// 4 aggregators of whom 3 open; sets of at least 3 meters and half of those present.
    pub(crate) fn of(meters: u32, channels: u16) -> Self {
        Plan {
            group: 7,
            meters,
            channels,
            threshold: Threshold::DEFAULT,
            rules: SetRules { max_missing_permille: 500, ..SetRules::LEAST },
            max_reading: 1_000_000,
            rounds_per_step: 96,
            windows: None,
            last: LAST,
            seed: 1,
        }
    }

    /// The same with bills: windows of 12 rounds and κ = 5.
    pub(crate) fn billed(meters: u32, channels: u16) -> Self {
        let rules = SetRules { min_honest: 5, max_missing_permille: 500, ..SetRules::LEAST };
        Plan { rules, windows: Some((12, 6)), rounds_per_step: 5, ..Plan::of(meters, channels) }
    }

    pub(crate) fn config(&self) -> GroupConfig {
        GroupConfig {
            channels: self.channels,
            max_reading: self.max_reading,
            rules: self.rules,
            rounds_per_step: self.rounds_per_step,
            ..GroupConfig::new(Protocol::Shamir, GroupId(self.group))
        }
    }

    pub(crate) fn params(&self) -> Params {
        let params = Params::new(GroupParams::new(self.config()).unwrap(), self.threshold).unwrap();
        match self.windows {
            Some((rounds, min_rounds)) => params.with_windows(rounds, min_rounds).unwrap(),
            None => params,
        }
    }

    pub(crate) fn meter_ids(&self) -> Vec<PartyId> {
        (0..self.meters).map(|i| PartyId(100 + 7 * i)).collect()
    }

    /// Above and below those of the meters, and not in the order of the numbers.
    pub(crate) fn aggregator_ids(&self) -> Vec<PartyId> {
        let id = |a: u32| if a.is_multiple_of(2) { 1_000_000 - a } else { 99 - a };
        (0..u32::from(self.threshold.answerers())).map(|a| PartyId(id(a))).collect()
    }

    /// All parties with their secrets, the same at every call.
    pub(crate) fn cohort(&self) -> Cohort {
        let params = self.params();
        let plan = Forming {
            group: params.group(),
            session: params.session(),
            epoch: 3,
            first_round: Round::from(FIRST),
            last_round: Round::from(self.last),
            meters: &self.meter_ids(),
            answerers: &self.aggregator_ids(),
            answerer_role: Role::Aggregator,
        };
        Cohort::form(&plan, &mut ChaCha20Rng::seed_from_u64(self.seed)).unwrap()
    }

    /// The device at a position as it comes out of a reboot: nothing remembered.
    pub(crate) fn device(&self, position: usize) -> Device {
        self.device_on(position, 0)
    }

    /// The same, with this session on other channels of the device.
    pub(crate) fn device_on(&self, position: usize, first: u16) -> Device {
        let mut cohort = self.cohort();
        device(&self.params(), &cohort.view, &cohort.roster, cohort.meters.remove(position), first)
    }

    /// The utility as it comes out of a reboot: nothing remembered.
    pub(crate) fn utility(&self) -> Utility {
        let cohort = self.cohort();
        let own = cohort.utility;
        Utility::new(&self.params(), &cohort.view, own.identity, own.link, cohort.roster).unwrap()
    }

    /// The aggregator with a number as it comes out of a reboot: nothing remembered.
    pub(crate) fn aggregator(&self, number: u8) -> Aggregator {
        let mut cohort = self.cohort();
        let party = cohort.answerers.remove(usize::from(number) - 1);
        Aggregator::new(&self.params(), &cohort.view, post(party), &cohort.roster).unwrap()
    }
}

fn post(party: Party) -> Post {
    Post { id: party.id, identity: party.identity, link: party.link }
}

/// A meter, and the mark that it shares with every other protocol of the device.
pub(crate) struct Device {
    pub(crate) meter: Meter<Vec<AnswererLink>>,
    pub(crate) mark: HighWater<DEVICE_CHANNELS>,
    len: usize,
}

fn device(params: &Params, view: &EpochView, roster: &Roster, party: Party, first: u16) -> Device {
    let storage = (0..view.answerers()).map(|_| AnswererLink::default()).collect();
    let channels = Channels { first, count: params.group().channels };
    let aggregators = roster.answerers();
    let meter = Meter::new(params, view, party.id, channels, party.link, aggregators, storage).unwrap();
    Device { meter, mark: HighWater::new(), len: params.contribution_len() }
}

impl Device {
    /// The frame, and the record that was stored before.
    pub(crate) fn contribute(&mut self, round: u32, reading: &[i64]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut out = vec![0; self.len];
        let round = Round::from(round);
        let prepared = self.meter.contribute(&mut self.mark, round, round, reading, &mut out)?;
        let record = prepared.record().to_vec();
        Ok((prepared.stored().to_vec(), record))
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

    /// A final Close of the first pass.
    pub(crate) fn close(&self, round: u32, open: &[u8], quorum: &[u8], set: &[bool]) -> Vec<u8> {
        let fields = CloseFields {
            round: Round::from(round),
            pass: 1,
            previous: meter_link::round::frame_hash(open),
            quorum: Some(Quorum::new(quorum).unwrap()),
            is_final: true,
            set,
        };
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
    pub(crate) aggregators: Vec<Aggregator>,
    pub(crate) utility: Utility,
    pub(crate) forger: Forger,
}

impl World {
    pub(crate) fn new(plan: Plan) -> Self {
        let (params, cohort) = (plan.params(), plan.cohort());
        let (view, roster) = (cohort.view, cohort.roster);
        let devices = cohort.meters.into_iter().map(|party| device(&params, &view, &roster, party, 0));
        let aggregators = cohort.answerers.into_iter();
        let own = cohort.utility;
        World {
            plan,
            params,
            view,
            devices: devices.collect(),
            aggregators: aggregators
                .map(|party| Aggregator::new(&params, &view, post(party), &roster).unwrap())
                .collect(),
            utility: Utility::new(&params, &view, own.identity, own.link, roster.clone()).unwrap(),
            forger: Forger { view, identity: plan.cohort().utility.identity },
            roster,
        }
    }

    pub(crate) fn everybody(&self) -> Vec<bool> {
        vec![true; self.devices.len()]
    }

    /// Everybody but the meters at these positions.
    pub(crate) fn all_but(&self, absent: &[usize]) -> Vec<bool> {
        (0..self.devices.len()).map(|p| !absent.contains(&p)).collect()
    }

    /// An aggregator by its number.
    pub(crate) fn aggregator(&mut self, number: u8) -> &mut Aggregator {
        &mut self.aggregators[usize::from(number) - 1]
    }

    /// Opens a round for everybody, with all aggregators but those away.
    pub(crate) fn open(&mut self, round: u32, away: &[u8]) -> Collecting {
        let round = Round::from(round);
        let collecting = self.utility.open(round, round, &self.everybody()).unwrap();
        for aggregator in self.aggregators.iter_mut().filter(|a| !away.contains(&a.number())) {
            aggregator.open(round, collecting.frame()).unwrap();
        }
        collecting
    }

    /// The contributions of a round: None where a meter is silent.
    pub(crate) fn frames(&mut self, round: u32, readings: &[Reading]) -> Vec<Option<Vec<u8>>> {
        let frame = |(device, reading): (&mut Device, &Reading)| {
            reading.as_ref().map(|reading| device.contribute(round, reading).unwrap().0)
        };
        self.devices.iter_mut().zip(readings).map(frame).collect()
    }

    /// Lets the quorum answer.
    pub(crate) fn answer(&mut self, round: u32, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        for number in quorum.iter() {
            let answer = self.aggregator(number).answer(Round::from(round), closed.frame())?.stored();
            assert_eq!(closed.accept(&answer), Ok(number));
        }
        Ok(())
    }

    /// A whole round. Aggregators that are neither asked nor away follow it.
    pub(crate) fn round(&mut self, round: u32, readings: &[Reading], away: &[u8]) -> Result<Sum, Error> {
        let collecting = self.collected(round, readings, away)?;
        let quorum = self.utility.quorum(|number| !away.contains(&number))?;
        let mut closed = self.utility.close(collecting, &quorum)?;
        self.answer(round, &mut closed, &quorum)?;
        for aggregator in &mut self.aggregators {
            if !quorum.contains(aggregator.number()) && !away.contains(&aggregator.number()) {
                aggregator.follow(Round::from(round), closed.frame())?.stored();
            }
        }
        self.utility.record(&closed)
    }

    /// A round whose frames are in.
    pub(crate) fn collected(
        &mut self,
        round: u32,
        readings: &[Reading],
        away: &[u8],
    ) -> Result<Collecting, Error> {
        let mut collecting = self.open(round, away);
        for frame in self.frames(round, readings).into_iter().flatten() {
            collecting.accept(&frame)?;
        }
        Ok(collecting)
    }

    /// All numbers but these.
    pub(crate) fn asked(&self, away: &[u8]) -> Quorum {
        let here = (1..=self.view.answerers()).filter(|number| !away.contains(number));
        Quorum::new(&here.collect::<Vec<u8>>()).unwrap()
    }

    /// A whole round with raw answers of all who are not away; `lie` may change an answer on its way.
    pub(crate) fn certified_round(
        &mut self,
        round: u32,
        readings: &[Reading],
        away: &[u8],
        lie: impl Fn(u8, Vec<u8>) -> Vec<u8>,
    ) -> Result<CheckedSum, Error> {
        let collecting = self.collected(round, readings, away)?;
        let mut certified = self.utility.certify(collecting, &self.asked(away))?;
        self.certify(round, &mut certified, away)?;
        self.answer_raw(&mut certified, away, lie)?;
        self.utility.record_certified(&certified)
    }

    /// Lets all who are not away state the set.
    pub(crate) fn certify(
        &mut self,
        round: u32,
        certified: &mut Certified,
        away: &[u8],
    ) -> Result<(), Error> {
        for number in self.asked(away).iter() {
            let statement = self.aggregator(number).agree(Round::from(round), certified.frame())?.stored();
            certified.accept_statement(&statement)?;
        }
        Ok(())
    }

    /// Lets all who are not away answer.
    pub(crate) fn answer_raw(
        &mut self,
        certified: &mut Certified,
        away: &[u8],
        lie: impl Fn(u8, Vec<u8>) -> Vec<u8>,
    ) -> Result<(), Error> {
        for number in self.asked(away).iter() {
            let answer = self.aggregator(number).answer_certified(&certified.certificate()?)?.stored();
            certified.accept(&lie(number, answer))?;
        }
        Ok(())
    }

    /// The bills of a window whose last round is before `now`, with bound answers.
    pub(crate) fn bills(
        &mut self,
        now: u32,
        first: u32,
        meters: &[PartyId],
        away: &[u8],
    ) -> Result<Vec<Bill>, Error> {
        let quorum = self.utility.quorum(|number| !away.contains(&number))?;
        let mut billing = self.utility.bill(Round::from(first), meters, &quorum)?;
        for number in quorum.iter() {
            let answer = self.aggregator(number).bill(Round::from(now), billing.frame())?.stored();
            assert_eq!(billing.accept(&answer), Ok(number));
        }
        Ok(billing.bills()?.bills)
    }

    /// The same with raw answers of all who are not away.
    pub(crate) fn certified_bills(
        &mut self,
        now: u32,
        first: u32,
        meters: &[PartyId],
        away: &[u8],
        lie: impl Fn(u8, Vec<u8>) -> Vec<u8>,
    ) -> Result<CheckedBills, Error> {
        let asked = self.asked(away);
        let mut billing: CertifiedBilling = self.utility.certify_bill(Round::from(first), meters, &asked)?;
        for number in asked.iter() {
            let statement = self.aggregator(number).agree_bill(Round::from(now), billing.frame())?.stored();
            billing.accept_statement(&statement)?;
        }
        for number in asked.iter() {
            let answer = self.aggregator(number).answer_certified(&billing.certificate()?)?.stored();
            billing.accept(&lie(number, answer))?;
        }
        billing.bills()
    }
}

/// What the bills of a window are to be, by meter position: rounds and sums over those with a reading.
pub(crate) fn billed_truth(window: &[Vec<Reading>], position: usize) -> (u32, Vec<i64>) {
    let rows: Vec<Reading> =
        window.iter().map(|round| round[position].clone()).filter(Option::is_some).collect();
    (rows.len() as u32, truth(&rows))
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

/// What stands in a bound answer before its values: kind, digest, a mask of up to 8 aggregators.
pub(crate) const ANSWER_HEAD: usize = 1 + 32 + 1;
