//! From an address to an open stream of letters.

use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::{Context as _, anyhow};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::Streaming;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::codegen::http;

use super::Dialler;
use crate::net::limits::{HEADERS, WINDOW};
use crate::net::queue::Drain;
use crate::system::Protocol;
use crate::wire::proto::{
    self, ckks_client::CkksClient, cmt_client::CmtClient, dcnet_client::DcnetClient,
    elgamal_client::ElgamalClient, shamir_client::ShamirClient,
};

impl Dialler {
    /// A stream to the utility that has taken us for who we are. Its letters are the utility's; ours come from `drain`.
    pub(super) async fn open(&self, drain: Drain) -> anyhow::Result<Streaming<proto::Letter>> {
        let dial = TcpStream::connect((self.host.as_str(), self.port));
        let tcp = timeout(self.times.dial, dial).await.map_err(|_| anyhow!("nobody answers"))??;
        tcp.set_nodelay(true)?;
        let tls = self.connector.connect(self.name.clone(), tcp).await.context("TLS")?;
        let (requests, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(self.times.quiet)
            .keep_alive_timeout(self.times.answer)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_send_buf_size(WINDOW as usize)
            .max_header_list_size(HEADERS)
            .handshake(TokioIo::new(tls))
            .await?;
        // Ends with the stream, which holds the only request.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection ended");
            }
        });
        let link = Requests(requests);
        macro_rules! attend {
            ($client:ident) => {
                $client::with_origin(link, self.origin.clone())
                    .max_decoding_message_size(self.bounds.down)
                    .attend(drain)
                    .await
            };
        }
        let answer = match self.protocol {
            Protocol::Dcnet => attend!(DcnetClient),
            Protocol::Shamir => attend!(ShamirClient),
            Protocol::Elgamal => attend!(ElgamalClient),
            Protocol::Cmt => attend!(CmtClient),
            Protocol::Ckks => attend!(CkksClient),
        };
        Ok(answer.map_err(|status| anyhow!("{}", status.message().to_owned()))?.into_inner())
    }
}

/// hyper's connection, as tonic's clients want it.
struct Requests(SendRequest<Body>);

impl GrpcService<Body> for Requests {
    type ResponseBody = Incoming;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Incoming>, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}
