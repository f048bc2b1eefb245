//! Letters that wait to be sent over one link.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use prost::Message as _;
use tokio::sync::mpsc;
use tokio_stream::Stream;

use super::limits::Room;
use crate::engine::Letter;
use crate::wire::proto;

/// Where letters go in.
pub(crate) struct Queue {
    letters: mpsc::Sender<proto::Letter>,
    bytes: Arc<AtomicUsize>,
    room: Room,
}

/// Where they come out, for tonic.
pub(crate) struct Drain {
    letters: mpsc::Receiver<proto::Letter>,
    bytes: Arc<AtomicUsize>,
}

/// A letter did not go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// The peer does not read.
    Full,
    /// The link is down already.
    Closed,
    /// No peer would take it.
    TooLong,
}

pub(crate) fn queue(room: Room) -> (Queue, Drain) {
    let (sender, receiver) = mpsc::channel(room.letters.max(1));
    let bytes = Arc::new(AtomicUsize::new(0));
    (Queue { letters: sender, bytes: bytes.clone(), room }, Drain { letters: receiver, bytes })
}

impl Queue {
    pub(crate) fn put(&self, letter: Letter) -> Result<(), Rejected> {
        let letter = proto::Letter::from(letter);
        let length = letter.encoded_len();
        if length > self.room.longest {
            return Err(Rejected::TooLong);
        }
        let fits = |waiting: usize| waiting.checked_add(length).filter(|sum| *sum <= self.room.bytes);
        self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|_| Rejected::Full)?;
        self.letters.try_send(letter).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Rejected::Full,
            mpsc::error::TrySendError::Closed(_) => Rejected::Closed,
        })
    }
}

impl Stream for Drain {
    type Item = proto::Letter;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.letters.poll_recv(cx);
        if let Poll::Ready(Some(letter)) = &polled {
            self.bytes.fetch_sub(letter.encoded_len(), Ordering::Relaxed);
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn neither_letters_nor_bytes_pile_up() {
        let frame = |len: usize| Letter::Frame(vec![0; len]);
        let (queue, mut drain) = queue(Room { letters: 3, bytes: 1000, longest: 900 });
        assert_eq!(queue.put(frame(901)), Err(Rejected::TooLong));
        queue.put(frame(800)).unwrap();
        assert_eq!(queue.put(frame(300)), Err(Rejected::Full));
        drain.next().await.unwrap();
        for _ in 0..3 {
            queue.put(frame(300)).unwrap();
        }
        assert_eq!(queue.put(frame(1)), Err(Rejected::Full));
        drop(drain);
        assert_eq!(queue.put(frame(1)), Err(Rejected::Closed));
    }
}
