//! The utility of shamir-agg.

use meter_link::answer::Quorum;
use meter_link::collect::Collecting;
use meter_link::head::{Bill, Sum};
use meter_link::window::{Books, Window};
use meter_link::{PartyId, Round};
use shamir_agg::{Billing, Closed, Params, Utility};
use zeroize::Zeroizing;

use super::{failure, params};
use crate::deployment::Deployment;
use crate::engine::clocked::{self, Failure, Opened, Scheme, Stored};
use crate::engine::seat::{Keys, Lists, Seat};
use crate::engine::{Letter, Role};

struct Sums {
    params: Params,
    utility: Utility,
}

pub(super) fn role(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, identity, keys, lists, .. } = seat;
    let Lists::Whole(roster) = lists else { anyhow::bail!("the utility needs the whole roster") };
    Ok(match keys {
        Keys::Fresh(link) => {
            let utility = Utility::new(&params, &view, identity, link, roster.clone())?;
            Box::new(clocked::Utility::new(deployment, &view, &roster, Sums { params, utility }))
        }
        Keys::Stored(kept) => {
            let stored = Stored::read(&kept)?;
            let utility = Utility::from_bytes(&params, &view, identity, roster.clone(), stored.scheme)?;
            let scheme = (Sums { params, utility }, stored);
            Box::new(clocked::Utility::resume(deployment, &view, &roster, scheme, &kept)?)
        }
    })
}

fn own(error: meter_link::Error) -> Failure {
    failure(PartyId::UTILITY)(error)
}

fn waits_for(missing: usize) -> Opened {
    if missing == 0 { Opened::Whole } else { Opened::Waits }
}

impl Scheme for Sums {
    type Collecting = Collecting;
    type Closed = Closed;
    type Billing = Billing;
    const BATCH: usize = 1;

    fn contribution_len(&self) -> usize {
        self.params.contribution_len()
    }

    fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Failure> {
        self.utility.open(now, round, present).map_err(own)
    }

    fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Failure> {
        self.utility.reopen(state).map_err(own)
    }

    fn opened<'c>(&self, collecting: &'c Collecting) -> &'c [u8] {
        collecting.frame()
    }

    fn saved(&self, collecting: &Collecting) -> Result<Vec<u8>, Failure> {
        collecting.to_bytes().map_err(own)
    }

    fn accept(&self, collecting: &mut Collecting, frames: &[(PartyId, Vec<u8>)]) -> Vec<Result<(), Failure>> {
        let slices: Vec<&[u8]> = frames.iter().map(|(_, frame)| frame.as_slice()).collect();
        let mut senders = frames.iter().map(|(from, _)| *from);
        let mut outcomes = Vec::with_capacity(frames.len());
        collecting.accept_many(&slices, |_, outcome| {
            let from = senders.next().unwrap_or(PartyId::UTILITY);
            outcomes.push(outcome.map(|_| ()).map_err(failure(from)));
        });
        outcomes
    }

    fn missing(&self, collecting: &Collecting) -> Vec<PartyId> {
        collecting.missing().collect()
    }

    fn close(&mut self, collecting: Collecting, quorum: &Quorum) -> Result<Closed, Failure> {
        self.utility.close(collecting, quorum).map_err(own)
    }

    fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Failure> {
        self.utility.ask(closed, quorum).map_err(own)
    }

    fn asking(&self, closed: &Closed) -> Letter {
        Letter::Frame(closed.frame().to_vec())
    }

    fn take(&mut self, closed: &mut Closed, from: PartyId, frame: &[u8]) -> Result<Opened, Failure> {
        closed.accept(frame).map_err(failure(from))?;
        Ok(waits_for(closed.missing().count()))
    }

    fn silent(&self, closed: &Closed) -> Vec<u8> {
        closed.missing().collect()
    }

    fn sum(&mut self, closed: &Closed) -> Result<Sum, Failure> {
        self.utility.record(closed).map_err(own)
    }

    fn left_out(&self, round: Round) -> Vec<PartyId> {
        self.utility.left_out(round).collect()
    }

    fn quorum(&self, reachable: &dyn Fn(u8) -> bool) -> Result<Quorum, Failure> {
        self.utility.quorum(reachable).map_err(own)
    }

    fn books(&self) -> Option<&Books> {
        self.utility.books().ok()
    }

    fn billable(&self, first: Round) -> Result<Vec<PartyId>, Failure> {
        self.utility.billable(first).map_err(own)
    }

    fn bill(&mut self, window: Window, meters: &[PartyId], quorum: &Quorum) -> Result<Billing, Failure> {
        self.utility.bill(window.first, meters, quorum).map_err(own)
    }

    fn bill_again(
        &mut self,
        billing: &mut Billing,
        window: Window,
        meters: &[PartyId],
        quorum: &Quorum,
    ) -> Result<(), Failure> {
        *billing = self.bill(window, meters, quorum)?;
        Ok(())
    }

    fn query<'b>(&self, billing: &'b Billing) -> &'b [u8] {
        billing.frame()
    }

    fn take_bill(&mut self, billing: &mut Billing, from: PartyId, frame: &[u8]) -> Result<Opened, Failure> {
        billing.accept(frame).map_err(failure(from))?;
        Ok(waits_for(billing.missing().count()))
    }

    fn silent_on_bill(&self, billing: &Billing) -> Vec<u8> {
        billing.missing().collect()
    }

    fn bills(&mut self, billing: &Billing) -> Result<(Vec<Bill>, Vec<PartyId>), Failure> {
        let checked = billing.bills().map_err(own)?;
        Ok((checked.bills, checked.spoilt))
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.utility.to_bytes().map_err(own)
    }
}
