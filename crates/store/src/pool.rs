//! A bounded set of connections for read units, opened when first needed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::StoreError;
use crate::connection::{Connection, Connector};

pub(crate) struct Pool {
    state: Mutex<State>,
    returned: Condvar,
    most: usize,
    patience: Duration,
}

struct State {
    idle: Vec<Box<dyn Connection>>,
    lent: usize,
}

/// A lent connection. Dropped without [`Lent::give_back`] it is closed: what state it is in is unknown.
pub(crate) struct Lent<'p> {
    pool: &'p Pool,
    connection: Option<Box<dyn Connection>>,
}

impl Pool {
    pub(crate) fn new(most: usize, patience: Duration) -> Self {
        Self {
            state: Mutex::new(State {
                idle: Vec::new(),
                lent: 0,
            }),
            returned: Condvar::new(),
            most: most.max(1),
            patience,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // INVARIANT: the state is two fields changed without a possible panic in between, so a poisoned lock is sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lends a connection, waiting for one if all are lent.
    pub(crate) fn lend(&self, connector: &dyn Connector) -> Result<Lent<'_>, StoreError> {
        let (mut state, waited) = self
            .returned
            .wait_timeout_while(self.lock(), self.patience, |state| state.lent >= self.most)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(StoreError::Busy);
        }
        state.lent += 1;
        let idle = state.idle.pop();
        drop(state);
        // From here on dropping `lent` counts it back.
        let mut lent = Lent {
            pool: self,
            connection: idle,
        };
        if lent.connection.is_none() {
            lent.connection = Some(connector.reader()?);
        }
        Ok(lent)
    }

    /// Closes what nobody uses: the server went away.
    pub(crate) fn forget_idle(&self) {
        let idle = std::mem::take(&mut self.lock().idle);
        drop(idle);
    }
}

impl Lent<'_> {
    /// The connection; `None` only after it was given back.
    pub(crate) fn connection(&mut self) -> Result<&mut dyn Connection, StoreError> {
        match &mut self.connection {
            Some(connection) => Ok(connection.as_mut()),
            None => Err(StoreError::query(
                "a connection was used after it was given back",
            )),
        }
    }

    /// Opens another connection instead of a broken one.
    pub(crate) fn replace(&mut self, connector: &dyn Connector) -> Result<(), StoreError> {
        self.connection = None;
        self.connection = Some(connector.reader()?);
        Ok(())
    }

    /// Gives it back for the next unit.
    pub(crate) fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.lock().idle.push(connection);
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.pool.lock().lent -= 1;
        self.pool.returned.notify_one();
    }
}
