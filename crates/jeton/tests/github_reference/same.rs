use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jeton_domain::{ClassicScope, Operation};
use jeton_http::{GITHUB_PREFIXES, Route};
use serde_json::Value;

fn read(name: &str) -> Value {
    let folder = std::env::var("JETON_REFERENCE")
        .expect("JETON_REFERENCE names the folder of GitHub's data");
    serde_json::from_slice(&std::fs::read(Path::new(&folder).join(name)).unwrap()).unwrap()
}

/// Alternatives, each a set of `key=level`.
type Sets = BTreeSet<BTreeSet<String>>;

fn ours(operation: &Operation) -> Sets {
    let words = |set: &&[jeton_domain::Requirement]| {
        set.iter()
            .map(|need| format!("{}={}", need.key, need.level.name()))
            .collect()
    };
    operation.sets.iter().map(words).collect()
}

fn set(permissions: &Value) -> BTreeSet<String> {
    let each = permissions.as_object().into_iter().flatten();
    each.map(|(key, level)| format!("{key}={}", level.as_str().unwrap()))
        .collect()
}

/// What GitHub asks for; nothing, where it has no such operation or its sets are not known.
fn theirs(data: &Value, route: &Route) -> Option<Sets> {
    let method = route.method.name().to_ascii_lowercase();
    let find = |list: &str| {
        data[list].as_array().unwrap().iter().find(|each| {
            let path = each["requestPath"].as_str().unwrap();
            let pairs = || path.split('/').zip(route.path.split('/'));
            each["verb"] == method.as_str()
                && path.split('/').count() == route.path.split('/').count()
                && pairs().all(|(a, b)| a == b || a.starts_with('{') && b.starts_with('{'))
        })
    };
    if let Some(found) = find("endpoints") {
        if found["allowsPermissionlessAccess"] == true {
            return Some(Sets::from([BTreeSet::new()]));
        }
        let sets = found["sets"].as_array()?;
        return Some(sets.iter().map(set).collect());
    }
    if let Some(found) = find("permissionlessForFineGrained") {
        return Some(Sets::from([set(&found["permissions"])]));
    }
    find("closedToFineGrained").map(|_| Sets::new())
}

fn shown(sets: &Sets) -> String {
    let each: Vec<String> = sets
        .iter()
        .map(|set| set.iter().cloned().collect::<Vec<_>>().join(","))
        .collect();
    match each.as_slice() {
        [] => "none opens it".to_owned(),
        [one] if one.is_empty() => "nothing is needed".to_owned(),
        _ => each.join("; "),
    }
}

/// Route, what GitHub asks for and what is asked for here; the fourth part is the reason.
fn deviations() -> BTreeSet<String> {
    let text = include_str!("deviations.txt");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (fact, reason) = line.rsplit_once(" | ").unwrap();
            assert!(
                reason.len() > 10 && fact.matches(" | ").count() == 2,
                "no reason: {line}"
            );
            fact.to_owned()
        })
        .collect()
}

#[test]
fn operations_need_the_permissions_that_github_s_do() {
    let data = read("endpoint-permission-sets.json");
    let (mut compared, mut found) = (0, BTreeSet::new());
    for table in jeton_api::TABLES
        .iter()
        .filter(|table| table.prefixes == GITHUB_PREFIXES)
    {
        for route in table.routes {
            let Some(theirs) = theirs(&data, route) else {
                continue;
            };
            compared += 1;
            let ours = ours(route.operation);
            if ours != theirs {
                let name = format!("{} {}", route.method.name(), route.path);
                found.insert(format!("{name} | {} | {}", shown(&theirs), shown(&ours)));
            }
        }
    }
    assert!(compared > 50, "{compared}");
    let known = deviations();
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "not in the table: {new:#?}\nin the table and no more so: {gone:#?}"
    );
}

#[test]
fn scopes_are_github_s_with_what_each_includes() {
    let data = read("classic-scopes.json");
    let mut theirs: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (parent, children) in data["implies"].as_object().unwrap() {
        theirs.entry(parent.clone()).or_default();
        for child in children.as_array().unwrap() {
            theirs.insert(child.as_str().unwrap().to_owned(), Some(parent.clone()));
        }
    }
    let ours: BTreeMap<String, Option<String>> = ClassicScope::all()
        .iter()
        .map(|entry| {
            let parent = entry.parent.map(|parent| parent.name().to_owned());
            (entry.name.to_owned(), parent)
        })
        .collect();
    assert_eq!(ours, theirs);
}
