//! A meter between two steps: its flash, and by what its memory came to be. Secrets are neither Clone nor Eq, so there is no
//! other way to tell two of its states apart.

use crate::setting::{Bug, Setting};

/// What can happen to a meter. Frames by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Input {
    /// As concentrator, a plan.
    Open(u8),
    /// The first keys that came, one of each member; the rest is u16::MAX.
    CloseForming([u16; 3]),
    Join(u16),
    Seat(u16),
    Start {
        round: u8,
        frame: u16,
    },
    Relay {
        round: u8,
        frame: u16,
    },
    Close(u16),
    Contribute(u8),
    /// As concentrator: goes on as another plan.
    HealAs(u8),
    Heal(u16),
    /// With records only.
    Reboot,
    /// With records, and state of now or of before the last round.
    Restore {
        old: bool,
    },
}

/// Equal images answer alike: what a role has forgotten is not in them.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Image {
    pub(crate) boot: u8,
    pub(crate) generation: Vec<u8>,
    pub(crate) mark: Vec<u8>,
    pub(crate) forming: Option<u8>,
    /// The token, and the boot in which it was answered.
    pub(crate) joining: Option<(u16, u8)>,
    pub(crate) seat: Option<Seat>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Seat {
    /// As which the ring was formed, and is now.
    pub(crate) root: u8,
    pub(crate) plan: u8,
    pub(crate) how: How,
    pub(crate) boot: u8,
    pub(crate) heals: Vec<Input>,
    pub(crate) last: Option<Last>,
    /// State went to storage and back after all that.
    pub(crate) restored: bool,
}

impl Seat {
    pub(crate) fn new(plan: u8, how: How, boot: u8) -> Self {
        Seat { root: plan, plan, how, boot, heals: Vec::new(), last: None, restored: false }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum How {
    Member {
        token: u16,
        seat: u16,
    },
    /// What it has of the members is in memory only.
    Lead {
        heard: [u16; 3],
        book: bool,
    },
}

/// The last round in which something left, and how.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Last {
    pub(crate) input: Input,
    /// The round and the first or a later look at its reading.
    pub(crate) round: u8,
    pub(crate) look: u8,
    pub(crate) closed: Option<u16>,
    pub(crate) boot: u8,
    /// So many healings came before.
    pub(crate) after: u8,
}

impl Image {
    fn is_blank(&self) -> bool {
        self.forming.is_none() && self.joining.is_none() && self.seat.is_none()
    }

    /// Whether it can heal the ring that was formed as a plan.
    pub(crate) fn heals(&self, root: u8) -> bool {
        let leads = |seat: &Seat| seat.root == root && matches!(seat.how, How::Lead { book: true, .. });
        self.seat.as_ref().is_some_and(leads)
    }

    /// The plan of the ring that it sits in.
    pub(crate) fn seated(&self) -> Option<u8> {
        self.seat.as_ref().map(|seat| seat.plan)
    }

    /// Without all but its records.
    pub(crate) fn reboot(&self, setting: &Setting) -> Option<Image> {
        if self.is_blank() {
            return None;
        }
        let mut next = Image { boot: self.boot + 1, ..Image::default() };
        if setting.bug != Bug::GenerationLost {
            next.generation.clone_from(&self.generation);
        }
        if setting.bug != Bug::MarkLost {
            next.mark.clone_from(&self.mark);
        }
        Some(next)
    }

    /// From its state; a state of before the last round, if it is old.
    pub(crate) fn restore(&self, setting: &Setting, old: bool) -> Option<Image> {
        let mut next = self.reboot(setting)?;
        next.joining = self.joining;
        next.seat.clone_from(&self.seat);
        if let Some(seat) = &mut next.seat {
            if let How::Lead { book, .. } = &mut seat.how {
                *book = false;
            }
            let last = seat.last.filter(|last| usize::from(last.after) == seat.heals.len());
            match (old, last) {
                (true, None) => return None,
                (true, Some(_)) => seat.last = None,
                (false, _) => {}
            }
            seat.restored = true;
        } else if old || next.joining.is_none() {
            return None;
        }
        Some(next)
    }
}
