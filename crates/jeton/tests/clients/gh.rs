//! GitHub's own command line, in the version of today and in Debian's.

#[path = "gh_secrets.rs"]
mod secrets;

use std::process::Command;

use serde_json::json;

use crate::device::signs_in;
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

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.world.command(&self.program);
        command
            .args(words)
            .env("GH_HOST", HOST)
            .env("GH_PROMPT_DISABLED", "1")
            .env("GH_NO_UPDATE_NOTIFIER", "1");
        command
    }

    fn says(&self, words: &[&str]) -> Said {
        Said::of(&self.command(words).output().unwrap())
    }

    /// Signs in by a device's code, with the scopes that `gh` asks for by itself.
    fn signs_in(&self, more: &[&str], answer: &str) -> Said {
        let words = [
            "auth",
            "login",
            "--hostname",
            HOST,
            "--git-protocol",
            "https",
            "--web",
        ];
        let mut login = self.command(&words);
        login.args(more);
        // What it would open a browser with.
        login.env("BROWSER", "true").env("GH_BROWSER", "true");
        signs_in(&self.world, login, answer)
    }

    /// Signs in by a device's code: denied first, then let in, and used.
    fn device(&self) {
        // What it was given before is of no use here.
        let hosts = self.world.path("home/.config/gh/hosts.yml");
        std::fs::remove_file(&hosts).unwrap();
        self.signs_in(&[], "deny").failed("access_denied");
        self.says(&["auth", "status"]).failed("");
        self.signs_in(&[], "approve").well();
        assert!(std::fs::read_to_string(&hosts).unwrap().contains(" jto_"));
        let status = self.says(&["auth", "status"]).well();
        let said = format!("{}{}", status.out, status.err);
        for words in ["ann", HOST] {
            assert!(said.contains(words), "no `{words}`: {said}");
        }
        let user = self.says(&["api", "user", "--jq", ".login"]).well();
        assert_eq!(user.out, "ann\n");
        self.says(&["repo", "clone", "notes", "by-device"]).well();
        let file = self.world.path("by-device/file");
        assert_eq!(std::fs::read_to_string(file).unwrap(), "one\n");
        // Nobody let it into acme, and gh says so.
        self.says(&["repo", "view", "acme/labs"])
            .failed("acme has not approved the application that this token was given to");
    }

    /// Signs in by a device's code for a token that lives for hours and is refreshed.
    fn expiring(&self) {
        let hosts = self.world.path("home/.config/gh/hosts.yml");
        std::fs::remove_file(&hosts).unwrap();
        let said = self.signs_in(&["--expiring"], "approve").well();
        let words = "Received expiring refreshable token";
        assert!(said.out.contains(words), "{said:?}");
        let kept = std::fs::read_to_string(&hosts).unwrap();
        let value = |kept: &str, kind: &str| {
            let mut words = kept.split_whitespace().map(str::to_owned);
            words.find(|word| word.starts_with(kind)).unwrap()
        };
        let (access, refresh) = (value(&kept, "jto_"), value(&kept, "jtr_"));
        // Hours later, as gh sees it: it refreshes by itself, and goes on.
        let ended = kept
            .lines()
            .map(|line| match line.split_once("expires_at: ") {
                Some((name, _)) if name.trim().is_empty() => {
                    format!("{name}expires_at: \"2026-01-01T00:00:00Z\"\n")
                }
                _ => format!("{line}\n"),
            });
        std::fs::write(&hosts, ended.collect::<String>()).unwrap();
        let user = self.says(&["api", "user", "--jq", ".login"]).well();
        assert_eq!(user.out, "ann\n");
        let kept = std::fs::read_to_string(&hosts).unwrap();
        assert_ne!(value(&kept, "jto_"), access, "{kept}");
        assert_ne!(value(&kept, "jtr_"), refresh, "{kept}");
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

    /// Every field that it knows of a repository is answered, alone and in a list.
    fn every_field(&self) {
        let known = self.says(&["repo", "view", "--json"]).err;
        let fields: Vec<&str> = known
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .collect();
        assert!(fields.len() > 60, "{known}");
        let all = fields.join(",");
        let view = self
            .says(&["repo", "view", "ann/notes", "--json", &all])
            .well()
            .json();
        for field in &fields {
            assert!(view.get(field).is_some(), "no `{field}` in {view}");
        }
        let known = [
            ("isEmpty", json!(false)),
            ("deleteBranchOnMerge", json!(false)),
            ("licenseInfo", json!(null)),
            ("languages", json!(null)),
            ("issues", json!({ "totalCount": 0 })),
            ("latestRelease", json!(null)),
            ("viewerPermission", json!("ADMIN")),
        ];
        for (field, value) in known {
            assert_eq!(view[field], value, "{field}");
        }
        assert!(view["diskUsage"].as_i64().unwrap() > 0, "{view}");
        let list = self.says(&["repo", "list", "--json", &all]).well().json();
        assert_eq!(list, json!([view]));
    }

    /// What it searches for rather than lists.
    fn filters(&self) {
        let notes = "ann/notes\n";
        for (filters, found) in [
            (&["--no-archived"][..], notes),
            (&["--archived"], ""),
            (&["--fork"], ""),
            (&["--source"], notes),
            (&["--no-archived", "--source"], notes),
            (&["--no-archived", "--fork"], ""),
            (&["--no-archived", "--visibility", "private"], notes),
            (&["--no-archived", "--visibility", "public"], ""),
            (&["--visibility", "internal"], ""),
            (&["--language", "visual basic"], ""),
            (&["--topic", "one"], ""),
        ] {
            let shown = [
                "repo",
                "list",
                "--json",
                "nameWithOwner",
                "--jq",
                ".[].nameWithOwner",
            ];
            let said = self.says(&[&shown, filters].concat()).well();
            assert_eq!(said.out, found, "{filters:?}");
        }
        // What a token doesn't reach isn't found.
        let hidden = self.says(&["repo", "list", "acme", "--no-archived"]).well();
        assert_eq!(hidden.out, "");
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
        // It asks for what was pushed last.
        assert_eq!(list, json!([{ "name": "second" }, { "name": "labs" }]));
        self.a_branch_of_acme();
        self.a_team_of_acme();
    }

    fn a_branch_of_acme(&self) {
        let api = |words: &[&str]| self.says(&[&["api"], words].concat()).well().out;
        let put = ["-X", "PUT", "repos/acme/labs/contents/x", "-f", "message=x"];
        api(&[&put[..], &["-f", "content=eA=="]].concat());
        let rename = ["-X", "POST", "repos/acme/labs/branches/main/rename"];
        let named = ["-f", "new_name=trunk/one", "--jq", ".name"];
        assert_eq!(api(&[&rename[..], &named].concat()), "trunk/one\n");
        let rename = ["-X", "POST", "repos/acme/labs/branches/trunk/one/rename"];
        let named = ["-f", "new_name=main", "--jq", ".name"];
        assert_eq!(api(&[&rename[..], &named].concat()), "main\n");
        let chosen = api(&["repos/acme/labs", "--jq", ".default_branch"]);
        assert_eq!(chosen, "main\n");
    }

    /// By REST where it begins with a file, by GraphQL where not.
    fn a_team_of_acme(&self) {
        let api = |words: &[&str]| self.says(&[&["api"], words].concat()).well().out;
        api(&["orgs/acme/teams", "-f", "name=Readers"]);
        for (name, more) in [("acme/third", &[][..]), ("acme/fourth", &["--add-readme"])] {
            let make = ["repo", "create", name, "--private", "--team", "readers"];
            self.says(&[&make[..], more].concat()).well();
        }
        let given = "orgs/acme/teams/readers/repos";
        let given = api(&[given, "--jq", ".[] | .full_name + \" \" + .role_name"]);
        let mut given: Vec<&str> = given.lines().collect();
        given.sort_unstable();
        assert_eq!(given, ["acme/fourth read", "acme/third read"]);
    }
}

#[test]
fn gh_of_today() {
    let gh = Gh::new(&installed("python/bin/gh"));
    gh.own_things();
    gh.every_field();
    gh.filters();
    gh.making();
    gh.what_is_not_here();
    gh.things_of_acme();
    gh.secrets();
    let orgs = gh.says(&["org", "list"]).well();
    assert!(orgs.out.contains("acme"), "{orgs:?}");
    gh.device();
    gh.expiring();
    let world = gh.world;
    held(&world, "gh 2.103");
}

#[test]
fn gh_as_debian_has_it() {
    let gh = Gh::new("/usr/bin/gh");
    gh.own_things();
    gh.every_field();
    gh.filters();
    gh.making();
    gh.what_is_not_here();
    gh.things_of_acme();
    gh.secrets();
    gh.device();
    let world = gh.world;
    held(&world, "gh 2.23 (Debian's)");
}
