//! A dcnet group of two rounds: one neighbour of the meter that C plays is silent in the first, nobody in the second.

use dcnet_core::{Closed, Closing, Collecting, Holder, Meter, Neighbour, Params, Place, Utility, graph};
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::roster::{List, Member, Roster};
use meter_link::{Channels, EpochView, HighWater, PartyId, Protocol, Role, Round};

use crate::c;
use crate::group::{self, Group, ROUNDS, truth};

type Device = (Meter<Vec<Neighbour>, Vec<AnswererLink>>, HighWater<8>);

/// What the meter that C plays is sent, and sends.
#[derive(Default)]
struct Script {
    readings: Vec<Vec<i64>>,
    opens: Vec<Vec<u8>>,
    contributions: Vec<Vec<u8>>,
    /// Of the first round: not final.
    close: Vec<u8>,
    repair: Vec<u8>,
    finals: Vec<Vec<u8>>,
}

pub(crate) fn scene(meters: u32, channels: u16, degree: u32, min_neighbours: u32) -> String {
    let common = group::params(Protocol::Dcnet, meters, channels);
    let params = match degree {
        0 => Params::complete(common, Threshold::DEFAULT).unwrap(),
        _ => {
            Params::drawn_relying_on_the_holders(common, Threshold::DEFAULT, degree, min_neighbours).unwrap()
        }
    };
    let group = Group::new(params.group(), params.session(), Role::Holder, params.answerers());
    let around = neighbours(&params, &group.cohort.view, group.position as u32);
    let silent = around[around.len() / 3] as usize;
    let mut text = group.to_c("dcnet");
    text += &own_to_c(&params, &group, &around);

    let position = group.position;
    let readings = ROUNDS.map(|round| group.readings(round));
    let (view, roster) = (group.cohort.view, group.roster().clone());
    let utility = group.cohort.utility;
    let mut utility = Utility::new(&params, &view, utility.identity, utility.link, roster.clone()).unwrap();
    let answerers = group.cohort.answerers.into_iter();
    let mut holders: Vec<Holder> =
        answerers.map(|party| Holder::new(&params, &view, party.id, party.link, &roster).unwrap()).collect();
    let parties = group.cohort.meters.into_iter().enumerate();
    let mut devices: Vec<Device> = parties
        .map(|(place, party)| device(&params, &view, &roster, place as u32, party.id, party.link))
        .collect();

    let mut script = Script::default();
    for (number, (readings, silent)) in ROUNDS.into_iter().zip(readings.iter().zip([Some(silent), None])) {
        let round = Round::from(number);
        let mut collecting = utility.open(round, round, &vec![true; devices.len()]).unwrap();
        script.opens.push(collecting.frame().to_vec());
        holders.iter_mut().for_each(|holder| holder.open(round, collecting.frame()).unwrap());
        let frames = contribute(&params, &mut devices, round, &collecting, readings);
        for (_, frame) in frames.iter().enumerate().filter(|(place, _)| Some(*place) != silent) {
            collecting.accept(frame).unwrap();
        }
        script.contributions.push(frames[position].clone());
        script.readings.push(readings[position].clone());
        let closed = close(&params, &mut utility, collecting, &mut devices, round, position, &mut script);
        script.finals.push(closed.frame().to_vec());
        let sum = open(&mut utility, &mut holders, closed, round);
        assert_eq!(sum, truth(readings, silent));
    }
    assert!(!script.repair.is_empty());

    text + &group::readings_to_c("dcnet", &script.readings)
        + &group::rounds_to_c("dcnet", "open", &script.opens)
        + &group::rounds_to_c("dcnet", "contribution", &script.contributions)
        + &c::bytes("scene_dcnet_close_0", &script.close)
        + &c::bytes("scene_dcnet_repair_0", &script.repair)
        + &group::rounds_to_c("dcnet", "final", &script.finals)
}

fn neighbours(params: &Params, view: &EpochView, position: u32) -> Vec<u32> {
    let mut around = vec![0; view.meters().max(params.degree()) as usize];
    let seed = graph::seed(view.context());
    let count = graph::neighbours(position, view.meters(), params.degree(), &seed, &mut around).unwrap();
    around.truncate(count);
    around
}

fn device(
    params: &Params,
    view: &EpochView,
    roster: &Roster,
    position: u32,
    id: PartyId,
    link: meter_link::LinkSecret,
) -> Device {
    let channels = Channels { first: 0, count: params.group().channels };
    let around: Vec<(u32, Member)> =
        neighbours(params, view, position).into_iter().map(|p| (p, roster.meters()[p as usize])).collect();
    let holders: Vec<AnswererLink> = (0..view.answerers()).map(|_| AnswererLink::default()).collect();
    let room: Vec<Neighbour> = around.iter().map(|_| Neighbour::default()).collect();
    let place = Place { id, position, channels };
    let meter = Meter::new(params, view, place, link, roster.answerers(), around, holders, room).unwrap();
    (meter, HighWater::new())
}

fn contribute(
    params: &Params,
    devices: &mut [Device],
    round: Round,
    collecting: &Collecting,
    readings: &[Vec<i64>],
) -> Vec<Vec<u8>> {
    let each = devices.iter_mut().zip(readings).map(|((meter, mark), reading)| {
        meter.open(round, collecting.frame()).unwrap();
        let mut out = vec![0; params.contribution_len()];
        let _ = meter.contribute(mark, round, round, reading, &mut out).unwrap().stored();
        out
    });
    each.collect()
}

/// Until the set is final.
fn close(
    params: &Params,
    utility: &mut Utility,
    collecting: Collecting,
    devices: &mut [Device],
    round: Round,
    own: usize,
    script: &mut Script,
) -> Closed {
    let quorum = utility.quorum(|number| number != 2).unwrap();
    let mut closing = utility.close(collecting, &quorum).unwrap();
    loop {
        let mut repairing = match closing {
            Closing::Final(closed) => return closed,
            Closing::Repairing(repairing) => repairing,
        };
        script.close = repairing.frame().to_vec();
        for (place, (meter, _)) in devices.iter_mut().enumerate() {
            let mut out = vec![0; params.repair_len()];
            let repair =
                meter.close(round, repairing.frame(), &mut out).unwrap().stored().map(<[u8]>::to_vec);
            if place == own {
                script.repair = repair.clone().unwrap();
            }
            // Who was silent does not repair; nobody waits for others that have no missing neighbour.
            if let Some(repair) = repair {
                let _ = repairing.accept(&repair);
            }
        }
        closing = utility.close_again(repairing, &quorum).unwrap();
    }
}

fn open(utility: &mut Utility, holders: &mut [Holder], mut closed: Closed, round: Round) -> Vec<i64> {
    let quorum = utility.quorum(|number| number != 2).unwrap();
    for number in quorum.iter() {
        let answer = holders[usize::from(number) - 1].answer(round, closed.frame()).unwrap().stored();
        closed.accept(&answer).unwrap();
    }
    utility.record(&closed).unwrap().values
}

fn own_to_c(params: &Params, group: &Group, around: &[u32]) -> String {
    let [holders, threshold, colluding] = params.threshold().map_or([0; 3], |threshold| threshold.to_bytes());
    let fields = format!(
        "{{.group = {}, .degree = {}, .min_neighbours = {}, .holders = {holders}, .threshold = {threshold}, \
         .colluding = {colluding}}}",
        group::to_c(params.group()),
        params.degree(),
        params.min_neighbours()
    );
    let neighbours = around.iter().map(|position| group.party(List::Roster, *position as usize + 1));
    c::structure("wattsum_dcnet_params", "scene_dcnet_params", &fields)
        + &c::array("scene_party", "scene_dcnet_neighbours", neighbours)
        + &c::array(
            "scene_party",
            "scene_dcnet_own",
            std::iter::once(group.party(List::Roster, group.position + 1)),
        )
}
