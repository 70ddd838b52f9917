//! Every setting, declared once: from this table come the flags, the variables, the keys of the file
//! and the reference page. Append only: operators' files name these keys.

use super::value;

/// How a setting's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A path; a relative one is taken from the working directory.
    Path,
    /// Address and port.
    Address,
    /// `http://…` or `https://…`.
    Url,
    /// Text that the sentence explains.
    Text,
    /// Networks or addresses; a list in the file, separated by commas elsewhere.
    Networks,
    /// Paths in repositories; a list in the file, separated by commas elsewhere.
    Paths,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `300ms`, `10s`, `5m`, `4h`, `2d`.
    Duration(Range),
    /// Bytes: `65536`, `64KiB`, `1MiB`, `4GiB`.
    Bytes(Range),
    /// A whole number.
    Count(Range),
}

/// What a setting may be: outside it the server would start and serve nobody, or overflow something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least, as it would be written.
    pub least: &'static str,
    /// The greatest, as it would be written.
    pub most: &'static str,
    /// 0 may stand below the least: the setting's sentence says for what.
    pub or_zero: bool,
}

/// From the least to the greatest.
const fn of(least: &'static str, most: &'static str) -> Range {
    Range {
        least,
        most,
        or_zero: false,
    }
}

/// The same, or 0.
const fn zero_or(least: &'static str, most: &'static str) -> Range {
    Range {
        least,
        most,
        or_zero: true,
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let zero = if self.or_zero { "0, or " } else { "" };
        write!(f, "{zero}at least {} and at most {}", self.least, self.most)
    }
}

impl Form {
    /// In words, for the reference.
    pub fn words(self) -> String {
        match self {
            Self::Path => "path".to_owned(),
            Self::Address => "address:port".to_owned(),
            Self::Url => "URL".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Networks => "networks".to_owned(),
            Self::Paths => "paths in repositories".to_owned(),
            Self::Word(words) => words
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(" or "),
            Self::Duration(range) => format!("duration (`10s`, `5m`, `4h`), {range}"),
            Self::Bytes(range) => format!("size (`65536`, `64KiB`, `1MiB`), {range}"),
            Self::Count(range) => format!("number, {range}"),
        }
    }

    /// Milliseconds, bytes or things.
    fn measure(self, text: &str) -> Result<u128, String> {
        match self {
            Self::Duration(_) => Ok(value::duration(text)?.as_millis()),
            Self::Bytes(_) => Ok(value::bytes(text)?.into()),
            _ => Ok(value::count::<u64>(text)?.into()),
        }
    }

    /// Refuses a value outside the range, and one that can't be read. Forms without a range take anything here.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        let (Self::Duration(range) | Self::Bytes(range) | Self::Count(range)) = self else {
            return Ok(());
        };
        let given = self.measure(text)?;
        let within = self.measure(range.least)?..=self.measure(range.most)?;
        if (range.or_zero && given == 0) || within.contains(&given) {
            Ok(())
        } else {
            Err(format!("`{text}` must be {range}"))
        }
    }
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its key in the file; a dot stands for a table.
    pub key: &'static str,
    /// The default as it would be written; empty for none.
    pub default: &'static str,
    /// How it is written.
    pub form: Form,
    /// A value nobody else should see: no flag, because every process can read flags.
    pub secret: bool,
    /// What it does.
    pub sentence: &'static str,
}

impl Setting {
    /// `JETON_GIT_PATH`
    pub fn variable(&self) -> String {
        format!("JETON_{}", self.key.to_ascii_uppercase().replace('.', "_"))
    }

    /// `git-path`, without the dashes.
    pub fn flag(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }
}

const fn setting(
    key: &'static str,
    default: &'static str,
    form: Form,
    sentence: &'static str,
) -> Setting {
    Setting {
        key,
        default,
        form,
        secret: false,
        sentence,
    }
}

const fn secret(key: &'static str, form: Form, sentence: &'static str) -> Setting {
    Setting {
        key,
        default: "",
        form,
        secret: true,
        sentence,
    }
}

/// All settings, in the order of the reference.
pub static SETTINGS: &[Setting] = &[
    setting(
        "data",
        "./data",
        Form::Path,
        "The data folder: repositories, the SQLite database, sockets. Mode 0700; one server at a time.",
    ),
    setting(
        "listen",
        "127.0.0.1:8377",
        Form::Address,
        "Where the server listens. Port 0 takes a free one. Beyond loopback only with TLS or a trusted proxy.",
    ),
    setting(
        "public_url",
        "",
        Form::Url,
        "How people reach the server, without a slash at the end. Default: the address it listens on.",
    ),
    setting(
        "npm.url",
        "",
        Form::Url,
        "An address of the registry of packages alone, such as `https://npm.example.org`, without a slash at the end: what is at `/npm/` is \
         at its root too. Its host is another than that of `public_url`, and leads to this server. Default: none.",
    ),
    secret(
        "database",
        Form::Text,
        "`postgres://…`, or the path of a SQLite file. Default: `jeton.db` in the data folder.",
    ),
    setting(
        "database_file",
        "",
        Form::Path,
        "A file whose first line is the value of `database`.",
    ),
    setting(
        "keys_file",
        "",
        Form::Path,
        "The root keys; made at the first start. Default: `keys` in the data folder. Better kept elsewhere: whoever has \
         both database and keys can test guesses, and a backup that holds both is worth stealing.",
    ),
    secret(
        "keys",
        Form::Text,
        "The root keys by value, lines of `id:base64`, instead of a file.",
    ),
    setting(
        "proxies.trusted",
        "",
        Form::Networks,
        "Addresses of proxies whose word on the client's address is believed, and on https. Beyond loopback a network \
         wider than /8 (IPv6: /16) is refused, unless it is a private one.",
    ),
    setting(
        "proxies.header",
        "x-forwarded",
        Form::Word(&["x-forwarded", "forwarded"]),
        "How those proxies speak: `X-Forwarded-For` and `X-Forwarded-Proto`, or `Forwarded` (RFC 7239). They must set it anew.",
    ),
    setting(
        "tls.certificate",
        "",
        Form::Path,
        "The certificate chain (PEM). `jeton admin tls init` makes one.",
    ),
    setting("tls.key", "", Form::Path, "The certificate's key (PEM)."),
    setting(
        "git.path",
        "",
        Form::Path,
        "The system's git, 2.39 or later. Default: `git` in `/usr/local/bin`, `/usr/bin` or `/bin`; the PATH is not asked.",
    ),
    setting(
        "git.max_input",
        "4GiB",
        Form::Bytes(zero_or("64KiB", "16TiB")),
        "The largest push; 0 is no bound.",
    ),
    setting(
        "git.guarded_paths",
        ".github/workflows/",
        Form::Paths,
        "Paths that tell a build server what to run: a token changes them with `workflows: write` only. A folder ends in `/`, a beginning of a name at the top in `*`. \
         Others than GitHub's: `.gitea/workflows/`, `.forgejo/workflows/`, `.gitlab-ci.yml`, `.woodpecker*`, `Jenkinsfile`. `none`: nothing is guarded.",
    ),
    setting(
        "git.wall",
        "4h",
        Form::Duration(of("10s", "30d")),
        "The longest transfer.",
    ),
    setting(
        "git.idle",
        "2m",
        Form::Duration(of("1s", "1d")),
        "The longest time in which no byte of a transfer passes.",
    ),
    setting(
        "git.children",
        "32",
        Form::Count(of("1", "4096")),
        "Transfers at the same time.",
    ),
    setting(
        "git.queue",
        "10s",
        Form::Duration(of("0s", "10m")),
        "The longest wait for a place among them.",
    ),
    setting(
        "limits.head_bytes",
        "64KiB",
        Form::Bytes(of("8KiB", "1MiB")),
        "The largest head of a request.",
    ),
    setting(
        "limits.head_time",
        "15s",
        Form::Duration(of("100ms", "1h")),
        "Until a request's head is there; also how long a kept connection may rest.",
    ),
    setting(
        "limits.body_bytes",
        "1MiB",
        Form::Bytes(of("4KiB", "64MiB")),
        "The largest JSON body.",
    ),
    setting(
        "limits.body_time",
        "30s",
        Form::Duration(of("100ms", "1h")),
        "Until a JSON body is there.",
    ),
    setting(
        "limits.body_idle",
        "30s",
        Form::Duration(of("100ms", "1h")),
        "Until the next piece of any body is there, and until a client takes the next piece of an answer.",
    ),
    setting(
        "limits.connections",
        "4096",
        Form::Count(of("16", "1000000")),
        "Connections at the same time.",
    ),
    setting(
        "mail.from",
        "",
        Form::Text,
        "Whom mail is from: `jeton@example.org` or `Jeton <jeton@example.org>`. Without it no mail is sent.",
    ),
    setting(
        "mail.host",
        "",
        Form::Text,
        "The mail server's name, as it stands in its certificate.",
    ),
    setting(
        "mail.port",
        "0",
        Form::Count(zero_or("1", "65535")),
        "The mail server's port; 0 takes 465 with `tls`, 587 with `starttls`, 25 with `none`.",
    ),
    setting(
        "mail.security",
        "tls",
        Form::Word(&["tls", "starttls", "none"]),
        "How the connection to the mail server is protected: TLS from the first byte, TLS before anything is said, or not at \
         all.",
    ),
    setting(
        "mail.ca_file",
        "",
        Form::Path,
        "Certificates (PEM) that the mail server's is checked against, instead of the usual authorities.",
    ),
    setting(
        "mail.user",
        "",
        Form::Text,
        "The name to sign in to the mail server with.",
    ),
    secret("mail.password", Form::Text, "The password for it."),
    setting(
        "mail.password_file",
        "",
        Form::Path,
        "A file whose first line is the value of `mail.password`.",
    ),
    setting(
        "mail.timeout",
        "30s",
        Form::Duration(of("1s", "1m")),
        "The longest wait for the mail server at each step.",
    ),
    setting(
        "mail.folder",
        "",
        Form::Path,
        "A folder that letters are put into, one `.eml` file each, instead of sending them to a server.",
    ),
    setting(
        "webhooks.allow",
        "",
        Form::Networks,
        "Private networks and addresses that webhooks may lead to, this server's own among them, at any port. Without it \
         they lead to public addresses only.",
    ),
    setting(
        "webhooks.ca_file",
        "",
        Form::Path,
        "Certificates (PEM) that receivers' are checked against, instead of the usual authorities.",
    ),
    setting(
        "workload.allow",
        "",
        Form::Networks,
        "Private networks and addresses where issuers of workloads' tokens may be, this server's own among them, at any port. \
         Without it they are at public addresses only. This machine is spoken to in clear where it is among them.",
    ),
    setting(
        "workload.ca_file",
        "",
        Form::Path,
        "Certificates (PEM) that issuers' are checked against, instead of the usual authorities.",
    ),
    setting(
        "audit.organization_days",
        "180",
        Form::Count(of("1", "36500")),
        "How long entries about organizations are kept in the audit log; their leaves stay for ever.",
    ),
    setting(
        "audit.user_days",
        "90",
        Form::Count(of("1", "36500")),
        "How long all other entries are kept in the audit log; their leaves stay for ever.",
    ),
    setting(
        "rates.anonymous",
        "6000",
        Form::Count(zero_or("1", "1000000000")),
        "REST requests without a credential, per address and hour; 0 is no limit.",
    ),
    setting(
        "rates.failures",
        "600",
        Form::Count(zero_or("1", "1000000000")),
        "Requests with a credential that does not live, per address and hour; 0 is no limit.",
    ),
    setting(
        "rates.principal",
        "0",
        Form::Count(zero_or("1", "1000000000")),
        "Requests of one person through all tokens, per hour; 0 is no limit.",
    ),
    setting(
        "oidc.issuer",
        "",
        Form::Text,
        "The OpenID Connect provider that people may sign in through: its issuer, as its tokens name it.",
    ),
    setting(
        "oidc.client_id",
        "",
        Form::Text,
        "What this server is called at the provider. Its redirect address there is `/login/oidc/callback` below `public_url`.",
    ),
    secret(
        "oidc.client_secret",
        Form::Text,
        "The secret that the provider gave it.",
    ),
    setting(
        "oidc.client_secret_file",
        "",
        Form::Path,
        "A file whose first line is the value of `oidc.client_secret`.",
    ),
    setting(
        "oidc.name",
        "single sign-on",
        Form::Text,
        "What people call the provider: it stands on the button.",
    ),
    setting(
        "oidc.scopes",
        "email,profile",
        Form::Text,
        "What to ask the provider for beside `openid`, separated by commas.",
    ),
    setting(
        "oidc.create_accounts",
        "false",
        Form::Word(&["true", "false"]),
        "Whether somebody who comes through the provider for the first time gets an account.",
    ),
    setting(
        "oidc.connect_by_address",
        "false",
        Form::Word(&["true", "false"]),
        "Whether an account with the same verified address is connected without asking its owner. Only for a provider that is \
         trusted with every account here.",
    ),
    setting(
        "oidc.domains",
        "",
        Form::Text,
        "Domains of verified addresses that are let in through the provider, separated by commas. Default: all.",
    ),
    setting(
        "oidc.two_factors",
        "",
        Form::Text,
        "Words by which the provider says that somebody showed two factors (`amr` or `acr`), separated by commas, as `mfa`. \
         Default: none, so that its word never counts as a second factor.",
    ),
    setting(
        "oidc.ca_file",
        "",
        Form::Path,
        "Certificates (PEM) of the authorities that are believed when the provider is asked, instead of the public ones.",
    ),
    setting(
        "oidc.loopback_http",
        "false",
        Form::Word(&["true", "false"]),
        "Whether a provider on this machine may be asked by http. For trying it out.",
    ),
    setting(
        "log.form",
        "text",
        Form::Word(&["text", "json"]),
        "How the log is written, to standard error.",
    ),
    setting(
        "log.level",
        "info",
        Form::Text,
        "What is logged: `error`, `warn`, `info`, `debug`, or per part as in `jeton_git=debug,info`.",
    ),
    setting(
        "stop.grace",
        "10s",
        Form::Duration(of("0s", "1h")),
        "How long running requests may take to finish when the server is told to stop.",
    ),
];

/// The setting of that key.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_variables_and_flags_name_one_setting_each() {
        let variables: BTreeSet<_> = SETTINGS.iter().map(Setting::variable).collect();
        let flags: BTreeSet<_> = SETTINGS.iter().map(Setting::flag).collect();
        assert_eq!(
            (variables.len(), flags.len()),
            (SETTINGS.len(), SETTINGS.len())
        );
        for setting in SETTINGS {
            assert!(setting.sentence.ends_with('.'), "{}", setting.key);
        }
    }

    #[test]
    fn each_measure_has_a_range_and_its_default_lies_in_it() {
        let mut measures = 0;
        for setting in SETTINGS {
            assert_eq!(
                setting.form.check(setting.default),
                Ok(()),
                "{}",
                setting.key
            );
            let (Form::Duration(range) | Form::Bytes(range) | Form::Count(range)) = setting.form
            else {
                continue;
            };
            measures += 1;
            for bound in [range.least, range.most] {
                assert_eq!(setting.form.check(bound), Ok(()), "{}", setting.key);
            }
            let more = format!("9{}", range.most);
            let said = setting.form.check(&more).unwrap_err();
            assert!(said.contains(&more), "{said}");
        }
        assert_eq!(measures, 19);
    }
}
