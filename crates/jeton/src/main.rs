//! The executable: everything that `jeton` can be told to do begins here.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use jeton::command::{Command, Jeton, Settings, read, tree};
use jeton::config::{Config, check_variables};
use jeton::demo::DemoHost;
use jeton::edge::{SystemClock, SystemEntropy};
use jeton::server::Outside;
use jeton::{admin, docs, serve};
use jeton_client::{Exit, Failure};

fn main() -> ExitCode {
    // The steps that git runs come first: they are run often, and take no options.
    let mut arguments = std::env::args_os();
    let name = arguments.next().map(PathBuf::from).unwrap_or_default();
    if name.file_name() == Some(OsStr::new(jeton_client::HELPER)) {
        return jeton_client::git_credential(arguments);
    }
    match arguments.next().as_ref().and_then(|name| name.to_str()) {
        Some("git-run") => return jeton_repo::shim::run(arguments),
        Some("git-hook") => return jeton_repo::hook::client::run(arguments, variable),
        // Of no use to people: neither help nor completions nor advice shall offer it.
        Some("internal-docs") => return print_page(&arguments.next().unwrap_or_default()),
        _ => {}
    }
    let Jeton { globals, command } = match read() {
        Ok(jeton) => jeton,
        Err(error) => return misunderstood(&error),
    };
    let json = globals.json;
    match command {
        Command::Serve {
            settings,
            accept_lost_repositories,
        } => {
            // Whatever the server and its git make is for its own account alone.
            rustix::process::umask(rustix::fs::Mode::from_bits_truncate(0o077));
            with_config(&settings, json, |mut config, outside| async move {
                config.accept_lost = accept_lost_repositories;
                serve::log(&config.log)?;
                Ok(serve::run(config, outside, &mut std::io::stdout()).await?)
            })
        }
        Command::Admin { settings, command } => {
            let typed = settings.0.typed();
            with_config(&settings.0, json, |config, outside| async move {
                let given = admin::Given { config, typed };
                Ok(admin::run(command, given, outside, json, &mut std::io::stdout()).await?)
            })
        }
        Command::Demo(demo) => match DemoHost::new(program(), Arc::new(SystemEntropy)) {
            Ok(mut host) => jeton_client::demo::play(&demo, &globals, &mut host),
            Err(error) => failed(&no_runtime(&error), json),
        },
        Command::Client(command) => jeton_client::run(command, &globals, &tree),
    }
}

/// A page of the reference that is made from tables in the program.
fn print_page(name: &OsStr) -> ExitCode {
    let name = name.to_string_lossy();
    match docs::page(&name) {
        Some(text) => match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let message = format!("the page could not be written: {error}");
                failed(&Failure::output(&error, message), false)
            }
        },
        None => failed(
            &Failure::new(Exit::Usage, format!("`{name}` is no page")),
            false,
        ),
    }
}

/// Help and version, and command lines that are none.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|word| word == "--json");
    if !error.use_stderr() || !json {
        // Nobody can be told that the stream is gone.
        let _ = error.print();
        let code = if error.use_stderr() {
            Exit::Usage.code()
        } else {
            0
        };
        return ExitCode::from(code);
    }
    // The first paragraph is the error, the others are advice.
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(words);
    let message = paragraphs.next().unwrap_or_default();
    let failure = Failure::new(Exit::Usage, message.trim_start_matches("error: "));
    let advice: Vec<String> = paragraphs.filter(|advice| !advice.is_empty()).collect();
    failed(&failure.hint(advice.join("; ")), json)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads the environment: configuration and the hooks' two values.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the environment is read"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// This executable, for the steps that git runs.
fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("jeton"))
}

/// The names of all variables; what is no UTF-8 is no name of ours.
fn variables() -> impl Iterator<Item = String> {
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())
}

fn with_config<F>(
    settings: &Settings,
    json: bool,
    work: impl FnOnce(Config, Outside) -> F,
) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    let text = |name: &str| variable(name)?.into_string().ok();
    let config = check_variables(variables())
        .and_then(|()| Config::load(&settings.given, &text, settings.file.as_deref()));
    let config = match config {
        Ok(config) => config,
        Err(error) => return failed(&error.into(), json),
    };
    let outside = Outside {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        program: program(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&no_runtime(&error), json),
    };
    match runtime.block_on(work(config, outside)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(&failure, json),
    }
}

fn no_runtime(error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Other,
        format!("the runtime could not be started: {error}"),
    )
}

fn failed(failure: &Failure, json: bool) -> ExitCode {
    failure.say(json, &mut std::io::stderr())
}
