//! Where webhooks may lead, and whose certificates they believe.

use std::path::PathBuf;

use jeton_out::webhook::{Allowed, BadAuthorities, Sender};

use super::load::{ConfigError, Values};
use super::value;

/// What webhooks are told with.
#[derive(Clone, Debug)]
pub struct Webhooks {
    allowed: Allowed,
    /// Certificates (PEM).
    believed: Option<Vec<u8>>,
}

impl Webhooks {
    /// A sender of its own for each run of a server: its end ends the sender too.
    pub fn sender(&self) -> Result<Sender, BadAuthorities> {
        Sender::new(self.allowed.clone(), self.believed.as_deref())
    }
}

/// Networks that may be reached beside the public ones, and certificates (PEM) that are believed instead of the public
/// authorities': for addresses that somebody on this server chooses.
pub(super) fn reach(
    values: &Values,
    allow: &'static str,
    ca_file: &'static str,
) -> Result<(Allowed, Option<Vec<u8>>), ConfigError> {
    let allowed = match values.optional(allow) {
        Some(_) => values.read(allow, value::networks)?,
        None => Vec::new(),
    };
    let believed = match values.optional(ca_file).map(PathBuf::from) {
        Some(path) => Some(
            std::fs::read(&path)
                .map_err(|error| values.fault(ca_file, format!("`{}`: {error}", path.display())))?,
        ),
        None => None,
    };
    Ok((Allowed::new(allowed), believed))
}

pub(super) fn read(values: &Values) -> Result<Webhooks, ConfigError> {
    let (allowed, believed) = reach(values, "webhooks.allow", "webhooks.ca_file")?;
    let read = Webhooks { allowed, believed };
    read.sender()
        .map_err(|error| values.fault("webhooks.ca_file", error.to_string()))?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Config;

    fn load(section: &str) -> Result<Sender, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("none.pem"), "nothing").unwrap();
        let section = section.replace("FOLDER", &folder.path().display().to_string());
        let file = folder.path().join("jeton.toml");
        std::fs::write(file, format!("[webhooks]\n{section}")).unwrap();
        let flags = BTreeMap::from([("data", folder.path().display().to_string())]);
        Config::load(&flags, &|_| None, None)
            .map(|config| config.webhooks.sender().unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_allowed_stays_closed() {
        let may = |section: &str, address: &str| {
            let sender = load(section).unwrap();
            sender.allowed().vet(address.parse().unwrap()).is_ok()
        };
        assert!(!may("", "127.0.0.1:8080"));
        assert!(!may("", "10.0.0.1:443"));
        let some = "allow = ['10.0.0.0/8', '127.0.0.1']";
        assert!(may(some, "127.0.0.1:8080"));
        assert!(may(some, "10.0.0.1:443"));
        assert!(!may(some, "127.0.0.2:8080"));
        assert!(!may(some, "192.168.0.1:443"));
    }

    #[test]
    fn what_is_wrong_says_what() {
        for (section, says) in [
            ("allow = 'everything'", "`everything`"),
            ("ca_file = '/nowhere.pem'", "`/nowhere.pem`"),
            ("ca_file = 'FOLDER/none.pem'", "no certificate"),
        ] {
            let said = load(section).unwrap_err();
            assert!(said.contains(says), "{section}: {said}");
        }
    }
}
