//! The log as a file, from its page.

use jeton_api::{export, ops};
use jeton_app::{App, AppError, Call};
use jeton_http::{Answer, Input, Method, Names, Route};

use super::{QUERY, wanted};

pub(super) const OF_ORGANIZATION: Route = Route::new(
    Method::Get,
    "/organizations/{org}/settings/audit-log/export",
    ops::audit::ORGANIZATION,
    Names::Organization("org"),
    of_organization,
)
.query(QUERY);

pub(super) const OF_ONESELF: Route = Route::new(
    Method::Get,
    "/settings/security-log/export",
    ops::audit::OWN,
    Names::Own,
    of_oneself,
)
.query(QUERY);

pub(super) const OF_SITE: Route = Route::new(
    Method::Get,
    "/admin/audit-log/export",
    ops::audit::SITE,
    Names::Site,
    of_site,
)
.query(QUERY);

fn start(app: &App, call: &Call, input: &Input, reads: export::Reads) -> Result<Answer, AppError> {
    export::start(app, call, wanted(input)?, export::Format::of(input), reads)
}

fn of_organization(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    start(app, call, input, export::OF_ORGANIZATION)
}

fn of_oneself(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    start(app, call, input, export::OF_ONESELF)
}

fn of_site(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    start(app, call, input, export::OF_SITE)
}
