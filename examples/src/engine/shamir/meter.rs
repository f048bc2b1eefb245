//! A meter of shamir-agg.

use meter_link::answer::AnswererLink;
use meter_link::{Channels, PartyId, Round};
use shamir_agg::Params;
use zeroize::Zeroizing;

use super::{failure, params};
use crate::deployment::Deployment;
use crate::engine::clocked::{Contributed, Contributor, Mark, Meter, restore};
use crate::engine::seat::{Keys, Seat, SharedDevice};
use crate::engine::{Ctx, Refusal, Role};

struct Sharer {
    params: Params,
    view: meter_link::EpochView,
    meter: shamir_agg::Meter<Vec<AnswererLink>>,
    /// Of the keys.
    step: u32,
}

pub(super) fn role(
    deployment: &Deployment,
    seat: Seat,
    device: SharedDevice,
) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, id, keys, lists, .. } = seat;
    let links = lists.answerers().iter().map(|_| AnswererLink::default()).collect();
    let channels = Channels { first: 0, count: params.group().channels };
    let fresh = matches!(keys, Keys::Fresh(_));
    let meter = match keys {
        Keys::Fresh(link) => {
            shamir_agg::Meter::new(&params, &view, id, channels, link, lists.answerers(), links)?
        }
        Keys::Stored(kept) => shamir_agg::Meter::from_bytes(&params, &view, links, restore(&kept, &device)?)?,
    };
    // After a restart the step is not known: the next state says nothing new then, and costs one write.
    let sharer = Sharer { params, view, meter, step: 0 };
    Ok(Box::new(Meter::new(deployment, &view, id, device, sharer, fresh)))
}

impl Contributor for Sharer {
    fn contribute(
        &mut self,
        _ctx: &mut Ctx<'_>,
        mark: &mut Mark,
        now: Round,
        round: Round,
        reading: &[i64],
    ) -> Result<Contributed, Refusal> {
        let mut frame = vec![0; self.params.contribution_len()];
        let prepared = self.meter.contribute(mark, now, round, reading, &mut frame);
        let prepared = prepared.map_err(|error| match error {
            // The meter's own matter, which it says without the value.
            meter_link::Error::Misuse(
                wrong @ (meter_link::Misuse::ReadingTooLarge | meter_link::Misuse::WrongChannels),
            ) => Refusal::Fault { culprit: PartyId::UTILITY, what: wrong.to_string() },
            error => failure(PartyId::UTILITY)(error).into(),
        })?;
        let record = prepared.record().to_vec();
        prepared.stored();
        let step = self.view.step(round).unwrap_or(self.step);
        let renewed = std::mem::replace(&mut self.step, step) != step;
        Ok(Contributed { record, frame, renewed })
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let mut out = Zeroizing::new(vec![0; self.params.meter_state_len()]);
        self.meter.to_bytes(&mut out).map_err(failure(PartyId::UTILITY)).map_err(Refusal::from)?;
        Ok(out)
    }
}
