//! The page before somebody goes: what is lost, and the button that does it.

use askama::Template;

use crate::Frame;
use crate::shown::Loss;

/// What is lost, and the button.
#[derive(Template)]
#[template(path = "organizations/losses.html")]
pub(super) struct LossPage {
    pub(super) frame: Frame,
    pub(super) heading: String,
    pub(super) who: String,
    pub(super) loss: Loss,
    /// Where the form is sent.
    pub(super) action: String,
    pub(super) button: String,
    /// Where who thinks better of it goes.
    pub(super) back: String,
    /// Where what their tokens run is handed over; empty for who goes themself.
    pub(super) keeps: String,
    /// What ends, before the list of what goes with it.
    pub(super) ends: &'static str,
}
