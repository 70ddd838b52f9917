//! What is too large to be held: files and archives, as git writes them.
//!
//! A stream is watched as a clone is: what takes the permit away cuts it, and a cut stream never looks whole.

use bytes::{Bytes, BytesMut};
use jeton_repo::{Archive, Oid, Output, Registration, StartError};
use tokio::io::AsyncReadExt as _;

use super::Reading;
use crate::app::App;
use crate::call::Call;
use crate::error::AppError;
use crate::place::Place;
use crate::streams::Stream;

/// Read from git at a time, in bytes.
const PIECE: usize = 64 << 10;

/// What is streamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What a file holds.
    Blob(Oid),
    /// The files of a commit, packed together below a folder of that name: one word of letters, digits, `.`, `-` and `_`.
    Archive(Oid, Archive, String),
}

/// A stream that git has begun to write.
#[derive(Debug)]
pub struct Streamed {
    app: App,
    _watch: Stream,
    output: Output,
    first: Option<Bytes>,
}

/// Begins to stream what a look into the repository finds.
pub fn stream(
    app: &App,
    call: &Call,
    look: impl FnOnce(&Reading<'_>) -> Result<Wanted, AppError>,
) -> Result<Streamed, AppError> {
    let transfer = app.begin_transfer(call)?;
    let place = Place::Repository(transfer.repository.clone());
    let reading = Reading::of(app, &transfer.permit, &place)?;
    let wanted = look(&reading)?;
    let begun = begin(app, &reading, &wanted, transfer.registration);
    let output = match begun {
        Ok(output) => output,
        // What took the permit away says so itself.
        Err(StartError::Cut) => {
            app.permit_again(call, Some(transfer.repository.id), None)?;
            return Err(AppError::Busy);
        }
        Err(StartError::Busy) => return Err(AppError::Busy),
        Err(error) => return Err(AppError::Data(error.to_string())),
    };
    let mut streamed = Streamed {
        app: app.clone(),
        _watch: transfer.stream,
        output,
        first: None,
    };
    // A git that fails at once is answered with a status that says so.
    streamed.first = streamed.read()?;
    Ok(streamed)
}

fn begin(
    app: &App,
    reading: &Reading<'_>,
    wanted: &Wanted,
    registration: Registration,
) -> Result<Output, StartError> {
    let serving = app
        .serving()
        .map_err(|error| StartError::Spawn(std::io::Error::other(error.to_string())))?;
    let transfer = app.streams.wait(async {
        match wanted {
            Wanted::Blob(id) => serving.runner.blob(&reading.data, *id, registration).await,
            Wanted::Archive(commit, form, name) => {
                let runner = &serving.runner;
                runner
                    .archive(&reading.data, *commit, *form, name, registration)
                    .await
            }
        }
    })?;
    let (input, output) = transfer.split();
    // Git reads nothing.
    drop(input);
    Ok(output)
}

impl Streamed {
    /// What comes first; empty where there is nothing at all.
    pub fn beginning(&self) -> &[u8] {
        self.first.as_deref().unwrap_or_default()
    }

    /// The next piece; nothing at the end. On a thread that may block.
    pub fn piece(&mut self) -> Result<Option<Bytes>, AppError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.read(),
        }
    }

    fn read(&mut self) -> Result<Option<Bytes>, AppError> {
        let mut piece = BytesMut::with_capacity(PIECE);
        let output = &mut self.output;
        let read = self.app.streams.wait(output.read_buf(&mut piece));
        match read {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(piece.freeze())),
            Err(error) => Err(AppError::Data(error.to_string())),
        }
    }
}
