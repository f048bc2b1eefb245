//! The actual roles, from stored bytes to stored bytes: one step is all that a rebuilt role ever does.

use std::sync::Arc;

use dcnet_core::{Error, Holder, Meter, Neighbour};
use meter_link::answer::AnswererLink;
use meter_link::round::{FrameHash, frame_hash};
use meter_link::{HighWater, Round};

use crate::algebra::{Said, Set, members};
use crate::group::DEVICE_CHANNELS;
use crate::setting::{After, Order, Setting};

/// What reaches a party.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Input {
    Open {
        round: u8,
        present: Set,
        after: After,
    },
    /// The application has a reading.
    Contribute {
        round: u8,
        variant: u8,
    },
    Close(Order),
    /// Of holders: a statement for a certificate; to the set of others' answers; of a round that was missed.
    Agree(Order),
    Follow(Order),
    CatchUp {
        round: u8,
        present: Set,
        set: Set,
        quorum: Set,
    },
    /// A certificate over what the holder has stated, its fellows' statements with it.
    Certify,
}

/// What a party is between two steps.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
    /// Frames that a holder has taken since: its bytes do not contain the round that is open.
    pub(crate) taken: Vec<(Take, Vec<u8>)>,
    /// Record of a meter's mark; none if it never contributed.
    pub(crate) mark: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Take {
    Open,
    Agree { round: u8, set: Set },
}

/// What a step has led to.
pub(crate) struct Outcome {
    pub(crate) image: Image,
    /// To be stored before anything is sent.
    pub(crate) record: Option<Vec<u8>>,
    pub(crate) said: Option<(Said, Vec<u8>)>,
}

/// A party by place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Who {
    Meter(u8),
    Holder(u8),
}

pub(crate) type Device = Meter<Vec<Neighbour>, Vec<AnswererLink>>;

/// A party of a setting.
#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) setting: Arc<Setting>,
    pub(crate) who: Who,
}

impl Role {
    /// As it is made from its link secret.
    pub(crate) fn start(&self) -> Image {
        let plan = &self.setting.plan;
        let bytes = match self.who {
            Who::Meter(place) => meter_bytes(&plan.device(place.into()).meter),
            Who::Holder(place) => holder_bytes(&self.setting, &plan.holder(place + 1)),
        };
        Image { bytes, ..Image::default() }
    }

    /// None if it is refused. Then nothing has changed.
    pub(crate) fn step(&self, image: &Image, input: &Input) -> Option<Outcome> {
        match self.who {
            Who::Meter(place) => self.meter_step(place, image, input),
            Who::Holder(place) => self.holder_step(place, image, input),
        }
    }

    /// What a reboot finds where this was stored, and then a record.
    pub(crate) fn replayed(&self, stored: &Image, record: &[u8]) -> Image {
        let bytes = match self.who {
            Who::Meter(_) => {
                let mut meter = self.meter(&stored.bytes);
                meter.replay(record).unwrap();
                meter_bytes(&meter)
            }
            Who::Holder(place) => {
                let mut holder = self.holder(place, &stored.bytes);
                holder.replay(record).unwrap();
                holder_bytes(&self.setting, &holder)
            }
        };
        Image { bytes, ..Image::default() }
    }

    /// The round that is open at a meter, and waits for a Close.
    pub(crate) fn opened(&self, image: &Image) -> Option<u8> {
        let (round, _) = Links::of(&image.bytes).open?;
        Some((round.to_u32() - self.setting.round(0).to_u32()) as u8)
    }

    pub(crate) fn meter(&self, bytes: &[u8]) -> Device {
        let Setting { params, cohort, plan, .. } = &*self.setting;
        let holders = (0..params.answerers()).map(|_| AnswererLink::default()).collect();
        let neighbours = (1..plan.meters).map(|_| Neighbour::default()).collect();
        Meter::from_bytes(params, &cohort.view, holders, neighbours, bytes).unwrap()
    }

    fn meter_step(&self, place: u8, image: &Image, input: &Input) -> Option<Outcome> {
        let setting = &*self.setting;
        let mut meter = self.meter(&image.bytes);
        let links = Links::of(&image.bytes);
        let mut out = vec![0; setting.params.contribution_len().max(setting.params.repair_len())];
        let (mut record, mut said, mut mark) = (None, None, image.mark.clone());
        let done = match *input {
            Input::Open { round, present, after } => {
                let frame = setting.open(round, present, links.before_open(setting, after)?);
                meter.open(setting.round(round), &frame)
            }
            Input::Contribute { round, variant } => {
                let mut water = HighWater::<DEVICE_CHANNELS>::new();
                if !mark.is_empty() {
                    water.replay(&mark).unwrap();
                }
                let (now, reading) = (setting.round(round), [setting.reading(place, round, variant)]);
                meter.contribute(&mut water, now, now, &reading, &mut out).map(|prepared| {
                    mark = prepared.record().to_vec();
                    let present = setting.present(&links.open.unwrap().1);
                    let what = Said::Contribution { meter: place, round, present, variant };
                    said = Some((what, prepared.stored().to_vec()));
                })
            }
            Input::Close(order) => {
                let frame = setting.close(&order, links.before_close(order.after)?);
                meter.close(setting.round(order.round), &frame, &mut out).map(|prepared| {
                    record = Some(prepared.record().to_vec());
                    said = prepared.stored().map(|repair| {
                        let present = setting.present(&links.open.unwrap().1);
                        let Order { round, pass, set, .. } = order;
                        (Said::Repair { meter: place, round, pass, missing: present & !set }, repair.to_vec())
                    });
                })
            }
            _ => return None,
        };
        let bytes = meter_bytes(&meter);
        settled(done, &image.bytes, &bytes)?;
        Some(Outcome { image: Image { bytes, mark, ..Image::default() }, record, said })
    }

    fn holder(&self, place: u8, bytes: &[u8]) -> Holder {
        let Setting { params, cohort, .. } = &*self.setting;
        let id = cohort.answerers[usize::from(place)].id;
        Holder::from_bytes(params, &cohort.view, id, &cohort.roster, bytes).unwrap()
    }

    fn holder_step(&self, place: u8, image: &Image, input: &Input) -> Option<Outcome> {
        let setting = &*self.setting;
        let mut holder = self.holder(place, &image.bytes);
        let signs =
            matches!(input, Input::Agree(_)) || !image.taken.iter().all(|(take, _)| *take == Take::Open);
        if signs {
            holder = holder.signing(setting.identity(place)).unwrap();
        }
        for (take, frame) in &image.taken {
            let round = meter_link::Header::parse(frame).unwrap().round;
            match take {
                Take::Open => holder.open(round, frame).unwrap(),
                Take::Agree { .. } => drop(holder.agree(round, frame).unwrap().stored()),
            }
        }
        let open =
            image.taken.iter().rfind(|(take, _)| *take == Take::Open).map(|(_, frame)| frame_hash(frame));
        let close = |order: Order| {
            let previous = match order.after {
                After::Open => open?,
                _ => OTHER,
            };
            Some((setting.round(order.round), setting.close(&order, previous)))
        };
        let (mut record, mut said, mut taken) = (None, None, image.taken.clone());
        let done = match *input {
            Input::Open { round, present, after } => {
                let previous = Links::default().before_open(setting, after)?;
                let frame = setting.open(round, present, previous);
                holder.open(setting.round(round), &frame).map(|()| taken.push((Take::Open, frame)))
            }
            Input::Close(order) => {
                let (now, frame) = close(order)?;
                holder.answer(now, &frame).map(|prepared| {
                    record = Some(prepared.record().to_vec());
                    let Order { round, set, last, .. } = order;
                    let quorum = last.unwrap();
                    said = Some((Said::Bound { holder: place, round, set, quorum }, prepared.stored()));
                })
            }
            Input::Agree(order) => {
                let (now, frame) = close(order)?;
                holder.agree(now, &frame).map(|prepared| {
                    record = Some(prepared.record().to_vec());
                    let Order { round, set, .. } = order;
                    said = Some((Said::Statement { holder: place, round, set }, prepared.stored()));
                    let take = Take::Agree { round, set };
                    if taken.iter().all(|(earlier, _)| *earlier != take) {
                        taken.push((take, frame));
                    }
                })
            }
            Input::Follow(order) => {
                let (now, frame) = close(order)?;
                holder.follow(now, &frame).map(|prepared| record = Some(prepared.record().to_vec()))
            }
            Input::CatchUp { round, present, set, quorum } => {
                let open = setting.open(round, present, None);
                let order = Order { round, pass: 1, set, last: Some(quorum), after: After::Other };
                let close = setting.close(&order, frame_hash(&open));
                let done = holder.catch_up(setting.round(round), &open, &close);
                done.map(|prepared| record = Some(prepared.record().to_vec()))
            }
            Input::Certify => {
                let stated = image.taken.iter().rev().find_map(|(take, _)| match *take {
                    Take::Agree { round, set } => Some((round, set)),
                    Take::Open => None,
                });
                let (round, set) = stated?;
                let others = (0..setting.shape.holders).filter(|other| *other != place);
                let all = [place].into_iter().chain(others).take(setting.shape.opens.into());
                let all: Vec<Vec<u8>> = all.map(|holder| setting.statement(holder, round, set)).collect();
                let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
                holder.answer_certified(&all).map(|prepared| {
                    record = Some(prepared.record().to_vec());
                    said = Some((Said::Raw { holder: place, round, set }, prepared.stored()));
                })
            }
            Input::Contribute { .. } => return None,
        };
        let bytes = holder_bytes(setting, &holder);
        settled(done, &image.bytes, &bytes)?;
        needed(&mut taken);
        Some(Outcome { image: Image { bytes, taken, ..Image::default() }, record, said })
    }
}

/// That who refuses has not changed.
fn settled(done: Result<(), Error>, before: &[u8], after: &[u8]) -> Option<()> {
    if let Err(error) = done {
        assert!(before == after, "refused by {error}, yet not as before");
        return None;
    }
    Some(())
}

/// Leaves, of the frames that a holder has taken, those which its memory still depends on: the last Open, and the
/// last set it has stated with the Open before.
fn needed(taken: &mut Vec<(Take, Vec<u8>)>) {
    let is_open = |(take, _): &(Take, Vec<u8>)| *take == Take::Open;
    let last_open = taken.iter().rposition(is_open);
    let agreed = taken.iter().rposition(|item| !is_open(item));
    let before = agreed.and_then(|at| taken[..at].iter().rposition(is_open));
    let mut place = 0..;
    taken.retain(|_| {
        let at = place.next();
        at == last_open || at == before || at == agreed
    });
}

pub(crate) fn meter_bytes(meter: &Device) -> Vec<u8> {
    let mut out = vec![0; meter.state_len()];
    meter.to_bytes(&mut out).unwrap().to_vec()
}

/// A holder's bytes with an empty log: it has another end for every order of the same answers, and nothing but
/// records depends on it.
fn holder_bytes(setting: &Setting, holder: &Holder) -> Vec<u8> {
    let mut bytes = holder.to_bytes().unwrap().to_vec();
    let keys = usize::from(setting.shape.holders) + usize::from(setting.meters());
    let log = 1 + 32 + 4 + 4 + 32 * keys;
    bytes[log..log + 36].fill(0);
    let end = bytes.len() - 4;
    let check = meter_link::mark::check(&bytes[..end]);
    bytes[end..].copy_from_slice(&check);
    bytes
}

/// Hash of a message that nobody has made.
const OTHER: FrameHash = [7; 32];

/// The chain as a meter has stored it: `Meter::to_bytes`, then `Chain::write`.
#[derive(Default)]
struct Links {
    last_final: Option<(Round, FrameHash)>,
    open: Option<(Round, FrameHash)>,
    close: Option<FrameHash>,
}

impl Links {
    fn of(bytes: &[u8]) -> Self {
        const CHAIN: usize = 70;
        let hash = |at: usize| -> FrameHash { bytes[at..at + 32].try_into().unwrap() };
        let link = |at: usize| {
            let round = u32::from_le_bytes(bytes[at + 1..at + 5].try_into().unwrap());
            (bytes[at] == 1).then(|| (Round::from(round), hash(at + 5)))
        };
        let close = CHAIN + 37 + 5 + 37;
        Links {
            last_final: link(CHAIN),
            open: link(CHAIN + 37 + 5),
            close: (bytes[close] > 0).then(|| hash(close + 1)),
        }
    }

    fn before_open(&self, setting: &Setting, after: After) -> Option<Option<(Round, FrameHash)>> {
        match after {
            After::Nothing => Some(None),
            After::Final => self.last_final.map(Some),
            _ => Some(Some((setting.round(0), OTHER))),
        }
    }

    fn before_close(&self, after: After) -> Option<FrameHash> {
        match after {
            After::Open => self.open.map(|(_, hash)| hash),
            After::Close => self.close,
            After::Final => self.last_final.map(|(_, hash)| hash),
            After::Nothing | After::Other => Some(OTHER),
        }
    }
}

/// All quorums of exactly t.
pub(crate) fn quorums(setting: &Setting) -> Vec<Set> {
    let all = 0..=(1u16 << setting.shape.holders) - 1;
    let all = all.map(|set| set as Set);
    all.filter(|set| members(*set).count() == usize::from(setting.shape.opens)).collect()
}
