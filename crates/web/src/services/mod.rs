//! Service accounts of an organization: accounts that are no person's, their roles and their tokens.

pub(crate) mod hand_over;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod rotate;
pub(crate) mod show;
pub(crate) mod token;

use jeton_app::service_accounts::{self, NewServiceToken, ServiceView};
use jeton_app::tokens::{NewToken, Preview};
use jeton_app::{AppError, Call};
use jeton_domain::{Id as _, Operation, Role, TokenId};
use jeton_http::{Input, Names};

use crate::Visit;
use crate::around::Around;
use crate::tokens::draft::Draft;

/// Below the settings of an organization.
pub(crate) const BELOW: &str = "/service-accounts";

const ORG: Names = Names::Organization("org");

/// What stands around these pages.
pub(crate) fn around(visit: &Visit<'_>) -> Result<Around, AppError> {
    Around::of(visit, BELOW, "/")
}

/// The name in the path.
fn name(input: &Input) -> &str {
    input.path("service")
}

/// The token in the path.
fn id(input: &Input) -> Result<TokenId, AppError> {
    TokenId::from_i64(input.id("token_id")?).ok_or(AppError::Missing("token"))
}

/// The page of one, as its own name is written.
fn page_of(around: &Around, login: &str) -> String {
    format!("{}/{login}", around.root)
}

/// The request as another one about the same organization.
fn as_one(visit: &Visit<'_>, operation: &'static Operation) -> Call {
    visit.to(operation, visit.call.named.clone())
}

/// The one in the path, as the reader of the page `operation` sees it.
fn kept(visit: &Visit<'_>, operation: &'static Operation) -> Result<ServiceView, AppError> {
    service_accounts::show(visit.app, &as_one(visit, operation), name(visit.input))
}

/// What a form asks for a service account.
fn for_service(wish: NewToken) -> NewServiceToken {
    NewServiceToken {
        name: wish.name,
        description: wish.description,
        expires_in: wish.expires_in,
        expires_at: wish.expires_at,
        repositories: wish.repositories,
        packages: wish.packages,
        permissions: wish.permissions,
        conditions: wish.conditions,
    }
}

/// What would come of it.
pub(crate) fn preview(
    visit: &Visit<'_>,
    service: &str,
    draft: &Draft,
) -> Result<Preview, AppError> {
    let call = as_one(visit, &token::PAGE);
    service_accounts::preview_token(visit.app, &call, service, &for_service(draft.glance()))
}

/// A role on every repository, or none, to choose.
#[derive(Debug)]
struct RoleChoice {
    word: &'static str,
    title: &'static str,
    chosen: bool,
}

fn roles(chosen: &str) -> Vec<RoleChoice> {
    let words = Role::ALL.into_iter().map(Role::name);
    std::iter::once(NO_ROLE)
        .chain(words)
        .map(|word| RoleChoice {
            word,
            title: if word == NO_ROLE {
                "None: where it is given one by name alone"
            } else {
                word
            },
            chosen: word == chosen,
        })
        .collect()
}

/// As the use cases take it.
const NO_ROLE: &str = "none";
