//! The two streams of a running git, and how it ended.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;
use tokio::sync::watch;

/// How a git ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ending {
    /// With exit status 0.
    #[error("git ended well")]
    Done,
    /// With another exit status.
    #[error("git ended with status {0}")]
    Failed(i32),
    /// By a signal that was not ours.
    #[error("git was ended by signal {0}")]
    Signalled(i32),
    /// Cut: revoked, shut down, or its client went away.
    #[error("the transfer was cut")]
    Cut,
    /// It took longer than any transfer may.
    #[error("the transfer took too long")]
    TooLong,
    /// No byte passed for longer than is allowed.
    #[error("the transfer stood still for too long")]
    Idle,
}

impl Ending {
    /// Whether all of the answer was given.
    pub fn is_done(self) -> bool {
        self == Self::Done
    }
}

/// Tells how a git ended.
#[derive(Clone, Debug)]
pub struct EndingWatch(pub(super) watch::Receiver<Option<Ending>>);

impl EndingWatch {
    /// Waits until all processes of the transfer are gone.
    pub async fn wait(&self) -> Ending {
        let mut watch = self.0.clone();
        // The sender leaves without a word only when the runtime is shut down.
        watch
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|ending| *ending)
            .unwrap_or(Ending::Cut)
    }
}

/// Bytes that passed, in either direction: what 'standing still' is measured by.
pub(super) type Passed = Arc<AtomicU64>;

/// A running git. Dropping it, or its [`Output`], cuts it.
#[derive(Debug)]
pub struct Transfer {
    pub(super) input: Input,
    pub(super) output: Output,
}

impl Transfer {
    /// The two streams. They must be served at the same time: git stops reading while nobody takes what
    /// it writes.
    pub fn split(self) -> (Input, Output) {
        (self.input, self.output)
    }

    /// Tells how it ended.
    pub fn ending(&self) -> EndingWatch {
        self.output.ending()
    }
}

/// What git reads: the body of the request. Shutting it down or dropping it is the body's end.
///
/// A write fails with `BrokenPipe` when git reads no more, which is no failure of the transfer: the
/// answer is then in the output.
#[derive(Debug)]
pub struct Input {
    pub(super) pipe: Option<pipe::Sender>,
    pub(super) passed: Passed,
}

impl AsyncWrite for Input {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(pipe) = &mut self.pipe else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        let written = ready!(Pin::new(pipe).poll_write(context, bytes))?;
        self.passed.fetch_add(written as u64, Ordering::Relaxed);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pipe = None;
        Poll::Ready(Ok(()))
    }
}

/// What git writes: the body of the answer.
///
/// INVARIANT: it ends without an error only after git has ended with exit status 0. Any other end is an
/// error that carries the [`Ending`], so that a body made of it breaks by itself.
#[derive(Debug)]
pub struct Output {
    pub(super) pipe: pipe::Receiver,
    pub(super) passed: Passed,
    pub(super) end: End,
    /// Kept for its drop, which cuts.
    pub(super) _client: watch::Sender<()>,
}

/// What the output waits for after git's last byte.
pub(super) enum End {
    Reading(EndingWatch),
    Waiting(EndingWatch, Pin<Box<dyn Future<Output = Ending> + Send>>),
    Known(EndingWatch, Ending),
}

impl std::fmt::Debug for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reading(_) => f.write_str("Reading"),
            Self::Waiting(..) => f.write_str("Waiting"),
            Self::Known(_, ending) => f.debug_tuple("Known").field(ending).finish(),
        }
    }
}

impl Output {
    /// Tells how git ended.
    pub fn ending(&self) -> EndingWatch {
        match &self.end {
            End::Reading(watch) | End::Waiting(watch, _) | End::Known(watch, _) => watch.clone(),
        }
    }
}

impl AsyncRead for Output {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let this = &mut *self;
            match &mut this.end {
                End::Reading(watch) => {
                    let before = buffer.filled().len();
                    ready!(Pin::new(&mut this.pipe).poll_read(context, buffer))?;
                    let read = buffer.filled().len() - before;
                    this.passed.fetch_add(read as u64, Ordering::Relaxed);
                    if read > 0 || buffer.remaining() == 0 {
                        return Poll::Ready(Ok(()));
                    }
                    let (watch, waiting) = (watch.clone(), watch.clone());
                    this.end = End::Waiting(watch, Box::pin(async move { waiting.wait().await }));
                }
                End::Waiting(watch, ending) => {
                    let ending = ready!(ending.as_mut().poll(context));
                    this.end = End::Known(watch.clone(), ending);
                }
                End::Known(_, Ending::Done) => return Poll::Ready(Ok(())),
                End::Known(_, ending) => return Poll::Ready(Err(io::Error::other(*ending))),
            }
        }
    }
}
