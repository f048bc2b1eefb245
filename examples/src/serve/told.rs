//! What the log says of events: that they happened, never a value.

use crate::engine::Event;

pub(super) fn log(event: &Event) {
    match event {
        Event::Epoch { epoch, first_round, last_round, meters, answerers, context, .. } => {
            tracing::info!(epoch, first_round, last_round, meters, answerers, context, "an epoch has begun");
        }
        Event::Opened { round, present, absent } => {
            tracing::debug!(round, present, absent = absent.len(), "opened");
        }
        Event::Closed { round, pass, last, meters, missing } => {
            tracing::debug!(round, pass, last, meters, missing = missing.len(), "closed");
        }
        Event::Repaired { round, meter } => tracing::debug!(round, meter, "repaired"),
        Event::Sum { round, meters, .. } => tracing::debug!(round, meters, "a sum was recorded"),
        Event::Lost { round, why } => tracing::warn!(round, why, "the round has no sum"),
        Event::Bill { first_round, rounds, meter, .. } => {
            tracing::debug!(first_round, rounds, meter, "a bill was recorded");
        }
        Event::Member { round, party, what } => tracing::info!(round, party, what, "member"),
        Event::Topology { round, what } => tracing::info!(round, what, "topology"),
        Event::Fault { round, party, what } => tracing::debug!(round, party, ?what, "a fault was recorded"),
    }
}
