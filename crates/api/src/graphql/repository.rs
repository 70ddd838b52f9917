//! Repositories as GitHub's GraphQL shows them. Of what does not exist here a field says so: none, no, or nothing.

use async_graphql::{Enum, ID, InputObject, Object, SimpleObject};
use jeton_app::repositories::{self, List, RepositoryView, Wish};
use jeton_app::{AppError, Named};
use jeton_domain::{Role, Visibility};

use super::owner::Owner;
use super::pages::{PageInfo, Part};
use super::{Answered, Asking, Context};

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
#[derive(SimpleObject)]
pub(super) struct RepositoryConnection {
    nodes: Vec<Repository>,
    total_count: u64,
    page_info: PageInfo,
}

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
        Err(AppError::Moved { owner, name }) if follow_renames => ask(&owner, &name)?,
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
        return Ok(RepositoryConnection::of(part, List::default()));
    }
    asking.spend(part.count as usize)?;
    let found = asking.told(list(&filter.wish(part)))?;
    Ok(RepositoryConnection::of(part, found.unwrap_or_default()))
}

impl RepositoryConnection {
    fn of(part: Part, list: List) -> Self {
        Self {
            page_info: PageInfo::of(part, list.items.len(), list.total),
            total_count: list.total,
            nodes: list.items.into_iter().map(Repository).collect(),
        }
    }
}

impl Repository {
    fn address(&self, ctx: &Context<'_>, after: &str) -> Answered<String> {
        let url = Asking::of(ctx)?.url();
        Ok(format!("{url}/{}{after}", self.0.row.full_name()))
    }
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

    /// The branch that a clone checks out.
    async fn default_branch_ref(&self) -> Option<Ref> {
        Some(Ref {
            name: self.0.row.default_branch.clone(),
            prefix: "refs/heads/",
        })
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

    /// There are no forks.
    async fn is_fork(&self) -> bool {
        false
    }

    /// There are no forks.
    async fn parent(&self) -> Option<Repository> {
        None
    }

    /// There are no forks.
    async fn fork_count(&self) -> i32 {
        0
    }

    /// Nothing is archived.
    async fn is_archived(&self) -> bool {
        false
    }

    /// Nothing is a template.
    async fn is_template(&self) -> bool {
        false
    }

    /// Nothing is a mirror.
    async fn is_mirror(&self) -> bool {
        false
    }

    /// There are no stars.
    async fn stargazer_count(&self) -> i32 {
        0
    }

    /// There are no issues.
    async fn has_issues_enabled(&self) -> bool {
        false
    }

    /// There are no wikis.
    async fn has_wiki_enabled(&self) -> bool {
        false
    }

    /// There are no projects.
    async fn has_projects_enabled(&self) -> bool {
        false
    }

    /// There are no discussions.
    async fn has_discussions_enabled(&self) -> bool {
        false
    }

    /// There are no pull requests that could be merged.
    async fn merge_commit_allowed(&self) -> bool {
        false
    }

    /// There are no pull requests that could be merged.
    async fn rebase_merge_allowed(&self) -> bool {
        false
    }

    /// There are no pull requests that could be merged.
    async fn squash_merge_allowed(&self) -> bool {
        false
    }

    /// No page of its own elsewhere is kept.
    async fn homepage_url(&self) -> Option<String> {
        None
    }
}
