//! What a person asks for, field by field, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use jeton_domain::{
    Clean, Conditions, Expiry, Grant, Maximum, PackageSelection, PermissionKey, Permissions,
    RefRules, RepositoryId, Selection, Span, Time, TokenName, UserId, check_package_name,
};
use jeton_store::{ReadUnit, places};
use serde::Deserialize;

use crate::authorize::Acting;
use crate::error::{AppError, Faults, FieldFault};
use crate::factors;
use crate::place::{self, Owner};

/// The resource named in field errors.
pub(crate) const RESOURCE: &str = "PersonalAccessToken";
const LONGEST_TEXT: usize = 1024;
const MOST_CONDITIONS: usize = 10;
const MOST_ADDRESSES: usize = 100;

/// A new token as it is asked for.
#[derive(Clone, Debug, Default, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whose things it reaches, by name; oneself, if not said.
    #[serde(default)]
    pub owner: Option<String>,
    /// Why the owner should approve it.
    #[serde(default)]
    pub justification: String,
    /// Days, or `none`.
    #[serde(default)]
    pub expires_in: Option<ExpiryWish>,
    /// A moment or a date.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// Which repositories; public ones, if not said.
    #[serde(default)]
    pub repositories: Option<RepositoriesWish>,
    /// Which packages, by name; those of the repositories, if not said.
    #[serde(default)]
    pub packages: Option<PackagesWish>,
    /// Levels by key.
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    /// Under which conditions.
    #[serde(default)]
    pub conditions: Vec<Conditions>,
}

/// How long.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum ExpiryWish {
    /// Days from now.
    Days(u32),
    /// `none`, or days as text.
    Word(String),
}

/// Which repositories.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum RepositoriesWish {
    /// `public` or `all`.
    Word(String),
    /// By `name` or `owner/name`.
    Names(Vec<String>),
}

/// Which packages.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum PackagesWish {
    /// `by_repository`.
    Word(String),
    /// By `name` or `@owner/name`.
    Names(Vec<String>),
}

/// A wish that holds.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) name: TokenName,
    pub(crate) description: String,
    pub(crate) justification: String,
    pub(crate) owner: Owner,
    pub(crate) grant: Grant,
    pub(crate) expiry: Expiry,
    pub(crate) needs_approval: bool,
}

/// Everything that was understood, and everything that is wrong: for a form, both at once.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) owner: Option<Owner>,
    pub(crate) selection: Option<Selection>,
    pub(crate) packages: Option<PackageSelection>,
    pub(crate) permissions: Option<Permissions>,
    pub(crate) expiry: Option<Expiry>,
    pub(crate) wish: Result<Wish, Vec<FieldFault>>,
}

/// Reads a wish against what is there now.
pub(crate) fn read(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    new: &NewToken,
) -> Result<Reading, AppError> {
    let mut faults = Faults::default();
    let name = faults.take(RESOURCE, "name", TokenName::parse(&new.name));
    check_text(&mut faults, "description", &new.description);
    check_text(&mut faults, "justification", &new.justification);
    let owner = choose_owner(unit, acting, new.owner.as_deref(), &mut faults)?;
    if let Some(owner) = &owner {
        check_reader(&mut faults, owner, &new.justification);
    }
    let expiry = owner.as_ref().and_then(|owner| {
        // The field that was given.
        let field = if new.expires_in.is_some() && new.expires_at.is_none() {
            "expires_in"
        } else {
            "expires_at"
        };
        let wanted = faults.take(RESOURCE, field, wanted_expiry(new, owner, acting.now))?;
        match wanted.check(acting.now, owner.policy.fine_grained_maximum) {
            Ok(expiry) => Some(expiry),
            Err(refusal) => {
                faults.push(FieldFault {
                    field: field.into(),
                    ..FieldFault::from(refusal)
                });
                None
            }
        }
    });
    let selection = match &owner {
        Some(owner) => {
            choose_repositories(unit, acting, owner, new.repositories.as_ref(), &mut faults)?
        }
        None => None,
    };
    let packages = owner
        .as_ref()
        .and_then(|owner| choose_packages(owner, new.packages.as_ref(), &mut faults));
    let permissions = read_permissions(
        &new.permissions,
        match (&owner, &selection, &packages) {
            (Some(owner), Some(selection), Some(packages)) => Some((owner, selection, packages)),
            _ => None,
        },
        &mut faults,
    );
    if let (Some(permissions), Some(packages)) = (&permissions, &packages) {
        check_use(permissions, packages, &mut faults);
    }
    check_conditions(&new.conditions, &mut faults);
    let checked = faults.check();
    let grant = match (&owner, &selection, &packages, &permissions) {
        (Some(owner), Some(selection), Some(packages), Some(permissions)) => Some(Grant {
            owner: owner.id,
            selection: selection.clone(),
            packages: packages.clone(),
            permissions: permissions.clone(),
            conditions: new.conditions.clone(),
        }),
        _ => None,
    };
    let wish = match (checked, name, &owner, grant, expiry) {
        (Ok(()), Some(name), Some(owner), Some(grant), Some(expiry)) => {
            let asks = !grant.permissions.is_empty() || grant.selection != Selection::Public;
            let needs_approval = owner.asks_for_approval() && asks;
            Ok(Wish {
                name,
                description: new.description.clone(),
                justification: if needs_approval {
                    new.justification.clone()
                } else {
                    String::new()
                },
                grant,
                owner: owner.clone(),
                expiry,
                needs_approval,
            })
        }
        (Err(AppError::Invalid(faults)), ..) => Err(faults),
        (Err(other), ..) => return Err(other),
        // Something was not understood without a fault of its own: nothing is granted.
        (Ok(()), ..) => Err(vec![FieldFault {
            resource: RESOURCE,
            field: "owner".into(),
            code: "invalid",
            message: "the token could not be read".to_owned(),
        }]),
    };
    Ok(Reading {
        owner,
        selection,
        packages,
        permissions,
        expiry,
        wish,
    })
}

/// A wish that holds, or what is wrong with it.
pub(crate) fn wished(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    new: &NewToken,
) -> Result<Wish, AppError> {
    read(unit, acting, new)?.wish.map_err(AppError::Invalid)
}

/// In one's own name space there is nobody whom a justification could be for.
pub(crate) fn check_reader(faults: &mut Faults, owner: &Owner, justification: &str) {
    if !owner.organization && !justification.is_empty() {
        faults.add(
            RESOURCE,
            "justification",
            "is for the owners of an organization; a token for your own things needs none",
        );
    }
}

pub(crate) fn check_text(faults: &mut Faults, field: &'static str, text: &str) {
    if text.chars().nth(LONGEST_TEXT).is_some() {
        faults.add(
            RESOURCE,
            field,
            format!("is longer than {LONGEST_TEXT} characters"),
        );
    }
    // Lines and tabs are a text's own; what moves a cursor or turns text around is not.
    if !jeton_domain::is_plain(text) {
        faults.add(RESOURCE, field, "holds a character that does not print");
    }
}

/// Whether tokens of a person may reach an owner's things: oneself, or an organization where one is
/// a member, or an outside collaborator and it allows that.
pub(crate) fn may_own(owner: &Owner, user: UserId) -> bool {
    if owner.organization {
        owner.membership.is_some()
            || (owner.outside_collaborator && owner.policy.outside_collaborators_allowed)
    } else {
        owner.id == user.into()
    }
}

/// Oneself, or an organization where one is a member, or an outside collaborator and it allows that.
fn choose_owner(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    login: Option<&str>,
    faults: &mut Faults,
) -> Result<Option<Owner>, AppError> {
    let user = acting.user()?;
    let key = match login {
        Some(login) => login.to_ascii_lowercase(),
        None => acting
            .known()
            .map(|known| known.login.to_ascii_lowercase())
            .unwrap_or_default(),
    };
    let found = match places::owner(unit, &key)? {
        Some(found) => Some(place::owner_of(unit, found, Some(user), &acting.site)?),
        None => None,
    };
    match found.filter(|owner| may_own(owner, user)) {
        None => {
            faults.add(
                RESOURCE,
                "owner",
                "names neither you nor an organization whose things you can reach by token",
            );
            Ok(None)
        }
        Some(owner) if !owner.policy.fine_grained_allowed => {
            faults.add(
                RESOURCE,
                "owner",
                format!("is {}, which allows no fine-grained tokens", owner.login),
            );
            Ok(Some(owner))
        }
        Some(owner) if owner.policy.two_factor_required && !factors::has_second(unit, user)? => {
            faults.add(
                RESOURCE,
                "owner",
                format!(
                    "is {}, which requires a second factor, and you have none: add a passkey or an authenticator app first",
                    owner.login
                ),
            );
            Ok(Some(owner))
        }
        Some(owner) => Ok(Some(owner)),
    }
}

/// The expiry asked for, or the owner's default.
fn wanted_expiry(new: &NewToken, owner: &Owner, now: Time) -> Result<Expiry, String> {
    let longest = owner.policy.fine_grained_maximum;
    let (within, at) = (new.expires_in.as_ref(), new.expires_at.as_deref());
    let wish = expiry_wish(within, at, now, longest)?;
    let default = Expiry::At(now.after(Span::from_days(longest.default_days())));
    Ok(wish.unwrap_or(default))
}

/// Reads `expires_in` and `expires_at`, of which at most one may be given. `longest`: as long as the owner lets a
/// value live.
pub(crate) fn expiry_wish(
    expires_in: Option<&ExpiryWish>,
    expires_at: Option<&str>,
    now: Time,
    longest: Maximum,
) -> Result<Option<Expiry>, String> {
    let days = |days: u32| match (days, longest) {
        (1..=366, _) => Ok(Some(Expiry::At(now.after(Span::from_days(days))))),
        (_, Maximum::Days(..=366)) => Err("takes 1 to 366 days".to_owned()),
        _ => Err("takes 1 to 366 days; for more give a date".to_owned()),
    };
    match (expires_in, expires_at) {
        (Some(_), Some(_)) => Err("and `expires_in` are given both; give one".to_owned()),
        (Some(ExpiryWish::Days(n)), None) => days(*n),
        (Some(ExpiryWish::Word(word)), None) if word == "none" => Ok(Some(Expiry::Never)),
        (Some(ExpiryWish::Word(word)), None) => word
            .parse()
            .map_err(|_| "takes days or `none`".to_owned())
            .and_then(days),
        (None, Some("none")) => Ok(Some(Expiry::Never)),
        (None, Some(text)) => match Time::parse_iso(text) {
            Some(end) => Ok(Some(Expiry::At(end))),
            None if Time::is_too_late(text) => {
                Err("is beyond the maximum, as no moment here is so late".to_owned())
            }
            None => Err("is no date or moment of ISO 8601".to_owned()),
        },
        (None, None) => Ok(None),
    }
}

/// Reads a selection. A repository that the person can't see and one that does not exist are one
/// fault.
pub(crate) fn choose_repositories(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    owner: &Owner,
    wish: Option<&RepositoriesWish>,
    faults: &mut Faults,
) -> Result<Option<Selection>, AppError> {
    let names = match wish {
        None => return Ok(Some(Selection::Public)),
        Some(RepositoriesWish::Word(word)) => {
            return Ok(match word.as_str() {
                "public" => Some(Selection::Public),
                "all" => Some(Selection::All),
                other => {
                    faults.add(
                        RESOURCE,
                        "repositories",
                        format!("takes `public`, `all` or a list, not `{}`", shown(other)),
                    );
                    None
                }
            });
        }
        Some(RepositoriesWish::Names(names)) => names,
    };
    if names.len() > Selection::MOST {
        faults.add(
            RESOURCE,
            "repositories",
            format!("names more than {} repositories", Selection::MOST),
        );
        return Ok(None);
    }
    if names.is_empty() {
        faults.add(
            RESOURCE,
            "repositories",
            "is an empty list: name at least one, or choose `public`",
        );
        return Ok(None);
    }
    find_repositories(
        unit,
        acting,
        owner,
        names,
        (&|_| true, "you can see"),
        faults,
    )
}

/// The repositories that names lead to; nothing, with a fault for each name that leads to none.
///
/// `reaches`: whether it may be that one; `words`: what is said of those that may, after `no repository of OWNER that`.
///
/// SECURITY: one that is not there, one that is not seen and one that is not within are one fault.
pub(crate) fn find_repositories(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    owner: &Owner,
    names: &[String],
    (reaches, words): (&dyn Fn(RepositoryId) -> bool, &str),
    faults: &mut Faults,
) -> Result<Option<Selection>, AppError> {
    let mut chosen: BTreeSet<RepositoryId> = BTreeSet::new();
    let mut all_found = true;
    for name in names {
        let found = find_repository(unit, acting, owner, name)?;
        if let Some(id) = found.filter(|id| reaches(*id)) {
            chosen.insert(id);
            continue;
        }
        all_found = false;
        faults.push(FieldFault {
            resource: RESOURCE,
            field: "repositories".into(),
            code: "missing",
            message: format!(
                "`{}` is no repository of {} that {words}",
                shown(name),
                owner.login
            ),
        });
    }
    Ok(all_found.then_some(Selection::Only(chosen)))
}

/// What was typed, as much of it as an answer gives back.
pub(crate) fn shown(typed: &str) -> String {
    typed.plain().chars().take(150).collect()
}

pub(crate) fn find_repository(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    owner: &Owner,
    name: &str,
) -> Result<Option<RepositoryId>, AppError> {
    let (login, name) = name.split_once('/').unwrap_or((owner.login.as_str(), name));
    let found = places::repository(
        unit,
        &login.to_ascii_lowercase(),
        &name.to_ascii_lowercase(),
    )?;
    let Some(found) = found.filter(|found| found.owner.id == owner.id && !found.moved) else {
        return Ok(None);
    };
    let repository = place::repository_of(unit, found, Some(acting.user()?), &acting.site)?;
    let visible = repository.sources.role().is_some()
        || repository.visibility == jeton_domain::Visibility::Public
        || (repository.visibility == jeton_domain::Visibility::Internal
            && !owner.outside_collaborator);
    Ok(visible.then_some(repository.id))
}

/// Reads permissions, and whether a token that reaches such may hold them.
pub(crate) fn read_permissions(
    wish: &BTreeMap<String, String>,
    reach: Option<(&Owner, &Selection, &PackageSelection)>,
    faults: &mut Faults,
) -> Option<Permissions> {
    let read = Permissions::parse(
        wish.iter()
            .map(|(key, level)| (key.as_str(), level.as_str())),
    );
    let checked = read.and_then(|permissions| {
        if let Some((owner, selection, packages)) = reach {
            permissions.check_owner(owner.organization, selection, packages)?;
        }
        Ok(permissions)
    });
    match checked {
        Ok(permissions) => Some(permissions),
        Err(fault) => {
            faults.push(fault.into());
            None
        }
    }
}

/// Names of packages are there for a permission on them.
pub(crate) fn check_use(
    permissions: &Permissions,
    packages: &PackageSelection,
    faults: &mut Faults,
) {
    if packages.names().is_some() && permissions.level(PermissionKey::packages()).is_none() {
        faults.add(
            RESOURCE,
            "packages",
            "names packages, and no permission `packages` goes with them",
        );
    }
}

/// Reads the names of packages, `@owner/name` or `name`. Whether there are such is nobody's question: one may be named
/// before it is there.
pub(crate) fn choose_packages(
    owner: &Owner,
    wish: Option<&PackagesWish>,
    faults: &mut Faults,
) -> Option<PackageSelection> {
    let names = match wish {
        None => return Some(PackageSelection::ByRepository),
        Some(PackagesWish::Word(word)) if word == "by_repository" => {
            return Some(PackageSelection::ByRepository);
        }
        Some(PackagesWish::Word(word)) => {
            let fault = format!("takes `by_repository` or a list, not `{}`", shown(word));
            faults.add(RESOURCE, "packages", fault);
            return None;
        }
        Some(PackagesWish::Names(names)) => names,
    };
    let mut fault = |message: String| faults.add(RESOURCE, "packages", message);
    if names.is_empty() || names.len() > PackageSelection::MOST {
        fault(format!("takes 1 to {} names", PackageSelection::MOST));
        return None;
    }
    let scope = owner.login.to_ascii_lowercase();
    let mut chosen = BTreeSet::new();
    let mut well = true;
    for typed in names {
        let name = match typed.strip_prefix('@') {
            Some(full) => full
                .split_once('/')
                .filter(|(of, _)| of.eq_ignore_ascii_case(&scope))
                .map(|(_, name)| name),
            None => Some(typed.as_str()),
        };
        match name.map(|name| (name, check_package_name(&scope, name))) {
            Some((name, Ok(()))) => {
                chosen.insert(name.to_owned());
            }
            Some((_, Err(wrong))) => {
                well = false;
                fault(format!("`{}` {wrong}", shown(typed)));
            }
            None => {
                well = false;
                fault(format!("`{}` is no package of `@{scope}`", shown(typed)));
            }
        }
    }
    well.then_some(PackageSelection::Named(chosen))
}

pub(crate) fn check_conditions(conditions: &[Conditions], faults: &mut Faults) {
    if conditions.len() > MOST_CONDITIONS {
        faults.add(
            RESOURCE,
            "conditions",
            format!("has more than {MOST_CONDITIONS} sets"),
        );
    }
    for (at, set) in conditions.iter().enumerate() {
        let mut wrong = |part: &str, why: String| {
            let field = format!("conditions[{at}].{part}");
            faults.push(FieldFault {
                resource: RESOURCE,
                message: format!("`{field}` {why}"),
                field: field.into(),
                code: "invalid",
            });
        };
        if !set.hours.is_valid() {
            let why = "has hours that can't be: a known zone, minutes of a day, some weekday";
            wrong("hours", why.to_owned());
        }
        // A token that works from nowhere is a slip, not a wish: to stop one there is suspension.
        if let jeton_domain::Allowed::Only(networks) = &set.addresses
            && (networks.is_empty() || networks.len() > MOST_ADDRESSES)
        {
            let why = format!("names no network, or more than {MOST_ADDRESSES}");
            wrong("addresses", why);
        }
        if let RefRules::Only { patterns, .. } = &set.refs
            && (patterns.is_empty() || patterns.len() > MOST_ADDRESSES)
        {
            let why = format!("names no ref pattern, or more than {MOST_ADDRESSES}");
            wrong("refs", why);
        }
    }
}
