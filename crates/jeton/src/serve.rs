//! `jeton serve`.

use std::io::Write;

use tokio::signal::unix::{SignalKind, signal};

use crate::admin::setup_command;
use crate::config::{Config, Log};
use crate::server::{self, Doors, Outside, StartError};

/// Runs the server until it is told to stop. Says on `out` where it is, and how the first
/// administrator is made.
pub async fn run(
    config: Config,
    outside: Outside,
    out: &mut (dyn Write + Send),
) -> Result<(), StartError> {
    let stopped = signals()?;
    let running = server::start(config, outside, Doors::All).await?;
    // A closed standard output is no reason to stop serving.
    let _ = greet(out, &running);
    tracing::info!(url = running.url, "serving");
    stopped.await;
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

/// Waits until the process is told to stop.
fn signals() -> Result<impl Future<Output = ()>, StartError> {
    let listening = |source| StartError::Listen {
        place: "signals".to_owned(),
        source,
    };
    let mut terminated = signal(SignalKind::terminate()).map_err(listening)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(listening)?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

/// Waits until the process is told to stop; at once where that can't be heard.
pub(crate) async fn asked_to_stop() {
    if let Ok(stopped) = signals() {
        stopped.await;
    }
}

fn greet(out: &mut dyn Write, running: &server::Running) -> std::io::Result<()> {
    writeln!(out, "Jeton serves {}", running.url)?;
    if let Some(code) = &running.setup_code {
        writeln!(
            out,
            "\nNobody administers it yet. Become the first administrator (within an hour, once):"
        )?;
        writeln!(out, "  {}", setup_command(&running.url, code))?;
    }
    out.flush()
}

/// Sends the log to standard error.
pub fn log(log: &Log) -> Result<(), String> {
    let filter = tracing_subscriber::EnvFilter::try_new(&log.level)
        .map_err(|error| format!("`log.level`: `{}` can't be read: {error}", log.level))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let set = if log.json {
        builder.json().try_init()
    } else {
        let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
        builder.with_ansi(colour).try_init()
    };
    set.map_err(|error| format!("the log can't be set up: {error}"))
}
