//! Signing in through an outside provider: a real one, in a process of its own, and a real browser between the two.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use jeton_domain::{Span, Time};
use serde_json::json;

use super::audit::workshop;
use super::driver::{Browser, Scripts};
use crate::support::authenticator_app::code;
use crate::support::world::PASSWORD;
use crate::support::{NOW, Site};

const PROVIDER: &str = include_str!("provider.mjs");
const SECRET: &str = "a secret that only this test knows";

struct World {
    site: Site,
    url: String,
    issuer: String,
    provider: Child,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.provider.kill();
        let _ = self.provider.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port()
}

impl World {
    /// Nothing where the provider is not installed.
    fn open(settings: &[(&'static str, &str)]) -> Option<Self> {
        let folder = workshop();
        if !folder
            .join("node_modules/oidc-provider/package.json")
            .exists()
        {
            eprintln!(
                "skipped: oidc-provider is not installed, `cargo xtask test browser` installs it"
            );
            return None;
        }
        let (here, there) = (free_port(), free_port());
        // Two sites, as a provider is another one: what a browser keeps from other sites it keeps here.
        let (url, issuer) = (
            format!("http://localhost:{here}"),
            format!("http://127.0.0.1:{there}"),
        );
        let mut provider = Command::new("node")
            .args(["--input-type=module", "-", &there.to_string()])
            .arg(format!("{url}/login/oidc/callback"))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        provider
            .stdin
            .take()
            .unwrap()
            .write_all(PROVIDER.as_bytes())
            .unwrap();
        let mut said = BufReader::new(provider.stdout.take().unwrap());
        let mut ready = String::new();
        said.read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n", "the provider does not start");
        // What else it says must find somebody who reads.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let listen = format!("127.0.0.1:{here}");
        let mut all = vec![
            ("listen", listen.as_str()),
            ("public_url", url.as_str()),
            ("oidc.issuer", issuer.as_str()),
            ("oidc.client_id", "jeton"),
            ("oidc.client_secret", SECRET),
            ("oidc.name", "the works"),
            ("oidc.loopback_http", "true"),
        ];
        all.extend_from_slice(settings);
        let site = Site::with(&all);
        // The provider lives in the present.
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        let now = Time::from_seconds(i64::try_from(now.as_secs()).unwrap());
        site.later(now.since(NOW));
        Some(Self {
            site,
            url,
            issuer,
            provider,
        })
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Until the browser came to the provider, with a script or by the link.
    fn goes_there(&self, browser: &Browser) {
        let there = |browser: &Browser| browser.url().as_str().starts_with(&self.issuer);
        assert!(browser.eventually(|| there(browser)), "{}", browser.url());
    }

    /// Shows the provider who it is, and lets it tell us.
    fn identifies(&self, browser: &Browser, name: &str) {
        self.goes_there(browser);
        browser.script(
            "document.querySelector('[name=login]').value = arguments[0];
             document.querySelector('[name=password]').value = 'x';",
            vec![name.into()],
        );
        browser.press("Sign-in");
        self.consents(browser);
    }

    fn consents(&self, browser: &Browser) {
        let home = |browser: &Browser| browser.url().as_str().starts_with(&self.url);
        assert!(
            browser.eventually(|| home(browser) || browser.offers("Continue")),
            "{}",
            browser.text()
        );
        if !home(browser) {
            browser.press("Continue");
        }
        assert!(browser.eventually(|| home(browser)), "{}", browser.text());
    }
}

#[test]
fn a_stranger_comes_in_through_the_provider_and_has_an_account() {
    for scripts in [Scripts::On, Scripts::Off] {
        let Some(world) = World::open(&[("oidc.create_accounts", "true")]) else {
            return;
        };
        let Some(browser) = Browser::start(scripts) else {
            return;
        };
        browser.open(&world.at("/login?return_to=/settings/profile"));
        browser.press("Sign in with the works");
        world.identifies(&browser, "ada");
        browser.arrives("/settings/profile");
        assert!(browser.offers("Your account: ada"), "{}", browser.text());
        // Nothing of the question is left in the browser.
        let cookies = browser.cookies();
        assert!(
            !cookies.iter().any(|cookie| cookie["name"] == "jeton_oidc"),
            "{cookies:?}"
        );
    }
}

#[test]
fn nobody_comes_in_whom_the_operator_does_not_let_in() {
    for (settings, says) in [
        (vec![], "No account here is connected to you"),
        (
            vec![
                ("oidc.create_accounts", "true"),
                ("oidc.domains", "example.net"),
            ],
            "Only people with a verified address in example.net",
        ),
    ] {
        let Some(world) = World::open(&settings) else {
            return;
        };
        let Some(browser) = Browser::start(Scripts::Off) else {
            return;
        };
        browser.open(&world.at("/login"));
        browser.press("Sign in with the works");
        world.identifies(&browser, "ada");
        browser.must_read(says);
        assert!(browser.asks("Password"));
    }
}

#[test]
fn an_account_is_connected_opened_confirmed_and_disconnected() {
    let Some(world) = World::open(&[]) else {
        return;
    };
    let Some(browser) = Browser::start(Scripts::On) else {
        return;
    };
    world.site.person("mia", false);
    browser.open(&world.at("/login"));
    browser.fill("Login or e-mail address", "mia");
    browser.fill("Password", PASSWORD);
    browser.press("Sign in");
    browser.open(&world.at("/settings/connections"));
    browser.must_read("Nothing is connected");
    browser.is_sound();
    browser.press("Connect the works");
    world.identifies(&browser, "mia-there");
    browser.arrives("/settings/connections");
    browser.must_read("The account is connected.");
    browser.must_read("mia-there@example.org");
    // What the provider's own page asks for elsewhere is no fault of ours.
    let _theirs = browser.complaints();
    browser.is_sound();

    // Out, and in again without a password. The provider still knows who it is.
    browser.press("Your account: mia");
    browser.press("Sign out");
    browser.press("Sign in with the works");
    world.consents(&browser);
    browser.arrives("/settings/personal-access-tokens");
    assert!(browser.offers("Your account: mia"));

    // Access is confirmed only by who shows anew who they are.
    world.site.later(Span::from_seconds(1));
    browser.open(&world.at("/-/confirm?return_to=/settings/profile"));
    browser.press("Confirm with the works");
    world.identifies(&browser, "mia-there");
    browser.arrives("/settings/profile");

    browser.open(&world.at("/settings/connections"));
    browser.press("Disconnect mia-there@example.org");
    browser.must_read("The account is disconnected.");
    browser.press("Your account: mia");
    browser.press("Sign out");
    browser.press("Sign in with the works");
    world.consents(&browser);
    browser.must_read("No account here is connected to you");
}

#[test]
fn whoever_comes_from_the_provider_is_asked_for_their_second_factor() {
    for scripts in [Scripts::On, Scripts::Off] {
        let Some(world) = World::open(&[]) else {
            return;
        };
        let Some(browser) = Browser::start(scripts) else {
            return;
        };
        let mia = world.site.person("mia", false);
        let path = "/api/jeton/v1/factors/authenticator";
        let begun = world.site.must("POST", path, Some(&mia.client), &json!({}));
        let shows = || code(begun["key"].as_str().unwrap(), world.site.app().now());
        let shown = json!({ "code": shows() });
        browser.open(&world.at("/login"));
        browser.fill("Login or e-mail address", "mia");
        browser.fill("Password", PASSWORD);
        browser.press("Sign in");
        browser.open(&world.at("/settings/connections"));
        browser.press("Connect the works");
        world.identifies(&browser, "mia-there");
        browser.must_read("The account is connected.");
        world.site.must("PUT", path, Some(&mia.client), &shown);
        world.site.later(Span::from_seconds(30));
        browser.open(&world.at("/login"));
        browser.devtools("Network.clearBrowserCookies", &json!({}));
        browser.open(&world.at("/login?return_to=/settings/profile"));
        browser.press("Sign in with the works");
        // By the provider's own button: the way back begins on another site.
        world.identifies(&browser, "mia-there");
        browser.must_read("Show one thing more to sign in as mia.");
        browser.fill(
            "Code of your authenticator app, or a recovery code",
            &shows(),
        );
        browser.press("Verify");
        browser.arrives("/settings/profile");
        assert!(browser.offers("Your account: mia"), "{}", browser.text());
    }
}

/// Login CSRF, and an answer that comes back a second time.
#[test]
fn an_answer_without_its_question_opens_nothing() {
    let Some(world) = World::open(&[("oidc.create_accounts", "true")]) else {
        return;
    };
    let Some(ada) = Browser::start(Scripts::Off) else {
        return;
    };
    let forged = world.at("/login/oidc/callback?code=abc&state=0123");
    ada.open(&forged);
    ada.must_read("Begin again.");
    assert!(ada.asks("Password"));
    ada.open(&world.at("/login"));
    ada.press("Sign in with the works");
    world.identifies(&ada, "ada");
    assert!(ada.offers("Your account: ada"));
    ada.open(&forged);
    ada.must_read("Begin again.");
    assert!(ada.offers("Your account: ada"), "she is who she was");
}
