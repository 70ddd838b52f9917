//! The body of the hidden command `git-hook`: what git runs as its hook.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use super::{NONCE_VARIABLE, SOCKET_VARIABLE, wire};

/// Asks the server about a push. `args`: `pre-receive`, with the push on standard input, or `update`
/// with a name and two ids; `variable` reads the environment. What the server says goes to standard
/// error, which git shows to the pusher. Every failure refuses.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> ExitCode {
    let (code, text) = match ask(&mut args.into_iter(), &variable) {
        Ok((true, text)) => (ExitCode::SUCCESS, text),
        Ok((false, text)) => (ExitCode::FAILURE, text),
        Err(error) => (
            ExitCode::FAILURE,
            format!("the push could not be checked, and so is refused: {error}\n").into_bytes(),
        ),
    };
    // The pusher may be gone; the verdict stands.
    let _ = io::stderr().write_all(&text);
    code
}

fn ask(
    args: &mut impl Iterator<Item = OsString>,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> io::Result<(bool, Vec<u8>)> {
    let missing = |what: &str| io::Error::other(format!("{what} is missing"));
    let socket = variable(SOCKET_VARIABLE).ok_or_else(|| missing("the server's socket"))?;
    let nonce = variable(NONCE_VARIABLE).ok_or_else(|| missing("the push's value"))?;
    let quarantine = variable("GIT_QUARANTINE_PATH").unwrap_or_default();
    let hook = args.next().ok_or_else(|| missing("the hook's name"))?;
    let mut lines = Vec::new();
    match hook.as_bytes() {
        wire::PRE_RECEIVE => {
            io::stdin().lock().read_to_end(&mut lines)?;
        }
        wire::UPDATE => {
            let (Some(name), Some(old), Some(new)) = (args.next(), args.next(), args.next()) else {
                return Err(missing("the reference"));
            };
            for (part, end) in [(&old, b' '), (&new, b' '), (&name, b'\n')] {
                lines.extend_from_slice(part.as_bytes());
                lines.push(end);
            }
        }
        _ => return Err(io::Error::other("no such hook")),
    }
    let mut stream = UnixStream::connect(socket)?;
    wire::write(
        &mut stream,
        &[
            nonce.as_bytes(),
            hook.as_bytes(),
            quarantine.as_bytes(),
            &lines,
        ],
    )?;
    let verdict = wire::read(&mut stream)?;
    Ok((verdict == wire::ACCEPT, wire::read(&mut stream)?))
}
