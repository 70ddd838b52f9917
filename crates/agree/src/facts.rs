//! A world told to the shipped decision in its own types.

use std::collections::BTreeSet;

use jeton_decide::{
    Bearer, Carrier, CarrierFault, Credential, Facts, Failure, Lifetime, OrganizationTarget,
    OwnerFacts, PackageLink, PackageTarget, Principal, Rates, RefChange, RepositoryTarget, Request,
    Target, TokenFacts,
};
use jeton_domain::{
    AccountId, Allowed, ApplicationId, Conditions, Expiry, Grant, Hours, Id, Maximum, Operation,
    OrganizationPolicy, PermissionKey, Permissions, RefPattern, RefRules, RepositoryId,
    RoleSources, Rule, Scopes, Selection, SitePolicy, Standing, SudoState, Time, TokenId,
    WithdrawReason,
};
use jeton_model as model;

use crate::operations::operation;
use crate::words;

/// What the facts borrow.
#[derive(Debug)]
pub struct Told {
    operation: &'static Operation,
    now: Time,
    address: Option<std::net::IpAddr>,
    reference: Option<model::RefChange>,
    carrier: Carrier,
    rates: Rates,
    anonymous_allowed: bool,
    presented: Presented,
    /// Whose roles the target tells.
    behind: Option<model::Principal>,
    policy: OrganizationPolicy,
    applications: BTreeSet<ApplicationId>,
    target: model::Target,
}

#[derive(Debug)]
enum Presented {
    Nothing,
    Failed(Failure),
    Live(Box<Bearer>),
}

/// A world that the shipped types can't say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsayable(
    /// What it is.
    pub &'static str,
);

impl Told {
    /// Tells a world.
    pub fn new(world: &model::World) -> Result<Self, Unsayable> {
        let now = Time::from_micros(world.now);
        let presented = match &world.credential {
            model::Credential::None => Presented::Nothing,
            model::Credential::Unknown => Presented::Failed(Failure::Unknown),
            model::Credential::Expired => Presented::Failed(Failure::Expired { at: now }),
            model::Credential::Revoked => Presented::Failed(Failure::Revoked),
            model::Credential::Retired => Presented::Failed(Failure::Retired),
            model::Credential::Live(bearer) => {
                match bearer.token.as_ref().map(|token| expiry(token.expires)) {
                    // What looks the secret up says so, by the one rule of expiry.
                    Some(Expiry::At(at)) if Expiry::At(at).is_over_at(now) => {
                        Presented::Failed(Failure::Expired { at })
                    }
                    _ => Presented::Live(Box::new(self::bearer(bearer)?)),
                }
            }
        };
        let site = site_policy(&world.site);
        let policy = match &world.target {
            model::Target::Organization { policy, .. } => site.over(&own_policy(policy)),
            model::Target::Repository(repository) => policy_of(&site, repository),
            model::Target::Package(package) => policy_of(&site, &package.like),
            model::Target::Site | model::Target::Own | model::Target::Missing => site.for_users(),
        };
        let approved = match &world.target {
            model::Target::Organization { policy, .. } => applications(policy)?,
            model::Target::Repository(repository) => applications(&repository.policy)?,
            model::Target::Package(package) => applications(&package.like.policy)?,
            _ => BTreeSet::new(),
        };
        Ok(Self {
            operation: operation(world.operation.name).ok_or(Unsayable("operation"))?,
            now,
            address: world.address,
            reference: world.reference,
            carrier: carrier(world.carrier),
            rates: Rates {
                address_exceeded: world.address_rate_exceeded,
                principal_exceeded: world.principal_rate_exceeded,
            },
            anonymous_allowed: world.anonymous_allowed,
            presented,
            behind: match &world.credential {
                model::Credential::Live(bearer) => Some(bearer.principal),
                _ => None,
            },
            policy,
            applications: approved,
            target: world.target.clone(),
        })
    }

    /// The request.
    pub fn request(&self) -> Request<'_> {
        Request {
            operation: self.operation,
            now: self.now,
            address: self.address,
            ref_change: self.reference.map(|change| RefChange {
                name: change.name,
                forced: change.forced,
                deleted: change.deleted,
                workflows: change.workflows,
            }),
        }
    }

    /// The facts.
    pub fn facts(&self) -> Result<Facts<'_>, Unsayable> {
        Ok(Facts {
            carrier: self.carrier,
            rates: self.rates,
            credential: match &self.presented {
                Presented::Nothing => Credential::None,
                Presented::Failed(failure) => Credential::Failed(*failure),
                Presented::Live(bearer) => Credential::Live(bearer),
            },
            anonymous_allowed: self.anonymous_allowed,
            target: match &self.target {
                model::Target::Site => Target::Site,
                model::Target::Own => Target::Own(&self.policy),
                model::Target::Missing => Target::Missing,
                model::Target::Organization {
                    id,
                    membership,
                    reviewer,
                    ..
                } => Target::Organization(OrganizationTarget {
                    owner: OwnerFacts {
                        id: account(*id)?,
                        organization: true,
                        policy: &self.policy,
                        membership: membership.map(words::membership),
                        outside_collaborator: false,
                        reviewer: *reviewer,
                        applications: &self.applications,
                    },
                }),
                model::Target::Repository(repository) => Target::Repository(repository_target(
                    self.behind,
                    repository,
                    &self.policy,
                    &self.applications,
                )?),
                model::Target::Package(package) => {
                    let (policy, applications) = (&self.policy, &self.applications);
                    let like = repository_target(self.behind, &package.like, policy, applications)?;
                    Target::Package(PackageTarget {
                        id: None,
                        name: package.name,
                        link: match package.link {
                            model::Link::Nothing => PackageLink::Nothing,
                            model::Link::Repository(id) => {
                                PackageLink::Repository(repository_id(id)?)
                            }
                            model::Link::Unsaid => PackageLink::Unsaid,
                        },
                        owner: like.owner,
                        visibility: like.visibility,
                        sources: like.sources,
                    })
                }
            },
        })
    }

    /// The model's principal of the live credential.
    pub(crate) fn behind(&self) -> Option<model::Principal> {
        self.behind
    }

    /// The live credential.
    pub fn bearer(&self) -> Option<&Bearer> {
        match &self.presented {
            Presented::Live(bearer) => Some(bearer),
            Presented::Nothing | Presented::Failed(_) => None,
        }
    }
}

pub(crate) fn account(id: i64) -> Result<AccountId, Unsayable> {
    AccountId::from_i64(id).ok_or(Unsayable("account id"))
}

fn application(id: i64) -> Result<ApplicationId, Unsayable> {
    ApplicationId::from_i64(id).ok_or(Unsayable("application id"))
}

/// The applications that an owner approved.
pub(crate) fn applications(policy: &model::Policy) -> Result<BTreeSet<ApplicationId>, Unsayable> {
    policy
        .applications
        .iter()
        .copied()
        .map(application)
        .collect()
}

pub(crate) fn repository_id(id: i64) -> Result<RepositoryId, Unsayable> {
    RepositoryId::from_i64(id).ok_or(Unsayable("repository id"))
}

const fn carrier(carrier: model::Carrier) -> Carrier {
    match carrier {
        model::Carrier::Fine => Carrier::Fine,
        model::Carrier::Two => Carrier::Faulty(CarrierFault::Two),
        model::Carrier::Undecodable => Carrier::Faulty(CarrierFault::Undecodable),
        model::Carrier::InUrl => Carrier::Faulty(CarrierFault::InUrl),
        model::Carrier::Scheme => Carrier::Faulty(CarrierFault::Scheme),
        model::Carrier::Malformed => Carrier::Faulty(CarrierFault::Malformed),
    }
}

fn bearer(bearer: &model::Bearer) -> Result<Bearer, Unsayable> {
    Ok(Bearer {
        kind: words::kind(bearer.kind),
        principal: match bearer.principal {
            model::Principal::User { id, administrator } => Principal::User {
                id: account(id)?.as_user(),
                administrator,
            },
            model::Principal::Service { id } => Principal::Service { id: account(id)? },
            model::Principal::Job { repository, opener } => Principal::Job {
                repository: repository_id(repository)?,
                opener: account(opener)?.as_user(),
            },
        },
        account_suspended: bearer.account_suspended,
        two_factor: bearer.two_factor,
        token: bearer.token.as_ref().map(token).transpose()?,
        application: bearer.application.map(application).transpose()?,
        sudo: bearer.sudo.map(|sudo| SudoState {
            proved_at: Time::from_micros(sudo.proved_at),
            used_at: Time::from_micros(sudo.used_at),
        }),
        parents: bearer
            .made_from
            .iter()
            .map(self::bearer)
            .collect::<Result<_, _>>()?,
    })
}

fn token(token: &model::Token) -> Result<TokenFacts, Unsayable> {
    Ok(TokenFacts {
        id: TokenId::from_i64(1).ok_or(Unsayable("token id"))?,
        suspended: token.suspended,
        standing: match token.standing {
            model::Standing::NotNeeded => Standing::NotNeeded,
            model::Standing::Pending => Standing::Pending,
            model::Standing::Active => Standing::Active {
                since: Time::from_micros(token.created_at),
            },
            model::Standing::Denied => Standing::Denied,
            model::Standing::Cancelled => Standing::Cancelled,
            model::Standing::Withdrawn => Standing::Withdrawn(WithdrawReason::Owner),
        },
        grant: Grant::in_force(&grant(&token.wanted)?, &grant(&token.approved)?),
        scopes: Scopes::parse(&token.scopes.join(" ")).map_err(|_| Unsayable("scope"))?,
        lifetime: Lifetime {
            created: Time::from_micros(token.created_at),
            expiry: expiry(token.expires),
        },
    })
}

const fn expiry(expiry: model::Expiry) -> Expiry {
    match expiry {
        model::Expiry::Never => Expiry::Never,
        model::Expiry::At(end) => Expiry::At(Time::from_micros(end)),
    }
}

fn grant(grant: &model::Grant) -> Result<Grant, Unsayable> {
    let mut permissions = Vec::new();
    for (key, level) in &grant.permissions {
        permissions.push((
            PermissionKey::parse(key).ok_or(Unsayable("permission"))?,
            words::level(*level),
        ));
    }
    Ok(Grant {
        owner: account(grant.owner)?,
        selection: match &grant.selection {
            model::Selection::Public => Selection::Public,
            model::Selection::All => Selection::All,
            model::Selection::Only(ids) => Selection::Only(
                ids.iter()
                    .map(|id| repository_id(*id))
                    .collect::<Result<_, _>>()?,
            ),
        },
        packages: grant
            .packages
            .as_ref()
            .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
            .into(),
        permissions: Permissions::new(permissions),
        conditions: grant
            .conditions
            .iter()
            .map(conditions)
            .collect::<Result<_, _>>()?,
    })
}

fn conditions(condition: &model::Condition) -> Result<Conditions, Unsayable> {
    Ok(Conditions {
        addresses: addresses(&condition.addresses),
        hours: match &condition.hours {
            model::Hours::Any => Hours::Always,
            model::Hours::Within {
                zone,
                from,
                to,
                days,
                ..
            } => {
                let minute =
                    |minute: i64| u16::try_from(minute).map_err(|_| Unsayable("minute of the day"));
                let mut bits = 0;
                for (bit, _) in days.iter().enumerate().filter(|(_, named)| **named) {
                    bits |= 1 << bit;
                }
                Hours::Within {
                    zone: (*zone).to_owned(),
                    from: minute(*from)?,
                    to: minute(*to)?,
                    days: bits,
                }
            }
        },
        refs: match &condition.refs {
            model::Refs::Any => RefRules::Unrestricted,
            model::Refs::Only {
                patterns,
                no_force,
                no_delete,
            } => RefRules::Only {
                patterns: patterns
                    .iter()
                    .map(|text| RefPattern::parse(text).ok_or(Unsayable("ref pattern")))
                    .collect::<Result<_, _>>()?,
                no_force: *no_force,
                no_delete: *no_delete,
            },
        },
    })
}

fn addresses(addresses: &model::Addresses) -> Allowed {
    match addresses {
        model::Addresses::Any => Allowed::Unrestricted,
        model::Addresses::Only(networks) => Allowed::Only(
            networks
                .iter()
                .filter_map(|(network, bits)| format!("{network}/{bits}").parse().ok())
                .collect(),
        ),
    }
}

const fn maximum(maximum: model::Maximum) -> Maximum {
    match maximum {
        model::Maximum::Unlimited => Maximum::Unlimited,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "days are few and never negative"
        )]
        model::Maximum::Days(days) => Maximum::Days(days as u32),
    }
}

/// The owner's own policy; settings that the decision does not look at stand at their defaults.
pub(crate) fn own_policy(policy: &model::Policy) -> OrganizationPolicy {
    OrganizationPolicy {
        fine_grained_allowed: policy.fine_grained_allowed,
        classic_allowed: policy.classic_allowed,
        fine_grained_maximum: maximum(policy.fine_grained_maximum),
        classic_maximum: maximum(policy.classic_maximum),
        outside_collaborators_allowed: policy.outside_collaborators_allowed,
        two_factor_required: policy.two_factor_required,
        addresses: addresses(&policy.addresses),
        ..OrganizationPolicy::default()
    }
}

pub(crate) fn site_policy(site: &model::SitePolicy) -> SitePolicy {
    fn rule<T>(forced: Option<T>) -> Rule<T> {
        forced.map_or(Rule::Leave, Rule::Force)
    }
    SitePolicy {
        fine_grained_allowed: rule(site.fine_grained_allowed),
        classic_allowed: rule(site.classic_allowed),
        fine_grained_maximum: rule(site.fine_grained_maximum.map(maximum)),
        classic_maximum: rule(site.classic_maximum.map(maximum)),
        outside_collaborators_allowed: rule(site.outside_collaborators_allowed),
        two_factor_required: rule(site.two_factor_required),
        addresses: rule(site.addresses.as_ref().map(addresses)),
        ..SitePolicy::default()
    }
}

/// The policy that holds for a repository.
pub(crate) fn policy_of(site: &SitePolicy, repository: &model::Repository) -> OrganizationPolicy {
    if repository.owner_is_organization {
        site.over(&own_policy(&repository.policy))
    } else {
        site.for_users()
    }
}

/// A repository as a target, as whoever loads facts would say it.
pub(crate) fn repository_target<'a>(
    behind: Option<model::Principal>,
    repository: &model::Repository,
    policy: &'a OrganizationPolicy,
    applications: &'a BTreeSet<ApplicationId>,
) -> Result<RepositoryTarget<'a>, Unsayable> {
    let owner = account(repository.owner)?;
    let person = matches!(behind, Some(model::Principal::User { .. }));
    let owns = match behind {
        Some(
            model::Principal::User { id, .. }
            | model::Principal::Service { id }
            | model::Principal::Job { opener: id, .. },
        ) => id == repository.owner,
        None => false,
    };
    let membership = repository.membership.map(words::membership);
    let has_role = repository.direct.is_some() || repository.role_elsewhere;
    Ok(RepositoryTarget {
        id: repository_id(repository.id)?,
        owner: OwnerFacts {
            id: owner,
            organization: repository.owner_is_organization,
            policy,
            membership,
            outside_collaborator: person
                && repository.owner_is_organization
                && membership.is_none()
                && has_role,
            reviewer: false,
            applications,
        },
        visibility: words::visibility(repository.visibility),
        sources: RoleSources {
            direct: repository.direct.map(words::role),
            teams: repository
                .teams
                .iter()
                .map(|given| words::role(*given))
                .max(),
            membership,
            base: Some(words::base(repository.base)),
            owns: owns && !repository.owner_is_organization,
        },
    })
}
