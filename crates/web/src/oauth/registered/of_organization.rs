//! Pages of an organization's, for its owners.

use jeton_api::ops::applications;
use jeton_domain::Operation;
use jeton_http::{Method, Names, Route};

use super::{form, list, one};
use crate::operation::confirmed;
use crate::review::owners_page;

static LIST: Operation = owners_page(
    "page.org_applications",
    "Show the OAuth applications that an organization registered.",
);
/// Asks to confirm access before anything is filled in, so that nothing is asked for twice.
static NEW: Operation = confirmed(owners_page(
    "page.org_application_new",
    "Show the form of a new OAuth application of an organization.",
));
static SHOW: Operation = owners_page(
    "page.org_application",
    "Show an OAuth application of an organization.",
);

const ORG: Names = Names::Organization("org");
const PATH: &str = "/organizations/{org}/settings/applications";
const NEW_PATH: &str = "/organizations/{org}/settings/applications/new";
const ONE: &str = "/organizations/{org}/settings/applications/{application_id}";

pub(super) static ROUTES: &[Route] = &[
    Route::new(Method::Get, PATH, &LIST, ORG, list::show),
    Route::new(Method::Get, NEW_PATH, &NEW, ORG, form::show),
    Route::new(
        Method::Post,
        NEW_PATH,
        applications::ORGANIZATION_REGISTER,
        ORG,
        form::register,
    ),
    Route::new(Method::Get, ONE, &SHOW, ORG, one::show),
    Route::new(
        Method::Post,
        ONE,
        applications::ORGANIZATION_EDIT,
        ORG,
        one::save,
    ),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/applications/{application_id}/delete",
        applications::ORGANIZATION_DELETE,
        ORG,
        one::delete,
    ),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/applications/{application_id}/secrets",
        applications::ORGANIZATION_ADD_SECRET,
        ORG,
        one::add_secret,
    ),
    Route::new(
        Method::Post,
        "/organizations/{org}/settings/applications/{application_id}/secrets/{secret_id}/delete",
        applications::ORGANIZATION_END_SECRET,
        ORG,
        one::end_secret,
    ),
];
