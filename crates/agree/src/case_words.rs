//! The words of a case, each a change of the plain world.

use jeton_model::{
    Base, Bearer, Carrier, Condition, Credential, Expiry, Grant, Kind, Level, Membership,
    Principal, RefChange, Repository, Selection, SitePolicy, Standing, Sudo, Target, Token,
    Visibility, World,
};

use crate::case_targets::set_target;
use crate::case_values::{
    ORGANIZATION, REPOSITORY, account, clock, hours, kept, networks, packages, permissions, refs,
    selection, unconditional, window, word,
};
use crate::cast::{PERSON, SATURDAY, SERVICE};
use crate::credentials::{application, has_scopes};
use crate::grants::{DAY, HOUR};
use crate::operations::operation;
use crate::policies::policy;
use crate::words;

/// The world that a case changes.
pub(crate) fn plain() -> Result<World, String> {
    let grant = Grant {
        owner: ORGANIZATION,
        selection: Selection::Only(vec![REPOSITORY]),
        packages: None,
        permissions: vec![("contents", Level::Read), ("metadata", Level::Read)],
        conditions: vec![],
    };
    let now = SATURDAY + 4 * HOUR;
    Ok(World {
        now,
        address: "10.1.2.3".parse().ok(),
        carrier: Carrier::Fine,
        address_rate_exceeded: false,
        principal_rate_exceeded: false,
        anonymous_allowed: true,
        site: SitePolicy::default(),
        credential: Credential::Live(Box::new(Bearer {
            kind: Kind::FineGrained,
            principal: Principal::User {
                id: PERSON,
                administrator: false,
            },
            account_suspended: false,
            two_factor: false,
            token: Some(Token {
                suspended: false,
                standing: Standing::Active,
                wanted: grant.clone(),
                approved: grant,
                scopes: vec![],
                created_at: now - DAY,
                expires: Expiry::At(now + 29 * DAY),
            }),
            application: None,
            sudo: None,
            made_from: vec![],
        })),
        operation: words::model_operation(
            operation("git.fetch").ok_or("no operation `git.fetch`")?,
        ),
        target: Target::Repository(Box::new(repository())),
        reference: None,
    })
}

fn repository() -> Repository {
    Repository {
        id: REPOSITORY,
        owner: ORGANIZATION,
        owner_is_organization: true,
        policy: policy(),
        visibility: Visibility::Private,
        membership: Some(Membership::Member),
        direct: None,
        teams: vec![],
        base: Base::Read,
        role_elsewhere: false,
    }
}

/// Says one thing of the world; nothing where the words say nothing.
pub(crate) fn set(world: &mut World, key: &str, value: &str) -> Option<()> {
    match key {
        "operation" => world.operation = words::model_operation(operation(value)?),
        "carrier" => {
            world.carrier = match value {
                "two" => Carrier::Two,
                "undecodable" => Carrier::Undecodable,
                "in url" => Carrier::InUrl,
                "scheme" => Carrier::Scheme,
                "malformed" => Carrier::Malformed,
                _ => return None,
            }
        }
        "rate" => match value {
            "address exceeded" => world.address_rate_exceeded = true,
            "principal exceeded" => world.principal_rate_exceeded = true,
            _ => return None,
        },
        "anonymous" => {
            world.anonymous_allowed = word(value, &[("allowed", true), ("closed", false)])?;
        }
        "from" => {
            world.address = if value == "unknown" {
                None
            } else {
                Some(value.parse().ok()?)
            }
        }
        "clock" => world.now = clock(value)?,
        "credential" => match value {
            "none" => world.credential = Credential::None,
            "unknown" => world.credential = Credential::Unknown,
            "expired" => world.credential = Credential::Expired,
            "revoked" => world.credential = Credential::Revoked,
            "retired" => world.credential = Credential::Retired,
            kind => set_kind(world, kind)?,
        },
        "ref" => {
            let mut words = value.split(' ');
            let name = kept(words.next()?);
            let (mut forced, mut deleted, mut workflows) = (false, false, false);
            for word in words {
                match word {
                    "forced" => forced = true,
                    "deleted" => deleted = true,
                    "workflows" => workflows = true,
                    _ => return None,
                }
            }
            world.reference = Some(RefChange {
                name,
                forced,
                deleted,
                workflows,
            });
        }
        _ => return set_bearer(world, key, value).or_else(|| set_target(world, key, value)),
    }
    Some(())
}

fn set_kind(world: &mut World, value: &str) -> Option<()> {
    let now = world.now;
    let Credential::Live(bearer) = &mut world.credential else {
        return None;
    };
    bearer.kind = word(
        value,
        &[
            ("fine-grained", Kind::FineGrained),
            ("classic", Kind::Classic),
            ("child", Kind::Child),
            ("job", Kind::Job),
            ("client", Kind::Client),
            ("oauth", Kind::OauthUser),
            ("session", Kind::Session),
        ],
    )?;
    if matches!(bearer.kind, Kind::Client | Kind::Session) {
        bearer.token = None;
        bearer.sudo = Some(Sudo {
            proved_at: now - HOUR,
            used_at: now - HOUR,
        });
    }
    bearer.application = application(bearer.kind);
    if has_scopes(bearer.kind) {
        let token = bearer.token.as_mut()?;
        token.wanted.permissions.clear();
        token.approved.permissions.clear();
    }
    if bearer.kind == Kind::Job {
        bearer.principal = Principal::Job {
            repository: REPOSITORY,
            opener: PERSON,
        };
    }
    if bearer.kind == Kind::Child {
        let parent = Bearer {
            kind: Kind::FineGrained,
            ..(**bearer).clone()
        };
        bearer.made_from = vec![parent];
    }
    Some(())
}

fn set_bearer(world: &mut World, key: &str, value: &str) -> Option<()> {
    let now = world.now;
    let Credential::Live(bearer) = &mut world.credential else {
        return None;
    };
    match key {
        "principal" => {
            bearer.principal = match value {
                "administrator" => Principal::User {
                    id: PERSON,
                    administrator: true,
                },
                "service" => Principal::Service { id: SERVICE },
                _ => return None,
            };
        }
        "second factor" => {
            bearer.two_factor = word(value, &[("there", true), ("missing", false)])?;
        }
        "account" => bearer.account_suspended = word(value, &[("suspended", true)])?,
        "sudo" => {
            // `none`, or hours since the last proof and since the last use.
            bearer.sudo = if value == "none" {
                None
            } else {
                let (proved, used) = value.split_once(' ')?;
                Some(Sudo {
                    proved_at: now - hours(proved)?,
                    used_at: now - hours(used)?,
                })
            };
        }
        _ => return set_token(bearer.token.as_mut()?, now, key, value),
    }
    Some(())
}

fn set_token(token: &mut Token, now: i64, key: &str, value: &str) -> Option<()> {
    match key {
        "token" => token.suspended = word(value, &[("suspended", true)])?,
        "standing" => {
            token.standing = word(
                value,
                &[
                    ("not needed", Standing::NotNeeded),
                    ("pending", Standing::Pending),
                    ("active", Standing::Active),
                    ("denied", Standing::Denied),
                    ("cancelled", Standing::Cancelled),
                    ("withdrawn", Standing::Withdrawn),
                ],
            )?;
        }
        "scopes" => {
            token.scopes = match value {
                "none" => vec![],
                names => names.split(' ').map(kept).collect(),
            };
        }
        "token owner" => {
            token.wanted.owner = account(value)?;
            token.approved.owner = token.wanted.owner;
        }
        "approved by" => token.approved.owner = account(value)?,
        "permissions" => {
            token.wanted.permissions = permissions(value)?;
            token
                .approved
                .permissions
                .clone_from(&token.wanted.permissions);
        }
        "approved permissions" => token.approved.permissions = permissions(value)?,
        "repositories" => {
            token.wanted.selection = selection(value)?;
            token.approved.selection = token.wanted.selection.clone();
        }
        "packages" => {
            token.wanted.packages = packages(value).ok()?;
            token.approved.packages = token.wanted.packages.clone();
        }
        "approved packages" => token.approved.packages = packages(value).ok()?,
        "approved repositories" => token.approved.selection = selection(value)?,
        "expires" => {
            token.expires = match value {
                "never" => Expiry::Never,
                "now" => Expiry::At(now),
                "in 1us" => Expiry::At(now + 1),
                _ => return None,
            };
        }
        "lifetime" => {
            let (text, more) = value
                .strip_suffix(" and 1us")
                .map_or((value, 0), |text| (text, 1));
            let days: i64 = text.strip_suffix(" days")?.parse().ok()?;
            token.expires = Expiry::At(token.created_at + days * DAY + more);
        }
        "addresses" => token.wanted.conditions.push(Condition {
            addresses: networks(value)?,
            ..unconditional()
        }),
        "approved addresses" => {
            token.approved.conditions.push(Condition {
                addresses: networks(value)?,
                ..unconditional()
            });
        }
        "hours" => token.wanted.conditions.push(Condition {
            hours: window(now, value)?,
            ..unconditional()
        }),
        "refs" => token.wanted.conditions.push(Condition {
            refs: refs(value)?,
            ..unconditional()
        }),
        _ => return None,
    }
    Some(())
}
