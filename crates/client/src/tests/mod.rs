//! Whole commands against a server that answers from a list, and a person who answers from another.

mod applications;
mod classic;
mod commands;
mod jobs;
mod meant;
mod review;
mod secrets;
mod services;
pub(crate) mod stand_in;
mod tokens;
mod told;
mod webhooks;
mod workload;

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use clap::{CommandFactory, Parser};

use crate::hidden::Hidden;
use crate::person::Person;
use crate::screen::Screen;
use crate::session::Session;
use crate::{Command, Globals, act, report};
use stand_in::StandIn;

/// The command line as the binary builds it.
#[derive(Debug, Parser)]
#[command(name = "jeton")]
pub(crate) struct Tree {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Somebody who says what was written down before; nobody, where nothing was.
struct Script(Option<VecDeque<&'static str>>);

impl Script {
    fn next(&mut self) -> io::Result<String> {
        let line = self.0.as_mut().and_then(VecDeque::pop_front);
        line.map(str::to_owned)
            .ok_or_else(|| io::Error::other("nothing more to say"))
    }
}

impl Person for Script {
    fn is_there(&self) -> bool {
        self.0.is_some()
    }
    fn line(&mut self, _: &str) -> io::Result<String> {
        self.next()
    }
    fn password(&mut self, _: &str) -> io::Result<Hidden> {
        self.next().map(Hidden::from)
    }
    fn piped_line(&mut self) -> io::Result<String> {
        Ok("piped password".to_owned())
    }
    fn piped(&mut self) -> io::Result<Hidden> {
        Ok(Hidden::from("piped\nvalue".to_owned()))
    }
}

/// What came of a command.
#[derive(Debug)]
struct Came {
    code: u8,
    out: String,
    err: String,
}

/// Runs a command line in a home of its own. `says` is what the person at the terminal answers; none
/// means that nobody is there.
fn run(home: &Path, line: &[&str], says: Option<&[&'static str]>) -> Came {
    let words = ["jeton", "--config-dir", home.to_str().unwrap()]
        .into_iter()
        .chain(line.iter().copied());
    let tree = Tree::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut person = Script(says.map(|lines| lines.iter().copied().collect()));
    let screen = Screen {
        out: &mut out,
        err: &mut err,
        json: tree.globals.json,
        terminal: false,
    };
    let mut session = Session::new(&tree.globals, screen, &mut person);
    let done = act(tree.command, &mut session, &Tree::command);
    drop(session);
    let code = report::say(done, tree.globals.json, &mut err);
    Came {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

/// A home that is signed in to the server as mona.
pub(crate) fn signed_in(server: &StandIn) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    server.answer(
        "POST /api/jeton/v1/sign-in",
        201,
        r#"{"token":"jtu_x","login":"mona"}"#,
    );
    let came = run(
        home.path(),
        &["login", &server.url, "--user", "mona", "--password-stdin"],
        None,
    );
    assert_eq!(came.code, 0, "{came:?}");
    server.taken();
    home
}

#[test]
fn the_command_line_is_well_formed() {
    Tree::command().debug_assert();
}

#[test]
fn no_command_has_an_argument_called_like_one_that_all_have() {
    fn walk(command: &clap::Command, globals: &[clap::Id], above: &str) {
        let name = format!("{above} {}", command.get_name());
        for arg in command.get_arguments() {
            assert!(!globals.contains(arg.get_id()), "{name}: {}", arg.get_id());
        }
        command
            .get_subcommands()
            .for_each(|sub| walk(sub, globals, &name));
    }
    let tree = Tree::command();
    let globals: Vec<_> = tree
        .get_arguments()
        .map(|arg| arg.get_id().clone())
        .collect();
    assert!(globals.len() >= 6);
    tree.get_subcommands()
        .for_each(|command| walk(command, &globals, "jeton"));
}

#[test]
fn the_reference_names_every_command_and_none_of_this_machine() {
    let page = crate::reference_markdown(Tree::command());
    for name in [
        "jeton token create",
        "jeton org member leave",
        "jeton policy site set",
        "jeton explain",
        "jeton team repo add",
    ] {
        assert!(page.contains(&format!("`{name}`")), "{name}\n{page}");
    }
    assert!(page.contains("- `-p, --permission KEY=LEVEL`"), "{page}");
    assert!(page.contains("Variable: `JETON_TOKEN`"));
    assert!(
        !page.contains("home-folder") && !page.contains("/root") && !page.contains("jeton help"),
        "{page}"
    );
}

#[test]
fn completions_are_written_for_each_shell() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let came = run(home.path(), &["completions", shell], None);
        assert!(came.code == 0 && came.out.contains("jeton"), "{shell}");
    }
}

#[test]
fn completions_that_nobody_reads_are_no_disaster() {
    struct Gone;
    impl std::io::Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let tree = Tree::try_parse_from(["jeton", "completions", "bash"]).unwrap();
    let (mut out, mut err) = (Gone, Vec::new());
    let mut person = Script(None);
    let screen = Screen {
        out: &mut out,
        err: &mut err,
        json: false,
        terminal: false,
    };
    let mut session = Session::new(&tree.globals, screen, &mut person);
    let done = act(tree.command, &mut session, &Tree::command);
    drop(session);
    assert_eq!(report::say(done, false, &mut err), 0);
    assert!(err.is_empty());
}
