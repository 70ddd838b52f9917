//! Invitations that lead into a team.

use jeton_app::teams::by_slug;
use jeton_app::{App, AppError, Call, invitations};
use jeton_domain::{ClassicScope, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};

use crate::invitations::{listed, looking};
use crate::operation::scoped;

pub(crate) static LIST: Operation = scoped(
    looking(
        "invitation.list_team",
        "List the invitations that wait for an answer and lead into a team.",
    ),
    &[ClassicScope::AdminOrg],
);

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/orgs/{org}/teams/{team_slug}/invitations",
    &LIST,
    Names::Organization("org"),
    list,
)
.paged()
.rule(|unit, acting, input| by_slug(unit, acting, input.path("team_slug")).map(drop))
.answers(200, "Invitations")];

fn list(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (page, slug) = (input.page(), input.path("team_slug"));
    let (found, total) = invitations::of_team(app, call, slug, page.offset(), page.size)?;
    Ok(listed(app, input, &found, total))
}
