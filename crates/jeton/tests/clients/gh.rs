//! GitHub's own command line, in the version of today and in Debian's.

use serde_json::json;

use crate::table::held;
use crate::world::{HOST, Said, World, installed};

struct Gh {
    world: World,
    program: String,
}

impl Gh {
    fn new(program: &str) -> Self {
        Self {
            world: World::new(),
            program: program.to_owned(),
        }
    }

    fn says(&self, words: &[&str]) -> Said {
        let mut shell = self.world.command(&self.program);
        let output = shell
            .args(words)
            .env("GH_HOST", HOST)
            .env("GH_PROMPT_DISABLED", "1")
            .env("GH_NO_UPDATE_NOTIFIER", "1")
            .output()
            .unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn login(&self, token: &str) {
        let script = "printf '%s' \"$TOKEN\" | \"$GH\" auth login --hostname $HOST --with-token";
        self.world
            .shell(script, &[("TOKEN", token), ("GH", &self.program)])
            .well();
    }

    /// What both versions do alike, as a person with a token of their own things.
    fn own_things(&self) {
        self.login(&self.world.own.clone());
        let status = self.says(&["auth", "status"]).well();
        assert!(
            format!("{}{}", status.out, status.err).contains("ann"),
            "{status:?}"
        );
        self.says(&["auth", "setup-git"]).well();
        self.world
            .shell("git ls-remote -q https://$HOST/ann/notes", &[])
            .well();
        let list = self
            .says(&["repo", "list", "--json", "nameWithOwner,isPrivate"])
            .well()
            .json();
        assert_eq!(
            list,
            json!([{ "nameWithOwner": "ann/notes", "isPrivate": true }])
        );
        assert!(
            self.says(&["repo", "list"])
                .well()
                .out
                .starts_with("ann/notes\t")
        );
        assert_eq!(
            self.says(&["repo", "list", "--visibility", "public"])
                .well()
                .out,
            ""
        );
        assert!(
            self.says(&["repo", "view", "notes"])
                .well()
                .out
                .contains("ann/notes")
        );
        let view = self
            .says(&[
                "repo",
                "view",
                "ann/notes",
                "--json",
                "name,owner,defaultBranchRef,url,viewerPermission",
            ])
            .well()
            .json();
        assert_eq!(view["defaultBranchRef"], json!({ "name": "main" }));
        assert_eq!(view["viewerPermission"], "ADMIN");
        self.says(&["repo", "view", "acme/labs"])
            .failed("Could not resolve to a Repository with the name 'acme/labs'.");
        self.says(&["repo", "clone", "notes", "cloned"]).well();
        assert_eq!(
            std::fs::read_to_string(self.world.path("cloned/file")).unwrap(),
            "one\n"
        );
    }

    /// Makes, changes and deletes a repository, and asks the API by hand.
    fn making(&self) {
        let made = self
            .says(&[
                "repo",
                "create",
                "fresh",
                "--private",
                "--description",
                "words",
            ])
            .well();
        assert!(
            made.out.contains(&format!("https://{HOST}/ann/fresh")),
            "{made:?}"
        );
        self.says(&["repo", "create", "fresh", "--private"])
            .failed("taken");
        self.says(&["repo", "edit", "ann/fresh", "--description", "other"])
            .well();
        let pages = self
            .says(&[
                "api",
                "--paginate",
                "user/repos?per_page=1",
                "--jq",
                ".[].name",
            ])
            .well();
        assert_eq!(pages.out, "fresh\nnotes\n");
        assert_eq!(
            self.says(&["api", "user", "--jq", ".login"]).well().out,
            "ann\n"
        );
        let patched = self
            .says(&[
                "api",
                "-X",
                "PATCH",
                "repos/ann/fresh",
                "-f",
                "description=third",
                "--jq",
                ".description",
            ])
            .well();
        assert_eq!(patched.out, "third\n");
        let graph = self
            .says(&[
                "api",
                "graphql",
                "-F",
                "name=fresh",
                "-f",
                "query=query($name: String!){repository(owner:\"ann\",name:$name){description}}",
            ])
            .well()
            .json();
        assert_eq!(
            graph,
            json!({ "data": { "repository": { "description": "third" } } })
        );
        self.says(&["repo", "rename", "fresher", "-R", "ann/fresh", "--yes"])
            .well();
        self.says(&["repo", "delete", "ann/fresher", self.yes()])
            .well();
    }

    /// What is not here is said to be so.
    fn what_is_not_here(&self) {
        for words in [
            &["repo", "fork", "ann/notes", "--clone=false"][..],
            &["secret", "list", "-R", "ann/notes"],
            &["ssh-key", "list"],
        ] {
            let said = self.says(words);
            let all = format!("{}{}", said.out, said.err);
            assert!(all.contains("404"), "{words:?}: {said:?}");
        }
        for words in [
            &["issue", "list", "-R", "ann/notes"][..],
            &["gist", "list"],
            &["pr", "list", "-R", "ann/notes"],
        ] {
            self.says(words).failed("");
        }
    }

    fn yes(&self) -> &'static str {
        if self.program.starts_with("/usr/bin") {
            "--confirm"
        } else {
            "--yes"
        }
    }

    /// With a token of an organization's.
    fn things_of_acme(&self) {
        self.login(&self.world.acme.clone());
        let made = self
            .says(&["repo", "create", "acme/second", "--public"])
            .well();
        assert!(made.out.contains("acme/second"), "{made:?}");
        let list = self
            .says(&["repo", "list", "acme", "--json", "name"])
            .well()
            .json();
        assert_eq!(list, json!([{ "name": "labs" }, { "name": "second" }]));
    }
}

#[test]
fn gh_of_today() {
    let gh = Gh::new(&installed("python/bin/gh"));
    gh.own_things();
    gh.making();
    gh.what_is_not_here();
    gh.things_of_acme();
    let orgs = gh.says(&["org", "list"]).well();
    assert!(orgs.out.contains("acme"), "{orgs:?}");
    let world = gh.world;
    held(&world, "gh 2.103");
}

#[test]
fn gh_as_debian_has_it() {
    let gh = Gh::new("/usr/bin/gh");
    gh.own_things();
    gh.making();
    gh.what_is_not_here();
    gh.things_of_acme();
    let world = gh.world;
    held(&world, "gh 2.23 (Debian's)");
}

// Signing in by device code has its place here, beside `--with-token`, once the server has OAuth.
