//! What GraphQL tells of repositories, and how they are searched, as `gh repo view` and `gh repo list` ask.

use jeton_domain::{Selection, Standing};
use jeton_testkit::{Person, Token};
use serde_json::{Value, json};

use crate::graphql::{PATH, World};

impl World {
    /// A token of Ann's that sees her own repositories and what everybody sees.
    fn sees_own(&self) -> Token {
        let (own, seen) = (self.ann.account(), [("metadata", "read")]);
        let kit = &self.server.kit;
        kit.token(&self.ann, own, Selection::All, &seen, Standing::NotNeeded)
    }

    /// A commit on the default branch of a repository of acme's.
    fn commits(&self, name: &str) {
        let path = format!("/api/v3/repos/acme/{name}");
        let id = self.server.get(&self.ann, &path).body["id"]
            .as_i64()
            .unwrap();
        let shard = format!(
            "git/repos/0/{:02x}/{:02x}",
            (id >> 16) & 0xff,
            (id >> 8) & 0xff
        );
        let folder = self
            .server
            .kit
            .folder()
            .join(shard)
            .join(format!("{id}.git"));
        let git = |words: &[&str]| {
            let done = std::process::Command::new("git")
                .arg("-C")
                .arg(&folder)
                .args(words)
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .output()
                .unwrap();
            assert!(done.status.success(), "{words:?}: {done:?}");
            String::from_utf8(done.stdout).unwrap().trim().to_owned()
        };
        let tree = git(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
        let who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.test"];
        let commit = git(&[&who[..], &["commit-tree", "-m", "one", &tree]].concat());
        git(&["update-ref", "refs/heads/main", &commit]);
    }
}

/// What a repository holds.
const HELD: &str = "isEmpty diskUsage defaultBranchRef { name prefix }";

#[test]
fn what_a_repository_holds_is_told_to_who_sees_it() {
    let world = World::new();
    let held = |person: &Person, name: &str| {
        let query = format!("{{ repository(owner: \"acme\", name: \"{name}\") {{ {HELD} }} }}");
        world.ask(person, &query, Value::Null).body
    };
    let empty = held(&world.ann, "shop")["data"]["repository"].clone();
    assert_eq!(
        (&empty["isEmpty"], &empty["defaultBranchRef"]),
        (&json!(true), &Value::Null),
        "{empty}"
    );
    assert_eq!(held(&world.bob, "shop")["data"]["repository"], empty);
    world.commits("shop");
    let full = held(&world.bob, "shop")["data"]["repository"].clone();
    assert_eq!(full["isEmpty"], false, "{full}");
    assert_eq!(
        full["defaultBranchRef"],
        json!({ "name": "main", "prefix": "refs/heads/" })
    );
    let (before, after) = (&empty["diskUsage"], &full["diskUsage"]);
    assert!(before.as_i64().unwrap() > 0, "{before}");
    assert!(after.as_i64() > before.as_i64(), "{before} {after}");
    // A token that does not reach it is told what is told of what is not there.
    let token = world.sees_own();
    let told = |name: &str| {
        let query = format!("{{ repository(owner: \"acme\", name: \"{name}\") {{ {HELD} }} }}");
        let got = world
            .server
            .with_token(&token, "POST", PATH, json!({ "query": query }));
        got.body.to_string().replace(name, "…")
    };
    assert_eq!(told("lab"), told("none"));
    // Whoever is told so many things at once pays for it.
    let each = "repository(owner: \"acme\", name: \"shop\") { isEmpty diskUsage viewerDefaultCommitEmail }";
    let aliased = (0..240).map(|at| format!("a{at}: {each} "));
    let many = format!("{{ {} }}", aliased.collect::<String>());
    assert_eq!(world.kind(&world.ann, &many), "MAX_NODE_LIMIT_EXCEEDED");
}

#[test]
fn an_address_is_told_to_who_may_list_addresses() {
    let world = World::new();
    let query = "{ repository(owner: \"acme\", name: \"shop\") { viewerDefaultCommitEmail viewerPossibleCommitEmails } }";
    // As in commits that she makes over REST.
    let number = world.server.get(&world.ann, "/api/v3/user").body["id"].clone();
    let kept = format!("{number}+ann@users.noreply.127.0.0.1");
    let own = world.server.get(&world.ann, "/api/v3/user/emails").body[0]["email"].clone();
    assert_eq!(
        world.data(&world.ann, query)["repository"],
        json!({ "viewerDefaultCommitEmail": kept, "viewerPossibleCommitEmails": [own, kept] })
    );
    let token = world.sees_own();
    let got = world
        .server
        .with_token(&token, "POST", PATH, json!({ "query": query }));
    assert_eq!(
        got.body["data"]["repository"],
        json!({ "viewerDefaultCommitEmail": kept, "viewerPossibleCommitEmails": null })
    );
    assert_eq!(got.body["errors"][0]["type"], "FORBIDDEN", "{got:?}");
    assert!(!got.body.to_string().contains(own.as_str().unwrap()));
}

#[test]
fn of_what_no_repository_has_it_is_said_so() {
    let world = World::new();
    // As `gh` asks for each.
    let query = "{ repository(owner: \"acme\", name: \"shop\") { archivedAt assignableUsers(first:100){nodes{id,login,name}} \
        codeOfConduct{key,name,url} contactLinks{about,name,url} deleteBranchOnMerge fundingLinks{platform,url} \
        isBlankIssuesEnabled isSecurityPolicyEnabled isUserConfigurationRepository issueTemplates{name,title,body,about} \
        issues(states:OPEN){totalCount} labels(first:100){nodes{id,color,name,description}} \
        languages(first:100){edges{size,node{name}}} latestRelease{publishedAt,tagName,name,url} \
        licenseInfo{key,name,nickname} mentionableUsers(first:100){nodes{id,login,name}} \
        milestones(first:100,states:OPEN){nodes{number,title,description,dueOn}} mirrorUrl primaryLanguage{name} \
        projects(first:100,states:OPEN){nodes{id,name,number,body,resourcePath}} \
        projectsV2(first:100,query:\"is:open\"){nodes{id,number,title,resourcePath,closed,url}} \
        pullRequestTemplates{body,filename} pullRequests(states:OPEN){totalCount} \
        repositoryTopics(first:100){nodes{topic{name}}} securityPolicyUrl templateRepository{id,name,owner{id,login}} \
        usesCustomOpenGraphImage viewerDefaultMergeMethod viewerHasStarred viewerSubscription watchers{totalCount} } }";
    let none = json!({ "nodes": [] });
    let zero = json!({ "totalCount": 0 });
    assert_eq!(
        world.data(&world.bob, query)["repository"],
        json!({
            "archivedAt": null, "assignableUsers": none, "codeOfConduct": null, "contactLinks": [],
            "deleteBranchOnMerge": false, "fundingLinks": [], "isBlankIssuesEnabled": false,
            "isSecurityPolicyEnabled": null, "isUserConfigurationRepository": false, "issueTemplates": [],
            "issues": zero, "labels": none, "languages": null, "latestRelease": null, "licenseInfo": null,
            "mentionableUsers": none, "milestones": none, "mirrorUrl": null, "primaryLanguage": null,
            "projects": none, "projectsV2": none, "pullRequestTemplates": [], "pullRequests": zero,
            "repositoryTopics": none, "securityPolicyUrl": null, "templateRepository": null,
            "usesCustomOpenGraphImage": false, "viewerDefaultMergeMethod": "MERGE", "viewerHasStarred": false,
            "viewerSubscription": null, "watchers": zero,
        })
    );
    let picture =
        "{ repository(owner: \"acme\", name: \"shop\") { openGraphImageUrl owner { avatarUrl } } }";
    let shop = world.data(&world.bob, picture)["repository"].clone();
    assert_eq!(shop["openGraphImageUrl"], shop["owner"]["avatarUrl"]);
    for list in ["labels", "issues", "watchers", "projectsV2"] {
        let query = format!(
            "{{ repository(owner: \"acme\", name: \"shop\") {{ {list}(first: 101) {{ totalCount }} }} }}"
        );
        assert_eq!(
            world.kind(&world.ann, &query),
            "EXCESSIVE_PAGINATION",
            "{list}"
        );
    }
}

#[test]
fn a_search_finds_what_who_asks_sees_and_nothing_else() {
    let world = World::new();
    let search = "query($q: String!, $after: String) { search(type: REPOSITORY, query: $q, first: 1, after: $after) \
        { repositoryCount nodes { ...on Repository { name } } pageInfo { hasNextPage, endCursor } } }";
    let ask = |person: &Person, query: &str, after: Value| {
        world.ask(person, search, json!({ "q": query, "after": after }))
    };
    let names = |person: &Person, query: &str| {
        let mut found = Vec::new();
        let mut after = Value::Null;
        loop {
            let got = ask(person, query, after);
            assert_eq!(got.body["errors"], Value::Null, "{query}: {got:?}");
            let page = &got.body["data"]["search"];
            for node in page["nodes"].as_array().unwrap() {
                found.push(node["name"].as_str().unwrap().to_owned());
            }
            if page["pageInfo"]["hasNextPage"] == false {
                assert_eq!(page["repositoryCount"], json!(found.len()), "{query}");
                return found;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    };
    for (query, ann, bob) in [
        ("user:acme", &["lab", "shop"][..], &["shop"][..]),
        (
            "org:ACME fork:true archived:false",
            &["lab", "shop"],
            &["shop"],
        ),
        ("user:acme is:private", &["lab"], &[]),
        ("user:acme is:public", &["shop"], &["shop"]),
        ("user:acme is:internal", &[], &[]),
        ("user:ann", &["notes"], &[]),
        ("user:@me", &["notes"], &[]),
        ("user:none", &[], &[]),
        ("user:acme archived:true", &[], &[]),
        ("user:acme fork:only", &[], &[]),
        ("user:acme language:go", &[], &[]),
        ("user:acme topic:a topic:b", &[], &[]),
        ("user:acme is:public is:private", &[], &[]),
    ] {
        assert_eq!(names(&world.ann, query), ann, "ann: {query}");
        assert_eq!(names(&world.bob, query), bob, "bob: {query}");
    }
    // A token finds what it reaches, and what everybody sees.
    let token = world.sees_own();
    let with_token = |query: &str| {
        let body = json!({ "query": search, "variables": { "q": query } });
        world.server.with_token(&token, "POST", PATH, body).body["data"]["search"]
            ["repositoryCount"]
            .clone()
    };
    assert_eq!(
        (with_token("user:acme"), with_token("user:@me")),
        (json!(1), json!(1))
    );
    // A name that is not there is as one whose things are hidden.
    let at = |query: &str| ask(&world.bob, query, Value::Null).body;
    assert_eq!(at("user:ann"), at("user:nobody-at-all"));
    for (query, words) in [
        ("user:acme stars:>3", "`stars:>3` is not read here"),
        ("user:acme lab", "`lab`: words are not searched for"),
        ("is:public", "Whose repositories"),
        ("user:a\u{0}b", ""),
    ] {
        let got = ask(&world.ann, query, Value::Null);
        if words.is_empty() {
            assert_eq!(got.body["data"]["search"]["repositoryCount"], 0, "{got:?}");
        } else {
            let error = &got.body["errors"][0];
            assert_eq!(error["type"], "UNPROCESSABLE", "{got:?}");
            assert!(
                error["message"].as_str().unwrap().contains(words),
                "{got:?}"
            );
            assert!(got.body["data"].is_null(), "{got:?}");
        }
    }
    let other = "{ search(type: USER, query: \"user:acme\") { repositoryCount } }";
    let got = world.ask(&world.ann, other, Value::Null);
    assert!(
        got.body["errors"][0]["message"].as_str().is_some() && got.body["data"].is_null(),
        "{got:?}"
    );
    let many = "{ search(type: REPOSITORY, query: \"user:acme\", first: 101) { repositoryCount } }";
    assert_eq!(world.kind(&world.ann, many), "EXCESSIVE_PAGINATION");
}
