//! What is spoilt in worlds about packages.

use jeton_model::{Operation, Target, TargetKind, Visibility, World};

use crate::changes::{link, with_repository, with_token};
use crate::grants::{self, OTHER_PACKAGE, PACKAGE};
use crate::random::Random;

pub(crate) fn of_package(operation: &Operation) -> bool {
    operation.target == TargetKind::Package
}

/// The token selects something, and the package belongs somewhere.
pub(crate) fn choose_otherwise(random: &mut Random, world: &mut World) {
    let chosen = grants::selection(random);
    if let Target::Package(package) = &mut world.target {
        package.link = link(random);
        package.name = random.one([PACKAGE, PACKAGE, OTHER_PACKAGE]);
    }
    let (wanted, approved) = (grants::packages(random), grants::packages(random));
    let alike = random.chance(50);
    with_token(world, |token| {
        token.wanted.selection = chosen;
        token.approved.packages = if alike { wanted.clone() } else { approved };
        token.wanted.packages = wanted;
    });
}

/// Of the scopes of packages, and of `repo`, which is none of them.
pub(crate) fn hold_other_scopes(random: &mut Random, world: &mut World) {
    let visible = random.one([Visibility::Private, Visibility::Public]);
    with_repository(world, |like| like.visibility = visible);
    with_token(world, |token| {
        token.scopes = random
            .one::<&[&str], 5>([
                &[],
                &["repo", "workflow"],
                &["read:packages"],
                &["write:packages"],
                &["repo", "delete:packages"],
            ])
            .to_vec();
    });
}
