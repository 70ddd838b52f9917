//! A server that a browser can reach under a host's name, as passkeys need one, and the people in front of it.

use std::net::TcpListener;
use std::ops::Deref;

use crate::support::Site;
use crate::support::world::PASSWORD;

use super::driver::{Browser, Scripts};

/// A site on `http://localhost`.
pub struct Office {
    site: Site,
    url: String,
}

impl Deref for Office {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Office {
    pub fn open() -> Self {
        Self::with(&[])
    }

    /// With settings of its own.
    pub fn with(settings: &[(&'static str, &str)]) -> Self {
        // Taken and given back, so that the address can be told before the server listens.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let listen = format!("127.0.0.1:{port}");
        let url = format!("http://localhost:{port}");
        let mut all = vec![("listen", listen.as_str()), ("public_url", url.as_str())];
        all.extend_from_slice(settings);
        Self {
            site: Site::with(&all),
            url,
        }
    }

    /// Stops and starts as the site does; the address stays.
    pub fn restart(&mut self) {
        self.site.restart();
    }

    /// Whatever waits for a webhook was taken by its receiver.
    pub fn all_delivered(&mut self) {
        self.site.stop();
        self.site.all_delivered();
        self.site.restart();
    }

    /// The address of a page.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A browser before the first page; `None` where none is installed.
    pub fn browser(&self, scripts: Scripts) -> Option<Browser> {
        Browser::start(scripts)
    }

    /// Signs in, as people do.
    #[track_caller]
    pub fn enter(&self, browser: &Browser, login: &str) {
        browser.open(&self.at("/login"));
        browser.fill("Login or e-mail address", login);
        browser.fill("Password", PASSWORD);
        browser.press("Sign in");
        assert!(
            browser.eventually(|| !browser.path().starts_with("/login")),
            "{}",
            browser.text()
        );
    }

    /// Shows once more who it is, where a page asks.
    #[track_caller]
    pub fn confirm(&self, browser: &Browser) {
        assert_eq!(browser.title(), "Confirm access · Jeton");
        browser.fill("Password", PASSWORD);
        browser.press("Confirm");
    }
}
