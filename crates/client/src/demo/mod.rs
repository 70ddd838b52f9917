//! `jeton demo`: a token's whole life, played in front of the reader with the real server, the real
//! `git` and this very command line, each in a process of its own. What is shown is what is run.

mod cast;
mod contents;
mod stage;
mod story;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use crate::edge::Stopwatch;
use crate::error::ClientError;
use crate::globals::Globals;
use crate::hidden::Hidden;
use crate::hosts::make_private_folder;
use crate::report::{self, Failure};
use cast::Person;
use stage::Stage;

/// Play the life of a token: from an empty server to revocation, with real Git
#[derive(Clone, Debug, clap::Args)]
pub struct Demo {
    /// End when the story is over; the exit code is 0 only if every step came out right
    #[arg(long)]
    once: bool,
    /// Where the server listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: String,
    /// A new or empty folder for everything [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// A server that runs in this process.
#[derive(Debug)]
pub struct Started {
    /// Its address, as `http://127.0.0.1:8377`.
    pub url: String,
    /// The code that makes the first administrator.
    pub setup_code: Hidden,
}

/// How the demo gets its server; the binary knows.
pub trait DemoServer {
    /// Starts one that listens there and keeps everything in that folder.
    fn start(&mut self, listen: &str, data: &Path) -> Result<Started, Failure>;
    /// Whether somebody wants it to end: by Ctrl-C, a signal, or because their terminal is gone.
    fn asked_to_stop(&self) -> bool;
    /// Waits until somebody wants it to end.
    fn wait(&mut self);
    /// Ends it.
    fn stop(&mut self);
}

/// Plays the demo. With `--json` the story goes to standard error and one line for scripts to
/// standard output.
pub fn play(demo: &Demo, globals: &Globals, server: &mut dyn DemoServer) -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let told: &mut dyn Write = if globals.json { &mut err } else { &mut out };
    let done = perform(demo, globals.json, server, told);
    report::finish(done, globals.json, &mut io::stderr())
}

fn perform(
    demo: &Demo,
    json: bool,
    server: &mut dyn DemoServer,
    told: &mut dyn Write,
) -> Result<(), Failure> {
    if let Some(folder) = &demo.data {
        make_private_folder(folder)?;
        let folder = std::path::absolute(folder).map_err(ClientError::file(folder))?;
        return perform_in(&folder, demo, json, server, told);
    }
    let temporary = tempfile::Builder::new()
        .prefix("jeton-demo-")
        .tempdir()
        .map_err(|error| ClientError::other(format!("temporary folder: {error}")))?;
    let played = perform_in(temporary.path(), demo, json, server, told);
    remove(temporary, played)
}

/// SECURITY: passwords and tokens lie in the folder, so one that stays is told, whatever came of the story.
fn remove(folder: tempfile::TempDir, played: Result<(), Failure>) -> Result<(), Failure> {
    let path = folder.path().to_owned();
    let Err(error) = folder.close() else {
        return played;
    };
    let left = format!(
        "`{}` could not be removed, and holds the story's passwords and tokens: {error}",
        path.display()
    );
    match played {
        Ok(()) => Err(ClientError::other(left).into()),
        Err(failure) => Err(failure.hint(left)),
    }
}

fn perform_in(
    folder: &Path,
    demo: &Demo,
    json: bool,
    server: &mut dyn DemoServer,
    told: &mut dyn Write,
) -> Result<(), Failure> {
    if fs::read_dir(folder)
        .map_err(ClientError::file(folder))?
        .next()
        .is_some()
    {
        return Err(ClientError::usage(
            format!("`{}` is not empty", folder.display()),
            "the story begins with nothing: name a new folder",
        )
        .into());
    }
    let data = folder.join("server");
    make_private_folder(&data)?;
    let started = server.start(&demo.listen, &data).inspect_err(|_| {
        // Empty, so that the next try begins with nothing as well; what a start left in it is kept.
        let _ = fs::remove_dir(&data);
    })?;
    let stopped = || server.asked_to_stop();
    let played = tell(folder, &started, &stopped, told).and_then(|stage| {
        if json {
            println(
                &mut io::stdout(),
                &stage.for_scripts(&started.url).to_string(),
            )?;
        } else if !demo.once {
            println(told, &stage.for_people(&started.url))?;
        }
        if !demo.once {
            server.wait();
        }
        Ok(())
    });
    server.stop();
    Ok(played?)
}

/// Plays all chapters; stops at the first step that came out wrong, and where somebody wants it to end.
fn tell(
    folder: &Path,
    started: &Started,
    stopped: &dyn Fn() -> bool,
    told: &mut dyn Write,
) -> Result<Stage, ClientError> {
    let url = started.url.trim_end_matches('/');
    let mut stage = Stage::set(folder, &started.setup_code)?;
    let (watch, mut steps) = (Stopwatch::start(), 0_u32);
    for (number, chapter) in story::chapters(url, &crate::edge::now().date())
        .into_iter()
        .enumerate()
    {
        println(
            told,
            &format!("\n{}. {}\n   {}", number + 1, chapter.title, chapter.why),
        )?;
        for step in &chapter.steps {
            steps += 1;
            if stopped() {
                return Err(interrupted(steps));
            }
            println(
                told,
                &format!("\n   {}$ {}", step.who.login(), step.shown()),
            )?;
            let came = stage.run(step, stopped)?;
            if stopped() {
                return Err(interrupted(steps));
            }
            for line in came.lines() {
                println(told, &format!("     │ {line}"))?;
            }
            let mark = if came.faults.is_empty() { "✓" } else { "✗" };
            println(
                told,
                &format!("     {mark} {} ms{}", came.took.as_millis(), step.verdict()),
            )?;
            if !came.faults.is_empty() {
                for fault in &came.faults {
                    println(told, &format!("     ✗ {fault}"))?;
                }
                return Err(ClientError::other(format!(
                    "step {steps} did not come out right"
                )));
            }
        }
    }
    let seconds = watch.elapsed().as_secs_f64();
    println(
        told,
        &format!("\nAll {steps} steps came out right, in {seconds:.1} s."),
    )?;
    Ok(stage)
}

fn interrupted(step: u32) -> ClientError {
    ClientError::other(format!("interrupted at step {step}: the story is not over"))
}

fn println(out: &mut dyn Write, line: &str) -> Result<(), ClientError> {
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        // Not as in a list, of which somebody may read the head: a story that was cut did not come out right.
        .map_err(|error| ClientError::other(format!("the story could not be told: {error}")))
}

impl Stage {
    /// One line: where, who, with which password, and a live token.
    fn for_scripts(&self, url: &str) -> serde_json::Value {
        let users: Vec<_> = Person::ALL
            .iter()
            .map(|person| json!({ "login": person.login(), "password": self.password(*person), "role": person.role() }))
            .collect();
        let repositories: Vec<_> = contents::SIX
            .iter()
            .map(|repository| format!("alta3/{}", repository.name))
            .collect();
        json!({
            "url": url, "users": users, "token": self.variable(Person::Tomas, "TOKEN"),
            "repositories": repositories, "hidden": format!("alta3/{}", contents::HIDDEN.name),
        })
    }

    fn for_people(&self, url: &str) -> String {
        let users: Vec<_> = Person::ALL
            .iter()
            .map(|person| {
                let who = format!("({}, {})", person.name(), person.role());
                format!(
                    "  {:<6} {who:<28} password {}",
                    person.login(),
                    self.password(*person)
                )
            })
            .collect();
        format!(
            "\nThe server stays up at {url} until Ctrl-C. Sign-ins:\n{}\n\
             A live token of tomas: {}\nTry: jeton login {url} --user lena",
            users.join("\n"),
            self.variable(Person::Tomas, "TOKEN")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that is not there: the first command of the story can't work.
    #[derive(Default)]
    struct Nowhere {
        calls: Vec<&'static str>,
        interrupted: bool,
    }

    impl DemoServer for Nowhere {
        fn start(&mut self, _: &str, data: &Path) -> Result<Started, Failure> {
            assert!(data.ends_with("server") && data.is_dir());
            self.calls.push("start");
            Ok(Started {
                url: "http://127.0.0.1:9/".to_owned(),
                setup_code: Hidden::from("the-code".to_owned()),
            })
        }
        fn asked_to_stop(&self) -> bool {
            self.interrupted
        }
        fn wait(&mut self) {
            self.calls.push("wait");
        }
        fn stop(&mut self) {
            self.calls.push("stop");
        }
    }

    fn demo(data: &Path) -> Demo {
        Demo {
            once: true,
            listen: "127.0.0.1:0".to_owned(),
            data: Some(data.to_owned()),
        }
    }

    #[test]
    fn a_step_that_comes_out_wrong_ends_the_story_and_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let (mut server, mut told) = (Nowhere::default(), Vec::new());
        let error = perform(&demo(folder.path()), false, &mut server, &mut told).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.exit().code()),
            ("step 1 did not come out right", 1)
        );
        assert_eq!(server.calls, ["start", "stop"]);
        let told = String::from_utf8(told).unwrap();
        assert!(
            told.contains("noor$ jeton setup http://127.0.0.1:9 --code $SETUP_CODE"),
            "{told}"
        );
        assert!(told.contains("✗ it should have"), "{told}");
        assert!(!told.contains("the-code"));
    }

    #[test]
    fn a_story_that_is_interrupted_ends_the_server_and_leaves_no_folder() {
        let (mut server, mut told) = (Nowhere::default(), Vec::new());
        server.interrupted = true;
        let nowhere = Path::new("/nowhere");
        let demo = Demo {
            data: None,
            ..demo(nowhere)
        };
        let error = perform(&demo, false, &mut server, &mut told).unwrap_err();
        assert!(error.to_string().starts_with("interrupted at step 1"));
        assert_eq!(server.calls, ["start", "stop"]);
        let told = String::from_utf8(told).unwrap();
        assert!(!told.contains("$ jeton"), "{told}");
    }

    #[test]
    fn a_folder_that_could_not_be_removed_is_told() {
        for played in [Ok(()), Err(ClientError::other("step 3 failed").into())] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().to_owned();
            fs::remove_dir(&path).unwrap();
            let failed = played.is_err();
            let mut said = Vec::new();
            remove(folder, played).unwrap_err().say(false, &mut said);
            let said = String::from_utf8(said).unwrap();
            let left = format!("`{}` could not be removed", path.display());
            assert!(said.contains(&left), "{said}");
            assert_eq!(said.contains("step 3 failed"), failed, "{said}");
        }
    }

    #[test]
    fn a_story_that_nobody_hears_to_its_end_did_not_come_out_right() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let mut server = Nowhere::default();
        let told = perform(&demo(folder.path()), false, &mut server, &mut Gone);
        assert_eq!(server.calls, ["start", "stop"]);
        let ended = report::finish(told, false, &mut Vec::new());
        assert_eq!(ended, ExitCode::from(1));
    }

    #[test]
    fn a_folder_that_holds_something_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("precious"), "").unwrap();
        let mut server = Nowhere::default();
        let error = perform(&demo(folder.path()), false, &mut server, &mut Vec::new()).unwrap_err();
        assert_eq!(error.exit(), crate::Exit::Usage);
        assert!(server.calls.is_empty());
    }

    #[test]
    fn the_line_for_scripts_has_what_scripts_ask_for() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::set(folder.path(), &Hidden::from(String::new())).unwrap();
        let line = stage.for_scripts("http://h");
        assert_eq!(line["url"], "http://h");
        assert_eq!(line["repositories"].as_array().unwrap().len(), 6);
        assert_eq!(line["repositories"][0], "alta3/labs");
        assert_eq!(line["hidden"], "alta3/payroll");
        let roles: Vec<_> = line["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles, ["administrator", "owner", "member"]);
        assert!(line["users"][0]["password"].as_str().unwrap().len() >= 16);
    }
}
