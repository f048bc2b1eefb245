//! `/events`: rows as they come, and the picture when it changes, as server-sent events.
//!
//! A row's id is `BOOT-NUMBER`; a browser that comes back sends the last one it had, and gets what it missed while the
//! ring still has it. Rows that it has not any more are told as a `gap`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Shown;
use crate::watch::Watch;

/// Rows of one turn.
const TURN: usize = 64;
/// Between turns: what comes in between is sent together.
const PAUSE: Duration = Duration::from_millis(100);
/// The picture is looked at so often, although there was no row: links and bytes have none.
const LOOK: Duration = Duration::from_secs(1);

pub(super) async fn stream(State(shown): State<Shown>, headers: HeaderMap) -> Response {
    let Ok(place) = Arc::clone(&shown.streams).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many streams of events\n").into_response();
    };
    let after = headers.get("last-event-id").and_then(|id| last(id.to_str().ok()?, &shown.watch));
    let (sender, receiver) = mpsc::channel(TURN);
    tokio::spawn(async move {
        let _place = place;
        // The browser went away, or the server stops: either way there is nobody to tell.
        let _ = follow(&shown, after.unwrap_or(0), &sender).await;
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response()
}

/// The number in an id of this process; `None` for another's.
fn last(id: &str, watch: &Watch) -> Option<u64> {
    let (boot, number) = id.split_once('-')?;
    (boot.parse() == Ok(watch.boot())).then(|| number.parse().ok()).flatten()
}

type Sender = mpsc::Sender<Result<Event, Infallible>>;

async fn follow(
    shown: &Shown,
    mut after: u64,
    to: &Sender,
) -> Result<(), mpsc::error::SendError<Result<Event, Infallible>>> {
    let watch = &shown.watch;
    let boot = watch.boot();
    let (mut newest, mut stop) = (watch.newest(), shown.stop.clone());
    to.send(Ok(named("hello", json!({ "boot": boot }).to_string()))).await?;
    let mut before = String::new();
    loop {
        newest.mark_unchanged();
        let rows = watch.rows(after, TURN);
        for row in &rows {
            let expected = after.saturating_add(1);
            if row.number > expected && after > 0 {
                let gap = json!({ "from": expected, "until": row.number });
                to.send(Ok(named("gap", gap.to_string()))).await?;
            }
            after = row.number;
            let event = named("row", row.json.as_ref()).id(format!("{boot}-{after}"));
            to.send(Ok(event)).await?;
        }
        if rows.len() >= TURN {
            continue;
        }
        let picture = json!({ "picture": watch.picture(), "health": watch.health().reasons }).to_string();
        if picture != before {
            to.send(Ok(named("picture", picture.as_str()))).await?;
            before = picture;
        }
        tokio::time::sleep(PAUSE).await;
        tokio::select! {
            _ = newest.changed() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = to.closed() => return Ok(()),
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

fn named(name: &str, data: impl AsRef<str>) -> Event {
    Event::default().event(name).data(data)
}
