//! Who is sent what of the epoch that forms, and of the one that has come about.

use meter_link::PartyId;

use super::Head;
use super::draft::{Formed, Stage};
use crate::engine::{Ctx, Letter};

/// So many parties are sent a list at once, so that not all copies of it wait in memory.
const BATCH: usize = 64;
const BATCH_PAUSE: u64 = 5;

impl Head {
    /// Sends lists to the next few.
    pub(super) fn flush(&mut self, ctx: &mut Ctx<'_>) {
        if self.queue.to.is_empty() || self.queue.next > ctx.now {
            return;
        }
        for _ in 0..BATCH {
            let Some(id) = self.queue.to.pop_front() else { break };
            if self.here.contains_key(&id) {
                self.show(ctx, id);
            }
        }
        self.queue.next = ctx.now.saturating_add(BATCH_PAUSE);
    }

    /// What the party is to have by now of the epoch that forms, or has just been formed.
    pub(super) fn show(&self, ctx: &mut Ctx<'_>, id: PartyId) {
        match &self.draft {
            Some(draft) => match &draft.stage {
                Stage::Calling { .. } => {
                    ctx.out.send(id, draft.call());
                    ctx.out.send(id, draft.announcement());
                }
                Stage::Rooted { shown, root, .. } => {
                    let (root, commitments) = (root.clone(), shown.commitments.clone());
                    ctx.out.send(id, Letter::Rooted { root, commitments });
                }
            },
            None => self.show_formed(ctx, id),
        }
    }

    pub(super) fn show_formed(&self, ctx: &mut Ctx<'_>, id: PartyId) {
        let Some(Formed { epoch, shown, nonces }) = &self.formed else { return };
        match shown.entries(&self.book.terms, epoch, id) {
            Ok(entries) => {
                let nonces = nonces.clone();
                ctx.out.send(id, Letter::Formed { epoch: epoch.epoch, nonces, entries });
            }
            Err(error) => tracing::warn!(party = id.0, "no entries: {error:#}"),
        }
    }

    /// Whoever comes while an epoch forms is taken in, or goes on where its link broke.
    pub(super) fn welcome(&mut self, ctx: &mut Ctx<'_>, party: PartyId) {
        let Some(draft) = &mut self.draft else { return };
        match &mut draft.stage {
            Stage::Calling { answers, links } if !self.plan.is_left_out(party) => {
                // If its process has begun anew, it announces another key.
                if let Some(before) = answers.remove(&party) {
                    links.remove(&before.member.link.0);
                }
                draft.called.insert(party);
                self.show(ctx, party);
            }
            Stage::Rooted { shown, .. } => {
                let listed = shown.commitments.binary_search_by_key(&party, |(id, _)| *id).is_ok();
                if listed {
                    ctx.out.send(party, draft.announcement());
                    self.show(ctx, party);
                }
            }
            Stage::Calling { .. } => {}
        }
    }

    /// Nobody waits for whoever has left before the root was made.
    pub(super) fn left(&mut self, party: PartyId) {
        let Some(draft) = &mut self.draft else { return };
        if let Stage::Calling { answers, links } = &mut draft.stage {
            draft.called.remove(&party);
            if let Some(before) = answers.remove(&party) {
                links.remove(&before.member.link.0);
            }
        }
    }
}
