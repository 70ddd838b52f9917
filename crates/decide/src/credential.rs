//! Facts that a failed credential or carrier turns into reasons.

use crate::facts::{CarrierFault, Failure};
use crate::reason::Reason;

impl From<CarrierFault> for Reason {
    fn from(fault: CarrierFault) -> Self {
        match fault {
            CarrierFault::Two => Self::TwoCredentials,
            CarrierFault::Undecodable => Self::UndecodableBasic,
            CarrierFault::InUrl => Self::TokenInUrl,
            CarrierFault::Scheme => Self::UnknownScheme,
            CarrierFault::Malformed => Self::MalformedToken,
        }
    }
}

impl From<Failure> for Reason {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unknown => Self::UnknownToken,
            Failure::Expired { at } => Self::Expired { at },
            Failure::Revoked => Self::Revoked,
            Failure::Retired => Self::Retired,
        }
    }
}
