//! From a decoded path to a route, and the checks that every table passes at start.

use http::HeaderValue;
use jeton_app::{Door, Named};
use jeton_domain::TargetKind;

use crate::route::{Method, Names, Route, Table};

/// All tables of a listener, ready to be asked.
#[derive(Debug)]
pub(crate) struct Tables {
    // INVARIANT: longest prefix first, so that the first that fits is the one meant.
    prefixes: Vec<Prefix>,
}

#[derive(Debug)]
struct Prefix {
    prefix: &'static str,
    door: Door,
    paths: matchit::Router<Vec<Served>>,
}

/// A route as it is served.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) route: &'static Route,
    pub(crate) door: Door,
    pub(crate) strict_fields: bool,
    /// What `X-Accepted-GitHub-Permissions` says.
    pub(crate) accepted: Option<HeaderValue>,
    parameters: Vec<&'static str>,
}

/// What a path led to.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// A route and the values of its parameters.
    Route(&'a Served, Vec<(&'static str, String)>),
    /// A path that is only served with another selector: Git's dumb protocol.
    Unselected(Door),
    /// Nothing; the door whose form the answer takes.
    Nothing(Door),
}

/// What is wrong with tables, in sentences; empty is fine.
///
/// Names of operations are unique per method and path, parameters that name the target stand in the
/// path, and the operation's target is what the names say.
pub fn check(tables: &[&'static Table]) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(fault) = Tables::new(tables) {
        faults.push(fault);
    }
    for route in tables.iter().flat_map(|table| table.routes) {
        let shown = format!("{} {}", route.method.name(), route.path);
        let (target, needed) = match route.names {
            Names::Site => (TargetKind::Site, vec![]),
            Names::Own => (TargetKind::Own, vec![]),
            Names::Organization(name) => (TargetKind::Organization, vec![name]),
            Names::Repository(owner, name) | Names::GitRepository(owner, name) => {
                (TargetKind::Repository, vec![owner, name])
            }
        };
        if route.operation.target != target {
            faults.push(format!("{shown}: names another target than `{}` is about", route.operation.name));
        }
        let parameters = parameters(route.path);
        for name in needed.iter().filter(|name| !parameters.contains(name)) {
            faults.push(format!("{shown}: no parameter `{name}` in the path"));
        }
        for requirement in route.operation.sets.iter().copied().flatten() {
            match requirement.permission() {
                Some(key) if key.has(requirement.level) => {}
                _ => faults.push(format!("{shown}: no permission `{}: {}`", requirement.key, requirement.level.name())),
            }
        }
    }
    faults
}

impl Tables {
    /// Puts tables together. Two routes with the same method, path and selector are refused.
    pub(crate) fn new(tables: &[&'static Table]) -> Result<Self, String> {
        let mut prefixes: Vec<Prefix> = Vec::new();
        for table in tables {
            for prefix in table.prefixes {
                // The paths under one prefix may come from several tables.
                let mut by_path: Vec<(&'static str, Vec<Served>)> = Vec::new();
                for route in table.routes {
                    let served = Served::new(route, table);
                    match by_path.iter_mut().find(|(path, _)| *path == route.path) {
                        Some((_, list)) => list.push(served),
                        None => by_path.push((route.path, vec![served])),
                    }
                }
                let place = match prefixes.iter().position(|known| known.prefix == *prefix) {
                    Some(place) => place,
                    None => {
                        prefixes.push(Prefix { prefix, door: table.door, paths: matchit::Router::new() });
                        prefixes.len() - 1
                    }
                };
                let Some(known) = prefixes.get_mut(place) else { continue };
                for (path, list) in by_path {
                    known.insert(path, list)?;
                }
            }
        }
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.prefix.len()));
        Ok(Self { prefixes })
    }

    fn prefix<'p>(&self, path: &'p str) -> Option<(&Prefix, &'p str)> {
        self.prefixes.iter().find_map(|prefix| {
            let rest = path.strip_prefix(prefix.prefix)?;
            (rest.is_empty() || rest.starts_with('/')).then_some((prefix, rest))
        })
    }

    /// What a path that can't be decoded leads to.
    pub(crate) fn nothing(&self, raw: &str) -> Found<'_> {
        Found::Nothing(self.prefix(raw).map_or(Door::Git, |(prefix, _)| prefix.door))
    }

    /// Finds the route of a request. `query` is asked for selectors.
    pub(crate) fn find(&self, method: Option<Method>, path: &str, query: &[(String, String)]) -> Found<'_> {
        let Some((prefix, rest)) = self.prefix(path) else { return Found::Nothing(Door::Git) };
        let rest = if rest.is_empty() { "/" } else { rest };
        let (Some(method), Ok(found)) = (method, prefix.paths.at(rest)) else {
            return Found::Nothing(prefix.door);
        };
        let mut unselected = None;
        for served in found.value.iter().filter(|served| served.route.method == method) {
            if served.is_selected(query) {
                let values = found.params.iter().map(|(_, value)| value.to_owned());
                let values = served.parameters.iter().copied().zip(values).collect();
                return Found::Route(served, values);
            }
            unselected = Some(served.door);
        }
        unselected.map_or(Found::Nothing(prefix.door), Found::Unselected)
    }
}

impl Prefix {
    fn insert(&mut self, path: &'static str, list: Vec<Served>) -> Result<(), String> {
        // The same path may come from two tables, for different methods.
        let known = match self.paths.at_mut(path) {
            Ok(found) if found.value.first().is_some_and(|served| served.route.path == path) => Some(found.value),
            _ => None,
        };
        let list = match known {
            Some(known) => {
                known.extend(list);
                known
            }
            None => {
                self.paths.insert(path, list).map_err(|error| format!("the path `{path}`: {error}"))?;
                match self.paths.at_mut(path) {
                    Ok(found) => found.value,
                    Err(_) => return Err(format!("the path `{path}` can't be reached")),
                }
            }
        };
        for (at, served) in list.iter().enumerate() {
            let same = |other: &&Served| {
                other.route.method == served.route.method && other.route.selector == served.route.selector
            };
            if list.iter().skip(at + 1).any(|other| same(&other)) {
                return Err(format!("`{} {path}` is declared twice", served.route.method.name()));
            }
        }
        Ok(())
    }
}

impl Served {
    fn new(route: &'static Route, table: &'static Table) -> Self {
        Self {
            route,
            door: table.door,
            strict_fields: table.strict_fields && !route.body.is_empty(),
            accepted: accepted(route),
            parameters: parameters(route.path),
        }
    }

    fn is_selected(&self, query: &[(String, String)]) -> bool {
        let Some((name, value)) = self.route.selector else { return true };
        let mut given = query.iter().filter(|(n, _)| n == name);
        // Named twice, it names nothing: two readers could take different ones.
        given.next().is_some_and(|(_, v)| v == value) && given.next().is_none()
    }

    /// What the path names, in the words of a call.
    pub(crate) fn named(&self, parameters: &[(&'static str, String)]) -> Named {
        let value = |name: &str| {
            parameters.iter().find(|(n, _)| *n == name).map_or_else(String::new, |(_, value)| value.clone())
        };
        match self.route.names {
            Names::Site => Named::Site,
            Names::Own => Named::Own,
            Names::Organization(name) => Named::Organization(value(name)),
            Names::Repository(owner, name) => Named::Repository(value(owner), value(name)),
            Names::GitRepository(owner, name) => {
                let name = value(name);
                let bare = name.strip_suffix(".git").unwrap_or(&name).to_owned();
                Named::Repository(value(owner), bare)
            }
        }
    }
}

/// The names between braces.
fn parameters(path: &'static str) -> Vec<&'static str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
}

/// `contents=write; a=read,b=read`: `,` inside a set, `;` between sets.
fn accepted(route: &Route) -> Option<HeaderValue> {
    let sets = route.operation.sets;
    if sets.iter().any(|set| set.is_empty()) {
        return Some(HeaderValue::from_static("allows_permissionless_access=true"));
    }
    if sets.is_empty() {
        return None;
    }
    let text: Vec<String> = sets
        .iter()
        .map(|set| set.iter().map(|r| format!("{}={}", r.key, r.level.name())).collect::<Vec<_>>().join(","))
        .collect();
    HeaderValue::from_str(&text.join("; ")).ok()
}
