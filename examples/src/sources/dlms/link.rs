//! The thread that reads a meter's bytes, and connects again when they end.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use meter_link::PartyId;

use super::stream::Stream;

/// Where a meter's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Port {
    Dial(String),
    Listen(SocketAddr),
    /// A file, FIFO or terminal.
    Serial(PathBuf),
}

/// How often a thread that waits looks whether it shall end.
const GLANCE: Duration = Duration::from_millis(200);
const DIALLING: Duration = Duration::from_secs(5);
/// Between two attempts.
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// A running thread; it ends soon after this is dropped.
pub(super) struct Reader {
    ended: Arc<AtomicBool>,
}

impl Reader {
    /// Reads until dropped, and gives every message to `message`.
    pub(super) fn start(
        port: Port,
        wrapper: bool,
        meter: PartyId,
        message: impl FnMut(&[u8]) + Send + 'static,
    ) -> anyhow::Result<Self> {
        // Told at once rather than tried for ever.
        let listener = match &port {
            Port::Listen(address) => {
                let listener = TcpListener::bind(address).with_context(|| format!("{port}"))?;
                listener.set_nonblocking(true)?;
                Some(listener)
            }
            _ => None,
        };
        let ended = Arc::new(AtomicBool::new(false));
        let mut feed = Feed { ended: Arc::clone(&ended), wrapper, meter, message };
        thread::Builder::new().name(format!("dlms-{meter}")).spawn(move || match listener {
            Some(listener) => feed.listen(&listener),
            None => feed.keep_open(&port),
        })?;
        Ok(Self { ended })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

struct Feed<F> {
    ended: Arc<AtomicBool>,
    wrapper: bool,
    meter: PartyId,
    message: F,
}

impl<F: FnMut(&[u8])> Feed<F> {
    fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn pause(&self, time: Duration) {
        let mut left = time;
        while !self.ended() && !left.is_zero() {
            let some = left.min(GLANCE);
            thread::sleep(some);
            left = left.saturating_sub(some);
        }
    }

    /// Opens the port again and again.
    fn keep_open(&mut self, port: &Port) {
        let (meter, mut pause) = (self.meter, SHORTEST);
        while !self.ended() {
            let read = match port {
                Port::Serial(path) => self.serial(path),
                Port::Dial(address) => self.dial(address),
                Port::Listen(_) => return,
            };
            match read {
                Ok(0) => tracing::warn!(%meter, %port, "the meter's stream ended before it began"),
                Ok(_) => {
                    pause = SHORTEST;
                    tracing::warn!(%meter, %port, "the meter's stream ended");
                }
                Err(error) => tracing::warn!(%meter, %port, %error, "the meter is not there"),
            }
            self.pause(pause);
            pause = pause.saturating_mul(2).min(LONGEST);
        }
    }

    /// How many bytes were read until the other side closed.
    fn dial(&mut self, address: &str) -> io::Result<u64> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, DIALLING) {
                Ok(connection) => {
                    tracing::info!(meter = %self.meter, %address, "connected to the meter");
                    connection.set_read_timeout(Some(GLANCE))?;
                    return self.until_closed(connection);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn until_closed(&mut self, mut connection: TcpStream) -> io::Result<u64> {
        let (mut stream, mut read) = (Stream::new(self.wrapper), 0u64);
        while !self.ended() {
            match self.more(&mut connection, &mut stream)? {
                Some(0) => break,
                Some(bytes) => read = read.saturating_add(bytes),
                None => {}
            }
        }
        Ok(read)
    }

    /// One connection at a time; a new one takes the place of an old one, which the meter may have lost.
    fn listen(&mut self, listener: &TcpListener) {
        let mut connected: Option<(TcpStream, Stream)> = None;
        while !self.ended() {
            if let Ok((connection, from)) = listener.accept()
                && connection.set_nonblocking(false).is_ok()
                && connection.set_read_timeout(Some(GLANCE)).is_ok()
            {
                tracing::info!(meter = %self.meter, %from, "the meter connected");
                connected = Some((connection, Stream::new(self.wrapper)));
            }
            match connected.as_mut().map(|(connection, stream)| self.more(connection, stream)) {
                Some(Ok(Some(0)) | Err(_)) => connected = None,
                Some(Ok(_)) => {}
                None => thread::sleep(GLANCE),
            }
        }
    }

    /// A file that ends may grow, and a FIFO's next writer may come: both are read on.
    fn serial(&mut self, path: &Path) -> io::Result<u64> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let (mut stream, mut read) = (Stream::new(self.wrapper), 0u64);
        while !self.ended() {
            match self.more(&mut file, &mut stream)? {
                Some(0) | None => thread::sleep(GLANCE),
                Some(bytes) => read = read.saturating_add(bytes),
            }
        }
        Ok(read)
    }

    /// Reads what is there: how many bytes, 0 at the end, `None` where there is nothing yet.
    fn more(&mut self, from: &mut impl Read, stream: &mut Stream) -> io::Result<Option<u64>> {
        let mut bytes = [0u8; 2048];
        match from.read(&mut bytes) {
            Ok(read) => {
                stream.feed(bytes.get(..read).unwrap_or_default(), &mut self.message);
                Ok(u64::try_from(read).ok())
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => Ok(None),
                _ => Err(error),
            },
        }
    }
}

impl Port {
    pub(crate) fn dial(address: &str) -> Result<Self, String> {
        let port =
            address.rsplit_once(':').filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        match port {
            Some(_) => Ok(Self::Dial(address.to_owned())),
            None => Err(format!("dlms-tcp:{address}: no HOST:PORT, as meter.example:4059")),
        }
    }

    pub(crate) fn listen(address: &str) -> Result<Self, String> {
        address
            .parse()
            .map(Self::Listen)
            .map_err(|_| format!("dlms-listen:{address}: no ADDR, as 127.0.0.1:4059 or [::1]:4059"))
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dial(address) => write!(f, "dlms-tcp:{address}"),
            Self::Listen(address) => write!(f, "dlms-listen:{address}"),
            Self::Serial(path) => write!(f, "dlms-serial:{}", path.display()),
        }
    }
}
