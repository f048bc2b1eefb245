//! The gRPC service of the deployment's protocol, as one link is served with it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use hyper::body::Incoming;
use tokio::sync::oneshot;
use tokio_stream::Stream;
use tonic::codegen::{BoxFuture, Service as _, http};
use tonic::{Request, Response, Status, Streaming};

use crate::net::limits::Room;
use crate::net::queue::{Drain, Queue, queue};
use crate::system::Protocol;
use crate::wire::proto::{
    self, ckks_server as ckks, cmt_server as cmt, dcnet_server as dcnet, elgamal_server as elgamal,
    shamir_server as shamir,
};

/// Letters of the party, and where letters to it go in.
pub(crate) type Channel = Box<(Streaming<proto::Letter>, Queue)>;

/// One connection: one stream, handed to whoever holds the link.
#[derive(Clone)]
pub(crate) struct Attend {
    protocol: Protocol,
    longest: usize,
    once: Arc<Once>,
}

struct Once {
    room: Room,
    begin: Mutex<Option<oneshot::Sender<Channel>>>,
}

/// Letters to the party, as tonic sends them.
pub(crate) struct Answers(Drain);

impl Attend {
    /// Letters from the party have at most `longest` bytes.
    pub(crate) fn new(
        protocol: Protocol,
        longest: usize,
        room: Room,
        begin: oneshot::Sender<Channel>,
    ) -> Self {
        Self { protocol, longest, once: Arc::new(Once { room, begin: Mutex::new(Some(begin)) }) }
    }
}

impl hyper::service::Service<http::Request<Incoming>> for Attend {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn call(&self, request: http::Request<Incoming>) -> Self::Future {
        macro_rules! serve {
            ($server:path) => {
                <$server>::from_arc(self.once.clone()).max_decoding_message_size(self.longest).call(request)
            };
        }
        match self.protocol {
            Protocol::Dcnet => serve!(dcnet::DcnetServer<Once>),
            Protocol::Shamir => serve!(shamir::ShamirServer<Once>),
            Protocol::Elgamal => serve!(elgamal::ElgamalServer<Once>),
            Protocol::Cmt => serve!(cmt::CmtServer<Once>),
            Protocol::Ckks => serve!(ckks::CkksServer<Once>),
        }
    }
}

impl Once {
    fn begin(&self, letters: Streaming<proto::Letter>) -> Result<Response<Answers>, Status> {
        let begin = self.begin.lock().unwrap_or_else(|e| e.into_inner()).take();
        let (queue, drain) = queue(self.room);
        if begin.is_some_and(|begin| begin.send(Box::new((letters, queue))).is_ok()) {
            return Ok(Response::new(Answers(drain)));
        }
        Err(Status::failed_precondition("a link has one stream"))
    }
}

macro_rules! service {
    ($service:path) => {
        #[tonic::async_trait]
        impl $service for Once {
            type AttendStream = Answers;

            async fn attend(
                &self,
                request: Request<Streaming<proto::Letter>>,
            ) -> Result<Response<Answers>, Status> {
                self.begin(request.into_inner())
            }
        }
    };
}

service!(dcnet::Dcnet);
service!(shamir::Shamir);
service!(elgamal::Elgamal);
service!(cmt::Cmt);
service!(ckks::Ckks);

impl Stream for Answers {
    type Item = Result<proto::Letter, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(cx).map(|letter| letter.map(Ok))
    }
}
