//! What must hold of the whole data folder after every start, whoever wrote what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::at::PAWNS;
use super::rows::Rows;
use crate::support::git::Machine;

pub struct Rules {
    /// The number of the last change that was looked at.
    checked: i64,
    /// The highest push intent that was looked at.
    intents: i64,
    machine: Machine,
}

impl Rules {
    pub fn new() -> Self {
        Self {
            checked: 0,
            intents: 0,
            machine: Machine::new(),
        }
    }

    /// Gives the number of changes so far. `whole`: as if nothing had been looked at before.
    pub fn check(&mut self, rows: &Rows, data: &Path, whole: bool) -> u64 {
        if whole {
            (self.checked, self.intents) = (0, 0);
        }
        let head = rows.number("SELECT seq FROM head", &[]);
        self.numbers(rows, head, whole);
        leaves(rows, self.checked);
        entries_have_changes(rows, self.checked);
        tokens(rows);
        members(rows);
        repositories(rows, data);
        pushes(rows);
        tombstones(rows, data);
        self.contents(rows, data);
        if whole {
            rows.sound();
        }
        self.checked = head;
        u64::try_from(head).unwrap()
    }

    /// Entries of a change are numbered from zero without gaps, and no change of a writer says nothing.
    fn numbers(&self, rows: &Rows, head: i64, whole: bool) {
        let mut seen = BTreeSet::new();
        for table in ["audit", "feed"] {
            let mut next: BTreeMap<i64, i64> = BTreeMap::new();
            let sql = format!("SELECT seq, n FROM {table} WHERE seq > $1 ORDER BY seq, n");
            for row in rows.all(&sql, &[&self.checked]) {
                let (seq, n): (i64, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
                assert!(
                    seq <= head,
                    "{table} has {seq}, and the last change is {head}"
                );
                let expected = next.entry(seq).or_default();
                assert_eq!(n, *expected, "{table} of change {seq}");
                *expected += 1;
                seen.insert(seq);
            }
        }
        let silent = (self.checked + 1..=head)
            .filter(|seq| !seen.contains(seq))
            .count();
        // The first start writes down its keys, its name, the applications that are known from the start and the
        // code for the first administrator; later ones find them.
        let starts = if self.checked == 0 { 4 } else { 0 };
        assert!(
            whole || silent == starts,
            "{silent} of the changes {}..={head} say nothing",
            self.checked + 1
        );
    }

    /// Git itself finds every object of what was pushed to since the last look.
    fn contents(&mut self, rows: &Rows, data: &Path) {
        let sql = "SELECT DISTINCT p.repository_id FROM push_intents p JOIN repositories r ON r.id = p.repository_id \
                   WHERE p.id > $1 AND r.state = 'active' ORDER BY p.repository_id";
        let pushed: Vec<i64> = rows.column(sql, &[&self.intents]);
        let folders = folders(data);
        for id in pushed {
            let folder = folders[&id].to_str().unwrap().to_owned();
            let git = [
                "-C",
                &folder,
                "-c",
                "safe.directory=*",
                "fsck",
                "--strict",
                "--no-dangling",
                "--no-progress",
            ];
            let said = self.machine.git(&git).succeeded();
            // It may remark that HEAD names a branch without commits, and on nothing else.
            let remarks: Vec<_> = said.out.lines().chain(said.err.lines()).collect();
            let other = remarks.iter().find(|line| !line.starts_with("notice: "));
            assert_eq!(other, None, "git fsck of repository {id}");
        }
        self.intents = rows.number("SELECT COALESCE(MAX(id), 0) FROM push_intents", &[]);
    }
}

fn leaves(rows: &Rows, from: i64) {
    for row in rows.all(
        "SELECT body, salt, leaf FROM audit WHERE seq > $1",
        &[&from],
    ) {
        let (body, salt, leaf): (String, [u8; 16], [u8; 32]) = (
            row.get(0).unwrap(),
            row.get(1).unwrap(),
            row.get(2).unwrap(),
        );
        assert_eq!(jeton_store::audit::leaf(&salt, &body), leaf, "{body}");
    }
}

fn entries_have_changes(rows: &Rows, from: i64) {
    for (column, table, key) in [
        ("token_id", "tokens", "id"),
        ("repository_id", "repositories", "id"),
        ("user_id", "users", "account_id"),
        ("actor_id", "accounts", "id"),
        ("organization_id", "organizations", "account_id"),
    ] {
        rows.none(
            "an audit entry speaks of what is not there",
            &format!(
                "SELECT a.seq, a.event, a.{column} FROM audit a WHERE a.seq > $1 AND a.{column} IS NOT NULL \
                 AND NOT EXISTS (SELECT 1 FROM {table} x WHERE x.{key} = a.{column})"
            ),
            &[&from],
        );
    }
}

/// Audit entries of an event about a token, as a number in a query where `t` is the token.
fn told(event: &str) -> String {
    format!(
        "(SELECT COUNT(*) FROM audit a WHERE a.token_id = t.id AND a.event = 'personal_access_token.{event}')"
    )
}

fn tokens(rows: &Rows) {
    let rule = |rule: &str, breaks: &str| {
        rows.none(
            rule,
            &format!(
                "SELECT t.id, t.name, t.standing, t.revoked_reason FROM tokens t WHERE {breaks}"
            ),
            &[],
        );
    };
    rule(
        "a token is made with its entries in log and feed",
        "NOT EXISTS (SELECT 1 FROM audit a JOIN feed f ON f.seq = a.seq WHERE a.token_id = t.id \
         AND a.event = 'personal_access_token.create' AND f.kind = 'token.created' AND f.key_id = t.id)",
    );
    rule(
        "each value of a token has its entry",
        &format!(
            "(SELECT COUNT(*) FROM secrets s WHERE s.token_id = t.id) <> {} + {}",
            told("create"),
            told("credential_regenerated")
        ),
    );
    rule(
        "each request has its entry",
        &format!(
            "(SELECT COUNT(*) FROM requests r WHERE r.token_id = t.id) <> {}",
            told("request_created")
        ),
    );
    rule(
        "a token is pending with its request",
        "(SELECT COUNT(*) FROM requests r WHERE r.token_id = t.id AND r.state = 'pending') \
         <> CASE WHEN t.standing = 'pending' THEN 1 ELSE 0 END",
    );
    for (state, event) in [("approved", "access_granted"), ("denied", "request_denied")] {
        rule(
            "each decision has its entry",
            &format!(
                "EXISTS (SELECT 1 FROM requests r WHERE r.token_id = t.id) AND {} <> \
                 (SELECT COUNT(*) FROM requests r WHERE r.token_id = t.id AND r.state = '{state}')",
                told(event)
            ),
        );
    }
    rule(
        "a token ends with its entry",
        &format!(
            "{} <> CASE WHEN t.revoked_at IS NULL THEN 0 ELSE 1 END",
            told("destroy")
        ),
    );
    rule(
        "a token is suspended with its entry",
        &format!(
            "t.revoked_at IS NULL AND {} - {} <> CASE WHEN t.suspended_at IS NULL THEN 0 ELSE 1 END",
            told("suspend"),
            told("resume")
        ),
    );
    rule(
        "access is withdrawn with its entry",
        &format!(
            "t.standing = 'withdrawn' AND {} = 0",
            told("access_revoked")
        ),
    );
}

fn members(rows: &Rows) {
    for login in PAWNS {
        let told = |event: &str| {
            format!(
                "(SELECT COUNT(*) FROM audit a WHERE a.user_id = p.id AND a.event = 'org.{event}_member')"
            )
        };
        rows.none(
            "a member comes and goes with an entry",
            &format!(
                "SELECT p.login FROM accounts p WHERE p.login = $1 AND {} - {} <> \
                 (SELECT COUNT(*) FROM memberships m WHERE m.user_id = p.id)",
                told("add"),
                told("remove")
            ),
            &[&login],
        );
    }
}

fn repositories(rows: &Rows, data: &Path) {
    for (rule, breaks) in [
        (
            "a repository is made with its entries",
            "NOT EXISTS (SELECT 1 FROM audit a JOIN feed f ON f.seq = a.seq WHERE a.repository_id = r.id \
             AND a.event = 'repo.create' AND f.kind = 'repository.created' AND f.key_id = r.id)",
        ),
        (
            "a repository is deleted with its entry",
            "(SELECT COUNT(*) FROM audit a WHERE a.repository_id = r.id AND a.event = 'repo.destroy') \
             <> CASE WHEN r.state = 'deleted' THEN 1 ELSE 0 END",
        ),
    ] {
        rows.none(
            rule,
            &format!("SELECT r.id, r.name FROM repositories r WHERE {breaks}"),
            &[],
        );
    }
    let wanted: BTreeMap<i64, String> = rows
        .all(
            "SELECT id, default_branch FROM repositories WHERE state = 'active'",
            &[],
        )
        .iter()
        .map(|row| (row.get(0).unwrap(), row.get(1).unwrap()))
        .collect();
    let folders = folders(data);
    assert!(
        wanted.keys().eq(folders.keys()),
        "rows {:?}, folders {:?}",
        wanted.keys(),
        folders.keys()
    );
    for (id, branch) in wanted {
        let head = std::fs::read_to_string(folders[&id].join("HEAD")).unwrap();
        assert_eq!(
            head,
            format!("ref: refs/heads/{branch}\n"),
            "HEAD of repository {id}"
        );
        nothing_stale(&folders[&id]);
    }
}

/// The repositories' folders by id.
fn folders(data: &Path) -> BTreeMap<i64, PathBuf> {
    let mut level = vec![data.join("repos")];
    for _ in 0..4 {
        level = level
            .iter()
            .flat_map(|folder| std::fs::read_dir(folder).unwrap())
            .map(|entry| entry.unwrap().path())
            .collect();
    }
    let id = |path: &Path| path.file_stem()?.to_str()?.parse().ok();
    level
        .into_iter()
        .map(|path| (id(&path).unwrap(), path))
        .collect()
}

/// Neither locks nor half received objects.
fn nothing_stale(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let stale = Path::new(&name)
            .extension()
            .is_some_and(|end| end == "lock")
            || name.starts_with("tmp_");
        assert!(!stale, "`{}` was left behind", entry.path().display());
        if entry.file_type().unwrap().is_dir() {
            nothing_stale(&entry.path());
        }
    }
}

fn pushes(rows: &Rows) {
    rows.none(
        "an intent is open",
        "SELECT id, ref_name FROM push_intents WHERE outcome IS NULL",
        &[],
    );
    rows.none(
        "an intent's end is not known",
        "SELECT id, ref_name FROM push_intents WHERE outcome = 'unknown'",
        &[],
    );
    let intents = rows.number("SELECT COUNT(*) FROM push_intents", &[]);
    for event in ["git.push.intent", "git.push"] {
        let told = rows.number("SELECT COUNT(*) FROM audit WHERE event = $1", &[&event]);
        assert_eq!(told, intents, "{event}");
    }
}

/// File and table say the same.
fn tombstones(rows: &Rows, data: &Path) {
    let file = std::fs::read_to_string(data.join("tombstones")).unwrap();
    let mut written = BTreeSet::new();
    for line in file.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = |field: &str| line["entry"][field].as_i64().unwrap();
        let kind = line["entry"]["kind"].as_str().unwrap().to_owned();
        written.insert((
            number("seq"),
            number("n"),
            kind,
            number("subject"),
            number("other"),
        ));
    }
    let stored: BTreeSet<(i64, i64, String, i64, i64)> = rows
        .all("SELECT seq, n, kind, subject, other FROM tombstones", &[])
        .iter()
        .map(|row| {
            (
                row.get(0).unwrap(),
                row.get(1).unwrap(),
                row.get(2).unwrap(),
                row.get(3).unwrap(),
                row.get(4).unwrap(),
            )
        })
        .collect();
    assert_eq!(written, stored, "the tombstone file and its table");
}
