//! Where issuers of workloads' tokens may be, and whose certificates they are believed by.

use jeton_out::webhook::BadAuthorities;
use jeton_out::workload::{Issuers, Settings};

use super::load::{ConfigError, Values};
use super::webhooks::reach;

/// Whom issuers are asked by.
#[derive(Clone, Debug)]
pub struct Workload(Settings);

impl Workload {
    /// Knows of no issuer yet.
    pub fn issuers(&self) -> Result<Issuers, BadAuthorities> {
        Issuers::new(self.0.clone())
    }
}

pub(super) fn read(values: &Values) -> Result<Workload, ConfigError> {
    let (allowed, authorities) = reach(values, "workload.allow", "workload.ca_file")?;
    let read = Workload(Settings {
        allowed,
        authorities,
    });
    read.issuers()
        .map_err(|error| values.fault("workload.ca_file", error.to_string()))?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Config;

    fn load(section: &str) -> Result<Issuers, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("none.pem"), "nothing").unwrap();
        let section = section.replace("FOLDER", &folder.path().display().to_string());
        let file = folder.path().join("jeton.toml");
        std::fs::write(file, format!("[workload]\n{section}")).unwrap();
        let flags = BTreeMap::from([("data", folder.path().display().to_string())]);
        Config::load(&flags, &|_| None, None)
            .map(|config| config.workload.issuers().unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_issuer_is_public_and_speaks_https_unless_it_is_allowed() {
        let takes = |section: &str, url: &str| load(section).unwrap().check_address(url).is_ok();
        assert!(takes("", "https://ci.example.org"));
        assert!(!takes("", "http://ci.example.org"));
        assert!(!takes("", "https://10.1.2.3"));
        assert!(!takes("", "http://127.0.0.1:9000"));
        let some = "allow = ['10.0.0.0/8', '127.0.0.1']";
        assert!(takes(some, "https://10.1.2.3"));
        assert!(takes(some, "http://127.0.0.1:9000"));
        assert!(!takes(some, "http://10.1.2.3"));
        assert!(!takes(some, "https://192.168.0.1"));
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
