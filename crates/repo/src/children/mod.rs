//! Git as a child: started under a death signal and limits, streamed, cut, reaped.

mod group;
mod registry;
mod runner;
mod spawner;
mod transfer;
mod watcher;

pub use registry::{Registration, StreamKey, Transfers};
pub use runner::{Archive, Limits, Runner, Shim, StartError};
pub use transfer::{Ending, EndingWatch, Input, Output, Transfer};
