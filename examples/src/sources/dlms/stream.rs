//! From bytes as they come to the messages in them.
//!
//! A serial line loses bytes and adds some. An HDLC frame is taken only if both its check sequences are right, and
//! whatever else is there is passed over. TCP wrappers carry no check sequence; there a stream that lost a byte is
//! searched for the next header, and a message that was no message is refused by its decoder.

use dlms_cosem_rs::transport::hdlc::{Found, Framer, LLC_REQUEST, LLC_RESPONSE};
use dlms_cosem_rs::transport::wrapper::StreamReassembler;

/// Longest message that is put together from segments, or taken from a wrapper.
const LONGEST: u16 = 8192;
/// Bytes that are looked at together: a frame of HDLC has at most 2049.
const PIECE: usize = 1024;

/// Finds messages in a stream. Holds at most [`LONGEST`] bytes of it and as much of a segmented message.
pub(super) struct Stream {
    wrapper: bool,
    bytes: Vec<u8>,
    segments: Vec<u8>,
}

impl Stream {
    pub(super) fn new(wrapper: bool) -> Self {
        Self { wrapper, bytes: Vec::new(), segments: Vec::new() }
    }

    /// Takes the next bytes, and gives every message that they complete.
    pub(super) fn feed(&mut self, bytes: &[u8], mut message: impl FnMut(&[u8])) {
        for piece in bytes.chunks(PIECE) {
            self.bytes.extend_from_slice(piece);
            let used = match self.wrapper {
                true => wrapped(&self.bytes, &mut message),
                false => framed(&self.bytes, &mut self.segments, &mut message),
            };
            self.bytes.drain(..used.min(self.bytes.len()));
        }
    }
}

/// How many bytes are of no use any more.
fn framed(bytes: &[u8], segments: &mut Vec<u8>, message: &mut impl FnMut(&[u8])) -> usize {
    let (mut used, mut framer) = (0usize, Framer::new());
    loop {
        match framer.next_frame(bytes.get(used..).unwrap_or_default()) {
            Ok(Found::Frame { frame, consumed }) => {
                segments.extend_from_slice(frame.information);
                let whole = segments.len() <= LONGEST.into();
                if !frame.segmented && whole {
                    let llc = [LLC_RESPONSE, LLC_REQUEST];
                    let apdu = llc.iter().find_map(|llc| segments.strip_prefix(llc.as_slice()));
                    apdu.into_iter().for_each(&mut *message);
                }
                if !frame.segmented || !whole {
                    segments.clear();
                }
                // The flag that ends a frame may begin the next one.
                used = used.saturating_add(consumed.saturating_sub(1));
            }
            Ok(Found::Incomplete { discard }) => return used.saturating_add(discard),
            Err(_) => return bytes.len(),
        }
    }
}

fn wrapped(bytes: &[u8], message: &mut impl FnMut(&[u8])) -> usize {
    let (mut used, stream) = (0usize, StreamReassembler::new(LONGEST));
    loop {
        match stream.next_pdu(bytes.get(used..).unwrap_or_default()) {
            Ok(Some((pdu, consumed))) => {
                message(pdu.apdu);
                used = used.saturating_add(consumed);
            }
            Ok(None) => return used,
            // No header: perhaps the next byte begins one.
            Err(_) => used = used.saturating_add(1),
        }
    }
}
