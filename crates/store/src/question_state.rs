//! Where a program's question to a person stands: of a device, and of npm; and what takes back a yes.

use jeton_domain::UserId;

use crate::{Sql, StoreError, WriteUnit};

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionState {
    /// Nobody answered.
    Waiting,
    /// Somebody said yes.
    Approved,
    /// Somebody said no.
    Denied,
    /// The program has its token.
    Used,
}

impl QuestionState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Used => "used",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Approved, Self::Denied, Self::Used]
            .into_iter()
            .find(|state| state.name() == word)
    }
}

/// Answers that no program has fetched yet.
const UNFETCHED: [&str; 3] = [
    "authorization_codes WHERE used_at IS NULL",
    "device_codes WHERE state = 'approved'",
    "registry_questions WHERE state = 'approved'",
];

/// Takes back whatever a person said yes to, or everybody did, and no program has fetched.
pub fn withdraw_unfetched(
    unit: &mut WriteUnit<'_>,
    user: Option<UserId>,
) -> Result<(), StoreError> {
    for unfetched in UNFETCHED {
        match user {
            Some(user) => unit.execute(
                Sql::built(format!("DELETE FROM {unfetched} AND user_id = $1")),
                &[&user],
            )?,
            None => unit.execute(Sql::built(format!("DELETE FROM {unfetched}")), &[])?,
        };
    }
    Ok(())
}
