//! Faults planted in copies of the decision. The comparison with the naive decider must catch each: what
//! would not be caught would not be proved. Never shipped.
//!
//! The table is `faults.rs`; `build.rs` makes the copies.

use jeton_decide::{Bearer, Facts, ListFacts, Request};
use jeton_domain::{AccountId, RepositoryId, Visibility};
use jeton_model::Verdict;

include!("../faults.rs");

/// A copy of the decision, faulty or not.
#[derive(Clone, Copy, Debug)]
pub struct Decider {
    /// Its decision.
    pub decide: fn(&Request<'_>, &Facts<'_>) -> Verdict,
    /// Which of the items its predicate lets in.
    pub list: fn(Option<&Bearer>, &ListFacts<'_>, &[Item]) -> Vec<bool>,
}

/// A repository of a list.
pub type Item = (RepositoryId, AccountId, Visibility);

/// How a copy is asked; the same text for each, since each has types of its own.
macro_rules! asked {
    () => {
        pub(crate) const DECIDER: crate::Decider = crate::Decider { decide, list };

        fn decide(
            request: &jeton_decide::Request<'_>,
            facts: &jeton_decide::Facts<'_>,
        ) -> jeton_model::Verdict {
            match decision::decide(request, facts) {
                decision::Decision::Allow(permit) => jeton_model::Verdict::Allow {
                    anonymous_view: permit.view() == permit::View::Anonymous,
                },
                decision::Decision::Deny(denial) => jeton_model::Verdict::Deny {
                    code: denial.reason.code(),
                    status: denial.status.code(),
                },
            }
        }

        fn list(
            bearer: Option<&jeton_decide::Bearer>,
            facts: &jeton_decide::ListFacts<'_>,
            items: &[crate::Item],
        ) -> Vec<bool> {
            let facts = list::ListFacts {
                item: facts.item,
                anonymous_allowed: facts.anonymous_allowed,
                whole: facts.whole,
                held: facts.held,
                outside_of: facts.outside_of,
                refusing: facts.refusing,
            };
            let predicate = list::repositories(bearer, &facts);
            items
                .iter()
                .map(|(id, owner, visibility)| predicate.admits(*id, *owner, *visibility))
                .collect()
        }
    };
}

#[allow(
    warnings,
    clippy::all,
    clippy::pedantic,
    reason = "copies with faults, where half of each is not asked and some conditions are planted"
)]
mod copies {
    include!(concat!(env!("OUT_DIR"), "/copies.rs"));
}

pub use copies::COPIES;
