//! A party's place at the utility: at most one link holds it.

use std::sync::{Arc, Mutex, MutexGuard};

use meter_link::PartyId;
use tokio::sync::Notify;

use crate::engine::Letter;
use crate::net::queue::{Queue, Rejected};
use crate::net::rate::Sparse;

/// Where a party's letters go, if it is there.
#[derive(Default)]
pub(crate) struct Place {
    newest: Mutex<Option<Newest>>,
    /// Held from a link's Here to its Gone, so that they come in order.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// Of queues that ran full.
    full: Sparse,
}

/// The party's newest link.
struct Newest {
    cut: Arc<Notify>,
    /// From when it attends.
    queue: Option<Queue>,
}

impl Place {
    /// Makes this link the party's one link, and cuts the one before it.
    pub(crate) fn enter(&self, cut: &Arc<Notify>) {
        let newest = Newest { cut: cut.clone(), queue: None };
        if let Some(old) = self.newest().replace(newest) {
            old.cut.notify_one();
        }
    }

    /// From now on letters go to this link, unless a newer one is there.
    pub(crate) fn attend(&self, cut: &Arc<Notify>, queue: Queue) {
        if let Some(newest) = self.newest().as_mut().filter(|newest| Arc::ptr_eq(&newest.cut, cut)) {
            newest.queue = Some(queue);
        }
    }

    /// Ends the link's queue behind a last letter.
    pub(crate) fn leave(&self, cut: &Arc<Notify>, last: Option<Letter>) {
        let mut newest = self.newest();
        if newest.as_ref().is_some_and(|newest| Arc::ptr_eq(&newest.cut, cut)) {
            let queue = newest.as_mut().and_then(|newest| newest.queue.take());
            if let (Some(queue), Some(letter)) = (queue, last) {
                // It may not fit, and is only for the peer's log.
                let _ = queue.put(letter);
            }
        }
    }

    /// Forgets a link that has ended.
    pub(crate) fn end(&self, cut: &Arc<Notify>) {
        let mut newest = self.newest();
        if newest.as_ref().is_some_and(|newest| Arc::ptr_eq(&newest.cut, cut)) {
            *newest = None;
        }
    }

    /// To the party, if it attends.
    pub(crate) fn put(&self, party: PartyId, letter: Letter) {
        let mut newest = self.newest();
        let Some(link) = newest.as_mut() else { return };
        let Some(queue) = &link.queue else { return };
        let name = letter.name();
        match queue.put(letter) {
            Ok(()) | Err(Rejected::Closed) => {}
            Err(Rejected::TooLong) => {
                tracing::error!(%party, letter = name, "a letter that is too long is not sent")
            }
            Err(Rejected::Full) => {
                if let Some(skipped) = self.full.due() {
                    tracing::warn!(%party, skipped, "does not read its letters: its link is cut");
                }
                link.queue = None;
                link.cut.notify_one();
            }
        }
    }

    /// Cuts the link, if there is one.
    pub(crate) fn hang_up(&self) {
        if let Some(link) = self.newest().as_mut() {
            link.queue = None;
            link.cut.notify_one();
        }
    }

    fn newest(&self) -> MutexGuard<'_, Option<Newest>> {
        self.newest.lock().unwrap_or_else(|e| e.into_inner())
    }
}
