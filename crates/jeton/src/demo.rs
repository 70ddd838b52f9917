//! The server that `jeton demo` plays on: the real one, in this process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jeton_app::Entropy;
use jeton_client::demo::{DemoServer, Started};
use jeton_client::{Exit, Failure, Hidden};
use tokio::sync::watch;

use crate::config::Config;
use crate::edge::SystemClock;
use crate::server::{Doors, Outside, Running, start};

/// Starts and stops the demo's server.
#[derive(Debug)]
pub struct DemoHost {
    runtime: tokio::runtime::Runtime,
    running: Option<Running>,
    program: PathBuf,
    entropy: Arc<dyn Entropy>,
    /// How often it was asked to stop.
    asked: watch::Receiver<u32>,
}

impl DemoHost {
    /// `program` is this executable, for the steps that git runs.
    pub fn new(program: PathBuf, entropy: Arc<dyn Entropy>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        // From here on a signal ends the demo in order: nobody else removes its folder.
        let asked = {
            let _within = runtime.enter();
            crate::serve::Signals::with_hangup()?.count()
        };
        Ok(Self {
            runtime,
            running: None,
            program,
            entropy,
            asked,
        })
    }
}

impl DemoServer for DemoHost {
    fn start(&mut self, listen: &str, data: &Path) -> Result<Started, Failure> {
        let given = BTreeMap::from([
            ("listen", listen.to_owned()),
            ("data", data.display().to_string()),
        ]);
        // A demo knows no configuration but its own.
        let config = Config::load(&given, &|_| None, None)?;
        let outside = Outside {
            clock: Arc::new(SystemClock),
            entropy: Arc::clone(&self.entropy),
            program: self.program.clone(),
        };
        let running = self.runtime.block_on(start(config, outside, Doors::All))?;
        let code = running.setup_code.clone().ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "the data folder has an administrator already: give an empty one",
            )
        })?;
        let started = Started {
            url: running.url.clone(),
            setup_code: Hidden::from(code),
        };
        self.running = Some(running);
        Ok(started)
    }

    fn asked_to_stop(&self) -> bool {
        *self.asked.borrow() > 0
    }

    fn wait(&mut self) {
        // Nobody who could ask is left: no reason to stay either.
        let _ = self
            .runtime
            .block_on(self.asked.wait_for(|asked| *asked > 0));
    }

    fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            let (mut asked, before) = (self.asked.clone(), *self.asked.borrow());
            // Whoever asks twice does not want to wait for what still runs.
            let again = async move { drop(asked.wait_for(|asked| *asked > before).await) };
            self.runtime.block_on(running.stop_or(again));
        }
    }
}
