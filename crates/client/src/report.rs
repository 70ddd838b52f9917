//! The end of a command: the error with its hints, and the exit code.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use jeton_domain::plain;

use crate::error::ClientError;

/// Says what went wrong, if something did, and gives the exit code.
pub(crate) fn finish(done: Result<(), ClientError>, err: &mut dyn Write) -> ExitCode {
    ExitCode::from(say(done, err))
}

pub(crate) fn say(done: Result<(), ClientError>, err: &mut dyn Write) -> u8 {
    let Err(error) = done else { return 0 };
    if let ClientError::Output(cause) = &error
        && cause.kind() == ErrorKind::BrokenPipe
    {
        // `jeton … | head` has read what it wanted.
        return 0;
    }
    let mut lines = vec![format!("error: {}", plain(&error.to_string()))];
    if let ClientError::Refused(refusal) = &error {
        lines.extend(
            refusal
                .sentences
                .iter()
                .map(|sentence| format!("  {sentence}")),
        );
    }
    lines.extend(
        error
            .hints()
            .iter()
            .map(|hint| format!("hint: {}", plain(hint))),
    );
    for line in lines {
        // Nobody can be told that standard error is gone.
        let _ = writeln!(err, "{line}");
    }
    error.code()
}
