//! A bad network: a TCP relay before the utility for each party, which can be cut, slowed and throttled while it runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the link of a party is like now.
#[derive(Debug, Default)]
struct Weather {
    cut: AtomicBool,
    /// Milliseconds that every piece is late.
    delay: AtomicU64,
    /// Bytes that pass in one piece at most; 0 for as many as there are.
    piece: AtomicU64,
}

/// The relay of one party; it ends when this is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    weather: Arc<Weather>,
    /// Bumped to end the connections of the moment.
    reset: watch::Sender<u64>,
    task: JoinHandle<()>,
}

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

impl Proxy {
    /// Listens on a port of its own and passes everything on to `target`.
    pub(crate) async fn start(target: String) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let weather = Arc::new(Weather::default());
        let (reset, resets) = watch::channel(0u64);
        let sky = Arc::clone(&weather);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if sky.cut.load(Ordering::Relaxed) {
                    continue; // dropped: the other end sees a reset
                }
                tokio::spawn(connection(client, target.clone(), Arc::clone(&sky), resets.clone()));
            }
        });
        Ok(Self { address, weather, reset, task })
    }

    pub(crate) fn address(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Ends all connections and takes no new ones, until it is mended.
    pub(crate) fn cut(&self, cut: bool) {
        self.weather.cut.store(cut, Ordering::Relaxed);
        if cut {
            self.reset.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Every piece in either direction is late by so many milliseconds; 0 for none.
    pub(crate) fn delay(&self, millis: u64) {
        self.weather.delay.store(millis, Ordering::Relaxed);
    }

    /// Passes at most so many bytes at a time; 0 for as many as come.
    pub(crate) fn piece(&self, bytes: u64) {
        self.weather.piece.store(bytes, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.reset.send_modify(|count| *count = count.wrapping_add(1));
    }
}

async fn connection(
    client: TcpStream,
    target: String,
    weather: Arc<Weather>,
    mut resets: watch::Receiver<u64>,
) {
    resets.mark_unchanged();
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, &weather) => {}
        () = pump(from_server, to_client, &weather) => {}
        _ = resets.changed() => {}
    }
}

/// Passes bytes on until either end is gone.
async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    weather: &Weather,
) {
    let mut buffer = vec![0u8; PIECE];
    loop {
        let most = usize::try_from(weather.piece.load(Ordering::Relaxed)).unwrap_or(PIECE);
        let room = if most == 0 { PIECE } else { most.min(PIECE) };
        let Some(room) = buffer.get_mut(..room) else { return };
        let Ok(count) = from.read(room).await else { return };
        if count == 0 {
            let _ = to.shutdown().await;
            return;
        }
        let late = weather.delay.load(Ordering::Relaxed);
        if late > 0 {
            tokio::time::sleep(Duration::from_millis(late)).await;
        }
        let Some(bytes) = buffer.get(..count) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passes_on_slows_and_cuts() {
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = echo.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = echo.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        let proxy = Proxy::start(target).await.unwrap();
        let say = |stream: TcpStream, text: &'static [u8]| async move {
            let mut stream = stream;
            stream.write_all(text).await.ok()?;
            let mut back = vec![0; text.len()];
            stream.read_exact(&mut back).await.ok()?;
            Some((stream, back))
        };
        let connect = || TcpStream::connect(proxy.address);
        let (stream, back) = say(connect().await.unwrap(), b"hello").await.unwrap();
        assert_eq!(back, b"hello");

        proxy.piece(1);
        proxy.delay(5);
        let begin = std::time::Instant::now();
        // A read that was under way when this was set may still take more at once: the second time counts.
        let (stream, _) = say(stream, b"first").await.unwrap();
        let (stream, back) = say(stream, b"slowly now").await.unwrap();
        assert_eq!(back, b"slowly now");
        assert!(begin.elapsed() >= Duration::from_millis(40));

        proxy.cut(true);
        assert!(say(stream, b"x").await.is_none());
        let refused = match connect().await {
            Ok(stream) => say(stream, b"x").await.is_none(),
            Err(_) => true,
        };
        assert!(refused);
        proxy.cut(false);
        proxy.delay(0);
        assert!(say(connect().await.unwrap(), b"again").await.is_some());
    }
}
