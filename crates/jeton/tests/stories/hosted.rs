//! A person with a repository and a token that may push to it.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::database::Database;
use crate::support::git::Machine;
use crate::support::http::{Answer, basic, send};
use crate::support::world::{Person, Token};

pub struct Hosted {
    pub site: Site,
    pub machine: Machine,
    pub mia: Person,
    pub token: Token,
}

impl Hosted {
    pub fn on(database: Database) -> Self {
        Self::of(Site::on(database, &[]), Machine::new())
    }

    pub fn of(site: Site, machine: Machine) -> Self {
        let mia = site.person("mia", false);
        site.must(
            "POST",
            "/api/v3/user/repos",
            Some(&mia.client),
            &json!({ "name": "code", "visibility": "private" }),
        );
        let token = site.token(
            &mia,
            &json!({ "name": "desk", "repositories": ["code"], "permissions": { "contents": "write" } }),
        );
        Self {
            site,
            machine,
            mia,
            token,
        }
    }

    pub fn url(&self) -> String {
        let host = self.site.url().trim_start_matches("http://");
        format!("http://x:{}@{host}/mia/code.git", self.token.value)
    }

    /// A history of some commits with files, pushed.
    pub fn filled(&self) -> std::path::PathBuf {
        let folder = self.machine.working_copy("source");
        for n in 0..5 {
            self.machine
                .commit(&folder, &format!("file-{n}"), &"line\n".repeat(2000 + n));
        }
        self.machine
            .git_in(&folder, &["tag", "-a", "v1", "-m", "first"])
            .succeeded();
        self.machine
            .git_in(&folder, &["push", &self.url(), "main", "v1"])
            .succeeded();
        folder
    }

    /// Entries of one kind in the log of the person who pushes, newest first.
    pub fn log(&self, action: &str) -> Vec<Value> {
        let path = format!("/api/jeton/v1/audit?event={action}&per_page=100");
        let log = self
            .site
            .must("GET", &path, Some(&self.mia.client), &Value::Null);
        log.as_array().unwrap().clone()
    }

    /// What a push of these commands (`old new name`) sends, with the objects of `tips`.
    pub fn push_body(&self, source: &Path, commands: &[Vec<u8>], tips: &str) -> Vec<u8> {
        let mut body = Vec::new();
        for (n, command) in commands.iter().enumerate() {
            let capabilities: &[u8] = if n == 0 {
                b"\0 report-status side-band-64k agent=test"
            } else {
                b""
            };
            let length = command.len() + capabilities.len() + 4;
            body.extend_from_slice(format!("{length:04x}").as_bytes());
            body.extend_from_slice(command);
            body.extend_from_slice(capabilities);
        }
        body.extend_from_slice(b"0000");
        let pack = self.machine.path("pack");
        let packed = self.machine.git_with(
            source,
            &["pack-objects", "--revs", "-q", &pack.display().to_string()],
            tips.as_bytes(),
        );
        let name = format!("pack-{}.pack", packed.succeeded().out.trim());
        body.extend_from_slice(&std::fs::read(self.machine.path(&name)).unwrap());
        body
    }

    /// Sends such a push as no git would.
    pub fn push_raw(&self, body: &[u8]) -> Answer {
        let authorization = basic("x", &self.token.value);
        send(
            self.site.address(),
            "POST",
            "/mia/code.git/git-receive-pack",
            &[
                ("authorization", &authorization),
                ("content-type", "application/x-git-receive-pack-request"),
                ("user-agent", "odd/1.0"),
            ],
            body,
        )
    }
}
