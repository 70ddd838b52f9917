//! `cargo xtask prove`: the long proofs, which are tests and programs run with larger figures, and the page that keeps what
//! they said.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::graph::Graph;
use crate::process::{Stopwatch, cargo, command, read, root, run_logged};
use crate::test::postgres::{self, Postgres};

/// A proof ends by itself; this only keeps a machine from hanging for ever.
const LIMIT: Duration = Duration::from_hours(24);
const PAGE: &str = "docs/proof.md";
/// A line of a test's output that belongs on the page.
const FIGURE: &str = "figure: ";

/// How a proof is run; the first of two figures is for `--quick`, the second for the whole proof.
enum How {
    /// Tests of a target whose path contains `filter`, with variables that make them larger.
    Tests {
        target: &'static str,
        filter: &'static str,
        variables: &'static [(&'static str, [&'static str; 2])],
    },
    /// The package's program with an option that makes it larger.
    Program {
        option: &'static str,
        sizes: [&'static str; 2],
        further: &'static [&'static str],
    },
}

/// One long proof.
struct Proof {
    name: &'static str,
    /// What is proved, as a sentence without a full stop.
    says: &'static str,
    package: &'static str,
    how: How,
    /// Has a part that wants a `PostgreSQL` server.
    postgres: bool,
}

const PROOFS: &[Proof] = &[
    Proof {
        name: "agree",
        says: "The decider and the naive one, written by another hand from the rules, agree on random worlds and lists",
        package: "jeton-agree",
        how: How::Program {
            option: "--worlds",
            sizes: ["100000", "10000000"],
            further: &["--seed", "1"],
        },
        postgres: false,
    },
    Proof {
        name: "kill",
        says: "SIGKILL in the middle of writes loses nothing that was acknowledged and leaves nothing half done",
        package: "jeton",
        how: How::Tests {
            target: "stories_kill",
            filter: "kill",
            variables: &[("JETON_KILL_ROUNDS", ["10", "1000"])],
        },
        postgres: true,
    },
    Proof {
        name: "fuzz",
        says: "Requests made up from the server's own description are answered as it says, and never by 500",
        package: "jeton",
        how: How::Tests {
            target: "clients",
            filter: "fuzz",
            variables: &[("JETON_FUZZ_SECONDS", ["60", "3600"])],
        },
        postgres: false,
    },
];

/// What one proof left behind.
struct Outcome {
    name: &'static str,
    says: &'static str,
    held: bool,
    figures: Vec<String>,
    time: String,
}

pub(crate) fn run(words: &[String]) -> Result<bool, Error> {
    let (quick, proofs) = choose(words, PROOFS)?;
    if proofs.is_empty() {
        println!("nothing to prove yet");
        return Ok(false);
    }
    let logs = Graph::load()?.target.join("xtask/prove");
    let postgres = if !proofs.iter().any(|proof| proof.postgres) {
        None
    } else if postgres::programs().is_some() {
        Some(Postgres::start()?)
    } else {
        println!("skipped: what is proved on PostgreSQL: there is no server");
        None
    };
    let mut outcomes = Vec::new();
    for proof in proofs {
        println!("==== {}: {}", proof.name, proof.says);
        let mut command = proof.command(quick);
        match &postgres {
            Some(server) => command.env(postgres::VARIABLE, server.url()),
            None => command.env_remove(postgres::VARIABLE),
        };
        let outcome = prove(proof, &mut command, &logs)?;
        for figure in &outcome.figures {
            println!("     {figure}");
        }
        println!("     {} {}", verdict(outcome.held), outcome.time);
        outcomes.push(outcome);
    }
    let held = outcomes.iter().all(|outcome| outcome.held);
    // The page holds whole proofs only: a quick one shows that the tools work, no more.
    if quick || words.iter().any(|word| !word.starts_with("--")) {
        return Ok(held);
    }
    let page = root().join(PAGE);
    std::fs::write(&page, render(&circumstances()?, &outcomes)).map_err(Error::file(&page))?;
    println!("{PAGE}");
    Ok(held)
}

fn choose<'a>(words: &[String], proofs: &'a [Proof]) -> Result<(bool, Vec<&'a Proof>), Error> {
    let mut quick = false;
    let mut names = Vec::new();
    for word in words {
        match word.as_str() {
            "--quick" => quick = true,
            name if proofs.iter().any(|proof| proof.name == name) => names.push(name),
            other => return Err(Error::Usage(format!("unknown proof `{other}`"))),
        }
    }
    let chosen = proofs
        .iter()
        .filter(|proof| names.is_empty() || names.contains(&proof.name))
        .collect();
    Ok((quick, chosen))
}

fn prove(proof: &Proof, command: &mut Command, logs: &Path) -> Result<Outcome, Error> {
    let clock = Stopwatch::start();
    let ran = run_logged(command, &logs.join(format!("{}.log", proof.name)), LIMIT)?;
    let held = ran.status.success() && proof.proved_any(&ran.text);
    if !held {
        println!("{}", ran.text);
    }
    Ok(Outcome {
        name: proof.name,
        says: proof.says,
        held,
        figures: figures(&ran.text),
        time: clock.to_string(),
    })
}

impl Proof {
    fn command(&self, quick: bool) -> Command {
        let size = |sizes: &[&'static str; 2]| {
            let [small, whole] = *sizes;
            if quick { small } else { whole }
        };
        match &self.how {
            How::Tests {
                target,
                filter,
                variables,
            } => {
                let mut test = cargo(&["test", "--release", "--package", self.package]);
                test.args(["--test", target, filter, "--", "--nocapture"]);
                test.envs(variables.iter().map(|(name, sizes)| (name, size(sizes))));
                test
            }
            How::Program {
                option,
                sizes,
                further,
            } => {
                let mut program = cargo(&["run", "--release", "--package", self.package, "--"]);
                program.args([option, size(sizes)]).args(*further);
                program
            }
        }
    }

    /// A filter that no test fits, or a program that does nothing, would succeed and prove nothing.
    fn proved_any(&self, output: &str) -> bool {
        match self.how {
            How::Tests { .. } => output.lines().any(|line| {
                line.starts_with("test result: ok. ")
                    && !line.starts_with("test result: ok. 0 passed")
            }),
            How::Program { .. } => !figures(output).is_empty(),
        }
    }
}

/// Without capture, libtest begins a line with the test's name and the first figure follows it.
fn figures(output: &str) -> Vec<String> {
    output
        .lines()
        .filter_map(|line| line.split_once(FIGURE))
        .map(|(_, figure)| figure.trim().to_owned())
        .collect()
}

fn verdict(held: bool) -> &'static str {
    if held { "held" } else { "failed" }
}

/// Where and when it was proved.
fn circumstances() -> Result<Vec<(&'static str, String)>, Error> {
    let commit = read(command("git").args(["describe", "--always", "--dirty", "--abbrev=40"]))?;
    let date = read(command("date").args(["-u", "+%Y-%m-%d"]))?;
    let rust = read(command("rustc").arg("--version"))?;
    let git = read(command("git").arg("--version"))?;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let fact = |path: &str, key: &str| {
        std::fs::read_to_string(path)
            .ok()
            .and_then(|text| value_of(&text, key))
            .unwrap_or_else(|| "unknown".into())
    };
    Ok(vec![
        ("Commit", commit.trim().to_owned()),
        ("Date", date.trim().to_owned()),
        (
            "Machine",
            format!(
                "{cores} cores of {}, {} of memory",
                fact("/proc/cpuinfo", "model name"),
                fact("/proc/meminfo", "MemTotal")
            ),
        ),
        ("Rust", rust.trim().to_owned()),
        ("Git", git.trim().to_owned()),
    ])
}

/// `key : value`, as the kernel writes its facts.
fn value_of(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })
}

fn render(circumstances: &[(&str, String)], outcomes: &[Outcome]) -> String {
    let mut page = String::from(
        "# What was proved\n\nWritten by `cargo xtask prove`: each proof is a test of this repository, run with larger figures.\n\n",
    );
    // Writing to a `String` cannot fail.
    for (name, value) in circumstances {
        let _ = writeln!(page, "- {name}: {value}");
    }
    for outcome in outcomes {
        let _ = write!(
            page,
            "\n## {}\n\n{}: **{}** in {}.\n",
            outcome.name,
            outcome.says,
            verdict(outcome.held),
            outcome.time
        );
        if !outcome.figures.is_empty() {
            page.push('\n');
        }
        for figure in &outcome.figures {
            let _ = writeln!(page, "- {figure}");
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: &[Proof] = &[
        Proof {
            name: "kill",
            says: "A kill loses nothing that was acknowledged",
            package: "jeton",
            how: How::Tests {
                target: "stories",
                filter: "kill",
                variables: &[("JETON_KILLS", ["5", "1000"])],
            },
            postgres: true,
        },
        Proof {
            name: "agree",
            says: "Two deciders agree",
            package: "jeton-agree",
            how: How::Program {
                option: "--worlds",
                sizes: ["1", "9"],
                further: &["--seed", "7"],
            },
            postgres: false,
        },
    ];

    #[test]
    fn a_quick_proof_is_the_same_with_smaller_figures() {
        let lines = |quick| -> Vec<String> {
            let commands = SOME.iter().map(|proof| proof.command(quick));
            commands
                .map(|command| {
                    let envs = command.get_envs().filter_map(|(_, value)| value);
                    let words: Vec<_> = command.get_args().chain(envs).collect();
                    words.join(" ".as_ref()).into_string().unwrap()
                })
                .collect()
        };
        let whole = lines(false);
        assert!(
            whole[0].contains("--package jeton --test stories kill -- --nocapture")
                && whole[0].contains("1000"),
            "{whole:?}"
        );
        assert!(
            whole[1].ends_with("jeton-agree -- --worlds 9 --seed 7 never"),
            "{whole:?}"
        );
        let quick = lines(true);
        assert!(!quick[0].contains("1000"), "{quick:?}");
        assert!(quick[1].contains("--worlds 1 --seed 7"), "{quick:?}");
    }

    #[test]
    fn unknown_proofs_are_refused_and_none_named_means_all() {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        assert!(choose(&words("kil"), SOME).is_err());
        let (quick, chosen) = choose(&words("--quick"), SOME).unwrap();
        assert!(quick);
        assert_eq!(chosen.len(), 2);
        assert_eq!(choose(&words("kill"), SOME).unwrap().1.len(), 1);
    }

    #[test]
    fn a_run_that_did_nothing_proves_nothing() {
        let [tests, program] = SOME else { panic!() };
        assert!(tests.proved_any("x\ntest result: ok. 1 passed; 0 failed;"));
        assert!(!tests.proved_any("test result: ok. 0 passed; 0 failed; 3 filtered out"));
        assert!(!tests.proved_any("test result: FAILED. 1 passed; 1 failed"));
        assert!(program.proved_any("figure: 9 worlds\n"));
        assert!(!program.proved_any("done\n"));
    }

    #[test]
    fn the_page_says_what_where_and_how_long() {
        let page = render(
            &[("Commit", "abc".into())],
            &[Outcome {
                name: "kill",
                says: SOME[0].says,
                held: false,
                figures: figures("test a ... figure: 1000 kills\nnoise\nfigure: 0 lost\n"),
                time: "3.0 s".into(),
            }],
        );
        for part in [
            "- Commit: abc\n",
            "## kill\n",
            "A kill loses nothing that was acknowledged: **failed** in 3.0 s.\n",
            "- 1000 kills\n- 0 lost\n",
        ] {
            assert!(page.contains(part), "no `{part}` in\n{page}");
        }
    }

    #[test]
    fn facts_of_the_machine_are_read() {
        assert_eq!(
            value_of("MemTotal:  24 kB\nx: y\n", "MemTotal").as_deref(),
            Some("24 kB")
        );
        assert_eq!(value_of("x: y\n", "MemTotal"), None);
    }
}
