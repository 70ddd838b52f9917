//! Bodies: of answers, whole or streamed, and of requests, read with limits.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout, timeout_at};

/// An answer as it goes out.
pub type Response = http::Response<Body>;

/// A body that is streamed. An error breaks the connection, so that a cut stream never looks like a
/// whole one.
pub type Stream = Pin<Box<dyn http_body::Body<Data = Bytes, Error = io::Error> + Send>>;

/// The body of an answer.
pub struct Body(Kind);

enum Kind {
    Whole(Bytes),
    Stream(Stream),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kind::Whole(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Stream(_) => f.write_str("Body(stream)"),
        }
    }
}

impl Body {
    /// A body that is there.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(bytes.into()))
    }

    /// A body that comes.
    pub fn stream(stream: Stream) -> Self {
        Self(Kind::Stream(stream))
    }

    pub(crate) const fn empty() -> Self {
        Self(Kind::Whole(Bytes::new()))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.0 {
            Kind::Whole(bytes) if bytes.has_remaining() => {
                Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes)))))
            }
            Kind::Whole(_) => Poll::Ready(None),
            Kind::Stream(stream) => stream.as_mut().poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(stream) => stream.size_hint(),
        }
    }
}

/// Why a request's body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// More than may come.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: usize,
    },
    /// Nothing came for too long.
    #[error("the body came too slowly")]
    TooSlow,
    /// The client went away, or its framing broke.
    #[error("the body broke off")]
    Broken,
}

/// A request's body, read piece by piece.
#[derive(Debug)]
pub struct Payload {
    incoming: Incoming,
    idle: Duration,
}

impl Payload {
    /// `idle`: how long the next piece may take.
    pub(crate) const fn new(incoming: Incoming, idle: Duration) -> Self {
        Self { incoming, idle }
    }

    /// The next piece; nothing at the end.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let frame = timeout(self.idle, self.incoming.frame())
                .await
                .map_err(|_| BodyError::TooSlow)?;
            match frame {
                None => return Ok(None),
                Some(Err(_)) => return Err(BodyError::Broken),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if bytes.is_empty() => {}
                    Ok(bytes) => return Ok(Some(bytes)),
                    // Trailers say nothing here.
                    Err(_) => {}
                },
            }
        }
    }

    /// All of it, at most `limit` bytes and within `time`.
    pub(crate) async fn whole(&mut self, limit: usize, time: Duration) -> Result<Bytes, BodyError> {
        let announced = self.incoming.size_hint().lower();
        if announced > limit as u64 {
            return Err(BodyError::TooLarge { limit });
        }
        if self.incoming.is_end_stream() {
            return Ok(Bytes::new());
        }
        let read = async {
            let mut whole = BytesMut::new();
            while let Some(piece) = self.piece().await? {
                if whole.len() + piece.len() > limit {
                    return Err(BodyError::TooLarge { limit });
                }
                whole.extend_from_slice(&piece);
            }
            Ok(whole.freeze())
        };
        // A client that sends a byte now and then is slow too.
        let end = Instant::now() + time;
        timeout_at(end, read)
            .await
            .map_err(|_| BodyError::TooSlow)?
    }

    /// Reads on for a little and forgets, so that a client which is still sending gets to read the
    /// answer instead of a reset connection.
    pub async fn drain(mut self) {
        const ENOUGH: usize = 1 << 20;
        let read = async {
            let mut seen = 0;
            while let Ok(Some(piece)) = self.piece().await {
                seen += piece.len();
                if seen > ENOUGH {
                    return;
                }
            }
        };
        // Late is no failure: the answer goes out all the same.
        let _ = timeout(Duration::from_secs(2), read).await;
    }
}
