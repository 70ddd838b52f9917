//! What is wrong with a token's form, told at its top once it was sent.

use std::collections::BTreeMap;

use crate::Faults;

/// Faults of one field that are told at once.
const TOLD: usize = 10;

/// A fault, with the field that it is about.
#[derive(Debug)]
pub(super) struct Line {
    /// The id of what is to be mended.
    pub(super) anchor: String,
    pub(super) label: String,
    pub(super) message: String,
}

/// The list at the top.
#[derive(Debug)]
pub(super) struct Told {
    /// The form was sent to be made or saved, and had faults.
    pub(super) sent: bool,
    /// Of a thousand repositories that are not there, the first few.
    pub(super) lines: Vec<Line>,
    /// How many there are.
    pub(super) count: usize,
}

impl Told {
    pub(super) fn new(sent: bool, faults: &Faults) -> Self {
        let mut same = BTreeMap::<&str, usize>::new();
        let lines = faults
            .all()
            .iter()
            .filter(|(field, _)| {
                let count = same.entry(field).or_default();
                *count += 1;
                *count <= TOLD
            })
            .map(|(field, message)| Line {
                anchor: anchor(field),
                label: label(field).to_owned(),
                message: message.clone(),
            })
            .collect();
        Self {
            sent,
            lines,
            count: faults.all().len(),
        }
    }

    pub(super) fn untold(&self) -> usize {
        self.count - self.lines.len()
    }
}

fn anchor(field: &str) -> String {
    match field {
        "expires_in" | "expires_at" => "expires".to_owned(),
        "repositories" | "permissions" | "scopes" | "conditions" => format!("{field}-part"),
        other => other.to_owned(),
    }
}

/// What the pages call a field.
fn label(field: &str) -> &str {
    match field {
        "name" => "Token name",
        "description" => "Description",
        "owner" => "Resource owner",
        "expires_in" | "expires_at" => "Expiration",
        "justification" => "Justification",
        "repositories" => "Repository access",
        "permissions" => "Permissions",
        "scopes" => "Scopes",
        "addresses" => "Networks",
        "hours" => "Hours",
        "refs" => "Branches and tags",
        "conditions" => "Conditions",
        other => other,
    }
}
