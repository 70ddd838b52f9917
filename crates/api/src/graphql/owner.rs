//! People and organizations, and lists of what they have.

use async_graphql::{ID, Interface, Object};
use jeton_app::users::Profile;
use jeton_app::{Named, organizations, repositories, users};
use jeton_store::repositories::RepositoryRow;

use super::pages::{Connection, Part};
use super::repository::{Affiliation, Filter, Order, Privacy, RepositoryConnection};
use super::{Answered, Asking, Context, repository};
use crate::organizations::OWN;
use crate::people;
use crate::repositories::OF_ORGANIZATION;

/// Whose things are reached by a name.
#[derive(Interface)]
#[expect(
    clippy::duplicated_attributes,
    reason = "fields of one type are no repetition"
)]
#[graphql(
    name = "RepositoryOwner",
    field(name = "id", ty = "ID"),
    field(name = "login", ty = "&str"),
    field(name = "url", ty = "Answered<String>"),
    field(name = "resource_path", ty = "String"),
    field(
        name = "avatar_url",
        ty = "Answered<String>",
        arg(name = "size", ty = "Option<i32>")
    ),
    field(
        name = "repositories",
        ty = "Answered<RepositoryConnection>",
        arg(name = "first", ty = "Option<i32>"),
        arg(name = "after", ty = "Option<String>"),
        arg(name = "privacy", ty = "Option<Privacy>"),
        arg(name = "is_fork", ty = "Option<bool>"),
        arg(name = "owner_affiliations", ty = "Option<Vec<Option<Affiliation>>>"),
        arg(name = "order_by", ty = "Option<Order>")
    )
)]
pub(super) enum Owner {
    /// A person.
    User(User),
    /// An organization.
    Organization(Organization),
}

/// An account, as far as it is known without asking for more.
pub(super) struct Account {
    id: i64,
    login: String,
    profile: Option<Profile>,
}

/// A person.
pub(super) struct User(Account);

/// An organization.
pub(super) struct Organization(Account);

/// Who asks.
pub(super) fn viewer(ctx: &Context<'_>) -> Answered<User> {
    let asking = Asking::of(ctx)?;
    let call = asking.call(ctx, &people::ONESELF, Named::Own)?;
    let view = asking.told(users::oneself(&asking.app, &call))?;
    match view {
        Some(view) => Ok(User(Account::of(view.profile()))),
        None => Err(super::unresolved("a User with the login of", "viewer")),
    }
}

/// An account that everybody may know of.
pub(super) fn by_login(ctx: &Context<'_>, login: &str) -> Answered<Option<Owner>> {
    let asking = Asking::of(ctx)?;
    let call = asking.call(ctx, &people::PROFILE, Named::Site)?;
    let found = asking.told(users::profile(&asking.app, &call, login))?;
    Ok(found.map(|profile| Owner::of(profile.organization, Account::of(profile))))
}

impl Owner {
    fn of(organization: bool, account: Account) -> Self {
        if organization {
            Self::Organization(Organization(account))
        } else {
            Self::User(User(account))
        }
    }

    /// Whose a repository is.
    pub(super) fn of_repository(row: &RepositoryRow) -> Self {
        let account = Account {
            id: row.owner.get(),
            login: row.owner_login.clone(),
            profile: None,
        };
        Self::of(row.owner_is_organization, account)
    }
}

impl Account {
    fn of(profile: Profile) -> Self {
        Self {
            id: profile.id,
            login: profile.login.clone(),
            profile: Some(profile),
        }
    }

    /// What everybody may know, looked up where a field needs it.
    fn profile(&self, ctx: &Context<'_>) -> Answered<Option<Profile>> {
        if let Some(profile) = &self.profile {
            return Ok(Some(profile.clone()));
        }
        let asking = Asking::of(ctx)?;
        let call = asking.call(ctx, &people::PROFILE, Named::Site)?;
        asking.told(users::profile(&asking.app, &call, &self.login))
    }
}

fn url(ctx: &Context<'_>, path: &str) -> Answered<String> {
    Ok(format!("{}/{path}", Asking::of(ctx)?.url()))
}

/// What a person and an organization have alike, and the lists that only one of them has.
macro_rules! account {
    ($type:ident, $repositories:path $(, $list:ident: $connection:ty = $listed:path)?) => {
        #[Object]
        impl $type {
            /// Opaque, and the same by REST (`node_id`).
            async fn id(&self) -> ID {
                format!("A_{}", self.0.id).into()
            }

            /// The number by REST.
            async fn database_id(&self) -> i64 {
                self.0.id
            }

            /// The name in addresses.
            async fn login(&self) -> &str {
                &self.0.login
            }

            /// The shown name.
            async fn name(&self, ctx: &Context<'_>) -> Answered<Option<String>> {
                let profile = self.0.profile(ctx)?;
                Ok(profile.map(|profile| profile.name).filter(|name| !name.is_empty()))
            }

            /// The page.
            async fn url(&self, ctx: &Context<'_>) -> Answered<String> {
                url(ctx, &self.0.login)
            }

            /// The page's path.
            async fn resource_path(&self) -> String {
                format!("/{}", self.0.login)
            }

            /// The picture, which has one size.
            async fn avatar_url(
                &self,
                ctx: &Context<'_>,
                #[graphql(name = "size")] _size: Option<i32>,
            ) -> Answered<String> {
                url(ctx, &format!("-/avatars/{}", self.0.id))
            }

            /// Since when there is one.
            async fn created_at(&self, ctx: &Context<'_>) -> Answered<Option<String>> {
                Ok(self.0.profile(ctx)?.map(|profile| profile.created_at.iso()))
            }

            /// The repositories in its name space, by name, as who asks sees them.
            #[allow(clippy::too_many_arguments, reason = "GitHub's")]
            async fn repositories(
                &self,
                ctx: &Context<'_>,
                first: Option<i32>,
                after: Option<String>,
                privacy: Option<Privacy>,
                is_fork: Option<bool>,
                #[graphql(name = "ownerAffiliations")] affiliations: Option<
                    Vec<Option<Affiliation>>,
                >,
                #[graphql(name = "orderBy")] order: Option<Order>,
            ) -> Answered<RepositoryConnection> {
                let part = Part::of(first, after.as_deref())?;
                let filter = Filter {
                    privacy,
                    is_fork,
                    affiliations,
                    order,
                };
                $repositories(&self.0, ctx, part, &filter)
            }

            $(
                /// What who asks may know of: of themself.
                async fn $list(
                    &self,
                    ctx: &Context<'_>,
                    first: Option<i32>,
                    after: Option<String>,
                ) -> Answered<$connection> {
                    $listed(&self.0, ctx, Part::of(first, after.as_deref())?)
                }
            )?
        }
    };
}

account!(User, of_person, organizations: Connection<Organization> = organizations_of);
account!(Organization, of_organization);

fn of_person(
    account: &Account,
    ctx: &Context<'_>,
    part: Part,
    filter: &Filter,
) -> Answered<RepositoryConnection> {
    let asking = Asking::of(ctx)?;
    let call = asking.call(ctx, &people::REPOSITORIES, Named::Site)?;
    repository::listed(asking, part, filter, |wish| {
        repositories::of_user(&asking.app, &call, &account.login, wish)
    })
}

fn of_organization(
    account: &Account,
    ctx: &Context<'_>,
    part: Part,
    filter: &Filter,
) -> Answered<RepositoryConnection> {
    let asking = Asking::of(ctx)?;
    let named = Named::Organization(account.login.clone());
    let call = asking.call(ctx, &OF_ORGANIZATION, named)?;
    repository::listed(asking, part, filter, |wish| {
        repositories::of_organization(&asking.app, &call, wish)
    })
}

fn organizations_of(
    account: &Account,
    ctx: &Context<'_>,
    part: Part,
) -> Answered<Connection<Organization>> {
    let asking = Asking::of(ctx)?;
    let call = asking.call(ctx, &OWN, Named::Own)?;
    let views = if asking.viewer == account.id {
        asking.told(organizations::of_oneself(&asking.app, &call))?
    } else {
        None
    };
    let views = views.unwrap_or_default();
    asking.spend(views.len())?;
    let total = views.len() as u64;
    let nodes: Vec<Organization> = part
        .out_of(views)
        .map(|view| Organization(Account::of(view.profile())))
        .collect();
    Ok(Connection::of(part, nodes, total))
}
