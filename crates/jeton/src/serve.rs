//! `jeton serve`.

use std::convert::Infallible;
use std::io::Write;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::admin::{setup_command, setup_link};
use crate::config::{Config, ConfigError, Log};
use crate::server::{self, Doors, Outside, StartError};

/// Runs the server until it is told to stop. Says on `out` where it is, and how the first
/// administrator is made.
pub async fn run(
    config: Config,
    outside: Outside,
    out: &mut (dyn Write + Send),
) -> Result<(), StartError> {
    for network in config.wide_proxies() {
        tracing::warn!(
            %network,
            "`proxies.trusted` holds a wide network: whoever connects from it can claim any address, and https"
        );
    }
    let mut signals = Signals::hear().map_err(deaf)?;
    // Heard without TLS too: nothing is to be read again then, and the signal must not end the server.
    let hangups = signal(SignalKind::hangup()).map_err(deaf)?;
    let running = server::start(config, outside, Doors::All).await?;
    // A closed standard output is no reason to stop serving.
    let _ = greet(out, &running);
    tracing::info!(url = running.url, "serving");
    let lost = tokio::select! {
        () = signals.next() => None,
        cause = running.lost() => Some(cause),
        never = reloads(&running, hangups) => match never {},
    };
    tracing::info!("stopping");
    // Whoever asks twice does not want to wait for what still runs.
    running.stop_or(signals.next()).await;
    lost.map_or(Ok(()), |cause| Err(StartError::Lost(cause)))
}

/// Reads the certificate again whenever the process is told to by SIGHUP. Never returns.
async fn reloads(running: &server::Running, mut hangups: Signal) -> Infallible {
    loop {
        if hangups.recv().await.is_none() {
            return std::future::pending().await;
        }
        running.reload_certificate().await;
    }
}

fn deaf(source: std::io::Error) -> StartError {
    StartError::Listen {
        place: "signals".to_owned(),
        source,
    }
}

/// The signals that tell the process to stop.
pub(crate) struct Signals {
    terminated: Signal,
    interrupted: Signal,
    /// The terminal is gone. A server stays, and reads its certificate again.
    hung_up: Option<Signal>,
}

impl Signals {
    fn hear() -> std::io::Result<Self> {
        Ok(Self {
            terminated: signal(SignalKind::terminate())?,
            interrupted: signal(SignalKind::interrupt())?,
            hung_up: None,
        })
    }

    /// For what belongs to a terminal; not where it was started to outlive it, as by `nohup`.
    pub(crate) fn with_hangup() -> std::io::Result<Self> {
        let mut signals = Self::hear()?;
        if !ignores_hangup() {
            signals.hung_up = Some(signal(SignalKind::hangup())?);
        }
        Ok(signals)
    }

    /// Counts them, for as long as the runtime lives.
    pub(crate) fn count(mut self) -> watch::Receiver<u32> {
        let (told, asked) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                self.next().await;
                told.send_modify(|times| *times += 1);
            }
        });
        asked
    }

    /// Waits for one.
    async fn next(&mut self) {
        let hung_up = async {
            match &mut self.hung_up {
                Some(hung_up) => drop(hung_up.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminated.recv() => {}
            _ = self.interrupted.recv() => {}
            () = hung_up => {}
        }
    }
}

/// Whether the process was started with SIGHUP ignored. Where the system does not tell, no.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        // The first bit is the first signal.
        .is_some_and(|mask| mask & 1 != 0)
}

/// How one becomes the first administrator.
pub(crate) fn ways_in(out: &mut dyn Write, link: &str, command: &str) -> std::io::Result<()> {
    writeln!(out, "  in a browser:   {link}")?;
    writeln!(out, "  in a terminal:  {command}")
}

fn greet(out: &mut dyn Write, running: &server::Running) -> std::io::Result<()> {
    writeln!(out, "Jeton serves {}", running.url)?;
    if let Some(code) = &running.setup_code {
        writeln!(
            out,
            "\nNobody administers it yet. Become the first administrator (within an hour, once):"
        )?;
        let (link, command) = (
            setup_link(&running.url, code),
            setup_command(&running.url, code),
        );
        ways_in(out, &link, &command)?;
    }
    out.flush()
}

/// Sends the log to standard error.
pub fn log(log: &Log) -> Result<(), ConfigError> {
    let filter = tracing_subscriber::EnvFilter::try_new(&log.level).map_err(|error| {
        ConfigError::Together(format!(
            "`log.level`: `{}` can't be read: {error}",
            log.level
        ))
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A log that can't be written, on a full disk for one, would be told on the same stream, and end in a panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let set = if log.json {
        builder.json().try_init()
    } else {
        let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
        builder.with_ansi(colour).try_init()
    };
    set.map_err(|error| ConfigError::Together(format!("the log can't be set up: {error}")))
}
