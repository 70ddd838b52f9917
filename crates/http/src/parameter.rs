//! Parameters of a route's path.

/// A parameter of a route's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// `{name}`: one segment.
    Segment(&'static str),
    /// `{*name}`: all that is left of the path, with its slashes, but for what the route says behind it.
    Rest(&'static str),
}

/// What stands in this part of a route's path, if it is a parameter.
pub(crate) fn parameter(segment: &'static str) -> Option<Parameter> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(match name.strip_prefix('*') {
        Some(name) => Parameter::Rest(name),
        None => Parameter::Segment(name),
    })
}

/// A route's path up to a parameter that takes the rest of it, by which it is looked up; and what stands behind that.
pub(crate) fn parted(path: &'static str) -> (&'static str, &'static str) {
    let rest = path.find("{*");
    let end = rest.and_then(|at| Some(at + path.get(at..)?.find('}')? + 1));
    end.and_then(|end| path.split_at_checked(end))
        .unwrap_or((path, ""))
}

/// The name of the parameter that stands in this part of a route's path.
pub fn parameter_name(part: &str) -> Option<&str> {
    let name = part.strip_prefix('{')?.strip_suffix('}')?;
    Some(name.strip_prefix('*').unwrap_or(name))
}
