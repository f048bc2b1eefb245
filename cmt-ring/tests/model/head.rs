//! The supplier between two steps.

use cmt_ring::{Collecting, Error, Supplier};
use meter_link::{Kind, Round};

use crate::setting::{SUPPLIER, Said, Setting};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Order {
    Register(u16),
    Open(u8),
    /// Without anything that it knew.
    Restart,
    /// From its state, which was stored before the round was opened, and the record of that.
    Restore,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Image {
    /// GroupKey frames that were taken.
    registered: Vec<u16>,
    /// The last round, and how many frames had been taken before.
    opened: Option<(u8, usize)>,
    /// It still waits for ciphertexts.
    collecting: bool,
    /// After so many frames its state was stored, and it went on from there.
    restored: Option<usize>,
}

impl Image {
    /// The round that is open, and its ring's plan.
    pub(crate) fn open(&self, setting: &Setting) -> Option<(u8, u8)> {
        let (round, taken) = self.opened.filter(|_| self.collecting)?;
        Some((round, setting.frame(self.registered[taken - 1]).said.plan))
    }
}

fn live(setting: &Setting, image: &Image) -> (Supplier, Option<Collecting>) {
    let Setting { params, view, roster, utility, .. } = setting;
    let mut supplier = Supplier::new(params, view, roster, utility.twin()).unwrap();
    let mut collecting = None;
    for (n, frame) in (1..).zip(&image.registered) {
        register(setting, &mut supplier, *frame).unwrap();
        let opened = image.opened.filter(|(_, taken)| *taken == n);
        let progress = |supplier: &mut Supplier| {
            let (round, _) = opened?;
            let collecting = open(supplier, round).unwrap();
            Some((supplier.progress().unwrap(), collecting))
        };
        if image.restored == Some(n) {
            let state = supplier.to_bytes().unwrap();
            let record = if image.collecting { None } else { progress(&mut supplier) };
            supplier = Supplier::from_bytes(params, view, roster, Some(utility.twin()), &state).unwrap();
            record.into_iter().for_each(|(record, _)| supplier.replay(&record).unwrap());
        }
        if image.restored != Some(n) || image.collecting {
            collecting = progress(&mut supplier).map(|(_, collecting)| collecting).or(collecting);
        }
    }
    (supplier, collecting.filter(|_| image.collecting))
}

fn register(setting: &Setting, supplier: &mut Supplier, frame: u16) -> Result<(), Error> {
    let frame = setting.frame(frame);
    let now = Round::from(u32::from(frame.said.round));
    if frame.said.kind == Kind::Healed {
        supplier.heal(now, &frame.bytes)?;
        return Ok(());
    }
    let lead = setting.listed[usize::from(frame.said.by)].peer.id;
    supplier.register(now, lead, &frame.bytes)?;
    Ok(())
}

fn open(supplier: &mut Supplier, round: u8) -> Result<Collecting, Error> {
    let round = Round::from(u32::from(round));
    supplier.open(round, round)
}

/// None if it is refused or changes nothing; what is sent, too.
pub(crate) fn step(setting: &Setting, image: &Image, order: Order) -> Option<(Image, Vec<u16>)> {
    let mut next = image.clone();
    let mut sent = Vec::new();
    match order {
        Order::Register(frame) => {
            if image.registered.contains(&frame) {
                return None;
            }
            register(setting, &mut live(setting, image).0, frame).ok()?;
            next.registered.push(frame);
        }
        Order::Open(round) => {
            let collecting = open(&mut live(setting, image).0, round).ok()?;
            next.opened = Some((round, image.registered.len()));
            next.collecting = true;
            let plan = setting.frame(*image.registered.last()?).said.plan;
            let to = setting.plans[usize::from(plan)].ring[0];
            if let Some(start) = collecting.start() {
                let said = Said { kind: Kind::Start, by: SUPPLIER, to, plan, round, reading: 0 };
                sent.push(setting.sent(said, start));
            }
        }
        Order::Restart => next = Image::default(),
        Order::Restore => {
            next.collecting = false;
            next.restored = Some(image.registered.len());
        }
    }
    (next != *image).then_some((next, sent))
}

/// The supplier's deadline, after all these frames have come, in this order and the other way round.
pub(crate) fn deadline(
    setting: &Setting,
    image: &Image,
    frames: &[u16],
) -> Option<(Image, Result<i64, Error>)> {
    let close = |frames: &mut dyn Iterator<Item = &u16>| {
        let mut collecting = live(setting, image).1?;
        frames.for_each(|frame| _ = collecting.accept(&setting.frame(*frame).bytes));
        Some(collecting.close().map(|sum| sum.values[0]))
    };
    let result = close(&mut frames.iter())?;
    assert_eq!(close(&mut frames.iter().rev())?, result, "another order, another sum");
    Some((Image { collecting: false, ..image.clone() }, result))
}
