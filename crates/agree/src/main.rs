//! The long proof: `cargo run --release -p jeton-agree -- --worlds 10000000 --seed 1`.
//!
//! A twentieth as many lists as worlds are asked too.

use std::process::ExitCode;

use jeton_agree::{Tally, lists};

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people and for `cargo xtask prove`"
)]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (worlds, seed) = match read(&arguments) {
        Ok(read) => read,
        Err(fault) => {
            eprintln!("{fault}; usage: jeton-agree [--worlds N] [--seed N]");
            return ExitCode::from(2);
        }
    };
    #[expect(clippy::disallowed_methods, reason = "measured at the edge")]
    let start = std::time::Instant::now();
    let tally = Tally::of(worlds, seed);
    let lists = lists::Tally::of(worlds / 20, seed);
    println!("figure: worlds {}, seed {seed}", tally.worlds);
    println!("figure: disagreements {}", tally.differ);
    for (says, count) in &tally.open {
        println!("figure: worlds where a reading is still open {count}: {says}");
    }
    for (code, share) in tally.shares() {
        println!(
            "figure: share of {code} {}.{:02} %",
            share / 100,
            share % 100
        );
    }
    println!(
        "figure: lists {}, repositories let in {}, kept out {}",
        lists.lists, lists.admitted, lists.refused
    );
    println!("figure: disagreements of lists {}", lists.differ);
    println!("figure: seconds {:.1}", start.elapsed().as_secs_f64());
    for example in tally.examples.iter().chain(&lists.examples) {
        eprintln!("{example}\n");
    }
    if tally.differ + lists.differ == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn read(arguments: &[String]) -> Result<(u64, u64), String> {
    let (mut worlds, mut seed) = (100_000, 1);
    let mut rest = arguments;
    loop {
        rest = match rest {
            [] => return Ok((worlds, seed)),
            [option, number, rest @ ..] if option == "--worlds" || option == "--seed" => {
                let number = number
                    .parse()
                    .map_err(|_| format!("`{number}` is no number"))?;
                if option == "--worlds" {
                    worlds = number;
                } else {
                    seed = number;
                }
                rest
            }
            [other, ..] => return Err(format!("unknown option `{other}`")),
        };
    }
}
