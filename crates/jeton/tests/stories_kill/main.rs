//! SIGKILL in the middle of writes: the real `jeton serve`, the real clock, several writers at once through
//! REST and Git. What was acknowledged is there after the next start, what was not answered is there
//! wholly or not at all.
//!
//! `JETON_KILL_ROUNDS` sets how often (50), `JETON_KILL_SEED` what the writers choose (1); the moment of a
//! kill is the machine's own.

#![allow(
    clippy::too_many_lines,
    clippy::similar_names,
    clippy::type_complexity,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "../support/mod.rs"]
mod support;

mod at;
mod members;
mod process;
mod pushes;
mod random;
mod repositories;
mod rows;
mod rules;
mod server;
mod tokens;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use at::{At, Gone, People};
use random::Random;
use rows::Rows;
use rules::Rules;
use server::{Killed, Place, Server};
use support::database::{Database, on_both};

on_both!(kill_in_the_middle_of_writes);

/// Somebody who changes things one after the other, alone, so that at most one change is under way.
trait Writer: Send {
    fn name(&self) -> &'static str;

    /// One change. [`Gone`]: the server went away before it answered.
    fn write(&mut self, at: &At<'_>, random: &mut Random) -> Result<(), Gone>;

    /// Compares what is there with what was acknowledged; what was under way is there wholly or not at all.
    /// Gives the numbers of unanswered changes that are there, and that are not.
    fn verify(&mut self, at: &At<'_>, rows: &Rows, random: &mut Random) -> (usize, usize);
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn kill_in_the_middle_of_writes(database: Database) {
    // A server elsewhere is the same program behind the same seam: fewer rounds show what it adds.
    let (engine, share) = match database {
        Database::Sqlite => ("SQLite", 1),
        Database::Postgres { .. } => ("PostgreSQL", 5),
    };
    let rounds = (number("JETON_KILL_ROUNDS", 50) / share).max(1);
    let mut random = Random::new(number("JETON_KILL_SEED", 1));
    let place = Place::new(database);
    let data = place.data();

    let mut server = Server::start(&place);
    let people = People::arrive(&server);
    let mut writers: Vec<Box<dyn Writer>> = vec![
        Box::new(tokens::Tokens::new("a")),
        Box::new(tokens::Tokens::new("b")),
        Box::new(members::Members::new()),
        Box::new(repositories::Repositories::new()),
        Box::new(pushes::Pushes::new("north")),
        Box::new(pushes::Pushes::new("south")),
    ];
    let mut rules = Rules::new();
    let mut figures = Figures::default();
    for round in 1..=rounds {
        let gone = AtomicBool::new(false);
        let at = At {
            server: server.address(),
            people: &people,
            gone: &gone,
        };
        // One in four is long enough for pushes one after the other.
        let more = if random.below(4) == 0 { 500 } else { 0 };
        let delay = Duration::from_millis(40 + random.below(360) + more);
        let killed = if random.below(3) == 0 {
            Killed::WithAllItStarted
        } else {
            Killed::Alone
        };
        std::thread::scope(|scope| {
            for writer in &mut writers {
                let mut own = Random::new(random.next());
                let at = &at;
                scope.spawn(move || while writer.write(at, &mut own).is_ok() {});
            }
            std::thread::sleep(delay);
            // Before the signal, so that no writer takes the end for a defect.
            gone.store(true, Ordering::SeqCst);
            figures.running += server.kill(killed);
        });

        // At once: what the dead server started may still be ending.
        server = Server::start(&place);
        let gone = AtomicBool::new(false);
        let at = At {
            server: server.address(),
            people: &people,
            gone: &gone,
        };
        let rows = Rows::open(&place);
        let resolved = std::thread::scope(|scope| {
            let verifying = writers.iter_mut().map(|writer| {
                let mut own = Random::new(random.next());
                let (at, rows) = (&at, &rows);
                scope.spawn(move || (writer.name(), writer.verify(at, rows, &mut own)))
            });
            let verifying: Vec<_> = verifying.collect();
            verifying
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect::<Vec<_>>()
        });
        for (name, (there, absent)) in resolved {
            *figures.there.entry(name).or_default() += there;
            *figures.absent.entry(name).or_default() += absent;
        }
        figures.changes = rules.check(&rows, &data, round == rounds);
        drop(rows);
        server.nothing_is_left();
        server.said_nothing_bad();
    }
    server.kill(Killed::Alone);
    figures.print(engine, rounds);
    assert!(figures.changes > rounds * 4, "hardly anything was written");
    // Or the kills hit nothing: a few of them may come between two changes, not all of a run.
    if rounds >= 10 {
        let unanswered: usize = figures.there.values().chain(figures.absent.values()).sum();
        assert!(unanswered > 0, "no kill came while a change was under way");
        assert!(figures.running > 0, "no kill came while git ran");
    }
}

#[derive(Default)]
struct Figures {
    changes: u64,
    running: usize,
    there: BTreeMap<&'static str, usize>,
    absent: BTreeMap<&'static str, usize>,
}

impl Figures {
    #[expect(clippy::print_stdout, reason = "figures of a proof")]
    fn print(&self, engine: &str, rounds: u64) {
        let list = |of: &BTreeMap<&str, usize>| {
            let words: Vec<_> = of
                .iter()
                .map(|(name, count)| format!("{name} {count}"))
                .collect();
            words.join(", ")
        };
        println!(
            "figure: {engine}: kills {rounds}, changes {}, lost 0, half done 0",
            self.changes
        );
        println!(
            "figure: {engine}: processes of git that ran at a kill {}",
            self.running
        );
        println!(
            "figure: {engine}: unanswered and there: {}",
            list(&self.there)
        );
        println!(
            "figure: {engine}: unanswered and absent: {}",
            list(&self.absent)
        );
    }
}
