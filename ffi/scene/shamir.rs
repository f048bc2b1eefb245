//! A shamir group of two rounds.

use meter_link::answer::{AnswererLink, Threshold};
use meter_link::{Channels, HighWater, Protocol, Role, Round};
use shamir_agg::{Aggregator, Meter, Params, Post, Utility};

use crate::c;
use crate::group::{self, Group, ROUNDS, truth};

/// With five aggregators, three open a sum and the utility is trusted not to equivocate; else there are four.
pub(crate) fn scene(meters: u32, channels: u16, aggregators: u32) -> String {
    let threshold = match aggregators {
        5 => Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap(),
        _ => Threshold::DEFAULT,
    };
    let params = Params::new(group::params(Protocol::Shamir, meters, channels), threshold).unwrap();
    let group = Group::new(params.group(), params.session(), Role::Aggregator, threshold.answerers());
    let text = group.to_c("shamir");
    let position = group.position;
    let readings = ROUNDS.map(|round| group.readings(round));
    let (view, roster) = (group.cohort.view, group.roster().clone());
    let utility = group.cohort.utility;
    let mut utility = Utility::new(&params, &view, utility.identity, utility.link, roster.clone()).unwrap();
    let answerers = group.cohort.answerers.into_iter();
    let mut aggregators: Vec<Aggregator> = answerers
        .map(|party| {
            let post = Post { id: party.id, identity: party.identity, link: party.link };
            Aggregator::new(&params, &view, post, &roster).unwrap()
        })
        .collect();
    let channel = Channels { first: 0, count: channels };
    let mut devices: Vec<_> = group
        .cohort
        .meters
        .into_iter()
        .map(|party| {
            let room: Vec<AnswererLink> = (0..view.answerers()).map(|_| AnswererLink::default()).collect();
            let meter =
                Meter::new(&params, &view, party.id, channel, party.link, roster.answerers(), room).unwrap();
            (meter, HighWater::<8>::new())
        })
        .collect();

    let (mut contributions, mut own) = (Vec::new(), Vec::new());
    for (number, readings) in ROUNDS.into_iter().zip(&readings) {
        let round = Round::from(number);
        let mut collecting = utility.open(round, round, &vec![true; devices.len()]).unwrap();
        aggregators.iter_mut().for_each(|a| a.open(round, collecting.frame()).unwrap());
        for (place, ((meter, mark), reading)) in devices.iter_mut().zip(readings).enumerate() {
            let mut out = vec![0; params.contribution_len()];
            let _ = meter.contribute(mark, round, round, reading, &mut out).unwrap().stored();
            collecting.accept(&out).unwrap();
            if place == position {
                contributions.push(out);
                own.push(reading.clone());
            }
        }
        let quorum = utility.quorum(|number| number != 2).unwrap();
        let mut closed = utility.close(collecting, &quorum).unwrap();
        for answerer in quorum.iter() {
            let answer =
                aggregators[usize::from(answerer) - 1].answer(round, closed.frame()).unwrap().stored();
            closed.accept(&answer).unwrap();
        }
        assert_eq!(utility.record(&closed).unwrap().values, truth(readings, None));
    }

    let colluding = match threshold.colluding() {
        Some(colluding) => colluding.to_string(),
        None => "WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE".into(),
    };
    let fields = format!(
        "{{.group = {}, .aggregators = {}, .threshold = {}, .colluding = {}}}",
        group::to_c(params.group()),
        threshold.answerers(),
        threshold.threshold(),
        colluding
    );
    text + &c::structure("wattsum_shamir_params", "scene_shamir_params", &fields)
        + &group::readings_to_c("shamir", &own)
        + &group::rounds_to_c("shamir", "contribution", &contributions)
}
