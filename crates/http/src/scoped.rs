//! Names of packages in the paths of the registry.

use std::borrow::Cow;

use crate::path::ENCODED_SLASH;

/// Whose packages a scope holds. What is no scope is nobody's name.
pub(crate) fn owner_of(scope: &str) -> String {
    scope.strip_prefix('@').unwrap_or_default().to_owned()
}

/// `left-pad`, also where a version is named with it: `left-pad@1.0.0`.
pub(crate) fn unversioned(name: &str) -> String {
    let end = name.find('@').unwrap_or(name.len());
    name.get(..end).unwrap_or_default().to_owned()
}

/// At the registry `@owner%2fname` is one name, as its clients send it, and means what `@owner/name` does. Nowhere else is an
/// encoded `/` read as a plain one, but where a parameter takes the rest of a path.
pub(crate) fn with_scopes(path: &str) -> Cow<'_, str> {
    if !path.contains(ENCODED_SLASH) {
        return Cow::Borrowed(path);
    }
    let plain = |segment: &str| {
        let scoped = segment.starts_with('@') && segment.matches(ENCODED_SLASH).count() == 1;
        if scoped {
            segment.replace(ENCODED_SLASH, "/")
        } else {
            segment.to_owned()
        }
    };
    let segments: Vec<String> = path.split('/').map(plain).collect();
    Cow::Owned(segments.join("/"))
}
