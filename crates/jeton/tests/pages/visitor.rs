//! Somebody with a browser that keeps its cookies and sends forms, and no more.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::http::{Answer, send};

pub use crate::support::world::PASSWORD;

/// A browser.
pub struct Visitor<'a> {
    site: &'a Site,
    pub cookie: Option<String>,
}

pub fn encoded(fields: &[(&str, &str)]) -> Vec<u8> {
    let one = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", one(name), one(value)))
        .collect();
    pairs.join("&").into_bytes()
}

pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

impl<'a> Visitor<'a> {
    pub fn new(site: &'a Site) -> Self {
        Self { site, cookie: None }
    }

    /// Who has signed in.
    pub fn signed_in(site: &'a Site, login: &str) -> Self {
        let mut visitor = Self::new(site);
        let answer = visitor.send(
            "POST",
            "/login",
            &[("login", login), ("password", PASSWORD)],
        );
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert!(visitor.cookie.is_some());
        visitor
    }

    fn cookies(&self) -> Option<String> {
        self.cookie
            .as_ref()
            .map(|value| format!("jeton_session={value}"))
    }

    pub fn get(&mut self, path: &str) -> Answer {
        let cookies = self.cookies();
        let mut headers = vec![("accept", "text/html")];
        if let Some(cookies) = &cookies {
            headers.push(("cookie", cookies));
        }
        let answer = send(self.site.address(), "GET", path, &headers, b"");
        self.keep(&answer);
        answer
    }

    /// Sends a form as it stands here.
    pub fn send(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send_with(method, path, fields, &[])
    }

    pub fn send_with(
        &mut self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        more: &[(&str, &str)],
    ) -> Answer {
        let cookies = self.cookies();
        let mut headers = vec![FORM, ("accept", "text/html")];
        headers.extend(more.iter().copied());
        if let Some(cookies) = &cookies {
            headers.push(("cookie", cookies));
        }
        let answer = send(
            self.site.address(),
            method,
            path,
            &headers,
            &encoded(fields),
        );
        self.keep(&answer);
        answer
    }

    /// Sends a form with the key of this session's forms in it.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let key = self.key();
        let mut all = vec![("csrf", key.as_str())];
        all.extend(fields.iter().copied());
        self.send("POST", path, &all)
    }

    /// What this session's forms carry.
    pub fn key(&mut self) -> String {
        let page = self.get("/settings/profile");
        assert_eq!(page.status, 200, "{}", page.text());
        between(&page.text(), "name=\"csrf\" value=\"", "\"")
    }

    /// What the form of a page was filled from, as the page says it.
    pub fn seen(&mut self, path: &str) -> String {
        let page = self.get(path);
        assert_eq!(page.status, 200, "{}", page.text());
        seen_in(&page.text())
    }

    /// Lets an application in by the code of a device; what the application is given.
    pub fn lets_in(&mut self, client_id: &str, scope: &str) -> Value {
        let site = self.site;
        let post = |path: &str, body: Value| site.must("POST", path, None, &body);
        let codes = post(
            "/login/device/code",
            json!({ "client_id": client_id, "scope": scope }),
        );
        let typed = codes["user_code"].as_str().unwrap();
        let fields = [("user_code", typed), ("answer", "approve")];
        let answer = self.post("/login/device/answer", &fields);
        assert_eq!(answer.status, 303, "{}", answer.text());
        post(
            "/login/oauth/access_token",
            json!({ "client_id": client_id, "device_code": codes["device_code"],
                "grant_type": "urn:ietf:params:oauth:grant-type:device_code" }),
        )
    }

    fn keep(&mut self, answer: &Answer) {
        for (name, value) in &answer.headers {
            if name != "set-cookie" {
                continue;
            }
            if let Some(rest) = value.strip_prefix("jeton_session=") {
                let value = rest.split(';').next().unwrap_or_default();
                self.cookie = (!value.is_empty()).then(|| value.to_owned());
            }
        }
    }
}

/// What stands between two texts, the first time.
pub fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no `{before}` in {text}"));
    rest.split_once(after).unwrap().0.to_owned()
}

/// What the form of a page was filled from.
pub fn seen_in(text: &str) -> String {
    unescaped(&between(text, "name=\"seen\" value=\"", "\""))
}

/// What an attribute holds, as a browser reads it.
pub fn unescaped(text: &str) -> String {
    let characters = [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ];
    let text = characters
        .iter()
        .fold(text.to_owned(), |text, (name, c)| text.replace(name, c));
    text.replace("&#38;", "&")
}
