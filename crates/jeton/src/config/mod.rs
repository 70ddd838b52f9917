//! Configuration: every setting by flag, variable, file or default, and the rules between them,
//! checked at start.
//!
//! Long: the rules between settings, each beside the test that breaks it.

mod load;
mod mail;
mod oidc;
mod reference;
mod settings;
mod value;
mod webhooks;
mod workload;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use jeton_domain::Span;
use jeton_http::{ForwardedBy, Proxies};

use load::Values;
pub use load::{ConfigError, Origin, check_variables};
pub use oidc::Oidc;
pub use reference::reference;
pub use settings::{Form, Range, SETTINGS, Setting, find};
pub use webhooks::Webhooks;
pub use workload::Workload;

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL; it may hold a password.
    Postgres(String),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "Sqlite({})", path.display()),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// Where the root keys are.
#[derive(Clone)]
pub enum Keys {
    /// In a file, which the first start makes.
    File(PathBuf),
    /// Given by value.
    Value(zeroize::Zeroizing<String>),
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Value(_) => f.write_str("Value(…)"),
        }
    }
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// How the log is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// As JSON, one object a line.
    pub json: bool,
    /// Directives of what is logged.
    pub level: String,
}

/// The configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// How people reach the server, if it is not the listening address.
    pub public_url: Option<String>,
    /// The registry's own address, if it has one.
    pub npm_url: Option<String>,
    /// The database.
    pub database: Database,
    /// The root keys.
    pub keys: Keys,
    /// Believed proxies.
    pub proxies: Proxies,
    /// TLS, if the server speaks it.
    pub tls: Option<TlsFiles>,
    /// The system's git, if it is not the one on the PATH.
    pub git_path: Option<PathBuf>,
    /// What transfers may take.
    pub transfers: jeton_repo::Limits,
    /// Paths that tell a build server what to run.
    pub guarded_paths: jeton_repo::hook::GuardedPaths,
    /// What clients may take.
    pub limits: jeton_http::Limits,
    /// Requests an hour.
    pub rates: jeton_app::Limits,
    /// How mail is sent, if it is.
    pub mail: Option<jeton_out::mail::Mailer>,
    /// How long the audit log is kept.
    pub retention: jeton_app::Retention,
    /// An outside provider that people sign in through.
    pub oidc: Option<Oidc>,
    /// What webhooks are told with.
    pub webhooks: Webhooks,
    /// Whom issuers of workloads' tokens are asked by.
    pub workload: Workload,
    /// The log.
    pub log: Log,
    /// How long running requests may take to finish at the end.
    pub stop_grace: Duration,
    /// Repositories of which none is there are made anew, empty. No setting: said for one start alone.
    pub accept_lost: bool,
}

impl Config {
    /// Reads everything once. `flags` are keys and their values; `variable` reads the environment;
    /// `file` must be there, while the default `jeton.toml` in the data folder may be.
    pub fn load(
        flags: &BTreeMap<&'static str, String>,
        variable: &dyn Fn(&str) -> Option<String>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let values = Values::gather(flags, variable, file)?;
        let data = values.read("data", value::folder)?;
        let config = Self {
            listen: values.read("listen", |text| {
                text.parse().map_err(|_| {
                    format!("`{text}` is no address with a port, as `127.0.0.1:8377` is")
                })
            })?,
            public_url: match values.optional("public_url") {
                Some(_) => Some(values.read("public_url", value::url)?),
                None => None,
            },
            npm_url: match values.optional("npm.url") {
                Some(_) => Some(values.read("npm.url", value::url)?),
                None => None,
            },
            database: database(&values, &data)?,
            keys: keys(&values, &data)?,
            proxies: Proxies {
                trusted: values.read("proxies.trusted", value::networks)?,
                by: values.read("proxies.header", |text| match text {
                    "x-forwarded" => Ok(ForwardedBy::XForwarded),
                    "forwarded" => Ok(ForwardedBy::Forwarded),
                    other => Err(format!(
                        "`{other}` is neither `x-forwarded` nor `forwarded`"
                    )),
                })?,
            },
            tls: tls(&values)?,
            git_path: match values.optional("git.path") {
                Some(_) => Some(values.read("git.path", value::program)?),
                None => None,
            },
            transfers: jeton_repo::Limits {
                wall: values.read("git.wall", value::duration)?,
                idle: values.read("git.idle", value::duration)?,
                children: values.read("git.children", value::count)?,
                queue: values.read("git.queue", value::duration)?,
                input_bytes: values.read("git.max_input", value::bytes)?,
            },
            guarded_paths: values.read("git.guarded_paths", value::guarded_paths)?,
            limits: limits(&values)?,
            retention: jeton_app::Retention {
                organization: Span::from_days(
                    values.read("audit.organization_days", value::count)?,
                ),
                user: Span::from_days(values.read("audit.user_days", value::count)?),
            },
            mail: mail::mailer(&values)?,
            rates: jeton_app::Limits {
                anonymous: values.read("rates.anonymous", value::count)?,
                failures: values.read("rates.failures", value::count)?,
                principal: values.read("rates.principal", value::count)?,
            },
            oidc: oidc::read(&values)?,
            webhooks: webhooks::read(&values)?,
            workload: workload::read(&values)?,
            log: Log {
                json: values.read("log.form", |text| match text {
                    "text" => Ok(false),
                    "json" => Ok(true),
                    other => Err(format!("`{other}` is neither `text` nor `json`")),
                })?,
                level: values.read("log.level", value::log_level)?,
            },
            stop_grace: values.read("stop.grace", value::duration)?,
            accept_lost: false,
            data,
        };
        config.check()?;
        Ok(config)
    }

    /// The rules between settings.
    fn check(&self) -> Result<(), ConfigError> {
        // Law 13: no clear text by accident.
        if !self.listen.ip().is_loopback() && self.tls.is_none() && self.proxies.trusted.is_empty()
        {
            return Err(ConfigError::Together(format!(
                "`listen` is `{}`, which other machines reach, and tokens would travel in clear: set `tls.certificate` \
                 and `tls.key` (`jeton admin tls init` makes them), or name the proxy that speaks https in \
                 `proxies.trusted`, or listen on loopback",
                self.listen
            )));
        }
        if let Some(url) = &self.npm_url {
            npm_host(url, self.public_url.as_deref())?;
        }
        // SECURITY: whoever is trusted says who the client is, and that it came by https. Beyond loopback that must not be
        // everybody who can connect; `0.0.0.0/0` is a common slip. Two halves of everything are everything too.
        let wide = |network: &&IpNet| !is_private(network) && is_wider(network, 8, 16);
        if let Some(network) = self.proxies.trusted.iter().find(wide)
            && !self.listen.ip().is_loopback()
        {
            return Err(ConfigError::Together(format!(
                "`proxies.trusted` holds `{network}`, and `listen` is `{}`, which other machines reach: whoever connects \
                 could claim any address, and https where there is none; name the addresses of the proxies (a network \
                 that is not private may be no wider than /8, with IPv6 /16)",
                self.listen
            )));
        }
        Ok(())
    }

    /// Trusted networks that are taken, and deserve a second look: larger than a private network or a few machines.
    pub fn wide_proxies(&self) -> impl Iterator<Item = &IpNet> {
        let beyond = !self.listen.ip().is_loopback();
        let wide =
            move |network: &&IpNet| beyond && !is_private(network) && is_wider(network, 24, 48);
        self.proxies.trusted.iter().filter(wide)
    }
}

/// The registry's own host is nobody else's: at another name of this server its pages, Git or GitHub's operations would be gone.
fn npm_host(url: &str, public: Option<&str>) -> Result<(), ConfigError> {
    let parts = |url: &str| -> Option<(String, String)> {
        let (scheme, authority) = url.split_once("://")?;
        let authority = http::uri::Authority::try_from(authority).ok()?;
        Some((scheme.to_owned(), authority.host().to_ascii_lowercase()))
    };
    let told = match (parts(url), public.and_then(parts)) {
        (None, _) => format!("`npm.url` is `{url}`, which names no host"),
        (_, None) => "`npm.url` is set, so `public_url` has to be too".to_owned(),
        (Some((_, npm)), Some((_, own))) if npm == own || npm == format!("api.{own}") => format!(
            "`npm.url` is at `{npm}`, which is this server's own: give the registry another host"
        ),
        // Law 13: no clear text by accident.
        (Some((npm, _)), Some((own, _))) if npm != own => {
            format!("`npm.url` is `{npm}` and `public_url` is `{own}`: give both the same")
        }
        _ => return Ok(()),
    };
    Err(ConfigError::Together(told))
}

/// Wider than so many fixed bits.
fn is_wider(network: &IpNet, v4: u8, v6: u8) -> bool {
    network.prefix_len()
        < match network {
            IpNet::V4(_) => v4,
            IpNet::V6(_) => v6,
        }
}

/// Whether it lies within a network that is not routed on the internet: loopback, RFC 1918, RFC 6598, link-local, and
/// unique local addresses.
fn is_private(network: &IpNet) -> bool {
    const PRIVATE: [&str; 9] = [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    ];
    PRIVATE
        .iter()
        .filter_map(|known| known.parse::<IpNet>().ok())
        .any(|known| known.contains(network))
}

/// A secret by value, or as the first line of a file.
fn secret(
    values: &Values,
    key: &'static str,
    file_key: &'static str,
) -> Result<Option<String>, ConfigError> {
    match (values.optional(key), values.optional(file_key)) {
        (Some(_), Some(_)) => Err(ConfigError::Together(format!(
            "`{key}` and `{file_key}` can't be set both"
        ))),
        (Some(text), None) => Ok(Some(text)),
        (None, Some(file)) => {
            let path = PathBuf::from(file);
            let text = std::fs::read_to_string(&path).map_err(|error| {
                values.fault(file_key, format!("`{}`: {error}", path.display()))
            })?;
            Ok(Some(
                text.lines().next().unwrap_or_default().trim().to_owned(),
            ))
        }
        (None, None) => Ok(None),
    }
}

fn database(values: &Values, data: &Path) -> Result<Database, ConfigError> {
    let Some(text) = secret(values, "database", "database_file")? else {
        return Ok(Database::Sqlite(data.join("jeton.db")));
    };
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        Ok(Database::Postgres(text))
    } else if text.contains("://") || text.is_empty() {
        Err(values.fault(
            "database",
            "is neither `postgres://…` nor the path of a SQLite file",
        ))
    } else {
        Ok(Database::Sqlite(text.into()))
    }
}

fn keys(values: &Values, data: &Path) -> Result<Keys, ConfigError> {
    match (values.optional("keys"), values.optional("keys_file")) {
        (Some(_), Some(_)) => Err(ConfigError::Together(
            "`keys` and `keys_file` can't be set both".to_owned(),
        )),
        (Some(text), None) => Ok(Keys::Value(text.into())),
        (None, Some(path)) => Ok(Keys::File(path.into())),
        (None, None) => Ok(Keys::File(data.join("keys"))),
    }
}

fn tls(values: &Values) -> Result<Option<TlsFiles>, ConfigError> {
    match (
        values.optional("tls.certificate"),
        values.optional("tls.key"),
    ) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles {
            certificate: certificate.into(),
            key: key.into(),
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::Together(
            "`tls.certificate` is set and `tls.key` is not".to_owned(),
        )),
        (None, Some(_)) => Err(ConfigError::Together(
            "`tls.key` is set and `tls.certificate` is not".to_owned(),
        )),
    }
}

fn limits(values: &Values) -> Result<jeton_http::Limits, ConfigError> {
    let size = |text: &str| {
        usize::try_from(value::bytes(text)?).map_err(|_| format!("`{text}` is too large"))
    };
    Ok(jeton_http::Limits {
        head_bytes: values.read("limits.head_bytes", size)?,
        head_time: values.read("limits.head_time", value::duration)?,
        body_bytes: values.read("limits.body_bytes", size)?,
        body_idle: values.read("limits.body_idle", value::duration)?,
        body_time: values.read("limits.body_time", value::duration)?,
        connections: values.read("limits.connections", value::count)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World {
        folder: tempfile::TempDir,
        flags: BTreeMap<&'static str, String>,
        variables: BTreeMap<String, String>,
    }

    impl World {
        fn new(file: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("jeton.toml"), file).unwrap();
            let data = folder.path().display().to_string();
            Self {
                folder,
                flags: BTreeMap::from([("data", data)]),
                variables: BTreeMap::new(),
            }
        }

        fn load(&self) -> Result<Config, String> {
            let variable = |name: &str| self.variables.get(name).cloned();
            Config::load(&self.flags, &variable, None).map_err(|error| error.to_string())
        }
    }

    #[test]
    fn a_flag_comes_before_a_variable_before_the_file_before_the_default() {
        let mut world = World::new("listen = '127.0.0.1:1'\n[git]\nchildren = 3\nwall = '1h'\n");
        let config = world.load().unwrap();
        assert_eq!(
            (
                config.listen.port(),
                config.transfers.children,
                config.limits.connections
            ),
            (1, 3, 4096)
        );
        world
            .variables
            .insert("JETON_LISTEN".to_owned(), "127.0.0.1:2".to_owned());
        world
            .variables
            .insert("JETON_GIT_CHILDREN".to_owned(), "4".to_owned());
        assert_eq!(world.load().unwrap().listen.port(), 2);
        world.flags.insert("listen", "127.0.0.1:3".to_owned());
        let config = world.load().unwrap();
        assert_eq!((config.listen.port(), config.transfers.children), (3, 4));
        assert_eq!(config.transfers.wall, Duration::from_hours(1));
        assert_eq!(
            config.database,
            Database::Sqlite(world.folder.path().join("jeton.db"))
        );
    }

    #[test]
    fn the_registry_has_a_host_that_is_nobody_elses() {
        for (file, says) in [
            ("[npm]\nurl = 'npm.jeton.example'", "must begin with"),
            (
                "[npm]\nurl = 'https://npm.jeton.example'",
                "`public_url` has to be too",
            ),
            (
                "public_url = 'https://x.test'\n[npm]\nurl = 'https://X.test:8443'",
                "this server's own",
            ),
            (
                "public_url = 'https://x.test'\n[npm]\nurl = 'https://api.x.test'",
                "this server's own",
            ),
            (
                "public_url = 'https://x.test'\n[npm]\nurl = 'http://npm.x.test'",
                "give both the same",
            ),
        ] {
            let error = World::new(file).load().unwrap_err();
            assert!(error.contains(says), "{file}: {error}");
        }
        let file = "public_url = 'https://x.test'\n[npm]\nurl = 'https://npm.x.test'";
        let config = World::new(file).load().unwrap();
        assert_eq!(config.npm_url.as_deref(), Some("https://npm.x.test"));
    }

    #[test]
    fn what_is_wrong_says_where_and_what() {
        for (file, says) in [
            ("listen = 'here'", "`listen` in `"),
            ("listen = 'here'", "`here` is no address with a port"),
            ("listne = 'x'", "`listne` is no setting"),
            ("[git]\npaht = 'x'", "`git.paht` is no setting"),
            ("listen = ", "is no TOML"),
            ("listen = 1.5", "`listen` must be a text"),
            ("listen = '0.0.0.0:8377'", "tokens would travel in clear"),
            ("listen = '[::]:8377'", "tokens would travel in clear"),
            ("[tls]\ncertificate = 'x'", "`tls.key` is not"),
            ("[tls]\nkey = 'x'", "`tls.certificate` is not"),
            (
                "[proxies]\nheader = 'x-real-ip'",
                "neither `x-forwarded` nor `forwarded`",
            ),
            ("[proxies]\ntrusted = ['all']", "`all` is no network"),
            ("[limits]\nconnections = 0", "must be at least 1"),
            ("[limits]\nhead_bytes = 1", "`limits.head_bytes` in `"),
            (
                "[limits]\nhead_bytes = 1",
                "`1` must be at least 8KiB and at most 1MiB",
            ),
            ("[limits]\nbody_idle = '0s'", "`0s` must be at least 100ms"),
            ("[git]\nidle = '0s'", "`0s` must be at least 1s"),
            ("[git]\nwall = '0s'", "must be at least 10s"),
            ("[git]\nmax_input = 1", "must be 0, or at least 64KiB"),
            ("[git]\nchildren = 5000", "at most 4096"),
            ("[git]\npath = 'git'", "`git` must be a path"),
            ("[audit]\nuser_days = -1", "`audit.user_days` in `"),
            (
                "[audit]\nuser_days = 0",
                "must be at least 1 and at most 36500",
            ),
            ("[log]\nlevel = 'inof'", "`inof` is no level"),
            ("database = 'mysql://x'", "neither `postgres://…`"),
            ("database = 'a'\ndatabase_file = 'b'", "can't be set both"),
            ("keys = 'a'\nkeys_file = 'b'", "can't be set both"),
            ("public_url = 'jeton.example'", "must begin with"),
            ("[mail]\nhost = 'mail.example'", "`mail.from` must be set"),
            (
                "[mail]\nfrom = 'a@example.org'",
                "neither `mail.host` nor `mail.folder`",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x'\nfolder = '/tmp'",
                "can't be set both",
            ),
            ("[mail]\nfrom = 'nobody'\nhost = 'x'", "`mail.from` in `"),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x y'",
                "`x y` is no name of a server",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x'\nsecurity = 'ssl'",
                "neither `tls`, `starttls` nor `none`",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x'\nuser = 'u'",
                "`mail.password` is not",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x'\npassword = 'p'",
                "`mail.user` is not",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x'\npassword = 'p'\npassword_file = '/p'",
                "can't be set both",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x'\nuser = 'u'\npassword = 'p'\nsecurity = 'none'",
                "the password would travel in clear",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x'\nca_file = '/nowhere/ca.pem'",
                "`/nowhere/ca.pem`",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nfolder = '/nowhere'",
                "`/nowhere` is no folder",
            ),
            (
                "[mail]\nfrom = 'a@example.org'\nhost = 'x'\nport = 70000",
                "at most 65535",
            ),
        ] {
            let error = World::new(file).load().unwrap_err();
            assert!(error.contains(says), "{file}: {error}");
        }
        let missing = Config::load(
            &BTreeMap::new(),
            &|_| None,
            Some(Path::new("/nowhere/jeton.toml")),
        )
        .unwrap_err();
        assert!(missing.to_string().contains("/nowhere/jeton.toml"));
    }

    #[test]
    fn a_name_that_is_none_is_refused_with_the_one_that_was_meant() {
        let said = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned());
            check_variables(names).map_err(|error| error.to_string())
        };
        let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        assert_eq!(said(&known), Ok(()));
        assert_eq!(said(&["PATH", "JETON_TOKEN", "JETON_HOST"]), Ok(()));
        for (name, meant) in [
            ("JETON_LISTN", "`JETON_LISTEN`"),
            ("JETON_PUBLICURL", "`JETON_PUBLIC_URL`"),
            ("JETON_GIT_MAXINPUT", "`JETON_GIT_MAX_INPUT`"),
        ] {
            let said = said(&["JETON_DATA", name]).unwrap_err();
            assert!(said.contains(name) && said.contains(meant), "{said}");
        }
        let said = said(&["JETON_XQZ"]).unwrap_err();
        assert!(!said.contains("did you mean"), "{said}");
        let error = World::new("[limits]\nconections = 3").load().unwrap_err();
        assert!(
            error.contains("did you mean `limits.connections`?"),
            "{error}"
        );
    }

    #[test]
    fn a_broken_file_does_not_show_what_is_in_it() {
        let broken = "listen = '127.0.0.1:1'\ndatabase = postgres://a:hunter2@h/b\n";
        let error = World::new(broken).load().unwrap_err();
        assert!(
            error.contains("line 2") && !error.contains("hunter2"),
            "{error}"
        );
    }

    #[test]
    fn beyond_loopback_needs_tls_or_a_proxy() {
        let open = "listen = '0.0.0.0:8377'\n";
        assert!(
            World::new(&format!("{open}[proxies]\ntrusted = ['10.0.0.0/8']"))
                .load()
                .is_ok()
        );
        assert!(
            World::new(&format!("{open}[tls]\ncertificate = 'a'\nkey = 'b'"))
                .load()
                .is_ok()
        );
    }

    #[test]
    fn nobody_is_trusted_by_being_anybody() {
        let load = |listen: &str, trusted: &str| {
            World::new(&format!(
                "listen = '{listen}'\n[proxies]\ntrusted = [{trusted}]"
            ))
            .load()
        };
        for trusted in [
            "'0.0.0.0/0'",
            "'::/0'",
            "'0.0.0.0/1', '128.0.0.0/1'",
            "'2000::/3'",
        ] {
            for open in ["0.0.0.0:8377", "192.0.2.1:8377", "[::]:8377"] {
                let error = load(open, trusted).unwrap_err();
                assert!(
                    error.contains("`proxies.trusted` holds") && error.contains("any address"),
                    "{error}"
                );
            }
            // Only this machine's processes can connect.
            load("127.0.0.1:8377", trusted).unwrap();
        }
        let wide = |trusted: &str| {
            let config = load("0.0.0.0:8377", trusted).unwrap();
            config.wide_proxies().count()
        };
        assert_eq!(wide("'10.0.0.0/8', 'fc00::/7', '192.168.0.0/16'"), 0);
        assert_eq!(wide("'203.0.113.0/24', '2001:db8::/48', '203.0.113.7'"), 0);
        assert_eq!(wide("'203.0.0.0/16', '2001:db8::/32', '10.0.0.1'"), 2);
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut world = World::new("");
        world.variables.insert(
            "JETON_DATABASE".to_owned(),
            "postgres://ada:hunter2@db/jeton".to_owned(),
        );
        world
            .variables
            .insert("JETON_KEYS".to_owned(), "1:hunter2".to_owned());
        for (name, value) in [
            ("JETON_MAIL_HOST", "mail.example"),
            ("JETON_MAIL_FROM", "jeton@example.org"),
            ("JETON_MAIL_USER", "jeton"),
            ("JETON_MAIL_PASSWORD", "hunter2"),
        ] {
            world.variables.insert(name.to_owned(), value.to_owned());
        }
        let shown = format!("{:?}", world.load().unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
