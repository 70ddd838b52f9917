//! The real git, pushing branches and tags, small and large.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::at::{At, Gone, ORGANIZATION};
use super::random::Random;
use super::rows::Rows;
use crate::support::git::{Machine, Said};

/// Rounds after which another repository is pushed to, so that checks stay short.
const ROUNDS: u64 = 25;
const LARGE: usize = 1_500_000;

/// Where references point; one that is not there has none.
type Refs = BTreeMap<String, Option<String>>;

pub struct Pushes {
    name: &'static str,
    machine: Machine,
    /// The repository's number among those of this writer, its name, and the working copy.
    here: Option<(u64, String, PathBuf)>,
    making: Option<(u64, String)>,
    commits: usize,
    refs: Refs,
    /// The references of a push that was not acknowledged, as they were to become.
    begun: Option<Refs>,
}

impl Pushes {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            machine: Machine::new(),
            here: None,
            making: None,
            commits: 0,
            refs: Refs::new(),
            begun: None,
        }
    }

    /// Goes to the repository of this round, and makes it where it is not there.
    fn settle(&mut self, at: &At<'_>) -> Result<(), Gone> {
        let number = at.round / ROUNDS;
        if self.here.as_ref().is_some_and(|(here, ..)| *here == number) {
            return Ok(());
        }
        let name = format!("{}-{number}", self.name);
        let owner = at.people.owner.as_str();
        // Its making may have gone unanswered in the round before.
        if self
            .making
            .take()
            .is_none_or(|(making, _)| making != number)
            || at
                .call(
                    "GET",
                    &path(&name),
                    Some(owner),
                    None,
                    &serde_json::Value::Null,
                )?
                .status
                == 404
        {
            self.making = Some((number, name.clone()));
            at.must(
                "POST",
                &format!("/api/v3/orgs/{ORGANIZATION}/repos"),
                Some(owner),
                &json!({ "name": name }),
            )?;
        }
        self.making = None;
        let copy = self.machine.working_copy(&name);
        self.here = Some((number, name, copy));
        self.refs.clear();
        Ok(())
    }

    fn git(&self, arguments: &[&str]) -> Said {
        let (_, _, copy) = self.here.as_ref().unwrap();
        self.machine.git_in(copy, arguments)
    }

    fn url(&self, at: &At<'_>) -> String {
        let (_, name, _) = self.here.as_ref().unwrap();
        format!(
            "http://x:{}@{}/{ORGANIZATION}/{name}.git",
            at.people.push, at.server
        )
    }

    fn commit(&mut self, random: &mut Random) -> String {
        let (_, _, copy) = self.here.as_ref().unwrap();
        self.commits += 1;
        let text = if random.below(5) == 0 {
            random.bytes(LARGE)
        } else {
            self.commits.to_string().into_bytes()
        };
        std::fs::write(copy.join("file"), text).unwrap();
        self.git(&["add", "."]).succeeded();
        self.git(&["commit", "-q", "-m", &self.commits.to_string()])
            .succeeded();
        self.git(&["rev-parse", "HEAD"])
            .succeeded()
            .out
            .trim()
            .to_owned()
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
        let (_, name, _) = self.here.as_ref().unwrap();
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

fn path(name: &str) -> String {
    format!("/api/v3/repos/{ORGANIZATION}/{name}")
}

impl super::Writer for Pushes {
    fn name(&self) -> &'static str {
        "push"
    }

    fn write(&mut self, at: &At<'_>, random: &mut Random) -> Result<(), Gone> {
        self.settle(at)?;
        let tip = self.commit(random);
        let mut after = Refs::from([("refs/heads/main".to_owned(), Some(tip.clone()))]);
        match random.below(3) {
            0 => {
                after.insert(format!("refs/tags/t{}", self.commits), Some(tip));
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

    fn verify(&mut self, at: &At<'_>, rows: &Rows, random: &mut Random) -> (usize, usize) {
        if self.here.is_none() {
            return (0, 0);
        }
        let found = self.found(at);
        let there = self.resolve(&found);
        self.refs.retain(|_, oid| oid.is_some());
        assert_eq!(found, self.refs, "{}", self.name);
        self.check_outcomes(rows);
        // A lock that was left would refuse this.
        let tip = self.commit(random);
        let side = (!self.refs.contains_key("refs/heads/side")).then(|| tip.clone());
        let both = [
            format!("{tip}:refs/heads/main"),
            format!("{}:refs/heads/side", side.as_deref().unwrap_or_default()),
        ];
        self.git(&["push", &self.url(at), &both[0], &both[1]])
            .succeeded();
        self.refs.insert("refs/heads/main".to_owned(), Some(tip));
        self.refs.insert("refs/heads/side".to_owned(), side);
        (
            usize::from(there == Some(true)),
            usize::from(there == Some(false)),
        )
    }
}
