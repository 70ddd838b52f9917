//! The real git, pushing branches and tags, small and large.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::at::{At, Gone, ORGANIZATION};
use super::random::Random;
use super::rows::Rows;
use crate::support::git::{Machine, Said};

/// Commits of a repository; when all are pushed another one is made, so that checks stay short.
const COMMITS: usize = 120;
/// Bytes of every sixth commit.
const LARGE: usize = 600_000;

/// Where references point; one that is not there has none.
type Refs = BTreeMap<String, Option<String>>;

/// A repository that is pushed to.
struct Here {
    name: String,
    copy: PathBuf,
    /// Its commits, the last one first; what was tried is not tried again.
    left: Vec<String>,
}

pub struct Pushes {
    name: &'static str,
    machine: Machine,
    made: usize,
    here: Option<Here>,
    refs: Refs,
    /// The references of a push that was not acknowledged, as they were to become.
    begun: Option<Refs>,
}

impl Pushes {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            machine: Machine::new(),
            made: 0,
            here: None,
            refs: Refs::new(),
            begun: None,
        }
    }

    /// Makes another repository where there is none with commits left.
    fn settle(&mut self, at: &At<'_>, random: &mut Random) -> Result<(), Gone> {
        if self.here.as_ref().is_some_and(|here| !here.left.is_empty()) {
            return Ok(());
        }
        // One whose making goes unanswered is left to itself.
        self.made += 1;
        let name = format!("{}-{}", self.name, self.made);
        let path = format!("/api/v3/orgs/{ORGANIZATION}/repos");
        at.must(
            "POST",
            &path,
            Some(&at.people.owner),
            &json!({ "name": name }),
        )?;
        let copy = self.machine.path(&name);
        self.machine.git(&["init", "-q", name.as_str()]).succeeded();
        self.machine
            .git_with(&copy, &["fast-import", "--quiet"], &history(random))
            .succeeded();
        let list = self
            .machine
            .git_in(&copy, &["rev-list", "work"])
            .succeeded()
            .out;
        let left = list.lines().map(str::to_owned).collect();
        self.here = Some(Here { name, copy, left });
        self.refs.clear();
        Ok(())
    }

    fn here(&self) -> &Here {
        self.here.as_ref().unwrap()
    }

    fn git(&self, arguments: &[&str]) -> Said {
        self.machine.git_in(&self.here().copy, arguments)
    }

    fn url(&self, at: &At<'_>) -> String {
        format!(
            "http://x:{}@{}/{ORGANIZATION}/{}.git",
            at.people.push,
            at.server,
            self.here().name
        )
    }

    fn found(&self, at: &At<'_>) -> Refs {
        let said = self
            .git(&["ls-remote", &self.url(at), "refs/*"])
            .succeeded();
        let lines = said.out.lines().filter_map(|line| line.split_once('\t'));
        lines
            .map(|(oid, name)| (name.to_owned(), Some(oid.to_owned())))
            .collect()
    }

    /// Each reference is as it was before or after the unanswered push.
    fn resolve(&mut self, found: &Refs) -> Option<bool> {
        let begun = self.begun.take()?;
        let mut all = true;
        for (name, after) in begun {
            let before = self.refs.get(&name).cloned().flatten();
            let now = found.get(&name).cloned().flatten();
            assert!(
                now == before || now == after,
                "{}: {name} is {now:?}, neither {before:?} nor {after:?}",
                self.name
            );
            all &= now == after;
            self.refs.insert(name, now);
        }
        Some(all)
    }

    /// The log's last word on each reference is what it points to.
    fn check_outcomes(&self, rows: &Rows) {
        let name = &self.here().name;
        let id: i64 = rows.number("SELECT id FROM repositories WHERE name = $1", &[name]);
        let mut told = Refs::new();
        for row in rows.all(
            "SELECT ref_name, new_object FROM push_intents WHERE repository_id = $1 AND outcome = 'updated' ORDER BY id",
            &[&id],
        ) {
            let object: String = row.get(1).unwrap();
            told.insert(row.get(0).unwrap(), object.bytes().any(|byte| byte != b'0').then_some(object));
        }
        for (name, oid) in &self.refs {
            assert_eq!(
                told.get(name).cloned().flatten(),
                *oid,
                "{}: the log on {name}",
                self.name
            );
        }
    }
}

/// A branch of commits, small and large, as `git fast-import` reads it.
fn history(random: &mut Random) -> Vec<u8> {
    let mut stream = Vec::new();
    for number in 1..=COMMITS {
        let text = match number % 6 {
            0 => random.bytes(LARGE),
            _ => number.to_string().into_bytes(),
        };
        let commit =
            format!("commit refs/heads/work\ncommitter A <a@example.org> {number} +0000\ndata 0\n");
        stream.extend(commit.bytes());
        stream.extend(format!("M 644 inline file\ndata {}\n", text.len()).bytes());
        stream.extend(text);
        stream.push(b'\n');
    }
    stream
}

impl super::Writer for Pushes {
    fn name(&self) -> &'static str {
        "push"
    }

    fn write(&mut self, at: &At<'_>, random: &mut Random) -> Result<(), Gone> {
        self.settle(at, random)?;
        let here = self.here.as_mut().unwrap();
        let tip = here.left.pop().unwrap();
        let tag = format!("refs/tags/t{}", here.left.len());
        let mut after = Refs::from([("refs/heads/main".to_owned(), Some(tip.clone()))]);
        match random.below(3) {
            0 => {
                after.insert(tag, Some(tip));
            }
            1 => {
                let side = "refs/heads/side";
                let there = self.refs.get(side).cloned().flatten().is_some();
                after.insert(side.to_owned(), (!there).then_some(tip));
            }
            _ => {}
        }
        let mut words = vec!["push".to_owned(), self.url(at)];
        words.extend(
            after
                .iter()
                .map(|(name, oid)| format!("{}:{name}", oid.as_deref().unwrap_or_default())),
        );
        self.begun = Some(after.clone());
        let said = self.git(&words.iter().map(String::as_str).collect::<Vec<_>>());
        if !said.ok {
            assert!(
                at.gone.load(Ordering::SeqCst),
                "a push was refused by a server that lives: {}",
                said.err
            );
            return Err(Gone);
        }
        self.begun = None;
        self.refs.extend(after);
        Ok(())
    }

    fn verify(&mut self, at: &At<'_>, rows: &Rows, _: &mut Random) -> (usize, usize) {
        if self.here.is_none() {
            return (0, 0);
        }
        let found = self.found(at);
        let there = self.resolve(&found);
        self.refs.retain(|_, oid| oid.is_some());
        assert_eq!(found, self.refs, "{}", self.name);
        self.check_outcomes(rows);
        (
            usize::from(there == Some(true)),
            usize::from(there == Some(false)),
        )
    }
}
