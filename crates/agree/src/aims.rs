//! What to break on purpose, so that each code comes up often enough.

use jeton_model::{
    Access, Addresses, Base, Carrier, Condition, Credential, Expiry, Hours, Kind, Least, Maximum,
    Membership, Operation, Principal, RefChange, Refs, Role, Selection, Standing, Target,
    TargetKind, Visibility, World,
};

use crate::cast::{APPLICATION, KINDS, OTHER_PERSON, PERSON, ROLES, STANDINGS, VISIBILITIES};
use crate::changes::{
    disturb, disturb_roles, fit_principal, with_bearer, with_policy, with_repository, with_token,
};
use crate::credentials::{application, scopes, sudo, wild_token};
use crate::grants::{self, DAY};
use crate::packages::{choose_otherwise, hold_other_scopes, of_package};
use crate::policies::maximum;
use crate::random::Random;

/// One thing to break.
#[derive(Clone, Copy)]
pub(crate) struct Aim {
    /// Operations on which it can be broken.
    pub(crate) operation: fn(&Operation) -> bool,
    /// With this kind of credential, where it matters.
    pub(crate) kind: Option<Kind>,
    /// Breaks it.
    pub(crate) spoil: fn(&mut Random, &mut World),
}

const fn aim(
    operation: fn(&Operation) -> bool,
    kind: Option<Kind>,
    spoil: fn(&mut Random, &mut World),
) -> Aim {
    Aim {
        operation,
        kind,
        spoil,
    }
}

pub(crate) const fn any(_: &Operation) -> bool {
    true
}

fn owned(operation: &Operation) -> bool {
    fine(operation)
        && !operation.reads_public
        && matches!(
            operation.target,
            TargetKind::Organization | TargetKind::Repository | TargetKind::Package
        )
}

/// Open to what has scopes.
fn scoped(operation: &Operation) -> bool {
    operation.kinds.contains(&Kind::Classic) && operation.kinds.contains(&Kind::OauthUser)
}

fn of_repository(operation: &Operation) -> bool {
    owned(operation) && operation.target == TargetKind::Repository
}

/// Open to fine-grained tokens, and some permission opens it.
fn fine(operation: &Operation) -> bool {
    operation.kinds.contains(&Kind::FineGrained) && !operation.sets.is_empty()
}

fn needs(operation: &Operation) -> bool {
    fine(operation) && !operation.reads_public && !operation.sets.iter().any(Vec::is_empty)
}

fn confirms(operation: &Operation) -> bool {
    operation.confirm && !operation.reads_public
}

const FINE: Option<Kind> = Some(Kind::FineGrained);

fn standing(world: &mut World, standing: Standing) {
    with_token(world, |token| token.standing = standing);
}

fn in_organization(world: &mut World) {
    with_repository(world, |repository| {
        repository.owner_is_organization = true;
        repository.owner = 11;
    });
    if matches!(world.target, Target::Repository(_) | Target::Package(_)) {
        with_token(world, |token| {
            token.wanted.owner = 11;
            token.approved.owner = 11;
        });
    }
}

fn condition(world: &mut World, condition: Condition) {
    with_token(world, |token| token.wanted.conditions.push(condition));
}

fn refuse_guests(random: &mut Random, world: &mut World) {
    in_organization(world);
    with_policy(world, |own| own.outside_collaborators_allowed = false);
    if let Target::Organization { membership, .. } = &mut world.target {
        *membership = None;
    }
    with_repository(world, |repository| {
        repository.membership = None;
        repository.direct = Some(random.one(ROLES));
    });
    fit_principal(world);
}

/// One aim for each code, and several where a world that is let in can differ most.
/// An owner, or the site, asks for a second factor that whoever comes mostly has not.
fn factor_asked(random: &mut Random, world: &mut World) {
    in_organization(world);
    if random.chance(50) {
        with_policy(world, |own| own.two_factor_required = true);
    } else {
        world.site.two_factor_required = Some(true);
    }
    with_bearer(world, |bearer| bearer.two_factor = random.chance(10));
}

pub(crate) const AIMS: [Aim; 73] = [
    aim(any, None, |_, _| {}),
    aim(of_repository, None, |_, _| {}),
    aim(of_repository, FINE, disturb_roles),
    aim(fine, FINE, |random, world| {
        let now = world.now;
        with_token(world, |token| {
            token.wanted = grants::grant(random, token.wanted.owner, now);
            token.approved = grants::grant(random, token.wanted.owner, now);
        });
    }),
    aim(
        |operation| operation.reads_public,
        None,
        |random, world| {
            with_repository(world, |repository| {
                repository.visibility = Visibility::Public;
            });
            for _ in 0..3 {
                disturb(random, world);
            }
        },
    ),
    aim(
        |operation| operation.reads_public,
        FINE,
        |random, world| {
            standing(world, random.one(STANDINGS));
            with_repository(world, |repository| {
                repository.visibility = random.one(VISIBILITIES);
            });
        },
    ),
    aim(any, None, |random, world| {
        world.carrier = random.one([Carrier::Two, Carrier::Scheme]);
        if random.chance(50) {
            world.credential = Credential::None;
        }
    }),
    aim(any, None, |_, world| world.carrier = Carrier::Two),
    aim(any, None, |_, world| world.carrier = Carrier::Undecodable),
    aim(any, None, |_, world| world.carrier = Carrier::InUrl),
    aim(any, None, |_, world| world.carrier = Carrier::Scheme),
    aim(any, None, |_, world| world.carrier = Carrier::Malformed),
    aim(any, None, |random, world| {
        world.address_rate_exceeded = true;
        world.credential = if random.chance(50) {
            Credential::None
        } else {
            Credential::Revoked
        };
    }),
    aim(any, None, |_, world| world.credential = Credential::Unknown),
    aim(any, None, |_, world| world.credential = Credential::Expired),
    aim(fine, FINE, |random, world| {
        let end = world.now + random.one([-1, 0, 1]);
        with_token(world, |token| token.expires = Expiry::At(end));
    }),
    aim(any, None, |_, world| world.credential = Credential::Revoked),
    aim(any, None, |_, world| world.credential = Credential::Retired),
    aim(fine, FINE, |random, world| {
        with_bearer(world, |bearer| bearer.account_suspended = random.chance(30));
        with_token(world, |token| token.suspended = true);
    }),
    aim(any, None, |_, world| {
        with_bearer(world, |bearer| bearer.account_suspended = true);
    }),
    aim(any, None, |_, world| world.principal_rate_exceeded = true),
    aim(fine, FINE, |random, world| {
        let addresses = grants::addresses(random);
        condition(
            world,
            Condition {
                addresses,
                hours: Hours::Any,
                refs: Refs::Any,
            },
        );
    }),
    aim(fine, FINE, |random, world| {
        let mut any = grants::condition(random, world.now);
        while any.hours == Hours::Any {
            any = grants::condition(random, world.now);
        }
        condition(
            world,
            Condition {
                addresses: Addresses::Any,
                refs: Refs::Any,
                ..any
            },
        );
    }),
    aim(fine, FINE, |random, world| {
        let now = world.now;
        with_token(world, |token| {
            token.wanted.conditions.push(grants::condition(random, now));
            token
                .approved
                .conditions
                .push(grants::condition(random, now));
        });
    }),
    aim(any, None, |_, world| world.credential = Credential::None),
    aim(any, None, |random, world| {
        world.credential = Credential::None;
        world.anonymous_allowed = random.chance(30);
    }),
    aim(
        |operation| operation.reads_public,
        None,
        |random, world| {
            world.credential = Credential::None;
            world.anonymous_allowed = random.chance(60);
            with_repository(world, |repository| {
                repository.visibility = random.one(VISIBILITIES);
            });
        },
    ),
    aim(
        |operation| operation.kinds.len() < KINDS.len(),
        None,
        |random, world| {
            let kind = random.one([Kind::Classic, Kind::OauthUser]);
            let now = world.now;
            with_bearer(world, |bearer| {
                bearer.kind = kind;
                bearer.application = application(kind);
                bearer.sudo = None;
                bearer.token = Some(wild_token(random, now, kind));
            });
            with_token(world, |token| {
                token.suspended = false;
                token.expires = Expiry::Never;
                token.wanted.conditions.clear();
                token.approved.conditions.clear();
            });
        },
    ),
    aim(of_repository, None, |random, world| {
        with_repository(world, |repository| {
            repository.visibility = random.one([Visibility::Private, Visibility::Internal]);
            repository.owner_is_organization = true;
            repository.owner = 11;
            repository.membership = random.maybe(30, |_| Membership::Member);
            repository.base = Base::None;
            repository.direct = None;
            repository.role_elsewhere = random.chance(60);
        });
        fit_principal(world);
    }),
    aim(owned, None, |_, world| world.target = Target::Missing),
    aim(owned, FINE, |_, world| standing(world, Standing::Pending)),
    aim(owned, FINE, |_, world| standing(world, Standing::Denied)),
    aim(owned, FINE, |_, world| standing(world, Standing::Cancelled)),
    aim(owned, FINE, |_, world| standing(world, Standing::Withdrawn)),
    aim(owned, FINE, |random, world| {
        with_token(world, |token| {
            token.wanted.owner = random.one([12, OTHER_PERSON]);
        });
    }),
    aim(fine, FINE, |random, world| {
        let owner = random.one([PERSON, 11, 12]);
        with_token(world, |token| {
            token.wanted.owner = owner;
            token.approved.owner = owner;
        });
    }),
    aim(of_repository, FINE, |random, world| {
        with_token(world, |token| {
            token.wanted.selection = if random.chance(50) {
                Selection::Only(vec![102])
            } else {
                Selection::Public
            };
        });
    }),
    aim(of_repository, FINE, |_, world| {
        with_token(world, |token| {
            token
                .approved
                .permissions
                .retain(|(key, _)| *key == "members");
        });
    }),
    aim(
        |operation| scoped(operation) && operation.target == TargetKind::Repository,
        Some(Kind::Classic),
        |random, world| {
            with_repository(world, |repository| {
                repository.visibility = random.one([Visibility::Private, Visibility::Internal]);
            });
            with_token(world, |token| {
                token.scopes = random
                    .one::<&[&str], 3>([&[], &["public_repo"], &["workflow", "user"]])
                    .to_vec();
            });
        },
    ),
    aim(
        |operation| scoped(operation) && !operation.scopes.is_empty(),
        Some(Kind::Classic),
        |random, world| {
            with_token(world, |token| {
                token.scopes = vec!["repo", random.one(["gist", "user"])];
            });
        },
    ),
    aim(scoped, Some(Kind::OauthUser), |random, world| {
        with_token(world, |token| token.scopes = scopes(random));
    }),
    aim(of_an_owner, Some(Kind::OauthUser), keep_out),
    aim(of_an_owner, Some(Kind::OauthUser), keep_out),
    aim(
        |operation| scoped(operation) && operation.target == TargetKind::Organization,
        Some(Kind::Classic),
        |random, world| {
            with_policy(world, |own| own.classic_allowed = false);
            world.site.classic_allowed = random.maybe(30, |r| r.chance(50));
        },
    ),
    aim(owned, FINE, |random, world| {
        in_organization(world);
        if random.chance(50) {
            with_policy(world, |own| own.fine_grained_allowed = false);
        } else {
            world.site.fine_grained_allowed = Some(false);
        }
    }),
    aim(
        |operation| needs(operation) && operation.target == TargetKind::Own,
        Some(Kind::Classic),
        |_, world| {
            world.site.classic_allowed = Some(false);
        },
    ),
    aim(
        |operation| needs(operation) && operation.target == TargetKind::Own,
        Some(Kind::Classic),
        |random, world| {
            let now = world.now;
            world.site.classic_allowed = random.maybe(60, |r| r.chance(30));
            world.site.classic_maximum = random.maybe(50, maximum);
            with_token(world, |token| {
                (token.created_at, token.expires) = (
                    now - DAY,
                    random.one([Expiry::Never, Expiry::At(now + 29 * DAY)]),
                );
            });
        },
    ),
    aim(owned, FINE, |random, world| {
        in_organization(world);
        let now = world.now;
        with_policy(world, |own| {
            own.fine_grained_maximum = random.one([Maximum::Days(30), Maximum::Days(7)]);
        });
        with_token(world, |token| {
            token.created_at = now - DAY;
            token.expires = random.one([
                Expiry::Never,
                Expiry::At(now + 29 * DAY),
                Expiry::At(now + 29 * DAY + 1),
            ]);
        });
    }),
    aim(owned, FINE, refuse_guests),
    aim(owned, FINE, refuse_guests),
    aim(owned, None, |random, world| {
        in_organization(world);
        let addresses = grants::addresses(random);
        if random.chance(50) {
            with_policy(world, |own| own.addresses = addresses);
        } else {
            world.site.addresses = Some(addresses);
        }
    }),
    aim(owned, None, factor_asked),
    aim(
        |operation| operation.target == TargetKind::Repository,
        None,
        factor_asked,
    ),
    aim(needs, FINE, |random, world| {
        with_token(world, |token| {
            token
                .wanted
                .permissions
                .retain(|(key, _)| *key == "metadata" || random.chance(20));
        });
    }),
    aim(of_repository, None, |random, world| {
        with_repository(world, |repository| {
            repository.direct = Some(Role::Read);
            repository.base = Base::None;
            repository.membership = random.maybe(50, |_| Membership::Member);
            repository.owner_is_organization = true;
        });
        fit_principal(world);
    }),
    aim(
        |operation| matches!(operation.least, Least::Repository(needed) if needed > Role::Read),
        Some(Kind::Client),
        |_, world| {
            with_repository(world, |repository| {
                repository.owner_is_organization = true;
                repository.owner = 11;
                repository.membership = Some(Membership::Member);
                repository.direct = None;
                repository.base = Base::Read;
            });
        },
    ),
    aim(
        |operation| matches!(operation.least, Least::Organization(_)),
        None,
        |random, world| {
            if let Target::Organization { membership, .. } = &mut world.target {
                *membership = random.maybe(50, |_| Membership::Member);
            }
            fit_principal(world);
        },
    ),
    // Networks that the site forces, for what people do with what is their own.
    aim(
        |operation| operation.target == TargetKind::Own,
        None,
        |random, world| {
            world.site.addresses = Some(grants::addresses(random));
        },
    ),
    aim(
        |operation| operation.least == Least::Reviewer,
        None,
        |random, world| {
            if let Target::Organization {
                membership,
                reviewer,
                ..
            } = &mut world.target
            {
                *membership = random.maybe(70, |_| Membership::Member);
                *reviewer = random.chance(50);
            }
            fit_principal(world);
        },
    ),
    aim(
        |operation| operation.least == Least::Administrator,
        None,
        |_, world| {
            with_bearer(world, |bearer| {
                if let Principal::User { administrator, .. } = &mut bearer.principal {
                    *administrator = false;
                }
            });
        },
    ),
    aim(pushes, FINE, limit_refs),
    aim(pushes, FINE, limit_refs),
    aim(pushes, FINE, bring_workflows),
    aim(pushes, FINE, bring_workflows),
    aim(
        |operation| pushes(operation) && scoped(operation),
        Some(Kind::Classic),
        |random, world| {
            bring_workflows(random, world);
            with_token(world, |token| {
                token.scopes = vec!["repo", random.one(["gist", "workflow"])];
            });
        },
    ),
    aim(pushes, FINE, |random, world| {
        world.reference = Some(RefChange {
            forced: true,
            ..grants::reference(random)
        });
        let refs = Refs::Only {
            patterns: vec!["refs/**"],
            no_force: true,
            no_delete: random.chance(30),
        };
        condition(
            world,
            Condition {
                addresses: Addresses::Any,
                hours: Hours::Any,
                refs,
            },
        );
    }),
    aim(pushes, FINE, |random, world| {
        world.reference = Some(RefChange {
            deleted: true,
            ..grants::reference(random)
        });
        let refs = Refs::Only {
            patterns: vec!["refs/**"],
            no_force: random.chance(30),
            no_delete: true,
        };
        condition(
            world,
            Condition {
                addresses: Addresses::Any,
                hours: Hours::Any,
                refs,
            },
        );
    }),
    aim(confirms, Some(Kind::Session), |random, world| {
        let now = world.now;
        with_bearer(world, |bearer| {
            bearer.sudo = random.maybe(80, |r| sudo(r, now));
        });
    }),
    aim(confirms, Some(Kind::Client), |random, world| {
        let now = world.now;
        with_bearer(world, |bearer| {
            bearer.sudo = random.maybe(80, |r| sudo(r, now));
        });
    }),
    aim(of_package, None, |_, _| {}),
    aim(of_package, None, disturb_roles),
    aim(of_package, FINE, choose_otherwise),
    aim(of_package, Some(Kind::Classic), hold_other_scopes),
];

fn pushes(operation: &Operation) -> bool {
    of_repository(operation) && operation.access == Access::Write && needs(operation)
}

/// Open to what has scopes, and about somebody's things.
fn of_an_owner(operation: &Operation) -> bool {
    let owned = matches!(
        operation.target,
        TargetKind::Organization | TargetKind::Repository | TargetKind::Package
    );
    scoped(operation) && owned
}

/// The owner has not approved the application.
fn keep_out(random: &mut Random, world: &mut World) {
    with_token(world, |token| token.scopes.push("repo"));
    with_policy(world, |own| {
        own.applications = random.one::<&[i64], 2>([&[], &[APPLICATION + 1]]).to_vec();
    });
}

fn bring_workflows(random: &mut Random, world: &mut World) {
    world.reference = Some(RefChange {
        workflows: true,
        ..grants::reference(random)
    });
}

fn limit_refs(random: &mut Random, world: &mut World) {
    world.reference = Some(grants::reference(random));
    let refs = grants::refs(random);
    condition(
        world,
        Condition {
            addresses: Addresses::Any,
            hours: Hours::Any,
            refs,
        },
    );
}
