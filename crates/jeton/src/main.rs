//! The executable: everything that `jeton` can be told to do begins here.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use jeton::command::{Command, Jeton, Settings, tree};
use jeton::config::Config;
use jeton::demo::DemoHost;
use jeton::edge::{SystemClock, SystemEntropy};
use jeton::server::Outside;
use jeton::{admin, docs, serve};

/// A command line, a configuration or a data folder that can't be used.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    // The steps that git runs come first: they are run often, and take no options.
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_ref().and_then(|name| name.to_str()) {
        Some("git-run") => return jeton_repo::shim::run(arguments),
        Some("git-hook") => return jeton_repo::hook::client::run(arguments, variable),
        _ => {}
    }
    let Jeton { globals, command } = Jeton::parse();
    match command {
        Command::Serve { settings } => with_config(&settings, |config, outside| async move {
            serve::log(&config.log)?;
            serve::run(config, outside, &mut std::io::stdout())
                .await
                .map_err(|error| error.to_string())
        }),
        Command::Admin { settings, command } => {
            with_config(&settings, |config, outside| async move {
                admin::run(command, config, outside, &mut std::io::stdout())
                    .await
                    .map_err(|error| error.to_string())
            })
        }
        Command::Demo(demo) => match DemoHost::new(program(), Arc::new(SystemEntropy)) {
            Ok(mut host) => jeton_client::demo::play(&demo, &globals, &mut host),
            Err(error) => failed(&format!("the runtime could not be started: {error}")),
        },
        Command::Client(command) => jeton_client::run(command, &globals, &tree),
        Command::InternalDocs { page } => match docs::page(&page) {
            Some(text) => match std::io::stdout().write_all(text.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => failed(&format!("the page could not be written: {error}")),
            },
            None => failed(&format!("`{page}` is no page")),
        },
    }
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

fn with_config<F>(settings: &Settings, work: impl FnOnce(Config, Outside) -> F) -> ExitCode
where
    F: Future<Output = Result<(), String>>,
{
    let text = |name: &str| variable(name)?.into_string().ok();
    let config = match Config::load(&settings.given, &text, settings.file.as_deref()) {
        Ok(config) => config,
        Err(error) => return failed(&error.to_string()),
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
        Err(error) => return failed(&format!("the runtime could not be started: {error}")),
    };
    match runtime.block_on(work(config, outside)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => failed(&message),
    }
}

#[expect(clippy::print_stderr, reason = "the command line's own voice")]
fn failed(message: &str) -> ExitCode {
    eprintln!("jeton: {message}");
    ExitCode::from(UNUSABLE)
}
