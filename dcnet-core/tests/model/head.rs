//! The actual utility and holders in a round, as far as the frames that have come take them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dcnet_core::{Closed, Closing, Collecting, Error, Holder, Utility};
use meter_link::answer::Quorum;
use meter_link::round::Close;

use crate::algebra::{Set, members};
use crate::setting::Setting;

/// What the utility has taken and done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Head {
    /// Contributions.
    pub(crate) here: Set,
    /// Deadlines that have passed.
    pub(crate) closes: u8,
    /// Repairs of the first pass and of the second.
    pub(crate) repairs: [Set; 2],
    /// Which quorum is asked.
    pub(crate) asked: u8,
    /// Answers of that quorum.
    pub(crate) answers: Set,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    Collecting,
    /// Repairs of this pass, of the meters of a set.
    Repairing {
        pass: u8,
        set: Set,
    },
    Final {
        set: Set,
    },
    Lost,
}

/// Where that leads.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Open and Closes that were sent.
    pub(crate) sent: Vec<Vec<u8>>,
    pub(crate) phase: Phase,
    /// Once all answers are here.
    pub(crate) sum: Option<Result<i64, Error>>,
}

/// By meter, pass and Close.
type Repairs = HashMap<(u8, u8, Set), Vec<u8>>;

/// Runs the roles once for each `Head`, from their bytes on.
pub(crate) struct Heads {
    setting: Arc<Setting>,
    start: Vec<u8>,
    holders: Vec<Vec<u8>>,
    quorums: Vec<Set>,
    contributions: Mutex<Vec<Option<Vec<u8>>>>,
    repairs: Mutex<Repairs>,
    stages: Mutex<HashMap<Head, Arc<Stage>>>,
    opens: Mutex<HashMap<Head, Vec<u8>>>,
    /// Contributions of the next round that have brought its sum.
    next: Mutex<HashMap<Head, Vec<Vec<u8>>>>,
}

impl Heads {
    pub(crate) fn new(setting: &Arc<Setting>, quorums: Vec<Set>) -> Self {
        let own = setting.plan.cohort().utility;
        let (view, roster) = (&setting.cohort.view, setting.cohort.roster.clone());
        let utility = Utility::new(&setting.params, view, own.identity, own.link, roster).unwrap();
        let start = utility.to_bytes().unwrap().to_vec();
        let contributions = Mutex::new(vec![None; setting.meters().into()]);
        let holder = |number| setting.plan.holder(number).to_bytes().unwrap().to_vec();
        let holders = (1..=setting.shape.holders).map(holder).collect();
        let setting = Arc::clone(setting);
        let (repairs, stages, opens, next) = Default::default();
        Heads { setting, start, holders, quorums, contributions, repairs, stages, opens, next }
    }

    pub(crate) fn quorums(&self) -> &[Set] {
        &self.quorums
    }

    /// A frame of a meter, the same whenever it is sent.
    pub(crate) fn contributed(&self, place: u8, frame: &[u8]) {
        let mut all = self.contributions.lock().unwrap();
        let known = all[usize::from(place)].get_or_insert_with(|| frame.to_vec());
        assert_eq!(*known, frame);
    }

    pub(crate) fn repaired(&self, place: u8, pass: u8, set: Set, frame: &[u8]) {
        let mut all = self.repairs.lock().unwrap();
        assert_eq!(*all.entry((place, pass, set)).or_insert_with(|| frame.to_vec()), frame);
    }

    pub(crate) fn stage(&self, head: &Head) -> Arc<Stage> {
        if let Some(stage) = self.stages.lock().unwrap().get(head) {
            return Arc::clone(stage);
        }
        let stage = Arc::new(self.run(head).0);
        self.stages.lock().unwrap().insert(*head, Arc::clone(&stage));
        stage
    }

    fn utility(&self, state: &[u8]) -> Utility {
        let identity = self.setting.utility_identity();
        let (params, roster) = (&self.setting.params, self.setting.cohort.roster.clone());
        Utility::from_bytes(params, &self.setting.cohort.view, identity, roster, state).unwrap()
    }

    fn holder(&self, place: u8) -> Holder {
        let Setting { params, cohort, .. } = &*self.setting;
        let (id, state) = (cohort.answerers[usize::from(place)].id, &self.holders[usize::from(place)]);
        Holder::from_bytes(params, &cohort.view, id, &cohort.roster, state).unwrap()
    }

    fn quorum(&self, number: u8) -> Quorum {
        let numbers: Vec<u8> = members(self.quorums[usize::from(number)]).map(|a| a + 1).collect();
        Quorum::new(&numbers).unwrap()
    }

    /// The round up to there, with a restart between contributions and Close.
    fn run(&self, head: &Head) -> (Stage, Utility) {
        let now = self.setting.round(0);
        let everybody = vec![true; self.setting.meters().into()];
        let mut utility = self.utility(&self.start);
        let mut collecting = utility.open(now, now, &everybody).unwrap();
        let mut sent = vec![collecting.frame().to_vec()];
        self.collect(&mut collecting, head.here);
        if head.closes == 0 {
            return (Stage { sent, phase: Phase::Collecting, sum: None }, utility);
        }
        let (stored, open) = (utility.to_bytes().unwrap(), collecting.to_bytes().unwrap());
        utility = self.utility(&stored);
        collecting = utility.reopen(&open).unwrap();

        let quorum = self.quorum(0);
        let mut closing = utility.close(collecting, &quorum);
        for pass in 1..=3 {
            match closing {
                Err(error) => {
                    assert!(matches!(error, Error::Quorum { .. }), "{error}");
                    return (Stage { sent, phase: Phase::Lost, sum: None }, utility);
                }
                Ok(Closing::Final(mut closed)) => {
                    sent.push(closed.frame().to_vec());
                    if head.asked > 0 {
                        utility.ask(&mut closed, &self.quorum(head.asked)).unwrap();
                        sent.push(closed.frame().to_vec());
                    }
                    let sum = self.opened(head, &sent, &mut closed, &mut utility);
                    let set = self.set_of(&sent[sent.len() - 1]);
                    return (Stage { sent, phase: Phase::Final { set }, sum }, utility);
                }
                Ok(Closing::Repairing(mut repairing)) => {
                    sent.push(repairing.frame().to_vec());
                    let set = self.set_of(&sent[sent.len() - 1]);
                    for ((place, of, asked), frame) in &*self.repairs.lock().unwrap() {
                        let right = (*of, *asked) == (pass, set);
                        if !right {
                            // Late ones, of an earlier pass.
                            assert!(*of == pass || repairing.accept(frame).is_err());
                        } else if head.repairs[usize::from(pass) - 1] >> place & 1 == 1 {
                            repairing.accept(frame).unwrap();
                            repairing.accept(frame).unwrap();
                        }
                    }
                    if head.closes == pass {
                        return (Stage { sent, phase: Phase::Repairing { pass, set }, sum: None }, utility);
                    }
                    closing = utility.close_again(repairing, &quorum);
                }
            }
        }
        unreachable!("a third Close that is not final")
    }

    fn collect(&self, collecting: &mut Collecting, here: Set) {
        for place in members(here) {
            let frame = self.contributions.lock().unwrap()[usize::from(place)].clone().unwrap();
            collecting.accept(&frame).unwrap();
            collecting.accept(&frame).unwrap();
        }
    }

    /// The holders of the quorum that have answered, from the Open on.
    fn opened(
        &self,
        head: &Head,
        sent: &[Vec<u8>],
        closed: &mut Closed,
        utility: &mut Utility,
    ) -> Option<Result<i64, Error>> {
        for place in members(head.answers) {
            let mut holder = self.holder(place);
            let now = self.setting.round(0);
            assert!(holder.answer(now, &sent[sent.len() - 1]).is_err()); // its Open is late
            holder.open(now, &sent[0]).unwrap();
            holder.open(now, &sent[0]).unwrap();
            let answer = holder.answer(now, &sent[sent.len() - 1]).unwrap().stored();
            assert_eq!(holder.answer(now, &sent[sent.len() - 1]).unwrap().stored(), answer);
            closed.accept(&answer).unwrap();
            closed.accept(&answer).unwrap();
        }
        if closed.missing().next().is_some() {
            assert!(matches!(utility.record(closed), Err(Error::Quorum { .. })));
            return None;
        }
        Some(utility.record(closed).map(|sum| sum.values[0]))
    }

    /// The set that a Close names.
    fn set_of(&self, close: &[u8]) -> Set {
        let close = Close::verify(close, &self.setting.cohort.view, self.setting.round(0)).unwrap();
        close.set.positions().map(|place| 1 << place).sum()
    }

    /// The Open of the round after this one.
    pub(crate) fn next_open(&self, head: &Head) -> Vec<u8> {
        if let Some(frame) = self.opens.lock().unwrap().get(head) {
            return frame.clone();
        }
        let now = self.setting.round(1);
        let (_, mut utility) = self.run(head);
        let frame =
            utility.open(now, now, &vec![true; self.setting.meters().into()]).unwrap().frame().to_vec();
        self.opens.lock().unwrap().insert(*head, frame.clone());
        frame
    }

    /// Runs the next round whole on these contributions: its sum is right.
    pub(crate) fn next_round(&self, head: &Head, contributions: &[Vec<u8>]) {
        if let Some(known) = self.next.lock().unwrap().get(head) {
            assert_eq!(known, contributions);
            return;
        }
        let now = self.setting.round(1);
        let (_, mut utility) = self.run(head);
        let mut collecting = utility.open(now, now, &vec![true; self.setting.meters().into()]).unwrap();
        contributions.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
        let open = collecting.frame().to_vec();
        let quorum = self.quorum(0);
        let Closing::Final(mut closed) = utility.close(collecting, &quorum).unwrap() else { unreachable!() };
        for number in quorum.iter() {
            let mut holder = self.holder(number - 1);
            holder.open(now, &open).unwrap();
            let answer = holder.answer(now, closed.frame()).unwrap().stored();
            closed.accept(&answer).unwrap();
        }
        let right: i64 = (0..self.setting.meters()).map(|place| self.setting.reading(place, 1, 0)).sum();
        assert_eq!(utility.record(&closed).unwrap().values, [right]);
        self.next.lock().unwrap().insert(*head, contributions.to_vec());
    }
}
