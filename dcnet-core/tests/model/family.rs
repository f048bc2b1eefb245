//! What a utility that signs anything tries: a finite choice of messages that stands for all.

use crate::algebra::Set;
use crate::role::{Image, Input, Role, Who, quorums};
use crate::setting::{After, Order, Setting};

/// What the utility tries, and what the party loses.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub(crate) rounds: u8,
    /// Whom Opens name, and Closes.
    pub(crate) presents: Vec<Set>,
    pub(crate) sets: Vec<Set>,
    /// Readings that the application would send for one round, one after the other.
    pub(crate) variants: u8,
    pub(crate) passes: u8,
    pub(crate) quorums: Vec<Set>,
    /// Whether holders are asked for statements and raw answers too, and about rounds they have missed.
    pub(crate) certified: bool,
    pub(crate) reboots: bool,
    /// Records that a party does not find again after a reboot: rules broken for contrast.
    pub(crate) lost: Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    Nothing,
    /// A meter's high-water mark.
    Marks,
    /// A meter's Close records, or a holder's log.
    Records,
}

impl Family {
    /// Everything there is for these rounds.
    pub(crate) fn all(setting: &Setting, rounds: u8) -> Self {
        let all: Vec<Set> = setting.sets().collect();
        Family {
            rounds,
            presents: all.clone(),
            sets: all,
            variants: 2,
            passes: 3,
            quorums: quorums(setting),
            certified: true,
            reboots: true,
            lost: Lost::Nothing,
        }
    }

    pub(crate) fn inputs(&self, role: &Role) -> Vec<Input> {
        let mut all = Vec::new();
        for round in 0..self.rounds {
            for present in self.presents.iter().copied() {
                let named = if round == 0 {
                    &[After::Nothing][..]
                } else {
                    &[After::Nothing, After::Final, After::Other]
                };
                all.extend(named.iter().map(|after| Input::Open { round, present, after: *after }));
            }
            match role.who {
                Who::Meter(_) => self.for_meter(role, round, &mut all),
                Who::Holder(_) => self.for_holder(role, round, &mut all),
            }
        }
        all
    }

    fn for_meter(&self, role: &Role, round: u8, all: &mut Vec<Input>) {
        all.extend((0..self.variants).map(|variant| Input::Contribute { round, variant }));
        // A meter does nothing with the quorum.
        let quorum = self.quorums.first().copied();
        let least = role.setting.plan.rules.min_meters();
        for (pass, set) in (1..=self.passes).flat_map(|pass| self.sets.iter().map(move |set| (pass, *set))) {
            let right = if pass == 1 { After::Open } else { After::Close };
            for last in [None, quorum.or(Some(0))] {
                all.push(Input::Close(Order { round, pass, set, last, after: right }));
                if set.count_ones() >= least {
                    all.push(Input::Close(Order { round, pass, set, last, after: After::Other }));
                }
            }
        }
    }

    /// Leaves out what a party is sure to treat as another input: a Close of a round that is not open at a meter
    /// silences it there, whatever the set and the pass.
    pub(crate) fn tries(&self, role: &Role, image: &Image, input: &Input) -> bool {
        match (role.who, input) {
            (Who::Meter(_), Input::Close(order)) if role.opened(image) != Some(order.round) => {
                let everybody = everybody_of(&role.setting);
                order.after == After::Other && order.set == everybody && order.pass < 3
            }
            _ => true,
        }
    }

    fn for_holder(&self, role: &Role, round: u8, all: &mut Vec<Input>) {
        let Who::Holder(own) = role.who else { return };
        let some = self.quorums[0];
        let everybody = ((1u16 << role.setting.shape.holders) - 1) as Set;
        if self.certified && round == 0 {
            all.push(Input::Certify);
        }
        for set in self.sets.iter().copied() {
            let order = |pass, last, after| Order { round, pass, set, last, after };
            all.push(Input::Close(order(1, None, After::Open)));
            all.push(Input::Close(order(1, Some(some), After::Other)));
            for quorum in self.quorums.iter().copied() {
                all.push(Input::Close(order(1, Some(quorum), After::Open)));
                all.push(Input::Close(order(2, Some(quorum), After::Other)));
            }
            for quorum in [some & !(1 << (own ^ 1)), everybody] {
                all.push(Input::Close(order(1, Some(quorum), After::Open)));
            }
            if !self.certified {
                continue;
            }
            all.push(Input::Agree(order(1, Some(everybody), After::Open)));
            all.push(Input::Agree(order(2, Some(everybody), After::Other)));
            all.push(Input::Follow(order(2, Some(some), After::Other)));
            let present = everybody_of(&role.setting);
            all.push(Input::CatchUp { round, present, set, quorum: some });
        }
    }
}

fn everybody_of(setting: &Setting) -> Set {
    ((1u16 << setting.meters()) - 1) as Set
}
