//! A job that was opened here, and ends here.

use serde_json::Value;

use super::value_of;
use crate::error::ClientError;
use crate::hidden::Hidden;
use crate::server::{Ask, Door, Server};
use crate::session::Session;

/// A job whose token is known. INVARIANT: it is ended when this goes, whatever way that is.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) id: String,
    pub(super) repository: String,
    pub(super) token: Hidden,
    /// The server, with the job's token as credential.
    pub(super) server: Server,
    ended: bool,
}

/// A secret that the job was given.
#[derive(Debug)]
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) value: Hidden,
}

impl Opened {
    /// Of the server's answer.
    pub(super) fn read(session: &mut Session<'_>, made: &Value) -> Result<Self, ClientError> {
        let token = Hidden::from(value_of(made)?.to_owned());
        let server = session.server()?.with_credential(token.clone());
        let field = |name: &str| made.get(name).map(crate::values::text).unwrap_or_default();
        Ok(Self {
            id: field("id"),
            repository: field("repository"),
            token,
            server,
            ended: false,
        })
    }

    /// Its secrets; none of a server that keeps none.
    pub(super) fn secrets(&self) -> Result<Option<Vec<Secret>>, ClientError> {
        let answer = match self.server.ask(&Ask::get(Door::Own, &["job", "secrets"])) {
            Err(error) if error.is_status(404) => return Ok(None),
            answer => answer?.body,
        };
        let unread = || ClientError::other("the server's answer holds no secrets");
        let items = answer.get("secrets").and_then(Value::as_array);
        items
            .ok_or_else(unread)?
            .iter()
            .map(|item| {
                let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
                let (name, value) = text("name").zip(text("value")).ok_or_else(unread)?;
                let value = Hidden::from(value);
                Ok(Secret { name, value })
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Ends it by its own token: whoever opened it may have lost what that takes. One that is over is over.
    pub(super) fn end(&mut self) -> Result<(), ClientError> {
        self.ended = true;
        match self.server.ask(&Ask::delete(Door::Own, &["token"])) {
            Err(error) if !error.is_status(401) => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if !self.ended {
            // On the way out of an error that is told: its time ends it otherwise.
            let _ = self.end();
        }
    }
}
