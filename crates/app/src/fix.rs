//! What mends a refusal: a command as it can be typed, and an address that says more.

use jeton_decide::{Denial, Principal, Reason, Status, TokenFacts};
use jeton_domain::{
    ClassicScope, CredentialKind, Grant, Maximum, OrganizationRole, PermissionKey, Requirement,
    Rule, SitePolicy, Standing, Visibility,
};

use crate::app::App;
use crate::authenticate::Known;
use crate::place::Place;

/// What mends a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// The whole command line. Whoever may do it types it: the token's creator, an owner, an operator.
    pub command: Option<String>,
    /// An address that its reader can open.
    pub url: Option<String>,
}

/// What mends this refusal of this credential.
///
/// `may_ask`: the token's creator may ask its owner for access. `refused`: what the token wants, where its owner denied what that is more than it has.
///
/// SECURITY: on a 404 it hangs on the credential alone, as everything that is said there.
pub(crate) fn fix(
    app: &App,
    denial: &Denial,
    known: &Known,
    place: &Place,
    site: &SitePolicy,
    may_ask: bool,
    refused: Option<&Grant>,
) -> Fix {
    let held = known.bearer.token.as_ref();
    let ask_again = |held: &TokenFacts| format!("jeton token request {}", held.id.get());
    if denial.status == Status::NotFound {
        return Fix {
            command: held.and_then(|held| match refused {
                Some(_) => Some(ask_again(held)),
                None => by_standing(held, may_ask),
            }),
            url: None,
        };
    }
    // What the site forces, no organization's owner can change.
    let by_oneself = matches!(
        denial.reason,
        Reason::LifetimeTooLong | Reason::TwoFactorRequired
    );
    if is_forced(&denial.reason, known.bearer.kind, site) && !by_oneself {
        return Fix::default();
    }
    // An edit to what it wants already changes nothing.
    if let (Some(held), Some(wanted), Reason::PermissionMissing { sets }) =
        (held, refused, &denial.reason)
        && sets.iter().any(|set| would_do(wanted, set))
    {
        return Fix {
            command: Some(ask_again(held)),
            url: url(app, &denial.reason, known.bearer.kind, Some(held), place),
        };
    }
    fix_of(app, &denial.reason, known, place, may_ask)
}

/// What mends a refusal for a reason, for somebody who knows that the thing is there.
pub(crate) fn fix_of(
    app: &App,
    reason: &Reason,
    known: &Known,
    place: &Place,
    may_ask: bool,
) -> Fix {
    // No command and no page of its own changes what an application holds: it signs in anew. What was made for a while is made
    // anew, and a service account's is not its reader's.
    let of_application = known.bearer.kind == CredentialKind::OauthUser;
    let held = known.bearer.token.as_ref();
    let held = held.filter(|_| known.bearer.kind.is_personal() && !is_service(known));
    let page = url(app, reason, known.bearer.kind, held, place);
    let mends = matches!(
        reason,
        Reason::ApplicationNotApproved | Reason::ScopeNeeded { .. } | Reason::Expired { .. }
    );
    let applications = || format!("{}/settings/applications", app.public_url());
    Fix {
        command: command(reason, known, held, place, may_ask),
        url: page.or_else(|| (of_application && mends).then(applications)),
    }
}

fn is_service(known: &Known) -> bool {
    matches!(known.bearer.principal, Principal::Service { .. })
}

/// Whether the site's word is what refuses, not the organization's own.
pub(crate) fn is_forced(reason: &Reason, kind: CredentialKind, site: &SitePolicy) -> bool {
    match reason {
        Reason::FineGrainedForbidden => site.fine_grained_allowed != Rule::Leave,
        Reason::ClassicForbidden => site.classic_allowed != Rule::Leave,
        Reason::OutsideCollaboratorForbidden => site.outside_collaborators_allowed != Rule::Leave,
        Reason::OwnerAddress => site.addresses != Rule::Leave,
        Reason::TwoFactorRequired => site.two_factor_required != Rule::Leave,
        Reason::LifetimeTooLong if kind == CredentialKind::Classic => {
            site.classic_maximum != Rule::Leave
        }
        Reason::LifetimeTooLong => site.fine_grained_maximum != Rule::Leave,
        _ => false,
    }
}

fn would_do(grant: &Grant, set: &[Requirement]) -> bool {
    set.iter().all(|needed| {
        needed
            .permission()
            .is_some_and(|key| grant.permissions.level(key) >= Some(needed.level))
    })
}

fn by_standing(held: &TokenFacts, may_ask: bool) -> Option<String> {
    let ended = matches!(
        held.standing,
        Standing::Denied | Standing::Cancelled | Standing::Withdrawn(_)
    );
    (ended && may_ask).then(|| format!("jeton token request {}", held.id.get()))
}

fn command(
    reason: &Reason,
    known: &Known,
    held: Option<&TokenFacts>,
    place: &Place,
    may_ask: bool,
) -> Option<String> {
    let login = &known.login;
    let owner = place.owner();
    let organization = || owner.filter(|owner| owner.organization);
    let of_token = |words: &str| held.map(|held| format!("jeton token {words} {}", held.id.get()));
    let policy =
        |flag: &str| organization().map(|o| format!("jeton policy set {} {flag}", o.login));
    match reason {
        Reason::PermissionMissing { sets } => held.and_then(|held| widened(held, sets)),
        Reason::ScopeNeeded { scopes } => held.and_then(|held| scoped(held, scopes, place)),
        Reason::WorkflowNeeded if known.bearer.kind.has_scopes() => {
            held.and_then(|held| scoped(held, &[ClassicScope::Workflow], place))
        }
        Reason::WorkflowNeeded => held.and_then(|held| {
            let workflows = [Requirement::new("workflows", jeton_domain::Level::Write)];
            widened(held, &[&workflows])
        }),
        Reason::NoMetadata => held.and_then(|held| {
            let metadata = [Requirement::new("metadata", jeton_domain::Level::Read)];
            widened(held, &[&metadata])
        }),
        Reason::TokenAddress | Reason::TokenHours | Reason::StandingPending => of_token("show"),
        Reason::TokenSuspended => of_token("resume"),
        Reason::Expired { .. } => of_token("rotate"),
        Reason::LifetimeTooLong => {
            let held = held?;
            match owner?.policy.maximum(known.bearer.kind) {
                Maximum::Days(days) => {
                    let id = held.id.get();
                    Some(format!("jeton token rotate {id} --expires {days}"))
                }
                Maximum::Unlimited => None,
            }
        }
        Reason::StandingDenied | Reason::StandingCancelled | Reason::StandingWithdrawn => {
            held.and_then(|held| by_standing(held, may_ask))
        }
        Reason::FineGrainedForbidden => policy("--fine-grained yes"),
        Reason::ClassicForbidden => policy("--classic yes"),
        Reason::OutsideCollaboratorForbidden => policy("--outside yes"),
        Reason::OwnerAddress => organization().map(|o| format!("jeton policy show {}", o.login)),
        Reason::ApplicationNotApproved => {
            let application = known.bearer.application?;
            organization().map(|o| format!("jeton app access approve {} {application}", o.login))
        }
        // Both would have to have it.
        Reason::RoleTooLow { .. } if known.within.is_some() => None,
        Reason::RoleTooLow { needs, .. } => {
            // On a package a role is given by npm.
            let Place::Repository(repository) = place else {
                return None;
            };
            let full = format!("{}/{}", owner?.login, repository.name);
            let role = needs.name();
            Some(format!(
                "jeton repo collaborator add {full} {login} --role {role}"
            ))
        }
        // To make somebody an owner, or an administrator of the site, mends no refusal: the words say
        // whom to ask.
        Reason::MembershipTooLow {
            needs: OrganizationRole::Member,
        } => organization().map(|o| format!("jeton org member add {} {login}", o.login)),
        Reason::AccountSuspended if is_service(known) => {
            organization().map(|o| format!("jeton service resume {} {login}", o.login))
        }
        Reason::AccountSuspended => Some(format!("jeton admin user resume {login}")),
        Reason::ConfirmationNeeded => Some("jeton confirm".to_owned()),
        _ => None,
    }
}

/// The edit that adds what is missing of the set that lacks the least. An edit names all permissions.
fn widened(held: &TokenFacts, sets: &[&[Requirement]]) -> Option<String> {
    let permissions = &held.grant.permissions;
    let missing = |set: &[Requirement]| -> Vec<(PermissionKey, jeton_domain::Level)> {
        set.iter()
            .filter_map(|requirement| Some((requirement.permission()?, requirement.level)))
            .filter(|(key, level)| permissions.level(*key).is_none_or(|has| has < *level))
            .collect()
    };
    let added = sets
        .iter()
        .map(|set| missing(set))
        .min_by_key(Vec::len)
        .filter(|added| !added.is_empty())?;
    let kept = permissions
        .iter()
        .filter(|(key, _)| added.iter().all(|(new, _)| new != key));
    let mut words: Vec<String> = kept
        .chain(added.iter().copied())
        .map(|(key, level)| format!("-p {}={}", key.name(), level.name()))
        .collect();
    words.sort();
    let id = held.id.get();
    Some(format!("jeton token edit {id} {}", words.join(" ")))
}

/// The edit that adds the least of the scopes that would do. An edit names all scopes.
fn scoped(held: &TokenFacts, scopes: &[ClassicScope], place: &Place) -> Option<String> {
    let public = matches!(place, Place::Repository(repository) if repository.visibility == Visibility::Public);
    let least = scopes
        .iter()
        .find(|scope| public && **scope == ClassicScope::PublicRepo)
        .or(scopes.first())?;
    let names: Vec<String> = held
        .scopes
        .normalised()
        .map(|entry| entry.name)
        .chain([least.name()])
        .map(|name| format!("--scope {name}"))
        .collect();
    let id = held.id.get();
    Some(format!("jeton token edit {id} {}", names.join(" ")))
}

/// The page on which its reader mends it.
fn url(
    app: &App,
    reason: &Reason,
    kind: CredentialKind,
    held: Option<&TokenFacts>,
    place: &Place,
) -> Option<String> {
    let url = app.public_url();
    let list = match kind {
        CredentialKind::Classic => "tokens",
        _ => "personal-access-tokens",
    };
    let token =
        |page: &str| held.map(|held| format!("{url}/settings/{list}/{}{page}", held.id.get()));
    match reason {
        Reason::PermissionMissing { .. }
        | Reason::ScopeNeeded { .. }
        | Reason::NotSelected
        | Reason::NoMetadata
        | Reason::WorkflowNeeded => token("/edit"),
        Reason::LifetimeTooLong | Reason::Expired { .. } => token("/rotate"),
        Reason::OtherOwner
        | Reason::TokenAddress
        | Reason::TokenHours
        | Reason::TokenSuspended
        | Reason::StandingPending
        | Reason::StandingDenied
        | Reason::StandingWithdrawn
        | Reason::StandingCancelled => token(""),
        Reason::TwoFactorRequired => Some(format!("{url}/settings/security")),
        Reason::FineGrainedForbidden
        | Reason::ClassicForbidden
        | Reason::OutsideCollaboratorForbidden
        | Reason::OwnerAddress => place
            .owner()
            .filter(|owner| owner.organization)
            .map(|owner| {
                format!(
                    "{url}/organizations/{}/settings/personal-access-tokens",
                    owner.login
                )
            }),
        Reason::ConfirmationNeeded => Some(format!("{url}/-/confirm")),
        _ => None,
    }
}
