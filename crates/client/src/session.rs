//! One run of the command line: options, screen, person, server.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::address::Address;
use crate::edge;
use crate::error::ClientError;
use crate::globals::Globals;
use crate::hosts::Hosts;
use crate::person::{self, Person};
use crate::screen::{Column, Screen};
use crate::server::{Ask, Door, Reply, Server};

/// How many items a page holds at most.
const PAGE: &str = "100";
/// How long a person waits before something moves on the screen.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a command works with.
pub(crate) struct Session<'a> {
    pub(crate) globals: &'a Globals,
    pub(crate) screen: Screen<'a>,
    pub(crate) person: &'a mut dyn Person,
    server: Option<Server>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        globals: &'a Globals,
        screen: Screen<'a>,
        person: &'a mut dyn Person,
    ) -> Self {
        Self {
            globals,
            screen,
            person,
            server: None,
        }
    }

    /// The kept sign-ins.
    pub(crate) fn hosts(&self) -> Result<Hosts, ClientError> {
        Hosts::read(self.globals.folder()?)
    }

    /// The certificate file to trust: as given now, or as given when signing in.
    pub(crate) fn cacert(&self, kept: Option<PathBuf>) -> Option<PathBuf> {
        self.globals.cacert.clone().or(kept)
    }

    /// The address of the server: named, or the one signed in to.
    pub(crate) fn address(&self, named: Option<&str>) -> Result<Address, ClientError> {
        let address = match named.or(self.globals.host.as_deref()) {
            Some(host) => Address::parse(host)?,
            None => match self.hosts()?.default_host() {
                Some(host) => Address::parse(host)?,
                None => return Err(ClientError::NotSignedIn(None)),
            },
        };
        address.check_clear_text(self.globals.insecure_http)?;
        Ok(address)
    }

    /// Speaks to a server without a credential from here on: to set it up, to sign in.
    pub(crate) fn connect_without_credential(
        &mut self,
        address: Address,
    ) -> Result<(), ClientError> {
        let kept = self
            .hosts()?
            .get(address.as_str())
            .and_then(|kept| kept.cacert.clone());
        self.server = Some(Server::new(address, None, self.cacert(kept).as_deref())?);
        Ok(())
    }

    /// The server with the credential in use: `JETON_TOKEN`, else the kept sign-in.
    pub(crate) fn server(&mut self) -> Result<&Server, ClientError> {
        if self.server.is_none() {
            let address = self.address(None)?;
            // The file is not needed, and may be missing or unreadable, where everything is given.
            let kept = match self.globals.credential {
                Some(_) => self
                    .hosts()
                    .ok()
                    .and_then(|hosts| hosts.get(address.as_str()).cloned()),
                None => self.hosts()?.get(address.as_str()).cloned(),
            };
            let (kept_token, kept_cacert) =
                kept.map_or((None, None), |kept| (Some(kept.token), kept.cacert));
            let Some(credential) = self.globals.credential.clone().or(kept_token) else {
                return Err(ClientError::NotSignedIn(Some(address.to_string())));
            };
            let cacert = self.cacert(kept_cacert);
            self.server = Some(Server::new(address, Some(credential), cacert.as_deref())?);
        }
        self.server.as_ref().ok_or(ClientError::NotSignedIn(None))
    }

    /// Whether the credential in use is the kept sign-in, the only kind that can be confirmed.
    pub(crate) fn uses_sign_in(&self) -> bool {
        self.globals.credential.is_none()
    }

    /// Sends a request. Where the server wants to know that it is really the person, and the person
    /// is there, asks for the password and sends the request again.
    pub(crate) fn ask(&mut self, ask: &Ask) -> Result<Reply, ClientError> {
        let answer = self.send(ask);
        match answer {
            Err(error)
                if error.wants_confirmation() && self.uses_sign_in() && self.person.is_there() =>
            {
                let why = if ask.takes_away() {
                    "This can't be undone"
                } else {
                    "This adds power"
                };
                self.screen
                    .note(&format!("{why}: please confirm that it is you."));
                self.confirm(false)?;
                self.send(ask)
            }
            answer => answer,
        }
    }

    /// Confirms the sign-in by password. Returns until when it counts.
    pub(crate) fn confirm(&mut self, from_stdin: bool) -> Result<Value, ClientError> {
        let password = person::password(self.person, from_stdin, "Password:", false)?;
        let body = json!({ "password": password.expose() });
        Ok(self.send(&Ask::post(Door::Own, &["confirm"], body))?.body)
    }

    /// Confirms the sign-in by a code of the authenticator app.
    pub(crate) fn confirm_by_code(&mut self, code: &str) -> Result<Value, ClientError> {
        let body = json!({ "code": code });
        Ok(self.send(&Ask::post(Door::Own, &["confirm"], body))?.body)
    }

    fn send(&mut self, ask: &Ask) -> Result<Reply, ClientError> {
        let waiting = self.person.is_there().then(Waiting::start);
        let answer = self.server()?.ask(ask);
        drop(waiting);
        answer
    }

    /// Reads one thing.
    pub(crate) fn get(&mut self, door: Door, segments: &[&str]) -> Result<Value, ClientError> {
        Ok(self.ask(&Ask::get(door, segments))?.body)
    }

    /// Reads a list, page by page, up to `limit` items.
    pub(crate) fn all(&mut self, ask: Ask, limit: usize) -> Result<Vec<Value>, ClientError> {
        self.all_named(ask, None, limit)
    }

    /// The same of a list that stands in a field of the answer.
    pub(crate) fn all_named(
        &mut self,
        ask: Ask,
        field: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Value>, ClientError> {
        let mut items = Vec::new();
        let mut ask = ask.query("per_page", Some(PAGE));
        loop {
            let reply = self.ask(&ask)?;
            if reply.narrowed && items.is_empty() {
                self.screen
                    .note("The token shows only what it reaches; its owner may see more.");
            }
            let list = match (field, reply.body) {
                (Some(name), Value::Object(mut body)) => body.remove(name),
                (_, body) => Some(body),
            };
            let Some(Value::Array(page)) = list else {
                return Err(ClientError::other("the server's answer is no list"));
            };
            let came = page.len();
            items.extend(page);
            match reply.next {
                // A server that names a next page for ever can't hold us.
                Some(query) if items.len() < limit && came > 0 => ask = ask.with_query(query),
                _ => break,
            }
        }
        items.truncate(limit);
        Ok(items)
    }

    /// Reads a list that comes as a whole.
    pub(crate) fn whole(&mut self, ask: &Ask) -> Result<Vec<Value>, ClientError> {
        match self.ask(ask)?.body {
            Value::Array(items) => Ok(items),
            _ => Err(ClientError::other("the server's answer is no list")),
        }
    }

    /// Reads a whole list and shows it.
    pub(crate) fn show_all(&mut self, ask: Ask, columns: &[Column]) -> Result<(), ClientError> {
        let items = self.all(ask, usize::MAX)?;
        self.screen.list(columns, &items)
    }

    /// Reads a list that comes as a whole, and shows it.
    pub(crate) fn show_whole(&mut self, ask: &Ask, columns: &[Column]) -> Result<(), ClientError> {
        let items = self.whole(ask)?;
        self.screen.list(columns, &items)
    }

    /// Sends a change and says that it was done.
    pub(crate) fn change(&mut self, ask: &Ask, sentence: &str) -> Result<(), ClientError> {
        let reply = self.ask(ask)?;
        self.screen.done(&reply.body, sentence)
    }

    /// The login behind the credential in use.
    pub(crate) fn login(&mut self) -> Result<String, ClientError> {
        let me = self.get(Door::GitHub, &["user"])?;
        me.get("login")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| ClientError::other("the server does not say who you are"))
    }

    /// Makes a path absolute, so that it holds wherever the next command runs.
    pub(crate) fn absolute(path: &Path) -> Result<PathBuf, ClientError> {
        std::path::absolute(path).map_err(ClientError::file(path))
    }
}

/// A key for a request that must not make anything twice.
pub(crate) fn idempotency_key() -> Result<String, ClientError> {
    edge::random_hex::<16>()
}

/// Something that moves on the terminal while a request takes longer than a person's patience.
struct Waiting {
    end: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Waiting {
    fn start() -> Self {
        let (end, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                let spinner = indicatif::ProgressBar::new_spinner();
                spinner.set_message("waiting for the server");
                spinner.enable_steady_tick(Duration::from_millis(100));
                // Until the other end is dropped.
                let _ = ended.recv();
                spinner.finish_and_clear();
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A spinner that failed spoils nothing.
            let _ = thread.join();
        }
    }
}
