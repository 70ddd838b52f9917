//! A body that is made piece by piece while the client takes it: what is long is never whole in memory.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use jeton_app::AppError;
use tokio::task::JoinHandle;

/// Makes the next piece; nothing at the end. It runs on a thread that may block, and only when the client has
/// taken what came before.
pub type NextPiece = Box<dyn FnMut() -> Result<Option<Bytes>, AppError> + Send>;

/// What an answer holds until it goes out.
#[derive(Clone)]
pub(crate) struct Pieces(Arc<Mutex<Option<NextPiece>>>);

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pieces")
    }
}

impl Pieces {
    pub(crate) fn new(next: NextPiece) -> Self {
        Self(Arc::new(Mutex::new(Some(next))))
    }

    /// The body; an empty one where it went out before.
    pub(crate) fn body(&self) -> PieceBody {
        let next = match self.0.lock() {
            Ok(mut next) => next.take(),
            Err(poisoned) => poisoned.into_inner().take(),
        };
        PieceBody {
            next,
            running: None,
        }
    }
}

type Made = (NextPiece, Result<Option<Bytes>, AppError>);

/// See [`NextPiece`].
pub(crate) struct PieceBody {
    next: Option<NextPiece>,
    running: Option<JoinHandle<Made>>,
}

impl http_body::Body for PieceBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        let running = match (&mut this.running, this.next.take()) {
            (Some(running), _) => running,
            (None, Some(mut next)) => this.running.insert(tokio::task::spawn_blocking(move || {
                let made = next();
                (next, made)
            })),
            (None, None) => return Poll::Ready(None),
        };
        let Poll::Ready(made) = Pin::new(running).poll(context) else {
            return Poll::Pending;
        };
        this.running = None;
        Poll::Ready(match made {
            Ok((next, Ok(Some(piece)))) => {
                this.next = Some(next);
                Some(Ok(Frame::data(piece)))
            }
            Ok((_, Ok(None))) => None,
            // A cut stream never looks like a whole one: the error breaks the connection.
            Ok((_, Err(error))) => {
                tracing::warn!(%error, "a streamed answer was cut");
                Some(Err(io::Error::other("the answer was cut")))
            }
            Err(error) => Some(Err(io::Error::other(error))),
        })
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn pieces(of: &'static [&'static str], fails: bool) -> Pieces {
        let mut at = 0;
        Pieces::new(Box::new(move || {
            at += 1;
            match of.get(at - 1) {
                Some(piece) => Ok(Some(Bytes::from_static(piece.as_bytes()))),
                None if fails => Err(AppError::Missing("rest")),
                None => Ok(None),
            }
        }))
    }

    #[tokio::test]
    async fn pieces_come_in_order_and_only_once() {
        let made = pieces(&["a", "b", "c"], false);
        let whole = made.body().collect().await.unwrap().to_bytes();
        assert_eq!(&whole[..], b"abc");
        let again = made.body().collect().await.unwrap().to_bytes();
        assert!(again.is_empty());
    }

    #[tokio::test]
    async fn a_failure_on_the_way_breaks_the_stream() {
        assert!(pieces(&["a"], true).body().collect().await.is_err());
    }
}
