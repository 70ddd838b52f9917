//! Which packages of its owner a token reaches: by their repositories, or by their names.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::grant::Selection;

/// Which packages of its owner a token reaches. Stored as the names, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<BTreeSet<String>>", into = "Option<BTreeSet<String>>")]
pub enum PackageSelection {
    /// Those of the repositories that it selects; with all of them, those that belong to none as well.
    #[default]
    ByRepository,
    /// These alone, by their names without the scope, there already or to be made. To whichever repository they belong.
    Named(BTreeSet<String>),
}

impl From<Option<BTreeSet<String>>> for PackageSelection {
    fn from(names: Option<BTreeSet<String>>) -> Self {
        names.map_or(Self::ByRepository, Self::Named)
    }
}

impl From<PackageSelection> for Option<BTreeSet<String>> {
    fn from(selection: PackageSelection) -> Self {
        match selection {
            PackageSelection::ByRepository => None,
            PackageSelection::Named(names) => Some(names),
        }
    }
}

impl PackageSelection {
    /// The most packages a selection may name.
    pub const MOST: usize = 1000;

    /// The names, where it goes by names.
    pub const fn names(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::ByRepository => None,
            Self::Named(names) => Some(names),
        }
    }

    /// What both select, each beside its repositories. Where one goes by repositories and the other by names, nobody
    /// here knows which names those are: none, unless all are meant.
    #[must_use]
    pub fn and(&self, own: &Selection, other: &Self, others: &Selection) -> Self {
        match (self, other) {
            (Self::ByRepository, Self::ByRepository) => Self::ByRepository,
            (Self::Named(one), Self::Named(two)) => {
                Self::Named(one.intersection(two).cloned().collect())
            }
            (Self::ByRepository, Self::Named(names)) if *own == Selection::All => {
                Self::Named(names.clone())
            }
            (Self::Named(names), Self::ByRepository) if *others == Selection::All => {
                Self::Named(names.clone())
            }
            (Self::ByRepository, Self::Named(_)) | (Self::Named(_), Self::ByRepository) => {
                Self::Named(BTreeSet::new())
            }
        }
    }

    /// Whether every package that `other` reaches is reached here too, as far as names and repositories tell. What
    /// both reach by repositories, those say.
    pub fn includes(&self, own: &Selection, other: &Self) -> bool {
        match (self, other) {
            (Self::ByRepository, Self::ByRepository) => true,
            (Self::ByRepository, Self::Named(names)) => *own == Selection::All || names.is_empty(),
            (Self::Named(held), Self::Named(names)) => names.is_subset(held),
            (Self::Named(_), Self::ByRepository) => false,
        }
    }
}
