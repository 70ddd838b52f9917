//! Storage: the only crate that knows SQL.
//!
//! [`Store`] runs units of work, which are synchronous closures and transactions: [`Store::read`] on one snapshot,
//! [`Store::write`] for a change under the next number, [`Store::side`] for what carries no authority. One text of every
//! query runs on SQLite and on PostgreSQL; `lint` tests keep it portable, `tests/conformance` proves it.
//!
//! Queries live in one module per entity, as small functions that take a unit and give records; [`accounts`] is the pattern.

mod claim;
mod conditions;
mod connection;
mod dialect;
mod error;
mod high_water;
mod ids;
mod migrations;
mod opening;
mod pool;
mod postgres;
mod postgres_url;
mod question_state;
mod reserve;
mod sql;
mod sqlite;
mod store;
mod tombstone_file;
mod unit;
mod value;

pub mod access;
pub mod accounts;
pub mod activity;
pub mod applications;
pub mod approval_rules;
pub mod audit;
pub mod challenges;
pub mod children;
pub mod collaborators;
pub mod credentials;
pub mod emergency;
pub mod factors;
pub mod feed;
pub mod foresight;
pub mod hand_overs;
pub mod hook_deliveries;
pub mod hooks;
pub mod identities;
pub mod invitations;
pub mod job_secrets;
pub mod job_tokens;
pub mod jobs;
pub mod key_checks;
pub mod link_codes;
pub mod memberships;
pub mod notices;
pub mod oauth_codes;
pub mod organizations;
pub mod package_roles;
pub mod package_versions;
pub mod packages;
pub mod places;
pub mod push_intents;
pub mod registry_questions;
pub mod reminders;
pub mod repositories;
pub mod repository_invitations;
pub mod requests;
pub mod reviewers;
pub mod sealed_values;
pub mod sealing_keys;
pub mod secrets;
pub mod service_accounts;
pub mod settings;
pub mod setup_codes;
pub mod sign_ins;
pub mod teams;
pub mod token_filter;
pub mod token_places;
pub mod tokens;
pub mod tombstones;
pub mod users;
pub mod workload;

pub use audit::AuditEntry;
pub use claim::Claim;
pub use dialect::Engine;
pub use error::{OpenError, StoreError};
pub use feed::{Committed, FeedEntry, FeedKey};
pub use ids::{IdentityId, Incarnation, JobId, NoticeId, PushIntentId, Seq};
pub use opening::{Options, Reconciled};
pub use question_state::{QuestionState, withdraw_unfetched};
pub use sql::{Sql, in_list};
pub use store::Store;
pub use tombstones::{Tombstone, TombstoneEntry};
pub use unit::{ReadUnit, SideUnit, WriteUnit};
pub use value::{FromValue, Row, ToValue, Value};
