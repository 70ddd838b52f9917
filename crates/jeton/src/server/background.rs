//! What the server does beside answering: writes what it counted, and keeps house.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jeton_app::{App, AppError, Retention};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::tls::Certificate;

/// The most that a crash forgets of last uses and counts, where no more credentials are busy than one
/// flush writes.
const FLUSH: Duration = Duration::from_secs(5);
/// How late an overlap's end may be noticed in the log; the decision itself is never late.
const HOUSEKEEPING: Duration = Duration::from_mins(1);

/// How late old entries of the log may be emptied, and deleted repositories leave the disk.
const FORGETTING: Duration = Duration::from_hours(1);

/// How late a letter may leave.
const MAIL: Duration = Duration::from_secs(1);

/// How late a webhook may be told.
const HOOKS: Duration = Duration::from_secs(1);

/// Webhooks that are told at a time. More than the few that one account is given (`hook_deliveries`): whoever holds up their
/// own holds up nobody else's.
const HOOK_WORKERS: usize = 16;

/// How late a renewed certificate may be noticed where nobody says so by a signal.
const RENEWAL: Duration = Duration::from_mins(1);

/// The loops.
#[derive(Debug)]
pub(super) struct Background {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    app: App,
}

impl Background {
    pub(super) fn start(
        app: &App,
        retention: Retention,
        certificate: Option<Arc<Certificate>>,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = vec![
            tokio::spawn(every(FLUSH, stopped.clone(), app.clone(), |app| {
                flushed(app.flush_a_turn());
            })),
            tokio::spawn(every(HOUSEKEEPING, stopped.clone(), app.clone(), |app| {
                if let Err(error) = app.housekeep() {
                    tracing::error!(%error, "housekeeping failed");
                }
            })),
            tokio::spawn(every(
                FORGETTING,
                stopped.clone(),
                app.clone(),
                move |app| {
                    if let Err(error) = app.forget(retention) {
                        tracing::error!(%error, "old entries and deleted repositories could not be cleared away");
                    }
                },
            )),
        ];
        // Looked at again for each letter, so that the one that is being sent is the last.
        let ended = stopped.clone();
        tasks.push(tokio::spawn(every(
            MAIL,
            stopped.clone(),
            app.clone(),
            move |app| {
                if let Err(error) = app.deliver_mail(&|| !*ended.borrow()) {
                    tracing::error!(%error, "mail could not be sent");
                }
            },
        )));
        for _ in 0..HOOK_WORKERS {
            let ended = stopped.clone();
            tasks.push(tokio::spawn(every(
                HOOKS,
                stopped.clone(),
                app.clone(),
                move |app| {
                    if let Err(error) = app.deliver_hooks(&|| !*ended.borrow()) {
                        tracing::error!(%error, "webhooks could not be told");
                    }
                },
            )));
        }
        if let Some(certificate) = certificate {
            let reload = move |_: &App| certificate.reload();
            tasks.push(tokio::spawn(every(RENEWAL, stopped, app.clone(), reload)));
        }
        Self {
            stop,
            tasks,
            app: app.clone(),
        }
    }

    /// Ends the loops and flushes a last time.
    pub(super) fn stop(self) -> impl Future<Output = ()> {
        let Self { stop, tasks, app } = self;
        async move {
            stop.send_replace(true);
            app.stop_delivering();
            for task in tasks {
                // A loop that broke is over too.
                let _ = task.await;
            }
            let _ = tokio::task::spawn_blocking(move || flushed(app.flush_activity())).await;
        }
    }
}

fn flushed(outcome: Result<(), AppError>) {
    if let Err(error) = outcome {
        // Tried again with the next.
        tracing::warn!(%error, "uses could not be written");
    }
}

async fn every(
    pause: Duration,
    mut stopped: watch::Receiver<bool>,
    app: App,
    work: impl Fn(&App) + Clone + Send + 'static,
) {
    let mut ticks = tokio::time::interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        let (app, work) = (app.clone(), work.clone());
        if let Err(error) = tokio::task::spawn_blocking(move || work(&app)).await {
            tracing::error!(%error, "work in the background broke");
        }
    }
}
