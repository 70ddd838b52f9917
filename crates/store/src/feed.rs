//! The change feed: what each change made old, in the order of commits, without gaps.

use jeton_domain::{AccountId, Time};
use jeton_domain::{Id, OrganizationId, PackageId, RepositoryId, SignInId, TokenId, UserId};

use crate::{Incarnation, ReadUnit, Row, Seq, StoreError};

/// What a cache entry is filed under: coarse, so that nothing is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeedKey {
    /// Settings of the whole site.
    Site,
    /// An account whose kind does not matter.
    Account(AccountId),
    /// A person: rights, state, roles.
    User(UserId),
    /// An organization: policy, members, teams.
    Organization(OrganizationId),
    /// A repository: visibility, name, roles.
    Repository(RepositoryId),
    /// A token: life, standing, grant, secrets.
    Token(TokenId),
    /// A person's signed-in client.
    SignIn(SignInId),
    /// A package: its versions, tags, visibility, roles.
    Package(PackageId),
}

/// One entry of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Number of the change.
    pub seq: Seq,
    /// Place within the change, from zero.
    pub n: i64,
    /// When.
    pub at: Time,
    /// The stored word for what happened.
    pub kind: String,
    /// What is old now.
    pub key: FeedKey,
}

/// What subscribers are told about a change that was just committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// History that the number belongs to.
    pub incarnation: Incarnation,
    /// Number of the change.
    pub seq: Seq,
    /// What it made old; may be empty.
    pub entries: Vec<FeedEntry>,
    /// False where the connection broke while committing: act as if it were done (a later change may have the same number).
    pub certain: bool,
}

impl FeedKey {
    /// The stored word.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Account(_) => "account",
            Self::User(_) => "user",
            Self::Organization(_) => "organization",
            Self::Repository(_) => "repository",
            Self::Token(_) => "token",
            Self::SignIn(_) => "sign_in",
            Self::Package(_) => "package",
        }
    }

    /// The stored number; zero for the site.
    pub const fn id(self) -> i64 {
        match self {
            Self::Site => 0,
            Self::Account(id) => id.get(),
            Self::User(id) => id.get(),
            Self::Organization(id) => id.get(),
            Self::Repository(id) => id.get(),
            Self::Token(id) => id.get(),
            Self::SignIn(id) => id.get(),
            Self::Package(id) => id.get(),
        }
    }

    fn parse(kind: &str, id: i64) -> Option<Self> {
        Some(match kind {
            "site" => Self::Site,
            "account" => Self::Account(Id::from_i64(id)?),
            "user" => Self::User(Id::from_i64(id)?),
            "organization" => Self::Organization(Id::from_i64(id)?),
            "repository" => Self::Repository(Id::from_i64(id)?),
            "token" => Self::Token(Id::from_i64(id)?),
            "sign_in" => Self::SignIn(Id::from_i64(id)?),
            "package" => Self::Package(Id::from_i64(id)?),
            _ => return None,
        })
    }
}

macro_rules! keys {
    ($($id:ident => $key:ident),* $(,)?) => {$(
        impl From<$id> for FeedKey {
            fn from(id: $id) -> Self {
                Self::$key(id)
            }
        }
    )*};
}

keys!(
    AccountId => Account,
    UserId => User,
    OrganizationId => Organization,
    RepositoryId => Repository,
    TokenId => Token,
    SignInId => SignIn,
    PackageId => Package,
);

impl FeedEntry {
    pub(crate) fn new(
        seq: Seq,
        n: usize,
        at: Time,
        kind: &str,
        key: FeedKey,
    ) -> Result<Self, StoreError> {
        let n = i64::try_from(n).map_err(|_| StoreError::query("too many feed entries"))?;
        Ok(Self {
            seq,
            n,
            at,
            kind: kind.to_owned(),
            key,
        })
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let id: i64 = row.get(5)?;
        Ok(Self {
            seq: row.get(0)?,
            n: row.get(1)?,
            at: row.get(2)?,
            kind: row.get(3)?,
            key: row.word(4, |kind| FeedKey::parse(kind, id))?,
        })
    }
}

/// Entries of changes after `seq`, oldest first, at most `limit` changes.
///
/// A follower goes on from the number of the last entry it was given, or, where the answer is shorter than asked for, from
/// `unit.seq()`: changes without entries have numbers too.
pub fn since(unit: &mut ReadUnit<'_>, seq: Seq, limit: u32) -> Result<Vec<FeedEntry>, StoreError> {
    unit.all(
        "SELECT seq, n, at, kind, key_kind, key_id FROM feed \
         WHERE seq > $1 AND seq <= $1 + $2 ORDER BY seq, n",
        &[&seq, &limit],
    )?
    .iter()
    .map(FeedEntry::read)
    .collect()
}

/// Drops entries older than `before`, which every follower must have read.
pub fn forget(unit: &mut crate::SideUnit<'_>, before: Time) -> Result<usize, StoreError> {
    unit.execute("DELETE FROM feed WHERE at < $1", &[&before])
}
