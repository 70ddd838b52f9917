//! Who and what there is in every random world.

use jeton_model::{Kind, Role, Standing, Visibility};

/// The caller, where it is a person.
pub(crate) const PERSON: i64 = 1;
pub(crate) const OTHER_PERSON: i64 = 2;
pub(crate) const SERVICE: i64 = 5;
/// The OAuth application behind every token that one was given.
pub(crate) const APPLICATION: i64 = 7;
pub(crate) const ORGANIZATIONS: [i64; 3] = [11, 12, 13];
pub(crate) const REPOSITORIES: [i64; 6] = [101, 102, 103, 104, 105, 106];

/// 2026-11-21T08:00:00Z, a Saturday.
pub(crate) const SATURDAY: i64 = 1_795_248_000 * 1_000_000;

pub(crate) const ROLES: [Role; 5] = [
    Role::Read,
    Role::Triage,
    Role::Write,
    Role::Maintain,
    Role::Admin,
];

pub(crate) const VISIBILITIES: [Visibility; 3] = [
    Visibility::Private,
    Visibility::Internal,
    Visibility::Public,
];

pub(crate) const STANDINGS: [Standing; 6] = [
    Standing::NotNeeded,
    Standing::Pending,
    Standing::Active,
    Standing::Denied,
    Standing::Cancelled,
    Standing::Withdrawn,
];

pub(crate) const KINDS: [Kind; 7] = [
    Kind::FineGrained,
    Kind::Classic,
    Kind::Child,
    Kind::Job,
    Kind::Client,
    Kind::OauthUser,
    Kind::Session,
];
