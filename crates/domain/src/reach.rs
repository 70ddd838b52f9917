//! How far something reaches. Absence never grants: there is no `Option` that means 'all'.

use std::collections::BTreeSet;

/// Everything, or only what is named. An empty `Only` reaches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach<T: Ord> {
    /// No restriction of this kind.
    Unrestricted,
    /// Just these.
    Only(BTreeSet<T>),
}

impl<T: Ord + Copy> Reach<T> {
    /// Whether `item` is reached.
    pub fn covers(&self, item: T) -> bool {
        match self {
            Self::Unrestricted => true,
            Self::Only(set) => set.contains(&item),
        }
    }

    /// What both reach.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Unrestricted, reach) | (reach, Self::Unrestricted) => reach.clone(),
            (Self::Only(a), Self::Only(b)) => Self::Only(a.intersection(b).copied().collect()),
        }
    }

    /// Whether nothing is reached.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Only(set) if set.is_empty())
    }
}
