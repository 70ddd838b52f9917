//! What stands around every page: its title, who is signed in, what was just done.

use askama::filters::Safe;
use jeton_app::Viewer;
use jeton_http::FORM_KEY;

use crate::said::Said;

/// What stands around a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) form_key: String,
    pub(crate) said: Option<Said>,
}

impl Frame {
    /// The hidden field of every form.
    pub(crate) fn key(&self) -> Safe<String> {
        // SECURITY: made of hexadecimal digits by the server.
        Safe(format!(
            "<input type=\"hidden\" name=\"{FORM_KEY}\" value=\"{}\">",
            self.form_key
        ))
    }

    /// Whether who looks has a verified address.
    pub(crate) fn is_verified(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.verified)
    }

    /// The letter that stands for a person's picture.
    pub(crate) fn letter(&self) -> String {
        let login = self.viewer.as_ref().map(|viewer| viewer.login.as_str());
        login
            .and_then(|login| login.chars().next())
            .map_or_else(String::new, |letter| letter.to_uppercase().to_string())
    }
}
