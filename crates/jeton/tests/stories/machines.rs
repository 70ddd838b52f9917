//! Scripts and build servers: a deploy under `jeton job run`, with the real binary, the real git and curl.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::database::Database;
use crate::support::git::{Machine, Said};
use crate::support::world::{Person, Token};

/// acme of ann's with `app`, which holds a commit, and `other`; mia writes to both. Jobs of acme may write.
pub struct Works {
    pub site: Site,
    pub machine: Machine,
    pub ann: Person,
    pub mia: Person,
}

impl Works {
    pub fn new() -> Self {
        let site = Site::on(Database::Sqlite, &[]);
        let machine = Machine::new();
        let (ann, mia) = (site.person("ann", false), site.person("mia", false));
        site.organization("acme", &ann);
        site.member("acme", &ann, &mia, "member");
        for name in ["app", "other"] {
            site.repository("acme", &ann, name, "private");
            site.collaborator(&format!("acme/{name}"), &ann, &mia, "push");
        }
        site.must(
            "PATCH",
            "/api/jeton/v1/orgs/acme/policy",
            Some(&ann.client),
            &json!({ "approval_required": false }),
        );
        site.must(
            "PUT",
            "/api/jeton/v1/orgs/acme/job-permissions",
            Some(&ann.client),
            &json!({ "permissions": { "contents": "write" } }),
        );
        let works = Self {
            site,
            machine,
            ann,
            mia,
        };
        let desk = works.token("desk", &json!({ "contents": "write" }));
        let source = works.machine.working_copy("source");
        let host = works.site.url().trim_start_matches("http://");
        for name in ["app", "other"] {
            let url = format!("http://x:{}@{host}/acme/{name}", desk.value);
            works
                .machine
                .git_in(&source, &["push", &url, "main"])
                .succeeded();
        }
        works
    }

    /// A token of mia's for both repositories.
    pub fn token(&self, name: &str, permissions: &Value) -> Token {
        self.site.token(
            &self.mia,
            &json!({ "name": name, "owner": "acme", "repositories": ["app", "other"], "permissions": permissions }),
        )
    }

    /// What opens jobs in this story: it may also write, so that its jobs may.
    pub fn opener(&self) -> Token {
        self.token("ci", &json!({ "actions": "write", "contents": "write" }))
    }

    /// `jeton …` with little more than what cron gives.
    pub fn jeton(&self, variables: &[(&str, &str)], words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jeton"));
        command
            .args(words)
            .current_dir(self.machine.home())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.machine.home())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C")
            .env("JETON_HOST", self.site.url())
            .envs(variables.iter().copied())
            .stdin(Stdio::null());
        command
    }

    /// The same to its end.
    pub fn said(&self, variables: &[(&str, &str)], words: &[&str]) -> (i32, Said) {
        let output = self.jeton(variables, words).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said = Said {
            ok: output.status.success(),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        (output.status.code().unwrap_or(-1), said)
    }

    /// A script under `jeton job run` for acme/app.
    pub fn run(&self, token: &Token, options: &[&str], script: &str) -> (i32, Said) {
        let words = [
            &["job", "run", "--repo", "acme/app"],
            options,
            &["--", "sh", "-ec", script],
        ];
        self.said(&[("JETON_TOKEN", &token.value)], &words.concat())
    }

    pub fn jobs(&self) -> Vec<Value> {
        let path = "/api/jeton/v1/repos/acme/app/jobs";
        let jobs = self
            .site
            .must("GET", path, Some(&self.mia.client), &Value::Null);
        jobs.as_array().unwrap().clone()
    }

    pub fn states(&self) -> Vec<String> {
        let jobs = self.jobs();
        jobs.iter()
            .map(|job| job["state"].as_str().unwrap().to_owned())
            .collect()
    }

    pub fn status(&self, value: &str) -> u16 {
        let path = "/api/v3/repos/acme/app";
        self.site
            .call("GET", path, Some(value), &Value::Null)
            .status
    }
}

const DEPLOY: &str = r#"
git clone -q "$GITHUB_SERVER_URL/acme/app" work
cd work
curl -fsS -H "Authorization: Bearer $GITHUB_TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY" > ../seen.json
git tag v1
git push -q origin v1
if git clone -q "$GITHUB_SERVER_URL/acme/other" ../other 2> ../refused; then echo "another was cloned"; exit 9; fi
echo "the token is $GITHUB_TOKEN"
echo "as Basic: $(printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 -w0)" >&2
printf '%s' "$GITHUB_TOKEN" > ../leaked
printf '%s|%s|%s|%s' "$GITHUB_REF" "$CI" "$GITHUB_REPOSITORY" "$(git config --get-all credential.helper || true)" > ../given
grep -c authToken=.{GITHUB_TOKEN} "$NPM_CONFIG_USERCONFIG"
"#;

#[test]
fn a_deploy_script_works_with_a_token_that_ends_with_it() {
    let works = Works::new();
    let opener = works.opener();
    let options = [
        "--ref",
        "refs/heads/main",
        "--permission",
        "contents:write",
        "--name",
        "deploy",
    ];
    let (code, said) = works.run(&opener, &options, DEPLOY);
    assert_eq!(code, 0, "{said:?}");
    assert!(said.out.contains("the token is ***\n"), "{said:?}");
    assert!(
        said.out.ends_with("\n1\n"),
        "npm is told the variable: {said:?}"
    );
    assert!(said.err.contains("as Basic: "), "{said:?}");
    let read = |name: &str| std::fs::read_to_string(works.machine.path(name)).unwrap();
    let value = read("leaked");
    assert!(value.starts_with("jts_"), "{value}");
    for text in [&said.out, &said.err] {
        assert!(
            !text.contains(&value) && !text.contains(&value[4..]),
            "{text}"
        );
        assert!(!text.contains(&opener.value), "{text}");
    }
    let seen: Value = serde_json::from_str(&read("seen.json")).unwrap();
    assert_eq!(seen["full_name"], "acme/app");
    assert!(read("refused").contains("not found"), "{}", read("refused"));
    assert_eq!(read("given"), "refs/heads/main|true|acme/app|");
    let tag = works.site.must(
        "GET",
        "/api/v3/repos/acme/app/git/ref/tags/v1",
        Some(&works.mia.client),
        &Value::Null,
    );
    assert_eq!(tag["ref"], "refs/tags/v1");
    assert_eq!(works.status(&value), 401, "after the job it is dead");
    assert_eq!(works.states(), ["ended"]);
    assert_eq!(works.jobs()[0]["name"], "deploy");
    // Nothing of it is left on this machine but what the script wrote.
    let left = works.machine.git(&["config", "--global", "--list"]);
    assert_eq!(left.out, "", "{left:?}");
}

#[test]
fn the_openers_credential_does_not_reach_the_command() {
    let works = Works::new();
    let opener = works.opener();
    let script = "env > given";
    let mine = format!("Bearer {}", opener.value);
    let words = [
        "job", "run", "--repo", "acme/app", "--", "sh", "-ec", script,
    ];
    let variables = [
        ("JETON_TOKEN", opener.value.as_str()),
        ("MINE", &mine),
        ("KEPT", "yes"),
    ];
    let (code, said) = works.said(&variables, &words);
    assert_eq!(code, 0, "{said:?}");
    let given = std::fs::read_to_string(works.machine.path("given")).unwrap();
    assert!(!given.contains(&opener.value), "{given}");
    assert!(
        given.contains("KEPT=yes") && !given.contains("MINE="),
        "{given}"
    );
    let job = |name: &str| {
        let line = given.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {given}"))
            .to_owned()
    };
    assert!(job("GITHUB_TOKEN=").starts_with("jts_"));
    assert_eq!(job("JETON_TOKEN="), job("GITHUB_TOKEN="));
    assert_eq!(job("JETON_JOB="), works.jobs()[0]["id"].to_string());
}

/// SECURITY: whatever runs under the same account could read the opener's credential out of the environment of `jeton`.
#[test]
fn the_environment_of_jeton_is_shut_to_the_command() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let works = Works::new();
    let opener = works.opener();
    // Root reads whatever it likes, so somebody else runs it.
    let folder = works.machine.path("nobody");
    std::fs::create_dir(&folder).unwrap();
    let program = folder.join("jeton");
    // By a child: a file that is open here for writing can't be run.
    let copied = Command::new("cp")
        .args([env!("CARGO_BIN_EXE_jeton"), program.to_str().unwrap()])
        .status();
    assert!(copied.unwrap().success());
    for path in [works.machine.home(), &folder] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
    // The script's own environment is open to what it starts: the first is shut, not all of them.
    let script = "cat /proc/$PPID/environ || echo shut; sh -c 'cat /proc/$PPID/environ'; true";
    let mut command = Command::new(&program);
    command
        .args(["job", "run", "--repo", "acme/app", "--", "sh", "-c", script])
        .current_dir(&folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", &folder)
        .env("JETON_HOST", works.site.url())
        .env("JETON_TOKEN", &opener.value)
        .stdin(Stdio::null());
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(said.starts_with("shut\n"), "{output:?}");
    assert!(said.contains("JETON_JOB="), "{output:?}");
}

/// What fails is told by the exit code, and the job is ended all the same.
#[test]
fn whatever_becomes_of_the_command_the_job_ends() {
    let works = Works::new();
    let opener = works.opener();
    let (code, said) = works.run(&opener, &[], "exit 7");
    assert_eq!((code, said.err.as_str()), (7, ""), "{said:?}");
    let (code, said) = works.run(&opener, &[], "kill -TERM $$; sleep 5");
    assert_eq!(code, 128 + 15, "{said:?}");
    let words = ["job", "run", "--repo", "acme/app", "--", "/nowhere/at/all"];
    let (code, said) = works.said(&[("JETON_TOKEN", &opener.value)], &words);
    assert_eq!(code, 127, "{said:?}");
    assert!(said.err.contains("`/nowhere/at/all`"), "{said:?}");
    assert_eq!(works.states(), ["ended"; 3]);
    let (code, said) = works.run(&opener, &["-p", "administration=write"], "echo ran");
    assert_eq!(code, 6, "{said:?}");
    assert!(
        said.out.is_empty() && said.err.contains("`--permission`"),
        "{said:?}"
    );
    assert_eq!(works.jobs().len(), 3, "none was opened");
}

/// A build server that gives up sends SIGTERM: the command hears of it, and what it started.
#[test]
fn a_signal_goes_on_to_the_command() {
    let works = Works::new();
    let opener = works.opener();
    let script = "trap 'echo told; exit 40' TERM; echo \"begun $GITHUB_TOKEN\"; sleep 60 & wait";
    let words = [
        "job", "run", "--repo", "acme/app", "--", "sh", "-ec", script,
    ];
    let mut command = works.jeton(&[("JETON_TOKEN", &opener.value)], &words);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "begun ***", "at once");
    assert_eq!(works.states(), ["open"]);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "told");
    assert_eq!(child.wait().unwrap().code(), Some(40));
    assert_eq!(works.states(), ["ended"]);
}

#[test]
fn jobs_are_opened_shown_and_ended_by_hand() {
    let works = Works::new();
    let mia = [("JETON_TOKEN", works.mia.client.as_str())];
    let ann = [("JETON_TOKEN", works.ann.client.as_str())];
    let well = |who: &[(&str, &str)], words: &[&str]| {
        let (code, said) = works.said(who, words);
        assert_eq!(code, 0, "{words:?}: {said:?}");
        said
    };
    let opened = well(
        &mia,
        &["job", "open", "--repo", "acme/app", "--lasts", "30m"],
    );
    let value = opened.out.trim();
    assert_eq!(works.status(value), 200);
    assert!(opened.err.contains("contents: write"), "{opened:?}");
    let id = works.jobs()[0]["id"].to_string();
    assert!(well(&mia, &["job", "list", "acme/app", "--open"]).says(&id));
    let shown = well(&mia, &["job", "show", "acme/app", &id]);
    assert!(
        shown.says("2026-11-21 08:30") && !shown.says(value),
        "{shown:?}"
    );
    well(&mia, &["job", "end", "acme/app", &id]);
    assert_eq!(works.status(value), 401);
    assert!(!well(&mia, &["job", "list", "acme/app", "--open"]).says(&id));
    // What jobs may do at most.
    let site = well(&ann, &["job", "permissions", "show", "--org", "acme"]);
    assert!(site.says("contents: write"), "{site:?}");
    let less = [
        "job",
        "permissions",
        "set",
        "--repo",
        "acme/app",
        "-p",
        "contents=read",
    ];
    let less = well(&ann, &less);
    assert!(
        less.says("contents: read") && !less.says("contents: write"),
        "{less:?}"
    );
    let (code, said) = works.said(&mia, &["job", "permissions", "set", "--repo", "acme/app"]);
    assert_eq!(code, 4, "who writes does not say what jobs may: {said:?}");
    works.site.later(jeton_domain::Span::from_seconds(1));
    let refused = ["job", "open", "--repo", "acme/app", "-p", "contents=write"];
    assert_eq!(works.said(&mia, &refused).0, 6);
}

/// A child for a tool that needs little, from a token and from a sign-in.
#[test]
fn children_are_made_shown_and_ended() {
    let works = Works::new();
    let parent = works.token("agent", &json!({ "contents": "write" }));
    let by_token = [("JETON_TOKEN", parent.value.as_str())];
    let well = |who: &[(&str, &str)], words: &[&str]| {
        let (code, said) = works.said(who, words);
        assert_eq!(code, 0, "{words:?}: {said:?}");
        said
    };
    let words = [
        "token",
        "child",
        "--repo",
        "app",
        "--permission",
        "contents:read",
        "--lasts",
        "10m",
    ];
    let made = well(&by_token, &words);
    let child = made.out.trim().to_owned();
    assert!(
        child.starts_with("jts_") && !child.contains('\n'),
        "{made:?}"
    );
    assert!(
        made.err.contains("contents: read") && made.err.contains("08:10"),
        "{made:?}"
    );
    assert_eq!(works.status(&child), 200);
    well(
        &[("JETON_TOKEN", child.as_str())],
        &["token", "child", "--name", "step"],
    );
    let mia = [("JETON_TOKEN", works.mia.client.as_str())];
    let tree = well(&mia, &["token", "tree", "agent"]);
    let lines: Vec<&str> = tree.out.lines().collect();
    assert!(
        lines.len() == 2 && lines[1].starts_with("  ") && lines[1].contains("step"),
        "{tree:?}"
    );
    let own = well(&by_token, &["token", "tree"]);
    assert_eq!(own.out, tree.out);
    let id = lines[0].split_whitespace().next().unwrap().to_owned();
    well(&by_token, &["token", "end-child", &id]);
    assert_eq!(works.status(&child), 401);
    assert_eq!(works.status(&parent.value), 200);
    let (code, said) = works.said(&by_token, &["token", "child", "-p", "administration"]);
    assert_eq!(code, 6, "{said:?}");
    assert!(said.err.contains("`--permission`"), "{said:?}");
}
