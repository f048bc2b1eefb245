//! A device that is switched on with what its disk holds.

use dcnet_core::{Meter, Neighbour};
use meter_link::HighWater;
use meter_link::answer::AnswererLink;

use crate::group::Device;
use crate::script::{Script, Told};
use crate::store::{Disk, Store};

/// In what order a device stores and sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Record, then frame: silent for the rest of the round after a reboot.
    Records,
    /// Record, state, frame.
    RecordsThenState,
    /// State, record, frame.
    StateThenRecords,
    /// Frame, then record. Wrong.
    SendFirst,
    /// Frame, then record and state. Wrong.
    StateSendsFirst,
}

pub(crate) enum Step {
    Append(Vec<u8>),
    /// In place of the state before, all at once.
    State(Vec<u8>),
    Send(Vec<u8>),
}

pub(crate) struct Powered {
    device: Device,
}

/// Bytes of a high-water mark and of a dcnet Close record, by their first byte.
fn record_len(first: u8) -> Option<usize> {
    match first {
        1 => Some(17),
        5 => Some(42),
        _ => None,
    }
}

impl Powered {
    /// Reads the state and replays the log: all marks, and the Closes since the state. A torn end is cut off.
    pub(crate) fn on<S: Store>(script: &Script, disk: &mut Disk<S>) -> Result<Self, ()> {
        let plan = &script.plan;
        let mut device = plan.device(script.me);
        let mut since = 0;
        if let Some((state, len)) = &disk.state {
            let links = (0..plan.threshold.answerers()).map(|_| AnswererLink::default()).collect();
            let storage = (1..plan.meters).map(|_| Neighbour::default()).collect();
            device.meter = Meter::from_bytes(&plan.params(), &script.view, links, storage, state).unwrap();
            since = *len;
        }
        let log = disk.log.bytes();
        let mut at = 0;
        while at < log.len() {
            let len = record_len(log[at]).ok_or(())?;
            let Some(record) = log.get(at..at + len) else {
                disk.log.cut(at);
                break;
            };
            let taken = match (log[at], at >= since) {
                (1, _) => device.mark.replay(record),
                (_, true) => device.meter.replay(record),
                (_, false) => Ok(()),
            };
            match taken {
                Ok(()) => at += len,
                // The last one, which may be torn within a page: as good as not there.
                Err(_) if at + len == log.len() => {
                    disk.log.cut(at);
                    break;
                }
                Err(_) => return Err(()),
            }
        }
        Ok(Powered { device })
    }

    /// The steps that a message leads to, in the order in which the device takes them.
    pub(crate) fn hear(&mut self, told: &Told, order: Order) -> Vec<Step> {
        let (record, frame) = match told {
            Told::Open(frame) => {
                let taken = self.device.open(frame).is_ok();
                // With the first Open of the epoch, and no record to guard: the state may come any time.
                return if taken && self.keeps_state(order) {
                    vec![Step::State(self.state())]
                } else {
                    vec![]
                };
            }
            Told::Contribute(round, reading) => match self.device.contribute(*round, &[*reading]) {
                Ok((frame, record)) => (record, Some(frame)),
                Err(_) => return vec![],
            },
            Told::Close(frame) => match self.device.close(frame) {
                Ok((repair, record)) => (record, repair),
                Err(_) => return vec![],
            },
        };
        let (append, state) = (Step::Append(record), Step::State(self.state()));
        let send = frame.map(Step::Send);
        let mut steps = match order {
            Order::Records => vec![append],
            Order::RecordsThenState => vec![append, state],
            Order::StateThenRecords => vec![state, append],
            Order::SendFirst | Order::StateSendsFirst => {
                let mut steps: Vec<Step> = send.into_iter().collect();
                steps.push(append);
                if order == Order::StateSendsFirst {
                    steps.push(state);
                }
                return steps;
            }
        };
        steps.extend(send);
        steps
    }

    fn keeps_state(&self, order: Order) -> bool {
        !matches!(order, Order::Records | Order::SendFirst)
    }

    fn state(&self) -> Vec<u8> {
        let mut out = vec![0; self.device.meter.state_len()];
        self.device.meter.to_bytes(&mut out).unwrap().to_vec()
    }
}

/// A mark is 17 bytes, as the log's reader takes it to be.
const _: () = assert!(HighWater::<0>::RECORD_LEN == 17);
