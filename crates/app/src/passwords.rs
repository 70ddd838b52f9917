//! Passwords: Argon2id, and a throttle on guesses that does not lock the owner out.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use jeton_domain::{Span, Time};

use crate::app::Inner;
use crate::error::AppError;
use crate::rates::network;

/// Shortest password, in characters.
const SHORTEST: usize = 10;
/// Longest, in bytes: a bound on work, far above what anybody types.
const LONGEST: usize = 512;
/// Wrong guesses that cost nothing.
const FREE: i64 = 5;
/// The longest wait between guesses.
const LONGEST_WAIT: Span = Span::from_minutes(15);
/// Wrong guesses are forgotten when none was added for this long.
const REMEMBERED: Span = Span::from_hours(24);
/// How many may wait for a slot.
const MOST_WAITING: usize = 64;

/// A password as typed. Never shown, never stored.
#[derive(Clone)]
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// Takes what was typed.
    pub fn new(typed: impl Into<String>) -> Self {
        Self(typed.into())
    }

    /// Whether it may become somebody's password.
    pub(crate) fn check_new(&self) -> Result<(), AppError> {
        if self.0.chars().count() < SHORTEST {
            Err(AppError::invalid(
                "User",
                "password",
                format!("needs at least {SHORTEST} characters"),
            ))
        } else if self.0.len() > LONGEST {
            Err(AppError::invalid(
                "User",
                "password",
                format!("is longer than {LONGEST} bytes"),
            ))
        } else {
            Ok(())
        }
    }
}

/// Hashing slots and the throttle.
pub(crate) struct Passwords {
    slots: Mutex<Slots>,
    freed: Condvar,
    guesses: quick_cache::sync::Cache<String, Arc<Mutex<Guesses>>>,
    /// Hash of no password: an unknown login costs what a known one does.
    nobody: std::sync::OnceLock<String>,
}

#[derive(Debug)]
struct Slots {
    free: usize,
    waiting: usize,
}

#[derive(Clone, Copy, Debug)]
struct Guesses {
    wrong: i64,
    last: Time,
}

impl Guesses {
    /// How long the next guess has to wait, if `free` wrong ones cost nothing.
    fn wait(self, free: i64, now: Time) -> Span {
        let over = self.wrong - free;
        if over < 0 {
            return Span::ZERO;
        }
        let end = self
            .last
            .after(Span::from_seconds(1_i64 << over.min(10)).min(LONGEST_WAIT));
        if end.is_over_at(now) {
            Span::ZERO
        } else {
            end.since(now)
        }
    }

    fn add(&mut self, now: Time) {
        if self.last.after(REMEMBERED).is_over_at(now) {
            self.wrong = 0;
        }
        self.wrong = self.wrong.saturating_add(1);
        self.last = now;
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            // Each hash takes 19 MiB and 15 ms of a core: two at a time leave room for requests.
            slots: Mutex::new(Slots {
                free: 2,
                waiting: 0,
            }),
            freed: Condvar::new(),
            guesses: quick_cache::sync::Cache::new(1 << 14),
            nobody: std::sync::OnceLock::new(),
        }
    }

    /// Waits for a slot and works in it. A crowd is sent away: each who waits holds a thread that
    /// other requests need.
    fn in_slot<T>(&self, work: impl FnOnce() -> T) -> Result<T, AppError> {
        let mut slots = lock(&self.slots);
        if slots.free == 0 && slots.waiting >= MOST_WAITING {
            return Err(AppError::TooMany { seconds: 1 });
        }
        slots.waiting += 1;
        let mut slots = self
            .freed
            .wait_while(slots, |slots| slots.free == 0)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        slots.waiting -= 1;
        slots.free -= 1;
        drop(slots);
        let result = work();
        lock(&self.slots).free += 1;
        self.freed.notify_one();
        Ok(result)
    }

    /// Waits are per login and address together, and per address alone: a stranger's guesses from
    /// elsewhere never keep the owner out.
    fn keys(login: &str, address: Option<IpAddr>) -> [String; 2] {
        let address = address
            .map(|address| network(address).to_string())
            .unwrap_or_default();
        // What is no login nor address of anybody needs no more room than one.
        let login: String = login.chars().take(254).collect();
        // INVARIANT: the two differ, whatever was typed: only the first has a line end.
        [format!("{login}\n{address}"), address]
    }

    fn guesses(&self, key: &str, now: Time) -> Arc<Mutex<Guesses>> {
        let fresh = || {
            Ok::<_, Infallible>(Arc::new(Mutex::new(Guesses {
                wrong: 0,
                last: now,
            })))
        };
        self.guesses
            .get_or_insert_with(key, fresh)
            .unwrap_or_else(|never| match never {})
    }

    /// Takes a guess, or says how long it has to wait.
    ///
    /// SECURITY: it counts as wrong from here on, until [`Passwords::right`] says otherwise: many
    /// guesses sent at once don't all pass before the first of them is known to be wrong.
    pub(crate) fn begin(
        &self,
        login: &str,
        address: Option<IpAddr>,
        now: Time,
    ) -> Result<(), AppError> {
        let [both, alone] = Self::keys(login, address).map(|key| self.guesses(&key, now));
        // Always in this order, so that two never wait for each other.
        let (mut both, mut alone) = (lock(&both), lock(&alone));
        let wait = both.wait(FREE, now).max(alone.wait(FREE * 10, now));
        if wait > Span::ZERO {
            return Err(AppError::TooMany {
                seconds: wait.seconds().max(1),
            });
        }
        both.add(now);
        alone.add(now);
        Ok(())
    }

    /// Forgets the wrong guesses of somebody who knows the password.
    pub(crate) fn right(&self, login: &str, address: Option<IpAddr>, now: Time) {
        let [both, alone] = Self::keys(login, address).map(|key| self.guesses(&key, now));
        lock(&both).wrong = 0;
        let mut alone = lock(&alone);
        alone.wrong = alone.wrong.saturating_sub(1).max(0);
    }
}

impl Inner {
    /// Hashes a new password.
    pub(crate) fn hash_password(&self, password: &Password) -> Result<String, AppError> {
        password.check_new()?;
        let salt: [u8; 16] = self.random();
        self.passwords
            .in_slot(|| Argon2::default().hash_password_with_salt(password.0.as_bytes(), &salt))?
            .map(|hash| hash.to_string())
            .map_err(|error| AppError::Data(format!("hashing a password: {error}")))
    }

    /// Whether the password fits the stored hash; without one, the work is done all the same and
    /// the answer is no.
    pub(crate) fn password_fits(
        &self,
        password: &Password,
        stored: Option<&str>,
    ) -> Result<bool, AppError> {
        if password.0.len() > LONGEST {
            return Ok(false);
        }
        let nobody = || {
            self.passwords.nobody.get_or_init(|| {
                let salt: [u8; 16] = self.random();
                Argon2::default()
                    .hash_password_with_salt(b"nobody", &salt)
                    .map_or_else(|_| String::new(), |hash| hash.to_string())
            })
        };
        let (hash, real) = match stored {
            Some(hash) => (hash, true),
            None => (nobody().as_str(), false),
        };
        let Ok(parsed) = PasswordHash::new(hash) else {
            return Ok(false);
        };
        let fits = self.passwords.in_slot(|| {
            Argon2::default()
                .verify_password(password.0.as_bytes(), &parsed)
                .is_ok()
        })?;
        Ok(fits && real)
    }
}
