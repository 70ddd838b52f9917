//! The story: a list of commands and of what must come of each. `stage` runs them.

use super::cast::Person::{self, Lena, Noor, Tomas};
use super::contents::{self, HIDDEN, PUBLIC, SIX};

/// A part of the story.
pub(super) struct Chapter {
    pub(super) title: &'static str,
    pub(super) why: &'static str,
    pub(super) steps: Vec<Step>,
}

/// How a command must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Well,
    Refused,
    /// With an exit code that says: nothing was found.
    Nothing,
}

/// A command that a person types, and what must come of it.
pub(super) struct Step {
    pub(super) who: Person,
    /// A line of shell.
    pub(super) line: String,
    /// Its standard output becomes this variable of the person's shell.
    pub(super) keep: Option<&'static str>,
    pub(super) ends: Ends,
    /// What must stand in its output.
    pub(super) says: Vec<String>,
    /// But for these two names, this step's and the last step's, the output is that of the last step.
    pub(super) like_last: Option<(&'static str, &'static str)>,
}

impl Step {
    fn new(who: Person, line: impl Into<String>) -> Self {
        Self {
            who,
            line: line.into(),
            keep: None,
            ends: Ends::Well,
            says: Vec::new(),
            like_last: None,
        }
    }

    fn keep(mut self, variable: &'static str) -> Self {
        self.keep = Some(variable);
        self
    }

    fn refused(mut self) -> Self {
        self.ends = Ends::Refused;
        self
    }

    fn nothing(mut self) -> Self {
        self.ends = Ends::Nothing;
        self
    }

    fn says(mut self, text: impl Into<String>) -> Self {
        self.says.push(text.into());
        self
    }

    fn like_last(mut self, here: &'static str, there: &'static str) -> Self {
        self.like_last = Some((here, there));
        self
    }

    /// The command as the person types it.
    pub(super) fn shown(&self) -> String {
        match self.keep {
            Some(variable) => format!("{variable}=$({})", self.line),
            None => self.line.clone(),
        }
    }

    /// What came of it, where that is more than 'it worked'.
    pub(super) fn verdict(&self) -> &'static str {
        match (self.ends, self.like_last) {
            (_, Some(_)) => "  the same words, hidden or missing",
            (Ends::Refused, None) => "  refused, as it should be",
            (Ends::Nothing, None) => "  nothing is left, as it should be",
            (Ends::Well, None) => "",
        }
    }
}

/// The whole story, for a server at `url` on the day `date`.
pub(super) fn chapters(url: &str, date: &str) -> Vec<Chapter> {
    let token = format!("enchilada-install-{date}");
    vec![
        people(url),
        organization(),
        repositories(url),
        request(url, &token),
        pending(url),
        approval(&token),
        clones(url),
        limits(url),
        log(),
        withdrawal(&token),
        again(&token),
        revocation(&token),
        successor(url, &format!("{token}-b")),
    ]
}

fn people(url: &str) -> Chapter {
    let account = |person: Person| {
        let (login, name) = (person.login(), person.name());
        Step::new(Noor, format!("jeton user create {login} --name '{name}' --email {login}@alta3.example --password-stdin < {login}.password"))
            .says(format!("The account {login} is made"))
    };
    let login = |person: Person| {
        let login = person.login();
        Step::new(
            person,
            format!("jeton login {url} --user {login} --password-stdin < {login}.password"),
        )
        .says("Signed in")
    };
    Chapter {
        title: "People",
        why: "The server printed a code at its first start. It makes the first administrator, once.",
        steps: vec![
            Step::new(
                Noor,
                format!("jeton setup {url} --code $SETUP_CODE --login noor --email noor@alta3.example --password-stdin < noor.password"),
            )
            .says("Signed in"),
            account(Lena),
            account(Tomas),
            login(Lena),
            login(Tomas),
        ],
    }
}

fn organization() -> Chapter {
    Chapter {
        title: "An organization and its policy",
        why: "Lena owns alta3 and Tomas is a member. Tokens of members need an owner's approval.",
        steps: vec![
            Step::new(Lena, "jeton org create alta3 --name 'Alta3 Training'").says("you own it"),
            Step::new(Lena, "jeton org invite alta3 tomas").says("tomas is invited to alta3"),
            Step::new(Tomas, "jeton org invitations accept alta3").says("You belong to alta3 now"),
            Step::new(
                Lena,
                "jeton policy set alta3 --approval yes --classic no --maximum-days 366",
            )
            .says("366 days"),
            Step::new(Lena, "jeton org member list alta3").says("tomas"),
        ],
    }
}

fn repositories(url: &str) -> Chapter {
    let mut steps: Vec<_> = contents::all()
        .map(|repository| {
            let (name, visibility, description) = (repository.name, repository.visibility, repository.description);
            Step::new(Lena, format!("jeton repo create alta3/{name} --visibility {visibility} --description '{description}'"))
                .says("The repository is made")
        })
        .collect();
    steps.push(
        Step::new(Lena, "jeton token create first-push --owner alta3 --expires 7 --all-repositories --permission contents=write")
            .keep("TOKEN")
            .says("[Generate token]"),
    );
    steps.push(give_to_git(Lena, url));
    steps.extend(contents::all().map(|repository| {
        let name = repository.name;
        Step::new(
            Lena,
            format!(
                "cd {name} && git init -q && git add README.md && git commit -q -m 'Say what this is' && git add . && \
                 git commit -q --allow-empty -m 'First content' && git push {url}/alta3/{name}.git main"
            ),
        )
        .says("main -> main")
    }));
    Chapter {
        title: "Repositories with something in them",
        why: "Six private ones, a seventh that is nobody's business, a public one. Lena pushes with a token of her own.",
        steps,
    }
}

/// Hands a person's token to Git's own credential store.
fn give_to_git(who: Person, url: &str) -> Step {
    let login = who.login();
    Step::new(
        who,
        format!(
            "printf 'url={url}\\nusername={login}\\npassword=%s\\n' \"$TOKEN\" | git credential approve"
        ),
    )
}

fn create(name: &str) -> Step {
    let chosen: Vec<_> = SIX
        .iter()
        .map(|repository| format!("--repository {}", repository.name))
        .collect();
    Step::new(
        Tomas,
        format!(
            "jeton token create {name} --owner alta3 --expires 90 --description 'Installs a classroom' \
             --justification 'The installer clones these six on each new machine' {} --permission contents=read",
            chosen.join(" ")
        ),
    )
    .keep("TOKEN")
    .says("2 permissions for 6 of your repositories")
    .says("No change in permissions for your organization")
    .says("Expires on 2")
    .says("[Generate token and request access]")
}

fn request(url: &str, token: &str) -> Chapter {
    Chapter {
        title: "Tomas makes the installer's token",
        why: "Six repositories, read-only, ninety days. The value is shown once.",
        steps: vec![
            create(token),
            give_to_git(Tomas, url),
            Step::new(Tomas, "jeton token list")
                .says(token)
                .says("pending"),
        ],
    }
}

fn pending(url: &str) -> Chapter {
    let public = PUBLIC.name;
    Chapter {
        title: "Until somebody approves",
        why: "The token lives, and reads what everybody may. Nothing else.",
        steps: vec![
            Step::new(Tomas, format!("git clone {url}/alta3/labs.git"))
                .refused()
                .says("waits for approval")
                .says("not found"),
            Step::new(
                Tomas,
                format!(
                    "git -c http.extraHeader=\"Authorization: Bearer $TOKEN\" clone {url}/alta3/{public}.git"
                ),
            ),
            Step::new(
                Tomas,
                format!("JETON_TOKEN=$TOKEN jeton repo show alta3/{public}"),
            )
            .says("public"),
        ],
    }
}

fn approve(title: &'static str, why: &'static str, token: &str) -> Chapter {
    Chapter {
        title,
        why,
        steps: vec![
            Step::new(Lena, "jeton request list alta3")
                .says(token)
                .says("tomas")
                .says("contents: read"),
            Step::new(
                Lena,
                "jeton request approve alta3 --all --owner tomas --reason 'For the new classroom'",
            )
            .says("1 request is approved"),
        ],
    }
}

fn approval(token: &str) -> Chapter {
    approve(
        "Lena looks at the request and approves it",
        "Owners see who asks for what, and why.",
        token,
    )
}

fn clones(url: &str) -> Chapter {
    let steps = SIX.iter().map(|repository| {
        Step::new(
            Tomas,
            format!("git clone {url}/alta3/{}.git", repository.name),
        )
    });
    Chapter {
        title: "Six clones",
        why: "Nothing was changed on Tomas's side: the token works now.",
        steps: steps.collect(),
    }
}

fn limits(url: &str) -> Chapter {
    let hidden = HIDDEN.name;
    Chapter {
        title: "And nothing more",
        why: "The seventh looks as if it did not exist. A push says what it lacks.",
        steps: vec![
            Step::new(Tomas, format!("git clone {url}/alta3/no-such-thing.git"))
                .refused()
                .says("not found"),
            Step::new(Tomas, format!("git clone {url}/alta3/{hidden}.git"))
                .refused()
                .says("not found")
                .like_last(hidden, "no-such-thing"),
            Step::new(
                Tomas,
                "cd labs && git commit -q --allow-empty -m 'A change of my own' && git push",
            )
            .refused()
            .says("remote: ")
            .says("contents: write"),
            Step::new(
                Tomas,
                format!("JETON_TOKEN=$TOKEN jeton explain push {url}/alta3/labs.git"),
            )
            .says("permission_missing")
            .says("contents: write"),
        ],
    }
}

fn log() -> Chapter {
    Chapter {
        title: "The log",
        why: "Each change left one entry.",
        steps: vec![
            Step::new(Lena, "jeton audit --org alta3 --limit 6")
                .says("personal_access_token.request_created")
                .says("personal_access_token.access_granted"),
        ],
    }
}

fn withdrawal(token: &str) -> Chapter {
    Chapter {
        title: "Lena withdraws the access",
        why: "That is no sign-out: the token lives, Git keeps it, and its holder may ask again.",
        steps: vec![
            Step::new(Lena, "jeton grant list alta3 --owner tomas").says(token),
            Step::new(Lena, "jeton grant revoke alta3 --all --owner tomas")
                .says("The access of 1 token to alta3 is withdrawn"),
            Step::new(Tomas, "git -C labs fetch")
                .refused()
                .says("withdrew the access")
                .says("not found"),
            Step::new(Tomas, "grep -c \"$TOKEN\" ~/.git-credentials").says("1"),
        ],
    }
}

fn again(token: &str) -> Chapter {
    let mut chapter = approve(
        "Tomas asks again",
        "The same token, the same value: approved a second time, it works again.",
        token,
    );
    chapter.steps.insert(
        0,
        Step::new(
            Tomas,
            format!("jeton token request {token} --justification 'Classroom 2 comes next week'"),
        )
        .says("Access is asked for again"),
    );
    chapter.steps.push(Step::new(Tomas, "git -C labs fetch"));
    chapter
}

fn revocation(token: &str) -> Chapter {
    Chapter {
        title: "Tomas revokes the token",
        why: "For good: 401 everywhere, and Git forgets the value.",
        steps: vec![
            Step::new(Tomas, format!("jeton token revoke {token}")).says("revoked for good"),
            Step::new(Tomas, "git -C labs fetch")
                .refused()
                .says("was revoked")
                .says("Authentication failed"),
            Step::new(Tomas, "JETON_TOKEN=$TOKEN jeton status")
                .refused()
                .says("Bad credentials (401)"),
            Step::new(Tomas, "grep -c \"$TOKEN\" ~/.git-credentials")
                .nothing()
                .says("0"),
            Step::new(Tomas, format!("jeton token request {token}"))
                .refused()
                .says("error: "),
        ],
    }
}

fn successor(url: &str, token: &str) -> Chapter {
    let mut chapter = approve(
        "A successor",
        "The installer goes on with a new token.",
        token,
    );
    chapter
        .steps
        .splice(0..0, [create(token), give_to_git(Tomas, url)]);
    chapter.steps.push(Step::new(Tomas, "git -C labs fetch"));
    chapter
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Vec<Step> {
        chapters("http://127.0.0.1:1", "2026-11-21")
            .into_iter()
            .flat_map(|chapter| chapter.steps)
            .collect()
    }

    #[test]
    fn the_installers_story_is_whole() {
        let steps = steps();
        let count = |ends, text: &str| {
            steps
                .iter()
                .filter(|step| step.ends == ends && step.line.contains(text))
                .count()
        };
        assert_eq!(count(Ends::Well, "git clone http"), 6, "six clones work");
        assert_eq!(
            count(Ends::Refused, "git clone http"),
            3,
            "pending, missing, hidden"
        );
        assert_eq!(count(Ends::Refused, "&& git push"), 1);
        assert_eq!(
            count(Ends::Refused, "git -C labs fetch"),
            2,
            "withdrawn and revoked"
        );
        assert_eq!(
            steps.iter().filter(|step| step.like_last.is_some()).count(),
            1
        );
        // The last value kept is the one that scripts are given: nothing may end it afterwards.
        let last = steps
            .iter()
            .rposition(|step| step.who == Tomas && step.keep == Some("TOKEN"))
            .unwrap();
        assert!(
            steps[last..]
                .iter()
                .all(|step| !step.line.contains("revoke"))
        );
    }

    #[test]
    fn every_jeton_command_of_the_story_is_one_that_exists() {
        for step in steps() {
            let line = step.line.replace("JETON_TOKEN=$TOKEN ", "");
            let line = line.split(" < ").next().unwrap();
            if line.starts_with("jeton ") {
                let words = words(line);
                <crate::tests::Tree as clap::Parser>::try_parse_from(&words)
                    .unwrap_or_else(|error| panic!("{line}\n{error}"));
            }
        }
    }

    /// Words of a line, with single quotes as the shell reads them.
    fn words(line: &str) -> Vec<String> {
        let mut found = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => found.push(String::new()),
                c => found.last_mut().unwrap().push(c),
            }
        }
        found
    }
}
