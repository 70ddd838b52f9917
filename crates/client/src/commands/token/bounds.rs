//! What a token is bound to: the options for its conditions.

use std::convert::Infallible;

use jeton_domain::{Hours, RefPattern};
use serde_json::{Value, json};

use crate::commands::put;
use crate::commands::words::network;

/// From where, when, and which refs.
#[derive(Debug, clap::Args)]
pub(super) struct Bounds {
    /// Works only from this network, as 10.0.0.0/8, or from a single address; may be repeated
    #[arg(long = "address", value_name = "CIDR", value_parser = |text: &str| Ok::<_, Infallible>(network(text)))]
    addresses: Vec<String>,
    /// Works only at these hours, as 'Europe/Berlin mon-fri 08:00-18:00'
    #[arg(long, value_name = "HOURS", value_parser = Hours::read)]
    hours: Option<Hours>,
    /// Writes only refs that this names, tags included, as 'refs/heads/bot/*'; may be repeated
    #[arg(long = "ref", value_name = "PATTERN")]
    refs: Vec<String>,
    /// Rewrites no ref: what is pushed descends from what was there
    #[arg(long)]
    no_force: bool,
    /// Deletes no ref
    #[arg(long)]
    no_delete: bool,
}

impl Bounds {
    /// The conditions, where any was named.
    pub(super) fn conditions(self) -> Option<Value> {
        let refs = self.refs();
        let mut condition = json!({});
        put(
            &mut condition,
            "addresses",
            (!self.addresses.is_empty()).then(|| json!({ "only": self.addresses })),
        );
        put(
            &mut condition,
            "hours",
            self.hours.map(|hours| json!(hours)),
        );
        put(&mut condition, "refs", refs);
        (condition != json!({})).then(|| json!([condition]))
    }

    fn refs(&self) -> Option<Value> {
        let patterns = match self.refs.as_slice() {
            [] if self.no_force || self.no_delete => json!([RefPattern::EVERY]),
            [] => return None,
            named => json!(named),
        };
        Some(json!({ "only": {
            "patterns": patterns, "no_force": self.no_force, "no_delete": self.no_delete,
        } }))
    }
}
