//! Policies of organizations and of the site.

use jeton_model::{Addresses, Maximum, Policy, SitePolicy};

use crate::cast::APPLICATION;
use crate::grants;
use crate::random::Random;

/// A policy that refuses little: the default.
pub(crate) fn policy() -> Policy {
    Policy {
        fine_grained_allowed: true,
        classic_allowed: true,
        fine_grained_maximum: Maximum::Days(366),
        classic_maximum: Maximum::Unlimited,
        outside_collaborators_allowed: true,
        two_factor_required: false,
        addresses: Addresses::Any,
        applications: vec![APPLICATION],
    }
}

pub(crate) fn random_policy(random: &mut Random) -> Policy {
    Policy {
        fine_grained_allowed: random.chance(80),
        classic_allowed: random.chance(70),
        fine_grained_maximum: maximum(random),
        classic_maximum: maximum(random),
        outside_collaborators_allowed: random.chance(60),
        two_factor_required: random.chance(20),
        addresses: if random.chance(25) {
            grants::addresses(random)
        } else {
            Addresses::Any
        },
        applications: random
            .one::<&[i64], 3>([&[], &[APPLICATION], &[APPLICATION + 1]])
            .to_vec(),
    }
}

pub(crate) fn random_site(random: &mut Random) -> SitePolicy {
    SitePolicy {
        fine_grained_allowed: random.maybe(15, |r| r.chance(60)),
        classic_allowed: random.maybe(15, |r| r.chance(60)),
        fine_grained_maximum: random.maybe(15, maximum),
        classic_maximum: random.maybe(15, maximum),
        outside_collaborators_allowed: random.maybe(15, |r| r.chance(50)),
        two_factor_required: random.maybe(10, |r| r.chance(50)),
        addresses: random.maybe(10, grants::addresses),
    }
}

pub(crate) fn maximum(random: &mut Random) -> Maximum {
    random.one([
        Maximum::Unlimited,
        Maximum::Days(366),
        Maximum::Days(30),
        Maximum::Days(7),
    ])
}
