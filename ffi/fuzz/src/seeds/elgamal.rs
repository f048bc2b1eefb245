//! elgamal: keys of all trustees together, a round by way of a branch and a restart, with prepared pairs.

use std::any::TypeId;
use std::rc::Rc;

use wattsum::elgamal::key::wattsum_elgamal_key;
use wattsum::elgamal::keys::wattsum_elgamal_share;
use wattsum::elgamal::wattsum_elgamal_params;

use super::super::base::Base;
use super::groups::{ANSWERERS, Group, METERS, common, epoch, lists, member, plant, two};
use super::pads::last;
use super::{A, Blob, Scribe, Story, Z, entropy, story, value};

pub fn params(scribe: &mut Scribe) -> fn() -> A {
    let params = wattsum_elgamal_params {
        group: common(3),
        window_rounds: 0,
        window_min_rounds: 0,
        trustees: ANSWERERS,
        threshold: ANSWERERS,
        colluding: ANSWERERS - 1,
        trust_all_meters: 0,
    };
    plant(&mut scribe.game, params);
    own_params
}

fn own_params() -> A {
    value::<wattsum_elgamal_params>(0)
}

fn share(number: u8) -> A {
    A::Value(TypeId::of::<wattsum_elgamal_share>(), number.into())
}

fn setup(group: &Group, meter: u8) -> A {
    let key = value::<wattsum_elgamal_key>(0);
    let own = A::N(group.meter(meter).id);
    A::Parts(vec![Z, own_params(), epoch(), lists(), A::Many(vec![member(0)]), key, own, Z])
}

/// A trustee's part in a call, `number` from 0.
fn trustee(number: u8) -> A {
    member(1 + METERS + number)
}

pub fn own(scribe: &mut Scribe, group: &Group) -> Vec<Blob> {
    let call = |scribe: &mut Scribe, what: &str, arguments| {
        scribe.call(&format!("wattsum_elgamal_{what}"), arguments)
    };
    let mut announcements = Vec::new();
    for number in 0..ANSWERERS {
        let party = group.answerer(number);
        let drawn =
            vec![own_params(), epoch(), Z, A::N(party.id), A::In(party.identity), entropy(200 + number), Z];
        call(scribe, "share_generate", drawn);
        let told = vec![own_params(), epoch(), Z, A::N(party.id), share(number), A::In(party.identity), Z];
        let frame = last(call(scribe, "share_announce", told));
        announcements.extend(scribe.bytes(frame).to_vec());
    }
    let announcements = scribe.plant(announcements);
    call(scribe, "keys_joint", vec![own_params(), epoch(), Z, A::In(announcements), Z, Z, Z]);
    let keys = last(call(scribe, "keys_to_bytes", vec![Z, Z, Z, Z]));
    call(scribe, "keys_group_key", vec![Z, Z]);
    let utility = group.utility();
    let made = vec![own_params(), epoch(), Z, Z, A::In(utility.identity), A::Holding(utility.link), Z, Z];
    call(scribe, "utility_new", made);
    let mut own = vec![announcements, keys, last(call(scribe, "utility_export", vec![Z, Z, Z, Z]))];
    let mut statements = Vec::new();
    for number in 0..ANSWERERS {
        let party = group.answerer(number);
        let mut made = vec![own_params(), epoch(), A::N(party.id), Z, Z, share(number)];
        made.extend([A::In(party.identity), A::Holding(party.link), Z, Z]);
        call(scribe, "trustee_new", made);
        own.push(last(call(scribe, "trustee_export", vec![Z, Z, Z, Z])));
        let statement = last(call(scribe, "trustee_statement", vec![Z, Z]));
        statements.extend(scribe.bytes(statement).to_vec());
    }
    own.push(scribe.plant(statements));
    for meter in 0..METERS {
        call(
            scribe,
            "meter_new",
            vec![A::N(meter), Z, setup(group, meter), A::In(group.meter(meter).identity), Z, Z],
        );
        scribe.call("wattsum_mark_new", vec![Z]);
        let reading = vec![A::N(meter), Z, Z, Z, A::N(meter), Z, entropy(210 + meter), Z, Z, Z, Z];
        own.push(last(call(scribe, "meter_contribute", reading)));
    }
    own
}

pub fn stories(base: &Rc<Base>, group: &Group) -> Vec<Story> {
    vec![
        story(base, "round", |scribe| round(scribe, group)),
        story(base, "keys", |scribe| keys(scribe, group)),
    ]
}

/// The keys from announcements, the group key from statements, roles from their secrets.
fn keys(scribe: &mut Scribe, group: &Group) {
    let call = |scribe: &mut Scribe, what: &str, arguments| {
        scribe.call(&format!("wattsum_elgamal_{what}"), arguments)
    };
    call(scribe, "keys_joint", vec![own_params(), epoch(), Z, A::In(group.own[0]), Z, Z, Z]);
    let trustees = A::Many((0..ANSWERERS).map(trustee).collect());
    let statements = group.own[3 + usize::from(ANSWERERS)];
    let certified = vec![own_params(), epoch(), lists(), member(0), trustees, Z, A::In(statements), Z, Z, Z];
    call(scribe, "key_certified", certified);
    let (utility, party) = (group.utility(), group.answerer(2));
    let made = vec![own_params(), epoch(), Z, Z, A::In(utility.identity), A::Holding(utility.link), Z, Z];
    call(scribe, "utility_new", made);
    let mut made = vec![own_params(), epoch(), A::N(party.id), Z, Z, share(2)];
    made.extend([A::In(party.identity), A::Holding(party.link), Z, Z]);
    call(scribe, "trustee_new", made);
    let record = last(call(scribe, "utility_progress", vec![Z, Z]));
    call(scribe, "utility_resume", vec![Z, A::In(record), Z]);
    call(scribe, "table_build", vec![A::N(8), Z]);
    let table = last(call(scribe, "table_write", vec![Z, Z, Z, Z]));
    call(scribe, "table_read", vec![A::In(table), Z, Z]);
    call(scribe, "trustee_free", vec![Z]);
    call(scribe, "utility_free", vec![Z]);
}

fn round(scribe: &mut Scribe, group: &Group) {
    let call = |scribe: &mut Scribe, what: &str, arguments| {
        scribe.call(&format!("wattsum_elgamal_{what}"), arguments)
    };
    let own = &group.own;
    let identity = group.utility().identity;
    call(scribe, "keys_from_bytes", vec![own_params(), A::In(own[1]), Z, Z]);
    call(
        scribe,
        "utility_import",
        vec![own_params(), epoch(), Z, Z, A::In(identity), A::In(own[2]), Z, Z, Z],
    );
    for number in 0..ANSWERERS {
        let (party, state) = (group.answerer(number), own[3 + usize::from(number)]);
        let mut made = vec![own_params(), epoch(), Z, Z, share(number), A::In(party.identity)];
        made.extend([A::In(state), Z, Z, Z]);
        call(scribe, "trustee_import", made);
    }
    let present = A::Raw([&[0x10, METERS][..], &[1; METERS as usize]].concat());
    call(scribe, "utility_open", vec![Z, Z, Z, present, Z, Z]);
    let open = last(call(scribe, "round_frame", vec![Z, Z, Z, Z]));
    for back in 0..ANSWERERS {
        call(scribe, "trustee_open", vec![A::N(back), Z, A::In(open), Z, Z]);
    }
    call(scribe, "meter_new", vec![Z, Z, setup(group, 0), A::In(group.meter(0).identity), Z, Z]);
    scribe.call("wattsum_mark_new", vec![Z]);
    // Two pairs, one after the other in a slot.
    call(scribe, "meter_prepare", vec![Z, Z, A::N(0), entropy(220), A::N(1)]);
    call(scribe, "meter_prepare", vec![Z, Z, A::N(1), entropy(221), A::N(9)]);
    let reading = vec![Z, Z, Z, Z, A::N(1), Z, A::N(1), Z, Z, Z, Z];
    let [mark, frame] = two(call(scribe, "meter_contribute_with", reading));
    scribe.call("wattsum_mark_replay", vec![Z, A::In(mark), Z]);
    call(scribe, "round_accept", vec![Z, A::In(frame), Z, Z, Z]);
    let sent = |meter: u8| A::In(own[4 + usize::from(ANSWERERS + meter)]);
    call(scribe, "round_accept_many", vec![Z, A::Many(vec![sent(1), sent(2)]), Z, Z, Z]);
    call(scribe, "round_branch", vec![Z, Z]);
    call(scribe, "branch_accept_many", vec![Z, A::Many(vec![sent(3), sent(2)]), Z, Z, Z]);
    call(scribe, "branch_partial", vec![Z, Z]);
    let partial = last(call(scribe, "partial_to_bytes", vec![Z, Z, Z, Z]));
    call(scribe, "partial_from_bytes", vec![own_params(), A::In(partial), Z, Z]);
    call(scribe, "round_merge", vec![Z, Z, Z]);
    let running = last(call(scribe, "round_export", vec![Z, Z, Z, Z]));
    let state = last(call(scribe, "utility_export", vec![Z, Z, Z, Z]));
    call(scribe, "round_free", vec![Z]);
    call(scribe, "utility_free", vec![Z]);
    call(scribe, "utility_import", vec![own_params(), epoch(), Z, Z, A::In(identity), A::In(state), Z, Z, Z]);
    call(scribe, "utility_reopen", vec![Z, A::In(running), Z, Z, Z]);
    call(scribe, "utility_close", vec![Z, Z, A::Raw(vec![0x10, 4, 1, 2, 3, 4]), Z]);
    let close = last(call(scribe, "round_frame", vec![Z, Z, Z, Z]));
    let contributions = last(call(scribe, "round_contributions", vec![Z, Z, Z, Z]));
    let hints = last(call(scribe, "round_hints", vec![Z, Z, Z, Z]));
    for back in 0..ANSWERERS {
        let mut asked = vec![A::N(back), Z, A::In(close), Z, A::In(contributions), Z, A::In(hints), Z];
        asked.extend([Z, Z, Z]);
        let [record, statement] = two(call(scribe, "trustee_agree", asked));
        call(scribe, "trustee_replay", vec![A::N(back), A::In(record), Z]);
        call(scribe, "round_accept", vec![Z, A::In(statement), Z, Z, Z]);
    }
    let statements = last(call(scribe, "round_statements", vec![Z, Z, Z, Z]));
    for back in 0..ANSWERERS {
        let answer =
            last(call(scribe, "trustee_answer", vec![A::N(back), A::In(statements), Z, Z, Z, Z, Z, Z]));
        call(scribe, "round_accept", vec![Z, A::In(answer), Z, Z, Z]);
    }
    call(scribe, "table_build", vec![A::N(8), Z]);
    call(scribe, "utility_record", vec![Z, Z, Z, Z, Z, Z]);
}
