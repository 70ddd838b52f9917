//! `git-credential-jeton`: what Git asks for a user name and password. Git is given a child of the sign-in, or of
//! `JETON_TOKEN`, for the one repository that it names and for an hour; no file holds its value.

mod asked;
mod child;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

pub(crate) use asked::Asked;

use crate::address::Address;
use crate::error::ClientError;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::person::Terminal;
use crate::report;
use crate::screen::Screen;
use crate::session::Session;

/// The name under which the program is this helper. Git looks for it where its configuration says `credential.helper jeton`.
pub const HELPER: &str = "git-credential-jeton";

/// The most that is read of what Git asks, in bytes.
const MOST: u64 = 64 << 10;

/// Git's credential helper for Jeton. `jeton setup-git` tells Git of it.
#[derive(Debug, Parser)]
#[command(name = HELPER, version)]
struct Line {
    #[command(flatten)]
    globals: Globals,
    /// Ask for `workflows: write` as well
    #[arg(long)]
    workflows: bool,
    /// What Git wants: get, store, erase; others are left to other helpers
    operation: String,
}

/// Answers Git once. Exit codes: 0, or an [`Exit`]; Git asks somebody else in both cases, where nothing was answered.
pub fn git_credential(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let line = match Line::try_parse_from([HELPER.into()].into_iter().chain(arguments)) {
        Ok(line) => line,
        Err(error) => {
            // Nobody can be told that the stream is gone.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(Exit::Usage.code()),
            };
        }
    };
    let mut out = Vec::new();
    let answered = answer(&line, &mut io::stdin().lock(), &mut out);
    let written = answered.and_then(|()| {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&out).and_then(|()| stdout.flush());
        written.map_err(ClientError::Output)
    });
    report::finish(written, line.globals.json, &mut io::stderr())
}

fn answer(line: &Line, from: &mut dyn Read, out: &mut Vec<u8>) -> Result<(), ClientError> {
    let mut text = String::new();
    let read = from.take(MOST).read_to_string(&mut text);
    // What is no text is no question that can be answered.
    let Some(asked) = read.ok().and_then(|_| Asked::read(&text)) else {
        return Ok(());
    };
    if !matches!(line.operation.as_str(), "get" | "erase") {
        return Ok(());
    }
    let Some(globals) = ours(&line.globals, &asked.address)? else {
        return Ok(());
    };
    asked.address.check_clear_text(globals.insecure_http)?;
    let mut unseen = Vec::new();
    let mut err = io::stderr();
    let screen = Screen {
        out: &mut unseen,
        err: &mut err,
        json: false,
        terminal: false,
    };
    let mut person = Terminal;
    let mut session = Session::new(&globals, screen, &mut person);
    match line.operation.as_str() {
        "get" => child::get(&mut session, &asked, line.workflows, out),
        _ => child::erase(&mut session, &asked),
    }
}

/// The options with which this server is spoken to, where we have a credential for it.
///
/// SECURITY: `JETON_TOKEN` is for the server that `JETON_HOST` or the last sign-in names, and for no other, whatever
/// Git asks for.
fn ours(globals: &Globals, address: &Address) -> Result<Option<Globals>, ClientError> {
    let mut globals = globals.clone();
    let mut person = Terminal;
    let (mut out, mut err) = (io::sink(), io::sink());
    let screen = Screen {
        out: &mut out,
        err: &mut err,
        json: false,
        terminal: false,
    };
    let session = Session::new(&globals, screen, &mut person);
    let hosts = session.hosts();
    let named = match &globals.host {
        Some(host) => Some(host.clone()),
        None => hosts
            .as_ref()
            .ok()
            .and_then(|hosts| hosts.default_host().map(str::to_owned)),
    };
    let here = named.and_then(|host| Address::parse(&host).ok());
    let given = globals.credential.is_some() && here.as_ref() == Some(address);
    if !given {
        if hosts?.get(address.as_str()).is_none() {
            return Ok(None);
        }
        globals.credential = None;
    }
    globals.host = Some(address.as_str().to_owned());
    Ok(Some(globals))
}

#[cfg(test)]
mod tests;
