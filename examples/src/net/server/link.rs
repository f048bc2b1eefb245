//! One link at the utility, from the first byte to Gone: one task, which whoever ends it ends whole.

use std::pin::pin;
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use meter_link::{Header, Kind, PartyId, Protocol};
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::Hall;
use super::attend::{Attend, Channel};
use super::place::Place;
use crate::engine::{Letter, protocol};
use crate::net::Incoming;
use crate::net::limits::{FAREWELL, GREETING, HEADERS, WINDOW};
use crate::net::rate::Rate;
use crate::pki::Name;
use crate::wire::Malformed;

/// Why a party's letters are read no further.
enum End {
    /// It has hung up, or never attended.
    Over,
    /// It sent what is refused.
    Refused(String),
}

/// Holds a connection until it ends.
pub(super) async fn hold(hall: Arc<Hall>, tcp: TcpStream, permit: Option<OwnedSemaphorePermit>) {
    // Letters are small, and a round waits for the last of them.
    let _ = tcp.set_nodelay(true);
    let (party, tls) = match timeout(GREETING, shake_hands(&hall, tcp)).await {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => return stranger(&hall, &error),
        Err(_) => return stranger(&hall, "it does not go on with its handshake"),
    };
    drop(permit);
    let Some(place) = hall.places.0.get(&party) else { return };
    let cut = Arc::new(Notify::new());
    place.enter(&cut);
    tokio::select! {
        () = cut.notified() => {}
        // The older link, cut now, has its Gone first.
        turn = place.turn.lock() => {
            let mut here = false;
            tokio::select! {
                () = cut.notified() => tracing::debug!(%party, "its link was cut"),
                () = serve(&hall, place, party, tls, &cut, &mut here) => {}
            }
            place.leave(&cut, None);
            if here {
                tracing::debug!(%party, "gone");
                // Fails only where nobody listens any more.
                let _ = hall.incoming.send(Incoming::Gone(party)).await;
            }
            drop(turn);
        }
    }
    place.end(&cut);
}

async fn shake_hands(hall: &Hall, tcp: TcpStream) -> Result<(PartyId, TlsStream<TcpStream>), String> {
    let tls = hall.acceptor.accept(tcp).await.map_err(|e| e.to_string())?;
    let shown = tls.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    // `tls` has checked it for this deployment and role.
    let name = Name::of(shown.ok_or("it has no certificate")?)?;
    Ok((name.party.id, tls))
}

/// Serves HTTP/2 until the connection or the party's stream ends.
async fn serve(
    hall: &Hall,
    place: &Place,
    party: PartyId,
    tls: TlsStream<TcpStream>,
    cut: &Arc<Notify>,
    here: &mut bool,
) {
    let (begin, begun) = oneshot::channel();
    let service = Attend::new(hall.protocol, hall.bounds.up, hall.room, begin);
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(hall.times.quiet)
        .keep_alive_timeout(hall.times.answer)
        .max_concurrent_streams(1)
        .max_pending_accept_reset_streams(4)
        .max_local_error_reset_streams(4)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(WINDOW as usize)
        .max_header_list_size(HEADERS)
        .auto_date_header(false);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(tls), service));
    let attended = async {
        match timeout(hall.times.handshake, begun).await {
            Ok(Ok(stream)) => listen(hall, place, party, stream, cut, here).await,
            _ => End::Over,
        }
    };
    let end = tokio::select! {
        _ = connection.as_mut() => return,
        end = attended => end,
    };
    let (last, refused) = match end {
        End::Over => (None, None),
        End::Refused(what) => (Some(Letter::Refusal(what.clone())), Some(Incoming::Refused(party, what))),
    };
    place.leave(cut, last);
    connection.as_mut().graceful_shutdown();
    let tell = async {
        if let Some(refused) = refused {
            let _ = hall.incoming.send(refused).await;
        }
    };
    let _ = tokio::join!(timeout(FAREWELL, connection), tell);
}

/// Hands on what the party sends, one letter at a time.
async fn listen(
    hall: &Hall,
    place: &Place,
    party: PartyId,
    channel: Channel,
    cut: &Arc<Notify>,
    here: &mut bool,
) -> End {
    let (mut letters, queue) = *channel;
    place.attend(cut, queue);
    let Ok(room) = hall.incoming.reserve().await else { return End::Over };
    room.send(Incoming::Here(party));
    *here = true;
    tracing::debug!(%party, "attends");
    let many = u32::try_from(hall.room.letters).unwrap_or(u32::MAX);
    let mut rate = Rate::new(many);
    loop {
        let letter = match letters.message().await {
            Ok(Some(letter)) => letter,
            Ok(None) => return End::Over,
            // Of all that tonic reports only these are about what the party said.
            Err(status) => match status.code() {
                tonic::Code::OutOfRange | tonic::Code::ResourceExhausted => {
                    return End::Refused("a letter is too long".to_owned());
                }
                tonic::Code::Internal => return End::Refused("a letter cannot be read".to_owned()),
                _ => return End::Over,
            },
        };
        let letter = match letter.open(&hall.bounds) {
            Ok(letter) => letter,
            Err(malformed) => return End::Refused(malformed.to_string()),
        };
        if let Err(what) = own(protocol::wire(hall.protocol), party, &letter) {
            return End::Refused(what);
        }
        rate.one().await;
        if hall.incoming.send(Incoming::Letter(party, letter)).await.is_err() {
            return End::Over;
        }
    }
}

/// A party presents its own frames only: another's, taken from the air or kept from another round, is refused here,
/// before any key is looked for.
pub(crate) fn own(protocol: Protocol, party: PartyId, letter: &Letter) -> Result<(), String> {
    let frames = match letter {
        Letter::Frame(frame) | Letter::Relay { frame, .. } => std::slice::from_ref(frame),
        Letter::Frames { frames, .. } => frames,
        Letter::Announcement { link_key, .. } => std::slice::from_ref(link_key),
        _ => return Ok(()),
    };
    for frame in frames {
        let Header { protocol: named, kind, sender, .. } =
            Header::parse(frame).map_err(|_| Malformed("frame: header").to_string())?;
        if named != protocol {
            return Err(format!("party {party} presents a frame of another protocol"));
        }
        // It names a token, so that nobody can tell whose it is but by this link.
        let token = protocol == Protocol::Cmt && kind == Kind::Contribution;
        if !token && sender != party {
            return Err(format!("party {party} presents a frame of party {sender}"));
        }
    }
    Ok(())
}

/// Who shows no certificate of this deployment is told nothing.
fn stranger(hall: &Hall, error: &str) {
    if let Some(skipped) = hall.strangers.due() {
        tracing::warn!(skipped, "a connection was refused: {error}");
    }
}
