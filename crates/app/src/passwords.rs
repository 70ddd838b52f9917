//! Passwords: Argon2id, and a throttle on guesses that does not lock the owner out.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::password_hash::phc::PasswordHash;
use jeton_domain::{Span, Time};

use crate::app::Inner;
use crate::error::AppError;

/// Shortest password, in characters.
const SHORTEST: usize = 10;
/// Longest, in bytes: a bound on work, far above what anybody types.
const LONGEST: usize = 512;
/// Wrong guesses that cost nothing.
const FREE: i64 = 5;
/// The longest wait between guesses.
const LONGEST_WAIT: Span = Span::from_minutes(15);

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
            Err(AppError::invalid("User", "password", format!("needs at least {SHORTEST} characters")))
        } else if self.0.len() > LONGEST {
            Err(AppError::invalid("User", "password", format!("is longer than {LONGEST} bytes")))
        } else {
            Ok(())
        }
    }
}

/// Hashing slots and the throttle.
pub(crate) struct Passwords {
    slots: Mutex<usize>,
    freed: Condvar,
    guesses: quick_cache::sync::Cache<String, Arc<Guesses>>,
    /// Hash of no password: an unknown login costs what a known one does.
    nobody: std::sync::OnceLock<String>,
}

#[derive(Debug)]
struct Guesses {
    wrong: AtomicI64,
    last: AtomicI64,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            // Each hash takes 19 MiB and 15 ms of a core: two at a time leave room for requests.
            slots: Mutex::new(2),
            freed: Condvar::new(),
            guesses: quick_cache::sync::Cache::new(1 << 14),
            nobody: std::sync::OnceLock::new(),
        }
    }

    fn in_slot<T>(&self, work: impl FnOnce() -> T) -> T {
        let lock = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut free =
            self.freed.wait_while(lock, |free| *free == 0).unwrap_or_else(std::sync::PoisonError::into_inner);
        *free -= 1;
        drop(free);
        let result = work();
        *self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
        self.freed.notify_one();
        result
    }

    /// Waits are per login and address together, and per address alone: a stranger's guesses from
    /// elsewhere never keep the owner out.
    fn keys(login: &str, address: &str) -> [String; 2] {
        [format!("{login}\n{address}"), format!("\n{address}")]
    }

    /// How long the next guess has to wait.
    pub(crate) fn wait(&self, login: &str, address: &str, now: Time) -> Span {
        Self::keys(login, address)
            .iter()
            .zip([FREE, FREE * 10])
            .filter_map(|(key, free)| {
                let guesses = self.guesses.get(key)?;
                let over = guesses.wrong.load(Ordering::Relaxed) - free;
                let seconds = if over < 0 { return None } else { 1_i64 << over.min(10) };
                let wait = Span::from_seconds(seconds).min(LONGEST_WAIT);
                let end = Time::from_micros(guesses.last.load(Ordering::Relaxed)).after(wait);
                (!end.is_over_at(now)).then(|| end.since(now))
            })
            .max()
            .unwrap_or(Span::ZERO)
    }

    /// Notes a wrong guess.
    pub(crate) fn wrong(&self, login: &str, address: &str, now: Time) {
        for key in Self::keys(login, address) {
            let guesses = self.guesses.get(&key).unwrap_or_else(|| {
                let fresh = Arc::new(Guesses { wrong: AtomicI64::new(0), last: AtomicI64::new(0) });
                self.guesses.insert(key.clone(), Arc::clone(&fresh));
                fresh
            });
            guesses.wrong.fetch_add(1, Ordering::Relaxed);
            guesses.last.store(now.micros(), Ordering::Relaxed);
        }
    }

    /// Forgets the wrong guesses of somebody who knows the password.
    pub(crate) fn right(&self, login: &str, address: &str) {
        let [both, _] = Self::keys(login, address);
        self.guesses.remove(&both);
    }
}

impl Inner {
    /// Hashes a new password.
    pub(crate) fn hash_password(&self, password: &Password) -> Result<String, AppError> {
        password.check_new()?;
        let salt: [u8; 16] = self.random();
        self.passwords
            .in_slot(|| Argon2::default().hash_password_with_salt(password.0.as_bytes(), &salt))
            .map(|hash| hash.to_string())
            .map_err(|error| AppError::Data(format!("hashing a password: {error}")))
    }

    /// Whether the password fits the stored hash; without one, the work is done all the same and
    /// the answer is no.
    pub(crate) fn password_fits(&self, password: &Password, stored: Option<&str>) -> bool {
        if password.0.len() > LONGEST {
            return false;
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
        let Ok(parsed) = PasswordHash::new(hash) else { return false };
        self.passwords.in_slot(|| Argon2::default().verify_password(password.0.as_bytes(), &parsed).is_ok()) && real
    }
}
