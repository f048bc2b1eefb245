//! A group for the model: its secrets, which the test knows, and whatever an adversarial utility signs.

use std::collections::HashMap;
use std::sync::Mutex;

use chacha20::ChaCha20Rng;
use dcnet_core::Params;
use meter_link::answer::{Quorum, Stated};
use meter_link::cohort::Cohort;
use meter_link::round::{CloseFields, FrameHash, OpenFields, frame_hash};
use meter_link::{Field64, Identity, Kind, Label, PairKey, Round, Stream, pad};
use rand_core::{Rng, SeedableRng};

use crate::adversary::hmac;
use crate::algebra::{Form, Said, Set, Shape, Unknown, members};
use crate::group::{FIRST, Plan, element};
use crate::role::Who;

/// Who works for the utility.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Colluders {
    pub(crate) meters: Set,
    pub(crate) holders: Set,
}

impl Colluders {
    fn know(&self, unknown: &Unknown) -> bool {
        let Colluders { meters, holders } = *self;
        match *unknown {
            Unknown::Zero { low, high, .. } => (holders >> low | holders >> high) & 1 == 1,
            Unknown::Share { holder, meter, .. } => (holders >> holder | meters >> meter) & 1 == 1,
            Unknown::Pad { low, high, .. } => (meters >> low | meters >> high) & 1 == 1,
            Unknown::Reading { meter, .. } => meters >> meter & 1 == 1,
        }
    }

    pub(crate) fn include(&self, who: Who) -> bool {
        match who {
            Who::Meter(place) => self.meters >> place & 1 == 1,
            Who::Holder(place) => self.holders >> place & 1 == 1,
        }
    }
}

/// The message before, as a signed one names it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum After {
    /// None: the first of an epoch.
    Nothing,
    /// The Open that this party has taken last.
    Open,
    /// The last Close of the round that is open here.
    Close,
    /// The last final Close that this party has seen.
    Final,
    /// A message that this party has not seen.
    Other,
}

/// A Close.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Order {
    pub(crate) round: u8,
    pub(crate) pass: u8,
    pub(crate) set: Set,
    /// Of a final Close; empty where there are no holders.
    pub(crate) last: Option<Set>,
    pub(crate) after: After,
}

/// Frames that were signed already.
type Made = HashMap<(Order, FrameHash), Vec<u8>>;
type Opens = HashMap<(u8, Set, Option<(Round, FrameHash)>), Vec<u8>>;

/// A group with all its secrets.
pub(crate) struct Setting {
    pub(crate) plan: Plan,
    pub(crate) params: Params,
    pub(crate) cohort: Cohort,
    pub(crate) shape: Shape,
    pads: Vec<Vec<PairKey>>,
    shares: Vec<Vec<PairKey>>,
    zeros: Vec<Vec<PairKey>>,
    digests: HashMap<[u8; 32], Set>,
    presents: Mutex<HashMap<FrameHash, Set>>,
    made: Mutex<Made>,
    opens: Mutex<Opens>,
    /// Seeds of all identities: utility, meters, holders.
    draws: Vec<[u8; 32]>,
}

impl Setting {
    pub(crate) fn new(plan: Plan) -> Self {
        let (params, cohort) = (plan.params(), plan.cohort());
        let holders = params.answerers();
        let opens = params.threshold().map_or(0, |threshold| threshold.threshold());
        let context = *cohort.view.context();
        let keys = |parties: &[meter_link::cohort::Party], list: &[meter_link::roster::Member], label| {
            let row = |party: &meter_link::cohort::Party| {
                let key = |member: &meter_link::roster::Member| {
                    if member.id == party.id {
                        PairKey::from_bytes(&[0; 32])
                    } else {
                        party.link.pair_key(label, &context, party.id, &member.peer(), &[]).unwrap()
                    }
                };
                list.iter().map(key).collect()
            };
            parties.iter().map(row).collect()
        };
        let roster = &cohort.roster;
        let pads = keys(&cohort.meters, roster.meters(), Label::DcnetPair);
        let shares = keys(&cohort.answerers, roster.meters(), Label::DcnetHolder);
        let zeros = keys(&cohort.answerers, roster.answerers(), Label::Answer);
        let digest = |set: Set| {
            let ids = members(set).map(|place| roster.meters()[usize::from(place)].id);
            (meter_link::set::digest(&cohort.view.epoch().roster_root, set.count_ones(), ids), set)
        };
        let digests = (0..=Set::MAX).filter(|set| u32::from(*set) < 1 << plan.meters).map(digest).collect();
        let shape = Shape { holders, opens };
        let (presents, made, opens_made) = Default::default();
        let draws = draws(&plan, holders);
        Setting {
            plan,
            params,
            cohort,
            shape,
            pads,
            shares,
            zeros,
            digests,
            presents,
            made,
            opens: opens_made,
            draws,
        }
    }

    /// A holder's identity once more: there is no copy of one.
    pub(crate) fn identity(&self, holder: u8) -> Identity {
        Identity::from_bytes(&mut self.draws[1 + usize::from(self.meters()) + usize::from(holder)].clone())
    }

    pub(crate) fn utility_identity(&self) -> Identity {
        Identity::from_bytes(&mut self.draws[0].clone())
    }

    pub(crate) fn meters(&self) -> u8 {
        self.plan.meters as u8
    }

    pub(crate) fn round(&self, round: u8) -> Round {
        Round::from(FIRST + u32::from(round))
    }

    /// All sets of meters, permitted or not.
    pub(crate) fn sets(&self) -> impl Iterator<Item = Set> + use<> {
        (0..=Set::MAX).take(1 << self.meters())
    }

    /// What a frame tells who has the colluders' keys.
    pub(crate) fn forms(&self, said: &Said, colluders: &Colluders) -> Vec<Form> {
        let mut forms = self.shape.forms(said);
        forms.iter_mut().for_each(|form| form.retain(|(unknown, _)| !colluders.know(unknown)));
        forms
    }

    /// Honest meters that a sum must contain.
    pub(crate) fn least(&self, colluders: &Colluders) -> usize {
        (self.plan.rules.min_meters() - colluders.meters.count_ones()) as usize
    }

    pub(crate) fn reading(&self, meter: u8, round: u8, variant: u8) -> i64 {
        i64::from(meter) * 7919 - 9000 + i64::from(round) * 31 + i64::from(variant) * 104_729
    }

    /// The secret itself.
    fn value(&self, unknown: &Unknown) -> Field64 {
        let one = |key: &PairKey, round, stream| {
            let mut out = [Field64::ZERO];
            pad::pad(key, self.round(round), stream, &mut out);
            out[0]
        };
        match *unknown {
            Unknown::Reading { meter, round, variant } => {
                Field64::from_i64(self.reading(meter, round, variant))
            }
            Unknown::Pad { low, high, round } => {
                one(&self.pads[usize::from(low)][usize::from(high)], round, Stream::Mask)
            }
            Unknown::Share { holder, meter, round } => {
                one(&self.shares[usize::from(holder)][usize::from(meter)], round, Stream::Share)
            }
            Unknown::Zero { low, high, round, set, quorum } => {
                // wire.md, section 6: the query's key, of the two holders' pair key.
                let mut query = b"wattsum v1 answer".to_vec();
                query.extend(self.cohort.view.context().as_bytes());
                query.extend(self.round(round).get().to_le_bytes());
                query.push(1);
                query.extend(self.digests.iter().find(|(_, of)| **of == set).unwrap().0);
                query.push(quorum.count_ones() as u8);
                query.extend(members(quorum).map(|a| a + 1));
                let pair = &self.zeros[usize::from(low)][usize::from(high)];
                one(&PairKey::from_bytes(&hmac(&pair.to_bytes(), &query)), round, Stream::Zero)
            }
        }
    }

    /// That a frame's bytes are its form at the actual secrets: what keeps model and code together.
    pub(crate) fn check(&self, said: &Said, frame: &[u8]) {
        let skip = match said {
            Said::Bound { .. } => 34,
            Said::Raw { .. } => 33,
            _ => 0,
        };
        for (n, form) in self.shape.forms(said).iter().enumerate() {
            let value: Field64 = form.iter().map(|(unknown, c)| *c * self.value(unknown)).sum();
            assert_eq!(element(frame, skip, n), value, "{said:?}, element {n}");
        }
    }

    pub(crate) fn open(&self, round: u8, present: Set, previous: Option<(Round, FrameHash)>) -> Vec<u8> {
        let key = (round, present, previous);
        if let Some(frame) = self.opens.lock().unwrap().get(&key) {
            return frame.clone();
        }
        let marks = self.marks(present);
        let fields = OpenFields { round: self.round(round), previous, present: &marks };
        let mut out = vec![0; OpenFields::max_len(self.plan.meters)];
        let frame = fields.sign(&self.cohort.view, &self.cohort.utility.identity, &mut out).unwrap().to_vec();
        self.presents.lock().unwrap().insert(frame_hash(&frame), present);
        self.opens.lock().unwrap().insert(key, frame.clone());
        frame
    }

    /// Whom an Open that was made here names present.
    pub(crate) fn present(&self, open: &FrameHash) -> Set {
        self.presents.lock().unwrap()[open]
    }

    pub(crate) fn close(&self, order: &Order, previous: FrameHash) -> Vec<u8> {
        let key = (Order { after: After::Other, ..*order }, previous);
        if let Some(frame) = self.made.lock().unwrap().get(&key) {
            return frame.clone();
        }
        let quorum = |set| Quorum::new(&members(set).map(|a| a + 1).collect::<Vec<_>>()).unwrap();
        let fields = CloseFields {
            round: self.round(order.round),
            pass: order.pass,
            previous,
            quorum: order.last.filter(|set| *set != 0).map(quorum),
            is_final: order.last.is_some(),
            set: &self.marks(order.set),
        };
        let mut out = vec![0; CloseFields::max_len(self.plan.meters, self.shape.holders)];
        let frame = fields.sign(&self.cohort.view, &self.cohort.utility.identity, &mut out).unwrap().to_vec();
        self.made.lock().unwrap().insert(key, frame.clone());
        frame
    }

    /// A holder's statement, which it makes when it agrees to the set, byte for byte.
    pub(crate) fn statement(&self, holder: u8, round: u8, set: Set) -> Vec<u8> {
        let digest = *self.digests.iter().find(|(_, of)| **of == set).unwrap().0;
        let party = &self.cohort.answerers[usize::from(holder)];
        let stated = Stated { kind: Kind::SetStatement, round: self.round(round), digest };
        stated.sign(&self.cohort.view, &party.identity, party.id).unwrap()
    }

    pub(crate) fn marks(&self, set: Set) -> Vec<bool> {
        (0..self.meters()).map(|place| set >> place & 1 == 1).collect()
    }
}

/// What `Plan::cohort` draws for each identity.
fn draws(plan: &Plan, holders: u8) -> Vec<[u8; 32]> {
    let mut rng = ChaCha20Rng::seed_from_u64(plan.seed);
    let mut next = || {
        let mut draws = [[0; 32]; 2];
        draws.iter_mut().for_each(|draw| rng.fill_bytes(draw));
        draws[0]
    };
    (0..1 + plan.meters + u32::from(holders)).map(|_| next()).collect()
}
