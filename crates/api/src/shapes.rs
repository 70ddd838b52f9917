//! People, organizations, teams and repositories as GitHub shapes them.
//!
//! Addresses of things that this server does not have (stars, gists, …) stand there all the same:
//! clients require the fields. They answer 404.

use jeton_app::App;
use jeton_app::organizations::{Membership, OrganizationView};
use jeton_app::repositories::{List, RepositoryView};
use jeton_app::teams::TeamView;
use jeton_app::users::{Profile, UserView};
use jeton_domain::{AccountId, OrganizationRole, Role, Visibility};
use jeton_http::{Answer, Input};
use jeton_store::memberships::Person;
use jeton_store::organizations::OrganizationRow;
use jeton_store::repositories::RepositoryRow;
use jeton_store::teams::TeamRow;
use serde_json::{Map, Value, json};

/// Below this the GitHub-shaped operations stand.
fn api(url: &str) -> String {
    format!("{url}/api/v3")
}

/// A person or an organization among other things.
fn account(
    url: &str,
    id: AccountId,
    login: &str,
    organization: bool,
    administrator: bool,
) -> Value {
    let at = format!("{}/users/{login}", api(url));
    json!({
        "login": login,
        "id": id.get(),
        "node_id": format!("A_{}", id.get()),
        "avatar_url": format!("{url}/-/avatars/{}", id.get()),
        "gravatar_id": "",
        "url": at,
        "html_url": format!("{url}/{login}"),
        "followers_url": format!("{at}/followers"),
        "following_url": format!("{at}/following{{/other_user}}"),
        "gists_url": format!("{at}/gists{{/gist_id}}"),
        "starred_url": format!("{at}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{at}/subscriptions"),
        "organizations_url": format!("{at}/orgs"),
        "repos_url": format!("{at}/repos"),
        "events_url": format!("{at}/events{{/privacy}}"),
        "received_events_url": format!("{at}/received_events"),
        "type": if organization { "Organization" } else { "User" },
        "site_admin": administrator,
    })
}

/// Whose something is.
pub(crate) fn owner(url: &str, id: AccountId, login: &str, organization: bool) -> Value {
    account(url, id, login, organization, false)
}

/// A person by id and name.
pub(crate) fn simple_user(url: &str, id: impl Into<AccountId>, login: &str) -> Value {
    account(url, id.into(), login, false, false)
}

/// A person in a list.
pub(crate) fn person(url: &str, person: &Person) -> Value {
    account(
        url,
        person.id.into(),
        &person.login,
        false,
        person.administrator,
    )
}

/// A page of people.
pub(crate) fn people(app: &App, input: &Input, people: &[Person], total: u64) -> Answer {
    let items: Vec<Value> = people
        .iter()
        .map(|each| person(app.public_url(), each))
        .collect();
    Answer::page(input, &items, total)
}

/// `value` with more fields.
fn with(mut value: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), more) {
        fields.extend(more);
    }
    value
}

/// An account in a list.
pub(crate) fn short_profile(url: &str, profile: &Profile) -> Value {
    let id = AccountId::try_from(profile.id);
    id.map_or(Value::Null, |id| {
        account(
            url,
            id,
            &profile.login,
            profile.organization,
            profile.administrator,
        )
    })
}

/// What everybody may know of an account.
pub(crate) fn profile(url: &str, profile: &Profile) -> Value {
    with(
        short_profile(url, profile),
        json!({
            "name": name(&profile.name),
            "company": null,
            "blog": null,
            "location": null,
            "email": null,
            "hireable": null,
            "bio": null,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": profile.created_at.iso(),
            "updated_at": profile.created_at.iso(),
        }),
    )
}

/// The caller, as they see themself.
pub(crate) fn oneself(url: &str, view: &UserView) -> Value {
    profile(url, &view.profile())
}

/// A person as administrators see them: ours.
pub(crate) fn user(view: &UserView) -> Value {
    let row = &view.row;
    json!({
        "id": row.id.get(),
        "login": row.login,
        "name": row.name,
        "email": row.email,
        "administrator": row.administrator,
        "state": row.state,
        "created_at": row.created_at.iso(),
        "organizations": view.organizations,
    })
}

/// An empty name is none.
fn name(name: &str) -> Value {
    if name.is_empty() {
        Value::Null
    } else {
        json!(name)
    }
}

/// An organization among other things.
pub(crate) fn simple_organization(url: &str, row: &OrganizationRow) -> Value {
    let at = format!("{}/orgs/{}", api(url), row.login);
    json!({
        "login": row.login,
        "id": row.id.get(),
        "node_id": format!("A_{}", row.id.get()),
        "url": at,
        "repos_url": format!("{at}/repos"),
        "events_url": format!("{at}/events"),
        "hooks_url": format!("{at}/hooks"),
        "issues_url": format!("{at}/issues"),
        "members_url": format!("{at}/members{{/member}}"),
        "public_members_url": format!("{at}/public_members{{/member}}"),
        "avatar_url": format!("{url}/-/avatars/{}", row.id.get()),
        "description": null,
    })
}

/// An organization. What concerns members is there for members only.
pub(crate) fn organization(url: &str, view: &OrganizationView) -> Value {
    let row = &view.row;
    let mut shape = organization_row(url, row);
    if view.membership.is_some() {
        let create = view.effective.members_create_repositories;
        shape = with(
            shape,
            json!({
                "default_repository_permission": row.base.name(),
                "members_can_create_repositories": create,
                "members_allowed_repository_creation_type": if create { "all" } else { "none" },
                "members_can_create_public_repositories": create,
                "members_can_create_private_repositories": create,
                "members_can_create_internal_repositories": create,
                "two_factor_requirement_enabled": view.effective.two_factor_required,
            }),
        );
    }
    shape
}

/// An organization as everybody may know it.
fn organization_row(url: &str, row: &OrganizationRow) -> Value {
    let shape = with(
        simple_organization(url, row),
        json!({
            "html_url": format!("{url}/{}", row.login),
            "type": "Organization",
            "is_verified": false,
            "has_organization_projects": false,
            "has_repository_projects": false,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": row.created_at.iso(),
            "updated_at": row.created_at.iso(),
            "archived_at": null,
        }),
    );
    // A text where there is one: null is none of GitHub's here.
    match row.name.as_str() {
        "" => shape,
        name => with(shape, json!({ "name": name })),
    }
}

/// GitHub's word for what somebody is in an organization.
pub(crate) const fn organization_role(role: OrganizationRole) -> &'static str {
    match role {
        OrganizationRole::Member => "member",
        OrganizationRole::Owner => "admin",
    }
}

/// A membership.
pub(crate) fn membership(url: &str, membership: &Membership) -> Value {
    let row = &membership.organization.row;
    let shape = membership_row(url, row, &membership.person, membership.role);
    with(
        shape,
        json!({
            "state": if membership.pending { "pending" } else { "active" },
            "organization": simple_organization(url, row),
        }),
    )
}

/// What somebody is in an organization that is named beside it.
pub(crate) fn membership_row(
    url: &str,
    organization: &OrganizationRow,
    user: &Person,
    role: OrganizationRole,
) -> Value {
    let login = &organization.login;
    json!({
        "url": format!("{}/orgs/{login}/memberships/{}", api(url), user.login),
        "state": "active",
        "role": organization_role(role),
        "organization_url": format!("{}/orgs/{login}", api(url)),
        "user": person(url, user),
    })
}

/// GitHub's older words for the roles that had them.
const fn old_word(role: Role) -> &'static str {
    match role {
        Role::Read => "pull",
        Role::Triage => "triage",
        Role::Write => "push",
        Role::Maintain => "maintain",
        Role::Admin => "admin",
    }
}

/// What a role holds, in GitHub's older words; all of them false for none.
pub(crate) fn permissions(held: Option<Role>) -> Value {
    let held: Map<String, Value> = Role::ALL
        .iter()
        .map(|each| (old_word(*each).to_owned(), json!(held >= Some(*each))))
        .collect();
    Value::Object(held)
}

/// A team by its row alone.
pub(crate) fn team_row(url: &str, organization: &str, row: &TeamRow) -> Value {
    let at = format!("{}/orgs/{organization}/teams/{}", api(url), row.slug);
    json!({
        "id": row.id.get(),
        "node_id": format!("T_{}", row.id.get()),
        "name": row.name,
        "slug": row.slug,
        "description": null,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "type": "organization",
        "url": at,
        "html_url": format!("{url}/orgs/{organization}/teams/{}", row.slug),
        "members_url": format!("{at}/members{{/member}}"),
        "repositories_url": format!("{at}/repos"),
    })
}

/// A team.
pub(crate) fn team(url: &str, view: &TeamView) -> Value {
    let parent = view
        .parent
        .as_ref()
        .map(|parent| team_row(url, &view.organization.login, parent));
    with(
        team_row(url, &view.organization.login, &view.row),
        json!({
            "organization": organization_row(url, &view.organization),
            "parent": parent,
            "members_count": view.members,
            "repos_count": view.repositories,
            "created_at": view.row.created_at.iso(),
            "updated_at": view.row.created_at.iso(),
        }),
    )
}

/// A team with its role on the repository that is spoken of.
pub(crate) fn team_with_role(url: &str, view: &TeamView, role: Role) -> Value {
    with(team(url, view), json!({ "permission": old_word(role) }))
}

/// A repository by its row alone: GitHub's shortest form with all the fields that it requires.
pub(crate) fn repository_row(url: &str, row: &RepositoryRow) -> Value {
    let full = row.full_name();
    let mut shape = json!({
        "id": row.id.get(),
        "node_id": format!("R_{}", row.id.get()),
        "name": row.name,
        "full_name": full,
        "owner": account(url, row.owner, &row.owner_login, row.owner_is_organization, false),
        "private": row.visibility != Visibility::Public,
        "visibility": row.visibility.name(),
        "html_url": format!("{url}/{full}"),
        "clone_url": format!("{url}/{full}.git"),
        "git_url": format!("{url}/{full}.git"),
        "ssh_url": "",
        "description": name(&row.description),
        "default_branch": row.default_branch,
        "fork": false,
        "created_at": row.created_at.iso(),
    });
    let at = format!("{}/repos/{full}", api(url));
    if let Some(fields) = shape.as_object_mut() {
        fields.insert("url".to_owned(), json!(at));
        for (field, path) in REPOSITORY_URLS {
            fields.insert((*field).to_owned(), json!(format!("{at}{path}")));
        }
    }
    shape
}

/// What GitHub's clients require of each repository.
const REPOSITORY_URLS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    (
        "notifications_url",
        "/notifications{?since,all,participating}",
    ),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// A repository as somebody sees it.
pub(crate) fn repository(url: &str, view: &RepositoryView) -> Value {
    let shape = bare_repository(url, &view.row);
    match view.may() {
        Some(role) => with(
            shape,
            json!({ "permissions": permissions(Some(role)), "role_name": role.name() }),
        ),
        None => shape,
    }
}

/// A repository as nobody in particular sees it.
pub(crate) fn bare_repository(url: &str, row: &RepositoryRow) -> Value {
    with(
        repository_row(url, row),
        json!({
            "homepage": null,
            "language": null,
            "license": null,
            "size": 0,
            "archived": false,
            "disabled": false,
            "is_template": false,
            "has_issues": false,
            "has_projects": false,
            "has_wiki": false,
            "has_pages": false,
            "has_downloads": false,
            "has_discussions": false,
            "forks": 0,
            "forks_count": 0,
            "network_count": 0,
            "open_issues": 0,
            "open_issues_count": 0,
            "stargazers_count": 0,
            "subscribers_count": 0,
            "watchers": 0,
            "watchers_count": 0,
            "mirror_url": null,
            "svn_url": format!("{url}/{}", row.full_name()),
            "pushed_at": row.created_at.iso(),
            "updated_at": row.created_at.iso(),
            "topics": [],
        }),
    )
}

/// A page of repositories, as GitHub's minimal ones.
pub(crate) fn minimal_repositories(app: &App, input: &Input, list: &List) -> Answer {
    let items: Vec<_> = list
        .items
        .iter()
        .map(|view| repository_row(app.public_url(), &view.row))
        .collect();
    Answer::page(input, &items, list.total)
}
