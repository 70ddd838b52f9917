//! Git's own credential helpers: asked once, stored, erased after a revocation, kept after a
//! suspension.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::database::{Database, on_both};
use crate::support::git::{FORBIDDEN, Machine};
use crate::support::world::{Person, Token};

struct Desk {
    site: Site,
    machine: Machine,
    mia: Person,
    token: Token,
}

impl Desk {
    /// A person whose git asks a script, which counts how often it was asked.
    fn new(database: Database, helper: &str) -> Self {
        let site = Site::on(database, &[]);
        let mut machine = Machine::new();
        let mia = site.person("mia", false);
        site.must(
            "POST",
            "/api/v3/user/repos",
            Some(&mia.client),
            &json!({ "name": "notes", "visibility": "private" }),
        );
        let token = site.token(
            &mia,
            &json!({ "name": "desk", "repositories": ["notes"], "permissions": { "contents": "write" } }),
        );
        let asked = machine.path("asked");
        let script = machine.path("askpass.sh");
        let text = format!(
            "#!/bin/sh\necho \"$1\" >> {}\ncase \"$1\" in Username*) echo mia;; *) echo {};; esac\n",
            asked.display(),
            token.value
        );
        std::fs::write(&script, text).unwrap();
        let mut permissions = std::fs::metadata(&script).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o700);
        std::fs::set_permissions(&script, permissions).unwrap();
        machine.set("GIT_ASKPASS", &script.display().to_string());
        machine
            .git(&["config", "--global", "credential.helper", helper])
            .succeeded();
        Self {
            site,
            machine,
            mia,
            token,
        }
    }

    fn asked(&self) -> usize {
        std::fs::read_to_string(self.machine.path("asked")).map_or(0, |text| text.lines().count())
    }

    fn url(&self) -> String {
        format!("{}/mia/notes.git", self.site.url())
    }

    fn push(&self, folder: &std::path::Path, file: &str) -> crate::support::git::Said {
        self.machine.commit(folder, file, file);
        self.machine.git_in(folder, &["push", &self.url(), "main"])
    }

    /// Prompt, push, second push unprompted; kept after suspension, erased after revocation.
    fn story(&self) {
        let folder = self.machine.working_copy("notes");
        self.machine
            .git_in(&folder, &["push", &self.url(), "main"])
            .succeeded();
        assert_eq!(self.asked(), 2, "asked for user and password once");
        self.push(&folder, "second").succeeded();
        assert_eq!(self.asked(), 2, "the second push asks nobody");

        assert_eq!(
            self.site
                .token_call(&self.mia, &self.token, "suspend", &Value::Null)
                .status,
            200
        );
        self.push(&folder, "third")
            .failed_with(&["remote: The token is suspended", FORBIDDEN]);
        assert_eq!(
            self.site
                .token_call(&self.mia, &self.token, "resume", &Value::Null)
                .status,
            200
        );
        self.push(&folder, "fourth").succeeded();
        assert_eq!(
            self.asked(),
            2,
            "a suspension does not erase what is stored"
        );

        assert_eq!(
            self.site
                .token_call(&self.mia, &self.token, "revoke", &Value::Null)
                .status,
            200
        );
        self.push(&folder, "fifth")
            .failed_with(&["remote: This token was revoked", "Authentication failed"]);
        self.push(&folder, "sixth")
            .failed_with(&["Authentication failed"]);
        assert!(
            self.asked() > 2,
            "a revocation erases what is stored, so git asks again"
        );
    }
}

on_both!(the_store_helper, the_cache_helper);

fn the_store_helper(database: Database) {
    let desk = Desk::new(database, "store");
    desk.story();
    let stored = std::fs::read_to_string(desk.machine.path(".git-credentials")).unwrap_or_default();
    assert!(
        !stored.contains(&desk.token.value),
        "the revoked value is erased from the file"
    );
}

fn the_cache_helper(database: Database) {
    let desk = Desk::new(database, "cache --timeout=600");
    desk.story();
    desk.machine.git(&["credential-cache", "exit"]);
}
