//! An honest utility over a network that loses, delays, repeats and reorders, and meters that reboot: what was sent may
//! come at any later time, any number of times or never.
//!
//! Holders hear nothing before the final Close is made, and the meters nothing once they do: neither depends on the
//! other any more, so no order is missed but those that differ in nothing.

use std::sync::Arc;

use stateright::{Checker, Model, Property};

use crate::algebra::{Set, members};
use crate::head::{Head, Heads, Phase};
use crate::meters::{Local, Meters};
use crate::setting::Setting;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct State {
    head: Head,
    /// Empty once holders are asked.
    meters: Vec<Local>,
    /// Holders of the quorum asked that have answered; the answer may be lost.
    answered: Set,
    /// Meters that have rebooted in the round.
    rebooted: Set,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// A frame of the utility comes to a meter.
    Hear {
        meter: u8,
        frame: u8,
    },
    Contribute {
        meter: u8,
    },
    Store {
        meter: u8,
    },
    Reboot {
        meter: u8,
    },
    /// A contribution or repair comes to the utility.
    Take {
        meter: u8,
    },
    Deadline,
    /// On to the holders.
    Turn,
    Answer {
        holder: u8,
    },
    TakeAnswer {
        holder: u8,
    },
    AskOthers,
}

pub(crate) struct Honest {
    setting: Arc<Setting>,
    meters: Meters,
    heads: Heads,
    stores: bool,
}

impl Honest {
    pub(crate) fn new(setting: &Arc<Setting>, quorums: Vec<Set>, stores: bool) -> Self {
        let (meters, heads) = (Meters::new(setting), Heads::new(setting, quorums));
        Honest { setting: Arc::clone(setting), meters, heads, stores }
    }

    /// Whether the utility waits for something that this meter has sent, and what it has then.
    fn taken(&self, head: &Head, place: u8, local: &Local) -> Option<Head> {
        let mut next = *head;
        match self.heads.stage(head).phase {
            Phase::Collecting if local.contributed => next.here |= 1 << place,
            Phase::Repairing { pass, set } if local.repaired[usize::from(pass) - 1] == Some(set) => {
                next.repairs[usize::from(pass) - 1] |= 1 << place;
            }
            _ => return None,
        }
        (next != *head).then_some(next)
    }

    /// From here on all that is sent comes, once and at once, and deadlines are long enough. Whether the round ends in
    /// the right sum, or is lost for one of the reasons that are documented; then the next one brings the sum of all.
    fn ends_well(&self, state: &State) -> bool {
        if state.meters.is_empty() {
            return self.asks_on(&state.head);
        }
        let (mut head, mut meters) = (state.head, state.meters.clone());
        let begun = self.heads.stage(&head).phase;
        loop {
            let stage = self.heads.stage(&head);
            for (place, local) in (0u8..).zip(&mut meters) {
                for frame in &stage.sent {
                    *local = self.meters.after_hearing(&self.heads, place, local, frame).unwrap_or(*local);
                    *local = self.meters.after_contributing(&self.heads, place, local).unwrap_or(*local);
                }
                head = self.taken(&head, place, local).unwrap_or(head);
            }
            match self.heads.stage(&head).phase {
                Phase::Collecting | Phase::Repairing { .. } => head.closes += 1,
                Phase::Final { .. } => return self.asks_on(&head) && self.goes_on(&head, &meters),
                Phase::Lost => break,
            }
        }
        // Only a reboot keeps a meter from sending what is waited for.
        let lost_before = begun == Phase::Lost;
        let excused = lost_before || state.rebooted != 0;
        excused && self.goes_on(&head, &meters)
    }

    /// All holders of a quorum answer.
    fn asks_on(&self, head: &Head) -> bool {
        let quorums = self.heads.quorums();
        let asked = (head.asked..).zip(&quorums[usize::from(head.asked)..]);
        asked.into_iter().all(|(asked, quorum)| {
            let head = Head { asked, answers: *quorum, ..*head };
            self.is_right(&head) && self.heads.stage(&head).sum.is_some()
        })
    }

    /// A sum that was recorded is that of the closed set.
    fn is_right(&self, head: &Head) -> bool {
        let stage = self.heads.stage(head);
        let Some(sum) = &stage.sum else { return true };
        let Phase::Final { set } = stage.phase else { return false };
        let right: i64 = members(set).map(|place| self.setting.reading(place, 0, 0)).sum();
        set & !head.here == 0 && set.count_ones() >= self.setting.plan.rules.min_meters() && *sum == Ok(right)
    }

    /// The next round is opened for all, and all send.
    fn goes_on(&self, head: &Head, meters: &[Local]) -> bool {
        let open = self.heads.next_open(head);
        let frames = (0u8..).zip(meters).map(|(place, local)| {
            let heard = self.meters.hear(&self.heads, place, local.memory, &open)?;
            Some(self.meters.contribute(place, heard.memory, 1)?.1)
        });
        let Some(frames) = frames.collect::<Option<Vec<Vec<u8>>>>() else { return false };
        self.heads.next_round(head, &frames);
        true
    }
}

impl Model for Honest {
    type State = State;
    type Action = Event;

    fn init_states(&self) -> Vec<State> {
        let meters = self.meters.begin();
        vec![State { head: Head::default(), meters, answered: 0, rebooted: 0 }]
    }

    fn actions(&self, state: &State, events: &mut Vec<Event>) {
        let stage = self.heads.stage(&state.head);
        for meter in 0..state.meters.len() as u8 {
            events.extend((0..stage.sent.len() as u8).map(|frame| Event::Hear { meter, frame }));
            events.extend([Event::Contribute { meter }, Event::Reboot { meter }, Event::Take { meter }]);
            if self.stores {
                events.push(Event::Store { meter });
            }
        }
        match stage.phase {
            Phase::Final { .. } if state.meters.is_empty() => {
                let quorum = self.heads.quorums()[usize::from(state.head.asked)];
                events.extend(members(quorum).map(|holder| Event::Answer { holder }));
                events.extend(members(quorum).map(|holder| Event::TakeAnswer { holder }));
                events.push(Event::AskOthers);
            }
            Phase::Final { .. } => events.push(Event::Turn),
            Phase::Collecting | Phase::Repairing { .. } => events.push(Event::Deadline),
            Phase::Lost => {}
        }
    }

    fn next_state(&self, state: &State, event: Event) -> Option<State> {
        let mut next = state.clone();
        let stage = self.heads.stage(&state.head);
        match event {
            Event::Hear { meter, frame } => {
                let local = &mut next.meters[usize::from(meter)];
                *local =
                    self.meters.after_hearing(&self.heads, meter, local, &stage.sent[usize::from(frame)])?;
            }
            Event::Contribute { meter } => {
                let local = &mut next.meters[usize::from(meter)];
                *local = self.meters.after_contributing(&self.heads, meter, local)?;
            }
            Event::Store { meter } => {
                let local = &mut next.meters[usize::from(meter)];
                local.stored = local.memory;
            }
            Event::Reboot { meter } => {
                let local = &mut next.meters[usize::from(meter)];
                if local.memory == local.stored {
                    return None;
                }
                local.memory = local.stored;
                next.rebooted |= 1 << meter;
            }
            Event::Take { meter } => {
                next.head = self.taken(&state.head, meter, &state.meters[usize::from(meter)])?;
            }
            Event::Deadline => next.head.closes += 1,
            Event::Turn => (next.meters, next.rebooted) = (Vec::new(), 0),
            Event::Answer { holder } => next.answered |= 1 << holder,
            Event::TakeAnswer { holder } => next.head.answers |= next.answered & 1 << holder,
            Event::AskOthers => {
                if usize::from(state.head.asked) + 1 == self.heads.quorums().len() {
                    return None;
                }
                next.head.asked += 1;
                (next.head.answers, next.answered) = (0, 0);
            }
        }
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(RIGHT, |model: &Honest, state: &State| model.is_right(&state.head)),
            Property::always(ENDS, |model: &Honest, state: &State| model.ends_well(state)),
            Property::sometimes(SUM, |model: &Honest, state: &State| {
                model.heads.stage(&state.head).sum.is_some()
            }),
            // With three meters a meter less after a repair is one too few.
            Property::sometimes(AGAIN, |model: &Honest, state: &State| {
                let head = &state.head;
                head.closes + 1 >= model.setting.meters().min(4) && model.heads.stage(head).sum.is_some()
            }),
            Property::sometimes(LOST, |model: &Honest, state: &State| {
                model.heads.stage(&state.head).phase == Phase::Lost
            }),
        ]
    }
}

const RIGHT: &str = "a sum is that of its set";
const SUM: &str = "a sum";
const AGAIN: &str = "a sum after two Closes, of four meters or more after three";
const LOST: &str = "a round that is lost";
const ENDS: &str = "every round can end, and the next one after it";

/// Unique states and depth; whatever breaks a rule is printed and fails.
pub(crate) fn check(setting: &Arc<Setting>, quorums: Vec<Set>, stores: bool) -> (usize, usize) {
    let checker = Honest::new(setting, quorums, stores).checker().threads(2).spawn_bfs().join();
    for name in [RIGHT, ENDS] {
        if let Some(path) = checker.discovery(name) {
            panic!("not so: {name}, after {:?}", path.into_actions());
        }
    }
    for name in [SUM, AGAIN, LOST] {
        assert!(checker.discovery(name).is_some(), "never {name}");
    }
    (checker.unique_state_count(), checker.max_depth())
}
