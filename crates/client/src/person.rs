//! The person at the terminal, or the script that stands in for one.

use std::io::{self, BufRead, IsTerminal, Read};

use crate::error::ClientError;
use crate::hidden::Hidden;

/// Who answers questions.
pub(crate) trait Person {
    /// Whether somebody is there to be asked.
    fn is_there(&self) -> bool;
    /// Asks for a line.
    fn line(&mut self, question: &str) -> io::Result<String>;
    /// Asks for a password, which is not shown.
    fn password(&mut self, question: &str) -> io::Result<Hidden>;
    /// The next line of standard input, without asking.
    fn piped_line(&mut self) -> io::Result<String>;
    /// All of standard input, without asking and without a line break at its end.
    fn piped(&mut self) -> io::Result<Hidden>;
}

/// The real one.
#[derive(Debug)]
pub(crate) struct Terminal;

impl Person for Terminal {
    fn is_there(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn line(&mut self, question: &str) -> io::Result<String> {
        use io::Write;
        write!(io::stderr(), "{question} ")?;
        io::stderr().flush()?;
        self.piped_line()
    }

    fn password(&mut self, question: &str) -> io::Result<Hidden> {
        rpassword::prompt_password(format!("{question} ")).map(Hidden::from)
    }

    fn piped_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        while line.ends_with(['\n', '\r']) {
            line.pop();
        }
        Ok(line)
    }

    fn piped(&mut self) -> io::Result<Hidden> {
        let mut text = String::new();
        // Far more than any server takes, and no more: nobody's memory is filled.
        io::stdin()
            .lock()
            .take(LONGEST_PIPED)
            .read_to_string(&mut text)?;
        if text.ends_with('\n') {
            text.pop();
        }
        if text.ends_with('\r') {
            text.pop();
        }
        Ok(Hidden::from(text))
    }
}

/// The first line of standard input, which must hold `what`: for what is never an argument, as others on the machine see those.
pub(crate) fn piped(person: &mut dyn Person, what: &str) -> Result<Hidden, ClientError> {
    let line = person
        .piped_line()
        .map_err(|error| ClientError::other(format!("standard input: {error}")))?;
    if line.is_empty() {
        return Err(ClientError::usage(
            format!("standard input holds no {what}"),
            "its first line is taken",
        ));
    }
    Ok(Hidden::from(line))
}

/// Bytes of standard input that are read as one value.
const LONGEST_PIPED: u64 = 1024 * 1024;

/// A password from standard input, or asked for; `twice` for a new one, where a typing error would
/// lock its owner out.
pub(crate) fn password(
    person: &mut dyn Person,
    from_stdin: bool,
    question: &str,
    twice: bool,
) -> Result<Hidden, ClientError> {
    if from_stdin {
        let line = person
            .piped_line()
            .map_err(|error| ClientError::other(format!("standard input: {error}")))?;
        if line.is_empty() {
            return Err(ClientError::usage(
                "standard input holds no password",
                "--password-stdin takes the first line",
            ));
        }
        return Ok(Hidden::from(line));
    }
    if !person.is_there() {
        return Err(ClientError::usage(
            "a password is needed, and nobody is there to be asked",
            "pipe it in: --password-stdin",
        ));
    }
    let asked = |error: io::Error| ClientError::other(format!("terminal: {error}"));
    let first = person.password(question).map_err(asked)?;
    if twice && person.password("Once more:").map_err(asked)?.expose() != first.expose() {
        return Err(ClientError::usage("the two are not the same", "try again"));
    }
    Ok(first)
}

/// A field from its flag, or asked for.
pub(crate) fn field(
    person: &mut dyn Person,
    given: Option<&str>,
    question: &str,
    flag: &str,
) -> Result<String, ClientError> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    if !person.is_there() {
        return Err(ClientError::usage(
            format!("`{flag}` is missing"),
            "nobody is there to be asked: give the flag",
        ));
    }
    person
        .line(question)
        .map_err(|error| ClientError::other(format!("terminal: {error}")))
}

/// Goes on only if the person says so, or said so before.
pub(crate) fn sure(person: &mut dyn Person, yes: bool, question: &str) -> Result<(), ClientError> {
    if yes {
        return Ok(());
    }
    if !person.is_there() {
        return Err(ClientError::usage(
            format!("{question} nobody is there to be asked"),
            "say --yes",
        ));
    }
    let answer = person
        .line(&format!("{question} [y/N]"))
        .map_err(|error| ClientError::other(format!("terminal: {error}")))?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(ClientError::other("nothing was done"))
    }
}
