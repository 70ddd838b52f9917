//! `jeton demo`: a token's whole life, played in front of the reader with the real server, the real
//! `git` and this very command line, each in a process of its own. What is shown is what is run.

mod cast;
mod contents;
mod stage;
mod story;

use std::error::Error;
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
use crate::report;
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
    fn start(&mut self, listen: &str, data: &Path)
    -> Result<Started, Box<dyn Error + Send + Sync>>;
    /// Waits until somebody wants it to end: by Ctrl-C or a signal.
    fn wait(&mut self);
    /// Ends it.
    fn stop(&mut self);
}

/// Plays the demo. With `--json` the story goes to standard error and one line for scripts to
/// standard output.
pub fn play(demo: &Demo, globals: &Globals, server: &mut dyn DemoServer) -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let told: &mut dyn Write = if globals.json { &mut err } else { &mut out };
    report::finish(perform(demo, globals.json, server, told), &mut io::stderr())
}

fn perform(
    demo: &Demo,
    json: bool,
    server: &mut dyn DemoServer,
    told: &mut dyn Write,
) -> Result<(), ClientError> {
    let temporary;
    let folder = if let Some(folder) = &demo.data {
        make_private_folder(folder)?;
        std::path::absolute(folder).map_err(ClientError::file(folder))?
    } else {
        temporary = tempfile::Builder::new().prefix("jeton-demo-").tempdir();
        temporary
            .as_ref()
            .map_err(|error| ClientError::other(format!("temporary folder: {error}")))?
            .path()
            .to_owned()
    };
    if fs::read_dir(&folder)
        .map_err(ClientError::file(&folder))?
        .next()
        .is_some()
    {
        return Err(ClientError::usage(
            format!("`{}` is not empty", folder.display()),
            "the story begins with nothing: name a new folder",
        ));
    }
    let data = folder.join("server");
    make_private_folder(&data)?;
    let started = server
        .start(&demo.listen, &data)
        .map_err(|error| ClientError::other(format!("the server does not start: {error}")))?;
    let played = tell(&folder, &started, told).and_then(|stage| {
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
    played
}

/// Plays all chapters; stops at the first step that came out wrong.
fn tell(folder: &Path, started: &Started, told: &mut dyn Write) -> Result<Stage, ClientError> {
    let url = started.url.trim_end_matches('/');
    let mut stage = Stage::set(folder, &started.setup_code)?;
    let (watch, mut steps) = (Stopwatch::start(), 0);
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
            println(
                told,
                &format!("\n   {}$ {}", step.who.login(), step.shown()),
            )?;
            let came = stage.run(step)?;
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

fn println(out: &mut dyn Write, line: &str) -> Result<(), ClientError> {
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(ClientError::Output)
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

/// Names that must never be shown twice in one table.
#[cfg(test)]
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().all(|name| seen.insert(name))
}
