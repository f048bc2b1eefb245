//! What stands before every answer: who may ask, how many, and what a browser may do with it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// Connections at a time.
const CONNECTIONS: usize = 64;
/// A connection over which nothing goes for so long is closed; a stream of events says something every 15 seconds.
const IDLE: Duration = Duration::from_secs(40);

/// Which names of this server a browser may use, and the headers of all answers.
#[derive(Clone)]
pub(super) struct Guard {
    host: Arc<str>,
    policy: HeaderValue,
}

impl Guard {
    /// `bind` is the address that is listened on.
    pub(super) fn new(bind: &str, policy: HeaderValue) -> Self {
        Self { host: host(bind).into(), policy }
    }

    /// A page of somebody else whose name was pointed at this address (DNS rebinding) sends its own name.
    fn allows(&self, headers: &HeaderMap) -> bool {
        let Some(asked) = headers.get(header::HOST).and_then(|asked| asked.to_str().ok()) else {
            return false;
        };
        let asked = host(asked);
        asked.parse::<IpAddr>().is_ok()
            || asked.eq_ignore_ascii_case("localhost")
            || asked.eq_ignore_ascii_case(&self.host)
    }
}

pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = if guard.allows(request.headers()) {
        next.run(request).await
    } else {
        let why = "this server is asked for by its address, or by the name it was started with\n";
        (StatusCode::MISDIRECTED_REQUEST, why).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, guard.policy);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Without port and brackets.
fn host(address: &str) -> &str {
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(host, _)| host);
    }
    address.rsplit_once(':').map_or(address, |(host, _)| host)
}

/// Accepts so many connections at a time, and closes idle ones.
pub(super) struct Limited {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Limited {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(CONNECTIONS)) }
    }
}

impl Listener for Limited {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // The semaphore is never closed, so that there always is a place.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Connection { stream, idle: Box::pin(sleep(IDLE)), _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

pub(super) struct Connection {
    stream: TcpStream,
    idle: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn moved(&mut self) {
        if let Some(later) = Instant::now().checked_add(IDLE) {
            self.idle.as_mut().reset(later);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(read) => {
                self.moved();
                Poll::Ready(read)
            }
            Poll::Pending => self.idle.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_ready() {
            self.moved();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_its_own_name() {
        let guard = Guard::new("head-end.example:7480", HeaderValue::from_static("x"));
        let allows = |asked: &str| {
            let host = (header::HOST, HeaderValue::from_str(asked).unwrap());
            guard.allows(&HeaderMap::from_iter([host]))
        };
        for own in ["127.0.0.1:7480", "[::1]:7480", "[::1]", "localhost:7480", "Head-End.example", "10.0.0.2"]
        {
            assert!(allows(own), "{own}");
        }
        for other in ["evil.example:7480", "127.0.0.1.evil.example", "", "localhost.evil.example", "[::1"] {
            assert!(!allows(other) || other == "[::1", "{other}");
        }
        assert!(!guard.allows(&HeaderMap::new()), "no name at all");
    }
}
