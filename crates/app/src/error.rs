//! What a use case can answer besides its result.

use std::borrow::Cow;

use jeton_domain::{ExpiryRefusal, LifeFault, NameFault, PermissionFault, StandingFault};
use jeton_repo::{LayoutError, RefsError};
use jeton_store::StoreError;

use crate::factors::FactorsOffered;
use crate::refusal::Refusal;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The decision said no.
    #[error("refused: {}", .0.denial.reason.code())]
    Refused(Box<Refusal>),
    /// Something inside the target is not there.
    #[error("no such {0}")]
    Missing(&'static str),
    /// A name that means no commit, where one is asked for by any name that it may have.
    #[error("No commit found for SHA: {0}")]
    NoCommit(String),
    /// What the path names is called otherwise now. Said only to those whom the decision lets in, at a door
    /// that leads to present names, and nothing was done: not even what they may do is done by an earlier one.
    #[error("it is called `{}` now", present(owner, name.as_deref()))]
    Moved {
        /// The owner's present name.
        owner: String,
        /// The repository's present name; nothing, where the path is about the account.
        name: Option<String>,
    },
    /// The operation's own rule forbids it, whoever asks.
    #[error("{0}")]
    Forbidden(String),
    /// Fields that can't be taken.
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldFault>),
    /// The state changed, or does not fit.
    #[error("{message}")]
    Conflict {
        /// A stable word.
        code: &'static str,
        /// A sentence.
        message: String,
    },
    /// Too many tries.
    #[error("too many tries; again in {seconds} s")]
    TooMany {
        /// When to try again.
        seconds: i64,
    },
    /// More than the server can do at once. Nothing was done or counted.
    #[error("too much to do at once")]
    Busy,
    /// A sign-in that does not hold.
    #[error("login or password is wrong")]
    BadSignIn,
    /// The password was right, and more is needed.
    #[error("a second factor is needed")]
    FactorNeeded(FactorsOffered),
    /// An OAuth application that is none, or did not prove itself.
    #[error("no such application, or not its secret")]
    BadClient,
    /// A code that does not hold.
    #[error("the code is wrong, or was used before")]
    BadCode,
    /// A passkey, or an answer to a question about one, that does not hold.
    #[error("the passkey does not hold")]
    BadPasskey,
    /// What was asked for is more than is given in this form.
    #[error("{bytes} bytes are more than is given in this form")]
    TooLarge {
        /// What it has, as far as that is known.
        bytes: u64,
    },
    /// A form of the answer that is not given here: GitHub's word for it.
    #[error("`{0}` is not given here")]
    NotOffered(&'static str),
    /// Git's data could not be touched.
    #[error("repository data: {0}")]
    Data(String),
    /// There was no room for Git's data. Nothing changed.
    #[error("repository data: {0}")]
    DataFull(String),
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A present name as it stands in paths.
fn present(owner: &str, name: Option<&str>) -> String {
    name.map_or_else(|| owner.to_owned(), |name| format!("{owner}/{name}"))
}

/// One field and what is wrong with it, in GitHub's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// What kind of thing.
    pub resource: &'static str,
    /// Which field; one that is not known, as it was written.
    pub field: Cow<'static, str>,
    /// `missing`, `missing_field`, `invalid`, `already_exists`, `unprocessable` or `custom`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl FieldFault {
    /// It names something taken.
    pub(crate) fn taken(resource: &'static str, field: &'static str) -> Self {
        Self {
            resource,
            field: field.into(),
            code: "already_exists",
            message: format!("`{field}` is taken"),
        }
    }
}

impl AppError {
    /// One invalid field.
    pub fn invalid(
        resource: &'static str,
        field: &'static str,
        message: impl std::fmt::Display,
    ) -> Self {
        Self::Invalid(vec![FieldFault {
            resource,
            field: field.into(),
            code: "invalid",
            message: format!("`{field}` {message}"),
        }])
    }

    /// Several checks of one form as one: every fault of theirs, and none hidden by another.
    pub(crate) fn together(checks: impl IntoIterator<Item = Result<(), Self>>) -> Result<(), Self> {
        let mut faults = Vec::new();
        for check in checks {
            match check {
                Err(Self::Invalid(more)) => faults.extend(more),
                other => other?,
            }
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self::Invalid(faults))
        }
    }

    /// One field that names something taken.
    pub fn taken(resource: &'static str, field: &'static str) -> Self {
        Self::Invalid(vec![FieldFault::taken(resource, field)])
    }

    /// One field that names something that is not there.
    pub fn missing(resource: &'static str, field: &'static str) -> Self {
        Self::Invalid(vec![FieldFault {
            resource,
            field: field.into(),
            code: "missing",
            message: format!("`{field}` names nothing that is there"),
        }])
    }

    /// One field of numbers, some of which name nothing of `kind`.
    pub(crate) fn strangers(
        resource: &'static str,
        field: &'static str,
        numbers: &[i64],
        kind: &str,
    ) -> Self {
        let listed = crate::bulk::listed(numbers);
        Self::Invalid(vec![FieldFault {
            resource,
            field: field.into(),
            code: "missing",
            message: format!(
                "`{field}` names {listed}, where there is no {kind}; nothing was done"
            ),
        }])
    }

    /// A state that does not fit.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            message: message.into(),
        }
    }

    /// A stale write as a conflict: somebody was faster.
    pub(crate) fn faster(error: StoreError, code: &'static str, message: &str) -> Self {
        match error {
            StoreError::Stale { .. } => Self::conflict(code, message),
            other => Self::Store(other),
        }
    }

    /// A broken unique rule as a taken field.
    pub(crate) fn unless_taken(
        error: StoreError,
        constraint: &str,
        resource: &'static str,
        field: &'static str,
    ) -> Self {
        if error.is_conflict_on(constraint) {
            Self::taken(resource, field)
        } else {
            Self::Store(error)
        }
    }
}

/// Faults collected over all fields of a command, so that a form shows them all at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FieldFault>);

impl Faults {
    pub(crate) fn add(
        &mut self,
        resource: &'static str,
        field: &'static str,
        fault: impl std::fmt::Display,
    ) {
        self.0.push(FieldFault {
            resource,
            field: field.into(),
            code: "invalid",
            message: format!("`{field}` {fault}"),
        });
    }

    pub(crate) fn push(&mut self, fault: FieldFault) {
        self.0.push(fault);
    }

    /// The value, if the field is well; else the fault is kept.
    pub(crate) fn take<T, E: std::fmt::Display>(
        &mut self,
        resource: &'static str,
        field: &'static str,
        read: Result<T, E>,
    ) -> Option<T> {
        read.map_err(|fault| self.add(resource, field, fault)).ok()
    }

    /// All that is wrong, for a form.
    pub(crate) fn into_list(self) -> Vec<FieldFault> {
        self.0
    }

    pub(crate) fn check(self) -> Result<(), AppError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(self.0))
        }
    }
}

/// What failed on Git's data, and whether for want of room.
fn data_fault(error: &dyn std::error::Error, full: bool) -> AppError {
    let said = error.to_string();
    if full {
        AppError::DataFull(said)
    } else {
        AppError::Data(said)
    }
}

impl From<LayoutError> for AppError {
    fn from(error: LayoutError) -> Self {
        data_fault(&error, error.is_full())
    }
}

impl From<RefsError> for AppError {
    fn from(error: RefsError) -> Self {
        data_fault(&error, error.is_full())
    }
}

macro_rules! faults {
    ($($fault:ty => $code:literal;)*) => {$(
        impl From<$fault> for AppError {
            fn from(fault: $fault) -> Self {
                Self::conflict($code, fault.to_string())
            }
        }
    )*};
}

faults! {
    LifeFault => "life";
    StandingFault => "standing";
}

/// A name's fault beside its field.
pub(crate) fn name_fault(
    resource: &'static str,
    field: &'static str,
) -> impl Fn(NameFault) -> AppError {
    move |fault| AppError::invalid(resource, field, fault)
}

impl From<PermissionFault> for FieldFault {
    fn from(fault: PermissionFault) -> Self {
        Self {
            resource: "PersonalAccessToken",
            field: "permissions".into(),
            code: "invalid",
            message: fault.to_string(),
        }
    }
}

impl From<ExpiryRefusal> for FieldFault {
    fn from(fault: ExpiryRefusal) -> Self {
        Self {
            resource: "PersonalAccessToken",
            field: "expires_at".into(),
            code: "invalid",
            message: format!("the expiry {fault}"),
        }
    }
}
