//! From a decoded path to a route, and the checks that every table passes at start.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::HeaderValue;
use jeton_app::{Door, Named};
use jeton_domain::{Id, TargetKind};

use crate::accepted::{accepted, accepted_scopes};
use crate::fields::whole_number;
use crate::parameter::{Parameter, parameter, parameter_name, parted};
use crate::path::ENCODED_SLASH;
use crate::route::{GITHUB_PREFIXES, Method, Names, Route, Table};
use crate::scoped::{owner_of, unversioned, with_scopes};

/// All tables of a listener, ready to be asked.
#[derive(Debug)]
pub(crate) struct Tables {
    // INVARIANT: longest prefix first, so that the first that fits is the one meant.
    prefixes: Vec<Prefix>,
}

#[derive(Debug)]
struct Prefix {
    text: &'static str,
    door: Door,
    paths: matchit::Router<Vec<Served>>,
}

/// A route as it is served.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) route: &'static Route,
    pub(crate) door: Door,
    /// See [`Table::strict_fields`].
    pub(crate) strict: bool,
    /// It is GitHub's: what clients ask its operations to speak is heard.
    pub(crate) negotiates: bool,
    /// What `X-Accepted-GitHub-Permissions` says.
    pub(crate) accepted: Option<HeaderValue>,
    /// What `X-Accepted-OAuth-Scopes` says.
    pub(crate) accepted_scopes: Option<HeaderValue>,
    parameters: Vec<Parameter>,
    /// What has to stand behind a parameter that takes the rest of a path: `/rename`; empty, where nothing does.
    tail: &'static str,
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
            Names::Organization(name) | Names::OrganizationNumber(name) => {
                (TargetKind::Organization, vec![name])
            }
            Names::RepositoryNumber(name) => (TargetKind::Repository, vec![name]),
            Names::Repository(owner, name) | Names::GitRepository(owner, name) => {
                (TargetKind::Repository, vec![owner, name])
            }
            Names::Package(owner, name)
            | Names::PackageOf(owner, name)
            | Names::NewPackage(owner, name) => (TargetKind::Package, vec![owner, name]),
        };
        if route.operation.target != target {
            faults.push(format!(
                "{shown}: names another target than `{}` is about",
                route.operation.name
            ));
        }
        let parameters: Vec<&str> = route.path.split('/').filter_map(parameter_name).collect();
        for name in needed.iter().filter(|name| !parameters.contains(name)) {
            faults.push(format!("{shown}: no parameter `{name}` in the path"));
        }
        for requirement in route.operation.sets.iter().copied().flatten() {
            match requirement.permission() {
                Some(key) if key.has(requirement.level) => {}
                _ => faults.push(format!(
                    "{shown}: no permission `{}: {}`",
                    requirement.key,
                    requirement.level.name()
                )),
            }
        }
    }
    faults
}

impl Tables {
    /// Puts tables together. Two routes with the same method, path and selector are refused.
    pub(crate) fn new(tables: &[&'static Table]) -> Result<Self, String> {
        let mut found: BTreeMap<&'static str, (Door, BTreeMap<&'static str, Vec<Served>>)> =
            BTreeMap::new();
        for table in tables {
            for prefix in table.prefixes {
                // Paths without a prefix are Git's and the site's: what is unknown there is said in
                // plain text.
                let door = if prefix.is_empty() {
                    Door::Git
                } else {
                    table.door
                };
                let (_, paths) = found
                    .entry(prefix)
                    .or_insert_with(|| (door, BTreeMap::new()));
                for route in table.routes {
                    paths
                        .entry(parted(route.path).0)
                        .or_default()
                        .push(Served::new(route, table));
                }
            }
        }
        let mut prefixes = Vec::with_capacity(found.len());
        for (text, (door, by_path)) in found {
            let mut paths = matchit::Router::new();
            for (path, mut list) in by_path {
                check_unique(&list)?;
                // INVARIANT: longest tail first, so that the first that fits is the one meant.
                list.sort_by_key(|served| std::cmp::Reverse(served.tail.len()));
                paths
                    .insert(path, list)
                    .map_err(|error| format!("the path `{path}`: {error}"))?;
            }
            prefixes.push(Prefix { text, door, paths });
        }
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.text.len()));
        Ok(Self { prefixes })
    }

    fn prefix<'p>(&self, path: &'p str) -> Option<(&Prefix, &'p str)> {
        self.prefixes.iter().find_map(|prefix| {
            let rest = path.strip_prefix(prefix.text)?;
            (rest.is_empty() || rest.starts_with('/')).then_some((prefix, rest))
        })
    }

    /// What a path that can't be decoded leads to.
    pub(crate) fn nothing(&self, raw: &str) -> Found<'_> {
        Found::Nothing(
            self.prefix(raw)
                .map_or(Door::Git, |(prefix, _)| prefix.door),
        )
    }

    /// Finds the route of a request. `query` is asked for selectors.
    pub(crate) fn find(
        &self,
        method: Option<Method>,
        path: &str,
        query: &[(String, String)],
    ) -> Found<'_> {
        let Some((prefix, rest)) = self.prefix(path) else {
            return Found::Nothing(Door::Git);
        };
        let rest = if rest.is_empty() { "/" } else { rest };
        let scoped = match prefix.door {
            Door::Npm => with_scopes(rest),
            _ => Cow::Borrowed(rest),
        };
        let rest = scoped.as_ref();
        let (Some(method), Ok(found)) = (method, prefix.paths.at(rest)) else {
            return Found::Nothing(prefix.door);
        };
        let mut unselected = None;
        for served in found
            .value
            .iter()
            .filter(|served| served.route.method == method && served.ends(&found.params))
        {
            if served.is_selected(query) {
                let values = found.params.iter().map(|(_, value)| value);
                return served
                    .values(values)
                    .map_or(Found::Nothing(prefix.door), |values| {
                        Found::Route(served, values)
                    });
            }
            unselected = Some(served.door);
        }
        unselected.map_or(Found::Nothing(prefix.door), Found::Unselected)
    }
}

/// One route for each method and selector of a path.
fn check_unique(list: &[Served]) -> Result<(), String> {
    for (at, served) in list.iter().enumerate() {
        let same = |other: &Served| {
            other.route.method == served.route.method
                && other.route.selector == served.route.selector
                && other.tail == served.tail
        };
        if list.iter().skip(at + 1).any(same) {
            return Err(format!(
                "`{} {}` is declared twice",
                served.route.method.name(),
                served.route.path
            ));
        }
    }
    Ok(())
}

impl Served {
    fn new(route: &'static Route, table: &'static Table) -> Self {
        Self {
            route,
            door: table.door,
            strict: table.strict_fields,
            negotiates: table.prefixes == GITHUB_PREFIXES,
            accepted: accepted(route),
            accepted_scopes: accepted_scopes(route),
            parameters: route.path.split('/').filter_map(parameter).collect(),
            tail: parted(route.path).1,
        }
    }

    /// The parameters' values. Nothing where an encoded `/` stands in one that takes a single segment.
    fn values<'v>(
        &self,
        values: impl Iterator<Item = &'v str>,
    ) -> Option<Vec<(&'static str, String)>> {
        let value = |(parameter, value): (&Parameter, &str)| match parameter {
            Parameter::Rest(name) => {
                let value = value.strip_suffix(self.tail)?;
                Some((*name, value.replace(ENCODED_SLASH, "/")))
            }
            Parameter::Segment(name) => {
                (!value.contains(ENCODED_SLASH)).then(|| (*name, value.to_owned()))
            }
        };
        self.parameters.iter().zip(values).map(value).collect()
    }

    /// Whether what has to stand behind the rest of the path does, and something before it.
    fn ends(&self, params: &matchit::Params<'_, '_>) -> bool {
        let last = params.iter().last().map(|(_, value)| value);
        self.tail.is_empty()
            || last
                .and_then(|value| value.strip_suffix(self.tail))
                .is_some_and(|rest| !rest.is_empty())
    }

    fn is_selected(&self, query: &[(String, String)]) -> bool {
        let Some((name, value)) = self.route.selector else {
            return true;
        };
        let mut given = query.iter().filter(|(n, _)| n == name);
        // Named twice, it names nothing: two readers could take different ones.
        given.next().is_some_and(|(_, v)| v == value) && given.next().is_none()
    }

    /// What the path names, in the words of a call.
    pub(crate) fn named(&self, parameters: &[(&'static str, String)]) -> Named {
        let value = |name: &str| {
            parameters
                .iter()
                .find(|(n, _)| *n == name)
                .map_or_else(String::new, |(_, value)| value.clone())
        };
        match self.route.names {
            Names::Site => Named::Site,
            Names::Own => Named::Own,
            Names::Organization(name) => Named::Organization(value(name)),
            Names::OrganizationNumber(name) => Named::OrganizationNumber(numbered(&value(name))),
            Names::RepositoryNumber(name) => Named::RepositoryNumber(numbered(&value(name))),
            Names::Repository(owner, name) => Named::Repository(value(owner), value(name)),
            Names::GitRepository(owner, name) => {
                let name = value(name);
                let bare = name.strip_suffix(".git").unwrap_or(&name).to_owned();
                Named::Repository(value(owner), bare)
            }
            Names::PackageOf(owner, name) => Named::Package(value(owner), value(name)),
            Names::Package(scope, name) => {
                Named::Package(owner_of(&value(scope)), unversioned(&value(name)))
            }
            Names::NewPackage(scope, name) => {
                Named::NewPackage(owner_of(&value(scope)), unversioned(&value(name)))
            }
        }
    }
}

/// A number as it stands in a path. Anything else names nothing.
fn numbered<T: Id>(text: &str) -> Option<T> {
    whole_number(text).and_then(T::from_i64)
}

#[cfg(test)]
mod tests {
    use jeton_app::{App, AppError, Call};
    use jeton_domain::{Access, Kinds, Least, Level, Operation, Requirement};

    use super::*;
    use crate::answer::Answer;
    use crate::input::Input;

    const fn operation(target: TargetKind, sets: &'static [&'static [Requirement]]) -> Operation {
        Operation {
            name: "test",
            sentence: "A test.",
            target,
            access: Access::Read,
            reads_public: false,
            sets,
            scopes: &[],
            least: Least::Person,
            kinds: Kinds::SIGN_INS_AND_GRANTS,
            confirm: false,
            about_itself: false,
            departs: false,
            events: &[],
        }
    }

    static READ: Requirement = Requirement::new("contents", Level::Read);
    static REPOSITORY: Operation = operation(
        TargetKind::Repository,
        &[&[READ], &[Requirement::new("members", Level::Write), READ]],
    );
    static SITE: Operation = operation(TargetKind::Site, &[&[]]);
    static UNKNOWN: Operation = operation(
        TargetKind::Site,
        &[&[Requirement::new("content", Level::Read)]],
    );

    #[expect(clippy::unnecessary_wraps, reason = "a handler's form")]
    fn handler(_: &App, _: &Call, _: &Input) -> Result<Answer, AppError> {
        Ok(Answer::empty())
    }

    const NAMED: Names = Names::GitRepository("owner", "repo");
    static GOOD: Table = Table {
        door: Door::Api,
        prefixes: GITHUB_PREFIXES,
        strict_fields: false,
        routes: &[
            Route::new(Method::Get, "/", &SITE, Names::Site, handler),
            Route::new(
                Method::Get,
                "/repos/{owner}/{repo}",
                &REPOSITORY,
                NAMED,
                handler,
            ),
            Route::new(
                Method::Patch,
                "/repos/{owner}/{repo}",
                &REPOSITORY,
                NAMED,
                handler,
            ),
            Route::new(
                Method::Get,
                "/repos/{owner}/{repo}/x",
                &REPOSITORY,
                NAMED,
                handler,
            )
            .selected_by("a", "1"),
            Route::new(
                Method::Get,
                "/repos/{owner}/{repo}/x",
                &REPOSITORY,
                NAMED,
                handler,
            )
            .selected_by("a", "2"),
            Route::new(
                Method::Get,
                "/repos/{owner}/{repo}/files/{*path}",
                &REPOSITORY,
                NAMED,
                handler,
            ),
            Route::new(
                Method::Get,
                "/repos/{owner}/{repo}/files/{*path}/history",
                &REPOSITORY,
                NAMED,
                handler,
            ),
            Route::new(
                Method::Post,
                "/repos/{owner}/{repo}/files/{*path}/rename",
                &REPOSITORY,
                NAMED,
                handler,
            ),
        ],
    };
    static OWN: Table = Table {
        door: Door::Api,
        prefixes: &["/api/jeton/v1"],
        strict_fields: true,
        routes: &[Route::new(
            Method::Get,
            "/repos",
            &SITE,
            Names::Site,
            handler,
        )],
    };

    fn ask(method: Method, path: &str, query: &[(&str, &str)]) -> String {
        let tables = Tables::new(&[&GOOD, &OWN]).unwrap();
        let query: Vec<_> = query
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        match tables.find(Some(method), path, &query) {
            Found::Route(served, values) => {
                format!(
                    "{} {:?} {:?}",
                    served.route.path,
                    served.route.selector,
                    served.named(&values)
                )
            }
            Found::Unselected(_) => "unselected".to_owned(),
            Found::Nothing(_) => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_path_leads_to_its_one_route_under_each_prefix() {
        assert_eq!(check(&[&GOOD, &OWN]), Vec::<String>::new());
        for prefix in ["/api", "/api/v3"] {
            assert_eq!(ask(Method::Get, prefix, &[]), "/ None Site");
            assert_eq!(ask(Method::Get, &format!("{prefix}/"), &[]), "/ None Site");
            let path = format!("{prefix}/repos/ada/labs.git");
            let found = "/repos/{owner}/{repo} None Repository(\"ada\", \"labs\")";
            assert_eq!(ask(Method::Get, &path, &[]), found);
            assert_eq!(ask(Method::Patch, &path, &[]), found);
            assert_eq!(ask(Method::Delete, &path, &[]), "nothing");
            assert_eq!(ask(Method::Get, &format!("{path}/"), &[]), "nothing");
        }
        assert_eq!(
            ask(Method::Get, "/api/jeton/v1/repos", &[]),
            "/repos None Site"
        );
        // Under a prefix only its own routes are found, and nothing is a prefix by half.
        for path in [
            "/api/jeton/v1/repos/ada/labs",
            "/api/v3/api/repos/a/b",
            "/apiv3/",
            "/api/v30/repos/a/b",
            "/repos/a/b",
        ] {
            assert_eq!(ask(Method::Get, path, &[]), "nothing", "{path}");
        }
    }

    #[test]
    fn an_encoded_slash_stands_in_the_rest_of_a_path_alone() {
        let tables = Tables::new(&[&GOOD, &OWN]).unwrap();
        let found = |path: &str| {
            let path = crate::path::decoded(path).unwrap();
            match tables.find(Some(Method::Get), &path, &[]) {
                Found::Route(_, values) => {
                    values.last().map(|(name, value)| format!("{name}={value}"))
                }
                _ => None,
            }
        };
        let rest = Some("path=a/b/c".to_owned());
        assert_eq!(found("/api/repos/x/y/files/a/b/c"), rest);
        assert_eq!(found("/api/repos/x/y/files/a%2Fb/c"), rest);
        assert_eq!(found("/api/repos/x/y/files/a%2fb%2Fc"), rest);
        for path in [
            "/api/repos/x%2Fy/z/files/a",
            "/api/repos/x/y%2Ffiles/a",
            "/api/repos/x/y%2Ffiles%2Fa",
            "/api%2Frepos/x/y/files/a",
            "/api/repos/x%2Fy",
            "/api/repos/x/y/files",
            "/api/repos/x/y/files/",
        ] {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn a_word_behind_the_rest_of_a_path_is_part_of_a_route_s_name() {
        let tables = Tables::new(&[&GOOD, &OWN]).unwrap();
        let found = |method, rest: &str| {
            let path = format!("/api/repos/x/y/files/{rest}");
            let path = crate::path::decoded(&path).unwrap();
            match tables.find(Some(method), &path, &[]) {
                Found::Route(served, values) => {
                    let value = values.last().map(|(_, value)| value.clone());
                    Some((served.tail, value.unwrap()))
                }
                _ => None,
            }
        };
        let is = |tail: &'static str, value: &str| Some((tail, value.to_owned()));
        assert_eq!(found(Method::Post, "a/rename"), is("/rename", "a"));
        assert_eq!(found(Method::Post, "a/b/rename"), is("/rename", "a/b"));
        assert_eq!(found(Method::Post, "a%2Fb/rename"), is("/rename", "a/b"));
        let twice = found(Method::Post, "rename/rename");
        assert_eq!(twice, is("/rename", "rename"));
        for other in ["rename", "a", "a/b", "a%2Frename", "arename", "a/Rename"] {
            assert_eq!(found(Method::Post, other), None, "{other}");
        }
        assert_eq!(found(Method::Get, "a/history"), is("/history", "a"));
        assert_eq!(found(Method::Get, "history"), is("", "history"));
        assert_eq!(found(Method::Get, "a/rename"), is("", "a/rename"));
        assert_eq!(found(Method::Get, "a%2Fhistory"), is("", "a/history"));
    }

    #[test]
    fn a_selector_is_part_of_a_route_s_name() {
        let ask = |query: &[(&str, &str)]| ask(Method::Get, "/api/repos/a/b/x", query);
        assert!(ask(&[("a", "2")]).contains("Some((\"a\", \"2\"))"));
        assert!(ask(&[("b", "2"), ("a", "1")]).contains("Some((\"a\", \"1\"))"));
        for query in [
            &[][..],
            &[("a", "3")],
            &[("a", "")],
            &[("a", "1"), ("a", "2")],
            &[("a", "1"), ("a", "1")],
        ] {
            assert_eq!(ask(query), "unselected", "{query:?}");
        }
    }

    #[test]
    fn wrong_tables_are_refused() {
        macro_rules! table {
            ($($route:expr),*) => {{
                static TABLE: Table =
                    Table { door: Door::Api, prefixes: &[""], strict_fields: false, routes: &[$($route),*] };
                check(&[&TABLE]).join("; ")
            }};
        }
        let twice = table!(
            Route::new(Method::Get, "/a", &SITE, Names::Site, handler),
            Route::new(Method::Get, "/a", &SITE, Names::Site, handler)
        );
        assert!(twice.contains("declared twice"), "{twice}");
        let target = table!(Route::new(
            Method::Get,
            "/a/{owner}",
            &SITE,
            Names::Organization("owner"),
            handler
        ));
        assert!(target.contains("another target"), "{target}");
        let parameter = table!(Route::new(
            Method::Get,
            "/a/{owner}",
            &REPOSITORY,
            NAMED,
            handler
        ));
        assert!(parameter.contains("no parameter `repo`"), "{parameter}");
        let key = table!(Route::new(
            Method::Get,
            "/a",
            &UNKNOWN,
            Names::Site,
            handler
        ));
        assert!(key.contains("no permission `content: read`"), "{key}");
    }

    #[test]
    fn accepted_permissions_are_told_in_sets() {
        let told = |index: usize| accepted(&GOOD.routes[index]).unwrap();
        assert_eq!(told(0), "allows_permissionless_access=true");
        assert_eq!(told(1), "contents=read; members=write,contents=read");
    }
}
