//! Random tokens, their lifetimes, and proofs of sign-ins.

use jeton_domain::ClassicScope;
use jeton_model::{Bearer, Expiry, Kind, Principal, Selection, Sudo, Token};

use crate::cast::{APPLICATION, OTHER_PERSON, PERSON, REPOSITORIES, SERVICE, STANDINGS};
use crate::grants::{self, DAY, HOUR};
use crate::random::Random;

/// Creation and end of a secret; often a whole number of days or an instant beside it, and often now.
pub(crate) fn lifetime(random: &mut Random, now: i64) -> (i64, Expiry) {
    let created_at = now - random.one([0, 1, HOUR, 7 * DAY, 29 * DAY, 30 * DAY]);
    let end = match random.below(4) {
        0 => return (created_at, Expiry::Never),
        1 => now + random.one([-1, 0, 1]),
        _ => created_at + random.one([7, 30, 366]) * DAY + random.one([-1, 0, 1]),
    };
    (created_at, Expiry::At(end))
}

pub(crate) fn sudo(random: &mut Random, now: i64) -> Sudo {
    let before = |random: &mut Random| {
        now - random.one([0, HOUR, 2 * HOUR, 12 * HOUR, 20 * HOUR]) + random.one([-1, 0, 1])
    };
    Sudo {
        proved_at: before(random),
        used_at: before(random),
    }
}

pub(crate) const fn is_sign_in(kind: Kind) -> bool {
    matches!(kind, Kind::Client | Kind::Session)
}

pub(crate) const fn has_scopes(kind: Kind) -> bool {
    matches!(kind, Kind::Classic | Kind::OauthUser)
}

/// The application that a credential of this kind was given to.
pub(crate) fn application(kind: Kind) -> Option<i64> {
    (kind == Kind::OauthUser).then_some(APPLICATION)
}

/// Scopes of which some open something here.
pub(crate) fn scopes(random: &mut Random) -> Vec<&'static str> {
    let mut held = Vec::new();
    for entry in ClassicScope::all() {
        let percent = if entry.scope == ClassicScope::Repo {
            40
        } else {
            8
        };
        if random.chance(percent) {
            held.push(entry.name);
        }
    }
    held
}

pub(crate) fn wild_token(random: &mut Random, now: i64, kind: Kind) -> Token {
    let owner = random.one([PERSON, OTHER_PERSON, 11, 11, 11, 12]);
    let wanted = grants::grant(random, owner, now);
    let approved = if random.chance(50) {
        wanted.clone()
    } else {
        grants::grant(random, owner, now)
    };
    let (created_at, expires) = lifetime(random, now);
    let mut token = Token {
        suspended: random.chance(5),
        standing: random.one(STANDINGS),
        wanted,
        approved,
        scopes: vec![],
        created_at,
        expires,
    };
    if has_scopes(kind) {
        token.wanted.permissions.clear();
        token.approved.permissions.clear();
        token.scopes = scopes(random);
    }
    token
}

/// A job on some repository.
pub(crate) fn any_job(random: &mut Random) -> Principal {
    Principal::Job {
        repository: random.one(REPOSITORIES),
        opener: random.one([PERSON, PERSON, SERVICE]),
    }
}

/// Gives a child what it was made from: up to three, of which the last is no child, and most have what it has or more.
pub(crate) fn descend(random: &mut Random, bearer: &mut Bearer) {
    if bearer.kind != Kind::Child {
        return;
    }
    let mut parent = bearer.clone();
    for _ in 0..random.below(3) {
        bearer.made_from.push(parent.clone());
    }
    parent.kind = match bearer.principal {
        Principal::Job { .. } => Kind::Job,
        _ => random.one([
            Kind::FineGrained,
            Kind::FineGrained,
            Kind::Classic,
            Kind::OauthUser,
            Kind::Client,
        ]),
    };
    parent.application = application(parent.kind);
    if is_sign_in(parent.kind) {
        parent.token = None;
    } else if let Some(token) = &mut parent.token {
        if has_scopes(parent.kind) {
            token.scopes = if random.chance(70) {
                vec!["repo"]
            } else {
                scopes(random)
            };
            token.wanted.permissions.clear();
            token.approved.permissions.clear();
        } else if random.chance(60) {
            token.wanted.selection = Selection::All;
            token.approved.selection = Selection::All;
        } else if random.chance(50) {
            token.wanted.selection = grants::selection(random);
        }
    }
    bearer.made_from.push(parent);
}
