//! That the log of pushes is true: each outcome is what Git did, whatever a client says and however many push at once.

use std::path::Path;

use serde_json::{Value, json};

use crate::hosted::Hosted;
use crate::support::database::{Database, on_both};

on_both!(
    a_ref_is_named_once_in_a_push,
    what_is_not_where_the_push_believes_it_stays_and_the_log_says_so,
    of_pushes_at_one_time_each_outcome_is_gits,
);

const NULL: &str = "0000000000000000000000000000000000000000";
const UNKNOWN: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn rev(hosted: &Hosted, source: &Path, name: &str) -> String {
    let said = hosted.machine.git_in(source, &["rev-parse", name]);
    said.succeeded().out.trim().to_owned()
}

/// What the repository's refs are.
fn refs(hosted: &Hosted) -> String {
    let listed = hosted.machine.git(&["ls-remote", &hosted.url()]);
    listed.succeeded().out
}

fn outcomes(hosted: &Hosted, name: &str) -> Vec<Value> {
    let mut found = hosted.log("git.push");
    found.retain(|entry| entry["ref"] == name);
    found
        .iter()
        .map(|entry| json!([entry["before"], entry["after"], entry["outcome"]]))
        .collect()
}

/// One push of these commands; what the client is told.
fn push(hosted: &Hosted, source: &Path, commands: &[String], tips: &str) -> String {
    let commands: Vec<Vec<u8>> = commands.iter().map(|c| c.clone().into_bytes()).collect();
    let answer = hosted.push_raw(&hosted.push_body(source, &commands, tips));
    assert_eq!(answer.status, 200);
    answer.text()
}

fn a_ref_is_named_once_in_a_push(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    let (tip, parent) = (
        rev(&hosted, &source, "main"),
        rev(&hosted, &source, "main~1"),
    );
    let before = (refs(&hosted), hosted.log("git.push").len());
    let told = push(
        &hosted,
        &source,
        &[
            format!("{tip} {parent} refs/heads/main"),
            format!("{parent} {NULL} refs/heads/main"),
        ],
        &tip,
    );
    assert!(
        told.contains("A push may name a ref once: `refs/heads/main`."),
        "{told}"
    );
    assert_eq!(before, (refs(&hosted), hosted.log("git.push").len()));
    // Nor does anybody push who does not want to hear what became of it.
    let body = hosted.push_body(
        &source,
        &[format!("{tip} {parent} refs/heads/main").into_bytes()],
        &tip,
    );
    let silent = String::from_utf8_lossy(&body)
        .find("report-status")
        .unwrap();
    let mut body = body;
    body[silent..silent + "report-status".len()].copy_from_slice(b"report-nothin");
    let told = hosted.push_raw(&body).text();
    assert!(
        told.contains("does not ask what becomes of its push"),
        "{told}"
    );
    assert_eq!(before, (refs(&hosted), hosted.log("git.push").len()));
}

fn what_is_not_where_the_push_believes_it_stays_and_the_log_says_so(database: Database) {
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    let (tip, parent) = (
        rev(&hosted, &source, "main"),
        rev(&hosted, &source, "main~1"),
    );
    hosted
        .machine
        .git_in(
            &source,
            &[
                "push",
                &hosted.url(),
                "main:refs/heads/here",
                "main:refs/heads/packed",
            ],
        )
        .succeeded();
    let before = refs(&hosted);
    for (old, new, name) in [
        // Git deletes what it can't compare.
        (UNKNOWN, NULL, "here"),
        (NULL, tip.as_str(), "here"),
        (UNKNOWN, parent.as_str(), "here"),
        (parent.as_str(), parent.as_str(), "here"),
        (parent.as_str(), NULL, "here"),
        // And is content with what is not there.
        (tip.as_str(), NULL, "absent"),
        (NULL, NULL, "absent"),
        (tip.as_str(), parent.as_str(), "absent"),
    ] {
        let name = format!("refs/heads/{name}");
        let told = push(&hosted, &source, &[format!("{old} {new} {name}")], &tip);
        assert!(
            told.contains("It is not where this push believes it."),
            "{old} {new}: {told}"
        );
        assert_eq!(refs(&hosted), before, "{old} {new} {name}");
        let told = outcomes(&hosted, &name);
        assert_eq!(
            told.first(),
            Some(&json!([old, new, "refused"])),
            "{told:?}"
        );
    }
    // What Git says of a name with a blank reads as if it were another's.
    let odd = "refs/heads/packed x";
    for (old, new) in [
        (tip.as_str(), parent.as_str()),
        (parent.as_str(), tip.as_str()),
    ] {
        let mut commands = [
            format!("{old} {new} refs/heads/packed"),
            format!("{NULL} {tip} {odd}"),
        ];
        if new == tip {
            commands.reverse();
        }
        let told = push(&hosted, &source, &commands, &tip);
        assert!(told.contains("ok refs/heads/packed") && told.contains(&format!("ng {odd}")));
        let moved = outcomes(&hosted, "refs/heads/packed");
        assert_eq!(moved.first(), Some(&json!([old, new, "updated"])));
        let refused = outcomes(&hosted, odd);
        assert_eq!(refused.first(), Some(&json!([NULL, tip, "refused"])));
    }
    // Of several, the others go through.
    let told = push(
        &hosted,
        &source,
        &[
            format!("{UNKNOWN} {NULL} refs/heads/here"),
            format!("{tip} {NULL} refs/heads/packed"),
        ],
        &tip,
    );
    assert!(told.contains("ok refs/heads/packed"), "{told}");
    let gone = outcomes(&hosted, "refs/heads/packed");
    assert_eq!(gone.first(), Some(&json!([tip, NULL, "updated"])));
    assert!(refs(&hosted).contains("refs/heads/here") && !refs(&hosted).contains("packed"));
}

fn of_pushes_at_one_time_each_outcome_is_gits(database: Database) {
    const EACH: usize = 6;
    let hosted = Hosted::on(database);
    let source = hosted.filled();
    let (tip, parent) = (
        rev(&hosted, &source, "main"),
        rev(&hosted, &source, "main~1"),
    );
    let name = "refs/heads/busy";
    push(&hosted, &source, &[format!("{NULL} {tip} {name}")], &tip);
    let bodies = [(&tip, &parent), (&parent, &tip)].map(|(old, new)| {
        let command = format!("{old} {new} {name}").into_bytes();
        hosted.push_body(&source, &[command], &tip)
    });
    let done: usize = std::thread::scope(|scope| {
        let push = || {
            (0..EACH)
                .flat_map(|_| &bodies)
                .filter(|body| {
                    let told = hosted.push_raw(body).text();
                    let done = told.contains(&format!("ok {name}"));
                    assert!(done != told.contains(&format!("ng {name}")), "{told}");
                    done
                })
                .count()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(push)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    let told = outcomes(&hosted, name);
    assert_eq!(told.len(), 1 + 4 * 2 * EACH);
    // Newest first: each begins where the one before it ended.
    let updated = told.iter().filter(|entry| entry[2] == "updated");
    assert_eq!(updated.count(), done + 1);
    assert!(done >= 2, "some went through");
}
