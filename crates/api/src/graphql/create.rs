//! Making a repository, as `gh repo create` asks for it.

use async_graphql::{ID, InputObject, SimpleObject};
use jeton_app::repositories::{self, NewRepository};
use jeton_app::{Named, users};
use jeton_domain::{Id as _, TeamId, Visibility};

use super::repository::{Repository, Shown};
use super::{Answered, Asking, Context, limits, typed};
use crate::people;
use crate::repositories::{CREATE, CREATE_OWN};

/// What is to be made. What neither restricts nor promises anything, and does not exist here, is read and ignored.
#[derive(InputObject)]
pub(super) struct CreateRepositoryInput {
    name: String,
    visibility: Shown,
    owner_id: Option<ID>,
    description: Option<String>,
    template: Option<bool>,
    team_id: Option<ID>,
    #[graphql(name = "homepageUrl")]
    _homepage_url: Option<String>,
    #[graphql(name = "hasIssuesEnabled")]
    _has_issues: Option<bool>,
    #[graphql(name = "hasWikiEnabled")]
    _has_wiki: Option<bool>,
    client_mutation_id: Option<String>,
}

/// What was made.
#[derive(SimpleObject)]
pub(super) struct CreateRepositoryPayload {
    client_mutation_id: Option<String>,
    repository: Option<Repository>,
}

pub(super) fn create(
    ctx: &Context<'_>,
    input: CreateRepositoryInput,
) -> Answered<CreateRepositoryPayload> {
    let refused = |sentence: &str| Err(typed("UNPROCESSABLE", sentence));
    if input.template == Some(true) {
        return refused("`template` can't be true: nothing is a template here.");
    }
    let asking = Asking::of(ctx)?;
    let call = match &input.owner_id {
        None => asking.call(ctx, &CREATE_OWN, Named::Own)?,
        Some(id) => of_owner(ctx, asking, id)?,
    };
    let new = NewRepository {
        begun: false,
        team: input.team_id.as_ref().map(team).transpose()?,
        name: input.name,
        visibility: match input.visibility {
            Shown::Private => Visibility::Private,
            Shown::Internal => Visibility::Internal,
            Shown::Public => Visibility::Public,
        },
        description: input.description.unwrap_or_default(),
    };
    asking.spend(limits::CHANGE)?;
    let made = asking.told(repositories::create(&asking.app, &call, &new))?;
    let Some(view) = made else {
        let own = || format!("A_{}", asking.viewer).into();
        return nobody(&input.owner_id.unwrap_or_else(own));
    };
    Ok(CreateRepositoryPayload {
        client_mutation_id: input.client_mutation_id,
        repository: Some(Repository(view)),
    })
}

/// A team by its id.
fn team(id: &ID) -> Answered<TeamId> {
    TeamId::from_i64(number(id, "T_")?).map_or_else(|| nobody(id), Ok)
}

/// The call to make one for the account of this id.
fn of_owner(ctx: &Context<'_>, asking: &Asking, id: &ID) -> Answered<jeton_app::Call> {
    let number = number(id, "A_")?;
    if number == asking.viewer {
        return asking.call(ctx, &CREATE_OWN, Named::Own);
    }
    let call = asking.call(ctx, &people::PROFILE, Named::Site)?;
    let found = asking.told(users::profile_by_id(&asking.app, &call, number))?;
    match found {
        Some(profile) => asking.call(ctx, &CREATE, Named::Organization(profile.login)),
        None => nobody(id),
    }
}

/// The number in the id of something of a kind, which the id begins with.
fn number(id: &ID, kind: &str) -> Answered<i64> {
    let number = id.strip_prefix(kind).and_then(|id| id.parse().ok());
    number.map_or_else(|| nobody(id), Ok)
}

fn nobody<T>(id: &ID) -> Answered<T> {
    Err(super::unresolved("a node with the global id of", id))
}
