//! GitHub's filters and orders of lists: each changes what comes, or is refused.

use jeton_domain::{BasePermission, OrganizationRole, Role, Span, Visibility};
use jeton_testkit::Person;

use crate::server::Server;

/// Ann's `lab` and `open`, Bob's `tool` that she works on, and `acme/secret` and `acme/page` of an organization of hers,
/// each an hour younger than the one before.
fn world() -> (Server, Person) {
    let server = Server::start();
    let kit = &server.kit;
    let (ann, bob) = (kit.person("ann"), kit.person("bob"));
    let acme = kit.organization("acme", &bob);
    kit.member(&acme, &ann, OrganizationRole::Member);
    kit.base(&acme, BasePermission::Read);
    let later = || kit.advance(Span::from_hours(1));
    kit.repository((ann.id.into(), "ann"), "lab", Visibility::Private);
    later();
    kit.repository((ann.id.into(), "ann"), "open", Visibility::Public);
    later();
    let tool = kit.repository((bob.id.into(), "bob"), "tool", Visibility::Private);
    kit.collaborator(&tool, &ann, Role::Write);
    later();
    kit.repository((acme.id.into(), "acme"), "secret", Visibility::Private);
    later();
    kit.repository((acme.id.into(), "acme"), "page", Visibility::Public);
    (server, ann)
}

fn names(server: &Server, who: &Person, path: &str) -> String {
    let got = server.get(who, &format!("/api/v3/{path}"));
    assert_eq!(got.status, 200, "{path}: {got:?}");
    got.each("full_name").join(" ")
}

#[test]
fn ones_own_list_is_filtered_and_sorted_as_githubs() {
    let (server, ann) = world();
    let list = |query: &str| names(&server, &ann, &format!("user/repos{query}"));
    let all = "acme/page acme/secret ann/lab ann/open bob/tool";
    assert_eq!(list(""), all);
    assert_eq!(list("?visibility=all"), all);
    assert_eq!(list("?visibility=public"), "acme/page ann/open");
    assert_eq!(list("?visibility=private"), "acme/secret ann/lab bob/tool");
    assert_eq!(list("?affiliation=owner"), "ann/lab ann/open");
    assert_eq!(list("?affiliation=collaborator"), "bob/tool");
    assert_eq!(
        list("?affiliation=organization_member"),
        "acme/page acme/secret"
    );
    assert_eq!(
        list("?affiliation=owner,collaborator&visibility=private"),
        "ann/lab bob/tool"
    );
    assert_eq!(list("?type=owner"), "ann/lab ann/open");
    assert_eq!(list("?type=member"), "acme/page acme/secret bob/tool");
    assert_eq!(list("?type=private"), "acme/secret ann/lab bob/tool");
    let newest = "acme/page acme/secret bob/tool ann/open ann/lab";
    assert_eq!(list("?sort=created"), newest);
    assert_eq!(list("?sort=pushed&per_page=2&page=2"), "bob/tool ann/open");
    assert_eq!(
        list("?sort=updated&direction=asc&per_page=2"),
        "ann/lab ann/open"
    );
    assert_eq!(list("?direction=desc&per_page=2"), "bob/tool ann/open");
    let lab = server.get(&ann, "/api/v3/repos/ann/open").body["created_at"].clone();
    let moment = lab.as_str().unwrap();
    assert_eq!(list(&format!("?before={moment}")), "ann/lab");
    assert_eq!(
        list(&format!("?since={moment}&affiliation=owner")),
        "ann/open"
    );
}

#[test]
fn what_can_be_read_in_two_ways_or_in_none_is_refused() {
    let (server, ann) = world();
    for query in [
        "type=owner&visibility=public",
        "type=owner&affiliation=owner",
        "affiliation=friend",
        "affiliation=owner,,collaborator",
        "visibility=internal",
        "sort=stars",
        "direction=up",
        "since=yesterday",
    ] {
        let got = server.get(&ann, &format!("/api/v3/user/repos?{query}"));
        assert_eq!(got.status, 422, "{query}: {got:?}");
    }
}

#[test]
fn lists_of_owners_are_filtered_too() {
    let (server, ann) = world();
    let list = |path: &str| names(&server, &ann, path);
    assert_eq!(list("orgs/acme/repos?type=public"), "acme/page");
    assert_eq!(list("orgs/acme/repos?type=private"), "acme/secret");
    assert_eq!(list("orgs/acme/repos?type=internal"), "");
    assert_eq!(list("orgs/acme/repos?type=forks"), "");
    assert_eq!(
        list("orgs/acme/repos?type=sources"),
        "acme/page acme/secret"
    );
    assert_eq!(
        list("orgs/acme/repos?sort=created&direction=asc"),
        "acme/secret acme/page"
    );
    assert_eq!(list("users/ann/repos"), "ann/lab ann/open");
    assert_eq!(
        list("users/ann/repos?type=member"),
        "acme/page acme/secret bob/tool"
    );
    assert_eq!(
        list("users/ann/repos?type=all&sort=created&per_page=3"),
        "acme/page acme/secret bob/tool"
    );
    // On what somebody else works is that person's affair.
    let bob = server.kit.person("carl");
    let seen = |path: &str| names(&server, &bob, path);
    assert_eq!(seen("users/ann/repos?type=member"), "");
    assert_eq!(seen("users/ann/repos?type=all"), "ann/open");
}

#[test]
fn people_are_filtered_by_what_they_may() {
    let server = Server::start();
    let (ann, carl) = (server.kit.person("ann"), server.kit.person("carl"));
    let lab = server
        .kit
        .repository((ann.id.into(), "ann"), "lab", Visibility::Private);
    server.kit.collaborator(&lab, &carl, Role::Triage);
    let may = |word: &str| {
        let path = format!("/api/v3/repos/ann/lab/collaborators?permission={word}");
        server.get(&ann, &path).each("login").join(" ")
    };
    assert_eq!(may("pull"), "ann carl");
    assert_eq!(may("triage"), "ann carl");
    assert_eq!(may("push"), "ann");
    assert_eq!(may("admin"), "ann");
}
