//! `oidc.*`: an outside `OpenID` Connect provider that people sign in through.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::load::{ConfigError, Values};

/// What the operator says of the provider. What can be told only with the server's own address is checked at start.
#[derive(Clone)]
pub struct Oidc {
    /// The issuer.
    pub issuer: String,
    /// What this server is called there.
    pub client_id: String,
    /// The secret it was given.
    pub client_secret: Option<Zeroizing<String>>,
    /// What people call the provider.
    pub name: String,
    /// Scopes beside `openid`.
    pub scopes: Vec<String>,
    /// Who comes for the first time gets an account.
    pub create_accounts: bool,
    /// An account with the same verified address is connected without asking its owner.
    pub connect_by_address: bool,
    /// Domains of verified addresses that are let in; none: all.
    pub domains: Vec<String>,
    /// Words of `amr` or `acr` that stand for two factors.
    pub two_factors: Vec<String>,
    /// Authorities that are believed instead of the public ones.
    pub ca_file: Option<PathBuf>,
    /// A provider on this machine may be spoken to in clear.
    pub loopback_http: bool,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oidc")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The section, if it is there: `oidc.issuer` makes it so.
pub(super) fn read(values: &Values) -> Result<Option<Oidc>, ConfigError> {
    let together = |text: &str| ConfigError::Together(text.to_owned());
    let Some(issuer) = values.optional("oidc.issuer") else {
        let stray = [
            "oidc.client_id",
            "oidc.client_secret",
            "oidc.client_secret_file",
        ]
        .into_iter()
        .find(|key| values.optional(key).is_some());
        return match stray {
            Some(key) => Err(ConfigError::Together(format!(
                "`{key}` is set and `oidc.issuer` is not"
            ))),
            None => Ok(None),
        };
    };
    let client_id = values.optional("oidc.client_id").ok_or_else(|| {
        together("`oidc.issuer` is set and `oidc.client_id` is not: register this server at the provider, which gives it one")
    })?;
    let client_secret = match (
        values.optional("oidc.client_secret"),
        values.optional("oidc.client_secret_file"),
    ) {
        (Some(_), Some(_)) => {
            return Err(together(
                "`oidc.client_secret` and `oidc.client_secret_file` can't be set both",
            ));
        }
        (Some(text), None) => Some(text.into()),
        (None, Some(file)) => {
            let path = PathBuf::from(file);
            let text = std::fs::read_to_string(&path)
                .map(Zeroizing::new)
                .map_err(|error| {
                    values.fault(
                        "oidc.client_secret_file",
                        format!("`{}`: {error}", path.display()),
                    )
                })?;
            Some(Zeroizing::new(
                text.lines().next().unwrap_or_default().trim().to_owned(),
            ))
        }
        (None, None) => None,
    };
    let domains = words(&values.text("oidc.domains"));
    if let Some(domain) = domains
        .iter()
        .find(|domain| domain.contains(['@', '/', '*']))
    {
        return Err(values.fault(
            "oidc.domains",
            format!("`{domain}` is no domain, as `example.org` is"),
        ));
    }
    Ok(Some(Oidc {
        issuer,
        client_id,
        client_secret,
        name: values.text("oidc.name"),
        scopes: words(&values.text("oidc.scopes")),
        create_accounts: values.read("oidc.create_accounts", truth)?,
        connect_by_address: values.read("oidc.connect_by_address", truth)?,
        domains,
        two_factors: words(&values.text("oidc.two_factors")),
        ca_file: values.optional("oidc.ca_file").map(PathBuf::from),
        loopback_http: values.read("oidc.loopback_http", truth)?,
    }))
}

fn words(text: &str) -> Vec<String> {
    text.split([',', ' '])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn truth(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(format!("`{other}` is neither `true` nor `false`")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Config;

    fn load(section: &str) -> Result<Option<Oidc>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "hunter2\n").unwrap();
        let section = section.replace("FOLDER", &folder.path().display().to_string());
        std::fs::write(
            folder.path().join("jeton.toml"),
            format!("[oidc]\n{section}"),
        )
        .unwrap();
        let flags = BTreeMap::from([("data", folder.path().display().to_string())]);
        Config::load(&flags, &|_| None, None)
            .map(|config| config.oidc)
            .map_err(|error| error.to_string())
    }

    const GOOD: &str = "issuer = 'https://id.example.org'\nclient_id = 'jeton'\n";

    #[test]
    fn a_provider_is_there_when_it_is_named() {
        assert!(load("").unwrap().is_none());
        let read = load(&format!(
            "{GOOD}client_secret_file = 'FOLDER/secret'\ncreate_accounts = true\ndomains = ['example.org', 'example.net']\n"
        ))
        .unwrap()
        .unwrap();
        assert_eq!(
            read.client_secret.as_ref().map(|s| s.as_str()),
            Some("hunter2")
        );
        assert_eq!(read.scopes, ["email", "profile"]);
        assert_eq!(read.domains, ["example.org", "example.net"]);
        assert!(read.create_accounts && !read.connect_by_address && !read.loopback_http);
        assert!(read.two_factors.is_empty());
        assert!(!format!("{read:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_wrong_says_what() {
        for (section, says) in [
            ("client_id = 'x'".to_owned(), "`oidc.issuer` is not"),
            (
                "issuer = 'https://x.example'".to_owned(),
                "`oidc.client_id` is not",
            ),
            (
                format!("{GOOD}client_secret_file = '/nowhere'"),
                "`/nowhere`",
            ),
            (
                format!("{GOOD}create_accounts = 'yes'"),
                "neither `true` nor `false`",
            ),
            (format!("{GOOD}domains = ['*.example.org']"), "is no domain"),
            (format!("{GOOD}domains = 'ada@example.org'"), "is no domain"),
        ] {
            let said = load(&section).unwrap_err();
            assert!(said.contains(says), "{section}: {said}");
        }
    }
}
