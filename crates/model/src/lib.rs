//! A second, naive decider: the rules of the decision written down once more, by another hand, with
//! words and numbers of its own. It needs nothing of ours, so that what both deciders say is said twice.
//!
//! It is slow and plain on purpose. Each step is one function, and the sentence of the rule stands
//! above it. Where it disagrees with the shipped decision, one of them is wrong.

mod conditions;
mod decide;
mod grant;
mod list;
mod policy;
mod role;
mod scopes;
mod steps;
mod world;

pub use decide::decide;
pub use list::list;
pub use world::{
    Access, Addresses, Base, Bearer, Carrier, Condition, Credential, Expiry, Grant, Hours, Kind,
    Least, Level, Link, Maximum, Membership, Operation, Package, Policy, Principal, RefChange,
    Refs, Repository, Role, Selection, SitePolicy, Standing, Sudo, Target, TargetKind, Token,
    Verdict, Visibility, World,
};
