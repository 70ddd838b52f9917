//! The long proof: `cargo run --release -p jeton-agree -- --worlds 10000000 --seed 1`.

use std::process::ExitCode;

use jeton_agree::Worlds;
use jeton_agree::compare::compare;
use jeton_agree::shares::Shares;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people and for `cargo xtask prove`")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut worlds, mut seed) = (100_000_u64, 1_u64);
    let mut rest = words.as_slice();
    loop {
        rest = match rest {
            [] => break,
            [option, number, rest @ ..] if option == "--worlds" || option == "--seed" => {
                let Ok(number) = number.parse() else {
                    eprintln!("`{number}` is no number");
                    return ExitCode::from(2);
                };
                if option == "--worlds" { worlds = number } else { seed = number }
                rest
            }
            [other, ..] => {
                eprintln!("unknown option `{other}`; usage: jeton-agree [--worlds N] [--seed N]");
                return ExitCode::from(2);
            }
        };
    }
    #[expect(clippy::disallowed_methods, reason = "measured at the edge")]
    let start = std::time::Instant::now();
    let mut shares = Shares::default();
    let mut disagreements = 0_u64;
    let mut source = Worlds::new(seed);
    for number in 0..worlds {
        let Some(world) = source.next() else { break };
        match compare(&world) {
            Ok(verdict) => shares.add(verdict),
            Err(text) => {
                disagreements += 1;
                if disagreements <= 50000 {
                    eprintln!("world {number} of seed {seed}: {text}\n");
                }
            }
        }
    }
    println!("figure: worlds {worlds}, seed {seed}");
    println!("figure: disagreements {disagreements}");
    for (code, share) in shares.in_ten_thousand() {
        println!("figure: share of {code} {}.{:02} %", share / 100, share % 100);
    }
    println!("figure: seconds {:.1}", start.elapsed().as_secs_f64());
    if disagreements == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
