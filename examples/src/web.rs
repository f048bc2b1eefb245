//! The web view of a running process: a page, its events, metrics, health and the audit log, over plain HTTP.
//!
//! It has no authentication and no way to change anything. It listens on loopback unless told otherwise; whoever opens
//! it to a network puts a proxy with authentication and TLS in front. It shows sums and ids of parties, which are
//! all that the head end has.

mod events;
mod guard;
mod log;
mod page;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::engine::Event;
use crate::watch::{Watch, blank};

pub(crate) use log::LogFile;

/// Rows of one answer of `/audit`.
const PAGE_OF_ROWS: u32 = 200;
/// Browsers that may follow the events at a time.
const STREAMS: usize = 32;

/// For answers under way when the server stops.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the audit log is read, from another connection than the one that writes it.
pub(crate) trait AuditLog: Send + Sync {
    /// Rows from number `from` on, ascending, at most `most`; `None` for the last ones. May block.
    ///
    /// # Errors
    /// The database's.
    fn rows(&self, from: Option<u64>, most: u32) -> anyhow::Result<Vec<AuditRow>>;
}

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AuditRow {
    pub(crate) number: u64,
    /// Milliseconds since 1970.
    pub(crate) at: u64,
    #[serde(flatten)]
    pub(crate) event: Event,
    /// The hash that chains this row to all before it, in hex.
    pub(crate) chain: String,
}

/// A running server.
pub(crate) struct Web {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Shown {
    watch: Arc<Watch>,
    audit: Option<Arc<dyn AuditLog>>,
    /// One thread reads the audit log at a time, however many ask.
    reading: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

#[derive(Deserialize)]
struct From {
    from: Option<u64>,
}

impl Web {
    /// Serves on `address`: "127.0.0.1:7480", or a port alone, which is one of loopback.
    ///
    /// # Errors
    /// An address that is none, or that is in use.
    pub(crate) async fn serve(
        address: &str,
        watch: Arc<Watch>,
        audit: Option<Arc<dyn AuditLog>>,
    ) -> anyhow::Result<Self> {
        let bind = match address.trim_start_matches(':').parse::<u16>() {
            Ok(port) => format!("127.0.0.1:{port}"),
            Err(_) => address.to_owned(),
        };
        let listener = TcpListener::bind(&bind).await.with_context(|| format!("dashboard {address}"))?;
        let local = listener.local_addr()?;
        if !local.ip().is_loopback() {
            tracing::warn!(address = %local, "the dashboard has no authentication and is open to the network");
        }
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let shown = Shown {
            watch,
            audit,
            reading: Arc::new(Semaphore::new(1)),
            streams: Arc::new(Semaphore::new(STREAMS)),
            stop: stopped.clone(),
        };
        let app = app(shown, &bind);
        let ended = async move {
            let mut stopped = stopped;
            // An error says that the sender is gone, which is the end as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let listener = guard::Limited::new(listener);
        let task = tokio::spawn(async move {
            // axum's server has no errors of its own; those of connections end the connection.
            let _ = axum::serve(listener, app).with_graceful_shutdown(ended).await;
        });
        Ok(Self { address: local, stop, task })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the streams and waits for the answers that are under way.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        // A browser that does not read holds nobody up.
        if tokio::time::timeout(PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

fn app(shown: Shown, bind: &str) -> Router {
    let guard = guard::Guard::new(bind, page::policy());
    Router::new()
        .route("/", get(|| async { axum::response::Html(page::PAGE) }))
        .route("/events", get(events::stream))
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .route("/audit", get(audit))
        .with_state(shown)
        .layer(middleware::from_fn_with_state(guard, guard::check))
}

async fn metrics(State(shown): State<Shown>) -> Response {
    const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match shown.watch.metrics() {
        Ok(text) => ([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn health(State(shown): State<Shown>) -> Response {
    let health = shown.watch.health();
    let status = if health.healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health)).into_response()
}

async fn audit(State(shown): State<Shown>, Query(From { from }): Query<From>) -> Response {
    let Some(audit) = shown.audit else {
        let none = json!({ "error": "this process keeps no audit log" });
        return (StatusCode::NOT_FOUND, Json(none)).into_response();
    };
    let Ok(_turn) = shown.reading.acquire().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let read = tokio::task::spawn_blocking(move || audit.rows(from, PAGE_OF_ROWS)).await;
    match read {
        Ok(Ok(mut rows)) => {
            rows.iter_mut().for_each(|row| blank(&mut row.event));
            Json(json!({ "rows": rows })).into_response()
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "audit log");
            let why = json!({ "error": "the audit log cannot be read" });
            (StatusCode::SERVICE_UNAVAILABLE, Json(why)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests;
