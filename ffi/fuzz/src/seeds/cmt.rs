//! cmt: a ring from its gathering to a sum, all members in one game.

use std::any::TypeId;
use std::rc::Rc;

use wattsum::cmt::entry::wattsum_cmt_entry;
use wattsum::cmt::wattsum_cmt_params;
use wattsum::epoch::wattsum_member;
use wattsum::group::wattsum_group;

use super::super::base::Base;
use super::groups::{Group, METERS, common, epoch, lists, member, plant, two};
use super::pads::last;
use super::{A, Blob, Scribe, Story, Z, entropy, story, value};

/// WATTSUM_CMT_DERIVED.
const DERIVED: u8 = 1;

pub fn params(scribe: &mut Scribe) -> fn() -> A {
    let group = wattsum_group { min_honest: 5, max_colluding: 0, max_missing_permille: 0, ..common(4) };
    let plain =
        wattsum_cmt_params { group, modulus: 0, mean_term: 0, mode: DERIVED, second_ring: 0, agreement: 0 };
    plant(&mut scribe.game, plain);
    own_params
}

fn own_params() -> A {
    value::<wattsum_cmt_params>(0)
}

fn entry(meter: u8) -> A {
    value::<wattsum_cmt_entry>(meter.into())
}

fn setup(meter: u8) -> A {
    A::Parts(vec![
        Z,
        own_params(),
        epoch(),
        lists(),
        A::Many(vec![member(0)]),
        A::Many(vec![entry(meter)]),
        Z,
    ])
}

/// Who is what in the ring: found out once, by trying.
#[derive(Default)]
pub struct Ring {
    lead: u8,
    /// Who gets the n-th token, and the n-th frame; the utility is `METERS`.
    tokens: Vec<u8>,
    frames: Vec<u8>,
    /// Before and after each.
    around: Vec<(u8, u8)>,
}

fn cmt(scribe: &mut Scribe, what: &str, arguments: Vec<A>) -> Vec<Blob> {
    scribe.call(&format!("wattsum_cmt_{what}"), arguments)
}

fn tried(scribe: &mut Scribe, what: &str, arguments: Vec<A>) -> bool {
    scribe.attempt(&format!("wattsum_cmt_{what}"), arguments) == 0
}

pub fn own(scribe: &mut Scribe, group: &Group) -> Vec<Blob> {
    let members: Vec<Vec<u8>> = scribe
        .game
        .values
        .iter()
        .filter(|(kind, _)| *kind == TypeId::of::<wattsum_member>())
        .map(|(_, bytes)| bytes.clone())
        .collect();
    for (position, bytes) in (0u32..).zip(&members[1..=usize::from(METERS)]) {
        let entry = [&position.to_ne_bytes(), bytes.as_slice()].concat();
        assert_eq!(entry.len(), size_of::<wattsum_cmt_entry>());
        scribe.game.values.push((TypeId::of::<wattsum_cmt_entry>(), entry));
    }
    let mut ring = Ring { around: vec![(0, 0); METERS.into()], ..Ring::default() };
    begin(scribe, group);
    let gathered = (0..METERS).find(|lead| tried(scribe, "gathering_open", gathering(group, *lead)));
    ring.lead = gathered.unwrap();
    for number in 0..METERS - 1 {
        let token = frame(scribe, number);
        let receiver = (0..METERS).find(|meter| {
            !ring.tokens.contains(meter)
                && *meter != ring.lead
                && tried(scribe, "meter_join", join(group, &ring, *meter, token))
        });
        ring.tokens.push(receiver.unwrap());
        let key = Blob(scribe.last_blob());
        cmt(scribe, "gathering_accept", vec![Z, A::In(key), Z, Z, Z]);
    }
    cmt(scribe, "outbox_free", vec![Z]);
    cmt(scribe, "gathering_close", vec![Z, A::N(ring.lead), Z, Z]);
    for number in 0..METERS {
        let seat = frame(scribe, number);
        let meter = (0..METERS)
            .find(|meter| tried(scribe, "meter_neighbours", vec![A::N(*meter), A::In(seat), Z, Z, Z, Z]));
        ring.frames.push(meter.unwrap_or(METERS));
        let Some(meter) = meter else { continue };
        let others = || (0..METERS).filter(|other| *other != meter);
        let pairs = others().flat_map(|before| others().map(move |after| (before, after)));
        let found = pairs
            .filter(|(before, after)| before != after)
            .find(|around| tried(scribe, "meter_seat", sit(group, meter, seat, *around)));
        ring.around[usize::from(meter)] = found.unwrap();
    }
    RING.set(Some(ring));
    Vec::new()
}

std::thread_local!(static RING: std::cell::Cell<Option<Ring>> = const { std::cell::Cell::new(None) });

fn begin(scribe: &mut Scribe, group: &Group) {
    let utility = group.utility();
    let made = vec![own_params(), epoch(), Z, A::In(utility.identity), A::Holding(utility.link), Z];
    cmt(scribe, "supplier_new", made);
    for meter in 0..METERS {
        cmt(scribe, "meter_new", vec![A::N(meter), Z, setup(meter), Z, Z]);
    }
}

fn gathering(group: &Group, lead: u8) -> Vec<A> {
    let link = A::In(group.meter(lead).link);
    let everybody = A::Many((0..METERS).map(entry).collect());
    vec![A::N(lead), setup(lead), link, Z, Z, A::N(1), everybody, Z, entropy(240), Z, Z, Z, Z]
}

/// A frame of the latest outbox.
fn frame(scribe: &mut Scribe, number: u8) -> Blob {
    last(cmt(scribe, "outbox_frame", vec![Z, A::N(number + 1), Z, Z, Z, Z]))
}

fn join(group: &Group, ring: &Ring, meter: u8, token: Blob) -> Vec<A> {
    let link = A::In(group.meter(meter).link);
    vec![A::N(meter), link, Z, entry(ring.lead), A::In(token), Z, entropy(230 + meter), Z, Z, Z, Z, Z]
}

fn sit(group: &Group, meter: u8, seat: Blob, (before, after): (u8, u8)) -> Vec<A> {
    let around = A::Many(vec![entry(before), entry(after)]);
    vec![A::N(meter), A::In(group.meter(meter).link), A::In(seat), Z, around, Z, Z]
}

pub fn stories(base: &Rc<Base>, group: &Group) -> Vec<Story> {
    let ring = RING.take().unwrap_or_default();
    vec![story(base, "ring", |scribe| whole(scribe, group, &ring))]
}

fn whole(scribe: &mut Scribe, group: &Group, ring: &Ring) {
    begin(scribe, group);
    cmt(scribe, "gathering_open", gathering(group, ring.lead));
    for (number, meter) in (0..).zip(&ring.tokens) {
        let token = frame(scribe, number);
        let [record, key] = two(cmt(scribe, "meter_join", join(group, ring, *meter, token)));
        if number == 0 {
            cmt(scribe, "meter_replay", vec![A::N(ring.lead), A::In(record), Z]);
        }
        cmt(scribe, "gathering_accept", vec![Z, A::In(key), Z, Z, Z]);
    }
    cmt(scribe, "outbox_free", vec![Z]);
    cmt(scribe, "gathering_close", vec![Z, A::N(ring.lead), Z, Z]);
    for (number, meter) in (0..).zip(&ring.frames) {
        let seat = frame(scribe, number);
        if *meter == METERS {
            cmt(scribe, "supplier_register", vec![Z, Z, A::N(group.meter(ring.lead).id), A::In(seat), Z, Z]);
            continue;
        }
        cmt(scribe, "meter_neighbours", vec![A::N(*meter), A::In(seat), Z, Z, Z, Z]);
        cmt(scribe, "meter_seat", sit(group, *meter, seat, ring.around[usize::from(*meter)]));
    }
    let book = last(cmt(scribe, "book_export", vec![Z, Z, Z, Z]));
    cmt(scribe, "book_free", vec![Z]);
    cmt(scribe, "book_import", vec![setup(ring.lead), A::In(book), Z, Z]);
    let state = last(cmt(scribe, "meter_export", vec![A::N(1), Z, Z, Z]));
    cmt(scribe, "meter_free", vec![A::N(1)]);
    cmt(scribe, "meter_import", vec![A::N(1), Z, setup(1), A::In(state), Z, Z, Z]);
    let (state, utility) = (last(cmt(scribe, "supplier_export", vec![Z, Z, Z, Z])), group.utility());
    cmt(scribe, "supplier_free", vec![Z]);
    let mut arguments = vec![own_params(), epoch(), Z, A::In(utility.identity), A::Holding(utility.link)];
    arguments.extend([A::In(state), Z, Z]);
    cmt(scribe, "supplier_import", arguments);
    let record = last(cmt(scribe, "supplier_open", vec![Z, Z, Z, Z, Z]));
    let _ = record;
    for meter in 0..METERS {
        scribe.call("wattsum_mark_new", vec![Z]);
        let reading = vec![A::N(meter), Z, Z, Z, A::N(meter), Z, Z, Z, Z, Z, Z];
        let sent = last(cmt(scribe, "meter_contribute", reading));
        if meter % 2 == 0 {
            cmt(scribe, "round_accept", vec![Z, A::In(sent), Z, Z, Z]);
        } else {
            cmt(scribe, "round_accept_many", vec![Z, A::Many(vec![A::In(sent), A::In(sent)]), Z, Z, Z]);
        }
    }
    cmt(scribe, "round_missing", vec![Z, Z, Z, Z]);
    cmt(scribe, "round_close", vec![Z, Z, Z, Z]);
    cmt(scribe, "round_free", vec![Z]);
}
