//! Requests made up from the server's own description, by `schemathesis`: none is answered 500, and none otherwise than the
//! description says. `JETON_FUZZ_SECONDS` makes it longer.

use crate::world::{World, installed};

/// What would take the things away that the others are about.
const LEFT_OUT: [&str; 2] = ["repository.delete", "organization.delete"];
const SECONDS: &str = "45";

#[test]
fn what_is_described_is_answered_as_it_is_described() {
    let world = World::new();
    let seconds = std::env::var("JETON_FUZZ_SECONDS").unwrap_or_else(|_| SECONDS.to_owned());
    let left_out = LEFT_OUT
        .map(|name| format!("--exclude-operation-id {name}"))
        .join(" ");
    let script = format!(
        "\"$SCHEMATHESIS\" run $URL/api/jeton/v1/openapi.json --url $URL --tls-verify \"$CA\" -H \"Authorization: Bearer $ACME\" \
         --phases examples,coverage,fuzzing --seed 1 --max-time \"$SECONDS_OF_IT\" --max-examples 100000 --continue-on-failure --no-color \
         --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
         {left_out}"
    );
    let program = installed("python/bin/schemathesis");
    let more = [
        ("SCHEMATHESIS", program.as_str()),
        ("SECONDS_OF_IT", seconds.as_str()),
    ];
    let said = world.shell(&script, &more).well();
    let log = world.log();
    assert!(
        !log.contains(" ERROR ") && !log.contains("panicked"),
        "{log}"
    );
    let sent: u64 = said
        .out
        .lines()
        .find_map(|line| {
            line.trim()
                .strip_suffix(" passed")?
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or_else(|| panic!("{said:?}"));
    println!("figure: {sent} requests in {seconds} seconds");
    assert!(sent > 500, "{sent}");
}
