//! A window of rounds with one aggregator that lies: every sum and every bill is right, and the liar is named.
//!
//! `cargo run --release -p shamir-agg --example bills`; also run by `tests/examples.rs`.
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use meter_link::answer::{AnswererLink, Quorum, Threshold};
use meter_link::cohort::{Cohort, Plan};
use meter_link::mark::check;
use meter_link::{
    Channels, GroupConfig, GroupId, GroupParams, HighWater, PartyId, Protocol, Role, Round, SetRules,
};
use shamir_agg::{Aggregator, Error, Meter, Params, Post, Utility, WrongBills};

const FIRST: u32 = 4700;
const WINDOW: u32 = 12;
const LIAR: usize = 1;

/// The whole of it.
pub(crate) fn main() -> Result<(), Error> {
    // 12 meters; 6 aggregators of whom 4 open, so that one liar is named; bills hide each reading among κ = 5.
    let mut config = GroupConfig::new(Protocol::Shamir, GroupId(1));
    (config.max_meters, config.max_reading) = (12, 1_000_000); // Wh in a quarter of an hour
    config.rules = SetRules { min_honest: 5, max_colluding: 0, max_missing_permille: 200 };
    let params = Params::new(GroupParams::new(config)?, Threshold::new(6, 4, 1)?)?.with_windows(WINDOW, 5)?;

    // Identities, link keys, roster and epoch. `Cohort` does in one process what parties do apart.
    let seed = [7; 32]; // in earnest: from the system
    let meters: Vec<PartyId> = (11..23).map(PartyId).collect();
    let answerers: Vec<PartyId> = (1..=6).map(PartyId).collect();
    let plan = Plan {
        group: params.group(),
        session: params.session(),
        epoch: 0,
        first_round: Round::from(FIRST),
        last_round: Round::from(FIRST + WINDOW - 1),
        meters: &meters,
        answerers: &answerers,
        answerer_role: Role::Aggregator,
    };
    let Cohort { view, roster, utility, meters, answerers } =
        Cohort::form(&plan, &mut ChaCha20Rng::from_seed(seed))?;
    let mut utility = Utility::new(&params, &view, utility.identity, utility.link, roster.clone())?;
    let aggregators = answerers.into_iter().map(|own| {
        let post = Post { id: own.id, identity: own.identity, link: own.link };
        Aggregator::new(&params, &view, post, &roster)
    });
    let mut aggregators = aggregators.collect::<Result<Vec<_>, _>>()?;
    // The liar goes on from its own state with one bit of a key turned: from now on its answers are wrong.
    let mut state = aggregators[LIAR].to_bytes()?;
    let end = state.len() - 4;
    state[41 + 6 * 32] ^= 1;
    let check = check(&state[..end]);
    state[end..].copy_from_slice(&check);
    let own = Cohort::form(&plan, &mut ChaCha20Rng::from_seed(seed))?.answerers.swap_remove(LIAR);
    aggregators[LIAR] = Aggregator::from_bytes(&params, &view, own.id, own.identity, &roster, &state)?;
    let meters = meters.into_iter().map(|own| {
        let (channels, links) = (Channels { first: 0, count: 1 }, <[AnswererLink; 6]>::default());
        let meter = Meter::new(&params, &view, own.id, channels, own.link, roster.answerers(), links)?;
        Ok((meter, HighWater::<1>::new()))
    });
    let mut meters = meters.collect::<Result<Vec<_>, Error>>()?;
    let everybody = Quorum::new(&[1, 2, 3, 4, 5, 6])?;

    let mut out = vec![0; params.contribution_len()];
    let mut truth = vec![0; meters.len()];
    for now in (FIRST..FIRST + WINDOW).map(Round::from) {
        let mut collecting = utility.open(now, now, &[true; 12])?;
        for aggregator in &mut aggregators {
            aggregator.open(now, collecting.frame())?;
        }
        let mut sum = 0;
        for (i, (meter, mark)) in meters.iter_mut().enumerate() {
            if (i as u32 + now.to_u32()).is_multiple_of(11) {
                continue; // silent: it is left out of this round's sum and of its own bill, and nothing else happens
            }
            let reading = 100 + 17 * i as i64 - i64::from(now.to_u32() % 7);
            let prepared = meter.contribute(mark, now, now, &[reading], &mut out)?;
            let _to_flash_first = prepared.record();
            collecting.accept(prepared.stored())?;
            sum += reading;
            if let Some(total) = truth.get_mut(i) {
                *total += reading;
            }
        }

        // Each aggregator signs the closed set; shown four signatures, each answers.
        let mut certified = utility.certify(collecting, &everybody)?;
        for aggregator in &mut aggregators {
            let prepared = aggregator.agree(now, certified.frame())?;
            let _to_disk_first = prepared.record();
            certified.accept_statement(&prepared.stored())?;
        }
        for aggregator in &mut aggregators {
            certified.accept(&aggregator.answer_certified(&certified.certificate()?)?.stored())?;
        }
        let checked = utility.record_certified(&certified)?;
        println!(
            "round {now}: {sum} Wh of {} meters, wrong answers of {:?}",
            checked.sum.meters, checked.wrong
        );
        assert_eq!(checked.sum.values, [sum]);
        assert!(checked.wrong.iter().all(|party| *party == PartyId(2)));
    }

    // The window is over: one query for all whose bills the rules allow.
    let now = Round::from(FIRST + WINDOW);
    let billable = utility.billable(Round::from(FIRST))?;
    let mut billing = utility.certify_bill(Round::from(FIRST), &billable, &everybody)?;
    for aggregator in &mut aggregators {
        let prepared = aggregator.agree_bill(now, billing.frame())?;
        let _to_disk_first = prepared.record();
        billing.accept_statement(&prepared.stored())?;
    }
    for aggregator in &mut aggregators {
        billing.accept(&aggregator.answer_certified(&billing.certificate()?)?.stored())?;
    }
    let bills = billing.bills()?;
    for (bill, total) in bills.bills.iter().zip(truth) {
        println!("meter {}: {} Wh in {} rounds", bill.meter, bill.values[0], bill.rounds);
        assert_eq!(bill.values, [total]);
    }
    println!("wrong answers to bills: {:?}", bills.wrong);
    assert_eq!(bills.bills.len(), 12);
    assert_eq!(bills.wrong, [WrongBills { aggregator: PartyId(2), bills: 1 }]);
    Ok(())
}
