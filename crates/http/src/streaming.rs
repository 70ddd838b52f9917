//! What a streaming handler gets.

use std::any::Any;
use std::sync::Arc;

use jeton_app::{App, Call};

use crate::body::Payload;
use crate::input::Input;

/// A request whose body has not been read, for a handler that streams.
#[derive(Debug)]
pub struct Exchange {
    /// The server.
    pub app: App,
    /// Who wants what.
    pub call: Call,
    /// Path parameters, query and headers. The body is not in it.
    pub input: Input,
    /// The body.
    pub payload: Payload,
    pub(crate) states: Arc<[State]>,
}

/// What a door of its own needs to run, made once at start.
pub type State = Box<dyn Any + Send + Sync>;

impl Exchange {
    /// The door's own state, if it was given at start.
    pub fn state<T: 'static>(&self) -> Option<&T> {
        self.states.iter().find_map(|state| state.downcast_ref())
    }
}
