//! States that are damaged, cut or made up: a typed error, no panic, no memory for what is not there. And what
//! `Debug` says of them.

use meter_link::answer::AnswererLink;
use meter_link::mark::check;
use meter_link::{Identity, Malformed};
use shamir_agg::{Aggregator, Error, Meter, Utility};

use crate::group::{FIRST, Plan, World, readings};
use crate::tape::identity;

/// A world with every kind of state in it, and a round that is open.
struct Stored {
    world: World,
    aggregator: Vec<u8>,
    utility: Vec<u8>,
    collecting: Vec<u8>,
    meter: Vec<u8>,
}

impl Stored {
    fn new() -> Self {
        let mut world = World::new(Plan::billed(12, 2));
        for n in 0..14 {
            let readings = readings(&world.plan, FIRST + n);
            world.round(FIRST + n, &readings, &[]).unwrap();
        }
        let readings = readings(&world.plan, FIRST + 14);
        let collecting = world.collected(FIRST + 14, &readings, &[]).unwrap();
        let mut meter = vec![0; world.params.meter_state_len()];
        world.devices[0].meter.to_bytes(&mut meter).unwrap();
        Stored {
            aggregator: world.aggregators[0].to_bytes().unwrap().to_vec(),
            utility: world.utility.to_bytes().unwrap().to_vec(),
            collecting: collecting.to_bytes().unwrap(),
            meter,
            world,
        }
    }

    /// The first aggregator's, and the utility's.
    fn identities(&self) -> (Identity, Identity) {
        let plan = &self.world.plan;
        (identity(plan, plan.meters + 1), identity(plan, 0))
    }

    /// Every kind of state, by name, and what its `from_bytes` says to other bytes.
    fn each(&self, mut with: impl FnMut(&str, &[u8], &mut dyn FnMut(&[u8]) -> Result<(), Error>)) {
        let World { params, view, roster, plan, .. } = &self.world;
        let id = plan.aggregator_ids()[0];
        with("aggregator", &self.aggregator, &mut |bytes| {
            Aggregator::from_bytes(params, view, id, self.identities().0, roster, bytes).map(drop)
        });
        with("utility", &self.utility, &mut |bytes| {
            Utility::from_bytes(params, view, identity(plan, 0), roster.clone(), bytes).map(drop)
        });
        with("meter", &self.meter, &mut |bytes| {
            let storage: Vec<AnswererLink> = (0..4).map(|_| AnswererLink::default()).collect();
            Meter::from_bytes(params, view, storage, bytes).map(drop)
        });
        let mut utility =
            Utility::from_bytes(params, view, identity(plan, 0), roster.clone(), &self.utility).unwrap();
        with("open round", &self.collecting, &mut |bytes| utility.reopen(bytes).map(drop));
    }
}

#[test]
fn cut_or_damaged_states_are_refused() {
    let stored = Stored::new();
    stored.each(|name, state, from_bytes| {
        assert_eq!(from_bytes(state), Ok(()), "{name}");
        let bad = |outcome: Result<(), Error>| match (name, outcome) {
            // Open and frames are checked one after the other.
            ("open round", Err(Error::Malformed(_) | Error::Fault { .. })) => true,
            (_, outcome) => outcome == Err(Malformed::BadRecord.into()),
        };
        for cut in 0..state.len() {
            assert!(bad(from_bytes(&state[..cut])), "{name}, {cut} bytes");
        }
        let mut longer = state.to_vec();
        longer.push(0);
        assert!(bad(from_bytes(&longer)), "{name}");
        for at in 0..state.len() {
            let mut damaged = state.to_vec();
            damaged[at] ^= 1 << (at % 8);
            assert!(bad(from_bytes(&damaged)), "{name}, byte {at}");
        }
    });
}

/// Virtual memory of this process at its peak, in KiB, where the system says.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmPeak:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// With a check that fits, everything else is read: still no panic, and counts are not believed.
#[test]
fn made_up_states_neither_panic_nor_take_memory() {
    let stored = Stored::new();
    let before = peak();
    stored.each(|_, state, from_bytes| {
        let body = state.len() - 4;
        let mut tried = |at: usize, bytes: &[u8]| {
            let mut made_up = state.to_vec();
            made_up[at..at + bytes.len()].copy_from_slice(bytes);
            let sum = check(&made_up[..body]);
            made_up[body..].copy_from_slice(&sum);
            // A key may be any 32 bytes; nothing else may be everything.
            let _ = from_bytes(&made_up);
        };
        for (at, byte) in state[..body - 4].iter().enumerate() {
            tried(at, &[0xff; 4]);
            if at % 3 == 0 {
                tried(at, &[0; 2]);
                tried(at, &[byte.wrapping_add(1)]);
            }
        }
        for cut in 0..body {
            let short = [&state[..cut], &check(&state[..cut])].concat();
            assert!(from_bytes(&short).is_err());
        }
    });
    if let (Some(before), Some(after)) = (before, peak()) {
        assert!(after - before < 1 << 20, "{} KiB more", after - before);
    }
}

/// States of others: each role, group and epoch has its own.
#[test]
fn states_of_others_are_refused() {
    let stored = Stored::new();
    let others = [
        Stored { world: World::new(Plan { group: 8, ..stored.world.plan }), ..Stored::new() },
        Stored { world: World::new(Plan { seed: 2, ..stored.world.plan }), ..Stored::new() },
    ];
    for other in &others {
        let World { params, view, roster, plan, .. } = &other.world;
        let (own, head) = other.identities();
        let bad = Malformed::BadRecord.into();
        let id = plan.aggregator_ids()[0];
        let aggregator = Aggregator::from_bytes(params, view, id, own, roster, &stored.aggregator);
        assert_eq!(aggregator.unwrap_err(), bad);
        let utility = Utility::from_bytes(params, view, head, roster.clone(), &stored.utility);
        assert_eq!(utility.unwrap_err(), bad);
        let storage: Vec<AnswererLink> = (0..4).map(|_| AnswererLink::default()).collect();
        assert_eq!(Meter::from_bytes(params, view, storage, &stored.meter).unwrap_err(), bad);
    }
    // An aggregator's state is no other aggregator's, and not a utility's.
    let World { params, view, roster, plan, .. } = &stored.world;
    let other = plan.cohort().answerers.remove(1);
    let refused = Aggregator::from_bytes(params, view, other.id, other.identity, roster, &stored.aggregator);
    assert_eq!(refused.unwrap_err(), Malformed::BadRecord.into());
    let head = stored.identities().1;
    let refused = Utility::from_bytes(params, view, head, roster.clone(), &stored.aggregator);
    assert_eq!(refused.unwrap_err(), Malformed::BadRecord.into());
}

/// No 8 bytes of a state's keys stand in what `Debug` prints, neither as numbers nor as hex.
#[test]
fn debug_shows_no_key() {
    let stored = Stored::new();
    let world = &stored.world;
    let shown = format!(
        "{:?} {:#?} {:?} {:#?} {:?}",
        world.aggregators, world.aggregators[0], world.utility, world.utility, world.devices[0].meter
    );
    let plain: String = shown.chars().filter(|c| !c.is_whitespace()).collect();
    let keys = |state: &[u8], from: usize, count: usize| state[from..from + 32 * count].to_vec();
    // Behind version, context, id, step; version, context, progress; version, context, id, channels, step, round.
    let secrets = [
        keys(&stored.aggregator, 1 + 32 + 4 + 4, 1 + 3 + 12),
        keys(&stored.utility, 1 + 32 + 46, 12 + 4),
        keys(&stored.meter, 1 + 32 + 4 + 2 + 2 + 4 + 1 + 4, 1 + 4),
    ];
    let mut counted = 0;
    for window in secrets.iter().flat_map(|secret| secret.chunks_exact(8)) {
        let numbers: Vec<String> = window.iter().map(u8::to_string).collect();
        for form in [numbers.join(","), hex::encode(window), hex::encode_upper(window)] {
            assert!(!plain.contains(&form));
            counted += 1;
        }
    }
    assert_eq!(counted, 4 * 3 * (16 + 16 + 5));
    // The search would find what is there: the context is public.
    let context: Vec<String> = world.view.context().as_bytes()[..8].iter().map(u8::to_string).collect();
    let epoch = format!("{:?}", world.view).replace(' ', "");
    assert!(
        epoch.contains(&context.join(","))
            || epoch.contains(&hex::encode(&world.view.context().as_bytes()[..8]))
    );
}
