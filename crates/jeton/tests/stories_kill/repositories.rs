//! Repositories made, renamed, described and deleted.

use serde_json::{Value, json};

use super::at::{At, Gone, ORGANIZATION};
use super::random::Random;
use super::rows::Rows;

const MOST: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Repository {
    id: i64,
    name: String,
    branch: String,
}

enum Begun {
    Create(String),
    /// What it becomes.
    Change(usize, Repository),
    Delete(usize),
}

pub struct Repositories {
    made: usize,
    there: Vec<Repository>,
    /// The last names of deleted ones.
    gone: Vec<String>,
    begun: Option<Begun>,
}

impl Repositories {
    pub fn new() -> Self {
        Self {
            made: 0,
            there: Vec::new(),
            gone: Vec::new(),
            begun: None,
        }
    }

    fn fresh(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}{}", self.made)
    }

    fn create(&mut self, at: &At<'_>) -> Result<(), Gone> {
        let name = self.fresh("made");
        self.begun = Some(Begun::Create(name.clone()));
        let owner = Some(at.people.owner.as_str());
        let made = at.must(
            "POST",
            &format!("/api/v3/orgs/{ORGANIZATION}/repos"),
            owner,
            &json!({ "name": name }),
        )?;
        self.there.push(Repository {
            id: made["id"].as_i64().unwrap(),
            name,
            branch: "main".to_owned(),
        });
        Ok(())
    }

    fn change(&mut self, at: &At<'_>, index: usize, random: &mut Random) -> Result<(), Gone> {
        let mut after = self.there[index].clone();
        let body = if random.below(2) == 0 {
            after.name = self.fresh("named");
            json!({ "name": after.name })
        } else {
            after.branch = self.fresh("branch");
            json!({ "default_branch": after.branch })
        };
        self.begun = Some(Begun::Change(index, after.clone()));
        at.must(
            "PATCH",
            &path(&self.there[index].name),
            Some(&at.people.owner),
            &body,
        )?;
        self.there[index] = after;
        Ok(())
    }

    fn delete(&mut self, at: &At<'_>, index: usize) -> Result<(), Gone> {
        self.begun = Some(Begun::Delete(index));
        at.must(
            "DELETE",
            &path(&self.there[index].name),
            Some(&at.people.owner),
            &Value::Null,
        )?;
        self.gone.push(self.there.remove(index).name);
        Ok(())
    }

    fn resolve(&mut self, at: &At<'_>) -> Option<bool> {
        match self.begun.take()? {
            Begun::Create(name) => {
                let made = look(at, &name);
                let there = made.is_some();
                self.there.extend(made);
                Some(there)
            }
            Begun::Change(index, after) => {
                let before = &self.there[index];
                // Its old name leads to a renamed repository, and its answer tells the new one.
                let found = look(at, &after.name)
                    .or_else(|| look(at, &before.name))
                    .unwrap();
                assert!(
                    found == *before || found == after,
                    "{found:?}, neither {before:?} nor {after:?}"
                );
                let there = found == after;
                self.there[index] = found;
                Some(there)
            }
            Begun::Delete(index) => {
                let there = look(at, &self.there[index].name).is_none();
                if there {
                    self.gone.push(self.there.remove(index).name);
                }
                Some(there)
            }
        }
    }
}

fn path(name: &str) -> String {
    format!("/api/v3/repos/{ORGANIZATION}/{name}")
}

fn look(at: &At<'_>, name: &str) -> Option<Repository> {
    let (status, body) = at.look(&path(name), &at.people.owner);
    if status == 404 {
        return None;
    }
    assert_eq!(status, 200, "`{name}`: {body}");
    let text = |field: &str| body[field].as_str().unwrap().to_owned();
    Some(Repository {
        id: body["id"].as_i64().unwrap(),
        name: text("name"),
        branch: text("default_branch"),
    })
}

impl super::Writer for Repositories {
    fn name(&self) -> &'static str {
        "repository"
    }

    fn write(&mut self, at: &At<'_>, random: &mut Random) -> Result<(), Gone> {
        let count = self.there.len();
        let done = if count == 0 || (count < MOST && random.below(3) == 0) {
            self.create(at)
        } else if random.below(3) == 0 {
            let index = random.index(count);
            self.delete(at, index)
        } else {
            let index = random.index(count);
            self.change(at, index, random)
        };
        if done.is_ok() {
            self.begun = None;
        }
        done
    }

    fn verify(&mut self, at: &At<'_>, _: &Rows, _: &mut Random) -> (usize, usize) {
        let there = self.resolve(at);
        for repository in &self.there {
            assert_eq!(look(at, &repository.name).as_ref(), Some(repository));
        }
        for name in self.gone.split_off(self.gone.len().saturating_sub(3)) {
            assert_eq!(look(at, &name), None, "`{name}` was deleted");
        }
        (
            usize::from(there == Some(true)),
            usize::from(there == Some(false)),
        )
    }
}
