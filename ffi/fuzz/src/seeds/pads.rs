//! dcnet and shamir: meters, answerers, and a round of one meter that is silent.

use std::rc::Rc;

use wattsum::dcnet::wattsum_dcnet_params;
use wattsum::shamir::wattsum_shamir_params;

use super::super::base::Base;
use super::groups::{ANSWERERS, Group, METERS, common, epoch, lists, member, plant, two};
use super::{A, Blob, NULL, Scribe, Story, Z, story, value};

const SILENT: u8 = METERS - 1;

/// Puts the parameters of a protocol into the world.
pub fn params(scribe: &mut Scribe, name: &str) -> fn() -> A {
    match name {
        "dcnet" => {
            let params = wattsum_dcnet_params {
                group: common(1),
                degree: 0,
                min_neighbours: 3,
                holders: ANSWERERS,
                threshold: 3,
                colluding: 1,
            };
            plant(&mut scribe.game, params);
            value_of_dcnet
        }
        _ => {
            let group = common(2);
            plant(
                &mut scribe.game,
                wattsum_shamir_params { group, aggregators: ANSWERERS, threshold: 3, colluding: 1 },
            );
            value_of_shamir
        }
    }
}

fn value_of_dcnet() -> A {
    value::<wattsum_dcnet_params>(0)
}

fn value_of_shamir() -> A {
    value::<wattsum_shamir_params>(0)
}

struct Names {
    name: &'static str,
    answerer: &'static str,
    params: fn() -> A,
}

impl Names {
    fn of(name: &str) -> Self {
        match name {
            "dcnet" => Names { name: "dcnet", answerer: "holder", params: value_of_dcnet },
            _ => Names { name: "shamir", answerer: "aggregator", params: value_of_shamir },
        }
    }

    fn is_dcnet(&self) -> bool {
        self.name == "dcnet"
    }

    fn call(&self, scribe: &mut Scribe, what: &str, arguments: Vec<A>) -> Vec<Blob> {
        scribe.call(&format!("wattsum_{}_{what}", self.name), arguments)
    }

    fn answers(&self, scribe: &mut Scribe, what: &str, arguments: Vec<A>) -> Vec<Blob> {
        scribe.call(&format!("wattsum_{}_{}_{what}", self.name, self.answerer), arguments)
    }

    fn setup(&self, group: &Group, meter: u8) -> A {
        let mut all = vec![Z, (self.params)(), epoch(), lists(), A::Many(vec![member(0)])];
        all.push(A::Many((0..ANSWERERS).map(|number| member(1 + METERS + number)).collect()));
        if self.is_dcnet() {
            let around: Vec<A> = (0..METERS)
                .filter(|other| *other != meter)
                .flat_map(|other| [A::N(other), member(1 + other)])
                .collect();
            // A neighbour is two arguments.
            all.push(A::N(METERS - 1));
            all.extend(around);
        }
        all.push(A::N(group.meter(meter).id));
        if self.is_dcnet() {
            all.push(A::N(meter));
        }
        all.push(Z);
        A::Parts(all)
    }
}

/// States of the roles after they were made, and what the others send in the first round.
pub fn own(scribe: &mut Scribe, group: &Group, name: &str) -> Vec<Blob> {
    let names = Names::of(name);
    let mut own = Vec::new();
    let utility = group.utility();
    let made = vec![(names.params)(), epoch(), Z, A::In(utility.identity), A::Holding(utility.link), Z, Z];
    names.call(scribe, "utility_new", made);
    own.push(last(names.call(scribe, "utility_export", vec![Z, Z, Z, Z])));
    for number in 0..ANSWERERS {
        let party = group.answerer(number);
        let made = vec![
            (names.params)(),
            epoch(),
            A::N(party.id),
            Z,
            A::In(party.identity),
            A::Holding(party.link),
            Z,
            Z,
        ];
        names.answers(scribe, "new", made);
        own.push(last(names.answers(scribe, "export", vec![Z, Z, Z, Z])));
    }
    for meter in 0..METERS {
        let made = vec![A::N(meter), Z, names.setup(group, meter), A::Holding(group.meter(meter).link), Z, Z];
        names.call(scribe, "meter_new", made);
        own.push(last(names.call(scribe, "meter_export", vec![A::N(meter), Z, Z, Z])));
    }
    // The first round, as the others see it.
    let present = A::Raw([&[0x10, METERS][..], &[1; METERS as usize]].concat());
    names.call(scribe, "utility_open", vec![Z, Z, Z, present, Z, Z]);
    let open = last(names.call(scribe, "round_frame", vec![Z, Z, Z, Z]));
    for meter in 0..METERS {
        scribe.call("wattsum_mark_new", vec![Z]);
        let mut arguments = vec![A::N(meter), Z, Z, Z, A::N(meter + 1), Z, Z, Z, Z, Z];
        if names.is_dcnet() {
            names.call(scribe, "meter_open", vec![A::N(meter), Z, A::In(open), Z, Z]);
            arguments.push(Z);
        }
        let frame = last(names.call(scribe, "meter_contribute", arguments));
        if meter != SILENT {
            names.call(scribe, "round_accept", vec![Z, A::In(frame), Z, Z, Z]);
        }
        own.push(frame);
    }
    if names.is_dcnet() {
        names.call(scribe, "utility_close", vec![Z, Z, quorum(), Z, Z]);
        let close = last(names.call(scribe, "round_frame", vec![Z, Z, Z, Z]));
        for meter in 0..SILENT {
            own.push(last(names.call(
                scribe,
                "meter_close",
                vec![A::N(meter), Z, A::In(close), Z, Z, Z, Z, Z, Z],
            )));
        }
    }
    own
}

pub fn last(blobs: Vec<Blob>) -> Blob {
    *blobs.last().unwrap()
}

/// Answerers 1, 2 and 4.
fn quorum() -> A {
    A::Raw(vec![0x10, 3, 1, 2, 4])
}

pub fn stories(base: &Rc<Base>, group: &Group, name: &str) -> Vec<Story> {
    let names = Names::of(name);
    vec![
        story(base, "round", |scribe| round(scribe, group, &names)),
        story(base, "new", |scribe| made(scribe, group, &names)),
    ]
}

/// Every role from its secrets, once.
fn made(scribe: &mut Scribe, group: &Group, names: &Names) {
    let utility = group.utility();
    let arguments =
        vec![(names.params)(), epoch(), Z, A::In(utility.identity), A::Holding(utility.link), Z, Z];
    names.call(scribe, "utility_new", arguments);
    let party = group.answerer(1);
    let arguments = vec![
        (names.params)(),
        epoch(),
        A::N(party.id),
        Z,
        A::In(party.identity),
        A::Holding(party.link),
        Z,
        Z,
    ];
    names.answers(scribe, "new", arguments);
    let arguments = vec![A::N(1), Z, names.setup(group, 1), A::Holding(group.meter(1).link), Z, Z];
    names.call(scribe, "meter_new", arguments);
    let record = last(names.call(scribe, "utility_progress", vec![Z, Z]));
    names.call(scribe, "utility_resume", vec![Z, A::In(record), Z]);
    names.call(scribe, "meter_free", vec![A::N(1)]);
    names.answers(scribe, "free", vec![Z]);
    names.call(scribe, "utility_free", vec![Z]);
}

/// A round from stored states to its sums, by way of branches and a restart of the utility.
fn round(scribe: &mut Scribe, group: &Group, names: &Names) {
    let own = &group.own;
    let (answerers, meters) = (1, 1 + usize::from(ANSWERERS));
    let frames = meters + usize::from(METERS);
    let repairs = frames + usize::from(METERS);
    let identity = group.utility().identity;
    let imported = vec![(names.params)(), epoch(), Z, A::In(identity), A::In(own[0]), Z, Z, Z];
    names.call(scribe, "utility_import", imported);
    let quorum_numbers = [0u8, 1, 3];
    for number in quorum_numbers {
        let party = group.answerer(number);
        let state = own[answerers + usize::from(number)];
        let imported =
            vec![(names.params)(), epoch(), A::N(party.id), Z, A::In(party.identity), A::In(state), Z, Z, Z];
        names.answers(scribe, "import", imported);
    }
    names.call(scribe, "meter_import", vec![Z, Z, names.setup(group, 0), A::In(own[meters]), Z, Z, Z]);
    scribe.call("wattsum_mark_new", vec![Z]);
    let present = A::Raw([&[0x10, METERS][..], &[1; METERS as usize]].concat());
    names.call(scribe, "utility_open", vec![Z, Z, Z, present, Z, Z]);
    let open = last(names.call(scribe, "round_frame", vec![Z, Z, Z, Z]));
    scribe.call("wattsum_frame_inspect", vec![A::In(open), Z, Z]);
    for back in 0..3 {
        names.answers(scribe, "open", vec![A::N(back), Z, A::In(open), Z, Z]);
    }
    let mut arguments = vec![Z, Z, Z, Z, A::N(1), Z, Z, Z, Z, Z];
    if names.is_dcnet() {
        names.call(scribe, "meter_open", vec![Z, Z, A::In(open), Z, Z]);
        arguments.push(Z);
    }
    let [mark, frame] = two(names.call(scribe, "meter_contribute", arguments));
    scribe.call("wattsum_mark_replay", vec![Z, A::In(mark), Z]);
    names.call(scribe, "round_accept", vec![Z, A::In(frame), Z, Z, Z]);
    let sent = |meter: u8| A::In(own[frames + usize::from(meter)]);
    names.call(scribe, "round_accept_many", vec![Z, A::Many(vec![sent(1), sent(2), sent(1)]), Z, Z, Z]);
    names.call(scribe, "round_branch", vec![Z, Z]);
    names.call(scribe, "branch_accept_many", vec![Z, A::Many(vec![sent(3), sent(2), NULL]), Z, Z, Z]);
    let branch = last(names.call(scribe, "branch_to_bytes", vec![Z, Z, Z, Z]));
    names.call(scribe, "round_merge_bytes", vec![Z, A::In(branch), Z, Z]);
    names.call(scribe, "round_merge", vec![Z, Z, Z]);
    names.call(scribe, "branch_free", vec![Z]);
    names.call(scribe, "round_missing", vec![Z, Z, Z, Z]);
    // The power fails at the utility.
    let running = last(names.call(scribe, "round_export", vec![Z, Z, Z, Z]));
    let state = last(names.call(scribe, "utility_export", vec![Z, Z, Z, Z]));
    names.call(scribe, "round_free", vec![Z]);
    names.call(scribe, "utility_free", vec![Z]);
    names.call(
        scribe,
        "utility_import",
        vec![(names.params)(), epoch(), Z, A::In(identity), A::In(state), Z, Z, Z],
    );
    names.call(scribe, "utility_reopen", vec![Z, A::In(running), Z, Z, Z]);
    let mut close = vec![Z, Z, quorum(), Z];
    if names.is_dcnet() {
        close.push(Z);
        names.call(scribe, "utility_close", vec![Z, Z, quorum(), Z, Z]);
        let asks = last(names.call(scribe, "round_frame", vec![Z, Z, Z, Z]));
        let [record, repair] =
            two(names.call(scribe, "meter_close", vec![Z, Z, A::In(asks), Z, Z, Z, Z, Z, Z]));
        names.call(scribe, "meter_replay", vec![Z, A::In(record), Z]);
        names.call(scribe, "round_accept", vec![Z, A::In(repair), Z, Z, Z]);
        let others = (1..SILENT).map(|meter| A::In(own[repairs + usize::from(meter)])).collect();
        names.call(scribe, "round_accept_many", vec![Z, A::Many(others), Z, Z, Z]);
    }
    names.call(scribe, "utility_close", close);
    let close = last(names.call(scribe, "round_frame", vec![Z, Z, Z, Z]));
    for back in 0..3 {
        let answered = names.answers(scribe, "answer", vec![A::N(back), Z, A::In(close), Z, Z, Z, Z, Z, Z]);
        let [record, answer] = two(answered);
        names.answers(scribe, "replay", vec![A::N(back), A::In(record), Z]);
        names.call(scribe, "round_accept", vec![Z, A::In(answer), Z, Z, Z]);
    }
    names.call(scribe, "utility_record", vec![Z, Z, Z, Z, Z]);
    names.call(scribe, "meter_free", vec![Z]);
    names.call(scribe, "round_free", vec![Z]);
}
