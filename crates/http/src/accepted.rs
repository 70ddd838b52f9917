//! What a route takes, as its answers' headers say it.

use http::HeaderValue;

use crate::route::Route;

/// `contents=write; a=read,b=read`: `,` inside a set, `;` between sets.
pub(crate) fn accepted(route: &Route) -> Option<HeaderValue> {
    let sets = route.operation.sets;
    if sets.iter().any(|set| set.is_empty()) {
        return Some(HeaderValue::from_static(
            "allows_permissionless_access=true",
        ));
    }
    if sets.is_empty() {
        return None;
    }
    let text: Vec<String> = sets
        .iter()
        .map(|set| {
            set.iter()
                .map(|r| format!("{}={}", r.key, r.level.name()))
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect();
    HeaderValue::from_str(&text.join("; ")).ok()
}

/// `repo, public_repo`: any one of them.
pub(crate) fn accepted_scopes(route: &Route) -> Option<HeaderValue> {
    let names: Vec<&str> = route
        .operation
        .scopes
        .iter()
        .map(|scope| scope.name())
        .collect();
    HeaderValue::from_str(&names.join(", ")).ok()
}
