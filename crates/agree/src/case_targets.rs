//! The words of a case about what is asked for: the thing, its owner, the roles on it, and the policies.

use jeton_model::{
    Base, Link, Maximum, Membership, Package, Policy, Role, SitePolicy, Target, Visibility, World,
};

use crate::case_values::{
    ORGANIZATION, OTHER_ORGANIZATION, OTHER_REPOSITORY, REPOSITORY, account, networks, word,
};
use crate::cast::APPLICATION;
use crate::grants::PACKAGE;
use crate::policies::policy;

fn named_target(world: &World, value: &str) -> Option<Target> {
    Some(match value {
        "site" => Target::Site,
        "own account" => Target::Own,
        "organization" => Target::Organization {
            id: ORGANIZATION,
            policy: policy(),
            membership: Some(Membership::Member),
            reviewer: false,
        },
        "missing" => Target::Missing,
        "package" => {
            let Target::Repository(like) = &world.target else {
                return None;
            };
            Target::Package(Box::new(Package {
                name: PACKAGE,
                link: Link::Repository(like.id),
                like: (**like).clone(),
            }))
        }
        _ => return None,
    })
}

fn set_link(world: &mut World, value: &str) -> Option<()> {
    let Target::Package(package) = &mut world.target else {
        return None;
    };
    package.link = word(
        value,
        &[
            ("none", Link::Nothing),
            ("not said", Link::Unsaid),
            ("repository", Link::Repository(REPOSITORY)),
            ("other repository", Link::Repository(OTHER_REPOSITORY)),
        ],
    )?;
    Some(())
}

pub(crate) fn set_target(world: &mut World, key: &str, value: &str) -> Option<()> {
    if key == "target" {
        world.target = named_target(world, value)?;
        return Some(());
    }
    if key == "link" {
        return set_link(world, value);
    }
    if let Some(setting) = key.strip_prefix("site ") {
        return set_site(&mut world.site, setting, value);
    }
    if let Some(setting) = key.strip_prefix("policy ") {
        return match &mut world.target {
            Target::Organization { policy, .. } => set_policy(policy, setting, value),
            Target::Repository(repository) => set_policy(&mut repository.policy, setting, value),
            Target::Package(package) => set_policy(&mut package.like.policy, setting, value),
            _ => None,
        };
    }
    if key == "membership" {
        let place = word(
            value,
            &[
                ("none", None),
                ("member", Some(Membership::Member)),
                ("owner", Some(Membership::Owner)),
            ],
        )?;
        match &mut world.target {
            Target::Organization { membership, .. } => *membership = place,
            Target::Repository(repository) => repository.membership = place,
            Target::Package(package) => package.like.membership = place,
            _ => return None,
        }
        return Some(());
    }
    if key == "reviewer" {
        let Target::Organization { reviewer, .. } = &mut world.target else {
            return None;
        };
        *reviewer = word(value, &[("yes", true), ("no", false)])?;
        return Some(());
    }
    let repository = match &mut world.target {
        Target::Repository(repository) => repository.as_mut(),
        Target::Package(package) => &mut package.like,
        _ => return None,
    };
    match key {
        "visibility" => {
            repository.visibility = word(
                value,
                &[
                    ("private", Visibility::Private),
                    ("internal", Visibility::Internal),
                    ("public", Visibility::Public),
                ],
            )?;
        }
        "owner" => {
            repository.owner = account(value)?;
            repository.owner_is_organization =
                [ORGANIZATION, OTHER_ORGANIZATION].contains(&repository.owner);
            if !repository.owner_is_organization {
                repository.membership = None;
            }
        }
        "direct" => repository.direct = Some(role(value)?),
        "teams" => repository.teams = value.split(", ").map(role).collect::<Option<_>>()?,
        "base" => {
            repository.base = word(
                value,
                &[
                    ("none", Base::None),
                    ("read", Base::Read),
                    ("write", Base::Write),
                    ("admin", Base::Admin),
                ],
            )?;
        }
        "role elsewhere" => {
            repository.role_elsewhere = word(value, &[("held", true), ("none", false)])?;
        }
        _ => return None,
    }
    Some(())
}

fn role(value: &str) -> Option<Role> {
    word(
        value,
        &[
            ("read", Role::Read),
            ("triage", Role::Triage),
            ("write", Role::Write),
            ("maintain", Role::Maintain),
            ("admin", Role::Admin),
        ],
    )
}

const YES_NO: [(&str, bool); 2] = [("allowed", true), ("forbidden", false)];

const ASKED: [(&str, bool); 2] = [("required", true), ("not required", false)];

fn maximum(value: &str) -> Option<Maximum> {
    if value == "unlimited" {
        return Some(Maximum::Unlimited);
    }
    value.strip_suffix(" days")?.parse().ok().map(Maximum::Days)
}

fn set_policy(policy: &mut Policy, setting: &str, value: &str) -> Option<()> {
    match setting {
        "fine-grained" => policy.fine_grained_allowed = word(value, &YES_NO)?,
        "classic" => policy.classic_allowed = word(value, &YES_NO)?,
        "classic maximum" => policy.classic_maximum = maximum(value)?,
        "application" => {
            let approved = word(value, &[("approved", true), ("not approved", false)])?;
            policy.applications = if approved { vec![APPLICATION] } else { vec![] };
        }
        "maximum" => policy.fine_grained_maximum = maximum(value)?,
        "outside collaborators" => policy.outside_collaborators_allowed = word(value, &YES_NO)?,
        "second factor" => policy.two_factor_required = word(value, &ASKED)?,
        "addresses" => policy.addresses = networks(value)?,
        _ => return None,
    }
    Some(())
}

fn set_site(site: &mut SitePolicy, setting: &str, value: &str) -> Option<()> {
    match setting {
        "fine-grained" => site.fine_grained_allowed = Some(word(value, &YES_NO)?),
        "classic" => site.classic_allowed = Some(word(value, &YES_NO)?),
        "maximum" => site.fine_grained_maximum = Some(maximum(value)?),
        "second factor" => site.two_factor_required = Some(word(value, &ASKED)?),
        "addresses" => site.addresses = Some(networks(value)?),
        _ => return None,
    }
    Some(())
}
