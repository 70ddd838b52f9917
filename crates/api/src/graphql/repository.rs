//! Repositories as GitHub's GraphQL shows them. What does not exist here is in [`super::absent`].

use async_graphql::{Enum, ID, InputObject, Object, SimpleObject};
use jeton_app::repositories::{self, List, RepositoryView, Wish};
use jeton_app::{AppError, Named, contents, users};
use jeton_domain::{Role, Visibility};

use super::absent::Absent;
use super::owner::Owner;
use super::pages::{Connection, Part};
use super::{Answered, Asking, Context, limits};
use crate::people;

/// Who sees a repository without a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RepositoryVisibility")]
pub(super) enum Shown {
    Private,
    Internal,
    Public,
}

/// Whether everybody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RepositoryPrivacy")]
pub(super) enum Privacy {
    Private,
    Public,
}

/// What somebody has to do with a repository. An organization has those in its name space, whatever is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RepositoryAffiliation")]
pub(super) enum Affiliation {
    Collaborator,
    OrganizationMember,
    Owner,
}

/// What a role holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RepositoryPermission")]
pub(super) enum Permission {
    Admin,
    Maintain,
    Read,
    Triage,
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RepositoryOrderField")]
pub(super) enum OrderField {
    CreatedAt,
    Name,
    PushedAt,
    Stargazers,
    UpdatedAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "OrderDirection")]
pub(super) enum Direction {
    Asc,
    Desc,
}

/// A wish for an order. When somebody last changed or pushed nobody keeps: it is the moment of making.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name = "RepositoryOrder")]
pub(super) struct Order {
    field: OrderField,
    direction: Direction,
}

impl From<Order> for repositories::Order {
    fn from(order: Order) -> Self {
        let by_name = matches!(order.field, OrderField::Name | OrderField::Stargazers);
        match (by_name, order.direction) {
            (true, Direction::Asc) => Self::Name,
            (true, Direction::Desc) => Self::NameDescending,
            (false, Direction::Asc) => Self::Made,
            (false, Direction::Desc) => Self::MadeDescending,
        }
    }
}

/// A branch by its name.
#[derive(SimpleObject)]
pub(super) struct Ref {
    name: String,
    prefix: &'static str,
}

/// A page of repositories.
pub(super) type RepositoryConnection = Connection<Repository>;

/// A repository.
pub(super) struct Repository(pub(super) RepositoryView);

/// A repository that who asks may see.
pub(super) fn by_name(
    ctx: &Context<'_>,
    owner: &str,
    name: &str,
    follow_renames: bool,
) -> Answered<Option<Repository>> {
    let asking = Asking::of(ctx)?;
    // What no path can hold names nothing.
    if !jeton_domain::is_plain(owner) || !jeton_domain::is_plain(name) {
        return Ok(None);
    }
    let ask = |owner: &str, name: &str| {
        let named = Named::Repository(owner.to_owned(), name.to_owned());
        let call = asking.call(ctx, &repositories::GET, named)?;
        Ok::<_, async_graphql::Error>(repositories::show(&asking.app, &call))
    };
    let shown = match ask(owner, name)? {
        Err(AppError::Moved {
            owner,
            name: Some(name),
        }) if follow_renames => ask(&owner, &name)?,
        Err(AppError::Moved { .. }) => return Ok(None),
        shown => shown,
    };
    Ok(asking.told(shown)?.map(Repository))
}

/// What GitHub's filters name.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) privacy: Option<Privacy>,
    pub(super) is_fork: Option<bool>,
    pub(super) affiliations: Option<Vec<Option<Affiliation>>>,
    pub(super) order: Option<Order>,
}

impl Filter {
    fn wish(&self, part: Part) -> Wish {
        Wish {
            visibilities: match self.privacy {
                None => vec![],
                Some(Privacy::Public) => vec![Visibility::Public],
                Some(Privacy::Private) => vec![Visibility::Private, Visibility::Internal],
            },
            affiliations: self
                .affiliations
                .iter()
                .flatten()
                .flatten()
                .map(|affiliation| match affiliation {
                    Affiliation::Owner => repositories::Affiliation::Owner,
                    Affiliation::Collaborator => repositories::Affiliation::Collaborator,
                    Affiliation::OrganizationMember => {
                        repositories::Affiliation::OrganizationMember
                    }
                })
                .collect(),
            order: self
                .order
                .map_or_else(repositories::Order::default, repositories::Order::from),
            ..Wish::page(part.offset, part.count)
        }
    }
}

/// A part of a list, narrowed.
pub(super) fn listed(
    asking: &Asking,
    part: Part,
    filter: &Filter,
    list: impl Fn(&Wish) -> Result<List, AppError>,
) -> Answered<RepositoryConnection> {
    // Nothing here is made from another repository.
    if filter.is_fork == Some(true) {
        return Ok(Connection::of(part, Vec::new(), 0));
    }
    asking.spend(part.count as usize)?;
    let found = asking.told(list(&filter.wish(part)))?;
    let found = found.unwrap_or_default();
    let nodes = found.items.into_iter().map(Repository).collect();
    Ok(Connection::of(part, nodes, found.total))
}

impl Repository {
    fn address(&self, ctx: &Context<'_>, after: &str) -> Answered<String> {
        let url = Asking::of(ctx)?.url();
        Ok(format!("{url}/{}{after}", self.0.row.full_name()))
    }

    /// Looks at its data, of which no more is told than of a repository that is shown.
    fn look<T>(
        &self,
        ctx: &Context<'_>,
        look: impl FnOnce(&contents::Reading<'_>) -> Result<T, AppError>,
    ) -> Answered<T> {
        let asking = Asking::of(ctx)?;
        let row = &self.0.row;
        let named = Named::Repository(row.owner_login.clone(), row.name.clone());
        let call = asking.call(ctx, &repositories::GET, named)?;
        let seen = asking.told(contents::read(&asking.app, &call, look))?;
        seen.ok_or_else(|| super::unresolved("a Repository with the name", &row.full_name()))
    }
}

fn possible_emails(ctx: &Context<'_>) -> Answered<Option<Vec<String>>> {
    let asking = Asking::of(ctx)?;
    let call = asking.call(ctx, &people::EMAILS, Named::Own)?;
    let oneself = asking.told(users::oneself(&asking.app, &call))?;
    Ok(oneself.map(|view| {
        let address = users::commit_address(&asking.app, &view.row);
        view.row.email.into_iter().chain([address]).collect()
    }))
}

#[Object]
impl Repository {
    /// Opaque, and the same by REST (`node_id`).
    async fn id(&self) -> ID {
        format!("R_{}", self.0.row.id.get()).into()
    }

    /// The number by REST.
    async fn database_id(&self) -> i64 {
        self.0.row.id.get()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.row.name
    }

    /// Its owner's name and its own.
    async fn name_with_owner(&self) -> String {
        self.0.row.full_name()
    }

    /// Whose it is.
    async fn owner(&self) -> Owner {
        Owner::of_repository(&self.0.row)
    }

    /// What it is.
    async fn description(&self) -> Option<&str> {
        Some(self.0.row.description.as_str()).filter(|text| !text.is_empty())
    }

    /// The page, from which Git clones too.
    async fn url(&self, ctx: &Context<'_>) -> Answered<String> {
        self.address(ctx, "")
    }

    /// The page's path.
    async fn resource_path(&self) -> String {
        format!("/{}", self.0.row.full_name())
    }

    /// There is no SSH: the address that Git takes.
    async fn ssh_url(&self, ctx: &Context<'_>) -> Answered<String> {
        self.address(ctx, ".git")
    }

    /// Whether not everybody sees it.
    async fn is_private(&self) -> bool {
        self.0.row.visibility != Visibility::Public
    }

    /// Who sees it without a role.
    async fn visibility(&self) -> Shown {
        match self.0.row.visibility {
            Visibility::Private => Shown::Private,
            Visibility::Internal => Shown::Internal,
            Visibility::Public => Shown::Public,
        }
    }

    /// Whose it is belongs to many.
    async fn is_in_organization(&self) -> bool {
        self.0.row.owner_is_organization
    }

    /// The branch that a clone checks out; nothing before somebody pushed it.
    async fn default_branch_ref(&self, ctx: &Context<'_>) -> Answered<Option<Ref>> {
        let name = &self.0.row.default_branch;
        let there = self.look(ctx, |reading| contents::has_branch(reading, name))?;
        Ok(there.then(|| Ref {
            name: name.clone(),
            prefix: "refs/heads/",
        }))
    }

    /// What who asks may do with it.
    async fn viewer_permission(&self) -> Option<Permission> {
        self.0.may().map(|role| match role {
            Role::Read => Permission::Read,
            Role::Triage => Permission::Triage,
            Role::Write => Permission::Write,
            Role::Maintain => Permission::Maintain,
            Role::Admin => Permission::Admin,
        })
    }

    /// Who asks may change everything of it.
    async fn viewer_can_administer(&self) -> bool {
        self.0.role == Some(Role::Admin)
    }

    /// Since when there is it.
    async fn created_at(&self) -> String {
        self.0.row.created_at.iso()
    }

    /// As by REST, since when there is it: later moments are not kept.
    async fn pushed_at(&self) -> Option<String> {
        Some(self.0.row.created_at.iso())
    }

    /// As by REST, since when there is it: later moments are not kept.
    async fn updated_at(&self) -> String {
        self.0.row.created_at.iso()
    }

    /// The picture that stands for it: its owner's.
    async fn open_graph_image_url(&self, ctx: &Context<'_>) -> Answered<String> {
        Ok(format!(
            "{}/-/avatars/{}",
            Asking::of(ctx)?.url(),
            self.0.row.owner.get()
        ))
    }

    /// Nobody pushed anything yet.
    async fn is_empty(&self, ctx: &Context<'_>) -> Answered<bool> {
        self.look(ctx, contents::is_empty)
    }

    /// Kilobytes that it takes on disk; nothing where it lies in more files than are counted.
    async fn disk_usage(&self, ctx: &Context<'_>) -> Answered<Option<u64>> {
        let Some(size) = self.look(ctx, contents::size)? else {
            return Ok(None);
        };
        Asking::of(ctx)?.spend(size.files / limits::FILES_FOR_ONE)?;
        Ok(Some(size.bytes.div_ceil(1024)))
    }

    /// The address that stands in commits which who asks makes here and says none for.
    async fn viewer_default_commit_email(&self, ctx: &Context<'_>) -> Answered<Option<String>> {
        let asking = Asking::of(ctx)?;
        let call = asking.call(ctx, &people::ONESELF, Named::Own)?;
        let oneself = asking.told(users::oneself(&asking.app, &call))?;
        Ok(oneself.map(|view| users::commit_address(&asking.app, &view.row)))
    }

    /// That one, and the address of who asks, which takes what a list of it takes.
    async fn viewer_possible_commit_emails(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        possible_emails(ctx).unwrap_or_else(|error| super::beside(ctx, error))
    }

    /// What is true of every repository here.
    #[graphql(flatten)]
    #[expect(clippy::unused_async, reason = "the library's form of a field")]
    async fn absent(&self) -> Absent {
        Absent
    }
}
