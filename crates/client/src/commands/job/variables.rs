//! The environment of a job's command: what is left of ours, what it is given, which names no secret may have.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::opened::{Opened, Secret};
use crate::error::ClientError;
use crate::hidden::Hidden;

/// What is taken out: credentials that tools look for, and what the job sets itself. A name that ends with `*` stands for
/// all that begin so. Capitals or not.
const TAKEN: &[&str] = &[
    "JETON_*",
    "GITHUB_*",
    "GH_*",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_*",
    "GIT_CONFIG_VALUE_*",
    "GIT_CONFIG_PARAMETERS",
    "NPM_CONFIG_*",
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
];

/// Names that no secret may have: they say which program runs, what is loaded into it, how it finds servers and whom it
/// trusts. Written in the same way.
const REFUSED: &[&str] = &[
    "_",
    "ALL_PROXY",
    "BASHOPTS",
    "BASH_*",
    "BROWSER",
    "CARGO_*",
    "CDPATH",
    "CI",
    "CLASSPATH",
    "COMSPEC",
    "CURL_CA_BUNDLE",
    "CURL_HOME",
    "DYLD_*",
    "EDITOR",
    "ENV",
    "GCONV_PATH",
    "GH_*",
    "GITHUB_*",
    "GIT_*",
    "GLIBC_TUNABLES",
    "HOME",
    "HOSTALIASES",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JETON_*",
    "LANG",
    "LC_*",
    "LD_*",
    "LOCALDOMAIN",
    "LOCPATH",
    "LOGNAME",
    "MALLOC_*",
    "NLSPATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NO_PROXY",
    "NPM_CONFIG_*",
    "OPENSSL_*",
    "PAGER",
    "PATH",
    "PERL5*",
    "PERLLIB",
    "PROMPT_COMMAND",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PWD",
    "PYTHON*",
    "REQUESTS_CA_BUNDLE",
    "RES_OPTIONS",
    "RUBYLIB",
    "RUBYOPT",
    "RUSTC*",
    "RUSTFLAGS",
    "SHELL",
    "SHELLOPTS",
    "SSH_*",
    "SSL_CERT_*",
    "TEMP",
    "TERM",
    "TERMCAP",
    "TERMINFO*",
    "TMP",
    "TMPDIR",
    "TZ",
    "TZDIR",
    "USER",
    "VISUAL",
    "XDG_*",
    "ZDOTDIR",
    "_JAVA_OPTIONS",
];

/// Git's helper for this server: it hands the token out of the environment, and writes nothing.
const HELPER: &str = "!f() { test \"$1\" = get || exit 0; echo username=x-access-token; \
                      echo \"password=$GITHUB_TOKEN\"; }; f";

/// Whether a list names this variable.
fn names(list: &[&str], name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    list.iter().any(|listed| match listed.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *listed,
    })
}

/// Ours without credentials.
///
/// SECURITY: a variable of any name that holds the opener's value goes, too.
pub(super) fn left(
    ours: impl Iterator<Item = (OsString, OsString)>,
    opener: Option<&Hidden>,
) -> impl Iterator<Item = (OsString, OsString)> {
    ours.filter(move |(name, value)| {
        let opener = opener.map(|opener| opener.expose().as_bytes());
        let holds = opener.is_some_and(|opener| {
            let mut windows = value.as_bytes().windows(opener.len().max(1));
            windows.any(|part| part == opener)
        });
        !holds && !names(TAKEN, &name.to_string_lossy())
    })
}

/// Refuses secrets that can't be variables, or would take the place of one that the command depends on.
pub(super) fn check(secrets: &[Secret]) -> Result<(), ClientError> {
    let fits = |secret: &&Secret| {
        let first = secret.name.bytes().next();
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let plain =
            first.is_some_and(|byte| !byte.is_ascii_digit()) && secret.name.bytes().all(word);
        plain && !names(REFUSED, &secret.name) && !secret.value.expose().contains('\0')
    };
    let bad: Vec<String> = secrets
        .iter()
        .filter(|secret| !fits(secret))
        .map(|secret| format!("`{}`", secret.name))
        .collect();
    if bad.is_empty() {
        return Ok(());
    }
    Err(ClientError::usage(
        format!(
            "these secrets can't be variables, or would replace one that programs depend on: {}",
            bad.join(", ")
        ),
        "call them otherwise",
    ))
}

/// What the command is given.
pub(super) struct Given<'a> {
    pub(super) job: &'a Opened,
    pub(super) reference: Option<&'a str>,
    /// npm's configuration.
    pub(super) npm: &'a Path,
    pub(super) secrets: &'a [Secret],
}

impl Given<'_> {
    /// What counts only where the environment says nothing: npm and node trust the server's authority, too.
    pub(super) fn unless_said(&self) -> Option<(&'static str, OsString)> {
        let file = self.job.server.cacert.as_ref()?;
        Some(("NODE_EXTRA_CA_CERTS", file.into()))
    }

    /// Secrets come first: nothing of ours is replaced by one, whatever it is called.
    pub(super) fn variables(&self) -> BTreeMap<String, OsString> {
        let server = &self.job.server;
        let address = server.address.as_str();
        let mut given: BTreeMap<String, OsString> = BTreeMap::new();
        for secret in self.secrets {
            given.insert(secret.name.clone(), secret.value.expose().into());
        }
        let token = self.job.token.expose();
        for (name, value) in [
            ("CI", "true"),
            ("GITHUB_TOKEN", token),
            ("GH_ENTERPRISE_TOKEN", token),
            ("JETON_TOKEN", token),
            ("GH_HOST", server.address.authority()),
            ("JETON_HOST", address),
            ("JETON_JOB", &self.job.id),
            ("GITHUB_REPOSITORY", &self.job.repository),
            ("GITHUB_SERVER_URL", address),
            ("GITHUB_API_URL", &format!("{address}/api/v3")),
            ("GITHUB_GRAPHQL_URL", &format!("{address}/api/graphql")),
            ("GIT_TERMINAL_PROMPT", "0"),
        ] {
            given.insert(name.to_owned(), value.into());
        }
        if let Some(reference) = self.reference {
            given.insert("GITHUB_REF".to_owned(), reference.into());
        }
        if let Some(file) = &server.cacert {
            given.insert("JETON_CACERT".to_owned(), file.into());
        }
        given.insert("NPM_CONFIG_USERCONFIG".to_owned(), self.npm.into());
        self.git(&mut given);
        given
    }

    /// Git's configuration, for this server alone. What is empty takes away what other configuration says.
    fn git(&self, given: &mut BTreeMap<String, OsString>) {
        let address = self.job.server.address.as_str();
        let mut settings: Vec<(String, OsString)> = vec![
            ("core.askPass".to_owned(), OsString::new()),
            (format!("credential.{address}.helper"), OsString::new()),
            (format!("credential.{address}.helper"), HELPER.into()),
            (format!("http.{address}/.extraHeader"), OsString::new()),
        ];
        if let Some(file) = &self.job.server.cacert {
            settings.push((format!("http.{address}/.sslCAInfo"), file.into()));
        }
        given.insert(
            "GIT_CONFIG_COUNT".to_owned(),
            settings.len().to_string().into(),
        );
        for (at, (key, value)) in settings.into_iter().enumerate() {
            given.insert(format!("GIT_CONFIG_KEY_{at}"), key.into());
            given.insert(format!("GIT_CONFIG_VALUE_{at}"), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_openers_credential_is_left_out_under_any_name() {
        let ours = [
            ("PATH", "/bin"),
            ("JETON_TOKEN", "x"),
            ("npm_config_userconfig", "x"),
            ("GIT_CONFIG_VALUE_0", "x"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("MINE", "Bearer opener-value;"),
            ("MINE_TOO", "another-value"),
        ];
        let ours = ours.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let opener = Hidden::from("opener-value".to_owned());
        let left: Vec<_> = left(ours.into_iter(), Some(&opener)).collect();
        let names: Vec<_> = left
            .iter()
            .map(|(name, _)| name.to_str().unwrap())
            .collect();
        assert_eq!(names, ["PATH", "GIT_CONFIG_NOSYSTEM", "MINE_TOO"]);
    }

    #[test]
    fn a_secret_replaces_nothing_that_programs_depend_on() {
        let secret = |name: &str, value: &str| Secret {
            name: name.to_owned(),
            value: Hidden::from(value.to_owned()),
        };
        check(&[
            secret("DEPLOY_KEY", "x"),
            secret("_x1", ""),
            secret("PATHS", "x"),
        ])
        .unwrap();
        for bad in [
            "PATH",
            "path",
            "LD_PRELOAD",
            "GIT_SSH_COMMAND",
            "HOME",
            "GITHUB_TOKEN",
            "JETON_TOKEN",
            "https_proxy",
            "BASH_ENV",
            "NODE_OPTIONS",
            "npm_config_registry",
            "",
            "1A",
            "A-B",
            "A=B",
            "Ä",
        ] {
            let error = check(&[secret("FINE", "x"), secret(bad, "x")]).unwrap_err();
            let said = error.to_string();
            assert!(
                said.contains(&format!("`{bad}`")) && !said.contains("FINE"),
                "{said}"
            );
        }
        assert!(check(&[secret("NUL", "a\0b")]).is_err());
    }

    #[test]
    fn the_lists_are_in_capitals() {
        for name in TAKEN.iter().chain(REFUSED) {
            assert_eq!(name.to_ascii_uppercase(), **name);
        }
    }
}
