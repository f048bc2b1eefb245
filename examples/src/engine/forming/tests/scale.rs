//! Large groups.

use std::time::{Duration, Instant};

use meter_link::PartyId;

use super::*;
use crate::engine::{Ctx, Event, Letter, Refusal, Role};

#[test]
fn two_thousand_meters_form_in_seconds() {
    let deployment = deployment("shamir", 2_000, 5, 5_000, 500);
    let mut network = network(&Toy { circle: true, ..Toy::default() }, &deployment, 7);
    let sizes = Arc::new(Mutex::new((0, 0)));
    let seen = sizes.clone();
    network.tamper = Some(Box::new(move |_, to, letter| {
        if let Letter::Formed { entries, .. } = &letter {
            let mut seen = seen.lock().unwrap();
            match to.0 > ANSWERERS && entries.len() > 100 {
                true => seen.1 = entries.len(),
                false => seen.0 = entries.len(),
            }
        }
        vec![letter]
    }));
    let spent = Arc::new(Mutex::new(Duration::ZERO));
    let (clock, of) = (spent.clone(), deployment.clone());
    network.node(PartyId::UTILITY).make = Box::new(move |kept| {
        let role = Box::new(head(&Toy { circle: true, ..Toy::default() }, &of, kept));
        Box::new(Timed { role, spent: clock.clone() })
    });
    network.node(PartyId::UTILITY).restarts_after = Some(1);
    network.kill(PartyId::UTILITY);
    let begin = Instant::now();
    while !network.events().any(|event| matches!(event, Event::Epoch { .. })) {
        let next = network.now + 250;
        network.run_until(next);
        assert!(network.now < BEGINS + 60_000);
    }
    let formed = network.now - (BEGINS - 1_000);
    network.run_until(network.now + 1_000);
    println!("formed after {formed} ms of its own time, {:?} of this machine's", begin.elapsed());
    println!("of it the utility's: {:?}; entries {:?}", spent.lock().unwrap(), sizes.lock().unwrap());
    assert!(formed < 20_000 && *spent.lock().unwrap() < Duration::from_secs(20));
    for id in [1, 1_000, 2_000, 10_005] {
        assert!(network.node(PartyId(id)).kept.state.is_some(), "{id}");
    }
}

/// Looks at the clock around every step.
struct Timed {
    role: Box<dyn Role>,
    spent: Arc<Mutex<Duration>>,
}

impl Timed {
    fn time<T>(&mut self, step: impl FnOnce(&mut dyn Role) -> T) -> T {
        let begin = Instant::now();
        let done = step(self.role.as_mut());
        *self.spent.lock().unwrap() += begin.elapsed();
        done
    }
}

impl Role for Timed {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        self.time(|role| role.receive(ctx, from, letter))
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.time(|role| role.wake(ctx))
    }

    fn next_wake(&self) -> Option<u64> {
        self.role.next_wake()
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        self.time(|role| role.attends(ctx, party, here));
    }
}
