//! A repository `acme/labs` with something of everything in it, pushed by the real git.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::git::Machine;
use crate::support::http::{Answer, send};
use crate::support::world::{Person, Token};

pub const LABS: &str = "/api/v3/repos/acme/labs";

pub struct World {
    pub site: Site,
    pub olivia: Person,
    pub machine: Machine,
    pub folder: PathBuf,
}

impl World {
    /// `acme/labs` is private and empty; olivia owns acme.
    pub fn new() -> Self {
        Self::on(Site::with(&[
            ("rates.failures", "0"),
            ("rates.anonymous", "0"),
        ]))
    }

    fn on(site: Site) -> Self {
        let olivia = site.person("olivia", false);
        site.organization("acme", &olivia);
        site.repository("acme", &olivia, "labs", "private");
        let mut machine = Machine::new();
        for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
            machine.set(name, "1795248000 +0000");
        }
        let folder = machine.path("labs");
        std::fs::create_dir(&folder).unwrap();
        let world = Self {
            site,
            olivia,
            machine,
            folder,
        };
        world.git(&["init", "-q", "-b", "main"]);
        let url = world.url("labs");
        world.git(&["remote", "add", "origin", &url]);
        world
    }

    /// Something of everything.
    pub fn filled() -> Self {
        Self::fill(Self::new())
    }

    /// The same on a site of the test's own.
    pub fn filled_on(site: Site) -> Self {
        Self::fill(Self::on(site))
    }

    fn fill(world: Self) -> Self {
        world.write("README.md", b"# Labs\n");
        world.write("docs/guide.md", b"one\ntwo\nthree\n");
        world.write("docs/deep/er/file.txt", b"deep\n");
        world.write("binary", &[0, 1, 2, 255, 0]);
        world.write("large", &vec![b'x'; (1 << 20) + 1]);
        world.write("run.sh", b"#!/bin/sh\n");
        let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(world.folder.join("run.sh"), runs).unwrap();
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, world.folder.join(name)).unwrap();
        };
        link("docs/guide.md", "link");
        link("docs", "link-to-folder");
        link("/etc/passwd", "link-to-root");
        link("../../../../etc/passwd", "link-outside");
        link("nothing", "link-to-nothing");
        link("link", "link-to-link");
        world.write(
            ".gitmodules",
            b"[submodule \"other\"]\n\tpath = libs/other\n\turl = https://example.org/other.git\n",
        );
        world.git(&["add", "."]);
        let elsewhere = format!("160000,{},libs/other", "1".repeat(40));
        world.git(&["update-index", "--add", "--cacheinfo", &elsewhere]);
        world.commit("Begin");
        world.git(&["tag", "light"]);
        world.git(&["tag", "-a", "v1", "-m", "The first"]);
        world.git(&["branch", "feature/x"]);
        world.write("docs/guide.md", b"one\n2\nthree\nfour\n");
        world.git(&["mv", "run.sh", "start.sh"]);
        world.git(&["rm", "-q", "docs/deep/er/file.txt"]);
        world.git(&["add", "docs"]);
        world.commit("Change the guide\n\nIn two places.");
        world.git(&["push", "-q", "origin", "--all"]);
        world.git(&["push", "-q", "origin", "--tags"]);
        world
    }

    pub fn url(&self, name: &str) -> String {
        let value = &self.olivia.client;
        format!("http://x:{value}@{}/acme/{name}.git", self.site.address())
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let said = self.machine.git_in(&self.folder, arguments).succeeded();
        said.out.trim_end().to_owned()
    }

    pub fn write(&self, path: &str, contents: &[u8]) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }

    pub fn commit(&self, message: &str) {
        self.git(&["commit", "-q", "-m", message]);
    }

    /// The id that an expression of git's means here.
    pub fn id(&self, expression: &str) -> String {
        self.git(&["rev-parse", expression])
    }

    /// Below the repository.
    pub fn get(&self, path: &str) -> Answer {
        self.site.call(
            "GET",
            &format!("{LABS}{path}"),
            Some(&self.olivia.client),
            &Value::Null,
        )
    }

    /// What must be there.
    #[track_caller]
    pub fn read(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    #[track_caller]
    pub fn missing(&self, path: &str) {
        let answer = self.get(path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        assert_eq!(answer.json()["message"], json!("Not Found"), "{path}");
    }

    /// A name that means nothing here: of a commit that is asked for by its name GitHub says it with 422.
    #[track_caller]
    pub fn means_nothing(&self, path: &str) {
        let Some(name) = path.strip_prefix("/commits/") else {
            return self.missing(path);
        };
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        // What climbs is no path at all.
        if name.split('/').any(|part| part == "..") {
            return self.missing(path);
        }
        let answer = self.get(path);
        assert_eq!(answer.status, 422, "{path}: {}", answer.text());
        let sentence = format!("No commit found for SHA: {name}");
        let said = answer.json();
        assert_eq!(said["message"], json!(sentence), "{path}");
        assert_eq!(said["reason"], json!("invalid"), "{path}");
    }

    /// Below the repository, by olivia.
    pub fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send_as(&self.olivia.client, method, path, body)
    }

    pub fn send_as(&self, value: &str, method: &str, path: &str, body: Value) -> Answer {
        let path = format!("{LABS}{path}");
        self.site.call(method, &path, Some(value), &body)
    }

    /// What the log holds under an event's name, oldest first.
    pub fn log(&self, event: &str) -> Vec<Value> {
        let path =
            format!("/api/v3/orgs/acme/audit-log?phrase=action:{event}&order=asc&per_page=100");
        let listed = self
            .site
            .must("GET", &path, Some(&self.olivia.client), &Value::Null);
        listed.as_array().unwrap().clone()
    }

    /// What the server has, fetched.
    pub fn fetched(&self, expression: &str) -> String {
        self.git(&[
            "fetch",
            "-q",
            "--prune",
            "--force",
            "origin",
            "+refs/*:refs/server/*",
        ]);
        self.id(expression)
    }

    /// With `Accept`.
    pub fn media(&self, path: &str, accept: &str) -> Answer {
        self.as_media(&self.olivia.client, path, accept)
    }

    pub fn as_media(&self, value: &str, path: &str, accept: &str) -> Answer {
        let bearer = format!("Bearer {value}");
        let headers = [("authorization", bearer.as_str()), ("accept", accept)];
        let target = format!("{LABS}{path}");
        send(self.site.address(), "GET", &target, &headers, b"")
    }

    pub fn token(&self, name: &str, permissions: Value) -> Token {
        self.site.token(
            &self.olivia,
            &json!({
                "name": name, "owner": "acme", "repositories": ["labs"], "permissions": permissions,
            }),
        )
    }
}

pub fn decoded(text: &Value) -> Vec<u8> {
    use base64::Engine as _;
    let text: String = text.as_str().unwrap().split('\n').collect();
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

/// The fields that GitHub's schemas require, and no answer may lack.
pub fn has_all(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "no `{field}` in {value}");
    }
}

pub fn names(list: &Value, field: &str) -> Vec<String> {
    let items = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    items
        .iter()
        .map(|item| item[field].as_str().unwrap().to_owned())
        .collect()
}

pub const CONTENT: &[&str] = &[
    "type",
    "size",
    "name",
    "path",
    "sha",
    "url",
    "git_url",
    "html_url",
    "download_url",
    "_links",
];
pub const COMMIT: &[&str] = &[
    "url",
    "sha",
    "node_id",
    "html_url",
    "comments_url",
    "commit",
    "author",
    "committer",
    "parents",
];
