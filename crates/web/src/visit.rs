//! One visit of a page: the request, and who looks.

use askama::Template;
use jeton_app::{App, AppError, Call, Named, Viewer, setup};
use jeton_domain::Operation;
use jeton_http::{Answer, Input};

use crate::frame::Frame;
use crate::said::Said;

/// One visit of a page.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) app: &'a App,
    pub(crate) call: &'a Call,
    pub(crate) input: &'a Input,
    pub(crate) viewer: Option<Viewer>,
    said: Option<Said>,
    /// Nobody administers the site yet; looked for only where nobody is signed in.
    awaits: bool,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(app: &'a App, call: &'a Call, input: &'a Input) -> Result<Self, AppError> {
        let viewer = jeton_app::viewer(app, call)?;
        Ok(Self {
            app,
            call,
            input,
            awaits: viewer.is_none() && setup::awaits_administrator(app)?,
            viewer,
            said: Said::of(app, input),
        })
    }

    /// The request as one for another operation, about the person themselves.
    pub(crate) fn own(&self, operation: &'static Operation) -> Call {
        self.call.to(operation, Named::Own)
    }

    /// The request as one for another operation.
    pub(crate) fn to(&self, operation: &'static Operation, named: Named) -> Call {
        self.call.to(operation, named)
    }

    /// What stands around the page.
    pub(crate) fn frame(&self, title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            viewer: self.viewer.clone(),
            form_key: self.input.form_key().to_owned(),
            said: self.said.or(self.awaits.then_some(Said::AWAITS)),
        }
    }

    /// Renders a page.
    pub(crate) fn page(&self, status: u16, template: &impl Template) -> Result<Answer, AppError> {
        let answer = render(status, template)?;
        Ok(match self.said {
            Some(_) => Said::taken(self.app, answer),
            None => answer,
        })
    }
}

/// Renders a template.
pub(crate) fn render(status: u16, template: &impl Template) -> Result<Answer, AppError> {
    let html = template
        .render()
        .map_err(|error| AppError::Data(format!("a page can't be rendered: {error}")))?;
    Ok(Answer::media(status, "text/html; charset=utf-8", html))
}
