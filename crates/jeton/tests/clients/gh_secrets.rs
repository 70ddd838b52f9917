//! Secrets for jobs: `gh secret`, of repositories, organizations and one's own.

use serde_json::{Value, json};

use super::Gh;

impl Gh {
    /// Sets, lists and deletes them. It seals what it sends by itself.
    pub(super) fn secrets(&self) {
        self.login(&self.world.own.clone());
        self.secrets_of_a_repository();
        self.secrets_of_oneself();
        self.login(&self.world.acme.clone());
        self.secrets_of_acme();
    }

    fn secret(&self, words: &[&str]) -> crate::world::Said {
        self.says(&[&["secret"], words].concat())
    }

    /// The names that it lists, in its own order.
    fn listed(&self, place: &[&str]) -> Vec<String> {
        let said = self.secret(&[&["list"], place].concat()).well();
        let name = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        said.out.lines().map(name).collect()
    }

    fn secrets_of_a_repository(&self) {
        let at = ["--repo", "ann/notes"];
        for value in ["first", "second"] {
            let set = ["set", "deploy_key", "--body", value];
            self.secret(&[&set[..], &at].concat()).well();
        }
        // From standard input, with what a shell would stumble over.
        let script = "printf 'a \"b\"\\n$c\\n' | \"$GH\" secret set LINES --repo ann/notes";
        let more = [("GH", self.program.as_str()), ("GH_HOST", super::HOST)];
        self.world.shell(script, &more).well();
        assert_eq!(self.listed(&at), ["DEPLOY_KEY", "LINES"]);
        self.secret(&[&["delete", "deploy_key"][..], &at].concat())
            .well();
        assert_eq!(self.listed(&at), ["LINES"]);
        self.secret(&[&["delete", "deploy_key"][..], &at].concat())
            .failed("404");
        for (name, why) in [("GITHUB_X", "GITHUB_"), ("9X", "digit")] {
            let set = ["set", name, "--body", "x"];
            self.secret(&[&set[..], &at].concat()).failed(why);
        }
        // One that the token does not reach is as missing as one that is not there.
        for missing in ["acme/labs", "acme/nothing"] {
            let set = ["set", "X", "--body", "x", "--repo", missing];
            self.secret(&set).failed("404");
        }
    }

    fn secrets_of_oneself(&self) {
        let set = [
            "set",
            "OWN",
            "--user",
            "--body",
            "x",
            "--repos",
            "ann/notes",
        ];
        self.secret(&set).well();
        self.secret(&["set", "BARE", "--user", "--body", "x"])
            .well();
        assert_eq!(self.listed(&["--user"]), ["BARE", "OWN"]);
        let path = "user/codespaces/secrets/OWN/repositories";
        let names = [".repositories[].full_name"];
        let chosen = self.says(&["api", path, "--jq", names[0]]).well();
        assert_eq!(chosen.out, "ann/notes\n");
        self.secret(&["delete", "BARE", "--user"]).well();
        assert_eq!(self.listed(&["--user"]), ["OWN"]);
    }

    fn secrets_of_acme(&self) {
        let at = ["--org", "acme"];
        for (name, more) in [
            ("EVERYWHERE", &["--visibility", "all"][..]),
            ("HIDDEN", &["--visibility", "private"]),
            ("DEFAULT", &[]),
            (
                "SOME",
                &["--visibility", "selected", "--repos", "labs,second"],
            ),
        ] {
            let set = ["set", name, "--body", "x"];
            self.secret(&[&set[..], &at, more].concat()).well();
        }
        let names = ["DEFAULT", "EVERYWHERE", "HIDDEN", "SOME"];
        assert_eq!(self.listed(&at), names);
        let all = self
            .says(&["api", "orgs/acme/actions/secrets"])
            .well()
            .json();
        let said: Vec<&Value> = all["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|secret| &secret["visibility"])
            .collect();
        assert_eq!(
            json!(said),
            json!(["private", "all", "private", "selected"])
        );
        let path = "repos/acme/labs/actions/organization-secrets";
        let seen = ["--jq", ".secrets[].name"];
        let seen = self.says(&[&["api", path][..], &seen].concat()).well();
        assert_eq!(seen.out.lines().collect::<Vec<_>>(), names);
        // Another choice takes the place of the earlier one.
        let set = [
            "set",
            "SOME",
            "--body",
            "y",
            "--visibility",
            "selected",
            "--repos",
            "labs",
        ];
        self.secret(&[&set[..], &at].concat()).well();
        let path = "orgs/acme/actions/secrets/SOME/repositories";
        let chosen = self.says(&["api", path, "--jq", ".repositories[].name"]);
        assert_eq!(chosen.well().out, "labs\n");
        self.secret(&[&["delete", "EVERYWHERE"][..], &at].concat())
            .well();
        assert_eq!(self.listed(&at), ["DEFAULT", "HIDDEN", "SOME"]);
    }
}
