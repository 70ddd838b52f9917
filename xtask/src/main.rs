//! `cargo xtask`: the project's own commands for testing, checking and generating.
//!
//! It uses no shell script, so that one language and one set of lints holds for everything that is kept here.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line: results go to stdout, the rest to stderr"
)]

mod artifacts;
mod bench;
mod error;
mod generate;
mod graph;
mod laws;
mod process;
mod prove;
mod rust_text;
mod test;
mod tree;

use std::process::ExitCode;

use error::Error;

const USAGE: &str = "\
usage: cargo xtask <command>

  test [AREA…]             run everything, or the named areas
                           (laws links lints unit property conformance walk stories browser
                           clients generated)
  laws                     check the laws of the house
  generate [--check]       write the derived files, or say which are out of date
  prove [--quick] [NAME…]  run the long proofs and write docs/proof.md
  bench [--trial] [NAME…]  run the benchmarks and write docs/benchmarks.md; named ones, or with few
                           tokens for a trial, write nothing
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Error::Usage(what)) => {
            eprintln!("error: {what}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command; `false` means that it ran and found something wrong.
fn dispatch(words: &[String]) -> Result<bool, Error> {
    let Some((command, rest)) = words.split_first() else {
        return Err(Error::Usage("no command given".into()));
    };
    match command.as_str() {
        "test" => test::run(rest),
        "laws" => {
            no_more(rest)?;
            laws::run()
        }
        "generate" => match rest {
            [] => generate::write(),
            [flag] if flag == "--check" => generate::run_check(),
            _ => Err(Error::Usage("`generate` takes `--check` only".into())),
        },
        "prove" => prove::run(rest),
        "bench" => bench::run(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(true)
        }
        other => Err(Error::Usage(format!("unknown command `{other}`"))),
    }
}

fn no_more(rest: &[String]) -> Result<(), Error> {
    match rest.first() {
        None => Ok(()),
        Some(word) => Err(Error::Usage(format!("unexpected argument `{word}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn unknown_words_are_refused_before_anything_runs() {
        for line in [
            "",
            "tests",
            "laws now",
            "generate --chekc",
            "test nonsense",
            "prove --fast",
        ] {
            assert!(
                matches!(dispatch(&words(line)), Err(Error::Usage(_))),
                "`{line}` should be refused"
            );
        }
    }
}
