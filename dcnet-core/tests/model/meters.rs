//! Meters as an honest utility meets them: each is rebuilt from its bytes for every frame that comes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dcnet_core::{Error, Fault};
use meter_link::round::Close;
use meter_link::{Header, HighWater, Kind};

use crate::algebra::Set;
use crate::alone::Numbered;
use crate::group::DEVICE_CHANNELS;
use crate::head::Heads;
use crate::role::{Image, Role, Who, meter_bytes};
use crate::setting::Setting;

/// A meter: numbers of images, and what it has sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Local {
    pub(crate) memory: u32,
    pub(crate) stored: u32,
    pub(crate) contributed: bool,
    /// By pass, the Close that a repair was made for.
    pub(crate) repaired: [Option<Set>; 2],
}

/// What a frame has made of a meter.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) memory: u32,
    record: Option<Vec<u8>>,
    repair: Option<(u8, Set)>,
}

/// By place, image and frame.
type Hearings = HashMap<(u8, u32, Vec<u8>), Option<Heard>>;

/// By place, image and round.
type Sendings = HashMap<(u8, u32, u8), Option<(u32, Vec<u8>)>>;
/// By place, image and record.
type Replays = HashMap<(u8, u32, Vec<u8>), u32>;

/// Steps that were made, and what came of them.
pub(crate) struct Meters {
    setting: Arc<Setting>,
    roles: Vec<Role>,
    images: Mutex<Numbered<Image>>,
    heard: Mutex<Hearings>,
    sent: Mutex<Sendings>,
    replayed: Mutex<Replays>,
}

impl Meters {
    pub(crate) fn new(setting: &Arc<Setting>) -> Self {
        let role = |place| Role { setting: Arc::clone(setting), who: Who::Meter(place) };
        let roles = (0..setting.meters()).map(role).collect();
        let (images, heard, sent, replayed) = Default::default();
        Meters { setting: Arc::clone(setting), roles, images, heard, sent, replayed }
    }

    pub(crate) fn begin(&self) -> Vec<Local> {
        let local = |role: &Role| {
            let number = self.number(role.start());
            Local { memory: number, stored: number, contributed: false, repaired: [None; 2] }
        };
        self.roles.iter().map(local).collect()
    }

    fn image(&self, number: u32) -> Arc<Image> {
        self.images.lock().unwrap().value(number)
    }

    fn number(&self, image: Image) -> u32 {
        self.images.lock().unwrap().number(image)
    }

    /// None if it changes nothing and nothing is answered.
    pub(crate) fn hear(&self, heads: &Heads, place: u8, memory: u32, frame: &[u8]) -> Option<Heard> {
        let key = (place, memory, frame.to_vec());
        if let Some(known) = self.heard.lock().unwrap().get(&key) {
            return known.clone();
        }
        let image = self.image(memory);
        let mut meter = self.roles[usize::from(place)].meter(&image.bytes);
        let header = Header::parse(frame).unwrap();
        let mut out = vec![0; self.setting.params.repair_len()];
        let (mut record, mut repair) = (None, None);
        let done = match header.kind {
            Kind::Open => meter.open(header.round, frame),
            _ => meter.close(header.round, frame, &mut out).map(|prepared| {
                record = Some(prepared.record().to_vec());
                if let Some(frame_out) = prepared.stored() {
                    let close = Close::verify(frame, &self.setting.cohort.view, header.round).unwrap();
                    let set = close.set.positions().map(|place| 1 << place).sum();
                    heads.repaired(place, close.pass, set, frame_out);
                    repair = Some((close.pass, set));
                }
            }),
        };
        let heard = match done {
            Ok(()) => {
                let image = Image { bytes: meter_bytes(&meter), ..Image::clone(&image) };
                Some(Heard { memory: self.number(image), record, repair })
            }
            Err(error) => {
                // A network can bring an honest utility no worse than this: docs/protocol.md, section 9.
                let late = [Fault::RoundClosed, Fault::ChainBroken, Fault::NotInOpen, Fault::WrongPass];
                let is_late = matches!(error, Error::Fault { fault, .. } if late.contains(&fault));
                assert!(is_late, "meter {place}: {error} about {header:?}");
                None
            }
        };
        self.heard.lock().unwrap().insert(key, heard.clone());
        heard
    }

    /// The frame of a round, if the meter sends one.
    pub(crate) fn contribute(&self, place: u8, memory: u32, round: u8) -> Option<(u32, Vec<u8>)> {
        let key = (place, memory, round);
        if let Some(known) = self.sent.lock().unwrap().get(&key) {
            return known.clone();
        }
        let image = self.image(memory);
        let mut meter = self.roles[usize::from(place)].meter(&image.bytes);
        let mut mark = HighWater::<DEVICE_CHANNELS>::new();
        if !image.mark.is_empty() {
            mark.replay(&image.mark).unwrap();
        }
        let (now, reading) = (self.setting.round(round), [self.setting.reading(place, round, 0)]);
        let mut out = vec![0; self.setting.params.contribution_len()];
        let sent = meter
            .contribute(&mut mark, now, now, &reading, &mut out)
            .ok()
            .map(|prepared| (prepared.record().to_vec(), prepared.stored().to_vec()));
        let sent = sent.map(|(mark, frame)| {
            let image = Image { bytes: meter_bytes(&meter), mark, ..Image::default() };
            (self.number(image), frame)
        });
        self.sent.lock().unwrap().insert(key, sent.clone());
        sent
    }

    fn replay(&self, place: u8, stored: u32, record: &[u8]) -> u32 {
        let key = (place, stored, record.to_vec());
        if let Some(known) = self.replayed.lock().unwrap().get(&key) {
            return *known;
        }
        let image = self.image(stored);
        let then = self.roles[usize::from(place)].replayed(&image, record);
        let number = self.number(Image { mark: image.mark.clone(), ..then });
        self.replayed.lock().unwrap().insert(key, number);
        number
    }

    pub(crate) fn after_hearing(
        &self,
        heads: &Heads,
        place: u8,
        local: &Local,
        frame: &[u8],
    ) -> Option<Local> {
        let heard = self.hear(heads, place, local.memory, frame)?;
        let mut next = Local { memory: heard.memory, ..*local };
        if let Some(record) = &heard.record {
            next.stored = self.replay(place, local.stored, record);
        }
        if let Some((pass, set)) = heard.repair {
            let known = next.repaired[usize::from(pass) - 1].replace(set);
            assert!(known.is_none_or(|known| known == set), "two repairs of a pass");
        }
        Some(next)
    }

    pub(crate) fn after_contributing(&self, heads: &Heads, place: u8, local: &Local) -> Option<Local> {
        let (memory, frame) = self.contribute(place, local.memory, 0)?;
        heads.contributed(place, &frame);
        let (image, stored) = (self.image(memory), self.image(local.stored));
        let stored = self.number(Image { mark: image.mark.clone(), ..Image::clone(&stored) });
        Some(Local { memory, stored, contributed: true, ..*local })
    }
}
