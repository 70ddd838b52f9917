//! Ann's browser: it keeps cookies, shows pages, and sends forms as one without scripts does.

use crate::world::{PASSWORD, URL, World};

pub(crate) struct Browser<'a>(&'a World);

impl<'a> Browser<'a> {
    /// Ann signs in with her password.
    pub(crate) fn signed_in(world: &'a World) -> Self {
        let browser = Self(world);
        let fields = [("login", "ann"), ("password", PASSWORD)].map(owned);
        browser.send("/login", &fields);
        browser
    }

    /// A page, by its path or its whole address.
    pub(crate) fn page(&self, place: &str) -> String {
        self.ask(place, &[])
    }

    fn send(&self, place: &str, fields: &[(String, String)]) -> String {
        let fields = fields.iter().flat_map(|(name, value)| {
            let field = format!("{name}={value}");
            ["--data-urlencode".to_owned(), field]
        });
        self.ask(place, &fields.collect::<Vec<_>>())
    }

    fn ask(&self, place: &str, more: &[String]) -> String {
        let place = if place.starts_with('/') {
            format!("{URL}{place}")
        } else {
            place.to_owned()
        };
        let mut words = vec!["-sf", "--cacert"];
        let authority = self.0.authority();
        words.extend([authority.as_str(), "-b", "jar", "-c", "jar", &place]);
        words.extend(more.iter().map(String::as_str));
        self.0.run("curl", &words).well().out
    }

    /// Sends the form of a page with what is filled in beside what stands in it; the page that comes of it.
    pub(crate) fn form(&self, page: &str, action: &str, filled: &[(&str, &str)]) -> String {
        let mut fields = hidden(page);
        fields.extend(filled.iter().copied().map(owned));
        self.send(action, &fields)
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The fields of a page's forms that nobody sees, each once.
fn hidden(page: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for part in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = part.split_once("\" value=\"").unwrap();
        let field = owned((name, &read(rest.split('"').next().unwrap())));
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

/// Where the one big button of a page leads.
pub(crate) fn leads_to(page: &str) -> String {
    let (_, rest) = page
        .split_once("<a class=\"btn primary\" href=\"")
        .unwrap_or_else(|| panic!("no way on in {page}"));
    read(rest.split('"').next().unwrap())
}

/// What an attribute holds.
fn read(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
}
