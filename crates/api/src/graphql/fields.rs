//! Which operation of the route tables each guarded field is.

use std::collections::BTreeSet;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationType, Selection, SelectionSet,
};
use jeton_app::{Call, Named};
use jeton_domain::Operation;

use super::{Answered, Asking, Context, limits, typed};
use crate::{organizations, people, repositories};

/// Type, field, and what it does. A field that looks something up and does not stand here is refused.
const FIELDS: &[(&str, &str, &[&Operation])] = &[
    ("Query", "viewer", &[&people::ONESELF]),
    ("Query", "user", &[&people::PROFILE]),
    ("Query", "organization", &[&people::PROFILE]),
    ("Query", "repositoryOwner", &[&people::PROFILE]),
    ("Query", "repository", &[&jeton_app::repositories::GET]),
    ("Query", "search", &[&people::REPOSITORIES]),
    (
        "Mutation",
        "createRepository",
        &[
            &repositories::CREATE_OWN,
            &repositories::CREATE,
            &people::PROFILE,
        ],
    ),
    ("User", "name", &[&people::PROFILE]),
    ("User", "createdAt", &[&people::PROFILE]),
    ("Organization", "name", &[&people::PROFILE]),
    ("Organization", "createdAt", &[&people::PROFILE]),
    ("User", "organizations", &[&organizations::OWN]),
    ("User", "repositories", &[&people::REPOSITORIES]),
    (
        "Organization",
        "repositories",
        &[&repositories::OF_ORGANIZATION],
    ),
    (
        "Repository",
        "defaultBranchRef",
        &[&jeton_app::repositories::GET],
    ),
    ("Repository", "diskUsage", &[&jeton_app::repositories::GET]),
    ("Repository", "isEmpty", &[&jeton_app::repositories::GET]),
    (
        "Repository",
        "viewerDefaultCommitEmail",
        &[&people::ONESELF],
    ),
    (
        "Repository",
        "viewerPossibleCommitEmails",
        &[&people::EMAILS],
    ),
];

fn operations(parent: &str, field: &str) -> &'static [&'static Operation] {
    let row = FIELDS
        .iter()
        .find(|(of, name, _)| *of == parent && *name == field);
    row.map_or(&[], |(_, _, operations)| operations)
}

/// A document that speaks of types of the schema only.
///
/// SECURITY: the library's own validation panics over a variable of any other.
pub(super) fn typed_by(
    names: &BTreeSet<String>,
    document: ExecutableDocument,
) -> Result<ExecutableDocument, String> {
    let operations = document.operations.iter();
    let variables = operations.flat_map(|(_, operation)| &operation.node.variable_definitions);
    for variable in variables {
        let mut base = &variable.node.var_type.node.base;
        while let BaseType::List(inner) = base {
            base = &inner.base;
        }
        if let BaseType::Named(name) = base
            && !names.contains(name.as_str())
        {
            return Err(format!(
                "{} isn't a defined input type",
                jeton_domain::plain(name)
            ));
        }
    }
    Ok(document)
}

/// A document whose first fields all name an operation, or ask for the schema alone; nothing of any other is answered.
pub(super) fn named(document: ExecutableDocument) -> Result<ExecutableDocument, String> {
    for (_, operation) in document.operations.iter() {
        let parent = match operation.node.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => return Err("There are no subscriptions.".to_owned()),
        };
        check(&document, parent, &operation.node.selection_set.node)?;
    }
    Ok(document)
}

// Fragments inside of themselves were refused before.
fn check(document: &ExecutableDocument, parent: &str, set: &SelectionSet) -> Result<(), String> {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                if !name.starts_with("__") && operations(parent, name).is_empty() {
                    let name = jeton_domain::plain(name);
                    return Err(format!("Field '{name}' doesn't exist on type '{parent}'"));
                }
            }
            Selection::InlineFragment(inline) => {
                check(document, parent, &inline.node.selection_set.node)?;
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = document.fragments.get(name) {
                    check(document, parent, &fragment.node.selection_set.node)?;
                }
            }
        }
    }
    Ok(())
}

impl Asking {
    /// The request as an operation that the field in `ctx` stands for.
    pub(super) fn call(
        &self,
        ctx: &Context<'_>,
        operation: &'static Operation,
        named: Named,
    ) -> Answered<Call> {
        let field = ctx.field().name();
        let stands_for = |(_, name, operations): &(&str, &str, &[&Operation])| {
            let same = |known: &&Operation| std::ptr::eq(*known, operation);
            *name == field && operations.iter().any(same)
        };
        if FIELDS.iter().any(stands_for) {
            self.spend(limits::LOOK)?;
            Ok(self.call.to(operation, named))
        } else {
            Err(typed(
                "FORBIDDEN",
                format!("Field '{field}' does nothing of that kind."),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::read;
    use super::*;

    #[test]
    fn what_no_operation_stands_for_is_refused_before_anything_runs() {
        for query in [
            "{ viewer { login } }",
            "query A { viewer { login } } query B { repository(owner: \"a\", name: \"b\") { id } }",
            "mutation M { createRepository(input: {}) { clientMutationId } }",
            "{ __schema { types { name } } __typename }",
            "{ ...f } fragment f on Query { viewer { login } }",
        ] {
            assert!(read(query).and_then(named).is_ok(), "{query}");
        }
        for query in [
            "{ viewers { login } }",
            "{ viewer { login } nodes(ids: []) { id } }",
            "query A { viewer { login } } query B { secrets }",
            "{ createRepository(input: {}) { clientMutationId } }",
            "mutation { viewer { login } }",
            "mutation { deleteRepository(input: {}) { clientMutationId } }",
            "{ ...f } fragment f on Query { ... on Query { secrets } }",
            "subscription { viewer { login } }",
        ] {
            assert!(read(query).and_then(named).is_err(), "{query}");
        }
    }

    #[test]
    fn the_operations_are_those_of_the_tables() {
        let routed: Vec<&Operation> = crate::TABLES
            .iter()
            .flat_map(|table| table.routes)
            .map(|route| route.operation)
            .collect();
        for (_, field, operations) in FIELDS {
            for operation in *operations {
                let known = routed.iter().any(|known| std::ptr::eq(*known, *operation));
                assert!(known, "`{field}`: {}", operation.name);
            }
        }
    }
}
