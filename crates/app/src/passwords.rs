//! Passwords: Argon2id, and a throttle on guesses that does not lock the owner out.

mod queue;

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

pub(crate) use queue::Asker;
use queue::{Rank, Slots};

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
/// How many hashes are worked at a time: each takes 19 MiB and 15 ms of a core, so two leave room for requests.
const SLOTS: usize = 2;
/// How many may wait for a slot: each who waits holds a thread that other requests need.
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
    /// Logins with the networks from which their passwords were right. Apart from the guesses, so that
    /// no number of wrong ones pushes a right one out.
    known: quick_cache::sync::Cache<String, ()>,
    /// Hash of no password: an unknown login costs what a known one does.
    nobody: std::sync::OnceLock<String>,
}

/// A slot that somebody works in; it goes on when it falls.
struct Slot<'a>(&'a Passwords);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        lock(&self.0.slots).hand_on();
        self.0.freed.notify_all();
    }
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

    /// How many there were lately.
    fn lately(self, now: Time) -> i64 {
        if self.last.after(REMEMBERED).is_over_at(now) {
            0
        } else {
            self.wrong
        }
    }

    fn add(&mut self, now: Time) {
        self.wrong = self.lately(now).saturating_add(1);
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
        Self::with(SLOTS, MOST_WAITING)
    }

    fn with(free: usize, most_waiting: usize) -> Self {
        Self {
            slots: Mutex::new(Slots {
                free,
                most_waiting,
                waiting: Vec::new(),
                tickets: 0,
                oldest_next: false,
            }),
            freed: Condvar::new(),
            guesses: quick_cache::sync::Cache::new(1 << 14),
            known: quick_cache::sync::Cache::new(1 << 14),
            nobody: std::sync::OnceLock::new(),
        }
    }

    /// Waits for a slot and works in it, or is sent away by a crowd of its like.
    fn in_slot<T>(&self, asker: Asker, work: impl FnOnce() -> T) -> Result<T, AppError> {
        let mut slots = lock(&self.slots);
        if slots.free > 0 {
            slots.free -= 1;
            drop(slots);
        } else {
            let ticket = slots.queue(asker)?;
            drop(
                self.freed
                    .wait_while(slots, |slots| slots.waits(ticket))
                    .unwrap_or_else(std::sync::PoisonError::into_inner),
            );
        }
        let _slot = Slot(self);
        Ok(work())
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
    /// Whose password was right from this network before waits for their own wrong guesses alone, not for
    /// those of whoever shares the address.
    ///
    /// SECURITY: it counts as wrong from here on, until [`Passwords::right`] says otherwise: many
    /// guesses sent at once don't all pass before the first of them is known to be wrong.
    pub(crate) fn begin(
        &self,
        login: &str,
        address: Option<IpAddr>,
        now: Time,
    ) -> Result<Asker, AppError> {
        let keys = Self::keys(login, address);
        let known = self.known.get(&keys[0]).is_some();
        let [both, alone] = keys.map(|key| self.guesses(&key, now));
        // Always in this order, so that two never wait for each other.
        let (mut both, mut alone) = (lock(&both), lock(&alone));
        let mut wait = both.wait(FREE, now);
        if !known {
            wait = wait.max(alone.wait(FREE * 10, now));
        }
        if wait > Span::ZERO {
            return Err(AppError::TooMany {
                seconds: wait.seconds().max(1),
            });
        }
        let rank = if known {
            Rank::Known
        } else if both.lately(now) > 0 || alone.lately(now) >= FREE {
            Rank::Failed
        } else {
            Rank::New
        };
        both.add(now);
        alone.add(now);
        Ok(Asker {
            rank,
            network: address.map(network),
        })
    }

    /// Takes a wish for a new password, or says how long it has to wait. Of whom it is makes no difference.
    pub(crate) fn begin_reset(&self, address: Option<IpAddr>, now: Time) -> Result<(), AppError> {
        let address = address
            .map(|address| network(address).to_string())
            .unwrap_or_default();
        let wishes = self.guesses(&format!("reset\n\n{address}"), now);
        let mut wishes = lock(&wishes);
        let wait = wishes.wait(FREE * 2, now);
        if wait > Span::ZERO {
            return Err(AppError::TooMany {
                seconds: wait.seconds().max(1),
            });
        }
        wishes.add(now);
        Ok(())
    }

    /// Takes back a guess that was begun and not tried.
    pub(crate) fn not_tried(&self, login: &str, address: Option<IpAddr>, now: Time) {
        for key in Self::keys(login, address) {
            let guesses = self.guesses(&key, now);
            let mut guesses = lock(&guesses);
            guesses.wrong = guesses.wrong.saturating_sub(1).max(0);
        }
    }

    /// As [`Passwords::begin`], of a code: counted by account too, wherever the guesses come from, because a
    /// code is short. Who signed in from this network before waits for their own guesses alone.
    pub(crate) fn begin_code(
        &self,
        login: &str,
        address: Option<IpAddr>,
        now: Time,
    ) -> Result<(), AppError> {
        let account = self.guesses(&Self::codes_key(login), now);
        {
            let mut account = lock(&account);
            let known = self.known.get(&Self::keys(login, address)[0]).is_some();
            let wait = if known {
                Span::ZERO
            } else {
                account.wait(FREE * 2, now)
            };
            if wait > Span::ZERO {
                return Err(AppError::TooMany {
                    seconds: wait.seconds().max(1),
                });
            }
            account.add(now);
        }
        self.begin(login, address, now)
            .map(|_| ())
            .inspect_err(|_| {
                let mut account = lock(&account);
                account.wrong = account.wrong.saturating_sub(1).max(0);
            })
    }

    /// Takes back a code that was begun and not tried.
    pub(crate) fn code_not_tried(&self, login: &str, address: Option<IpAddr>, now: Time) {
        let account = self.guesses(&Self::codes_key(login), now);
        let mut account = lock(&account);
        account.wrong = account.wrong.saturating_sub(1).max(0);
        drop(account);
        self.not_tried(login, address, now);
    }

    /// Forgets the wrong guesses of somebody who showed all that is asked of them.
    pub(crate) fn right_code(&self, login: &str, address: Option<IpAddr>, now: Time) {
        lock(&self.guesses(&Self::codes_key(login), now)).wrong = 0;
        self.right(login, address, now);
    }

    /// INVARIANT: no other key: this one has two line ends.
    fn codes_key(login: &str) -> String {
        format!("{login}\n\n")
    }

    /// Forgets the wrong guesses of somebody who knows the password.
    pub(crate) fn right(&self, login: &str, address: Option<IpAddr>, now: Time) {
        let keys = Self::keys(login, address);
        self.known.insert(keys[0].clone(), ());
        let [both, alone] = keys.map(|key| self.guesses(&key, now));
        lock(&both).wrong = 0;
        let mut alone = lock(&alone);
        alone.wrong = alone.wrong.saturating_sub(1).max(0);
    }
}

impl Inner {
    /// Hashes a new password, for somebody who was let in.
    pub(crate) fn hash_password(&self, password: &Password) -> Result<String, AppError> {
        self.hash_password_for(Asker::LET_IN, password)
    }

    /// Hashes a new password.
    pub(crate) fn hash_password_for(
        &self,
        asker: Asker,
        password: &Password,
    ) -> Result<String, AppError> {
        password.check_new()?;
        let salt: [u8; 16] = self.random();
        self.passwords
            .in_slot(asker, || {
                Argon2::default().hash_password_with_salt(password.0.as_bytes(), &salt)
            })?
            .map(|hash| hash.to_string())
            .map_err(|error| AppError::Data(format!("hashing a password: {error}")))
    }

    /// Whether the password fits the stored hash; without one, the work is done all the same and
    /// the answer is no.
    pub(crate) fn password_fits(
        &self,
        asker: Asker,
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
        let fits = self.passwords.in_slot(asker, || {
            Argon2::default()
                .verify_password(password.0.as_bytes(), &parsed)
                .is_ok()
        })?;
        Ok(fits && real)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn at(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// Until so many wait.
    fn wait_for(passwords: &Passwords, waiting: usize) {
        for _ in 0..1000 {
            if lock(&passwords.slots).waiting.len() == waiting {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("never {waiting}");
    }

    /// One slot and room for sixteen: eight known, six new, two who failed.
    fn small() -> Passwords {
        Passwords::with(1, 16)
    }

    #[test]
    fn a_crowd_of_strangers_keeps_out_nobody_who_is_known_and_makes_them_wait_for_one_hash() {
        let passwords = small();
        let now = Time::from_micros(1_000_000_000);
        let zed = passwords.begin("zed", Some(at(1)), now).unwrap();
        assert_eq!(zed.rank, Rank::New);
        passwords.right("zed", Some(at(1)), now);
        let (order, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let (go, wait) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            // Falls with a failed assertion, so that nobody waits for it for ever.
            let go = go;
            scope.spawn(|| {
                passwords.in_slot(Asker::stranger(Some(at(99))), move || {
                    let _ = wait.recv();
                })
            });
            while lock(&passwords.slots).free > 0 {
                std::thread::yield_now();
            }
            let work = |who: &'static str, asker: Asker| {
                let (passwords, order, done) = (&passwords, &order, &done);
                scope.spawn(move || {
                    passwords.in_slot(asker, || {
                        let place = order.fetch_add(1, Ordering::SeqCst);
                        lock(done).push((who, place));
                    })
                })
            };
            // From everywhere, each by another name.
            for n in 0..6 {
                let stranger = passwords
                    .begin(&format!("u{n}"), Some(at(10 + n)), now)
                    .unwrap();
                work("stranger", stranger);
                wait_for(&passwords, usize::from(n) + 1);
            }
            let late = passwords.begin("late", Some(at(50)), now).unwrap();
            assert!(matches!(
                passwords.in_slot(late, || ()),
                Err(AppError::Busy)
            ));
            // Those who guessed wrong have places too, fewer.
            for n in 0..2 {
                let name = format!("u{n}");
                let again = passwords.begin(&name, Some(at(10 + n)), now).unwrap();
                assert_eq!(again.rank, Rank::Failed);
                work("failed", again);
                wait_for(&passwords, usize::from(n) + 7);
            }
            let again = passwords.begin("u3", Some(at(13)), now).unwrap();
            assert!(matches!(
                passwords.in_slot(again, || ()),
                Err(AppError::Busy)
            ));
            let zed = passwords.begin("zed", Some(at(1)), now).unwrap();
            assert_eq!(zed.rank, Rank::Known);
            work("zed", zed);
            wait_for(&passwords, 9);
            go.send(()).unwrap();
        });
        let done = lock(&done);
        assert_eq!(done.len(), 9, "all who waited had their turn");
        assert!(done.contains(&("zed", 0)), "{done:?}");
    }

    #[test]
    fn who_shares_an_address_with_a_guesser_is_not_made_to_wait_once_known() {
        let passwords = small();
        let now = Time::from_micros(1_000_000_000);
        passwords.begin("zed", Some(at(1)), now).unwrap();
        passwords.right("zed", Some(at(1)), now);
        for n in 0..50 {
            passwords.begin(&format!("u{n}"), Some(at(1)), now).unwrap();
        }
        let stranger = passwords.begin("new", Some(at(1)), now);
        assert!(matches!(stranger, Err(AppError::TooMany { .. })));
        for _ in 0..5 {
            passwords.begin("zed", Some(at(1)), now).unwrap();
        }
        let guessed = passwords.begin("zed", Some(at(1)), now);
        assert!(
            matches!(guessed, Err(AppError::TooMany { .. })),
            "their own"
        );
    }

    #[test]
    fn a_guess_that_was_not_tried_does_not_count() {
        let passwords = small();
        let now = Time::from_micros(1_000_000_000);
        for _ in 0..20 {
            passwords.begin("zed", Some(at(1)), now).unwrap();
            passwords.not_tried("zed", Some(at(1)), now);
        }
        assert_eq!(
            passwords.begin("zed", Some(at(1)), now).unwrap().rank,
            Rank::New
        );
    }
}
