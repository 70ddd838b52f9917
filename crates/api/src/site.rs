//! The server itself: its addresses, its limits, its policy, the names that were given up.

use jeton_app::{App, AppError, Call, foresight, site};
use jeton_domain::{Event, Least, Operation, SitePolicy, TargetKind};
use jeton_http::{API_VERSION, Answer, Field, Form, Input, Method, Names, Route};
use serde_json::{Value, json};

use crate::forms;
use crate::operation::{
    NO_PERMISSION, about_itself, confirmed, person_changing, person_reading, public, scoped,
    with_jobs,
};
use crate::policy::{foreseen, window};

pub(crate) static ROOT: Operation = with_jobs(scoped(
    public(
        "site.root",
        "List addresses to begin with.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
));
pub(crate) static META: Operation = with_jobs(scoped(
    public(
        "site.meta",
        "Show what this server is.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
));
pub(crate) static RATE_LIMIT: Operation = with_jobs(scoped(
    about_itself(public(
        jeton_app::RATE_LIMIT,
        "Show what is left of the caller's limit.",
        TargetKind::Site,
        NO_PERMISSION,
    )),
    &[],
));
pub(crate) static VERSIONS: Operation = with_jobs(scoped(
    public(
        "site.versions",
        "List the versions of GitHub's API whose shapes are answered.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
));
pub(crate) static ZEN: Operation = with_jobs(scoped(
    public(
        "site.zen",
        "Say a sentence: what clients ask to see whether anybody answers.",
        TargetKind::Site,
        NO_PERMISSION,
    ),
    &[],
));
pub(crate) static POLICY: Operation = person_reading(
    "site.policy",
    "Show the site's policy.",
    TargetKind::Site,
    Least::Administrator,
);
pub(crate) static PUT_POLICY: Operation = person_changing(
    "site.put_policy",
    "Replace the site's policy, which forces each setting on all organizations or leaves it to them. Giving more takes a sign-in that was confirmed lately.",
    TargetKind::Site,
    Least::Administrator,
    &[Event::SitePolicyUpdate, Event::AccessGrant],
);
pub(crate) static PREVIEW: Operation = person_reading(
    "site.preview_policy",
    "Tell what another policy of the site would break, without setting it: which tokens would stop working, whose they are and when they were last used.",
    TargetKind::Site,
    Least::Administrator,
);
pub(crate) static RELEASE: Operation = confirmed(person_changing(
    "site.release_name",
    "Let a name that was given up be taken again.",
    TargetKind::Site,
    Least::Administrator,
    &[Event::NameRelease],
));

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(Method::Get, "/", &ROOT, Names::Site, root).answers(200, "Root"),
    Route::new(Method::Get, "/meta", &META, Names::Site, meta).answers(200, "Meta"),
    Route::new(Method::Get, "/versions", &VERSIONS, Names::Site, versions).answers(200, "Versions"),
    Route::new(Method::Get, "/zen", &ZEN, Names::Site, zen).answers(200, "text"),
    Route::new(
        Method::Get,
        "/rate_limit",
        &RATE_LIMIT,
        Names::Site,
        rate_limit,
    )
    .rule(|_, acting, _| site::may_see_rate_state(acting))
    .answers(200, "RateLimit"),
];

/// A setting that is left to organizations, or forced on all of them.
macro_rules! rule {
    ($form:expr) => {
        Form::Variant(&[("leave", None), ("force", Some($form))])
    };
}

const RULE: &str = "`\"leave\"` or `{\"force\": value}`, as in an organization's policy.";

/// The whole policy.
const SETTINGS: &[Field] = &[
    Field::needed("fine_grained_allowed", rule!(Form::Boolean), RULE),
    Field::needed("classic_allowed", rule!(Form::Boolean), RULE),
    Field::needed("approval_required", rule!(Form::Boolean), RULE),
    Field::needed("fine_grained_maximum", rule!(forms::MAXIMUM), RULE),
    Field::needed("classic_maximum", rule!(forms::MAXIMUM), RULE),
    Field::needed("outside_collaborators_allowed", rule!(Form::Boolean), RULE),
    Field::needed("members_create_repositories", rule!(Form::Boolean), RULE),
    // May be left out: it is younger than the others, and means `leave` then.
    Field::optional("two_factor_required", rule!(Form::Boolean), RULE),
    Field::needed("addresses", rule!(forms::ADDRESSES), RULE),
    Field::optional("pending_maximum", rule!(forms::MAXIMUM), RULE),
    Field::needed(
        "anonymous_allowed",
        Form::Boolean,
        "Requests without a credential see public things.",
    ),
    Field::needed(
        "users_create_organizations",
        Form::Boolean,
        "People may create organizations.",
    ),
    Field::needed(
        "registration",
        Form::OneOf(&["closed", "invitation", "open"]),
        "Who may make an account by themselves: nobody, who was invited by e-mail, or anybody.",
    ),
    Field::needed(
        "tokens_per_user",
        Form::NumberIn(0, 1_000_000),
        "How many fine-grained tokens a person may have.",
    ),
];

/// Ours.
pub(crate) static OWN_ROUTES: &[Route] = &[
    Route::new(Method::Get, "/site/policy", &POLICY, Names::Site, policy)
        .answers(200, "SitePolicy"),
    Route::new(
        Method::Put,
        "/site/policy",
        &PUT_POLICY,
        Names::Site,
        put_policy,
    )
    .body(SETTINGS)
    .answers(200, "SitePolicy"),
    Route::new(
        Method::Post,
        "/site/policy/preview",
        &PREVIEW,
        Names::Site,
        preview,
    )
    .body(SETTINGS)
    .paged()
    .answers(200, "PolicyPreview"),
    Route::new(
        Method::Post,
        "/names/{login}/release",
        &RELEASE,
        Names::Site,
        release,
    )
    .rule(|unit, _, input| site::may_release_name(unit, input.path("login")).map(drop))
    .answers(204, ""),
];

fn root(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    site::open(app, call)?;
    let api = format!("{}/api/v3", app.public_url());
    let addresses = ADDRESSES
        .iter()
        .map(|(name, path)| ((*name).to_owned(), json!(format!("{api}{path}"))));
    Ok(Answer::ok(&Value::Object(addresses.collect())))
}

/// Addresses to begin with. Those of things that this server does not have stand there all the same, as clients require
/// them. They answer 404.
const ADDRESSES: &[(&str, &str)] = &[
    ("current_user_url", "/user"),
    (
        "current_user_repositories_url",
        "/user/repos{?page,per_page}",
    ),
    ("emails_url", "/user/emails"),
    ("organization_url", "/orgs/{org}"),
    (
        "organization_repositories_url",
        "/orgs/{org}/repos{?page,per_page}",
    ),
    ("organization_teams_url", "/orgs/{org}/teams"),
    ("rate_limit_url", "/rate_limit"),
    ("repository_url", "/repos/{owner}/{repo}"),
    ("user_url", "/users/{user}"),
    ("user_organizations_url", "/user/orgs"),
    (
        "user_repositories_url",
        "/users/{user}/repos{?page,per_page}",
    ),
    ("authorizations_url", "/authorizations"),
    (
        "code_search_url",
        "/search/code?q={query}{&page,per_page,sort,order}",
    ),
    (
        "commit_search_url",
        "/search/commits?q={query}{&page,per_page,sort,order}",
    ),
    (
        "current_user_authorizations_html_url",
        "/settings/connections/applications{/client_id}",
    ),
    ("emojis_url", "/emojis"),
    ("events_url", "/events"),
    ("feeds_url", "/feeds"),
    ("followers_url", "/user/followers"),
    ("following_url", "/user/following{/target}"),
    ("gists_url", "/gists{/gist_id}"),
    (
        "issue_search_url",
        "/search/issues?q={query}{&page,per_page,sort,order}",
    ),
    ("issues_url", "/issues"),
    ("keys_url", "/user/keys"),
    (
        "label_search_url",
        "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}",
    ),
    ("notifications_url", "/notifications"),
    ("public_gists_url", "/gists/public"),
    (
        "repository_search_url",
        "/search/repositories?q={query}{&page,per_page,sort,order}",
    ),
    ("starred_gists_url", "/gists/starred"),
    ("starred_url", "/user/starred{/owner}{/repo}"),
    (
        "user_search_url",
        "/search/users?q={query}{&page,per_page,sort,order}",
    ),
];

fn meta(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    site::open(app, call)?;
    Ok(Answer::ok(&json!({
        "verifiable_password_authentication": false,
        // Of GitHub's server that clients are to take this for: by it they choose how to sign in.
        "installed_version": site::SPOKEN,
        "jeton": { "version": env!("CARGO_PKG_VERSION"), "instance": app.instance().as_str(), "api": format!("{}/api/jeton/v1", app.public_url()) },
    })))
}

fn versions(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    site::open(app, call)?;
    Ok(Answer::ok(&[API_VERSION]))
}

fn zen(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    site::open(app, call)?;
    Ok(Answer::text(200, "A token never adds rights."))
}

fn rate_limit(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    let Some(state) = site::rate_state(app, call)? else {
        // What GitHub's own server says where limits are off.
        return Ok(Answer::json(
            404,
            &json!({
                "message": "Rate limiting is not enabled.",
                "documentation_url": format!("{}/docs/operations", app.public_url()),
                "status": "404",
            }),
        ));
    };
    let reset = state.reset.micros() / 1_000_000;
    let limit = json!({
        "limit": state.limit,
        "used": state.used,
        "remaining": state.remaining(),
        "reset": reset,
        "resource": "core",
    });
    // There is nothing to search: none of it is left.
    let search = json!({ "limit": 0, "used": 0, "remaining": 0, "reset": reset });
    Ok(Answer::ok(&json!({
        "resources": { "core": limit, "search": search },
        "rate": limit,
    })))
}

fn policy(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    Ok(Answer::ok(&site::policy(app, call)?))
}

fn put_policy(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let policy: SitePolicy = input.read("SitePolicy")?;
    Ok(Answer::ok(&site::put_policy(app, call, &policy)?))
}

fn preview(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let wished: SitePolicy = input.read("SitePolicy")?;
    let preview = foresight::site(app, call, &wished, window(input.page()))?;
    let answer = foreseen(&preview);
    Ok(Answer::page(input, &answer, preview.tokens.total))
}

fn release(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    site::release_name(app, call, input.path("login"))?;
    Ok(Answer::empty())
}
