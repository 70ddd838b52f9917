//! Answers of Git's door: whole ones, and streams that git writes.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use http_body::Frame;
use jeton_app::git::Report;
use jeton_app::{App, Call, Stream};
use jeton_http::{Body, Response};
use jeton_repo::{Ending, Output, Transfer};
use tokio::io::AsyncReadExt as _;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admit::{self, Refusal};
use crate::report::ReportScan;
use crate::request::{FeedError, Source};

/// Read from git at a time: a pkt-line is 65,520 bytes at the most.
const PIECE: usize = 64 << 10;

/// An answer with that media type.
pub(crate) fn answer(media: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if let Ok(media) = HeaderValue::from_str(media) {
        headers.insert(CONTENT_TYPE, media);
    }
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, max-age=0, must-revalidate"),
    );
    response
}

/// What lives as long as a transfer.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Keeps the watch for revocations.
    pub(crate) _watch: Stream,
    /// What is done when git is gone, before the client hears of the end.
    pub(crate) afterwards: Option<Afterwards>,
}

/// A push's outcome goes into the log.
#[derive(Debug)]
pub(crate) struct Afterwards {
    /// Hears what git says to the client.
    pub(crate) scan: ReportScan,
    /// Where what it heard is waited for.
    pub(crate) report: oneshot::Sender<Report>,
    /// Ends when it is written.
    pub(crate) done: JoinHandle<()>,
}

impl Afterwards {
    /// Git has said all.
    fn conclude(self) -> JoinHandle<()> {
        // Nobody may be left to hear it.
        let _ = self.report.send(self.scan.report());
        self.done
    }
}

/// Streams a running git. The status line is written when git has produced its first output, so that a
/// git which fails at once is answered with a status that says so. `before` stands before git's bytes.
pub(crate) async fn stream(
    app: &App,
    call: &Call,
    media: &str,
    before: &'static [u8],
    transfer: Transfer,
    source: Option<Source>,
    kept: Kept,
) -> Response {
    let (input, output) = transfer.split();
    let feeding = source.map(|source| Feeding(tokio::spawn(source.feed(input))));
    let mut running = Running {
        output,
        feeding,
        kept,
        buffer: BytesMut::new(),
        ahead: None,
        ended: false,
        concluding: None,
    };
    match poll_fn(|context| running.poll_piece(context)).await {
        Ok(first) => {
            let first = first.unwrap_or_default();
            let first = if before.is_empty() {
                first
            } else {
                [before, &first[..]].concat().into()
            };
            running.ahead = (!first.is_empty()).then_some(first);
            answer(media, Body::stream(Box::pin(running)))
        }
        Err(broke) => {
            drop(running);
            broke.response(app, call).await.response()
        }
    }
}

/// The task that hands the request to git; ends with the answer.
#[derive(Debug)]
struct Feeding(JoinHandle<Result<(), FeedError>>);

impl Drop for Feeding {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why an answer broke off.
#[derive(Debug, thiserror::Error)]
enum Broke {
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error("{0}")]
    Git(Ending),
    #[error(transparent)]
    Pipe(io::Error),
    #[error("the request was lost: {0}")]
    Lost(#[from] tokio::task::JoinError),
}

impl Broke {
    fn of(error: io::Error) -> Self {
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Ending>())
        {
            Some(ending) => Self::Git(*ending),
            None => Self::Pipe(error),
        }
    }

    /// What it is answered with, as long as nothing went out.
    async fn response(&self, app: &App, call: &Call) -> Refusal {
        match self {
            Self::Feed(error) => error.response(call),
            Self::Git(Ending::Cut) => admit::cut(app, call).await,
            Self::Git(Ending::TooLong | Ending::Idle) => admit::say(
                call,
                StatusCode::SERVICE_UNAVAILABLE,
                "Git took too long to answer.",
            ),
            Self::Git(ending) => {
                tracing::warn!(request = %call.request_id, %ending, "git failed");
                admit::say(
                    call,
                    StatusCode::BAD_REQUEST,
                    "Git could not answer this request.",
                )
            }
            Self::Pipe(_) | Self::Lost(_) => {
                tracing::error!(request = %call.request_id, error = %self, "a transfer failed");
                admit::say(
                    call,
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong on the server.",
                )
            }
        }
    }
}

/// A running git as a body. Dropping it cuts git.
///
/// INVARIANT: it ends without an error only after git has ended with exit status 0 and has been given
/// the whole request; any other end breaks the connection, so that the client can't take it for whole.
#[derive(Debug)]
struct Running {
    output: Output,
    feeding: Option<Feeding>,
    kept: Kept,
    buffer: BytesMut,
    ahead: Option<Bytes>,
    /// Git's output is over.
    ended: bool,
    /// The rest of what is done afterwards.
    concluding: Option<JoinHandle<()>>,
}

impl Running {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Broke>> {
        if let Some(feeding) = &mut self.feeding
            && let Poll::Ready(fed) = Pin::new(&mut feeding.0).poll(context)
        {
            fed??;
            self.feeding = None;
        }
        if !self.ended {
            self.buffer.reserve(PIECE);
            let read = ready!(pin!(self.output.read_buf(&mut self.buffer)).poll(context))
                .map_err(Broke::of)?;
            if read > 0 {
                if let Some(afterwards) = &mut self.kept.afterwards {
                    afterwards.scan.take(&self.buffer);
                }
                return Poll::Ready(Ok(Some(self.buffer.split().freeze())));
            }
            self.ended = true;
            self.concluding = self.kept.afterwards.take().map(Afterwards::conclude);
        }
        if let Some(concluding) = &mut self.concluding {
            ready!(Pin::new(concluding).poll(context))?;
            self.concluding = None;
        }
        Poll::Ready(Ok(None))
    }
}

impl http_body::Body for Running {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(ahead) = self.ahead.take() {
            return Poll::Ready(Some(Ok(Frame::data(ahead))));
        }
        match ready!(self.poll_piece(context)) {
            Ok(piece) => Poll::Ready(piece.map(|piece| Ok(Frame::data(piece)))),
            Err(broke) => {
                tracing::debug!(error = %broke, "a transfer broke off");
                Poll::Ready(Some(Err(io::Error::other(broke))))
            }
        }
    }
}
