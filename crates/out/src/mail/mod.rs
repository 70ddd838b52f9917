//! Mail: one letter at a time, through SMTP or into a folder.
//!
//! # Never twice
//! A mail server that took a letter and whose answer was lost has it: nobody can tell it from one that never got it.
//! Such a letter is not sent again. So [`Mailer::send`] asks its caller to write down, before the server could take the
//! letter, that this is about to happen; whoever finds that note and no outcome after a crash leaves the letter alone.

mod folder;
mod letter;
mod smtp;

pub use letter::{BadAddress, Letter, Sender};
pub use smtp::{BadServer, Security, Smtp};

use std::path::PathBuf;

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server, or the folder, has it.
    Sent,
    /// Nobody has it; it can be sent again, for the reason given.
    Later(String),
    /// This letter will never be taken: its address was refused.
    Never(String),
    /// The letter was handed over, and no answer came. It may have been delivered: it is not sent again.
    Unknown(String),
}

/// Where letters go.
#[derive(Clone, Debug)]
enum Transport {
    Smtp(Box<Smtp>),
    Folder(PathBuf),
}

/// Sends letters.
#[derive(Clone, Debug)]
pub struct Mailer {
    sender: Sender,
    transport: Transport,
}

impl Mailer {
    /// Through a mail server.
    pub fn smtp(sender: Sender, smtp: Smtp) -> Self {
        Self {
            sender,
            transport: Transport::Smtp(Box::new(smtp)),
        }
    }

    /// Into a folder, one file for each letter.
    pub fn folder(sender: Sender, folder: PathBuf) -> Self {
        Self {
            sender,
            transport: Transport::Folder(folder),
        }
    }

    /// Whom the letters are from.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Sends one letter. `handing_over` is called once, before anybody could have the letter; where it fails, nothing
    /// is sent. Blocks for as long as the server takes, each step within the server's time-out.
    pub fn send(
        &self,
        letter: &Letter,
        handing_over: impl FnOnce() -> Result<(), String>,
    ) -> Outcome {
        let (envelope, bytes) = match letter.render(&self.sender) {
            Ok(rendered) => rendered,
            Err(refused) => return Outcome::Never(refused.to_string()),
        };
        match &self.transport {
            Transport::Smtp(smtp) => smtp.send(&self.sender, &envelope, &bytes, handing_over),
            Transport::Folder(path) => folder::put(path, letter.id(), &bytes),
        }
    }
}
