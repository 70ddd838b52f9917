//! GitHub's fields that restrict or promise something and can't be changed here: each takes what holds
//! and nothing else. Left among the fields that nobody knows, a restriction would vanish with 200.

use jeton_http::{Field, Form};

const fn just(name: &'static str, holds: bool, sentence: &'static str) -> Field {
    Field::optional(name, Form::Just(holds), sentence)
}

const fn unset(name: &'static str, sentence: &'static str) -> Field {
    Field::optional(name, Form::Unset, sentence)
}

const SIGN_OFF: Field = just(
    "web_commit_signoff_required",
    false,
    "Nothing is committed in a browser here.",
);
const PAGES: &str = "There are no pages here.";
const CHECKS: &str = "There are no such checks here.";

/// Of an organization.
pub(crate) const ORGANIZATION: &[Field] = &[
    unset(
        "two_factor_requirement_enabled",
        "Whether a second factor is required, the organization's policy says.",
    ),
    SIGN_OFF,
    just(
        "members_can_fork_private_repositories",
        false,
        "There are no forks here.",
    ),
    just(
        "members_can_delete_repositories",
        true,
        "Who has `admin` on a repository may delete it.",
    ),
    just(
        "members_can_change_repo_visibility",
        true,
        "Who has `admin` on a repository decides who sees it.",
    ),
    just(
        "members_can_invite_outside_collaborators",
        true,
        "Who has `admin` on a repository gives roles on it.",
    ),
    just("members_can_create_teams", false, "Owners make teams."),
    just("members_can_create_pages", false, PAGES),
    just("members_can_create_public_pages", false, PAGES),
    just("members_can_create_private_pages", false, PAGES),
    just(
        "deploy_keys_enabled_for_repositories",
        false,
        "There are no deploy keys here.",
    ),
    just(
        "advanced_security_enabled_for_new_repositories",
        false,
        CHECKS,
    ),
    just(
        "dependabot_alerts_enabled_for_new_repositories",
        false,
        CHECKS,
    ),
    just(
        "dependabot_security_updates_enabled_for_new_repositories",
        false,
        CHECKS,
    ),
    just(
        "dependency_graph_enabled_for_new_repositories",
        false,
        CHECKS,
    ),
    just(
        "secret_scanning_enabled_for_new_repositories",
        false,
        CHECKS,
    ),
    just(
        "secret_scanning_push_protection_enabled_for_new_repositories",
        false,
        CHECKS,
    ),
];

/// Of a team.
pub(crate) const TEAM: &[Field] = &[
    Field::optional(
        "privacy",
        Form::OneOf(&["closed"]),
        "Every member of the organization sees every team.",
    ),
    Field::optional(
        "permission",
        Form::OneOf(&["pull"]),
        "A team's role is given for each repository.",
    ),
    unset(
        "maintainers",
        "Owners keep teams; there are no maintainers.",
    ),
    unset(
        "repo_names",
        "A team gets its role on each repository by `PUT /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}`.",
    ),
];

/// Of a place in a team.
pub(crate) const TEAM_MEMBERSHIP: &[Field] = &[Field::optional(
    "role",
    Form::OneOf(&["member"]),
    "Owners keep teams; there are no maintainers.",
)];

/// Of a repository to be made in an organization.
pub(crate) const NEW_REPOSITORY: &[Field] = &[NO_IGNORE, NO_LICENSE, TEMPLATE];
/// The same, in one's own name space.
pub(crate) const NEW_OWN_REPOSITORY: &[Field] = &[
    NO_IGNORE,
    NO_LICENSE,
    unset(
        "team_id",
        "A team is given repositories of its organization.",
    ),
    TEMPLATE,
];
const NO_IGNORE: Field = unset("gitignore_template", EMPTY);
const NO_LICENSE: Field = unset("license_template", EMPTY);
const EMPTY: &str = "A new repository is empty.";
const TEMPLATE: Field = just("is_template", false, "There are no templates here.");

/// Of a repository.
pub(crate) const REPOSITORY: &[Field] = &[
    just(
        "archived",
        false,
        "There are no archived repositories: take the roles that write instead.",
    ),
    TEMPLATE,
    just("allow_forking", false, "There are no forks here."),
    SIGN_OFF,
    Field::optional("security_and_analysis", Form::Record(SECURITY), CHECKS),
];

const DISABLED: Form = Form::Record(&[Field::optional(
    "status",
    Form::OneOf(&["disabled"]),
    CHECKS,
)]);
const SECURITY: &[Field] = &[
    Field::optional("advanced_security", DISABLED, CHECKS),
    Field::optional("code_security", DISABLED, CHECKS),
    Field::optional("secret_scanning", DISABLED, CHECKS),
    Field::optional("secret_scanning_push_protection", DISABLED, CHECKS),
    Field::optional("secret_scanning_ai_detection", DISABLED, CHECKS),
    Field::optional("secret_scanning_non_provider_patterns", DISABLED, CHECKS),
    Field::optional("secret_scanning_validity_checks", DISABLED, CHECKS),
    Field::optional("dependabot_security_updates", DISABLED, CHECKS),
];
