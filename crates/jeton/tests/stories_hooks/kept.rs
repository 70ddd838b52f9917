//! A site whose webhooks may lead to loopback, and webhooks in its database.

#![allow(dead_code, reason = "each test target uses its part")]

use jeton_app::SealedIn;
use jeton_domain::{HookId, Id};
use jeton_store::hooks::{self, HookContentType, HookOwner, HookRow};
use jeton_testkit::Receiver;
use serde_json::{Value, json};

use crate::support::database::Database;
use crate::support::git::Machine;
use crate::support::world::{Person, Token};
use crate::support::{NOW, Site};

pub const SECRET: &[u8] = b"it is a secret";

/// An organization of nina's with two repositories, a token of hers that pushes, and webhooks.
pub struct Kept {
    pub site: Site,
    pub machine: Machine,
    pub nina: Person,
    pub token: Token,
}

/// A webhook to be kept: of a repository, or of the organization.
pub struct Wish<'a> {
    pub repository: Option<&'a str>,
    pub receiver: &'a Receiver,
    pub path: &'a str,
    pub form: bool,
    pub events: &'a [&'a str],
}

impl Kept {
    pub fn with(wishes: &[Wish<'_>]) -> Self {
        Self::on(Database::Sqlite, wishes)
    }

    pub fn on(database: Database, wishes: &[Wish<'_>]) -> Self {
        let mut site = Site::on(database, &[("webhooks.allow", "127.0.0.0/8")]);
        let nina = site.person("nina", false);
        site.organization("acme", &nina);
        for name in ["code", "other"] {
            site.repository("acme", &nina, name, "private");
        }
        let token = site.token(
            &nina,
            &json!({ "name": "desk", "owner": "acme", "repositories": ["code", "other"], "permissions": { "contents": "write" } }),
        );
        keep(&mut site, &nina, wishes);
        Self {
            site,
            machine: Machine::new(),
            nina,
            token,
        }
    }

    pub fn url(&self, repository: &str) -> String {
        let host = self.site.url().trim_start_matches("http://");
        format!("http://x:{}@{host}/acme/{repository}.git", self.token.value)
    }
}

fn keep(site: &mut Site, nina: &Person, wishes: &[Wish<'_>]) {
    let id = |path: &str| {
        let found = site.must("GET", path, Some(&nina.client), &Value::Null);
        found["id"].as_i64().unwrap()
    };
    let maker = id("/api/v3/user");
    let rows: Vec<HookRow> = wishes
        .iter()
        .zip(9_000_001..)
        .map(|(wish, number)| {
            let owner = match wish.repository {
                Some(name) => {
                    let repository = id(&format!("/api/v3/repos/acme/{name}"));
                    HookOwner::Repository(Id::from_i64(repository).unwrap())
                }
                None => HookOwner::Organization(Id::from_i64(id("/api/v3/orgs/acme")).unwrap()),
            };
            let id = HookId::from_i64(number).unwrap();
            let secret = site.app().seal(SealedIn::HookSecret, number, SECRET);
            HookRow {
                content_type: if wish.form {
                    HookContentType::Form
                } else {
                    HookContentType::Json
                },
                secret: Some(secret.unwrap()),
                events: wish.events.iter().map(|name| (*name).to_owned()).collect(),
                created_by: Id::from_i64(maker).unwrap(),
                ..row(id, owner, wish.receiver.url(wish.path))
            }
        })
        .collect();
    site.stop();
    let store = site.store();
    store
        .write(|unit| rows.iter().try_for_each(|row| hooks::insert(unit, row)))
        .unwrap();
    drop(store);
    site.restart();
}

/// A webhook without a secret that hears of everything, of nobody's yet.
pub fn row(id: HookId, owner: HookOwner, url: String) -> HookRow {
    HookRow {
        id,
        owner,
        url,
        content_type: HookContentType::Json,
        secret: None,
        verifies_tls: true,
        events: vec!["*".to_owned()],
        active: true,
        created_by: Id::from_i64(1).unwrap(),
        created_at: NOW,
        updated_at: NOW,
        failures: 0,
        rests_until: None,
    }
}
