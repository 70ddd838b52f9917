//! One Chromium with a fresh profile, and the chromedriver that steers it.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// Starts the driver, waits until its own input ends, and takes everything away.
///
/// The input is a pipe that only the test holds: it ends when the test is done, fails or is killed, so neither driver nor
/// browser outlives any of these. A browser whose driver is gone is known by the folder of its profile.
const GUARD: &str = r#"
driver=$1; profile=$2
trap '' INT TERM HUP
# Its number is said before the driver can say anything.
sh -c 'echo "driver $$"; exec "$0" --port=0' "$driver" </dev/null &
pid=$!
cat >/dev/null
# It inherits what this shell ignores, so a gentle signal would not reach it.
kill -9 "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
for process in /proc/[0-9]*; do
  id=${process#/proc/}
  test "$id" != "$$" || continue
  case $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) in
    *"--user-data-dir=$profile"*) kill -9 "$id" 2>/dev/null;;
  esac
done
rm -rf "$profile"
"#;

/// How long the driver may take to answer one command; a page has less of it (see `pageLoad`).
const ANSWER: Duration = Duration::from_secs(90);
/// How long a browser may take to be there, and how often one is started before the test gives up: on a machine that
/// does much at once, Chromium now and then never opens its first window.
const THERE: Duration = Duration::from_mins(1);
const STARTS: usize = 3;

/// How a browser is set up from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    On,
    /// As a person who has switched JavaScript off.
    Off,
}

/// Where the programs of a browser are; `None` if one is missing.
fn programs() -> Option<(PathBuf, PathBuf)> {
    let find = |name: &str| {
        std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    };
    Some((find("chromedriver")?, find("chromium")?))
}

/// A running browser; it ends with this value, however the test ends.
#[derive(Debug)]
pub struct Browser {
    runtime: tokio::runtime::Runtime,
    /// `None` until the browser is there, and once it is left.
    client: Option<Client>,
    /// Its end is the guard's sign to take everything away.
    input: Option<ChildStdin>,
    guard: Child,
    profile: PathBuf,
    driver: u32,
    port: u16,
    scripts: Scripts,
    /// Held open, for the driver may still write.
    _said: BufReader<ChildStdout>,
}

impl Browser {
    /// A fresh browser. `None`, with a line that says so, where none is installed.
    #[expect(
        clippy::print_stderr,
        reason = "a person reads which tests did nothing"
    )]
    pub fn start(scripts: Scripts) -> Option<Self> {
        let Some((chromedriver, chromium)) = programs() else {
            eprintln!("skipped: no `chromedriver` and `chromium` on the path");
            return None;
        };
        for _ in 0..STARTS {
            let mut browser = Self::driver(&chromedriver, scripts);
            match browser.connect(&chromium) {
                Ok(client) => {
                    browser.client = Some(client);
                    return Some(browser);
                }
                Err(why) => eprintln!("a browser did not start: {why}"),
            }
        }
        panic!("{STARTS} browsers did not start")
    }

    /// A driver that has no browser yet.
    fn driver(chromedriver: &Path, scripts: Scripts) -> Self {
        let profile = tempfile::Builder::new()
            .prefix("jeton-browser-")
            .tempdir()
            .unwrap()
            .keep();
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(chromedriver)
            .arg(&profile)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = guard.stdin.take();
        let mut said = BufReader::new(guard.stdout.take().unwrap());
        let driver = process(&mut said);
        let port = port(&mut said);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            runtime,
            client: None,
            input,
            guard,
            profile,
            driver,
            port,
            scripts,
            _said: said,
        }
    }

    /// Has the driver start its browser.
    fn connect(&self, chromium: &Path) -> Result<Client, String> {
        let preferences = match self.scripts {
            Scripts::On => json!({}),
            Scripts::Off => json!({ "profile.managed_default_content_settings.javascript": 2 }),
        };
        let capabilities = json!({
            "browserName": "chrome",
            "pageLoadStrategy": "normal",
            "timeouts": { "pageLoad": 60_000, "script": 30_000 },
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "binary": chromium,
                "prefs": preferences,
                "args": [
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-dev-shm-usage",
                    "--disable-gpu",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--no-first-run",
                    "--no-default-browser-check",
                    "--disable-features=Translate,PasswordLeakDetection",
                    "--hide-scrollbars",
                    "--force-color-profile=srgb",
                    "--font-render-hinting=none",
                    "--lang=en-GB",
                    "--window-size=1280,900",
                    // Nothing beyond this machine is asked for.
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
                    format!("--user-data-dir={}", self.profile.display()),
                ],
            },
        });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().unwrap().clone());
        let address = format!("http://127.0.0.1:{}", self.port);
        within(&self.runtime, THERE, builder.connect(&address))
            .ok_or("it takes too long")?
            .map_err(|error| error.to_string())
    }

    /// The folder of its profile, which is in the command line of all its processes.
    pub fn profile(&self) -> &Path {
        &self.profile
    }

    pub fn scripts(&self) -> Scripts {
        self.scripts
    }

    pub fn driver_process(&self) -> u32 {
        self.driver
    }

    pub(super) fn client(&self) -> &Client {
        self.client.as_ref().unwrap()
    }

    /// What the driver answers.
    #[track_caller]
    pub(super) fn wait<F: Future>(&self, future: F) -> F::Output {
        within(&self.runtime, ANSWER, future)
            .unwrap_or_else(|| panic!("the driver has not answered for {ANSWER:?}"))
    }

    /// A command beyond those that every driver has.
    #[track_caller]
    pub(super) fn command(&self, path: &str, body: Value) -> Value {
        let post = Post {
            path: path.to_owned(),
            body,
        };
        self.wait(self.client().issue_cmd(post))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A command of Chromium's own protocol.
    #[track_caller]
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command(
            "goog/cdp/execute",
            json!({ "cmd": command, "params": parameters }),
        )
    }

    /// Runs a script in the page; the pages' policy does not bind it.
    #[track_caller]
    pub fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.try_script(script, arguments)
            .unwrap_or_else(|| panic!("the page was replaced meanwhile: {script:.200}"))
    }

    /// As [`Browser::script`]; nothing where the page replaced an element while the driver named it.
    #[track_caller]
    pub fn try_script(&self, script: &str, arguments: Vec<Value>) -> Option<Value> {
        match self.wait(self.client().execute(script, arguments)) {
            Ok(value) => Some(value),
            Err(error) => {
                let said = error.to_string();
                let replaced = said.contains("does not belong to the document")
                    || said.contains("stale element");
                assert!(replaced, "{said}: {script:.200}");
                None
            }
        }
    }

    /// As [`Browser::script`], which ends when it calls its last argument.
    #[track_caller]
    pub fn script_later(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.wait(self.client().execute_async(script, arguments))
            .unwrap_or_else(|error| panic!("{error}: {script:.200}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // The guard ends one that no longer answers.
            let _ = within(&self.runtime, ANSWER, client.close());
        }
        drop(self.input.take());
        let _ = self.guard.wait();
    }
}

/// What a future gives, unless it takes longer.
fn within<F: Future>(
    runtime: &tokio::runtime::Runtime,
    limit: Duration,
    future: F,
) -> Option<F::Output> {
    runtime.block_on(async { tokio::time::timeout(limit, future).await.ok() })
}

/// The driver's process, which the guard names first.
fn process(said: &mut impl std::io::BufRead) -> u32 {
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    line.trim()
        .strip_prefix("driver ")
        .unwrap()
        .parse()
        .unwrap()
}

/// The port that the driver says it has taken.
fn port(said: &mut impl std::io::BufRead) -> u16 {
    let mut lines = String::new();
    loop {
        let mut line = String::new();
        assert!(
            said.read_line(&mut line).unwrap() > 0,
            "the driver did not start: {lines}"
        );
        if let Some((_, rest)) = line.split_once("started successfully on port ") {
            return rest.trim().trim_end_matches('.').parse().unwrap();
        }
        lines.push_str(&line);
    }
}

#[derive(Debug)]
struct Post {
    path: String,
    body: Value,
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap(), self.path))
    }

    fn method_and_body(&self, _url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
