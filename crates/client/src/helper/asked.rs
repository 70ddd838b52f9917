//! What Git says in its question.

use crate::address::Address;
use crate::hidden::Hidden;

/// A question of Git's: lines of `key=value`.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) address: Address,
    /// Owner and name, where Git says the path: `credential.useHttpPath`.
    pub(crate) repository: Option<(String, String)>,
    /// The user name that the address holds.
    pub(crate) username: Option<String>,
    /// What Git used, when it says what came of it: a password, or what went with its scheme.
    pub(crate) value: Option<Hidden>,
    /// Git takes a scheme other than Basic, and is told that it need not keep the value.
    pub(crate) authtype: bool,
}

impl Asked {
    /// Nothing, where it is not about a server that could be ours.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (mut protocol, mut host, mut path) = (None, None, None);
        let (mut username, mut value, mut authtype) = (None, None, false);
        for line in text.lines().take_while(|line| !line.is_empty()) {
            let (key, said) = line.split_once('=')?;
            match key {
                "protocol" => protocol = Some(said),
                "host" => host = Some(said),
                "path" => path = Some(said),
                "username" => username = Some(said.to_owned()),
                "password" | "credential" => value = Some(Hidden::from(said.to_owned())),
                "capability[]" => authtype = authtype || said == "authtype",
                // Later versions of Git say more.
                _ => {}
            }
        }
        let protocol = protocol.filter(|protocol| matches!(*protocol, "http" | "https"))?;
        Some(Self {
            address: Address::parse(&format!("{protocol}://{}", host?)).ok()?,
            repository: path.and_then(repository),
            username: username.filter(|name| !name.is_empty()),
            value,
            authtype,
        })
    }
}

/// `alta3/labs.git`, whatever stands behind it.
fn repository(path: &str) -> Option<(String, String)> {
    let mut segments = path.trim_start_matches('/').split('/');
    let (owner, name) = (segments.next()?, segments.next()?);
    let name = name.strip_suffix(".git").unwrap_or(name);
    let named = !owner.is_empty() && !name.is_empty();
    named.then(|| (owner.to_owned(), name.to_owned()))
}
