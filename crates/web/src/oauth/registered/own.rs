//! Pages of a person's own.

use jeton_api::ops::applications;
use jeton_domain::Operation;
use jeton_http::{Method, Names, Route};

use super::{OWN, form, list, one};
use crate::operation::{confirmed, own_page};

static LIST: Operation = own_page(
    "page.own_applications",
    "Show the OAuth applications that one registered.",
);
/// Asks to confirm access before anything is filled in, so that nothing is asked for twice.
static NEW: Operation = confirmed(own_page(
    "page.application_new",
    "Show the form of a new OAuth application.",
));
static SHOW: Operation = own_page(
    "page.own_application",
    "Show an OAuth application that one registered.",
);

const NEW_PATH: &str = "/settings/applications/new";
const ONE: &str = "/settings/applications/{application_id}";

pub(super) static ROUTES: &[Route] = &[
    Route::new(Method::Get, OWN, &LIST, Names::Own, list::show),
    Route::new(Method::Get, NEW_PATH, &NEW, Names::Own, form::show),
    Route::new(
        Method::Post,
        NEW_PATH,
        applications::REGISTER,
        Names::Own,
        form::register,
    ),
    Route::new(Method::Get, ONE, &SHOW, Names::Own, one::show),
    Route::new(Method::Post, ONE, applications::EDIT, Names::Own, one::save),
    Route::new(
        Method::Post,
        "/settings/applications/{application_id}/delete",
        applications::DELETE,
        Names::Own,
        one::delete,
    ),
    Route::new(
        Method::Post,
        "/settings/applications/{application_id}/secrets",
        applications::ADD_SECRET,
        Names::Own,
        one::add_secret,
    ),
    Route::new(
        Method::Post,
        "/settings/applications/{application_id}/secrets/{secret_id}/delete",
        applications::END_SECRET,
        Names::Own,
        one::end_secret,
    ),
];
