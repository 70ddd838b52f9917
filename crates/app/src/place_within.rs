//! A place as it is found by a token that was handed over: its person's rights, bound by the service account's.

use std::sync::Arc;

use jeton_domain::{Role, RoleSources, SitePolicy, Visibility};
use jeton_store::{ReadUnit, StoreError};

use crate::app::App;
use crate::authenticate::Known;
use crate::cache::Dated;
use crate::call::Named;
use crate::place::{Owner, Place, load};

impl Place {
    /// As it is found by somebody whose rights are bound by a service account's too: in each thing the lesser of both.
    pub(crate) fn within(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Organization(mut own), Self::Organization(other)) => {
                own.lower_to(other);
                Self::Organization(own)
            }
            (Self::Repository(mut own), Self::Repository(other)) => {
                own.owner.lower_to(&other.owner);
                let outside = own.owner.outside_collaborator;
                lower(
                    &mut own.sources,
                    &mut own.visibility,
                    outside,
                    other.sources,
                );
                Self::Repository(own)
            }
            (Self::Package(mut own), Self::Package(other)) => {
                own.owner.lower_to(&other.owner);
                let outside = own.owner.outside_collaborator;
                lower(
                    &mut own.sources,
                    &mut own.visibility,
                    outside,
                    other.sources,
                );
                Self::Package(own)
            }
            (own, _) => own,
        }
    }
}

/// The lesser of two roles. What every person inside may read, a service account does not, without a role.
fn lower(
    sources: &mut RoleSources,
    visibility: &mut Visibility,
    outside: bool,
    other: RoleSources,
) {
    let inside = *visibility == Visibility::Internal && !outside;
    let has = sources.role().or(inside.then_some(Role::Read));
    let role = has.min(other.role());
    if *visibility == Visibility::Internal && role.is_none() {
        *visibility = Visibility::Private;
    }
    *sources = RoleSources {
        direct: role,
        ..RoleSources::default()
    };
}

impl Owner {
    fn lower_to(&mut self, other: &Self) {
        self.membership = self.membership.min(other.membership);
        self.reviewer &= other.reviewer;
    }
}

/// Loads what is named, as whoever a credential stands for finds it.
pub(crate) fn load_for(
    unit: &mut ReadUnit<'_>,
    named: &Named,
    known: Option<&Known>,
    site: &SitePolicy,
) -> Result<Place, StoreError> {
    let place = load(unit, named, known.map(|known| known.user), site)?;
    match known.and_then(|known| known.within) {
        Some(other) => Ok(place.within(&load(unit, named, Some(other), site)?)),
        None => Ok(place),
    }
}

impl App {
    /// What is named, as whoever a credential stands for finds it.
    pub(crate) fn place_for(
        &self,
        named: &Named,
        known: Option<&Known>,
    ) -> Result<Arc<Dated<Place>>, StoreError> {
        let place = self.place(named, known.map(|known| known.user))?;
        match known.and_then(|known| known.within) {
            Some(other) => {
                let other = self.place(named, Some(other))?;
                let both = |own: &Place, other: &Place| own.clone().within(other);
                Ok(Arc::new(place.and(&other, both)))
            }
            None => Ok(place),
        }
    }
}
