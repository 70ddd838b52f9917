//! The thread that starts all children.
//!
//! A parent-death signal comes when the thread that started the process ends, and the runtime ends its
//! blocking threads when they are idle. So this thread lives as long as somebody can ask it, and its end
//! ends the children.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc;

use tokio::sync::oneshot;

struct Order {
    command: Command,
    answer: oneshot::Sender<io::Result<Child>>,
}

/// A way to the thread. Clones reach the same one.
#[derive(Clone, Debug)]
pub(super) struct Spawner {
    orders: mpsc::Sender<Order>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").finish_non_exhaustive()
    }
}

impl Spawner {
    pub(super) fn start() -> io::Result<Self> {
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::Builder::new()
            .name("git-spawner".to_owned())
            .spawn(move || {
                for Order {
                    mut command,
                    answer,
                } in inbox
                {
                    if let Err(Ok(mut child)) = answer.send(command.spawn()) {
                        // Who asked is gone.
                        let _ = child.kill();
                        let _ = child.wait();
                    }
                }
            })?;
        Ok(Self { orders })
    }

    pub(super) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (answer, child) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts git is gone");
        self.orders
            .send(Order { command, answer })
            .map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }
}
